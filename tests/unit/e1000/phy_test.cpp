// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "baseline/e1000_phy.h"

using ringside::e1000::Phy;

namespace {

unsigned value(Phy& phy, unsigned index) {
  std::uint16_t value = 0xdead;
  BOOST_REQUIRE(phy.read(index, value));
  return value;
}

void bring_up(Phy& phy) {
  phy.negotiated();
  value(phy, Phy::kStatus);  // the loss before is seen
}

}  // namespace

BOOST_AUTO_TEST_CASE(identity) {
  Phy phy;
  BOOST_TEST(value(phy, Phy::kId1) == 0x0141u);
  BOOST_TEST(value(phy, Phy::kId2) == 0x0c20u);
}

BOOST_AUTO_TEST_CASE(a_link_comes_by_negotiation) {
  Phy phy;
  BOOST_TEST(phy.negotiating());
  BOOST_TEST(!phy.link());
  BOOST_TEST((value(phy, Phy::kStatus) & (Phy::kLinked | Phy::kComplete)) == 0u);
  BOOST_TEST(value(phy, Phy::kPartnerAbility) == 0u);
  phy.negotiated();
  BOOST_TEST(phy.link());
  value(phy, Phy::kStatus);
  BOOST_TEST((value(phy, Phy::kStatus) & (Phy::kLinked | Phy::kComplete)) == 0x24u);
  BOOST_TEST((value(phy, Phy::kPartnerAbility) & 0x0c00) == 0x0c00u, "pause");
  BOOST_TEST((value(phy, Phy::kGigabitStatus) & 0x0800) == 0x0800u, "1000BASE-T full duplex");
  BOOST_TEST((value(phy, Phy::kSpecificStatus) & 0xec00) == 0xac00u, "1000 Mb/s, full, link");
}

BOOST_AUTO_TEST_CASE(a_lost_link_shows_until_it_is_read) {
  Phy phy;
  bring_up(phy);
  BOOST_TEST((value(phy, Phy::kStatus) & Phy::kLinked) != 0u);
  phy.plug(false);
  BOOST_TEST(!phy.link());
  BOOST_TEST(!phy.negotiating());
  phy.plug(true);
  BOOST_TEST(phy.negotiating());
  phy.negotiated();
  BOOST_TEST((value(phy, Phy::kStatus) & Phy::kLinked) == 0u);
  BOOST_TEST((value(phy, Phy::kStatus) & Phy::kLinked) != 0u);
}

BOOST_AUTO_TEST_CASE(restarting_loses_the_link) {
  Phy phy;
  bring_up(phy);
  BOOST_TEST(phy.write(Phy::kControl, 0x1340));
  BOOST_TEST(phy.negotiating());
  BOOST_TEST(value(phy, Phy::kControl) == 0x1140u, "the bit clears itself");
}

BOOST_AUTO_TEST_CASE(without_negotiation_a_link_comes_at_once) {
  Phy phy;
  BOOST_TEST(phy.write(Phy::kControl, 0x0140));
  BOOST_TEST(phy.link());
  BOOST_TEST(value(phy, Phy::kPartnerAbility) == 0u);
  phy.plug(false);
  BOOST_TEST(!phy.link());
}

BOOST_AUTO_TEST_CASE(power_down_and_up) {
  Phy phy;
  bring_up(phy);
  phy.write(Phy::kControl, 0x1940);
  BOOST_TEST(!phy.link());
  phy.negotiated();
  BOOST_TEST(!phy.link());
  phy.write(Phy::kControl, 0x1140);
  BOOST_TEST(phy.negotiating());
}

BOOST_AUTO_TEST_CASE(resets) {
  Phy phy;
  phy.write(Phy::kGigabitControl, 0x0200);
  phy.write(Phy::kControl, 0x9140);
  BOOST_TEST(value(phy, Phy::kControl) == 0x1140u);
  BOOST_TEST(value(phy, Phy::kGigabitControl) == 0x0200u, "a software reset keeps it");
  phy.reset();
  BOOST_TEST(value(phy, Phy::kGigabitControl) == 0x0e00u);
  phy.plug(false);
  phy.reset();
  BOOST_TEST(!phy.negotiating(), "the cable is still out");
}

BOOST_AUTO_TEST_CASE(registers_that_are_not_there) {
  Phy phy;
  std::uint16_t found = 0;
  for (unsigned index : {7u, 11u, 25u, 31u, 32u, 1000u}) {
    BOOST_TEST(!phy.read(index, found));
    BOOST_TEST(!phy.write(index, 1));
  }
  BOOST_TEST(!phy.write(Phy::kId1, 1));
  BOOST_TEST(!phy.write(Phy::kStatus, 1));
}
