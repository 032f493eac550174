// SPDX-License-Identifier: Apache-2.0
// Harts with a little memory, a device that records accesses, and a clock: what the tests of the
// engine run on.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "asm.h"
#include "cpu/hart_core.h"

namespace ringside::cpu {

inline constexpr uint64_t kRam = 0x80000000;
inline constexpr uint64_t kRamBytes = 1 << 20;
inline constexpr uint64_t kDevice = 0x10000000;
inline constexpr uint64_t kDeviceBytes = 0x1000;

class TestMachine : public MemoryPort {
 public:
  struct Access {
    bool store;
    uint64_t paddr;
    unsigned size;
    uint64_t value;
    uint64_t cycles;
  };
  /// One mtime tick per cycle of hart 0.
  struct Clock : TimePort {
    uint64_t mtime(uint64_t cycles) override { return base + cycles; }
    void set_stimecmp(uint64_t value) override { deadline = value; }
    uint64_t base = 0;
    uint64_t deadline = 0;
  };

  explicit TestMachine(unsigned harts = 1, HartOptions options = HartOptions(),
                       InterruptFile* files = nullptr, const CycleTable& cycles = CycleTable(),
                       size_t cache_bytes = 1 << 20)
      : ram_(kRamBytes), code_(cycles, cache_bytes) {
    for (unsigned i = 0; i < harts; ++i) {
      options.hart_id = i;
      harts_.push_back(std::make_unique<HartCore>(options, code_, *this, clock_, files));
      harts_.back()->reset(kRam);
    }
  }

  HartCore& hart(unsigned i = 0) { return *harts_[i]; }
  BlockCache& code() { return code_; }
  Clock& clock() { return clock_; }
  std::vector<Access>& accesses() { return accesses_; }
  /// Called in the middle of each device access.
  std::function<void()> on_access;
  uint64_t device_value = 0;

  uint8_t* at(uint64_t paddr) { return &ram_[paddr - kRam]; }
  template <class T>
  T peek(uint64_t paddr) {
    T v;
    std::memcpy(&v, at(paddr), sizeof v);
    return v;
  }
  template <class T>
  void poke(uint64_t paddr, T v) {
    std::memcpy(at(paddr), &v, sizeof v);
  }
  /// As a device would: decoded code is told.
  template <class T>
  void dma(uint64_t paddr, T v) {
    poke(paddr, v);
    code_.written(paddr, sizeof v);
  }
  uint64_t program(uint64_t paddr, const std::vector<uint32_t>& words) {
    code_.written(paddr, 4 * words.size());
    for (const uint32_t w : words) {
      poke(paddr, w);
      paddr += 4;
    }
    return paddr;
  }
  uint64_t csr(unsigned number, unsigned hart = 0) {
    uint64_t v = 0;
    harts_[hart]->read_csr(number, v);
    return v;
  }
  /// Runs `words` at the start of RAM, from M-mode, for at most `cycles`; an EBREAK ends in a loop
  /// at `trap`.
  void run(const std::vector<uint32_t>& words, uint64_t cycles = 1000) {
    program(kRam, words);
    program(kTrap, {as::jal(as::zero, 0)});
    hart().write_csr(csr::kMtvec, kTrap);
    hart().set_pc(kRam);
    hart().run(cycles);
  }
  static constexpr uint64_t kTrap = kRam + 0x8000;

  bool direct(uint64_t paddr, DirectSpan& span) override {
    if (paddr < kRam || paddr >= kRam + kRamBytes) return false;
    span = {ram_.data(), kRam, kRamBytes, true, true};
    return true;
  }
  bool load(uint64_t paddr, unsigned size, uint64_t& value) override {
    if (paddr < kDevice || paddr >= kDevice + kDeviceBytes) return false;
    accesses_.push_back({false, paddr, size, 0, hart().cycles()});
    if (on_access) on_access();
    value = device_value;
    return true;
  }
  bool store(uint64_t paddr, unsigned size, uint64_t value) override {
    if (paddr < kDevice || paddr >= kDevice + kDeviceBytes) return false;
    accesses_.push_back({true, paddr, size, value, hart().cycles()});
    if (on_access) on_access();
    return true;
  }

 private:
  std::vector<uint8_t> ram_;
  BlockCache code_;
  Clock clock_;
  std::vector<Access> accesses_;
  std::vector<std::unique_ptr<HartCore>> harts_;
};

}  // namespace ringside::cpu
