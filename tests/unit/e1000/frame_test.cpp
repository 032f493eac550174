// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "baseline/e1000_frame.h"
#include "baseline/e1000_registers.h"
#include "unit/net/frames.h"

using namespace ringside::e1000;
using namespace ringside::test;

namespace {

constexpr MacAddress kOwn{0x52, 0x54, 0x00, 0x01, 0x02, 0x03};
using Match = ReceiveFilter::Match;

Match match(const ReceiveFilter& filter, const MacAddress& to, std::uint32_t control) {
  return filter.match(to.data(), control);
}

}  // namespace

BOOST_AUTO_TEST_CASE(own_address_only) {
  ReceiveFilter filter;
  filter.reset(kOwn);
  BOOST_TEST((match(filter, kOwn, 0) == Match::Exact));
  MacAddress other = kOwn;
  other[5] ^= 1;
  BOOST_TEST((match(filter, other, 0) == Match::None));
  BOOST_TEST((match(filter, other, kUnicastPromiscuous) == Match::Exact));
  BOOST_TEST((match(filter, other, kMulticastPromiscuous) == Match::None));
  filter.addresses[1] &= ~ReceiveFilter::kAddressValid;
  BOOST_TEST((match(filter, kOwn, 0) == Match::None));
}

BOOST_AUTO_TEST_CASE(broadcast_and_groups) {
  ReceiveFilter filter;
  filter.reset(kOwn);
  const MacAddress all{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const MacAddress group{0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb};
  BOOST_TEST((match(filter, all, 0) == Match::None));
  BOOST_TEST((match(filter, all, kAcceptBroadcast) == Match::Exact));
  BOOST_TEST((match(filter, group, kAcceptBroadcast) == Match::None));
  BOOST_TEST((match(filter, group, kMulticastPromiscuous) == Match::Exact));
  BOOST_TEST((match(filter, group, kUnicastPromiscuous) == Match::None));
  filter.addresses[30] = 0x005e0001;
  filter.addresses[31] = 0xfb00 | ReceiveFilter::kAddressValid;
  BOOST_TEST((match(filter, group, 0) == Match::Exact), "the sixteenth address");
}

BOOST_AUTO_TEST_CASE(the_multicast_table_takes_twelve_bits) {
  const MacAddress group{0x01, 0x00, 0x5e, 0x00, 0x34, 0x12};
  // 0x1234 >> 4, 3, 2, 0
  const unsigned hashes[] = {0x123, 0x246, 0x48d, 0x234};
  for (unsigned offset = 0; offset < 4; ++offset) {
    ReceiveFilter filter;
    filter.multicast[hashes[offset] >> 5] = 1u << (hashes[offset] & 31);
    for (unsigned mode = 0; mode < 4; ++mode) {
      const Match found = match(filter, group, mode << kMulticastOffsetShift);
      BOOST_TEST((found == (mode == offset ? Match::Inexact : Match::None)));
    }
    MacAddress single = group;
    single[0] = 0;
    BOOST_TEST((match(filter, single, offset << kMulticastOffsetShift) == Match::None));
  }
}

BOOST_AUTO_TEST_CASE(vlan_table) {
  ReceiveFilter filter;
  filter.vlans[100 >> 5] = 1u << (100 & 31);
  BOOST_TEST(filter.has_vlan(100));
  BOOST_TEST(filter.has_vlan(0xe000 | 100), "priority does not matter");
  BOOST_TEST(!filter.has_vlan(101));
  BOOST_TEST(!filter.has_vlan(0));
}

BOOST_AUTO_TEST_CASE(check_sequence) {
  const std::string text = "123456789";
  BOOST_TEST(frame_check_sequence(reinterpret_cast<const std::uint8_t*>(text.data()), 9) ==
             0xcbf43926u);
}

BOOST_AUTO_TEST_CASE(right_checksums_are_reported) {
  for (const bool vlan : {false, true})
    for (const bool tcp : {false, true}) {
      FrameSpec spec;
      spec.tcp = tcp;
      spec.vlan = vlan;
      spec.payload = 33;
      Bytes f = make_frame(spec);
      f.resize(f.size() + 5);  // padding
      ReceiveStatus status;
      check_checksums(f.data(), f.size(), true, true, status);
      BOOST_TEST(status.status == (ReceiveStatus::kIpChecked | ReceiveStatus::kTransportChecked));
      BOOST_TEST(status.errors == 0u);
      f[spec.data()] ^= 1;
      status = {};
      check_checksums(f.data(), f.size(), true, true, status);
      BOOST_TEST(status.errors == ReceiveStatus::kTransportError);
      f[spec.l3() + 8] ^= 1;
      status = {};
      check_checksums(f.data(), f.size(), true, false, status);
      BOOST_TEST(status.status == ReceiveStatus::kIpChecked);
      BOOST_TEST(status.errors == ReceiveStatus::kIpError);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_checked_is_not_reported) {
  FrameSpec spec;
  spec.tcp = false;
  Bytes f = make_frame(spec);
  put16(f, checksum_at(spec), 0);
  ReceiveStatus status;
  check_checksums(f.data(), f.size(), true, true, status);
  BOOST_TEST(status.status == ReceiveStatus::kIpChecked, "UDP without a checksum");

  f = make_frame({});
  put16(f, 20, 0x2000);  // a fragment
  status = {};
  check_checksums(f.data(), f.size(), false, true, status);
  BOOST_TEST(status.status == 0u);

  spec = {};
  spec.v6 = true;
  f = make_frame(spec);
  status = {};
  check_checksums(f.data(), f.size(), true, true, status);
  BOOST_TEST(status.status == ReceiveStatus::kIgnoreChecksums);
}

BOOST_AUTO_TEST_CASE(lengths_in_frames_are_not_believed) {
  const Bytes good = make_frame({});
  for (std::size_t bytes = 14; bytes <= good.size(); ++bytes)
    for (const unsigned total : {0u, 19u, 20u, 24u, 40u, 140u, 0xffffu})
      for (const unsigned header : {0u, 4u, 5u, 6u, 15u}) {
        Bytes f(good.begin(), good.begin() + static_cast<long>(bytes));
        if (bytes > 17) put16(f, 16, total);
        if (bytes > 14) f[14] = static_cast<std::uint8_t>(0x40 | header);
        const Bytes exact(f);  // no room behind it, for the sanitizer
        ReceiveStatus status;
        check_checksums(exact.data(), exact.size(), true, true, status);
        const bool fits = bytes >= 34 && header >= 5 && total >= 4 * header && 14 + total <= bytes;
        BOOST_TEST(((status.status & ReceiveStatus::kIpChecked) != 0) == fits);
      }
}
