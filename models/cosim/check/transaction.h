// SPDX-License-Identifier: Apache-2.0
// One access at the border of a virtio device: what checkers, logs and waves listen to, whoever
// made it (a TLM device, a verilated one, a recording). Free of SystemC.
#pragma once

#include <cstdint>
#include <string>

namespace ringside::cosim {

enum class Kind : std::uint8_t {
  RegisterWrite,  ///< address: offset in the layout of virtio-pci, see registers.h
  RegisterRead,
  DmaRead,
  DmaWrite,
  Interrupt,  ///< a used buffer notification of `queue`, or of kNoQueue: configuration change
};
const char* to_string(Kind kind);

/// What a DMA access is for. The numbers are those of ringside::Step (kit/tag.h), which tags and
/// AxUSER carry.
enum class Purpose : std::uint8_t {
  Unknown = 0,    ///< the device does not say; it is told from the address
  AvailIndex,     ///< split: avail flags and idx
  AvailRing,      ///< split: entries of the avail ring
  Descriptor,     ///< descriptors of the table or of a packed ring
  IndirectTable,  ///< descriptors of an indirect table
  Payload,        ///< a request's buffers
  UsedRing,       ///< split: used elements; packed: used descriptors
  UsedIndex,      ///< split: used idx
  Suppression,    ///< flags, used_event, avail_event, event suppression structures
  Interrupt,      ///< a message; not judged as memory
  Config,
};
const char* to_string(Purpose purpose);

enum class AccessStatus : std::uint8_t { Ok, AddressError, BusError };
const char* to_string(AccessStatus status);

struct Transaction {
  static constexpr std::uint16_t kNoQueue = 0xffff;
  static constexpr std::uint64_t kNoRequest = ~std::uint64_t{0};

  std::uint64_t number = 0;  ///< in its stream, from 0
  std::uint64_t time = 0;    ///< ps
  Kind kind = Kind::DmaRead;
  AccessStatus status = AccessStatus::Ok;
  Purpose purpose = Purpose::Unknown;
  std::uint16_t device = 0;  ///< requester id
  std::uint16_t queue = kNoQueue;
  std::uint64_t request = kNoRequest;  ///< number on its queue since it was enabled
  std::uint64_t address = 0;
  std::uint32_t length = 0;               ///< bytes
  const std::uint8_t* data = nullptr;     ///< `length` of them during the call, or none
  const std::uint8_t* strobes = nullptr;  ///< writes: one per byte, 0: not written; none: all are

  bool is_write() const { return kind == Kind::DmaWrite || kind == Kind::RegisterWrite; }
  bool is_dma() const { return kind == Kind::DmaRead || kind == Kind::DmaWrite; }
  bool writes(std::uint32_t byte) const { return !strobes || strobes[byte] != 0; }
};

/// A write on a bus ends where its last beat does: leaves what the strobes name, from the first
/// such byte to the last.
inline void trim_to_strobes(Transaction& t) {
  if (!t.strobes) return;
  while (t.length != 0 && !t.strobes[t.length - 1]) --t.length;
  while (t.length != 0 && !t.strobes[0]) {
    ++t.address;
    ++t.data;
    ++t.strobes;
    --t.length;
  }
}

/// One line: "12 340000 ps dma read queue 0 request 3 avail_ring 0x80001004 +2".
std::string to_string(const Transaction& transaction);

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void see(const Transaction& transaction) = 0;
};

}  // namespace ringside::cosim
