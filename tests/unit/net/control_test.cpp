// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "net_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

const Bytes kBroadcast(6, 0xff);
const Bytes kOther{0x52, 0x54, 0, 8, 8, 8};
const Bytes kGroup{0x33, 0x33, 0, 0, 0, 1};
const Bytes kOtherGroup{0x33, 0x33, 0, 0, 0, 2};

Bytes tagged(unsigned vlan) {
  Bytes f = frame_to(kStation);
  put16(f, 12, 0x8100);
  put16(f, 14, vlan | 0x2000);
  return f;
}

/// Which of the frames get through.
std::string passes(NetBench& b, const std::vector<Bytes>& frames) {
  std::string result;
  for (const Bytes& f : frames) {
    b.post(1, 1600);
    const auto before = b.device.rx_filtered.value();
    b.wire.arrive(f);
    settle();
    result += b.device.rx_filtered.value() == before ? 'y' : '-';
  }
  b.receive_all();
  return result;
}

const std::vector<Bytes> kKinds{frame_to(kStation), frame_to(kOther), frame_to(kGroup),
                                frame_to(kOtherGroup), frame_to(kBroadcast)};

Bytes table(const std::vector<Bytes>& unicast, const std::vector<Bytes>& multicast) {
  Fields f;
  f.le32(static_cast<std::uint32_t>(unicast.size()));
  for (const Bytes& a : unicast) f.add(a);
  f.le32(static_cast<std::uint32_t>(multicast.size()));
  for (const Bytes& a : multicast) f.add(a);
  return f;
}

}  // namespace

SIM_TEST_CASE(receive_modes_do_what_they_say) {
  SPEC("net.packet-receive-filtering.1");
  SPEC("net.packet-receive-filtering.2");
  SPEC("net.packet-receive-filtering.3");
  SPEC("net.packet-receive-filtering.4");
  SPEC("net.packet-receive-filtering.5");
  SPEC("net.packet-receive-filtering.6");
  SPEC("net.packet-receive-filtering.7");
  SPEC("net.packet-receive-filtering.8");
  SPEC("net.packet-receive-filtering.9");
  SPEC("net.packet-receive-filtering.10");
  SPEC("net.packet-receive-filtering.11");
  SPEC("net.packet-receive-filtering.12");
  SPEC("net.packet-receive-filtering.13");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const auto mode = [&](unsigned command, unsigned on) {
      BOOST_TEST(b.ack(0, command, Fields().u8(on)) == 0);
    };
    BOOST_TEST(passes(b, kKinds) == "y---y");
    mode(0, 1);  // PROMISC
    BOOST_TEST(passes(b, kKinds) == "yyyyy");
    for (unsigned no : {3u, 4u, 5u}) mode(no, 1);
    BOOST_TEST(passes(b, kKinds) == "yyyyy");  // even so
    for (unsigned no : {3u, 4u, 5u}) mode(no, 0);
    mode(0, 0);
    mode(1, 1);  // ALLMULTI
    BOOST_TEST(passes(b, kKinds) == "y-yyy");
    mode(3, 1);  // NOMULTI takes effect even so, and not for broadcasts
    BOOST_TEST(passes(b, kKinds) == "y---y");
    mode(3, 0);
    mode(5, 1);  // NOBCAST even with ALLMULTI
    BOOST_TEST(passes(b, kKinds) == "y-yy-");
    mode(5, 0);
    mode(1, 0);
    mode(2, 1);  // ALLUNI
    BOOST_TEST(passes(b, kKinds) == "yy--y");
    mode(4, 1);  // NOUNI even so
    BOOST_TEST(passes(b, kKinds) == "----y");
    BOOST_TEST(b.ack(0, 6, Fields().u8(1)) == 1);
    BOOST_TEST(b.ack(0, 0, {}) == 1);
  });
}

SIM_TEST_CASE(the_address_table_adds_to_the_own_address) {
  SPEC("net.setting-mac-address-filtering.1");
  SPEC("net.setting-mac-address-filtering.2");
  SPEC("net.setting-mac-address-filtering.3");
  SPEC("net.setting-mac-address-filtering.4");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(passes(b, kKinds) == "y---y");
    BOOST_TEST(b.ack(1, 0, table({kOther}, {kGroup})) == 0);
    BOOST_TEST(passes(b, kKinds) == "yyy-y");
    BOOST_TEST(b.ack(1, 0, table({}, {kOtherGroup})) == 0);
    BOOST_TEST(passes(b, kKinds) == "y--yy");
    BOOST_TEST(b.ack(1, 1, kOther) == 0);  // MAC_ADDR_SET
    BOOST_TEST(b.config(0, 6) == kOther);
    BOOST_TEST(passes(b, kKinds) == "-y-yy");
    // Longer than the device keeps: everything of that kind, rather than too little.
    std::vector<Bytes> many(65, kGroup);
    BOOST_TEST(b.ack(1, 0, table({}, many)) == 0);
    BOOST_TEST(passes(b, kKinds) == "-yyyy");
    BOOST_REQUIRE(b.start_with_all());  // empty again after a reset
    BOOST_TEST(passes(b, kKinds) == "y---y");
    BOOST_TEST(b.config(0, 6) == kStation);
  });
}

SIM_TEST_CASE(tables_that_lie_about_their_length_change_nothing) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(b.ack(1, 0, table({kOther}, {})) == 0);
    for (std::uint32_t count : {2u, 3u, 0x10000u, 0x2aaaaaaau, 0x2aaaaaabu, 0xffffffffu}) {
      BOOST_TEST(b.ack(1, 0, Fields().le32(count).add(kGroup).le32(0)) == 1);
      BOOST_TEST(b.ack(1, 0, Fields().le32(0).le32(count).add(kGroup)) == 1);
    }
    BOOST_TEST(b.ack(1, 0, {}) == 1);
    BOOST_TEST(b.ack(1, 0, Fields().le32(0)) == 1);
    BOOST_TEST(b.ack(1, 1, Bytes(5)) == 1);
    BOOST_TEST(b.ack(1, 2, Bytes(6)) == 1);
    BOOST_TEST(passes(b, kKinds) == "yy--y");
  });
}

SIM_TEST_CASE(vlan_filter) {
  SPEC("net.vlan-filtering.1");
  SPEC("net.vlan-filtering.2");
  SPEC("net.vlan-filtering.3");
  NetBench b;
  b.run([&] {
    const std::vector<Bytes> frames{frame_to(kStation), tagged(5), tagged(6), tagged(4095)};
    BOOST_REQUIRE(b.start_with_all({kNetCtrlVlan}));
    BOOST_TEST(passes(b, frames) == "yyyy");
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(passes(b, frames) == "y---");
    BOOST_TEST(b.ack(2, 0, Fields().le16(5)) == 0);
    BOOST_TEST(b.ack(2, 0, Fields().le16(4095)) == 0);
    BOOST_TEST(passes(b, frames) == "yy-y");
    BOOST_TEST(b.ack(2, 1, Fields().le16(5)) == 0);
    BOOST_TEST(passes(b, frames) == "y--y");
    BOOST_TEST(b.ack(2, 0, Fields().le16(4096)) == 1);
    BOOST_TEST(b.ack(2, 2, Fields().le16(5)) == 1);
    BOOST_TEST(b.ack(2, 0, Fields().u8(5)) == 1);
  });
}

SIM_TEST_CASE(announcements_are_acknowledged) {
  SPEC("net.gratuitous-packet-sending.1");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(b.status_field() == 1u);
    const auto changes = b.access.config_interrupts();
    b.device.announce();
    BOOST_TEST(b.status_field() == 3u);
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    BOOST_TEST(b.ack(3, 0, {}) == 0);
    BOOST_TEST(b.status_field() == 1u);
    BOOST_TEST(b.ack(3, 1, {}) == 1);
    b.wire.link(false);
    BOOST_TEST(b.status_field() == 0u);
    b.wire.link(true);
    BOOST_TEST(b.status_field() == 3u);  // the network may have forgotten us
    BOOST_TEST(b.access.config_interrupts() == changes + 3);
    BOOST_REQUIRE(b.start_with_all({kNetGuestAnnounce}));
    b.device.announce();
    BOOST_TEST(b.status_field() == 1u);
    BOOST_TEST(b.ack(3, 0, {}) == 1);
  });
}

SIM_TEST_CASE(the_cable_is_pulled_and_put_back_by_command) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const auto changes = b.access.config_interrupts();
    const auto set_link = [&](const char* state) {
      b.device.set_link.call(Node::list({Node::scalar(state)}));
    };
    set_link("up");
    BOOST_TEST(b.access.config_interrupts() == changes, "it was up");
    set_link("down");
    BOOST_TEST(b.status_field() == 0u);
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    const auto dropped = b.device.tx_dropped.value();
    BOOST_TEST(b.send({}, Bytes(60)));
    BOOST_TEST(b.device.tx_dropped.value() == dropped + 1);
    BOOST_CHECK_THROW(b.device.announce_command.call(Node::null({})), CommandError);
    // What happens to the network is seen when the cable is in.
    b.wire.link(false);
    set_link("up");
    BOOST_TEST(b.status_field() == 0u);
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    b.wire.link(true);
    BOOST_TEST(b.status_field() == 3u);
    BOOST_TEST(b.ack(3, 0, {}) == 0);
    b.device.announce_command.call(Node::null({}));
    BOOST_TEST(b.status_field() == 3u);
    BOOST_REQUIRE(b.start_with_all({kNetGuestAnnounce}));
    BOOST_CHECK_THROW(b.device.announce_command.call(Node::null({})), CommandError);
    BOOST_CHECK_THROW(set_link("sideways"), CommandError);
  });
}

SIM_TEST_CASE(commands_that_were_not_negotiated_or_do_not_exist_are_errors) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start({kVersion1, kNetMac, kNetCtrlVq}));
    for (unsigned c = 0; c < 12; ++c)
      for (unsigned command = 0; command < 7; ++command)
        BOOST_TEST(b.ack(c, command, Bytes(64)) == 1, fmt::format("{} {}", c, command));
    BOOST_TEST(b.ack(255, 255, {}) == 1);
    BOOST_TEST(b.device.control_errors.value() == 85u);
    BOOST_TEST((b.access.status() & 64) == 0);
  });
}

SIM_TEST_CASE(malformed_command_chains_are_used_up) {
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const std::uint64_t at = b.arena.take(16, 16);
    const auto post = [&](std::vector<Piece> out, std::vector<Piece> in) {
      b.driver.queue(2).add(out, in, 0, Form::Direct);
      b.driver.submit(2);
      BOOST_TEST(b.driver.wait_used(2, {1, sc_core::SC_MS}));
      return b.driver.queue(2).next_used()->written.value_or(99);
    };
    BOOST_TEST(post({{at, 3}}, {}) == 0u);             // nowhere to answer
    BOOST_TEST(post({}, {{at, 1}}) == 1u);             // no command
    BOOST_TEST(post({{at, 1}}, {{at + 8, 1}}) == 1u);  // half a command
    BOOST_TEST(b.memory.load<std::uint8_t>(at + 8) == 1);
    BOOST_TEST(b.ack(0, 0, Fields().u8(0)) == 0);
  });
}

SIM_TEST_CASE(statistics_are_answered) {
  SPEC("net.device-statistics.1");
  SPEC("net.device-statistics.2");
  SPEC("net.device-statistics.3");
  SPEC("net.device-statistics.4");
  SPEC("net.device-statistics.5");
  SPEC("net.device-statistics.6");
  NetBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    Answer a = b.command(8, 0, {}, 8);
    BOOST_TEST(a.ack == 0);
    BOOST_TEST(le(a.result, 0, 8) == (1ull << 32 | 0x70007));
    b.post(4, 1600);
    b.wire.arrive(make_frame({}));
    b.send({}, make_frame({}));
    FrameSpec s;
    s.payload = 2000;
    net::Header h;
    h.flags = net::kNeedsCsum;
    h.gso_type = net::kGsoTcpV4;
    h.gso_size = 1000;
    b.send(h, with_pseudo_checksum(make_frame(s), s));
    b.send_raw(Bytes(5));
    settle();

    const auto ask = [](unsigned queue, std::uint64_t types) {
      return Fields().le16(queue).le16(0).le16(0).le16(0).le64(types);
    };
    // All of the receive queue.
    a = b.command(8, 1, ask(0, 7), 200);
    BOOST_TEST(a.ack == 0);
    BOOST_REQUIRE(a.result.size() == 56u + 40u + 40u);
    BOOST_TEST(a.result[0] == 0);
    BOOST_TEST(le(a.result, 2, 2) == 0u);
    BOOST_TEST(le(a.result, 6, 2) == 56u);
    BOOST_TEST(le(a.result, 16, 8) == 1u);                     // rx_packets
    BOOST_TEST(le(a.result, 24, 8) == make_frame({}).size());  // rx_bytes
    BOOST_TEST(a.result[56] == 1);
    BOOST_TEST(le(a.result, 56 + 8, 8) == 1u);  // rx_csum_valid
    BOOST_TEST(a.result[96] == 2);
    // The transmit queue: 1 + 2 frames, one large packet, one malformed.
    a = b.command(8, 1, ask(1, 0x70000), 200);
    BOOST_REQUIRE(a.result.size() == 56u + 24u + 56u);
    BOOST_TEST(a.result[0] == 16);
    BOOST_TEST(le(a.result, 2, 2) == 1u);
    BOOST_TEST(le(a.result, 16, 8) == 3u);
    BOOST_TEST(le(a.result, 48, 8) == 1u);       // malformed
    BOOST_TEST(le(a.result, 56 + 8, 8) == 1u);   // csum_none
    BOOST_TEST(le(a.result, 56 + 16, 8) == 1u);  // needs_csum
    BOOST_TEST(le(a.result, 80 + 8, 8) == 1u);   // gso packets
    BOOST_TEST(le(a.result, 80 + 24, 8) == 2u);  // segments
    // The control queue counts the present command.
    a = b.command(8, 1, ask(2, 1ull << 32), 24);
    BOOST_REQUIRE(a.result.size() == 24u);
    BOOST_TEST(a.result[0] == 32);
    BOOST_TEST(le(a.result, 8, 8) == 4u);
    BOOST_TEST(le(a.result, 16, 8) == 4u);
    // Several queues in one command; a result buffer that is too short is filled up.
    a = b.command(8, 1, Fields().add(ask(0, 1)).add(ask(1, 1 << 16)), 200);
    BOOST_TEST(a.result.size() == 112u);
    a = b.command(8, 1, Fields().add(ask(0, 1)).add(ask(1, 1 << 16)), 60);
    BOOST_TEST(a.ack == 0);
    BOOST_TEST(a.result.size() == 60u);

    // One mistake fails the whole command.
    for (const Bytes& wrong : std::vector<Bytes>{
             ask(3, 1), ask(0, 1 << 16), ask(1, 1), ask(0, 1ull << 32), ask(2, 1), ask(0, 1 << 3),
             ask(0, 1 << 5), ask(0, 1ull << 63), Fields().add(ask(0, 1)).add(ask(9, 1)), Bytes(15),
             Bytes{}, Bytes(16 * 100)}) {
      a = b.command(8, 1, wrong, 200);
      BOOST_TEST(a.ack == 1);
      BOOST_TEST(a.result.empty());
    }
    BOOST_TEST(b.ack(8, 2, {}) == 1);
    // Types whose feature was not negotiated are not supported.
    BOOST_REQUIRE(b.start({kVersion1, kNetCtrlVq, kNetDeviceStats}));
    a = b.command(8, 0, {}, 8);
    BOOST_TEST(le(a.result, 0, 8) == (1ull << 32 | 0x10001));
    BOOST_TEST(b.command(8, 1, ask(0, 2), 200).ack == 1);
  });
}

SIM_TEST_CASE(packets_follow_their_flow_to_the_queue_it_was_sent_on) {
  SPEC("net.automatic-receive-steering-in-multiqueue-mode.1");
  SPEC("net.automatic-receive-steering-in-multiqueue-mode.2");
  SPEC("net.automatic-receive-steering-in-multiqueue-mode.3");
  SPEC("net.automatic-receive-steering-in-multiqueue-mode.4");
  NetBench b("pairs: 4, guest_tso4: false");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    const auto all = [&] {
      std::string count;
      for (unsigned pair = 0; pair < 4; ++pair)
        count += static_cast<char>('0' + b.receive_all(pair).size());
      return count;
    };
    for (unsigned pair = 0; pair < 4; ++pair) b.post(60, 1600, pair);
    FrameSpec in;
    for (unsigned port = 1; port < 10; ++port) {
      in.source_port = port;
      b.wire.arrive(make_frame(in));
    }
    settle();
    BOOST_TEST(all() == "9000");  // until the driver says otherwise

    BOOST_TEST(b.ack(4, 0, Fields().le16(0)) == 1);
    BOOST_TEST(b.ack(4, 0, Fields().le16(5)) == 1);
    BOOST_TEST(b.ack(4, 0, {}) == 1);
    BOOST_TEST(b.ack(4, 0, Fields().le16(4)) == 0);
    FrameSpec flow;
    flow.source_port = 80;
    flow.destination_port = 1000;
    Bytes out = make_frame(flow);
    std::swap_ranges(out.begin() + 26, out.begin() + 30, out.begin() + 30);  // the other direction
    for (unsigned pair : {2u, 3u, 1u, 0u}) {
      BOOST_TEST(b.send({}, out, pair));
      FrameSpec answer;
      b.wire.arrive(make_frame(answer));
      settle();
      BOOST_TEST(b.receive_all(pair).size() == 1u);
    }
    // A queue in reset hands over to another, all in reset drop.
    BOOST_TEST(b.ack(4, 0, Fields().le16(2)) == 0);
    for (unsigned port = 1; port < 10; ++port) {
      in.source_port = port;
      b.wire.arrive(make_frame(in));
    }
    settle();
    const std::string spread = all();
    BOOST_TEST(spread[0] - '0' + spread[1] - '0' == 9);
    BOOST_TEST(spread.substr(2) == "00");
    b.access.reset_queue(2);
    for (unsigned port = 1; port < 10; ++port) {
      in.source_port = port;
      b.wire.arrive(make_frame(in));
    }
    settle();
    BOOST_TEST(b.receive_all(0).size() == 9u);
    b.access.reset_queue(0);
    const auto dropped = b.device.rx_dropped.value();
    b.wire.arrive(make_frame(in));
    settle();
    BOOST_TEST(b.device.rx_dropped.value() == dropped + 1);
  });
}

SIM_TEST_CASE(rss_chooses_the_queue_by_hash_and_table) {
  SPEC("net.rss-processing.1");
  SPEC("net.rss-processing.2");
  NetBench b("pairs: 4, rss: true, hash_report: true, guest_tso4: false");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    for (unsigned pair = 0; pair < 4; ++pair) b.post(30, 1600, pair);
    Bytes key(40);
    for (unsigned i = 0; i < 40; ++i) key[i] = static_cast<std::uint8_t>(i * 7 + 3);
    const auto config = [&](std::uint32_t types, unsigned mask, unsigned unclassified,
                            const std::vector<unsigned>& entries, unsigned tx) {
      Fields f;
      f.le32(types).le16(mask).le16(unclassified);
      for (unsigned e : entries) f.le16(e);
      return f.le16(tx).u8(40).add(key);
    };
    BOOST_TEST(b.ack(4, 1, config(net::kHashTcpv4, 3, 3, {0, 1, 2, 1}, 4)) == 0);
    for (unsigned port = 1; port < 20; ++port) {
      FrameSpec s;
      s.source_port = port;
      const Bytes f = make_frame(s);
      // An independent look at the hash: bit by bit, as the definition has it.
      Bytes input(f.begin() + 26, f.begin() + 34);
      input.insert(input.end(), f.begin() + 34, f.begin() + 38);
      std::uint32_t hash = 0;
      for (std::size_t bit = 0; bit < input.size() * 8; ++bit) {
        if (!(input[bit / 8] >> (7 - bit % 8) & 1)) continue;
        for (unsigned i = 0; i < 32; ++i)
          hash ^= static_cast<std::uint32_t>(key[(bit + i) / 8] >> (7 - (bit + i) % 8) & 1)
                  << (31 - i);
      }
      b.wire.arrive(f);
      settle();
      const unsigned expected[] = {0, 1, 2, 1};
      const auto got = b.receive_all(expected[hash & 3]);
      BOOST_REQUIRE(got.size() == 1u);
      BOOST_TEST(got[0].header.hash_value == hash);
      BOOST_TEST(got[0].header.hash_report == 2);
    }
    b.wire.arrive(frame_to(kStation));  // no hash: the unclassified queue
    settle();
    const auto got = b.receive_all(3);
    BOOST_REQUIRE(got.size() == 1u);
    BOOST_TEST(got[0].header.hash_report == 0);
    b.access.reset_queue(6);
    const auto dropped = b.device.rx_dropped.value();
    b.wire.arrive(frame_to(kStation));
    settle();
    BOOST_TEST(b.device.rx_dropped.value() == dropped + 1);

    for (const Bytes& wrong :
         std::vector<Bytes>{config(1u << 9, 3, 0, {0, 1, 2, 3}, 4),            // unknown hash type
                            config(1, 2, 0, {0, 1, 2}, 4),                     // not a power of 2
                            config(1, 255, 0, std::vector<unsigned>(256), 4),  // too long
                            config(1, 65535, 0, {}, 4),                        //
                            config(1, 3, 4, {0, 1, 2, 3}, 4),                  // no such queue
                            config(1, 3, 0, {0, 1, 2, 4}, 4),                  //
                            config(1, 3, 0, {0, 1, 2, 3}, 0),                  //
                            config(1, 3, 0, {0, 1, 2, 3}, 5),                  //
                            Fields().le32(1).le16(0).le16(0).le16(0).le16(1).u8(41).add(Bytes(41)),
                            Fields().le32(1).le16(0).le16(0).le16(0).le16(1).u8(40).add(Bytes(39)),
                            Bytes(7), Bytes{}})
      BOOST_TEST(b.ack(4, 1, wrong) == 1);
  });
}

SIM_TEST_CASE(hashes_are_reported_without_rss) {
  NetBench b("hash_report: true, hash_tunnel: true, guest_tso4: false");
  b.run([&] {
    BOOST_REQUIRE(b.start_with_all());
    BOOST_TEST(b.header_bytes() == 20u);
    b.post(8, 1600);
    b.wire.arrive(make_frame({}));
    settle();
    Received r;
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.header.hash_report == 0);  // all types are off at first
    const auto config = Fields().le32(net::kHashAll).le64(0).u8(40).add(Bytes(40, 0x6d));
    BOOST_TEST(b.ack(4, 2, config) == 0);
    b.wire.arrive(make_frame({}));
    settle();
    BOOST_REQUIRE(b.receive(r));
    BOOST_TEST(r.header.hash_report == 2);
    BOOST_TEST(b.ack(4, 1, config) == 1);  // RSS was not negotiated
    BOOST_TEST(b.ack(4, 2, Fields().le32(1u << 20).le64(0).u8(0)) == 1);
    BOOST_TEST(b.ack(4, 2, Fields().le32(1).le64(0).u8(41).add(Bytes(41))) == 1);
    BOOST_TEST(b.ack(4, 2, Fields().le32(1).le64(0).u8(40).add(Bytes(39))) == 1);
    BOOST_TEST(b.ack(4, 2, Bytes(12)) == 1);
  });
}
