// SPDX-License-Identifier: Apache-2.0
// A chain that the driver has made available, as far as the device has read it.
#pragma once

#include <cstdint>
#include <vector>

namespace ringside::cosim {

/// Ranges [begin, end) of bytes, joined where they touch.
class Spans {
 public:
  void add(std::uint64_t begin, std::uint64_t end);
  bool covers(std::uint64_t begin, std::uint64_t end) const;
  /// End of the range that begins at 0.
  std::uint64_t prefix() const;

 private:
  struct Span {
    std::uint64_t begin, end;
  };
  std::vector<Span> spans_;  // sorted; one in the common case
};

struct ObservedBuffer {
  std::uint64_t address;
  std::uint32_t length;
  std::uint64_t offset;  ///< in the chain's readable or writable part
};

/// A descriptor in host order; `next` is the buffer id in packed rings.
struct ObservedDescriptor {
  std::uint64_t address = 0;
  std::uint32_t length = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;
};

struct ObservedChain {
  std::uint64_t request = 0;   ///< order in which the driver made it available, from 0
  std::uint16_t position = 0;  ///< split: of its avail entry; packed: its first slot
  std::uint16_t id = 0;        ///< split: head; packed: buffer id, once resolved
  std::uint32_t slots = 0;     ///< packed: slots that it takes
  bool resolved = false;       ///< all of its descriptors are known
  bool told = false;           ///< its used element has been written
  std::vector<ObservedBuffer> readable, writable;
  std::uint64_t readable_bytes = 0, writable_bytes = 0;
  Spans written;                  ///< offsets in the writable part
  std::vector<std::uint8_t> out;  ///< the readable part as read; kept only for a PayloadModel

  // ---- while descriptors are missing
  std::uint64_t published = 0;  ///< reads of descriptors count from this transaction on
  std::uint32_t cursor = 0;     ///< the descriptor that is needed next
  std::uint32_t count = 0;      ///< of descriptors so far
  bool in_table = false;
  std::uint64_t table = 0;  ///< address of the indirect table
  std::uint32_t entries = 0;
  std::vector<std::uint8_t> table_bytes;
  std::vector<bool> table_known;  ///< by halves of descriptors

  bool table_holds(std::uint64_t at) const {
    return in_table && at >= table && at - table < 16ull * entries;
  }
  /// False if the sum of lengths or the address space overflows.
  bool add(std::uint64_t address, std::uint32_t length, bool writable_part);
  /// The buffer of a part that holds the address, or nullptr.
  static const ObservedBuffer* find(const std::vector<ObservedBuffer>& part, std::uint64_t address);
  /// Where a write to the address goes. A driver may name the same memory in several buffers: then
  /// it is the first that this byte has not been written of.
  const ObservedBuffer* written_to(std::uint64_t address) const;
};

}  // namespace ringside::cosim
