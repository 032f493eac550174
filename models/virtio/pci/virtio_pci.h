// SPDX-License-Identifier: Apache-2.0
// The PCI transport: a PCI function that carries a virtio device (virtio 1.4, section 4.1), with
// the modern interface, the legacy one, or both.
#pragma once

#include <cstdint>
#include <vector>

#include "pci/function.h"
#include "virtio/core/device.h"
#include "virtio/core/observer.h"
#include "virtio/pci/layout.h"

namespace ringside::virtio {

class VirtioPci final : public pci::PciFunction, public Transport, private RegisterHost {
 public:
  enum class Interface { Auto, Modern, Transitional, Legacy };

  VirtioPci(const sc_core::sc_module_name& name, const ModelContext& context);

  Choice<Interface> interface_choice{
      this,
      "interface",
      {{"auto", Interface::Auto},
       {"modern", Interface::Modern},
       {"transitional", Interface::Transitional},
       {"legacy", Interface::Legacy}},
      Interface::Auto,
      "what drivers see; 'auto' is transitional on the root bus for device types that had a legacy "
      "interface, and modern otherwise"};
  Param<unsigned> vectors{this, "vectors", 2, Range<unsigned>{0, pci::MsiX::kMaxVectors},
                          "MSI-X vectors; if not given: one per queue and one more for net, block, "
                          "scsi and gpu, 3 for vsock, 2 for others. 0 takes MSI-X away"};
  Param<bool> page_per_vq{this, "page_per_vq", false,
                          "give each queue's doorbell a page of its own"};
  Param<bool> modern_pio_notify{this, "modern_pio_notify", false,
                                "add a doorbell in I/O space, which drivers prefer"};
  Param<unsigned> vendor_id{this, "vendor_id", 0, Range<unsigned>{0, 0xffff},
                            "add a vendor data capability of this PCI vendor (not 0x1af4)"};
  Param<std::vector<unsigned>> vendor_data{this, "vendor_data", std::vector<unsigned>{},
                                           "bytes of the vendor data capability"};

  Counter common_reads{this, "common_reads", "count", "reads of the common configuration"};
  Counter common_writes{this, "common_writes", "count", "writes of the common configuration"};
  Counter notify_writes{this, "notify_writes", "count", "doorbell writes"};
  Counter isr_reads{this, "isr_reads", "count", "reads of the ISR status"};
  Counter device_reads{this, "device_reads", "count", "reads of the device configuration"};
  Counter device_writes{this, "device_writes", "count", "writes of the device configuration"};
  Counter legacy_reads{this, "legacy_reads", "count", "reads of the legacy header"};
  Counter legacy_writes{this, "legacy_writes", "count", "writes of the legacy header"};
  Counter pci_cfg_accesses{this, "pci_cfg_accesses", "count",
                           "accesses through the PCI configuration access capability"};
  Counter ignored_accesses{this, "ignored_accesses", "count",
                           "writes dropped for a width or place that the specification rules out"};

  ChildSlot<VirtioEndpoint> endpoint{this, "device", required, "the virtio device"};
  ChildSlot<TransportMonitor> monitor{this, "monitor", nullptr,
                                      "what watches registers, DMA and notifications"};

  /// The device if its queues are walked here; nullptr if it has registers of its own (RTL).
  VirtioDevice* const device = dynamic_cast<VirtioDevice*>(endpoint.get());

  /// Who is told of registers and notifications: at most one, which `monitor` is if there is one;
  /// nullptr takes it away. DMA is at dma_port().
  void observe(TransportObserver* observer) { observer_ = observer; }

  /// Where the device's DMA goes instead of to the bus; nullptr: to the bus. Before the simulation;
  /// for replays, which are the memory of the device.
  void replace_dma(DmaInterface* dma) { replaced_dma_ = dma; }
  DmaInterface& bus_dma() { return PciFunction::dma(); }

  /// What `interface` came to.
  Interface interface() const { return interface_; }

  // Transport
  DmaInterface& dma() override { return replaced_dma_ ? *replaced_dma_ : PciFunction::dma(); }
  std::uint16_t requester_id() const override { return PciFunction::requester_id(); }
  void notify_queue(unsigned queue) override;
  void notify_config() override;
  bool legacy() const override { return legacy_; }

 private:
  // RegisterHost (own_registers.cpp)
  void raise_vector(unsigned vector) override;
  void show_isr(std::uint8_t bits) override { set_isr(bits); }
  void register_took(const sc_core::sc_time& time) override { answer_takes(time); }

  /// A structure that a capability announces.
  struct Structure {
    unsigned bar;
    std::uint64_t offset;
    std::uint64_t bytes;
  };

  // set-up (capabilities.cpp)
  void choose_interface();
  void declare_identity();
  void declare_modern();
  void declare_legacy();
  void declare_shared_memory();
  void declare_vendor_data();
  unsigned msix_vectors() const;
  unsigned add_structure(CapabilityType type, unsigned cap_bytes, const Structure& structure);
  std::uint32_t notify_bytes() const { return kMaxQueues << notify_shift_; }
  bool has_modern() const { return interface_ != Interface::Legacy; }
  bool has_legacy() const { return interface_ != Interface::Modern; }

  // PciFunction
  std::uint64_t read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) override;
  void write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) override;
  std::uint8_t* bar_memory(unsigned bar, std::uint64_t offset, std::uint64_t& room) override;
  void config_reading(unsigned offset, unsigned bytes) override;
  void config_written(unsigned offset, unsigned bytes) override;
  void on_reset() override;

  // modern registers (common.cpp)
  std::uint64_t read_modern(std::uint64_t offset, unsigned bytes);
  void write_modern(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  std::uint64_t read_common(unsigned offset, unsigned bytes);
  std::uint64_t common_field(unsigned field);
  std::uint64_t queue_field(unsigned field);
  void write_common(unsigned offset, unsigned bytes, std::uint64_t value);
  void write_queue_field(unsigned field, std::uint64_t value);
  void write_queue_area(unsigned offset, unsigned bytes, std::uint64_t value);
  void write_queue_size(std::uint16_t size);
  void doorbell(unsigned queue, unsigned bytes, std::uint64_t value);
  void notify_reached(unsigned queue);
  /// Until the queue hears of a notification that is being served.
  sc_core::sc_time notify_delay(unsigned queue);

  // legacy registers (legacy.cpp)
  std::uint64_t read_legacy(std::uint64_t offset, unsigned bytes);
  std::uint64_t legacy_field(unsigned field);
  void write_legacy(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  void write_queue_address(std::uint32_t frame);
  unsigned legacy_header_bytes() const {
    return msix().enabled() ? kLegacyMsixHeaderBytes : kLegacyHeaderBytes;
  }

  // a device that has the modern registers itself (own_registers.cpp)
  std::uint64_t read_own(std::uint64_t offset, unsigned bytes);
  void write_own(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  void note_write(std::uint64_t offset, std::uint64_t value);
  void forget_vectors();
  bool shares_vector(unsigned queue) const;
  void tell_hidden_notifications();

  // for the observer (tell.cpp)
  void tell_modern(bool is_write, std::uint64_t offset, unsigned bytes, std::uint64_t value);
  void tell_legacy(bool is_write, std::uint64_t offset, unsigned bytes, std::uint64_t value);
  void tell_legacy_write(unsigned field, unsigned bytes, std::uint64_t value);
  void tell_doorbell(unsigned queue, unsigned bytes, std::uint64_t value);
  void tell(bool is_write, std::uint64_t offset, unsigned bytes, std::uint64_t value) {
    observer_->on_register(is_write, offset, value, bytes);
  }

  // both
  std::uint64_t read_device(std::uint64_t offset, unsigned bytes);
  void write_device(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  std::uint8_t read_isr();
  void write_status(bool through_legacy, std::uint8_t status);
  void reset_transport();
  void choose_addresses();
  void set_isr(std::uint8_t bits);
  bool has_queue(unsigned queue) const {
    return device ? device->has_queue(queue) : queue < endpoint->num_queues();
  }
  bool queue_selected() const { return has_queue(queue_select_); }
  /// The vector if the MSI-X table has it, else NO_VECTOR.
  std::uint16_t checked_vector(std::uint64_t vector) const;
  bool addresses_structure(unsigned bar, std::uint64_t offset, std::uint64_t bytes) const;
  bool pci_access_window(unsigned& bar, std::uint64_t& offset, unsigned& bytes) const;

  Interface interface_ = Interface::Modern;
  unsigned notify_shift_ = kNotifyShift;
  unsigned pci_access_ = 0;  // offset of that capability
  std::vector<Structure> structures_;
  std::vector<SharedMemoryRegion> regions_;
  std::vector<std::uint64_t> region_offsets_;
  TransportObserver* observer_ = nullptr;
  DmaInterface* replaced_dma_ = nullptr;
  RegisterDevice* const own_ = dynamic_cast<RegisterDevice*>(endpoint.get());

  // state
  bool legacy_ = false;
  std::uint8_t isr_ = 0;
  std::uint16_t config_vector_ = kNoVector;
  std::vector<std::uint16_t> queue_vectors_;
  std::uint32_t device_feature_select_ = 0;
  std::uint32_t driver_feature_select_ = 0;
  std::uint16_t queue_select_ = 0;
};

}  // namespace ringside::virtio
