// SPDX-License-Identifier: Apache-2.0
// What would leave a guest if the machine were a virtual one: models tell a ledger of each event,
// and the ledger says what it costs. A platform without a ledger is a real machine.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "kit/model.h"
#include "kit/tag.h"

namespace ringside {

/// Events that a hypervisor may have to see.
enum class ExitClass : std::uint8_t {
  ConfigRead,  ///< PCI configuration space
  ConfigWrite,
  CommonRead,  ///< common configuration of a virtio device, or its legacy header
  CommonWrite,
  Notify,  ///< an available buffer notification
  IsrRead,
  DeviceRead,  ///< device configuration of a virtio device
  DeviceWrite,
  MsixRead,
  MsixWrite,
  RegisterRead,  ///< memory-mapped registers of any other device
  RegisterWrite,
  PortRead,  ///< registers in I/O space
  PortWrite,
  Interrupt,       ///< a device interrupts a hart
  InterruptAck,    ///< the guest asks its interrupt controller which one it is
  EndOfInterrupt,  ///< and tells it that it is done
  Timer,           ///< the guest sets its timer
  Ipi,             ///< a hart interrupts another
  Halt,            ///< WFI with nothing to do
  Hypercall,       ///< SBI call
  PageFault,       ///< first touch of memory that was unplugged, or that a balloon had
};
inline constexpr unsigned kExitClasses = static_cast<unsigned>(ExitClass::PageFault) + 1;

/// "config_read" and so on.
const char* to_string(ExitClass kind);

/// Of an access of a hart that has reached a device.
ExitClass class_of(const TransactionTag& tag, bool is_write);

class ExitLedger : public Model {
 public:
  static constexpr const char* kind = "exits";
  static constexpr const char* kind_doc = "what a machine's events cost under a hypervisor";
  using Model::Model;

  /// The name of the profile in use.
  virtual std::string profile_name() const = 0;
  /// What the events counted so far would cost under the profiles that come with Ringside. Counts
  /// stay: how a guest would behave differently is not known.
  struct Price {
    std::string profile;
    std::uint64_t exits = 0;
    std::uint64_t vcpu_ns = 0;
    std::uint64_t backend_ns = 0;
  };
  virtual std::vector<Price> price_elsewhere() const = 0;

  // Times are what is to be charged: nothing in functional mode.

  /// A hart has accessed a device; the tag says what was reached. Time that the hart loses.
  virtual sc_core::sc_time on_access(const TransactionTag& tag, bool is_write) = 0;
  /// An available buffer notification is on its way to the back end of a queue: how much longer it
  /// takes because of the hypervisor. on_access() follows for the same access.
  virtual sc_core::sc_time notify_delay(const Model& device, unsigned queue) = 0;
  /// A hart's own event. Time that the hart loses.
  virtual sc_core::sc_time on_hart(ExitClass kind, const Model& cpu, unsigned hart) = 0;

  struct Injection {
    sc_core::sc_time delay;  ///< until the interrupt is pending
    sc_core::sc_time hart;   ///< what a hart that runs loses
  };
  /// A device interrupts; `queue` is TransactionTag::kNoQueue if it is for no queue.
  virtual Injection on_interrupt(const Model& device, unsigned queue) = 0;
  /// What each interrupt costs, for those who pass on one that has been counted: of a wire, the
  /// delay is at its end and the hart's part at the controller, who knows the hart.
  virtual Injection injection() const = 0;

  /// True if the device's back end works for a notification in the hart's own thread, inside of
  /// the exit that it is: the hart waits until the queue rests (TransactionTag::server).
  virtual bool serves_in_exit(const Model& device) const = 0;
  /// A hart has waited so long, after on_access() for the same access.
  virtual void on_service(const TransactionTag& tag, const sc_core::sc_time& waited) = 0;
};

}  // namespace ringside
