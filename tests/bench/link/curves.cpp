// SPDX-License-Identifier: Apache-2.0
// The link model's curves beside the closed formulas: "CURVE SERIES X MODEL FORMULA" a line.
#include <algorithm>
#include <cstdio>

#include "pci/link_timing.h"

using namespace ringside;
using namespace ringside::pci;

namespace {

constexpr double kPicosecond = 1e-12;
constexpr unsigned kOverhead = 8 + 12;  // framing and header of a packet, generations 1 to 5
constexpr Picoseconds kMemory = 80'000;

LinkSettings settings_of(unsigned generation) {
  LinkSettings s;
  s.generation = generation;
  s.lanes = 8;
  s.nonposted_headers = s.posted_headers = s.posted_data = 0;
  s.packets_per_ack = 0;
  return s;
}

double rate_of(const LinkSettings& s) {
  constexpr double kLane[] = {0.25e9, 0.5e9, 8e9 * 128 / 130 / 8, 16e9 * 128 / 130 / 8,
                              32e9 * 128 / 130 / 8};
  return kLane[s.generation - 1] * s.lanes;
}

void write_bandwidth(unsigned generation) {
  const LinkSettings s = settings_of(generation);
  for (unsigned bytes = 8; bytes <= 4096; bytes *= 2) {
    LinkTiming link(s);
    Picoseconds at = 0;
    constexpr unsigned kWrites = 5000;
    for (unsigned i = 0; i < kWrites; ++i)
      at = link.write(LinkDirection::Up, at, std::uint64_t{i} * 4096, bytes).accepted;
    const unsigned packets = (bytes + s.max_payload - 1) / s.max_payload;
    std::printf("write gen%u %u %.4f %.4f\n", generation, bytes,
                double(bytes) * kWrites / (at * kPicosecond) / 1e9,
                rate_of(s) * bytes / (bytes + packets * kOverhead) / 1e9);
  }
}

void reads(unsigned generation) {
  for (unsigned tags = 1; tags <= 256; tags *= 2) {
    LinkSettings s = settings_of(generation);
    s.tags = tags;
    LinkTiming link(s);
    constexpr unsigned kReads = 20000;
    constexpr unsigned kBytes = 512;
    Picoseconds next = 0;
    Picoseconds end = 0;
    Picoseconds latency = 0;
    for (unsigned i = 0; i < kReads; ++i) {
      next = link.take_tag(next);
      const Sent request = link.request(LinkDirection::Up, next, i * std::uint64_t{4096}, 0);
      end = link.completion(LinkDirection::Down, request.arrived + kMemory, 0, kBytes).arrived;
      link.give_tag(end);
      latency = end - next;
      next = request.accepted;
    }
    const double answer = (kBytes + 2 * kOverhead) / rate_of(s);
    const double trip = kOverhead / rate_of(s) + answer + (2 * s.latency + kMemory) * kPicosecond;
    std::printf("read gen%u %u %.4f %.4f\n", generation, tags,
                double(kBytes) * kReads / (end * kPicosecond) / 1e9,
                std::min(tags * kBytes / trip, kBytes / answer) / 1e9);
    std::printf("latency gen%u %u %.1f %.1f\n", generation, tags, latency / 1000.0,
                std::max(trip, tags * answer) * 1e9);
  }
}

}  // namespace

int main() {
  for (unsigned generation = 1; generation <= 5; generation += 2) {
    write_bandwidth(generation);
    reads(generation);
  }
}
