// SPDX-License-Identifier: Apache-2.0
// Packets over AXI-Stream, and interrupt vectors.
#include <boost/test/unit_test.hpp>

#include "cosim/axi/axi_stream.h"
#include "cosim/axi/interrupts.h"
#include "pins.h"

using namespace ringside::cosim;
using namespace ringside::test;

namespace {

using Sink = AxiStreamSink<RequestPort<Pins>>;
using Source = AxiStreamSource<ResponsePort<Pins>>;

void put(Pins& pins, std::uint64_t data, unsigned keep, bool last, std::uint64_t user = 0) {
  pins.m_axis_request_tvalid = 1;
  pins.m_axis_request_tdata = data;
  pins.m_axis_request_tkeep = static_cast<std::uint8_t>(keep);
  pins.m_axis_request_tlast = last;
  pins.m_axis_request_tuser = user;
}
bool has(const Violations& violations, const char* what) {
  return violations.str().find(what) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(packets_of_all_lengths_go_from_source_to_sink) {
  Pins pins;
  Source source(ResponsePort<Pins>(pins), 30, 3);
  Sink sink(RequestPort<Pins>(pins), 30, 4);
  for (std::size_t length = 0; length < 70; ++length) {
    std::vector<std::uint8_t> bytes, sent;
    for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<std::uint8_t>(i + length));
    sent = bytes;
    source.send(bytes);
    for (unsigned clocks = 0; !sink.complete(); ++clocks) {
      BOOST_REQUIRE(clocks < 1000);
      // The design between them is a wire.
      put(pins, pins.s_axis_response_tdata, pins.s_axis_response_tkeep, pins.s_axis_response_tlast,
          length);
      pins.m_axis_request_tvalid = pins.s_axis_response_tvalid;
      pins.s_axis_response_tready = pins.m_axis_request_tready;
      source.sample();
      sink.sample();
      source.drive();
      sink.drive();
    }
    BOOST_TEST(sink.bytes() == sent, boost::test_tools::per_element());
    BOOST_TEST(sink.user() == length);
    BOOST_TEST(source.idle());
    sink.take();
  }
  BOOST_TEST(sink.violations().count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stream_reset_forgets_packets) {
  Pins pins;
  Source source{ResponsePort<Pins>(pins)};
  Sink sink{RequestPort<Pins>(pins)};
  put(pins, 1, 0xff, false);
  tick(sink);
  std::vector<std::uint8_t> bytes(20);
  source.send(bytes);
  tick(source);
  BOOST_TEST(pins.s_axis_response_tvalid == 1);
  pins.stream_reset = 1;
  pins.m_axis_request_tvalid = 0;
  tick(sink);
  tick(source);
  BOOST_TEST(sink.idle());
  BOOST_TEST(source.idle());
  BOOST_TEST(pins.s_axis_response_tvalid == 0);
  BOOST_TEST(sink.violations().count() == 0u);
}

BOOST_AUTO_TEST_CASE(violations_of_streams_are_seen) {
  {
    Pins pins;
    Sink sink{RequestPort<Pins>(pins)};
    put(pins, 1, 0x0f, false);
    tick(sink);
    BOOST_TEST(has(sink.violations(), "a gap within a packet"));
  }
  {
    Pins pins;
    Sink sink{RequestPort<Pins>(pins)};
    put(pins, 1, 0x0b, true);
    tick(sink);
    BOOST_TEST(has(sink.violations(), "TKEEP has a hole"));
  }
  {
    Pins pins;
    Sink sink{RequestPort<Pins>(pins)};
    put(pins, 1, 0xff, false, 1);
    tick(sink);
    put(pins, 1, 0xff, true, 2);
    tick(sink);
    BOOST_TEST(has(sink.violations(), "TUSER changes"));
  }
  {
    Pins pins;
    Sink sink(RequestPort<Pins>(pins), 100);
    tick(sink);  // from here on never ready
    put(pins, 1, 0xff, false);
    tick(sink);
    put(pins, 2, 0xff, false);
    tick(sink);
    BOOST_TEST(has(sink.violations(), "changed while it waited"));
  }
}

BOOST_AUTO_TEST_CASE(packets_that_never_end_take_no_more_than_is_allowed) {
  Pins pins;
  Sink sink{RequestPort<Pins>(pins)};
  sink.most_bytes = 40;
  for (unsigned i = 0; i < 1000; ++i) {
    put(pins, i, 0xff, false);
    tick(sink);
  }
  BOOST_TEST(sink.bytes().size() == 40u);
  BOOST_TEST(sink.violations().count() == 1u);
  BOOST_TEST(has(sink.violations(), "more than 40 B"));
  put(pins, 1, 0xff, true);
  tick(sink);
  BOOST_TEST(sink.complete());
  sink.take();
  pins.m_axis_request_tvalid = 0;
  tick(sink);
  put(pins, 7, 0xff, true);
  tick(sink);
  BOOST_TEST(sink.bytes().size() == 8u);
  BOOST_TEST(sink.violations().count() == 1u);
}

BOOST_AUTO_TEST_CASE(vectors_are_taken_once_and_must_not_change) {
  Pins pins;
  std::vector<unsigned> taken;
  InterruptSink<InterruptPort<Pins>> sink{InterruptPort<Pins>(pins)};
  sink.taken = [&](unsigned vector) { taken.push_back(vector); };
  pins.irq_valid = 1;
  pins.irq_vector = 7;
  tick(sink);
  pins.irq_valid = 0;
  tick(sink);
  const std::vector<unsigned> expected{7};
  BOOST_TEST(taken == expected, boost::test_tools::per_element());
  BOOST_TEST(sink.count() == 1u);

  InterruptSink<InterruptPort<Pins>> slow(InterruptPort<Pins>(pins), 100);
  tick(slow);
  pins.irq_valid = 1;
  tick(slow);
  pins.irq_vector = 8;
  tick(slow);
  BOOST_TEST(has(slow.violations(), "interrupt: changed"));
}
