// SPDX-License-Identifier: Apache-2.0
// What a bus transaction is for. Carried with every DMA access as a TLM extension, so that links,
// memories, monitors and reports can tell a descriptor fetch from a payload write without guessing.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

namespace ringside {

/// The step of a virtio request that an access belongs to.
enum class Step : std::uint8_t {
  None,
  AvailIndex,     ///< split: avail flags and idx; packed: none
  AvailRing,      ///< split: an entry of the avail ring
  Descriptor,     ///< a descriptor of the table or of a packed ring
  IndirectTable,  ///< descriptors of an indirect table
  Payload,        ///< a request's buffers
  UsedRing,       ///< split: an element of the used ring; packed: the used descriptor
  UsedIndex,      ///< split: used flags and idx
  Suppression,    ///< used_event, avail_event, driver and device event suppression structures
  Interrupt,      ///< an MSI or MSI-X message
  Config,         ///< register access towards the device
};

/// "avail_index" and so on.
const char* to_string(Step step);

/// Which address space of PCI a downward access is meant for.
enum class PciSpace : std::uint8_t { Memory, Io, Config };

/// What part of a device an access of a hart has reached; the device says so.
enum class Region : std::uint8_t {
  Registers,  ///< any that is none of the following
  Config,     ///< PCI configuration space
  Common,     ///< common configuration of a virtio device, or its legacy header
  Notify,     ///< notification of a virtio queue
  Isr,        ///< ISR status
  Device,     ///< device configuration of a virtio device
  Msix,       ///< MSI-X table and pending bits
  Claim,      ///< claim and completion of an interrupt controller
  Ipi,        ///< interrupts another hart
  Memory,     ///< a page of memory that was not there until now
};

class Model;

/// A back end that works for a hart's access while the hart waits.
class Server {
 public:
  virtual ~Server() = default;
  virtual bool at_work() const = 0;
  /// Notified when at_work() has become false.
  virtual const sc_core::sc_event& rest_event() const = 0;
};

struct TransactionTag : tlm::tlm_extension<TransactionTag> {
  static constexpr std::uint16_t kNoQueue = 0xffff;

  std::uint16_t requester_id = 0;  ///< PCI bus << 8 | device << 3 | function of the initiator
  std::uint16_t queue = kNoQueue;
  Step step = Step::None;
  PciSpace space = PciSpace::Memory;
  /// The address is one of the platform's already: no IOMMU translates it.
  bool physical = false;
  std::uint64_t request = 0;  ///< number of the request on its queue since reset

  // ---- what an access of a hart has reached
  bool of_hart = false;           ///< a hart asks, not a bus master
  const Model* target = nullptr;  ///< the model that answered; nullptr: none, or plain memory
  Region region = Region::Registers;
  bool port_io = false;  ///< in the I/O space of PCI
  const Server* server = nullptr;  ///< the hart goes on when it rests; nullptr: at once

  // ---- what links and memory on the way tell each other and the requester; timed mode only
  /// A message that nobody waits for (an interrupt): a link delivers it when it has arrived.
  bool posted = false;
  /// A link has divided the access already and says in `accepted` when it is off the requester's
  /// hands: how long after the issuing call a posted write or the last read request was sent.
  bool on_link = false;
  sc_core::sc_time accepted;
  /// How long memory was at it: the sum over the parts, which may overlap. Memory adds to it.
  sc_core::sc_time in_memory;

  tlm::tlm_extension_base* clone() const override { return new TransactionTag(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const TransactionTag&>(other);
  }
};

}  // namespace ringside
