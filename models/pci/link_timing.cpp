// SPDX-License-Identifier: Apache-2.0
#include "pci/link_timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace ringside::pci {

namespace {

constexpr unsigned kFramingBytes = 8;  // sequence number, LCRC and start (and end) of a packet
constexpr unsigned kEcrcBytes = 4;
constexpr unsigned kDllpBytes = 8;  // with framing
constexpr unsigned kCreditBytes = 16;
constexpr unsigned kFlitGeneration = 6;

bool power_of_2_between(unsigned value, unsigned low, unsigned high) {
  return value >= low && value <= high && (value & (value - 1)) == 0;
}

/// Femtoseconds that a byte of a packet takes on one lane, encoding included: 8b/10b in generations
/// 1 and 2, 128b/130b in 3 to 5, flits of 256 bytes with 236 of packets in 6.
std::uint64_t femtoseconds_per_lane_byte(unsigned generation) {
  switch (generation) {
    case 1:
      return 4'000'000;
    case 2:
      return 2'000'000;
    case 3:
      return 1'015'625;
    case 4:
      return 507'812;
    case 5:
      return 253'906;
    default:
      return 125'000 * 256 / 236;
  }
}

unsigned to_boundary(std::uint64_t address, unsigned boundary) {
  return boundary - static_cast<unsigned>(address & (boundary - 1));
}

}  // namespace

std::string check(const LinkSettings& s) {
  if (s.generation < 1 || s.generation > 6)
    return fmt::format("'generation' is {}; expected 1 to 6", s.generation);
  if (!power_of_2_between(s.lanes, 1, 16))
    return fmt::format("'lanes' is {}; expected 1, 2, 4, 8 or 16", s.lanes);
  if (!power_of_2_between(s.max_payload, 128, 4096))
    return fmt::format("'max_payload' is {}; expected a power of two from 128 to 4096",
                       s.max_payload);
  if (!power_of_2_between(s.max_read_request, 128, 4096))
    return fmt::format("'max_read_request' is {}; expected a power of two from 128 to 4096",
                       s.max_read_request);
  if (s.read_completion_boundary != 64 && s.read_completion_boundary != 128)
    return fmt::format("'read_completion_boundary' is {}; expected 64 or 128",
                       s.read_completion_boundary);
  if (s.tags == 0) return "'tags' is 0; expected at least 1";
  if (s.posted_data != 0 && s.posted_data < s.max_payload / kCreditBytes)
    return fmt::format("'posted_data' is {}; expected 0, or at least {}: one packet of {} bytes",
                       s.posted_data, s.max_payload / kCreditBytes, s.max_payload);
  return "";
}

// ---- format

LinkFormat::LinkFormat(const LinkSettings& settings)
    : settings_(settings),
      femtoseconds_per_byte_(femtoseconds_per_lane_byte(settings.generation) / settings.lanes),
      overhead_((settings.generation >= kFlitGeneration ? 0 : kFramingBytes) +
                (settings.ecrc ? kEcrcBytes : 0)),
      answer_(settings.generation >= kFlitGeneration ? 0 : 2 * kDllpBytes) {}

unsigned LinkFormat::write_piece(std::uint64_t address, std::uint64_t bytes) const {
  return static_cast<unsigned>(
      std::min<std::uint64_t>(bytes, to_boundary(address, settings_.max_payload)));
}

unsigned LinkFormat::request_piece(std::uint64_t address, std::uint64_t bytes) const {
  return static_cast<unsigned>(
      std::min<std::uint64_t>(bytes, to_boundary(address, settings_.max_read_request)));
}

unsigned LinkFormat::completion_piece(std::uint64_t address, std::uint64_t bytes) const {
  // All but the last end at a read completion boundary (2.3.1.1).
  const unsigned boundary = settings_.read_completion_boundary;
  const unsigned most = settings_.max_payload - static_cast<unsigned>(address & (boundary - 1));
  return static_cast<unsigned>(std::min<std::uint64_t>(bytes, most));
}

// ---- credits

LinkTiming::Credits::Credits(unsigned headers, unsigned data)
    : headers_(headers), data_(data), uses_(headers) {}

void LinkTiming::Credits::give_back_oldest() {
  data_out_ -= uses_[first_].data;
  first_ = (first_ + 1) % uses_.size();
  --count_;
}

Picoseconds LinkTiming::Credits::wait(Picoseconds at, unsigned data) {
  if (headers_ == 0) return at;
  while (count_ != 0 && uses_[first_].until <= at) give_back_oldest();
  while (count_ == headers_ || (data_ != 0 && count_ != 0 && data_out_ + data > data_)) {
    at = std::max(at, uses_[first_].until);
    give_back_oldest();
  }
  return at;
}

void LinkTiming::Credits::take(Picoseconds until, unsigned data) {
  if (headers_ == 0) return;
  uses_[(first_ + count_) % uses_.size()] = {until, data};
  ++count_;
  data_out_ += data;
}

void LinkTiming::Credits::delay(unsigned packets, Picoseconds until) {
  if (headers_ == 0) return;
  for (std::size_t i = 0; i < packets && i < count_; ++i) {
    Use& use = uses_[(first_ + count_ - 1 - i) % uses_.size()];
    use.until = std::max(use.until, until);
  }
}

// ---- the link

LinkTiming::LinkTiming(const LinkSettings& settings)
    : settings_(settings),
      format_(settings),
      sides_{Side(settings), Side(settings)},
      tags_(settings.tags, 0) {}

Picoseconds LinkTiming::send(LinkDirection to, Picoseconds at, unsigned wire_bytes,
                             unsigned payload) {
  Side& s = side(to);
  const Picoseconds duration = format_.time(wire_bytes);
  const Picoseconds end = s.wire.book(at, duration) + duration;
  ++s.totals.packets;
  s.totals.wire_bytes += wire_bytes;
  s.totals.payload += payload;
  s.totals.busy += duration;
  if (observer_) observer_(to, end - duration, end, wire_bytes, payload);
  if (settings_.packets_per_ack != 0 && ++s.unanswered >= settings_.packets_per_ack) {
    s.unanswered = 0;
    answer(to, end + settings_.latency);
  }
  return end;
}

void LinkTiming::answer(LinkDirection to, Picoseconds at) {
  if (format_.answer_bytes() == 0) return;
  Side& back = sides_[1 - static_cast<unsigned>(to)];
  const Picoseconds duration = format_.time(format_.answer_bytes());
  const Picoseconds begin = back.wire.book(at, duration);
  if (observer_) {
    const LinkDirection away = to == LinkDirection::Up ? LinkDirection::Down : LinkDirection::Up;
    observer_(away, begin, begin + duration, format_.answer_bytes(), kAnswer);
  }
  back.totals.wire_bytes += format_.answer_bytes();
  back.totals.busy += duration;
}

Sent LinkTiming::write(LinkDirection to, Picoseconds at, std::uint64_t address,
                       std::uint64_t bytes) {
  Side& s = side(to);
  Sent sent;
  s.packets_of_write = 0;
  while (bytes != 0) {
    const unsigned payload = format_.write_piece(address, bytes);
    const unsigned credits = (payload + kCreditBytes - 1) / kCreditBytes;
    const Picoseconds ready = std::max(at, s.last_write);
    const Picoseconds allowed = s.posted.wait(ready, credits);
    s.totals.credit_wait += allowed - ready;
    const Picoseconds end = send(to, allowed, format_.request_bytes(address, payload), payload);
    s.last_write = end;
    s.posted.take(returned(end + settings_.latency), credits);
    if (s.packets_of_write++ == 0) sent.first = end + settings_.latency;
    sent.accepted = end;
    address += payload;
    bytes -= payload;
  }
  sent.arrived = sent.accepted + settings_.latency;
  return sent;
}

void LinkTiming::drained(LinkDirection to, Picoseconds at) {
  Side& s = side(to);
  s.posted.delay(s.packets_of_write, returned(at));
}

Sent LinkTiming::request(LinkDirection to, Picoseconds at, std::uint64_t address,
                         unsigned payload) {
  Side& s = side(to);
  const Picoseconds ready = std::max(at, s.last_write);
  const Picoseconds allowed = s.nonposted.wait(ready, 0);
  s.totals.credit_wait += allowed - ready;
  const Picoseconds end = send(to, allowed, format_.request_bytes(address, payload), payload);
  s.nonposted.take(returned(end + settings_.latency), 0);
  return {end, end + settings_.latency, end + settings_.latency};
}

Sent LinkTiming::completion(LinkDirection to, Picoseconds at, std::uint64_t address,
                            std::uint64_t bytes) {
  // Completions have credits without limit (2.6.1), and do not pass writes (2.4.1).
  Side& s = side(to);
  Sent sent;
  Picoseconds ready = std::max(at, s.last_write);
  do {
    const unsigned payload = format_.completion_piece(address, bytes);
    const Picoseconds end = send(to, ready, format_.completion_bytes(payload), payload);
    if (sent.first == 0) sent.first = end + settings_.latency;
    sent.accepted = ready = end;
    address += payload;
    bytes -= payload;
  } while (bytes != 0);
  sent.arrived = sent.accepted + settings_.latency;
  return sent;
}

Picoseconds LinkTiming::take_tag(Picoseconds at) {
  // One request at a time needs no heap.
  if (spare_tag_ && *spare_tag_ <= at) {
    spare_tag_.reset();
    return at;
  }
  if (tags_.empty() && !spare_tag_) return at;  // all are held by who asks: an access in an access
  if (spare_tag_) push_tag(*std::exchange(spare_tag_, std::nullopt));
  std::pop_heap(tags_.begin(), tags_.end(), std::greater<>());
  const Picoseconds ready = std::max(at, tags_.back());
  tags_.pop_back();
  side(LinkDirection::Up).totals.tag_wait += ready - at;
  return ready;
}

void LinkTiming::give_tag(Picoseconds at) {
  if (tags_.size() + (spare_tag_ ? 1 : 0) == settings_.tags) return;
  if (!spare_tag_)
    spare_tag_ = at;
  else
    push_tag(at);
}

void LinkTiming::push_tag(Picoseconds at) {
  tags_.push_back(at);
  std::push_heap(tags_.begin(), tags_.end(), std::greater<>());
}

}  // namespace ringside::pci
