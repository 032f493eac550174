// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE virtio_core
#include "virtio/core/features.h"

#include <boost/test/unit_test.hpp>

using namespace ringside::virtio;

BOOST_AUTO_TEST_CASE(bits_and_pages) {
  FeatureSet set{0, 31, 32, 127};
  BOOST_TEST(set.page(0) == 0x80000001u);
  BOOST_TEST(set.page(1) == 1u);
  BOOST_TEST(set.page(2) == 0u);
  BOOST_TEST(set.page(3) == 0x80000000u);
  BOOST_TEST(set.page(4) == 0u);
  BOOST_TEST(set.page(~0u) == 0u);
  BOOST_TEST(set.has(127));
  BOOST_TEST(!set.has(128));
  BOOST_TEST(!set.has(~0u));
  set.set(128);
  set.set_page(4, ~0u);
  set.set(31, false);
  BOOST_TEST((set == FeatureSet{0, 32, 127}));
  set.set_page(3, 2);
  BOOST_TEST((set == FeatureSet{0, 32, 97}));
  BOOST_TEST(set.str() == "0 32 97");
  BOOST_TEST(FeatureSet{}.str() == "");
}

BOOST_AUTO_TEST_CASE(set_operations) {
  const FeatureSet a{1, 40, 70}, b{1, 41, 70, 100};
  BOOST_TEST(((a | b) == FeatureSet{1, 40, 41, 70, 100}));
  BOOST_TEST(((a & b) == FeatureSet{1, 70}));
  BOOST_TEST((a.without(b) == FeatureSet{40}));
  BOOST_TEST(!a.empty());
  BOOST_TEST(a.without(a).empty());
}
