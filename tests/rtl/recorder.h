// SPDX-License-Identifier: Apache-2.0
// What happens at a bench with the engine in RTL, as a log: every register access, burst and
// interrupt, at the clock when it took effect.
#pragma once

#include <string>

#include "cosim/check/bus_transaction.h"
#include "cosim/log/log.h"
#include "rtl/bench.h"

namespace ringside::test {

class RtlRecorder {
 public:
  RtlRecorder(RtlBench& bench, const std::string& path) : bench_(bench), log_(path) {
    bench.dut->observer = [this](const cosim::BusAccess& access) {
      cosim::Transaction t = cosim::transaction_of(access, kPeriod, 0);
      put(t);
    };
    bench.dut->interrupt = [this, inner = bench.dut->interrupt](unsigned vector) {
      cosim::Transaction t;
      t.kind = cosim::Kind::Interrupt;
      t.purpose = cosim::Purpose::Interrupt;
      // As RtlAccess gives them out.
      t.queue = vector == 0 ? cosim::Transaction::kNoQueue : static_cast<std::uint16_t>(vector - 1);
      put(t);
      inner(vector);
    };
    bench.access.seen = [this](bool is_write, std::uint32_t address, unsigned bytes,
                               std::uint32_t value) {
      std::uint8_t data[4];
      for (unsigned i = 0; i < 4; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
      cosim::Transaction t;
      t.kind = is_write ? cosim::Kind::RegisterWrite : cosim::Kind::RegisterRead;
      t.purpose = cosim::Purpose::Config;
      t.address = address;
      t.length = bytes;
      t.data = data;
      put(t);
    };
  }
  bool close() { return log_.close(); }
  std::uint64_t hash() const { return hash_.value(); }
  std::uint64_t records() const { return records_; }

 private:
  static constexpr std::uint64_t kPeriod = 4000;  // ps
  void put(cosim::Transaction& t) {
    t.number = records_++;
    t.time = bench_.dut->cycle() * kPeriod;
    log_.see(t);
    hash_.see(t);
  }
  RtlBench& bench_;
  cosim::LogWriter log_;
  cosim::StreamHash hash_;
  std::uint64_t records_ = 0;
};

}  // namespace ringside::test
