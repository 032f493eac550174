// SPDX-License-Identifier: Apache-2.0
#include "nic.h"

using namespace ringside;
using test::frame;
using test::Nic;

SIM_TEST_CASE(a_hub_gives_each_frame_to_all_others) {
  test::Sim sim(
      "children:\n"
      "  a: {type: nic, net: {type: hub, network: lan}}\n"
      "  b: {type: nic, net: {type: hub, network: lan}}\n"
      "  c: {type: nic, net: {type: hub, network: lan}}\n"
      "  d: {type: nic, net: {type: hub, network: other}}\n",
      test::register_nic);
  Nic& a = sim.model<Nic>("a");
  Nic& b = sim.model<Nic>("b");
  Nic& c = sim.model<Nic>("c");
  Nic& d = sim.model<Nic>("d");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  a.send(frame(60, 1));
  a.send(frame(61, 2));
  sim.run(sc_core::sc_time(2, sc_core::SC_US));
  BOOST_TEST(a.frames.empty());
  BOOST_TEST(d.frames.empty());
  const std::vector<test::Frame> both{frame(60, 1), frame(61, 2)};
  BOOST_TEST((b.frames == both));
  BOOST_TEST((c.frames == both));
  b.send(frame(62, 3));
  sim.run(sc_core::sc_time(2, sc_core::SC_US));
  BOOST_TEST(a.frames.size() == 1u);
  BOOST_TEST(c.frames.size() == 3u);
  BOOST_TEST(!sim.platform.host().any_live());
}

SIM_TEST_CASE(a_link_has_latency_and_rate) {
  test::Sim sim(
      "children:\n"
      "  a: {type: nic, net: {type: link, network: x, latency: 10us, rate: 1Gbps}}\n"
      "  b: {type: nic, net: {type: link, network: x, latency: 10us, rate: 1Gbps}}\n",
      test::register_nic);
  Nic& a = sim.model<Nic>("a");
  Nic& b = sim.model<Nic>("b");
  sim.run(sc_core::sc_time(5, sc_core::SC_US));
  for (int i = 0; i < 3; ++i) a.send(frame(1226, 1));  // 1250 bytes on the wire: 10 us each
  sim.run(sc_core::sc_time(100, sc_core::SC_US));
  BOOST_REQUIRE(b.times.size() == 3u);
  for (unsigned i = 0; i < 3; ++i)
    BOOST_TEST(b.times[i] == sc_core::sc_time(5 + 10 + 10 * (i + 1), sc_core::SC_US));
}

SIM_TEST_CASE(what_is_on_its_way_is_bounded_and_gone_after_a_reset) {
  test::Sim sim(
      "children:\n"
      "  a: {type: nic, net: {type: link, network: x, latency: 1ms, backlog: 5}}\n"
      "  b: {type: nic, net: {type: link, network: x}}\n",
      test::register_nic);
  Nic& a = sim.model<Nic>("a");
  Nic& b = sim.model<Nic>("b");
  sim.run(sc_core::sc_time(1, sc_core::SC_US));
  for (int i = 0; i < 8; ++i) a.send(frame(60, 1));
  BOOST_TEST(a.net->frames_dropped.value() == 3u);
  sim.platform.request_reset();
  sim.run(sc_core::sc_time(5, sc_core::SC_MS));
  BOOST_TEST(b.frames.empty());
  a.send(frame(60, 1));
  sim.run(sc_core::sc_time(2, sc_core::SC_MS));
  BOOST_TEST(b.frames.size() == 1u);
}

SIM_TEST_CASE(a_link_with_one_or_three_ends_is_a_mistake) {
  Registry registry;
  test::register_nic(registry);
  Platform platform(registry);
  BOOST_TEST(
      !platform.build(Node::parse("children:\n"
                                  "  a: {type: nic, net: {type: link, network: x}}\n"
                                  "  b: {type: nic, net: {type: link, network: y}}\n"
                                  "  c: {type: nic, net: {type: link, network: y}}\n"
                                  "  d: {type: nic, net: {type: link, network: y}}\n"
                                  "  e: {type: nic, net: {type: hub, network: z}}\n"
                                  "  f: {type: nic, net: {type: link, network: z}}\n",
                                  "x.yaml")));
  const std::string text = platform.diagnostics().str();
  for (const char* part : {"x.yaml:2:", "x.yaml:3:", "has 1 ends", "has 3 ends", "x.yaml:6:"})
    BOOST_TEST(text.find(part) != std::string::npos, text);
}
