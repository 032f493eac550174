// SPDX-License-Identifier: Apache-2.0
#include "sweep/statistics.h"

#include <boost/test/unit_test.hpp>

using ringside::sweep::matches;
using ringside::sweep::Statistics;

BOOST_AUTO_TEST_CASE(patterns) {
  BOOST_TEST(matches("bus.disk.kicks", "bus.disk.kicks"));
  BOOST_TEST(!matches("bus.disk", "bus.disk.kicks"));
  BOOST_TEST(matches("bus.*.kicks", "bus.disk.kicks"));
  BOOST_TEST(!matches("bus.*.kicks", "bus.pci.disk.kicks"));
  BOOST_TEST(matches("bus.**.kicks", "bus.pci.disk.kicks"));
  BOOST_TEST(matches("bus.**.kicks", "bus.kicks"));
  BOOST_TEST(matches("**", "anything.at.all"));
  BOOST_TEST(matches("*.d*k.k*", "bus.disk.kicks"));
  BOOST_TEST(!matches("*.d*k.k", "bus.disk.kicks"));
  BOOST_TEST(matches("**.b.**.b", "a.b.c.b.d.b"));
  BOOST_TEST(!matches("**.b.**.c", "a.b.c.b.d.b"));
  // Not a matter of luck, and not of patience.
  std::string stars, name;
  for (int i = 0; i < 2000; ++i) stars += "*a", name += "a";
  BOOST_TEST(matches(stars + "*", name));
  BOOST_TEST(!matches(stars + "b", name));
}

BOOST_AUTO_TEST_CASE(figures_are_found_by_name) {
  Statistics statistics;
  statistics.add({"bus.disk", "kicks", "value", "count", std::int64_t{10}});
  statistics.add({"bus.net", "kicks", "value", "count", std::int64_t{5}});
  statistics.add({"bus.disk", "latency", "p99", "ns", 1.5});
  statistics.add({"bus.net", "latency", "p99", "ns", 2.5});
  statistics.add({"bus.disk", "latency", "count", "ns", std::int64_t{3}});
  statistics.add({"bus.net", "latency", "count", "ns", std::int64_t{4}});
  BOOST_TEST(*statistics.find("bus.disk.kicks") == 10);
  BOOST_TEST(*statistics.find("bus.disk.latency.p99") == 1.5);
  BOOST_TEST(!statistics.find("bus.disk.latency"));
  BOOST_TEST(!statistics.find("bus.disk"));
  BOOST_TEST(*statistics.find("bus.*.kicks") == 15);
  BOOST_TEST(*statistics.find("**.latency.count") == 7);
  BOOST_TEST(*statistics.find("*.disk.latency.p99") == 1.5);
  BOOST_TEST(!statistics.find("*.*.latency.p99"));  // percentiles have no sum
  BOOST_TEST(!statistics.find("*.nobody.kicks"));
}

BOOST_AUTO_TEST_CASE(what_comes_later_counts) {
  Statistics statistics;
  statistics.add({"guest", "count", "value", "", std::int64_t{1}});
  statistics.add({"guest", "count", "value", "", std::int64_t{2}});
  BOOST_TEST(statistics.all().size() == 1);
  BOOST_TEST(*statistics.find("guest.count") == 2);
}
