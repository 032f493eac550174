// SPDX-License-Identifier: Apache-2.0
// The way of a transaction through a memory's cache and timing.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "kit/param.h"
#include "memory/memory_timing.h"

namespace ringside {

/// `latency` and `bandwidth`: what a memory without a `timing` of its own takes. Accesses don't
/// wait for each other.
class SimpleTiming final : public AccessTimer {
 public:
  SimpleTiming(const sc_core::sc_time& latency, const BitRate& bandwidth)
      : latency_ps_(latency.value()), ps_per_byte_(8e12 / bandwidth.bits_per_second) {}
  std::uint64_t access(std::uint64_t, std::uint64_t bytes, bool,
                       std::uint64_t arrival_ps) override {
    return arrival_ps + latency_ps_ +
           static_cast<std::uint64_t>(ps_per_byte_ * static_cast<double>(bytes) + 0.5);
  }

 private:
  std::uint64_t latency_ps_;
  double ps_per_byte_;
};

/// The parameters that memories have in common for the time of their accesses, and their sum.
class MemoryPath {
 public:
  explicit MemoryPath(Model* owner);

  /// Adds to `delay` what the access takes; timed mode only. The access has been found to be
  /// inside.
  void add_time(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// A `timing` that has no room for a memory of `bytes` is an error at `size`.
  void check_capacity(const ParamBase& size, std::uint64_t bytes) const;

  Param<sc_core::sc_time> latency;
  Param<BitRate> bandwidth;
  ChildSlot<MemoryTiming> timing;
  ChildSlot<MemoryCache> cache;

 private:
  Model& owner_;
  SimpleTiming simple_;
  AccessTimer& memory_;
};

}  // namespace ringside
