// SPDX-License-Identifier: Apache-2.0
// The engine in RTL with a stream of all that passes its border.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

#include "cosim/check/bus_transaction.h"
#include "cosim/check/checker.h"
#include "driver/watch.h"
#include "rtl/bench.h"

namespace ringside::test {

/// What the device part of benches gives back.
struct Inverted final : cosim::PayloadModel {
  int byte(unsigned, const cosim::ObservedChain& chain, std::uint64_t offset) override {
    return offset < chain.out.size() ? static_cast<std::uint8_t>(~chain.out[offset]) : -1;
  }
  std::int64_t length(unsigned, const cosim::ObservedChain& chain) override {
    return static_cast<std::int64_t>(std::min(chain.readable_bytes, chain.writable_bytes));
  }
};

/// A bench whose bus, registers and interrupts go into a stream; the driver is the watched one.
struct WatchedRtl {
  template <typename... Arguments>
  explicit WatchedRtl(Arguments&&... arguments)
      : bench(std::forward<Arguments>(arguments)...),
        access(bench.access, stream),
        driver(access, bench.memory, bench.arena) {
    attach();
  }
  /// Another device in the place of this one.
  void replace(const DutSettings& settings) {
    bench.replace(settings);
    attach();
  }

  cosim::TransactionStream stream;
  RtlBench bench;
  WatchedAccess access;
  Driver driver;

 private:
  void attach() {
    bench.dut->observer = [this](const cosim::BusAccess& seen) {
      cosim::Transaction t = cosim::transaction_of(seen, 4000, 0);
      stream.send(t);
    };
    bench.dut->interrupt = [this, inner = bench.dut->interrupt](unsigned vector) {
      stream.interrupt(0, vector == 0 ? cosim::Transaction::kNoQueue : vector - 1);
      inner(vector);
    };
  }
};

/// And a checker that listens.
struct CheckedRtl : WatchedRtl {
  template <typename... Arguments>
  explicit CheckedRtl(Arguments&&... arguments)
      : WatchedRtl(std::forward<Arguments>(arguments)...) {
    stream.add(tap_);
    start_checker();
  }
  /// Another device, and a checker that knows nothing yet.
  void replace(const DutSettings& settings) {
    WatchedRtl::replace(settings);
    start_checker();
  }
  Inverted inverted;
  std::unique_ptr<cosim::Checker> checker;

 private:
  struct Tap final : cosim::Listener {
    explicit Tap(std::unique_ptr<cosim::Checker>& to) : to(to) {}
    void see(const cosim::Transaction& t) override { to->see(t); }
    std::unique_ptr<cosim::Checker>& to;
  } tap_{checker};
  void start_checker() {
    cosim::CheckSettings settings;
    settings.payload = &inverted;
    checker = std::make_unique<cosim::Checker>(settings);
  }
};

/// RINGSIDE_SEED repeats a run.
inline std::uint32_t seed_of_run() {
  const char* text = std::getenv("RINGSIDE_SEED");
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : std::random_device{}();
}

}  // namespace ringside::test
