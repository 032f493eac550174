// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_statistics.h"

#include "baseline/e1000_frame.h"

namespace ringside::e1000 {

namespace {

enum Offset : std::uint64_t {
  kReceivedBySize = 0x405c,  // PRC64 and the five that follow
  kGoodReceived = 0x4074,
  kBroadcastReceived = 0x4078,
  kMulticastReceived = 0x407c,
  kGoodSent = 0x4080,
  kGoodBytesReceived = 0x4088,
  kGoodBytesSent = 0x4090,
  kAllBytesReceived = 0x40c0,
  kAllBytesSent = 0x40c8,
  kAllReceived = 0x40d0,
  kAllSent = 0x40d4,
  kSentBySize = 0x40d8,
  kMulticastSent = 0x40f0,
  kBroadcastSent = 0x40f4,
};

constexpr std::uint64_t kHighHalves[] = {kGoodBytesReceived + 4, kGoodBytesSent + 4,
                                         kAllBytesReceived + 4, kAllBytesSent + 4};
constexpr std::size_t kFcs = 4;

}  // namespace

std::uint32_t Statistics::read(std::uint64_t offset) {
  std::uint32_t& at = values_[index(offset)];
  const std::uint32_t value = at;
  for (const std::uint64_t high : kHighHalves) {
    if (offset == high - 4) return value;
    if (offset == high) values_[index(high - 4)] = 0;
  }
  at = 0;
  return value;
}

void Statistics::add(std::uint64_t offset) {
  std::uint32_t& at = values_[index(offset)];
  if (at != ~0u) ++at;
}

void Statistics::add_bytes(std::uint64_t low, std::size_t bytes) {
  std::uint32_t& low_half = values_[index(low)];
  std::uint32_t& high_half = values_[index(low + 4)];
  const std::uint64_t before = static_cast<std::uint64_t>(high_half) << 32 | low_half;
  const std::uint64_t after = bytes > ~before ? ~std::uint64_t{0} : before + bytes;
  low_half = static_cast<std::uint32_t>(after);
  high_half = static_cast<std::uint32_t>(after >> 32);
}

void Statistics::add_by_size(std::uint64_t first, std::size_t bytes) {
  if (bytes < 64) return;
  unsigned slot = 5;
  if (bytes == 64)
    slot = 0;
  else if (bytes < 128)
    slot = 1;
  else if (bytes < 256)
    slot = 2;
  else if (bytes < 512)
    slot = 3;
  else if (bytes < 1024)
    slot = 4;
  add(first + 4 * slot);
}

void Statistics::sent(const std::uint8_t* frame, std::size_t bytes) {
  add_by_size(kSentBySize, bytes + kFcs);
  add(kGoodSent);
  add(kAllSent);
  add_bytes(kGoodBytesSent, bytes + kFcs);
  add_bytes(kAllBytesSent, bytes + kFcs);
  if (is_broadcast(frame))
    add(kBroadcastSent);
  else if (is_group(frame))
    add(kMulticastSent);
}

void Statistics::seen(std::size_t bytes) {
  add(kAllReceived);
  add_bytes(kAllBytesReceived, bytes + kFcs);
}

void Statistics::received(const std::uint8_t* frame, std::size_t bytes) {
  add_by_size(kReceivedBySize, bytes + kFcs);
  add(kGoodReceived);
  add_bytes(kGoodBytesReceived, bytes + kFcs);
  if (is_broadcast(frame))
    add(kBroadcastReceived);
  else if (is_group(frame))
    add(kMulticastReceived);
}

}  // namespace ringside::e1000
