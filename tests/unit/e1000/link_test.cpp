// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "unit/e1000/e1000_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = ringside::test::E1000Bench;

namespace {

void set_link(Bench& b, const char* state) {
  b.card.set_link.call(Node::list({Node::scalar(state)}));
}
bool link(Bench& b) {
  return b.get(Bench::kStatus) & 2;
}

}  // namespace

SIM_TEST_CASE(the_link_comes_up_after_negotiation) {
  test::Sim sim(pci_platform("          card: {type: e1000, slot: 3, negotiation: 2ms, "
                             "backend: wire}\n"),
                register_e1000);
  Guest guest(sim);
  sim.run(sc_core::sc_time(1, sc_core::SC_MS));
  guest.put32(Guest::place(0, 3) + pci::kBar0, 0x40000000);
  guest.put16(Guest::place(0, 3) + pci::kCommand, pci::kMemoryEnable);
  BOOST_TEST((guest.get32(0x40000008) & 2) == 0u);
  sim.run(sc_core::sc_time(2, sc_core::SC_MS));
  BOOST_TEST((guest.get32(0x40000008) & 2) == 2u);
  BOOST_TEST((guest.get32(0x400000c0) & 4) == 4u, "LSC");
}

SIM_TEST_CASE(the_cable_comes_and_goes) {
  Bench b;
  b.put(Bench::kIms, 4);
  BOOST_TEST(link(b));
  set_link(b, "down");
  BOOST_TEST(!link(b));
  BOOST_TEST(b.pin());
  BOOST_TEST(b.get(Bench::kIcr) == 4u);
  set_link(b, "down");
  BOOST_TEST(b.get(Bench::kIcr) == 0u, "no change");
  set_link(b, "up");
  b.run(1);
  BOOST_TEST(link(b));
  BOOST_TEST(b.get(Bench::kIcr) == 4u);
}

SIM_TEST_CASE(a_network_that_goes_takes_the_link_along) {
  Bench b;
  b.wire.link(false);
  BOOST_TEST(!link(b));
  set_link(b, "down");
  b.wire.link(true);
  b.run(1);
  BOOST_TEST(!link(b), "the cable is out");
  set_link(b, "up");
  b.run(1);
  BOOST_TEST(link(b));
}

SIM_TEST_CASE(without_link_frames_are_lost_but_descriptors_return) {
  Bench b;
  b.start_transmit();
  b.start_receive();
  set_link(b, "down");
  b.send(frame_to(kStation));
  BOOST_TEST(b.done(0));
  BOOST_TEST(b.wire.sent.empty());
  b.arrive(frame_to(kStation));
  BOOST_TEST(b.take().status == 0u);
  set_link(b, "up");
  b.run(1);
  b.send(frame_to(kStation));
  BOOST_TEST(b.wire.sent.size() == 1u);
}

SIM_TEST_CASE(resetting_the_transceiver_negotiates_anew) {
  Bench b;
  b.put(Bench::kIms, 4);
  b.put(Bench::kCtrl, 1u << 31);
  BOOST_TEST(!link(b));
  b.put(Bench::kCtrl, 0);
  b.run(1);
  BOOST_TEST(link(b));
}

SIM_TEST_CASE(a_reset_of_the_machine_leaves_the_cable_where_it_is) {
  Bench b;
  set_link(b, "down");
  b.card.reset();
  b.guest.put32(b.function + pci::kBar0, Bench::kRegisters);
  b.guest.put16(b.function + pci::kCommand, pci::kMemoryEnable);
  b.run(10);
  BOOST_TEST(!link(b));
}
