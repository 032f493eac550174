// SPDX-License-Identifier: Apache-2.0
// AXI-Stream, both ends, a packet at a time: for device parts in C++ behind an engine in RTL.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "cosim/axi/axi_rules.h"
#include "cosim/axi/random.h"

namespace ringside::cosim {

/// Takes packets. TKEEP has to be without holes and full in all beats but the last.
template <class Port>
class AxiStreamSink {
 public:
  static constexpr unsigned kBytes = Port::kBytes;

  AxiStreamSink(Port port, unsigned stall = 0, std::uint64_t seed = 1)
      : port_(port), stall_(stall), random_(seed) {
    port_.tready(true);
  }

  /// A packet that is longer is a violation; what is beyond is thrown away.
  std::size_t most_bytes = std::size_t{16} << 20;

  /// A whole packet is here, until take().
  bool complete() const { return complete_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::uint64_t user() const { return user_; }
  void take() {
    complete_ = false;
    bytes_.clear();
  }
  bool idle() const { return bytes_.empty() && !complete_; }
  const Violations& violations() const { return violations_; }

  /// What has come is forgotten.
  void reset() {
    take();
    rule_.reset();
    waited_ = too_long_ = false;
  }

  void sample() {
    ++cycle_;
    if (port_.reset()) {
      reset();
      return;
    }
    const bool valid = port_.tvalid();
    if (!valid && !waited_) return;
    Beat beat;
    port_.tdata(beat.data);
    beat.keep = port_.tkeep();
    beat.last = port_.tlast();
    beat.user = port_.tuser();
    const bool ready = port_.tready();
    rule_.sample(valid, ready, beat, cycle_, "request stream", violations_);
    waited_ = valid && !ready;
    if (!valid || !ready) return;
    const unsigned count = kept(beat.keep);
    if (!beat.last && count != kBytes)
      violations_.add(cycle_, "request stream: a gap within a packet");
    if (!bytes_.empty() && beat.user != user_)
      violations_.add(cycle_, "request stream: TUSER changes");
    user_ = beat.user;
    if (!too_long_ && bytes_.size() + count > most_bytes) {
      violations_.add(cycle_, "stream: a packet of more than " + std::to_string(most_bytes) + " B");
      too_long_ = true;
    }
    if (!too_long_) bytes_.insert(bytes_.end(), beat.data, beat.data + count);
    complete_ = beat.last;
    if (beat.last) too_long_ = false;
  }
  void drive() { port_.tready(!complete_ && !(stall_ != 0 && random_.percent(stall_))); }

 private:
  struct Beat {
    std::uint8_t data[kBytes] = {};
    std::uint32_t keep = 0;
    std::uint64_t user = 0;
    bool last = false;
    bool operator==(const Beat& o) const {
      return keep == o.keep && last == o.last && user == o.user &&
             std::memcmp(data, o.data, kBytes) == 0;
    }
  };
  unsigned kept(std::uint32_t keep) {
    unsigned count = 0;
    while (count < kBytes && (keep >> count) & 1) ++count;
    if (static_cast<std::uint64_t>(keep) >> count != 0)
      violations_.add(cycle_, "request stream: TKEEP has a hole");
    return count;
  }

  Port port_;
  unsigned stall_;
  Random random_;
  std::uint64_t cycle_ = 0, user_ = 0;
  std::vector<std::uint8_t> bytes_;
  bool complete_ = false, waited_ = false, too_long_ = false;
  StableRule<Beat> rule_;
  Violations violations_;
};

/// Sends packets.
template <class Port>
class AxiStreamSource {
 public:
  static constexpr unsigned kBytes = Port::kBytes;

  AxiStreamSource(Port port, unsigned stall = 0, std::uint64_t seed = 1)
      : port_(port), stall_(stall), random_(seed) {
    port_.tvalid(false);
  }

  bool idle() const { return !sending_; }
  /// Only while idle(). A packet of no bytes is one beat.
  void send(std::vector<std::uint8_t>& bytes) {
    bytes_.swap(bytes);
    at_ = 0;
    sending_ = true;
  }

  /// What was being sent is forgotten; TVALID falls.
  void reset() {
    sending_ = valid_ = false;
    port_.tvalid(false);
  }

  void sample() {
    if (port_.reset()) {
      sending_ = valid_ = false;
      return;
    }
    if (!valid_ || !port_.tready()) return;
    valid_ = false;
    at_ += kBytes;
    if (at_ >= bytes_.size()) sending_ = false;
  }
  void drive() {
    if (sending_ && !valid_ && !(stall_ != 0 && random_.percent(stall_))) {
      std::uint8_t beat[kBytes] = {};
      const std::size_t left = bytes_.size() - at_;
      const std::size_t count = left < kBytes ? left : kBytes;
      if (count != 0) std::memcpy(beat, bytes_.data() + at_, count);
      port_.beat(beat, static_cast<std::uint32_t>((1ull << count) - 1), left <= kBytes);
      valid_ = true;
    }
    port_.tvalid(valid_);
  }

 private:
  Port port_;
  unsigned stall_;
  Random random_;
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool sending_ = false, valid_ = false;
};

}  // namespace ringside::cosim
