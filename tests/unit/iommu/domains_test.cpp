// SPDX-License-Identifier: Apache-2.0
// Domains by themselves: the examples of the specification, limits, and random requests beside a
// model that keeps one entry per address.
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "support/spec.h"
#include "virtio/device/iommu_domains.h"

using ringside::virtio::IommuDomains;
using ringside::virtio::IommuStatus;
using ringside::virtio::kMapRead;
using ringside::virtio::kMapWrite;

namespace ringside::virtio {
inline std::ostream& operator<<(std::ostream& out, IommuStatus status) {
  return out << "status " << static_cast<unsigned>(status);
}
}  // namespace ringside::virtio

namespace {

constexpr std::uint64_t kTop = ~std::uint64_t{0};

struct Table : IommuDomains {
  explicit Table(const Limits& limits = {}) : IommuDomains(limits) {
    BOOST_TEST(attach(1, 8, false) == IommuStatus::Ok);
  }
  IommuStatus map(std::uint64_t first, std::uint64_t last, std::uint64_t target = 0x1000) {
    return IommuDomains::map(1, first, {last, target, kMapRead});
  }
  IommuStatus unmap(std::uint64_t first, std::uint64_t last) {
    return IommuDomains::unmap(1, first, last);
  }
  bool mapped(std::uint64_t address) const { return domain_of(8)->find(address) != nullptr; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_examples_of_the_specification) {
  SPEC("iommu.unmap-request.3");
  SPEC("iommu.unmap-request.4");
  SPEC("iommu.unmap-request.5");
  struct Case {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> maps;
    std::uint64_t first, last;
    IommuStatus status;
    std::size_t left;
  };
  const Case cases[] = {
      {{}, 0, 4, IommuStatus::Ok, 0},                   // 1
      {{{0, 9}}, 0, 9, IommuStatus::Ok, 0},             // 2
      {{{0, 4}, {5, 9}}, 0, 9, IommuStatus::Ok, 0},     // 3
      {{{0, 9}}, 0, 4, IommuStatus::Range, 1},          // 4
      {{{0, 4}, {5, 9}}, 0, 4, IommuStatus::Ok, 1},     // 5
      {{{0, 4}}, 0, 9, IommuStatus::Ok, 0},             // 6
      {{{0, 4}, {10, 14}}, 0, 14, IommuStatus::Ok, 0},  // 7
      {{{0, 4}, {5, 9}}, 0, 7, IommuStatus::Range, 2},  // the end splits one: none goes
      {{{0, 4}, {5, 9}}, 3, 9, IommuStatus::Range, 2},  // the beginning does
      {{{2, 9}}, 4, 5, IommuStatus::Range, 1},          // both at once
      {{{2, 9}}, 10, 20, IommuStatus::Ok, 1},           // nothing there
      {{{2, 9}}, 0, 1, IommuStatus::Ok, 1},
      {{{2, 9}}, 9, 2, IommuStatus::Range, 1},  // ends before it begins
      {{{kTop - 9, kTop}}, kTop - 9, kTop, IommuStatus::Ok, 0},
      {{{0, kTop}}, 0, kTop, IommuStatus::Ok, 0},
      {{{0, kTop}}, 1, kTop, IommuStatus::Range, 1},
  };
  for (const Case& c : cases) {
    Table table;
    for (const auto& [first, last] : c.maps)
      BOOST_TEST(table.map(first, last, 0) == IommuStatus::Ok);
    BOOST_TEST(table.unmap(c.first, c.last) == c.status);
    BOOST_TEST(table.mappings() == c.left);
  }
}

BOOST_AUTO_TEST_CASE(mappings_do_not_overlap) {
  SPEC("iommu.map-request.2");
  Table table;
  BOOST_TEST(table.map(100, 199) == IommuStatus::Ok);
  for (const auto& [first, last] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {100, 199}, {0, 100}, {199, 300}, {150, 160}, {0, 300}, {100, 100}, {199, 199}})
    BOOST_TEST(table.map(first, last) == IommuStatus::Invalid);
  BOOST_TEST(table.map(0, 99) == IommuStatus::Ok);
  BOOST_TEST(table.map(200, kTop, 0) == IommuStatus::Ok);
  BOOST_TEST(table.mappings() == 3u);
  BOOST_TEST(table.map(5, 4) == IommuStatus::Range);
}

BOOST_AUTO_TEST_CASE(a_mapping_may_end_where_addresses_do_but_not_beyond) {
  Table table;
  BOOST_TEST(table.map(0, 0xfff, kTop - 0xffe) == IommuStatus::Range);
  BOOST_TEST(table.map(0, 0xfff, kTop - 0xfff) == IommuStatus::Ok);
  BOOST_TEST(table.map(kTop - 0xfff, kTop, 0) == IommuStatus::Ok);
  BOOST_TEST(table.domain_of(8)->find(kTop)->second.target == 0u);
  BOOST_TEST(!table.mapped(kTop - 0x1000));
}

BOOST_AUTO_TEST_CASE(a_domain_lives_as_long_as_an_endpoint_is_attached) {
  Table table;
  BOOST_TEST(table.map(0, 9) == IommuStatus::Ok);
  BOOST_TEST(table.attach(1, 9, false) == IommuStatus::Ok);
  BOOST_TEST(table.detach(1, 8) == IommuStatus::Ok);
  BOOST_TEST(table.domain_of(8) == nullptr);
  BOOST_TEST(table.domain_of(9)->mappings().size() == 1u);
  BOOST_TEST(table.detach(1, 8) == IommuStatus::Invalid);
  BOOST_TEST(table.detach(2, 9) == IommuStatus::Invalid);
  BOOST_TEST(table.detach(1, 9) == IommuStatus::Ok);
  BOOST_TEST(table.domains() == 0u);
  BOOST_TEST(table.mappings() == 0u);
  BOOST_TEST(table.map(0, 9) == IommuStatus::NoEntry);
  BOOST_TEST(table.unmap(0, 9) == IommuStatus::NoEntry);
  BOOST_TEST(table.attach(1, 8, false) == IommuStatus::Ok);
  BOOST_TEST(!table.mapped(0));
}

BOOST_AUTO_TEST_CASE(an_endpoint_moves_to_another_domain) {
  SPEC("iommu.attach-request.6");
  SPEC("iommu.attach-request.7");
  Table table;
  BOOST_TEST(table.map(0, 9) == IommuStatus::Ok);
  BOOST_TEST(table.attach(1, 8, false) == IommuStatus::Ok);  // where it is: nothing is lost
  BOOST_TEST(table.mapped(0));
  BOOST_TEST(table.attach(2, 8, false) == IommuStatus::Ok);
  BOOST_TEST(table.find(1) == nullptr);
  BOOST_TEST(table.domain_of(8)->id() == 2u);
  BOOST_TEST(!table.mapped(0));
  BOOST_TEST(table.mappings() == 0u);
}

BOOST_AUTO_TEST_CASE(bypass_domains_have_no_mappings) {
  Table table;
  BOOST_TEST(table.attach(1, 9, true) == IommuStatus::Invalid);
  BOOST_TEST(table.domain_of(9) == nullptr);
  BOOST_TEST(table.attach(2, 9, true) == IommuStatus::Ok);
  BOOST_TEST(table.attach(2, 8, false) == IommuStatus::Invalid);
  BOOST_TEST(table.domain_of(8)->id() == 1u);  // a refused request moves nothing
  BOOST_TEST(table.IommuDomains::map(2, 0, {9, 0, 3}) == IommuStatus::Invalid);
  BOOST_TEST(table.IommuDomains::unmap(2, 0, 9) == IommuStatus::Invalid);
}

BOOST_AUTO_TEST_CASE(limits_are_kept) {
  Table table({2, 3});
  BOOST_TEST(table.attach(2, 9, false) == IommuStatus::Ok);
  BOOST_TEST(table.attach(3, 10, false) == IommuStatus::NoMemory);
  BOOST_TEST(table.attach(3, 9, false) == IommuStatus::Ok);  // its own place becomes free
  BOOST_TEST(table.attach(3, 8, false) == IommuStatus::Ok);
  BOOST_TEST(table.attach(1, 8, false) == IommuStatus::Ok);
  for (std::uint64_t at : {0, 10, 20}) BOOST_TEST(table.map(at, at + 4) == IommuStatus::Ok);
  BOOST_TEST(table.map(30, 34) == IommuStatus::NoMemory);
  BOOST_TEST(table.IommuDomains::map(3, 30, {34, 0, 1}) == IommuStatus::NoMemory);
  BOOST_TEST(table.unmap(10, 14) == IommuStatus::Ok);
  BOOST_TEST(table.map(30, 34) == IommuStatus::Ok);
  table.clear();
  BOOST_TEST(table.domains() + table.mappings() == 0u);
  BOOST_TEST(table.domain_of(8) == nullptr);
}

namespace {

/// One entry per address, 64 addresses, 4 domains, 6 endpoints: as plain as it gets.
struct Naive {
  static constexpr unsigned kAddresses = 64;
  struct Domain {
    bool there = false, bypass = false;
    std::array<int, kAddresses> mapping{};  // number of the mapping that holds it, 0 for none
  };
  std::array<Domain, 4> domains;
  std::array<int, 6> at;  // domain of an endpoint, -1 for none
  std::map<int, std::pair<std::uint64_t, std::uint64_t>> made;  // first, target
  int next = 1;
  Naive() { at.fill(-1); }

  unsigned members(int domain) const {
    return static_cast<unsigned>(std::count(at.begin(), at.end(), domain));
  }
  void leave(unsigned endpoint) {
    const int domain = at[endpoint];
    at[endpoint] = -1;
    if (domain >= 0 && members(domain) == 0) domains[static_cast<unsigned>(domain)] = {};
  }
  IommuStatus attach(unsigned d, unsigned e, bool bypass) {
    if (domains[d].there && domains[d].bypass != bypass) return IommuStatus::Invalid;
    if (at[e] == static_cast<int>(d)) return IommuStatus::Ok;
    leave(e);
    if (!domains[d].there) {
      domains[d].there = true;
      domains[d].bypass = bypass;
    }
    at[e] = static_cast<int>(d);
    return IommuStatus::Ok;
  }
  IommuStatus detach(unsigned d, unsigned e) {
    if (at[e] != static_cast<int>(d)) return IommuStatus::Invalid;
    leave(e);
    return IommuStatus::Ok;
  }
  IommuStatus map(unsigned d, unsigned first, unsigned last, std::uint64_t target) {
    Domain& domain = domains[d];
    if (!domain.there) return IommuStatus::NoEntry;
    if (domain.bypass) return IommuStatus::Invalid;
    if (last < first) return IommuStatus::Range;
    for (unsigned a = first; a <= last; ++a)
      if (domain.mapping[a]) return IommuStatus::Invalid;
    for (unsigned a = first; a <= last; ++a) domain.mapping[a] = next;
    made[next++] = {first, target};
    return IommuStatus::Ok;
  }
  IommuStatus unmap(unsigned d, unsigned first, unsigned last) {
    Domain& domain = domains[d];
    if (!domain.there) return IommuStatus::NoEntry;
    if (domain.bypass) return IommuStatus::Invalid;
    if (last < first) return IommuStatus::Range;
    std::set<int> inside(&domain.mapping[first], &domain.mapping[last] + 1);
    inside.erase(0);
    for (unsigned a = 0; a < kAddresses; ++a)
      if ((a < first || a > last) && inside.count(domain.mapping[a])) return IommuStatus::Range;
    for (unsigned a = first; a <= last; ++a) domain.mapping[a] = 0;
    return IommuStatus::Ok;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_requests_beside_a_naive_model) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    IommuDomains table({});
    Naive naive;
    unsigned accepted = 0;
    for (unsigned step = 0; step < 5000; ++step) {
      const unsigned d = below(4), e = below(6), first = below(Naive::kAddresses);
      const unsigned last = below(10) == 0 ? below(Naive::kAddresses)
                                           : std::min(first + below(6), Naive::kAddresses - 1);
      const std::uint64_t target = random();
      IommuStatus got, wanted;
      switch (below(12)) {
        case 0: {
          const bool bypass = below(4) == 0;
          got = table.attach(d, e, bypass);
          wanted = naive.attach(d, e, bypass);
          break;
        }
        case 1:
          got = table.detach(d, e);
          wanted = naive.detach(d, e);
          break;
        case 2:
        case 3:
        case 4:
        case 5:
          got = table.unmap(d, first, last);
          wanted = naive.unmap(d, first, last);
          break;
        default:
          got = table.map(d, first, {last, target, 1});
          wanted = naive.map(d, first, last, target);
      }
      accepted += got == IommuStatus::Ok;
      BOOST_TEST_REQUIRE(got == wanted);
      for (unsigned endpoint = 0; endpoint < 6; ++endpoint) {
        const auto* domain = table.domain_of(endpoint);
        BOOST_TEST_REQUIRE((domain != nullptr) == (naive.at[endpoint] >= 0));
        if (!domain) continue;
        const Naive::Domain& other = naive.domains[static_cast<unsigned>(naive.at[endpoint])];
        BOOST_TEST_REQUIRE(domain->bypass() == other.bypass);
        for (unsigned a = 0; a < Naive::kAddresses; ++a) {
          const auto* mapping = domain->find(a);
          BOOST_TEST_REQUIRE((mapping != nullptr) == (other.mapping[a] != 0));
          if (!mapping) continue;
          const auto& [begin, to] = naive.made[other.mapping[a]];
          BOOST_TEST_REQUIRE(mapping->first == begin);
          BOOST_TEST_REQUIRE(mapping->second.target == to);
        }
      }
    }
    BOOST_TEST(accepted > 500u);
  }
}
