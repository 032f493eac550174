// SPDX-License-Identifier: Apache-2.0
// Step 1: the design under the checker, with a driver of a few lines and no platform, no SystemC.
// usage: my-rng-bench [SEED [LOG]]: prints what breaks a rule; exit code 1 if something does.
#include <Vmy_rng.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cosim/axi/axi_lite_manager.h"
#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/clock.h"
#include "cosim/axi/flat_memory.h"
#include "cosim/axi/interrupts.h"
#include "cosim/axi/random.h"
#include "cosim/check/bus_transaction.h"
#include "cosim/check/checker.h"
#include "cosim/log/log.h"

using namespace ringside::cosim;

namespace {

constexpr std::uint64_t kPeriod = 4000;  // ps
constexpr std::uint64_t kBase = 0x80000000, kDescriptors = kBase, kDriver = kBase + 0x1000,
                        kDevice = kBase + 0x2000, kBuffers = kBase + 0x4000;
constexpr unsigned kSize = 16, kMemory = 0x20000;

/// The design, its buses, and what watches them.
class Bench {
 public:
  Bench(std::uint64_t seed, const char* log)
      : bytes_(kMemory),
        memory_(kBase, kMemory, bytes_.data()),
        // Slow, in any order, with stalls: a design that is right does not mind.
        bus_(AxiPort<Vmy_rng>(dut_), memory_, {3, 20, 20, true, seed}),
        registers_(AxiLitePort<Vmy_rng>(dut_)),
        interrupts_(InterruptPort<Vmy_rng>(dut_), 20, seed) {
    if (log) log_ = std::make_unique<LogWriter>(log);
    bus_.observer = [this](const BusAccess& access) {
      Transaction t = transaction_of(access, kPeriod, 0);
      tell(t);
    };
    interrupts_.taken = [this](unsigned vector) {
      Transaction t;
      t.kind = Kind::Interrupt;
      t.purpose = Purpose::Interrupt;
      t.queue = vector == 0 ? Transaction::kNoQueue : static_cast<std::uint16_t>(vector - 1);
      tell(t);
      if (vector == 1) ++interrupts;
    };
    reset_design(dut_);
  }
  ~Bench() { dut_.final(); }

  void write(std::uint32_t offset, unsigned bytes, std::uint32_t value) {
    tell_register(Kind::RegisterWrite, offset, bytes, value);
    registers_.start_write(offset, bytes, value);
    finish_access();
  }
  std::uint32_t read(std::uint32_t offset, unsigned bytes) {
    registers_.start_read(offset, bytes);
    finish_access();
    tell_register(Kind::RegisterRead, offset, bytes, registers_.value());
    return registers_.value();
  }
  /// Until the design rests; false if it never does.
  bool rest() {
    for (unsigned clocks = 0; clocks < 200000; ++clocks) {
      if (dut_.resting && bus_.idle()) return true;
      turn();
    }
    return false;
  }
  void turn() { clock_cycle(dut_, bus_, registers_, interrupts_); }

  template <typename T>
  void put(std::uint64_t address, T value) {
    std::memcpy(&bytes_[address - kBase], &value, sizeof value);
  }
  template <typename T>
  T get(std::uint64_t address) const {
    T value;
    std::memcpy(&value, &bytes_[address - kBase], sizeof value);
    return value;
  }
  std::string violations() const {
    return bus_.violations().str() + interrupts_.violations().str();
  }
  Checker checker;
  unsigned interrupts = 0;

 private:
  void finish_access() {
    registers_.drive();
    dut_.eval();
    for (unsigned clocks = 0; registers_.busy(); ++clocks) {
      if (clocks == 10000) {
        std::puts("a register access is not answered");
        std::exit(1);
      }
      turn();
    }
    turn();  // what it did shows in `resting` from here on
  }
  void tell(Transaction& t) {
    t.number = next_++;
    t.time = bus_.cycle() * kPeriod;
    checker.see(t);
    if (log_) log_->see(t);
  }
  void tell_register(Kind kind, std::uint32_t offset, unsigned bytes, std::uint32_t value) {
    Transaction t;
    t.kind = kind;
    t.purpose = Purpose::Config;
    t.address = offset;
    t.length = bytes;
    t.data = reinterpret_cast<const std::uint8_t*>(&value);
    tell(t);
  }

  Vmy_rng dut_;
  std::vector<std::uint8_t> bytes_;
  FlatMemory memory_;
  AxiSubordinate<AxiPort<Vmy_rng>, FlatMemory> bus_;
  AxiLiteManager<AxiLitePort<Vmy_rng>> registers_;
  InterruptSink<InterruptPort<Vmy_rng>> interrupts_;
  std::unique_ptr<LogWriter> log_;
  std::uint64_t next_ = 0;
};

bool bring_up(Bench& b) {
  b.write(0x14, 1, 0);
  for (unsigned tries = 0; b.read(0x14, 1) != 0; ++tries)
    if (tries == 1000) return std::puts("the reset never ends"), false;
  b.write(0x14, 1, 3);  // ACKNOWLEDGE, DRIVER
  b.write(0x08, 4, 1);
  b.write(0x0c, 4, 1);  // VERSION_1
  b.write(0x14, 1, 11);
  b.write(0x10, 2, 0);  // configuration changes: vector 0
  b.write(0x16, 2, 0);
  b.write(0x18, 2, kSize);
  b.write(0x1a, 2, 1);  // queue 0: vector 1
  const std::uint64_t areas[] = {kDescriptors, kDriver, kDevice};
  for (unsigned i = 0; i < 3; ++i) {
    b.write(0x20 + 8 * i, 4, static_cast<std::uint32_t>(areas[i]));
    b.write(0x24 + 8 * i, 4, static_cast<std::uint32_t>(areas[i] >> 32));
  }
  for (std::uint64_t at = kBase; at < kBuffers; at += 8) b.put<std::uint64_t>(at, 0);
  b.write(0x1c, 2, 1);
  b.write(0x14, 1, 15);
  if (b.read(0x14, 1) != 15) return std::puts("DRIVER_OK is not taken"), false;
  return true;
}

/// A request of one to three buffers, from descriptor `first` on; its bytes.
std::uint32_t lay_out(Bench& b, Random& random, unsigned first) {
  std::uint32_t total = 0;
  const unsigned count = 1 + random.below(3);
  for (unsigned i = 0; i < count; ++i) {
    const std::uint32_t length = random.below(8) == 0 ? 0 : 1 + random.below(400);
    const std::uint64_t at = kDescriptors + 16 * (first + i);
    b.put<std::uint64_t>(at, kBuffers + 0x800 * (first + i) + random.below(60));
    b.put<std::uint32_t>(at + 8, length);
    b.put<std::uint16_t>(at + 12, i + 1 < count ? 3 : 2);  // WRITE, NEXT
    b.put<std::uint16_t>(at + 14, static_cast<std::uint16_t>(first + i + 1));
    total += length;
  }
  return total;
}

/// Batches of up to four requests; false if one does not come back as it should.
bool move(Bench& b, Random& random, unsigned requests) {
  std::uint16_t avail = 0, used = 0;
  for (unsigned done = 0; done < requests;) {
    const unsigned batch = 1 + random.below(4);
    const bool silent = random.below(4) == 0;
    b.put<std::uint16_t>(kDriver, silent ? 1 : 0);
    std::uint32_t bytes[4];
    for (unsigned i = 0; i < batch; ++i) {
      bytes[i] = lay_out(b, random, 4 * i);
      b.put<std::uint16_t>(kDriver + 4 + 2 * (avail % kSize), static_cast<std::uint16_t>(4 * i));
      ++avail;
    }
    b.put(kDriver + 2, avail);
    const unsigned before = b.interrupts;
    b.write(0x3000, 2, 0);
    if (!b.rest()) return std::puts("the design never rests"), false;
    if ((b.interrupts == before) != silent) return std::puts("interrupts"), false;
    for (unsigned i = 0; i < batch; ++i, ++used) {
      const std::uint64_t element = kDevice + 4 + 8 * (used % kSize);
      if (b.get<std::uint32_t>(element) != 4 * i || b.get<std::uint32_t>(element + 4) != bytes[i])
        return std::puts("used element"), false;
    }
    if (b.get<std::uint16_t>(kDevice + 2) != used) return std::puts("used index"), false;
    done += batch;
    b.checker.finish();
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 1;
  Bench bench(seed, argc > 2 ? argv[2] : nullptr);
  Random random(seed);
  bool good = true;
  for (unsigned life = 0; good && life < 10; ++life)
    good = bring_up(bench) && move(bench, random, 100);
  std::printf("seed %llu: %llu requests, %llu used, %llu bytes predicted, %llu findings\n",
              static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(bench.checker.requests()),
              static_cast<unsigned long long>(bench.checker.used()),
              static_cast<unsigned long long>(bench.checker.predicted_bytes()),
              static_cast<unsigned long long>(bench.checker.findings().count()));
  std::fputs(bench.checker.findings().str().c_str(), stdout);
  std::fputs(bench.violations().c_str(), stdout);
  good = good && bench.checker.findings().empty() && bench.violations().empty();
  return good ? 0 : 1;
}
