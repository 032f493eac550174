// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <functional>

#include "frames.h"
#include "virtio/device/net_gro.h"

using namespace ringside::test;
using namespace ringside::virtio::net;

namespace {

constexpr CoalesceKinds kAll{true, true, true, true, true};

bool follows(const Bytes& first, const Bytes& second, const CoalesceKinds& kinds = kAll) {
  Coalescer c(first, parse_frame(first.data(), first.size()), kinds);
  return c.append(second, parse_frame(second.data(), second.size()));
}

FrameSpec next(FrameSpec s) {
  s.sequence += static_cast<std::uint32_t>(s.payload);
  ++s.id;
  return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_follows_is_appended_and_what_does_not_is_not) {
  for (bool v6 : {false, true}) {
    FrameSpec s;
    s.v6 = v6;
    BOOST_TEST(follows(make_frame(s), make_frame(next(s))));
    const std::vector<std::function<void(FrameSpec&)>> differences{
        [](FrameSpec& t) { t.sequence += 1; },    [](FrameSpec& t) { t.sequence -= 100; },
        [](FrameSpec& t) { t.source_port += 1; }, [](FrameSpec& t) { t.destination_port += 1; },
        [](FrameSpec& t) { t.payload += 1; },     [](FrameSpec& t) { t.payload = 0; },
        [](FrameSpec& t) { t.flags |= 2; },       [](FrameSpec& t) { t.flags |= 4; },
        [](FrameSpec& t) { t.flags |= 0x20; },    [](FrameSpec& t) { t.flags |= 0x80; },
        [](FrameSpec& t) { t.vlan = true; },      [](FrameSpec& t) { t.v6 = !t.v6; },
        [](FrameSpec& t) { t.tcp = false; },      [](FrameSpec& t) { t.tcp_options = 4; },
    };
    for (const auto& change : differences) {
      FrameSpec t = next(s);
      change(t);
      BOOST_TEST(!follows(make_frame(s), make_frame(t)));
    }
    Bytes bad = make_frame(next(s));
    bad.back() ^= 1;
    BOOST_TEST(!follows(make_frame(s), bad));
    FrameSpec syn = s;
    syn.flags = 0x12;
    BOOST_TEST(!follows(make_frame(syn), make_frame(next(syn))));
    FrameSpec push = s;
    push.flags = 0x18;  // the sender wants it delivered
    BOOST_TEST(!follows(make_frame(push), make_frame(next(s))));
  }
}

BOOST_AUTO_TEST_CASE(packets_stay_below_the_limit_of_ip) {
  FrameSpec s;
  s.payload = 1400;
  const Bytes first = make_frame(s);
  Coalescer c(first, parse_frame(first.data(), first.size()), kAll);
  for (;;) {
    s = next(s);
    const Bytes f = make_frame(s);
    if (!c.append(f, parse_frame(f.data(), f.size()))) break;
  }
  BOOST_TEST(c.segments() == (65535u - 40) / 1400);
  Header h;
  BOOST_TEST(c.finish(h).size() <= 65535u + 14);
}

BOOST_AUTO_TEST_CASE(datagrams_of_one_size_are_put_together) {
  FrameSpec s;
  s.tcp = false;
  const Bytes first = make_frame(s);
  Coalescer c(first, parse_frame(first.data(), first.size()), kAll);
  for (int i = 0; i < 3; ++i) {
    ++s.id;
    const Bytes f = make_frame(s);
    BOOST_TEST(c.append(f, parse_frame(f.data(), f.size())));
  }
  Header h;
  Bytes packet = c.finish(h);
  BOOST_TEST(h.gso_type == kGsoUdpL4);
  BOOST_TEST(h.gso_size == 100);
  BOOST_TEST(packet.size() == s.data() + 400);
  BOOST_TEST(get16(packet, s.l4() + 4) == 408u);
  put16(packet, checksum_at(s), ~ones_sum(packet, s.l4(), packet.size()) & 0xffff);
  BOOST_TEST(checksums_right(packet, s));
}
