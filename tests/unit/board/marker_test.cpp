// SPDX-License-Identifier: Apache-2.0
#include "board/marker.h"

#include "bus/bus.h"
#include "kit/exits.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using test::BusMaster;

namespace {

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Marker>("marker", "marks");
  test::register_bus_models(registry);
}

struct Board : test::Sim {
  Board()
      : Sim("children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
            "      s: {type: marker, base: 0x102000}\n",
            register_types),
        master(model<BusMaster>("bus.m")) {
    run(sc_core::SC_ZERO_TIME);
  }
  BusMaster& master;
};

}  // namespace

SIM_TEST_CASE(the_magic_number_tells_that_a_marker_is_here) {
  Board board;
  BOOST_TEST(board.master.read32(0x102000) == Marker::kMagic);
  board.master.write32(0x102000, 0);
  BOOST_TEST(board.master.read32(0x102000) == Marker::kMagic);
}

SIM_TEST_CASE(the_region_begins_and_ends) {
  Board board;
  BOOST_TEST(board.master.read32(0x102004) == 0u);
  board.master.write32(0x102004, 1);
  BOOST_TEST(board.platform.in_region());
  BOOST_TEST(board.master.read32(0x102004) == 1u);
  board.master.write32(0x102004, 0);
  BOOST_TEST(!board.platform.in_region());
  BOOST_TEST(board.master.read32(0x102004) == 0u);
}

SIM_TEST_CASE(regions_from_outside_are_not_seen) {
  Board board;
  board.platform.begin_region();
  BOOST_TEST(board.master.read32(0x102004) == 0u);
  board.master.write32(0x102004, 1);
  board.platform.end_region();
  BOOST_TEST(board.master.read32(0x102004) == 1u);
  board.platform.request_reset();
  board.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(board.master.read32(0x102004) == 0u);
}

SIM_TEST_CASE(milestones_are_the_softwares_own_numbers) {
  Board board;
  board.master.write32(0x102008, 42);
  board.master.write32(0x102008, 0xffffffff);
  BOOST_TEST_REQUIRE(board.platform.milestones().size() == 2u);
  BOOST_TEST(board.platform.milestones()[0].name == "42");
  BOOST_TEST(board.platform.milestones()[1].name == "4294967295");
  BOOST_TEST(board.model<Marker>("bus.s").milestones.value() == 2u);
}

SIM_TEST_CASE(other_addresses_and_values_do_nothing) {
  Board board;
  board.master.write32(0x10200c, 1);
  board.master.write32(0x102ffc, 1);
  board.master.write32(0x102004, 2);
  BOOST_TEST(!board.platform.in_region());
  BOOST_TEST(board.master.read32(0x10200c) == 0u);
}
