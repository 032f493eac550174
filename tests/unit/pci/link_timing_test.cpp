// SPDX-License-Identifier: Apache-2.0
// The link's timing against closed formulas, which are written out here from the specification's
// numbers and not from the model's.
#include "pci/link_timing.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace ringside;
using namespace ringside::pci;

namespace {

/// Bytes per second of a lane, after encoding.
double lane_rate(unsigned generation) {
  constexpr double kTransfers[] = {2.5e9, 5e9, 8e9, 16e9, 32e9, 64e9};
  const double bits = kTransfers[generation - 1];
  if (generation <= 2) return bits * 8 / 10 / 8;
  if (generation <= 5) return bits * 128 / 130 / 8;
  return bits * 236 / 256 / 8;
}

unsigned packet_overhead(unsigned generation, unsigned header) {
  return (generation < 6 ? 8 : 0) + header;
}

double seconds(Picoseconds ps) {
  return static_cast<double>(ps) * 1e-12;
}

void within(double got, double expected, double fraction, const std::string& what) {
  BOOST_TEST(std::abs(got / expected - 1) <= fraction,
             what << ": " << got << " instead of " << expected);
}

/// Bytes of data per second of writes of `bytes`, each issued when the last one is sent.
double write_bandwidth(const LinkSettings& settings, unsigned bytes, unsigned count = 2000) {
  LinkTiming link(settings);
  Picoseconds at = 0;
  for (unsigned i = 0; i < count; ++i)
    at = link.write(LinkDirection::Up, at, std::uint64_t{i} * 4096, bytes).accepted;
  return double(bytes) * count / seconds(at);
}

struct Reads {
  double bandwidth;
  Picoseconds last_latency;
};

/// Reads of `bytes`, at most one request's worth, as fast as tags allow, from a memory that answers
/// after `memory`.
Reads read_bandwidth(const LinkSettings& settings, unsigned bytes, Picoseconds memory,
                     unsigned count = 40000) {
  LinkTiming link(settings);
  Picoseconds next = 0;
  Picoseconds end = 0;
  Picoseconds latency = 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t address = std::uint64_t{i} * 4096;
    next = link.take_tag(next);
    const Sent request = link.request(LinkDirection::Up, next, address, 0);
    end = link.completion(LinkDirection::Down, request.arrived + memory, address, bytes).arrived;
    link.give_tag(end);
    latency = end - next;
    next = request.accepted;
  }
  return {double(bytes) * count / seconds(end), latency};
}

constexpr Picoseconds kMemory = 80'000;

}  // namespace

BOOST_AUTO_TEST_CASE(write_bandwidth_follows_the_packets_overhead) {
  for (unsigned generation = 1; generation <= 6; ++generation)
    for (unsigned lanes : {1u, 4u, 16u})
      for (unsigned payload : {128u, 256u, 512u})
        for (unsigned bytes : {4u, 64u, 128u, 200u, 512u, 1500u, 4096u}) {
          LinkSettings settings;
          settings.generation = generation;
          settings.lanes = lanes;
          settings.max_payload = payload;
          settings.posted_headers = settings.posted_data = 0;
          const unsigned packets = (bytes + payload - 1) / payload;
          const double share = double(bytes) / (bytes + packets * packet_overhead(generation, 12));
          const double expected = lane_rate(generation) * lanes * share;
          // Picoseconds are coarse for 4 bytes on 16 lanes of generation 6.
          within(write_bandwidth(settings, bytes), expected, 0.02,
                 "generation " + std::to_string(generation) + " x" + std::to_string(lanes) +
                     " payload " + std::to_string(payload) + ", " + std::to_string(bytes) + " B");
        }
}

BOOST_AUTO_TEST_CASE(addresses_above_4_gib_take_one_word_more) {
  LinkSettings settings;
  const LinkFormat format(settings);
  BOOST_TEST(format.request_bytes(0xffffffff, 64) == 8u + 12 + 64);
  BOOST_TEST(format.request_bytes(0x100000000, 64) == 8u + 16 + 64);
  BOOST_TEST(format.completion_bytes(64) == 8u + 12 + 64);
  settings.ecrc = true;
  BOOST_TEST(LinkFormat(settings).completion_bytes(64) == 8u + 12 + 64 + 4);
  settings.generation = 6;
  BOOST_TEST(LinkFormat(settings).completion_bytes(64) == 12u + 64 + 4);
}

BOOST_AUTO_TEST_CASE(writes_and_requests_are_divided_at_multiples_of_their_size) {
  LinkSettings settings;
  const LinkFormat format(settings);
  BOOST_TEST(format.write_piece(0x1000, 1000) == 256u);
  BOOST_TEST(format.write_piece(0x10f0, 1000) == 16u);
  BOOST_TEST(format.request_piece(0x11c0, 4000) == 64u);
  BOOST_TEST(format.completion_piece(0x1004, 512) == 252u);
  BOOST_TEST(format.completion_piece(0x1100, 20) == 20u);
}

BOOST_AUTO_TEST_CASE(read_bandwidth_is_that_of_the_completions_when_tags_suffice) {
  for (unsigned generation = 1; generation <= 6; ++generation)
    for (unsigned lanes : {1u, 8u})
      for (unsigned bytes : {64u, 256u, 512u}) {
        LinkSettings settings;
        settings.generation = generation;
        settings.lanes = lanes;
        settings.tags = 1024;
        settings.nonposted_headers = 0;
        settings.packets_per_ack = 0;
        const unsigned packets = (bytes + settings.max_payload - 1) / settings.max_payload;
        const double share = double(bytes) / (bytes + packets * packet_overhead(generation, 12));
        within(read_bandwidth(settings, bytes, kMemory).bandwidth,
               lane_rate(generation) * lanes * share, 0.02,
               "generation " + std::to_string(generation) + ", " + std::to_string(bytes) + " B");
      }
}

BOOST_AUTO_TEST_CASE(read_bandwidth_is_tags_per_round_trip_when_they_do_not) {
  for (unsigned tags : {1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u})
    for (unsigned bytes : {64u, 512u}) {
      LinkSettings settings;
      settings.tags = tags;
      settings.nonposted_headers = 0;
      settings.packets_per_ack = 0;
      const double rate = lane_rate(3) * 4;
      const unsigned packets = (bytes + 255) / 256;
      const double request_time = (12 + 8) / rate;
      const double answer_time = (bytes + packets * (12 + 8)) / rate;
      const double trip = request_time + answer_time + 2 * 150e-9 + seconds(kMemory);
      const double expected = std::min(tags * bytes / trip, bytes / answer_time);
      within(read_bandwidth(settings, bytes, kMemory).bandwidth, expected, 0.02,
             std::to_string(tags) + " tags, " + std::to_string(bytes) + " B");
    }
}

BOOST_AUTO_TEST_CASE(read_latency_grows_with_what_is_outstanding_only_beyond_the_links_rate) {
  // Little's law: latency is the round trip of one request, or what keeps the completions' wire
  // full.
  for (unsigned tags : {1u, 4u, 16u, 64u, 128u}) {
    LinkSettings settings;
    settings.tags = tags;
    settings.nonposted_headers = 0;
    settings.packets_per_ack = 0;
    const double rate = lane_rate(3) * 4;
    const double answer_time = (512 + 2 * 20) / rate;
    const double alone = 20 / rate + answer_time + 300e-9 + seconds(kMemory);
    within(seconds(read_bandwidth(settings, 512, kMemory).last_latency),
           std::max(alone, tags * answer_time), 0.02, std::to_string(tags) + " tags");
  }
}

BOOST_AUTO_TEST_CASE(credits_bound_what_is_on_its_way) {
  for (unsigned headers : {1u, 2u, 4u, 8u, 64u}) {
    LinkSettings settings;
    settings.posted_headers = headers;
    settings.posted_data = 0;
    settings.packets_per_ack = 0;
    const double rate = lane_rate(3) * 4;
    const double packet = (256 + 20) / rate;
    // A credit is back after the packet, its latency and that of the UpdateFC.
    const double expected = std::min(headers * 256 / (packet + 300e-9), 256 / packet);
    within(write_bandwidth(settings, 256), expected, 0.02, std::to_string(headers) + " headers");
  }
}

BOOST_AUTO_TEST_CASE(data_credits_bound_it_too) {
  LinkSettings settings;
  settings.posted_headers = 64;
  settings.posted_data = 32;  // two packets of 256 bytes
  const double rate = lane_rate(3) * 4;
  within(write_bandwidth(settings, 256), 2 * 256 / (276 / rate + 300e-9), 0.02, "32 data credits");
  BOOST_TEST(check(settings).empty());
  settings.posted_data = 8;
  BOOST_TEST(check(settings).find("at least 16") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_drains_late_keeps_credits) {
  LinkSettings settings;
  settings.posted_headers = 1;
  LinkTiming link(settings);
  const Sent first = link.write(LinkDirection::Up, 0, 0, 64);
  link.drained(LinkDirection::Up, first.arrived + 1'000'000);
  const Sent second = link.write(LinkDirection::Up, 0, 64, 64);
  BOOST_TEST(second.accepted - link.format().time(64 + 20) ==
             first.arrived + 1'000'000 + settings.latency);
}

BOOST_AUTO_TEST_CASE(two_that_share_a_link_get_half_each) {
  LinkSettings settings;
  settings.posted_headers = settings.posted_data = 0;
  LinkTiming link(settings);
  Picoseconds at[2] = {0, 0};
  std::uint64_t bytes[2] = {0, 0};
  while (std::min(at[0], at[1]) < 100'000'000) {
    const unsigned who = at[0] <= at[1] ? 0 : 1;
    at[who] = link.write(LinkDirection::Up, at[who], 0, 256).accepted;
    bytes[who] += 256;
  }
  const double each = lane_rate(3) * 4 * 256 / 276 / 2;
  for (unsigned who : {0, 1}) within(bytes[who] / seconds(at[who]), each, 0.02, "a half");
}

BOOST_AUTO_TEST_CASE(reads_and_completions_do_not_pass_writes) {
  LinkTiming link(LinkSettings{});
  const Sent write = link.write(LinkDirection::Up, 0, 0, 4096);
  BOOST_TEST(link.request(LinkDirection::Up, 0, 0x10000, 0).arrived > write.arrived);
  const Sent down = link.write(LinkDirection::Down, 0, 0, 4096);
  BOOST_TEST(link.completion(LinkDirection::Down, 0, 0, 64).first > down.arrived);
  // A write may pass a request: it does not wait for what is later on the wire.
  const Sent later = link.request(LinkDirection::Up, 90'000'000, 0, 0);
  BOOST_TEST(link.write(LinkDirection::Up, 50'000'000, 0, 64).arrived < later.arrived);
}

BOOST_AUTO_TEST_CASE(acks_take_a_part_of_the_other_direction) {
  LinkSettings settings;
  settings.packets_per_ack = 1;
  LinkTiming link(settings);
  link.write(LinkDirection::Up, 0, 0, 4096);
  BOOST_TEST(link.totals(LinkDirection::Up).packets == 16u);
  BOOST_TEST(link.totals(LinkDirection::Up).wire_bytes == 4096u + 16 * 20);
  BOOST_TEST(link.totals(LinkDirection::Down).packets == 0u);
  BOOST_TEST(link.totals(LinkDirection::Down).wire_bytes == 16u * 16);
  settings.generation = 6;
  LinkTiming flits(settings);
  flits.write(LinkDirection::Up, 0, 0, 4096);
  BOOST_TEST(flits.totals(LinkDirection::Down).wire_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(settings_that_make_no_link_are_refused) {
  const auto refused = [](auto change) {
    LinkSettings settings;
    change(settings);
    return !check(settings).empty();
  };
  BOOST_TEST(check(LinkSettings{}).empty());
  BOOST_TEST(refused([](auto& s) { s.generation = 7; }));
  BOOST_TEST(refused([](auto& s) { s.lanes = 3; }));
  BOOST_TEST(refused([](auto& s) { s.lanes = 32; }));
  BOOST_TEST(refused([](auto& s) { s.max_payload = 64; }));
  BOOST_TEST(refused([](auto& s) { s.max_payload = 300; }));
  BOOST_TEST(refused([](auto& s) { s.max_read_request = 8192; }));
  BOOST_TEST(refused([](auto& s) { s.read_completion_boundary = 32; }));
  BOOST_TEST(refused([](auto& s) { s.tags = 0; }));
}
