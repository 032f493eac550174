// SPDX-License-Identifier: Apache-2.0
// Features, configuration, and the context id.
#include <nlohmann/json.hpp>

#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

/// The types that a driver with these bits can use, by asking for a connection of each.
std::string types_with(VsockBench& b, std::vector<unsigned> bits) {
  BOOST_TEST_REQUIRE(b.start_with_buffers(std::move(bits)));
  std::string types;
  for (unsigned type = 0; type < 4; ++type) {
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest, "", 0, type)));
    b.host().catch_up();
    const auto answer = b.received();
    BOOST_TEST_REQUIRE(answer.size() == 1u);
    BOOST_TEST(answer[0].type == type);
    if (answer[0].op == kOpResponse)
      types += std::to_string(type);
    else
      BOOST_TEST(answer[0].op == unsigned{kOpRst});
    b.send(VsockBench::packet(kOpRst, "", 0, type));
  }
  return types;
}

}  // namespace

SIM_TEST_CASE(what_the_device_is) {
  VsockBench b("guest_cid: 0xfffffffe");
  BOOST_TEST(static_cast<unsigned>(b.device.device_id()) == 19u);
  BOOST_TEST(b.device.class_code() == 0x078000u);
  BOOST_TEST(b.device.num_queues() == 3u);
  for (unsigned i = 0; i < 3; ++i) BOOST_TEST(b.access.queue_max_size(i) == 128u);
  BOOST_TEST(b.device.config_bytes() == 8u);
  std::uint64_t cid = 0;
  b.access.read_config(0, &cid, 8);
  BOOST_TEST(cid == 0xfffffffeu);
  std::uint16_t part = 0;
  b.access.read_config(2, &part, 2);
  BOOST_TEST(part == 0xffffu);
  const std::uint64_t other = 77;
  b.access.write_config(0, &other, 8);  // read-only
  b.access.read_config(0, &cid, 8);
  BOOST_TEST(cid == 0xfffffffeu);
}

SIM_TEST_CASE(all_features_are_offered) {
  SPEC("vsock.feature-bits.1");
  VsockBench b;
  BOOST_TEST((b.device.device_features() == virtio::FeatureSet{0, 1, 2}));
}

SIM_TEST_CASE(features_can_be_taken_away) {
  VsockBench b("stream: false, seqpacket: false, no_implied_stream: false");
  BOOST_TEST((b.device.device_features() == virtio::FeatureSet{}));
  b.run([&] { BOOST_TEST(types_with(b, {}) == "1"); });
}

SIM_TEST_CASE(which_types_there_are_follows_from_the_features) {
  SPEC("vsock.feature-bits.2");
  SPEC("vsock.receive-and-transmit.2");
  VsockBench b;
  b.run([&] {
    BOOST_TEST(types_with(b, {}) == "1");
    BOOST_TEST(types_with(b, {kBitStream}) == "1");
    BOOST_TEST(types_with(b, {kBitSeqpacket}) == "12");
    BOOST_TEST(types_with(b, {kBitStream, kBitSeqpacket}) == "12");
    BOOST_TEST(types_with(b, {kBitSeqpacket, kBitNoImpliedStream}) == "2");
    BOOST_TEST(types_with(b, {kBitStream, kBitNoImpliedStream}) == "1");
    BOOST_TEST(types_with(b, {kBitStream, kBitSeqpacket, kBitNoImpliedStream}) == "12");
    BOOST_TEST(types_with(b, {kBitNoImpliedStream}) == "");
  });
}

SIM_TEST_CASE(the_host_can_use_the_same_types_only) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers({}));
    const auto id = b.host().connect_guest(5, backend::VsockType::Seqpacket);
    BOOST_TEST(b.host().closed == std::vector<std::uint32_t>{id}, boost::test_tools::per_element());
    BOOST_TEST(b.told() == "");
    BOOST_TEST(b.device.refused.value() == 1u);
  });
}

SIM_TEST_CASE(reserved_context_ids_are_refused) {
  SPEC("vsock.receive-and-transmit.1");
  Registry registry;
  register_vsock(registry);
  Platform platform(registry);
  std::string yaml = "children:\n";
  const char* const bad[] = {"0", "1", "2", "0xffffffff", "0xffffffffffffffff", "0x100000003"};
  for (const char* cid : bad)
    yaml += std::string("  d") + cid +
            ": {type: holder, device: {type: virtio-vsock, guest_cid: " + cid + "}}\n";
  BOOST_TEST(!platform.build(Node::parse(yaml, "x.yaml")));
  const std::string text = platform.diagnostics().str();
  for (std::size_t line = 2; line < 2 + std::size(bad); ++line)
    BOOST_TEST(text.find("x.yaml:" + std::to_string(line) + ":") != std::string::npos, text);
}

SIM_TEST_CASE(the_context_id_can_change) {
  SPEC("vsock.receive-and-transmit.1");
  VsockBench b("guest_cid: 3");
  b.run([&] {
    for (const std::uint64_t cid : {0ull, 1ull, 2ull, 0xffffffffull, ~0ull, 0x100000003ull})
      BOOST_CHECK_THROW(b.device.change_cid(cid), CommandError);
    b.device.change_cid(4);  // nobody is there: no event
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    BOOST_TEST(b.used(VsockBench::kEvents).empty());
    Packet request = VsockBench::packet(kOpRequest);
    request.src_cid = 4;
    BOOST_TEST(b.send(request));
    b.host().catch_up();
    BOOST_TEST(b.told() == "2 2000>1000");

    const auto changes = b.access.config_interrupts();
    b.device.set_guest_cid.call(Node::parse("[9]", "command"));
    std::uint64_t cid = 0;
    b.access.read_config(0, &cid, 8);
    BOOST_TEST(cid == 9u);
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    BOOST_TEST(b.device.open_connections() == 0u);
    BOOST_TEST(b.host().connections.empty());
    const std::string event(4, '\0');
    BOOST_TEST(b.used(VsockBench::kEvents) == std::vector<std::string>{event},
               boost::test_tools::per_element());
    // The old address is nobody's any more; the answer goes where the packet came from.
    Packet data = VsockBench::packet(kOpRw, "late");
    data.src_cid = 4;
    BOOST_TEST(b.send(data));
    const auto answer = b.received();
    BOOST_TEST_REQUIRE(answer.size() == 1u);
    BOOST_TEST(answer[0].op == unsigned{kOpRst});
    BOOST_TEST(answer[0].dst_cid == 4u);
    request.src_cid = 9;
    BOOST_TEST(b.send(request));
    b.host().catch_up();
    BOOST_TEST(b.told() == "2 2000>1000");
  });
}

SIM_TEST_CASE(an_event_waits_for_a_buffer) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.device.change_cid(5);
    b.device.change_cid(6);
    settle();
    b.give(VsockBench::kEvents, 1, 3);  // too short
    b.give(VsockBench::kEvents, 3, 8);
    const auto events = b.used(VsockBench::kEvents);
    BOOST_TEST_REQUIRE(events.size() == 2u);
    BOOST_TEST(events[0] == "");
    BOOST_TEST(events[1] == std::string(4, '\0'));
  });
}
