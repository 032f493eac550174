// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "virtio/device/net_filter.h"

using namespace ringside::virtio::net;

BOOST_AUTO_TEST_CASE(addresses_are_read) {
  MacAddress mac{};
  BOOST_TEST(parse_mac("52:54:00:aB:Cd:0f", mac));
  BOOST_TEST((mac == MacAddress{0x52, 0x54, 0, 0xab, 0xcd, 0x0f}));
  for (const char* bad : {"", "52", "52:54:00:12:34", "52:54:00:12:34:5", "52-54-00-12-34-56",
                          "52:54:00:12:34:5g", "52:54:00:12:34:56:", "53:54:00:12:34:56"})
    BOOST_TEST(!parse_mac(bad, mac), bad);
}
