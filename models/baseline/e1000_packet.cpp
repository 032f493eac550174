// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_packet.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringside::e1000 {

namespace {

constexpr std::size_t kAddressBytes = 12;
constexpr std::size_t kIpv6Header = 40;
constexpr std::uint8_t kFinAndPush = 0x09;

unsigned get16(const std::uint8_t* at) {
  return static_cast<unsigned>(at[0] << 8 | at[1]);
}
void put16(std::uint8_t* at, std::size_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
void add32(std::uint8_t* at, std::uint32_t amount) {
  const std::uint32_t value = (get16(at) << 16 | get16(at + 2)) + amount;
  put16(at, value >> 16);
  put16(at + 2, value & 0xffff);
}

std::uint16_t fold(std::uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

std::uint16_t internet_sum(const std::uint8_t* data, std::size_t bytes, std::uint32_t initial) {
  // Words are added as the host has them: the sum's bytes change places, nothing else.
  std::uint64_t sum = 0;
  for (; bytes >= 4; data += 4, bytes -= 4) {
    std::uint32_t word;
    std::memcpy(&word, data, sizeof word);
    sum += word;
  }
  if (bytes != 0) {
    std::uint32_t word = 0;
    std::memcpy(&word, data, bytes);
    sum += word;
  }
  const std::uint16_t little = fold(sum);
  return fold(static_cast<std::uint64_t>(little >> 8 | (little & 0xff) << 8) + initial);
}

PacketBuilder::PacketBuilder(Send send)
    : send_(std::move(send)), buffer_(kTagBytes + kLongest), header_(0x100) {}

void PacketBuilder::reset() {
  size_ = 0;
  begun_ = failed_ = segmenting_ = tagged_ = false;
  options_ = 0;
  segments_ = 0;
}

void PacketBuilder::context(const TransmitDescriptor& descriptor) {
  if (begun_) fail();  // in the middle of a packet
  const OffloadContext context(descriptor);
  (context.segment ? segment_ : plain_) = context;
}

void PacketBuilder::begin(const TransmitDescriptor& descriptor) {
  const bool data = descriptor.kind() == TransmitDescriptor::Kind::Data;
  if (!begun_ && data) {
    options_ = descriptor.options();
    segmenting_ = descriptor.has(kSegment);
    if (segmenting_ && (segment_.segment_bytes == 0 || limit() > kLongest)) fail();
  }
  begun_ = true;
  if (!descriptor.has(kInsertVlan)) return;
  tagged_ = true;
  tag_ = descriptor.vlan_tag();
}

std::size_t PacketBuilder::limit() const {
  if (!segmenting_) return kLongest;
  return std::size_t{segment_.header_bytes} + segment_.segment_bytes;
}

PacketBuilder::Room PacketBuilder::room() {
  if (failed_) return {nullptr, 0};
  if (size_ == limit()) {
    // More is to come, so this segment is not the last.
    if (!segmenting_ || !send_segment(false)) {
      fail();
      return {nullptr, 0};
    }
    size_ = segment_.header_bytes;
    std::memcpy(frame(), header_.data(), size_);
  }
  return {frame() + size_, limit() - size_};
}

PacketBuilder::Outcome PacketBuilder::end(const TransmitDescriptor& descriptor) {
  const bool segmenting = segmenting_;
  const bool sent =
      !failed_ && size_ != 0 && (segmenting ? send_segment(true) : send_plain(descriptor));
  reset();
  if (segmenting) return sent ? Outcome::Segmented : Outcome::SegmentationFailed;
  return sent ? Outcome::Sent : Outcome::Failed;
}

bool PacketBuilder::send_plain(const TransmitDescriptor& last) {
  if (last.kind() == TransmitDescriptor::Kind::Legacy && last.has(kInsertChecksum))
    insert_checksum(last.checksum_start(), last.checksum_offset(), 0, true);
  insert_checksums(plain_);
  // Without IFCS the guest has brought the check sequence itself; networks here carry none.
  if (!last.has(kInsertFcs)) size_ -= std::min(size_, kFcsBytes);
  if (size_ == 0) return false;
  send_frame();
  return true;
}

bool PacketBuilder::send_segment(bool last) {
  if (size_ < segment_.header_bytes) return false;
  if (segments_ == 0) std::memcpy(header_.data(), frame(), segment_.header_bytes);
  if (!complete_headers(last)) return false;
  insert_checksums(segment_);
  send_frame();
  ++segments_;
  return true;
}

/// Lengths, identification, sequence number and flags of one segment; false if the context does not
/// fit the header.
bool PacketBuilder::complete_headers(bool last) {
  const std::size_t header = segment_.header_bytes;
  const std::size_t ip = segment_.ip_start;
  const std::size_t transport = segment_.transport_start;
  if (ip + (segment_.ipv4 ? 20 : kIpv6Header) > header) return false;
  if (transport + (segment_.tcp ? 20 : 8) > header) return false;
  if (segment_.ipv4) {
    put16(frame() + ip + 2, size_ - ip);
    put16(frame() + ip + 4, get16(frame() + ip + 4) + segments_);
  } else {
    put16(frame() + ip + 4, size_ - ip - kIpv6Header);
  }
  if (segment_.tcp) {
    add32(frame() + transport + 4, segments_ * segment_.segment_bytes);
    if (!last) frame()[transport + 13] &= static_cast<std::uint8_t>(~kFinAndPush);
  } else {
    put16(frame() + transport + 4, size_ - transport);
  }
  if (options_ & kTransportChecksum) {
    // The driver has summed up a pseudo header without a length.
    const std::size_t at = segment_.transport_checksum;
    if (at + 2 > header) return false;
    put16(frame() + at, fold(get16(frame() + at) + (size_ - transport)));
  }
  return true;
}

void PacketBuilder::insert_checksums(const OffloadContext& context) {
  if (options_ & kTransportChecksum)
    insert_checksum(context.transport_start, context.transport_checksum, context.transport_end,
                    true);
  if (options_ & kIpChecksum)
    insert_checksum(context.ip_start, context.ip_checksum, context.ip_end, false);
}

/// `end` is the last byte that counts; 0 for the packet's. What does not fit is not inserted.
void PacketBuilder::insert_checksum(std::size_t start, std::size_t at, std::size_t end,
                                    bool never_zero) {
  const std::size_t stop = end == 0 ? size_ : std::min(end + 1, size_);
  if (start >= stop || at + 2 > size_) return;
  unsigned value = ~internet_sum(frame() + start, stop - start) & 0xffff;
  if (value == 0 && never_zero) value = 0xffff;  // a UDP checksum of 0 means that there is none
  put16(frame() + at, value);
}

void PacketBuilder::send_frame() {
  std::size_t bytes = size_;
  if (settings.pad && bytes < kShortest) {
    std::memset(frame() + bytes, 0, kShortest - bytes);
    bytes = kShortest;
  }
  if (!settings.tag || !tagged_ || bytes < kAddressBytes) return send_(frame(), bytes);
  // The addresses move to the front, and the tag takes their place.
  std::uint8_t* tagged = frame() - kTagBytes;
  std::memmove(tagged, frame(), kAddressBytes);
  put16(tagged + kAddressBytes, settings.tag_type);
  put16(tagged + kAddressBytes + 2, tag_);
  send_(tagged, bytes + kTagBytes);
}

}  // namespace ringside::e1000
