// SPDX-License-Identifier: Apache-2.0
// What a hart core needs from the world around it. The core itself knows no SystemC.
#pragma once

#include <cstdint>

namespace ringside::cpu {

/// A range of plain memory the core may access by pointer.
struct DirectSpan {
  uint8_t* host = nullptr;  ///< host address of guest physical address `base`
  uint64_t base = 0;
  uint64_t size = 0;  ///< bytes
  bool readable = false;
  bool writable = false;

  bool contains(uint64_t paddr, uint64_t bytes) const {
    return paddr >= base && paddr - base < size && bytes <= size - (paddr - base);
  }
};

/// The physical address space as a hart sees it. load() and store() are used where direct() finds
/// no plain memory; they may let simulated time pass and other harts run. `size` is 1, 2, 4 or 8
/// and the address is naturally aligned. Both return false on a bus error.
class MemoryPort {
 public:
  virtual ~MemoryPort() = default;
  virtual bool direct(uint64_t paddr, DirectSpan& span) = 0;
  virtual bool load(uint64_t paddr, unsigned size, uint64_t& value) = 0;
  virtual bool store(uint64_t paddr, unsigned size, uint64_t value) = 0;
};

/// Platform time and the timer behind stimecmp.
class TimePort {
 public:
  virtual ~TimePort() = default;
  /// mtime when the hart has run `cycles` cycles since reset (HartCore::cycles()).
  virtual uint64_t mtime(uint64_t cycles) = 0;
  /// stimecmp changed: at mtime >= `deadline` call HartCore::timer_expired().
  virtual void set_stimecmp(uint64_t deadline) = 0;
};

/// What a hypervisor would notice of the instructions of a hart.
class HypervisorPort {
 public:
  virtual ~HypervisorPort() = default;
  /// ECALL from S-mode.
  virtual void environment_call() = 0;
};

/// The interrupt files of a hart's IMSIC (AIA 1.0, chapter 3). `machine` picks the M-level file,
/// else the S-level one. Pending interrupts reach the core by HartCore::set_interrupt() with
/// kIrqMei or kIrqSei.
class InterruptFile {
 public:
  virtual ~InterruptFile() = default;
  /// Register `select` (0x70..0xff) of the file; false if there is none with that number.
  virtual bool read(bool machine, unsigned select, uint64_t& value) = 0;
  virtual bool write(bool machine, unsigned select, uint64_t value) = 0;
  /// Identity and priority of the top pending and enabled interrupt, as in mtopei; 0 if none.
  virtual uint32_t top(bool machine) = 0;
  /// Clears the pending bit of the interrupt that top() reports.
  virtual void claim(bool machine) = 0;
};

}  // namespace ringside::cpu
