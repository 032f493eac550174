// SPDX-License-Identifier: Apache-2.0
// The host bridge: the processor's window into PCI. Generic ECAM layout (PCI Express Base 5.0,
// 7.2.2; device tree binding pci-host-ecam-generic), where QEMU's `virt` machine has it.
#pragma once

#include <memory>

#include "kit/dma_translation.h"
#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"
#include "pci/bus.h"
#include "pci/dma_path.h"
#include "pci/function.h"

namespace ringside::pci {

class HostFunction;

class PciHost final : public Model, public BusOwner, public DmaTranslationPoint {
 public:
  PciHost(const sc_core::sc_module_name& name, const ModelContext& context);
  ~PciHost() override;

  void resolve() override;
  void device_tree(DeviceTree& tree) override;

  Param<unsigned> buses{this, "buses", 256, Range<unsigned>{1, 256},
                        "bus numbers that the configuration window covers, 1 MiB each"};
  Param<Size> pio_size{this, "pio_size", Size{64 << 10}, "size of the I/O window"};
  Param<Size> mem32_size{this, "mem32_size", Size{1u << 30},
                         "size of the window for 32-bit memory"};
  Param<Size> mem64_size{this, "mem64_size", Size{16ull << 30},
                         "size of the window for 64-bit memory"};
  Param<unsigned> domain{this, "domain", 0, "PCI domain (segment) number shown to the guest"};
  Param<bool> host_function{this, "host_function", true, "show a host bridge function at slot 0"};
  IrqOut irq{this, "irq", "first of the four interrupt sources that INTA..INTD end in", 4};

  Counter config_reads{this, "config_reads", "count", "reads through the configuration window"};
  Counter config_writes{this, "config_writes", "count", "writes through the configuration window"};
  Counter memory_accesses{this, "memory_accesses", "count", "accesses through memory windows"};
  Counter io_accesses{this, "io_accesses", "count", "accesses through the I/O window"};

  MmioPort ecam{
      this, "ecam", "ecam", Address{0x30000000}, 256u << 20, "configuration space of all buses"};
  MmioPort pio{this, "pio", "pio", Address{0x03000000}, 64u << 10, "I/O space, from port 0"};
  MmioPort mem32{this,     "mem32",
                 "mem32",  Address{0x40000000},
                 1u << 30, "memory space below 4 GiB; bus addresses are those of the processor"};
  MmioPort mem64{this,        "mem64",
                 "mem64",     Address{0x400000000},
                 16ull << 30, "memory space above 4 GiB; bus addresses are those of the processor"};
  InitiatorPort dma{this, "dma", "accesses that PCI functions issue"};

  // BusOwner
  bool is_root_bus() const override { return true; }
  std::uint8_t secondary_bus() const override { return 0; }
  void bus_decode_changed() override;
  void pin_changed(unsigned device, unsigned pin, bool high) override;
  void upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  bool upstream_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned upstream_debug(tlm::tlm_generic_payload& payload) override;

  // DmaTranslationPoint
  void attach_translator(DmaTranslator& translator, const Model& translator_model) override;
  bool has_requester(std::uint16_t requester_id) const override;
  void translation_changed(std::uint64_t first, std::uint64_t last) override;

 private:
  void serve_config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void serve_io(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void serve_memory(MmioPort& window, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool serve_direct(MmioPort& window, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void access_tagged(PciSpace space, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  void describe_iommu(DeviceTree& tree, DeviceTreeNode& pci) const;

  PciBus bus_;
  DmaPath dma_path_{dma};
  const PciFunction* iommu_ = nullptr;  // the function that the translator is part of
  bool direct_given_ = false;

 public:
  Children<PciFunction> functions{this, "children", "the functions on bus 0, by name"};

 private:
  HostFunction* host_ = nullptr;  // in the SystemC hierarchy
};

}  // namespace ringside::pci
