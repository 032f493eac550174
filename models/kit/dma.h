// SPDX-License-Identifier: Apache-2.0
// How a device reaches memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kit/port.h"
#include "kit/stat.h"
#include "kit/tag.h"

namespace ringside {

class CodePages;
class Platform;

enum class DmaStatus {
  Ok,
  AddressError,  ///< nothing answers at the address, or the device may not reach it
  BusError,      ///< the target answered with an error
};

/// A piece of memory that an access takes part in.
struct DmaSegment {
  std::uint64_t address;
  std::uint8_t* data;
  std::size_t bytes;
};

/// What rings and devices see: no TLM, no bus. In timed mode they take simulated time, so they have
/// to be called from an SC_THREAD; in functional mode they return at once. The data move when an
/// access is issued, and its time passes after that. A write behind a link is posted: the caller
/// waits until it is sent, not until it has arrived.
class DmaInterface {
 public:
  virtual ~DmaInterface() = default;
  virtual DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                         const TransactionTag& tag) = 0;
  virtual DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                          const TransactionTag& tag) = 0;
  /// Several accesses in order, until one fails. Behind a link they are issued one after the other
  /// without waiting for each other's end, with at most `outstanding` (at least 1) under way.
  virtual DmaStatus read_all(const DmaSegment* segments, std::size_t count,
                             const TransactionTag& tag, unsigned outstanding);
  virtual DmaStatus write_all(const DmaSegment* segments, std::size_t count,
                              const TransactionTag& tag, unsigned outstanding);

  // For an engine that goes on while its writes are being sent, and so has to wait less often.

  /// A write that is issued `delay` from now. The caller does not wait: `delay` becomes when the
  /// write has been sent, and the caller's next access has to be issued after that.
  virtual DmaStatus send(std::uint64_t address, const void* from, std::size_t bytes,
                         const TransactionTag& tag, sc_core::sc_time& delay);
  /// As read_all(), issued `delay` from now.
  virtual DmaStatus read_after(const sc_core::sc_time& delay, const DmaSegment* segments,
                               std::size_t count, const TransactionTag& tag, unsigned outstanding);
};

/// Sees every access that has been done, for monitors and traces.
class DmaObserver {
 public:
  virtual ~DmaObserver() = default;
  virtual void on_dma(bool is_write, std::uint64_t address, const std::uint8_t* data,
                      std::size_t bytes, const TransactionTag& tag, DmaStatus status) = 0;
};

/// An initiator on a bus that does DMA. Functional: through cached direct pointers, falling back to
/// transactions where none is given. Timed: each access becomes transactions of at most
/// kMaxTransaction bytes, and the calling thread waits until they have ended (posted writes behind
/// a link: until they are sent).
class DmaPort final : public InitiatorPort, public DmaInterface {
 public:
  static constexpr std::size_t kMaxTransaction = 4096;
  /// Accesses under way at once, whatever is asked for.
  static constexpr unsigned kMaxOutstanding = 256;

  DmaPort(Model* owner, const char* name, const char* doc);

  DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                 const TransactionTag& tag) override;
  DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                  const TransactionTag& tag) override;
  DmaStatus read_all(const DmaSegment* segments, std::size_t count, const TransactionTag& tag,
                     unsigned outstanding) override;
  DmaStatus write_all(const DmaSegment* segments, std::size_t count, const TransactionTag& tag,
                      unsigned outstanding) override;
  DmaStatus send(std::uint64_t address, const void* from, std::size_t bytes,
                 const TransactionTag& tag, sc_core::sc_time& delay) override;
  DmaStatus read_after(const sc_core::sc_time& delay, const DmaSegment* segments, std::size_t count,
                       const TransactionTag& tag, unsigned outstanding) override;
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

  /// Adds how long memory is at each access, in picoseconds (timed mode; accesses may overlap).
  void count_memory_time(Counter& picoseconds) { memory_time_ = &picoseconds; }

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

  class Train;

  DmaStatus access_all(bool is_write, const DmaSegment* segments, std::size_t count,
                       const TransactionTag& tag, Train& train);
  DmaStatus access(bool is_write, const DmaSegment& segment, const TransactionTag& tag, bool posted,
                   Train& train);
  DmaStatus transact(bool is_write, const DmaSegment& segment, const TransactionTag& tag,
                     bool posted, Train& train);
  std::uint8_t* direct(bool is_write, std::uint64_t address, std::size_t bytes,
                       const TransactionTag& tag);

  std::unique_ptr<tlm::tlm_generic_payload> take_payload();

  Platform& platform_;
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> idle_payloads_;
  Windows read_windows_;
  Windows write_windows_;
  std::size_t next_window_ = 0;
  DmaObserver* observer_ = nullptr;
  Counter* memory_time_ = nullptr;
  bool accesses_physical_ = false;
  bool posts_physical_ = false;
};

}  // namespace ringside
