// SPDX-License-Identifier: Apache-2.0
// Interrupt wires, and what harts and interrupt controllers know of each other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "kit/param.h"

namespace ringside {

class DeviceTree;
class DeviceTreeNode;
class Model;

/// What a wire ends in.
class IrqSink {
 public:
  virtual ~IrqSink() = default;
  /// Called on changes of level only.
  virtual void irq_level(unsigned line, bool high) = 0;
};

/// A controller of wired interrupts (PLIC, APLIC): sources are numbered from 1.
class WiredInterruptController : public IrqSink {
 public:
  /// The highest source number.
  virtual unsigned sources() const = 0;
  /// The name whose phandle devices give as interrupt-parent.
  virtual std::string phandle_name() const = 0;
  /// "interrupts" of a source: its cells (one for the PLIC; number and trigger type for the APLIC).
  virtual std::vector<std::uint32_t> specifier(unsigned source) const = 0;
  /// #address-cells of the controller's node, which an interrupt-map that names it has to fill.
  virtual unsigned address_cells() const { return 0; }
};

/// A controller of message-signalled interrupts (the supervisor's IMSIC): what a PCI host bridge
/// names as its msi-parent. A platform without one has wires only.
class MsiController {
 public:
  virtual ~MsiController() = default;
  /// The name whose phandle stands for its device tree node.
  virtual std::string msi_phandle_name() const = 0;
  /// The same for messages to machine level, where a wired controller's root domain sends them.
  virtual std::string machine_msi_phandle_name() const = 0;
  /// Where devices send messages to, first to last address (inclusive). An IOMMU that does not
  /// translate messages lets them through there.
  struct Doorbells {
    std::uint64_t first;
    std::uint64_t last;
  };
  virtual std::optional<Doorbells> doorbells() const { return std::nullopt; }
};

/// Outgoing wires: one or several consecutive sources of the platform's wired interrupt controller.
/// The source number is a parameter; without it the wire ends nowhere. Each rise is an interrupt
/// for the platform's ledger of exits, which may delay it; what the hart loses, its controller
/// charges (lose_to_interrupt).
class IrqOut {
 public:
  /// `param` names the parameter that holds the first source number.
  IrqOut(Model* owner, const char* param, const char* doc, unsigned count = 1);
  IrqOut(const IrqOut&) = delete;
  IrqOut& operator=(const IrqOut&) = delete;

  /// These wires carry others' interrupts, of which the ledger has been told.
  void relay() { own_ = false; }

  void set(bool high, unsigned index = 0);
  bool level(unsigned index = 0) const { return wires_[index].level; }

  unsigned count() const { return static_cast<unsigned>(wires_.size()); }
  unsigned first_source() const { return source_.get(); }
  bool given() const { return source_.given(); }
  const ParamBase& param() const { return source_; }
  Model& owner() const { return *owner_; }
  /// While the platform is built.
  void connect(IrqSink* sink);
  WiredInterruptController* controller() const;
  /// Adds "interrupt-parent" and "interrupts" to a device's node; nothing if the wire ends nowhere.
  void describe(DeviceTree& tree, DeviceTreeNode& node) const;

 private:
  struct Wire {
    bool level = false;
    bool shown = false;  ///< the level that the sink knows
    std::optional<sc_core::sc_time> rises_at;
  };
  void show(unsigned index);
  void rise();

  Model* owner_;
  Param<unsigned> source_;
  bool own_ = true;
  std::vector<Wire> wires_;
  sc_core::sc_event rise_due_;
  IrqSink* sink_ = nullptr;
};

/// RISC-V interrupt numbers (privileged specification, mcause).
enum class HartIrq : unsigned {
  SupervisorSoftware = 1,
  MachineSoftware = 3,
  SupervisorTimer = 5,
  MachineTimer = 7,
  SupervisorExternal = 9,
  MachineExternal = 11,
};

/// Where `time` comes from: the platform's timer.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  /// Ticks at a simulated moment (harts run ahead, so they ask with their own time).
  virtual std::uint64_t ticks_at(const sc_core::sc_time& when) const = 0;
  /// The simulated moment at which the count reaches `ticks`; sc_max_time() if that is out of
  /// reach, the present if past.
  virtual sc_core::sc_time time_of(std::uint64_t ticks) const = 0;
};

/// One interrupt file of an IMSIC, as a hart reaches it through CSRs (AIA specification 1.0, 3.8
/// and 3.9).
class InterruptFile {
 public:
  virtual ~InterruptFile() = default;
  /// An indirect register (0x70 eidelivery, 0x72 eithreshold, 0x80.. eip, 0xc0.. eie), XLEN = 64.
  /// False if the number is not one, or is odd where only even ones exist: the access is illegal.
  virtual bool read(unsigned select, std::uint64_t& value) = 0;
  virtual bool write(unsigned select, std::uint64_t value) = 0;
  /// mtopei or stopei: identity in bits 26:16 and priority in 10:0; 0 if nothing is pending and
  /// enabled.
  virtual std::uint32_t top() const = 0;
  /// A write to mtopei or stopei: clears the pending bit of the identity that top() gives.
  virtual void claim() = 0;
};

/// What interrupt controllers see of a hart.
class HartInterface {
 public:
  virtual ~HartInterface() = default;
  virtual unsigned hart_id() const = 0;
  /// Drives an interrupt wire of the hart; calls without a change are harmless. Wakes a sleeping
  /// hart.
  virtual void set_irq(HartIrq irq, bool high) = 0;
  /// Called from resolve(); nullptr for a level that has no file.
  virtual void attach_interrupt_files(InterruptFile* machine, InterruptFile* supervisor) = 0;
  virtual void attach_time(TimeSource* time) = 0;
  /// What a hypervisor does for the hart takes time from it, if it is not asleep.
  virtual void lose_time(const sc_core::sc_time&) {}
  /// The name whose phandle stands for this hart's "riscv,cpu-intc" node.
  virtual std::string intc_phandle_name() const = 0;
};

/// For interrupt controllers: `hart` is about to be signalled for a wire, or for a message that
/// stands for one, and loses what that costs under the platform's hypervisor.
void lose_to_interrupt(const Model& controller, HartInterface& hart);

/// A model that holds harts.
class HartContainer {
 public:
  virtual ~HartContainer() = default;
  virtual std::vector<HartInterface*> harts() = 0;
};

}  // namespace ringside
