// SPDX-License-Identifier: Apache-2.0
// How a device reaches memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kit/port.h"
#include "kit/tag.h"

namespace ringside {

class CodePages;
class Platform;

enum class DmaStatus {
  Ok,
  AddressError,  ///< nothing answers at the address, or the device may not reach it
  BusError,      ///< the target answered with an error
};

/// What rings and devices see: no TLM, no bus. In timed mode read() and write() take simulated
/// time, so they have to be called from an SC_THREAD; in functional mode they return at once.
class DmaInterface {
 public:
  virtual ~DmaInterface() = default;
  virtual DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                         const TransactionTag& tag) = 0;
  virtual DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                          const TransactionTag& tag) = 0;
};

/// Sees every access that has been done, for monitors and traces.
class DmaObserver {
 public:
  virtual ~DmaObserver() = default;
  virtual void on_dma(bool is_write, std::uint64_t address, const std::uint8_t* data,
                      std::size_t bytes, const TransactionTag& tag, DmaStatus status) = 0;
};

/// An initiator on a bus that does DMA. Functional: through cached direct pointers, falling back to
/// transactions where none is given. Timed: each access is a transaction of at most kMaxTransaction
/// bytes, and the calling thread waits its latency.
class DmaPort final : public InitiatorPort, public DmaInterface {
 public:
  static constexpr std::size_t kMaxTransaction = 4096;

  DmaPort(Model* owner, const char* name, const char* doc);

  DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                 const TransactionTag& tag) override;
  DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                  const TransactionTag& tag) override;
  /// A posted write that does not make the caller wait (a message-signalled interrupt), always a
  /// transaction; callable from any process.
  DmaStatus post(std::uint64_t address, const void* from, std::size_t bytes,
                 const TransactionTag& tag);

  /// Gives up direct pointers that touch addresses first to last. Done at every invalidation,
  /// unless the owner has set a handler of its own with on_invalidate(), which then has to call
  /// this.
  void drop_windows(std::uint64_t first, std::uint64_t last);
  void drop_windows() { drop_windows(0, ~std::uint64_t{0}); }

  /// Says whose addresses read() and write(), and post(), are given: the platform's (true), or the
  /// device's own, which an IOMMU on the way translates. Gives up all direct pointers.
  void use_physical_addresses(bool accesses, bool posts);

  /// At most one; nullptr takes it away.
  void observe(DmaObserver* observer) { observer_ = observer; }

 private:
  struct Window {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
    std::uint8_t* host = nullptr;
    bool holds(std::uint64_t address, std::size_t bytes) const {
      return address >= first && address <= last && bytes - 1 <= last - address;
    }
    bool touches(std::uint64_t from, std::uint64_t to) const { return from <= last && to >= first; }
  };
  static constexpr std::size_t kWindows = 4;
  using Windows = std::array<Window, kWindows>;

  DmaStatus access(bool is_write, std::uint64_t address, std::uint8_t* data, std::size_t bytes,
                   const TransactionTag& tag, bool posted);
  DmaStatus transact(bool is_write, std::uint64_t address, std::uint8_t* data, std::size_t bytes,
                     const TransactionTag& tag, bool posted);
  std::uint8_t* direct(bool is_write, std::uint64_t address, std::size_t bytes,
                       const TransactionTag& tag);

  Platform& platform_;
  Windows read_windows_;
  Windows write_windows_;
  std::size_t next_window_ = 0;
  DmaObserver* observer_ = nullptr;
  bool accesses_physical_ = false;
  bool posts_physical_ = false;
};

}  // namespace ringside
