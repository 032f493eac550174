// SPDX-License-Identifier: Apache-2.0
// Rules of AXI that a manager has to keep, whatever it is for. Violations are counted, and the
// first ones kept as text with the cycle.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "cosim/axi/ports.h"

namespace ringside::cosim {

class Violations {
 public:
  static constexpr std::size_t kKept = 16;
  void add(std::uint64_t cycle, const std::string& what) {
    if (count_++ < kKept) text_.push_back("cycle " + std::to_string(cycle) + ": " + what);
  }
  std::uint64_t count() const { return count_; }
  const std::vector<std::string>& text() const { return text_; }
  /// All that was kept, one a line.
  std::string str() const {
    std::string all;
    for (const std::string& line : text_) all += line + "\n";
    return all;
  }

 private:
  std::uint64_t count_ = 0;
  std::vector<std::string> text_;
};

/// An address channel's burst.
struct BurstAddress {
  std::uint64_t address = 0;
  unsigned id = 0;
  unsigned length = 0;  ///< beats - 1
  unsigned size = 0;    ///< log2 of bytes in a beat
  unsigned burst = 0;   ///< 1: incrementing
  std::uint32_t user = 0;
  bool operator==(const BurstAddress& o) const {
    return address == o.address && id == o.id && length == o.length && size == o.size &&
           burst == o.burst && user == o.user;
  }
  /// Bytes from the first address to the end of the last beat.
  std::uint32_t bytes() const {
    const std::uint32_t beat = 1u << size;
    return (length + 1) * beat - static_cast<std::uint32_t>(address & (beat - 1));
  }
};

/// A burst as a subordinate takes it (A3.4.1): what is not said here is not for bursts of INCR.
inline void check_burst(const BurstAddress& burst, unsigned bus_bytes, std::uint64_t cycle,
                        const char* channel, Violations& violations) {
  const auto complain = [&](const char* what) {
    violations.add(cycle, std::string(channel) + ": " + what);
  };
  if (burst.burst != 1) complain("a burst that is not INCR");
  if ((1u << burst.size) > bus_bytes) complain("AxSIZE is wider than the bus");
  if ((burst.address & 0xfff) + burst.bytes() > 4096) complain("a burst crosses 4 KiB");
}

/// VALID, once high, stays so until READY, and nothing changes meanwhile (A3.2.1).
template <class Value>
class StableRule {
 public:
  void sample(bool valid, bool ready, const Value& value, std::uint64_t cycle, const char* channel,
              Violations& violations) {
    if (waiting_ && !valid)
      violations.add(cycle, std::string(channel) + ": VALID fell before READY");
    else if (waiting_ && !(value == held_))
      violations.add(cycle, std::string(channel) + ": changed while it waited for READY");
    waiting_ = valid && !ready;
    if (waiting_) held_ = value;
  }
  void reset() { waiting_ = false; }

 private:
  bool waiting_ = false;
  Value held_{};
};

/// A beat of W.
template <unsigned kBytes>
struct WriteBeat {
  std::uint8_t data[kBytes] = {};
  std::uint32_t strobes = 0;
  bool last = false;
  bool operator==(const WriteBeat& o) const {
    return strobes == o.strobes && last == o.last && std::memcmp(data, o.data, kBytes) == 0;
  }
};

}  // namespace ringside::cosim
