// SPDX-License-Identifier: Apache-2.0
// The base of every PCI function: configuration space, base address registers, MSI and MSI-X, the
// interrupt pin, bus mastering, power state and resets. A model derives from it, declares what it
// has in its constructor, and implements read_bar() and write_bar().
//
// Towards its bus a function has two TLM seams: `socket` takes accesses (PCI bus addresses; the
// TransactionTag says which space, memory without one) and the DMA port issues them. A link can
// stand between.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "kit/dma.h"
#include "kit/model.h"
#include "pci/config_space.h"
#include "pci/link.h"
#include "pci/msi.h"
#include "pci/msix.h"

namespace ringside::pci {

class BusOwner;
class DecodeTable;

/// Numbers that name a function to drivers.
struct Identity {
  std::uint16_t vendor = 0;
  std::uint16_t device = 0;
  std::uint8_t revision = 0;
  std::uint32_t class_code = 0;  ///< 24 bits: class, subclass, programming interface
  std::uint16_t subsystem_vendor = 0;
  std::uint16_t subsystem = 0;
};

/// What a base address register maps.
enum class BarKind { None, Memory32, Memory64, Io };

/// What kind of PCI Express device a function is (device/port type of the Express capability).
enum class ExpressType : std::uint8_t {
  Endpoint = 0,
  RootPort = 4,
  UpstreamPort = 5,
  DownstreamPort = 6
};

class PciFunction : public Model, private tlm::tlm_fw_transport_if<> {
 public:
  static constexpr const char* kind = "pci";
  static constexpr const char* kind_doc = "a PCI function, below a host bridge or a port";
  static constexpr unsigned kBars = 6;
  static constexpr unsigned kNoPin = 0;

  /// True on the host bridge's own bus, where functions show no PCI Express capability.
  bool on_root_bus() const { return on_root_bus_; }
  /// As captured from the bus: bus << 8 | device << 3 | function.
  std::uint16_t requester_id() const;
  std::uint8_t bus_number() const;

  const ConfigSpace& config() const { return config_; }
  const Msi& msi() const { return msi_; }
  const MsiX& msix() const { return msix_; }
  bool is_bridge() const { return bridge_; }
  bool express() const { return express_ != 0; }
  std::uint16_t command() const { return config_.get16(0x04); }
  /// Memory and I/O accesses are answered, and DMA and interrupts sent, in this state only.
  bool powered() const { return powered_; }
  bool bus_master() const;

  /// INTA is 1; 0 means that the function has no pin.
  unsigned interrupt_pin() const { return config_.get8(0x3d); }
  bool pin_level() const { return pin_level_; }

  BarKind bar_kind(unsigned index) const { return bars_[index].kind; }
  std::uint64_t bar_bytes(unsigned index) const { return bars_[index].bytes; }

  // ---- for the bus
  tlm::tlm_target_socket<> socket;
  /// The same for an access that names a base address register: the payload's address is the offset
  /// in it, and the access lies inside. Neither where the register lies nor whether it is enabled
  /// matters.
  void transport_to_bar(unsigned bar, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  DmaPort& dma_port() { return dma_port_; }
  /// Called by the bus once the function has its place.
  void place(BusOwner& bus, unsigned device, unsigned function, bool multi_function);
  unsigned device() const { return device_; }
  unsigned function() const { return function_; }
  /// Adds what the function answers at this moment.
  virtual void claim(DecodeTable& memory, DecodeTable& io, unsigned child) const;
  /// Bus numbers behind a bridge; false for what is none, or has none behind it.
  virtual bool forwards_buses(unsigned& first, unsigned& last) const;
  /// A hot reset of the bus above, a function level reset, or one of the platform.
  void reset() override;
  /// Direct pointers into DMA targets are no longer good (for bridges: nor are those of functions
  /// behind).
  virtual void upstream_invalidated(std::uint64_t first, std::uint64_t last);

  // ---- for the IOMMU of the host bridge
  /// False for the IOMMU itself and with `iommu: false`: DMA and messages then have the platform's
  /// addresses.
  bool is_translated() const { return translated_; }
  void leave_translation();
  /// True if the function, or one behind it, is translated and has this requester id now.
  virtual bool has_requester(std::uint16_t requester_id) const;

  Param<std::string> slot{this, "slot", "auto",
                          "place on the bus: device or device.function ('3', '0x1f.2'); "
                          "'auto' takes the next free device"};
  Param<bool> iommu{
      this, "iommu", true,
      "go through the host bridge's IOMMU, if it has one; 'false' is for functions on "
      "the root bus"};

  ChildSlot<Link> link{
      this, "link", nullptr,
      "the link between a function on the root bus and the host bridge, or below a port; without "
      "it no time passes there. What is behind a port has the port's"};

  Counter config_reads{this, "config_reads", "count", "configuration reads by the guest"};
  Counter config_writes{this, "config_writes", "count", "configuration writes by the guest"};
  Counter msix_accesses{this, "msix_accesses", "count",
                        "accesses to the MSI-X table and pending bits"};
  Counter msix_messages{this, "msix_messages", "count", "MSI-X messages sent"};
  Counter msix_deferred{this, "msix_deferred", "count",
                        "interrupts that found their vector masked and became pending"};
  Counter msi_messages{this, "msi_messages", "count", "MSI messages sent"};
  Counter msi_deferred{this, "msi_deferred", "count",
                       "interrupts that found their MSI message masked and became pending"};
  Counter intx_assertions{this, "intx_assertions", "count",
                          "times that the interrupt pin became active"};
  Counter dma_refused{this, "dma_refused", "count",
                      "DMA accesses dropped because the function may not be a bus master"};
  Counter memory_time{this, "memory_ps", "ps",
                      "time for which memory was at its accesses, which may overlap (timed mode)"};

 protected:
  PciFunction(const sc_core::sc_module_name& name, const ModelContext& context);

  // ---- to declare, in the constructor of the derived class
  void identify(const Identity& identity);
  /// `bytes` is a power of two: at least 16 for memory, 4 for I/O. A 64-bit register takes two.
  void add_bar(unsigned index, BarKind kind, std::uint64_t bytes, bool prefetchable = false);
  void add_pin(unsigned pin);
  /// PCI Express capability (and the whole 4096 bytes of configuration space).
  void add_express(ExpressType type);
  void add_power_management();
  /// A capability with own contents; what the derived class does with it, it sees in
  /// config_written().
  unsigned add_capability(std::uint8_t id, unsigned bytes) {
    return config_.add_capability(id, bytes);
  }
  /// Plain MSI with so many messages (a power of two up to 32), with or without mask bits for each.
  void add_msi(unsigned messages, bool maskable);
  /// MSI-X in a base address register of its own (32-bit memory).
  void add_msix(unsigned bar, unsigned vectors);
  /// Type 1 header instead of type 0.
  void make_bridge();
  ConfigSpace& mutable_config() { return config_; }

  // ---- to implement
  /// A register access by the guest: inside the BAR, 1 to 8 bytes, values little-endian.
  virtual std::uint64_t read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) = 0;
  virtual void write_bar(unsigned bar, std::uint64_t offset, unsigned bytes,
                         std::uint64_t value) = 0;
  /// Memory behind a BAR at `offset`, if there is: accesses then go straight to it, and harts get
  /// direct pointers. `room` is how many bytes follow.
  virtual std::uint8_t* bar_memory(unsigned, std::uint64_t, std::uint64_t&) { return nullptr; }
  /// Before the guest reads configuration bytes, and after it has written some.
  virtual void config_reading(unsigned, unsigned) {}
  virtual void config_written(unsigned, unsigned) {}
  /// The rest of a reset; configuration space, MSI and MSI-X are reset already.
  virtual void on_reset() {}
  /// An access from the bus. Bridges look first whether it is for them.
  virtual void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// MSI, MSI-X or the pin may just have become usable or not.
  virtual void interrupts_changed() {}

  // ---- to use
  /// DMA as the function: refused while it may not be a bus master.
  DmaInterface& dma() { return gate_; }
  /// The driver gives physical addresses whatever the IOMMU does (messages still go through it).
  void use_physical_addresses(bool on);
  /// Raises a vector. Nothing happens while MSI-X is disabled.
  void raise_msix(unsigned vector, std::uint16_t queue = TransactionTag::kNoQueue);
  /// Raises a message. Nothing happens while MSI is disabled.
  void raise_msi(unsigned message, std::uint16_t queue = TransactionTag::kNoQueue);
  /// Level of the interrupt condition; reaches the pin unless disabled or replaced by MSI or MSI-X.
  void set_intx(bool high);
  void access_config(tlm::tlm_generic_payload& payload);
  /// While the bus's access is served: how far in the future it arrives here (timed mode), which is
  /// when something that it starts begins.
  const sc_core::sc_time& arrives_in() const { return arrives_in_; }
  /// While the bus's access is served: what it takes here adds to the time of the access (timed
  /// mode).
  void answer_takes(const sc_core::sc_time& time) { answer_time_ += time; }
  /// Which part of the function, and which queue, the access that is served has reached.
  void reached(Region region, unsigned queue = TransactionTag::kNoQueue);
  /// Likewise: a hart waits until this rests.
  void served_by(const Server& server);
  /// Call after a change to what the function claims.
  void decode_changed();
  BusOwner* bus() const { return bus_; }
  /// Offset of the PCI Express capability; 0 if there is none.
  unsigned express_offset() const { return express_; }

 private:
  struct Bar {
    BarKind kind = BarKind::None;
    std::uint64_t bytes = 0;
    std::uint64_t base = 0;
    bool decoded = false;
    bool is_io() const { return kind == BarKind::Io; }
    bool is_memory() const { return kind == BarKind::Memory32 || kind == BarKind::Memory64; }
  };

  /// Checks the right to be a bus master before each access.
  class Gate final : public DmaInterface {
   public:
    explicit Gate(PciFunction& function) : function_(function) {}
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
    DmaStatus read_after(const sc_core::sc_time& delay, const DmaSegment* segments,
                         std::size_t count, const TransactionTag& tag,
                         unsigned outstanding) override;

   private:
    bool refused();
    DmaStatus note(DmaStatus status);
    PciFunction& function_;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    transport(payload, delay);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time& delay) override {
    transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    return direct_downstream(payload, dmi);
  }
  unsigned int transport_dbg(tlm::tlm_generic_payload&) override { return 0; }

 protected:
  /// Direct pointers of harts into memory behind this function.
  virtual bool direct_downstream(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

 private:
  TransactionTag* begin_access(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void end_access(sc_core::sc_time& delay);
  void access_memory(tlm::tlm_generic_payload& payload, bool io);
  void access_bar(unsigned index, std::uint64_t offset, tlm::tlm_generic_payload& payload);
  std::uint32_t guest_read(unsigned offset, unsigned bytes);
  void guest_write(unsigned offset, unsigned bytes, std::uint32_t value);
  void update_decoding();
  void update_power();
  void update_pin();
  void send_message(Counter& counter, std::uint64_t address, std::uint32_t data);
  unsigned config_bytes() const {
    return express_ ? ConfigSpace::kBytes : ConfigSpace::kConventionalBytes;
  }

  ConfigSpace config_;
  std::array<Bar, kBars> bars_;
  unsigned last_bar_ = 0;
  Msi msi_;
  MsiX msix_;
  DmaPort dma_port_;
  Gate gate_{*this};
  BusOwner* bus_ = nullptr;
  bool on_root_bus_ = true;
  bool bridge_ = false;
  bool saved_ = false;
  bool powered_ = true;
  bool intx_ = false;
  bool pin_level_ = false;
  bool translated_ = true;
  unsigned express_ = 0;  // offsets of capabilities
  unsigned power_ = 0;
  unsigned device_ = 0;
  unsigned function_ = 0;
  std::uint16_t message_queue_ = TransactionTag::kNoQueue;
  sc_core::sc_time arrives_in_;
  sc_core::sc_time answer_time_;       // of the access that is served
  TransactionTag* reached_ = nullptr;  // of the access that is served
};

}  // namespace ringside::pci
