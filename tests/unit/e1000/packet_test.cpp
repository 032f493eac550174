// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "baseline/e1000_packet.h"
#include "unit/e1000/descriptors.h"
#include "unit/net/frames.h"

using namespace ringside::e1000;
using namespace ringside::test;

namespace {

struct Maker {
  std::vector<Bytes> frames;
  PacketBuilder builder{
      [this](const std::uint8_t* f, std::size_t n) { frames.emplace_back(f, f + n); }};

  /// One buffer, as the engine hands it over.
  void buffer(const TransmitDescriptor& d, const Bytes& data) {
    builder.begin(d);
    for (std::size_t done = 0; done < data.size();) {
      const auto room = builder.room();
      const std::size_t now = std::min(room.bytes, data.size() - done);
      if (now == 0) break;
      std::copy_n(data.begin() + static_cast<long>(done), now, room.to);
      builder.filled(now);
      done += now;
    }
  }
  bool packet(const TransmitDescriptor& d, const Bytes& data) {
    buffer(d, data);
    return end(d);
  }
  /// The same in buffers of some bytes each.
  bool pieces(TransmitDescriptor d, const Bytes& data, std::size_t piece) {
    for (std::size_t at = 0; at < data.size(); at += piece) {
      const auto from = data.begin() + static_cast<long>(at);
      buffer(d, Bytes(from, from + static_cast<long>(std::min(piece, data.size() - at))));
    }
    return end(d);
  }
  bool end(const TransmitDescriptor& d) {
    const auto outcome = builder.end(d);
    return outcome == PacketBuilder::Outcome::Sent || outcome == PacketBuilder::Outcome::Segmented;
  }
};

/// Frames of a segmented packet: right headers and checksums, and the payload in one piece.
void check_segments(const std::vector<Bytes>& frames, const Bytes& whole, const FrameSpec& spec,
                    std::size_t segment) {
  Bytes payload;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Bytes& f = frames[i];
    const bool last = i + 1 == frames.size();
    BOOST_TEST(checksums_right(f, spec));
    if (!last) BOOST_TEST(f.size() == spec.data() + segment);
    if (!spec.v6) BOOST_TEST(get16(f, spec.l3() + 2) == f.size() - spec.l3());
    if (!spec.v6) BOOST_TEST(get16(f, spec.l3() + 4) == spec.id + i);
    if (spec.v6) BOOST_TEST(get16(f, spec.l3() + 4) == f.size() - spec.l4());
    if (spec.tcp) {
      BOOST_TEST(get32(f, spec.l4() + 4) == spec.sequence + i * segment);
      BOOST_TEST(f[spec.l4() + 13] == (last ? spec.flags : spec.flags & ~9u));
    } else {
      BOOST_TEST(get16(f, spec.l4() + 4) == f.size() - spec.l4());
    }
    payload.insert(payload.end(), f.begin() + static_cast<long>(spec.data()), f.end());
  }
  BOOST_TEST(payload == Bytes(whole.begin() + static_cast<long>(spec.data()), whole.end()));
}

/// As Linux hands a packet to be segmented over: no lengths in the headers and the pseudo header.
Bytes unsegmented(const FrameSpec& spec) {
  Bytes f = make_frame(spec);
  put16(f, checksum_at(spec), pseudo(f, spec, 0));
  if (!spec.v6) {
    put16(f, spec.l3() + 2, 0);
    put16(f, spec.l3() + 10, 0);
  }
  return f;
}

void check_tso(const FrameSpec& spec, std::size_t segment, std::size_t piece) {
  Maker m;
  m.builder.context(segment_context(spec, segment));
  const Bytes whole = unsegmented(spec);
  BOOST_TEST(m.pieces(data_descriptor(0, 0, kSegment | kEndOfPacket | kInsertFcs,
                                      kTransportChecksum | (spec.v6 ? 0 : kIpChecksum)),
                      whole, piece));
  const std::size_t payload = spec.payload;
  BOOST_TEST(m.frames.size() == std::max<std::size_t>(1, (payload + segment - 1) / segment));
  check_segments(m.frames, whole, spec, segment);
}

}  // namespace

BOOST_AUTO_TEST_CASE(sums) {
  const Bytes data{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};  // RFC 1071, section 3
  BOOST_TEST(internet_sum(data.data(), data.size()) == 0xddf2);
  for (std::size_t n = 0; n <= data.size(); ++n)
    BOOST_TEST(internet_sum(data.data(), n) == ones_sum(data, 0, n));
  BOOST_TEST(internet_sum(data.data(), 8, 0x1ffff) == ones_sum(data, 0, 8, 0x1));
}

BOOST_AUTO_TEST_CASE(a_packet_of_several_buffers_goes_out_as_it_is) {
  for (const std::size_t piece : {1u, 7u, 100u, 2000u}) {
    Maker m;
    const Bytes frame = make_frame({});
    BOOST_TEST(m.pieces(legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs), frame, piece));
    BOOST_REQUIRE(m.frames.size() == 1u);
    BOOST_TEST(m.frames[0] == frame);
  }
}

BOOST_AUTO_TEST_CASE(short_packets_are_padded_if_wanted) {
  for (const bool pad : {false, true}) {
    Maker m;
    m.builder.settings.pad = pad;
    BOOST_TEST(m.packet(legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs), Bytes(20, 7)));
    Bytes expected(20, 7);
    if (pad) expected.resize(60);
    BOOST_TEST(m.frames.at(0) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_check_sequence_of_the_guests_own_is_taken_off) {
  Maker m;
  BOOST_TEST(m.packet(legacy_descriptor(0, 0, kEndOfPacket), Bytes(64, 7)));
  BOOST_TEST(m.frames.at(0) == Bytes(60, 7));
  BOOST_TEST(!m.packet(legacy_descriptor(0, 0, kEndOfPacket), Bytes(3, 7)));
}

BOOST_AUTO_TEST_CASE(legacy_descriptors_insert_one_checksum) {
  for (const bool tcp : {true, false}) {
    FrameSpec spec;
    spec.tcp = tcp;
    spec.payload = 101;
    Maker m;
    auto d = legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs | kInsertChecksum);
    d.high |= static_cast<std::uint64_t>(checksum_at(spec)) << 16;
    d.high |= static_cast<std::uint64_t>(spec.l4()) << 40;
    BOOST_TEST(m.packet(d, with_pseudo_checksum(make_frame(spec), spec)));
    BOOST_TEST(checksums_right(m.frames.at(0), spec));
  }
}

BOOST_AUTO_TEST_CASE(data_descriptors_insert_both_checksums) {
  for (const bool v6 : {false, true}) {
    FrameSpec spec;
    spec.v6 = v6;
    Maker m;
    m.builder.context(checksum_context(spec));
    Bytes frame = with_pseudo_checksum(make_frame(spec), spec);
    if (!v6) put16(frame, spec.l3() + 10, 0);
    BOOST_TEST(m.packet(data_descriptor(0, 0, kEndOfPacket | kInsertFcs,
                                        kTransportChecksum | (v6 ? 0 : kIpChecksum)),
                        frame));
    BOOST_TEST(checksums_right(m.frames.at(0), spec));
  }
}

BOOST_AUTO_TEST_CASE(a_context_stays_and_options_are_those_of_the_first_buffer) {
  FrameSpec spec;
  Maker m;
  m.builder.context(checksum_context(spec));
  const Bytes frame = with_pseudo_checksum(make_frame(spec), spec);
  for (int i = 0; i < 2; ++i) {
    m.buffer(data_descriptor(0, 0, 0, kTransportChecksum),
             Bytes(frame.begin(), frame.begin() + 54));
    BOOST_TEST(m.packet(data_descriptor(0, 0, kEndOfPacket | kInsertFcs, 0),
                        Bytes(frame.begin() + 54, frame.end())));
    BOOST_TEST(checksums_right(m.frames.at(static_cast<std::size_t>(i)), spec));
  }
}

BOOST_AUTO_TEST_CASE(a_udp_checksum_is_never_zero) {
  FrameSpec spec;
  spec.tcp = false;
  spec.payload = 2;
  Bytes frame = make_frame(spec);
  // Choose the payload so that all else adds up to ones.
  put16(frame, spec.data(), 0);
  put16(frame, checksum_at(spec), 0);
  const unsigned sum = ones_sum(frame, spec.l4(), frame.size(), pseudo(frame, spec, 10));
  put16(frame, spec.data(), ~sum & 0xffff);
  Maker m;
  m.builder.context(checksum_context(spec));
  BOOST_TEST(m.packet(data_descriptor(0, 0, kEndOfPacket | kInsertFcs, kTransportChecksum),
                      with_pseudo_checksum(frame, spec)));
  BOOST_TEST(get16(m.frames.at(0), checksum_at(spec)) == 0xffffu);
}

BOOST_AUTO_TEST_CASE(vlan_tags_are_inserted_if_the_mode_is_on) {
  const Bytes frame = make_frame({});
  for (const bool on : {false, true}) {
    Maker m;
    m.builder.settings.tag = on;
    m.builder.settings.tag_type = 0x8100;
    auto d = legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs | kInsertVlan);
    d.high |= std::uint64_t{0x6005} << 48;
    BOOST_TEST(m.packet(d, frame));
    Bytes expected = frame;
    const Bytes tag{0x81, 0x00, 0x60, 0x05};
    if (on) expected.insert(expected.begin() + 12, tag.begin(), tag.end());
    BOOST_TEST(m.frames.at(0) == expected);
    // The next packet has none.
    BOOST_TEST(m.packet(legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs), frame));
    BOOST_TEST(m.frames.at(1) == frame);
  }
}

BOOST_AUTO_TEST_CASE(large_packets_become_segments) {
  for (const bool v6 : {false, true})
    for (const bool tcp : {false, true})
      for (const std::size_t payload : {0u, 1u, 1448u, 1449u, 2896u, 20000u, 60000u})
        for (const std::size_t piece : {100u, 1500u, 4096u, 65536u}) {
          FrameSpec spec;
          spec.v6 = v6;
          spec.tcp = tcp;
          spec.payload = payload;
          spec.flags = 0x19;  // ACK, PSH, FIN
          spec.tcp_options = tcp ? 12 : 0;
          check_tso(spec, 1448, piece);
        }
}

BOOST_AUTO_TEST_CASE(segments_get_their_tags) {
  FrameSpec spec;
  spec.payload = 3000;
  Maker m;
  m.builder.settings.tag = true;
  m.builder.settings.tag_type = 0x8100;
  m.builder.context(segment_context(spec, 1000));
  auto d = data_descriptor(0, 0, kSegment | kEndOfPacket | kInsertFcs | kInsertVlan,
                           kTransportChecksum | kIpChecksum);
  d.high |= std::uint64_t{0x0007} << 48;
  const Bytes whole = unsegmented(spec);
  BOOST_TEST(m.packet(d, whole));
  BOOST_REQUIRE(m.frames.size() == 3u);
  for (Bytes& f : m.frames) {
    BOOST_TEST(get32(f, 12) == 0x81000007u);
    f.erase(f.begin() + 12, f.begin() + 16);
  }
  check_segments(m.frames, whole, spec, 1000);
}

BOOST_AUTO_TEST_CASE(contexts_that_do_not_fit_drop_the_packet) {
  FrameSpec spec;
  spec.payload = 3000;
  const auto d =
      data_descriptor(0, 0, kSegment | kEndOfPacket | kInsertFcs, kTransportChecksum | kIpChecksum);
  const auto dropped = [&](const TransmitDescriptor& context) {
    Maker m;
    m.builder.context(context);
    const bool sent = m.packet(d, unsegmented(spec));
    // And the next packet is as good as ever.
    m.frames.clear();
    const Bytes frame = make_frame({});
    return !sent && m.packet(legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs), frame) &&
           m.frames.at(0) == frame;
  };
  BOOST_TEST(!dropped(segment_context(spec, 1448)));
  BOOST_TEST(dropped(segment_context(spec, 0)), "segments without a byte");
  BOOST_TEST(dropped(segment_context(spec, 0xffff)), "longer than any frame");
  auto context = segment_context(spec, 1448);
  BOOST_TEST(dropped({context.low | 0xff, context.high}), "IP behind the header");
  BOOST_TEST(dropped({context.low | std::uint64_t{0xff} << 32, context.high}), "TCP, too");
  BOOST_TEST(dropped({context.low | std::uint64_t{0xff} << 40, context.high}), "the checksum");
  context.high &= ~(std::uint64_t{0xff} << 40);
  BOOST_TEST(dropped(context), "no header at all");
  Maker m;
  m.builder.context(segment_context(spec, 1448));
  BOOST_TEST(!m.packet(d, Bytes(30, 1)), "ends within the header");
  BOOST_TEST(m.frames.empty());
}

BOOST_AUTO_TEST_CASE(a_context_within_a_packet_drops_it) {
  FrameSpec spec;
  spec.payload = 5000;
  Maker m;
  m.builder.context(segment_context(spec, 1448));
  const auto d = data_descriptor(0, 0, kSegment | kEndOfPacket | kInsertFcs, 0);
  m.buffer(d, unsegmented(spec));
  const std::size_t before = m.frames.size();
  m.builder.context(segment_context({}, 1));
  BOOST_TEST(m.builder.room().bytes == 0u);
  BOOST_TEST((m.builder.end(d) == PacketBuilder::Outcome::SegmentationFailed));
  BOOST_TEST(m.frames.size() == before);
}

BOOST_AUTO_TEST_CASE(packets_that_are_too_long_are_dropped) {
  Maker m;
  const auto d = legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs);
  BOOST_TEST(m.packet(d, Bytes(PacketBuilder::kLongest, 1)));
  BOOST_TEST(!m.packet(d, Bytes(PacketBuilder::kLongest + 1, 1)));
  BOOST_TEST(!m.packet(d, {}));
  BOOST_TEST(m.frames.size() == 1u);
}

BOOST_AUTO_TEST_CASE(checksums_that_do_not_fit_are_left_out) {
  const Bytes frame = make_frame({});
  for (const unsigned start : {0u, 14u, 200u, 255u})
    for (const unsigned at : {0u, 152u, 153u, 154u, 255u}) {
      Maker m;
      auto d = legacy_descriptor(0, 0, kEndOfPacket | kInsertFcs | kInsertChecksum);
      d.high |= std::uint64_t{at} << 16 | std::uint64_t{start} << 40;
      BOOST_TEST(m.packet(d, frame));
      const bool fits = start < frame.size() && at + 2 <= frame.size();
      BOOST_TEST((m.frames.at(0) == frame) == !fits);
    }
}
