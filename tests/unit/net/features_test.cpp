// SPDX-License-Identifier: Apache-2.0
#include "net_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

bool offers(NetBench& b, unsigned bit) {
  return b.access.device_features(bit / 32) >> (bit % 32) & 1;
}

}  // namespace

SIM_TEST_CASE(configuration_shows_the_parameters) {
  SPEC("net.device-configuration-layout.1");
  SPEC("net.device-configuration-layout.2");
  SPEC("net.device-configuration-layout.3");
  SPEC("net.device-configuration-layout.7");
  SPEC("net.device-configuration-layout.8");
  SPEC("net.device-configuration-layout.9");
  SPEC("net.device-configuration-layout.10");
  SPEC("net.device-configuration-layout.11");
  NetBench b("pairs: 3, mtu: 1280, speed: 10Gbps, rss: true, hash_report: true, hash_tunnel: true");
  BOOST_TEST(b.config(0, 6) == kStation);
  BOOST_TEST(le(b.config(6, 2), 0, 2) == 1u);
  BOOST_TEST(le(b.config(8, 2), 0, 2) == 3u);
  BOOST_TEST(le(b.config(10, 2), 0, 2) == 1280u);
  BOOST_TEST(le(b.config(12, 4), 0, 4) == 10000u);
  BOOST_TEST(b.config(16, 1)[0] == 1u);
  BOOST_TEST(b.config(17, 1)[0] == 40u);
  BOOST_TEST(le(b.config(18, 2), 0, 2) == 128u);
  BOOST_TEST(le(b.config(20, 4), 0, 4) == 0x1ffu);
  BOOST_TEST(le(b.config(24, 4), 0, 4) == 0x1ffu);
  b.wire.link(false);  // speed and duplex change with the link only
  BOOST_TEST(le(b.config(6, 2), 0, 2) == 0u);
  BOOST_TEST(le(b.config(12, 4), 0, 4) == 0xffffffffu);
  BOOST_TEST(b.config(16, 1)[0] == 0xffu);
  for (unsigned bit : {kNetMq, kNetMtu, kNetSpeedDuplex, kNetRss, kNetHashReport, kNetHashTunnel})
    BOOST_TEST(offers(b, bit));
  // Read-only for modern drivers.
  const std::uint8_t junk[28] = {};
  b.device.write_config(0, junk, 28);
  BOOST_TEST(b.config(0, 6) == kStation);
  BOOST_TEST(b.device.num_queues() == 7u);
}

SIM_TEST_CASE(without_a_control_queue_nothing_is_offered_that_needs_it) {
  SPEC("net.device-configuration-layout.12");
  SPEC("net.device-configuration-layout.13");
  NetBench b("ctrl_vq: false, pairs: 2, rss: true, hash_report: true, hash_tunnel: true");
  for (unsigned bit : {kNetCtrlVq, kNetCtrlRx, kNetCtrlRxExtra, kNetCtrlVlan, kNetCtrlMacAddr,
                       kNetCtrlGuestOffloads, kNetGuestAnnounce, kNetMq, kNetRss, kNetHashReport,
                       kNetHashTunnel, kNetNotfCoal, kNetVqNotfCoal, kNetDeviceStats})
    BOOST_TEST(!offers(b, bit), bit);
}

SIM_TEST_CASE(a_feature_without_what_it_requires_is_not_accepted) {
  NetBench b("pairs: 2, rss: true, rsc_ext: true, hash_tunnel: true, hash_report: true");
  b.run([&] {
    const std::vector<std::pair<unsigned, Driver::Bits>> pairs{
        {kNetGuestTso4, {kNetGuestCsum}},
        {kNetGuestTso6, {kNetGuestCsum}},
        {kNetGuestUfo, {kNetGuestCsum}},
        {kNetGuestUso4, {kNetGuestCsum}},
        {kNetGuestUso6, {kNetGuestCsum}},
        {kNetGuestEcn, {kNetGuestCsum, kNetGuestTso6}},
        {kNetHostTso4, {kNetCsum}},
        {kNetHostTso6, {kNetCsum}},
        {kNetHostUfo, {kNetCsum}},
        {kNetHostUso, {kNetCsum}},
        {kNetHostEcn, {kNetCsum, kNetHostTso4}},
        {kNetRscExt, {kNetCsum, kNetHostTso4}},
        {kNetCtrlRx, {kNetCtrlVq}},
        {kNetCtrlVlan, {kNetCtrlVq}},
        {kNetGuestAnnounce, {kNetCtrlVq}},
        {kNetMq, {kNetCtrlVq}},
        {kNetCtrlMacAddr, {kNetCtrlVq}},
        {kNetNotfCoal, {kNetCtrlVq}},
        {kNetVqNotfCoal, {kNetCtrlVq}},
        {kNetRss, {kNetCtrlVq}},
        {kNetHashTunnel, {kNetCtrlVq, kNetRss}},
    };
    for (const auto& [feature, needs] : pairs) {
      Driver::Bits bits{kVersion1, feature};
      BOOST_TEST(!b.driver.negotiate(bits), feature);
      bits.insert(bits.end(), needs.begin(), needs.end());
      BOOST_TEST(b.driver.negotiate(bits), feature);
    }
    BOOST_TEST(!b.driver.negotiate({kVersion1, kNetCtrlVq, kNetHashTunnel}));
    BOOST_TEST(b.driver.negotiate(b.all_features()));
  });
}

SIM_TEST_CASE(inner_header_hash_is_set_by_command) {
  SPEC("net.inner-header-hash.1");
  SPEC("net.inner-header-hash.2");
  SPEC("net.inner-header-hash.3");
  NetBench b("hash_report: true, hash_tunnel: true");
  b.run([&] {
    // IP in IP: outer and inner addresses differ.
    FrameSpec inner;
    Bytes in = make_frame(inner);
    Bytes f(in.begin(), in.begin() + 34);
    f.insert(f.end(), in.begin() + 14, in.end());
    f[23] = 4;
    put16(f, 16, static_cast<unsigned>(f.size() - 14));
    f[29] = 99;
    const auto report = [&] {
      b.post(1, 1600);
      b.wire.arrive(f);
      settle();
      Received r;
      BOOST_REQUIRE(b.receive(r));
      return r.header.hash_report;
    };
    for (int round = 0; round < 2; ++round) {
      BOOST_REQUIRE(b.start_with_all());
      const auto config = Fields().le32(net::kHashAll).le64(0).u8(40).add(Bytes(40, 0x6d));
      BOOST_TEST(b.ack(4, 2, config) == 0);
      BOOST_TEST(report() == 1);  // the outer header: IPv4, no ports; also after a reset
      BOOST_TEST(b.ack(7, 0, Fields().le32(net::kTunnelVxlan)) == 0);
      BOOST_TEST(report() == 1);
      BOOST_TEST(b.ack(7, 0, Fields().le32(net::kTunnelIpip)) == 0);
      BOOST_TEST(report() == 2);  // the inner header: TCP
      BOOST_TEST(b.ack(7, 0, Fields().le32(1u << 9)) == 1);
      BOOST_TEST(report() == 2);
      BOOST_TEST(b.ack(7, 0, Bytes(3)) == 1);
      BOOST_TEST(b.ack(7, 1, Bytes(4)) == 1);
      if (round == 0) continue;
      BOOST_TEST(b.ack(7, 0, Fields().le32(0)) == 0);
      BOOST_TEST(report() == 1);
    }
  });
}

SIM_TEST_CASE(without_multiqueue_the_control_queue_comes_third) {
  NetBench b("pairs: 3");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all({kNetMq}));
    BOOST_TEST(b.pairs == 1u);
    BOOST_TEST(b.ack(0, 0, Fields().u8(1)) == 0);
    BOOST_TEST(b.ack(4, 0, Fields().le16(1)) == 1);
  });
}

SIM_TEST_CASE(addresses_of_devices_differ_and_stay) {
  test::Sim sim(
      "children:\n  a: {type: holder, device: {type: virtio-net, backend: wire}}\n"
      "  b: {type: holder, device: {type: virtio-net, backend: wire}}\n",
      register_net);
  const auto& a = sim.model<Net>("a.device").mac_address();
  BOOST_TEST((a != sim.model<Net>("b.device").mac_address()));
  BOOST_TEST((a[0] & 1) == 0);
}

SIM_TEST_CASE(wrong_parameters_are_reported) {
  Registry registry;
  register_net(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(
      "children:\n"
      "  a: {type: holder, device: {type: virtio-net, backend: wire, mac: \"01:02:03:04:05:06\"}}\n"
      "  b: {type: holder, device: {type: virtio-net, backend: wire, mtu: 67}}\n"
      "  c: {type: holder, device: {type: virtio-net, backend: wire, pairs: 0}}\n"
      "  d: {type: holder, device: {type: virtio-net}}\n",
      "x.yaml")));
  const std::string text = platform.diagnostics().str();
  for (const char* line : {"x.yaml:2:", "x.yaml:3:", "x.yaml:4:", "x.yaml:5:"})
    BOOST_TEST(text.find(line) != std::string::npos, text);
}
