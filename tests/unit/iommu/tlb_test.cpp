// SPDX-License-Identifier: Apache-2.0
// What the IOMMU's timing remembers, and how large its pages are.
#include <boost/test/unit_test.hpp>

#include "virtio/device/iommu_tlb.h"

using ringside::virtio::IommuPage;
using ringside::virtio::IommuTlb;
using ringside::virtio::largest_page;

BOOST_AUTO_TEST_CASE(the_entry_used_longest_ago_makes_room) {
  IommuTlb tlb(2);
  BOOST_TEST(!tlb.lookup(1, 0x1000));
  tlb.insert(1, 0x1000, 0x1fff);
  tlb.insert(1, 0x2000, 0x2fff);
  BOOST_TEST(tlb.lookup(1, 0x1fff));
  BOOST_TEST(!tlb.lookup(2, 0x1fff));
  tlb.insert(2, 0x1000, 0x1fff);
  BOOST_TEST(tlb.size() == 2u);
  BOOST_TEST(tlb.lookup(1, 0x1000));
  BOOST_TEST(!tlb.lookup(1, 0x2000));
  BOOST_TEST(tlb.lookup(2, 0x1000));
}

BOOST_AUTO_TEST_CASE(entries_are_forgotten_by_domain_and_range) {
  IommuTlb tlb(8);
  for (std::uint32_t domain : {1u, 2u})
    for (std::uint64_t page : {1, 2, 3}) tlb.insert(domain, page << 12, (page << 12) | 0xfff);
  tlb.invalidate(1, 0x1fff, 0x2000);
  BOOST_TEST(!tlb.lookup(1, 0x1000));
  BOOST_TEST(!tlb.lookup(1, 0x2000));
  BOOST_TEST(tlb.lookup(1, 0x3000));
  BOOST_TEST(tlb.lookup(2, 0x1000));
  tlb.clear();
  BOOST_TEST(tlb.size() == 0u);
}

BOOST_AUTO_TEST_CASE(without_entries_nothing_is_remembered) {
  IommuTlb tlb(0);
  tlb.insert(1, 0, 0xfff);
  BOOST_TEST(!tlb.lookup(1, 0));
}

BOOST_AUTO_TEST_CASE(pages_are_as_large_as_alignment_and_mapping_allow) {
  constexpr std::uint64_t kAll = ~std::uint64_t{0xfff};
  const auto page = [](std::uint64_t mask, std::uint64_t at, std::uint64_t first,
                       std::uint64_t last, std::uint64_t target) {
    const IommuPage found = largest_page(mask, at, first, last, target);
    return std::make_pair(found.first, found.last);
  };
  using Pair = std::pair<std::uint64_t, std::uint64_t>;
  BOOST_TEST((page(kAll, 0x200123, 0x200000, 0x3fffff, 0x80000000) == Pair{0x200000, 0x3fffff}));
  BOOST_TEST((page(0x1000, 0x200123, 0x200000, 0x3fffff, 0x80000000) == Pair{0x200000, 0x200fff}));
  // Aligned here and not there.
  BOOST_TEST((page(kAll, 0x200123, 0x200000, 0x3fffff, 0x80001000) == Pair{0x200000, 0x200fff}));
  // Cut short.
  BOOST_TEST((page(kAll, 0x200123, 0x200000, 0x202fff, 0x80000000) == Pair{0x200000, 0x201fff}));
  BOOST_TEST((page(~std::uint64_t{0}, 5, 5, 5, 77) == Pair{5, 5}));
  BOOST_TEST((page(kAll, 7, 0, ~std::uint64_t{0}, 0) == Pair{0, ~std::uint64_t{0} >> 1}));
}
