// SPDX-License-Identifier: Apache-2.0
// An AHCI host bus adapter (Serial ATA AHCI 1.3.1), as the one in Intel's ICH9 that QEMU emulates:
// what disks hung on before virtio-blk. Disks are children.
//
//   ahci             the function: global registers, interrupts
//   ahci_port        a port, with its engine (ahci_engine) and data (ahci_data)
//   ahci_registers, ahci_structures       what registers, memory and frames hold
//   ata_disk         the disk (ata_commands, ata_identify, ata_protocol)
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "baseline/ahci_port.h"
#include "baseline/ahci_registers.h"
#include "pci/function.h"

namespace ringside {

class Ahci final : public pci::PciFunction, private ahci::PortOwner {
 public:
  Ahci(const sc_core::sc_module_name& name, const ModelContext& context);

  const ahci::Port& port(unsigned index) const { return *ports_[index]; }

  Param<unsigned> ports{this, "ports", 6, Range<unsigned>{1, 32}, "of the adapter"};
  Choice<unsigned> speed{this,
                         "speed",
                         {{"1.5Gbit/s", 1}, {"3Gbit/s", 2}, {"6Gbit/s", 3}},
                         3,
                         "of the links to disks"};
  Param<bool> wire_time{this, "wire_time", false,
                        "frames take the time of that link (timed mode); an emulated adapter has "
                        "no wire"};
  Param<sc_core::sc_time> command_time{this, "command_time", sc_core::SC_ZERO_TIME,
                                       "the adapter works on each command, besides accesses to "
                                       "memory (timed mode)"};
  Param<unsigned> outstanding{this, "outstanding", 8, Range<unsigned>{1, 256},
                              "accesses to memory under way, for data"};
  Param<unsigned> gather{this, "gather", 1, Range<unsigned>{1, 32},
                         "queued commands whose end a disk tells together, if so many are at hand"};
  Param<sc_core::sc_time> spin_up{this, "spin_up", sc_core::sc_time(1, sc_core::SC_MS),
                                  "from a reset of the link until a disk is ready"};
  Children<AtaDisk> disks{this, "disks", "the disks, by name"};

  Counter dma_errors{this, "dma_errors", "count", "DMA that failed"};
  StatGroup accesses{this, "registers"};
  Counter is_reads{&accesses, "is_reads", "count", "reads of IS"};
  Counter port_is_reads{&accesses, "pxis_reads", "count", "reads of PxIS"};
  Counter active_reads{&accesses, "pxsact_reads", "count", "reads of PxSACT"};
  Counter issue_reads{&accesses, "pxci_reads", "count", "reads of PxCI"};
  Counter other_reads{&accesses, "other_reads", "count", "reads of other registers"};
  Counter is_writes{&accesses, "is_writes", "count", "writes of IS"};
  Counter port_is_writes{&accesses, "pxis_writes", "count", "writes of PxIS"};
  Counter active_writes{&accesses, "pxsact_writes", "count", "writes of PxSACT"};
  Counter issue_writes{&accesses, "pxci_writes", "count", "writes of PxCI"};
  Counter other_writes{&accesses, "other_writes", "count", "writes of other registers"};

 private:
  static constexpr unsigned kPortBar = 4;
  static constexpr unsigned kMemoryBar = 5;
  static constexpr std::uint64_t kPortBytes = 32;
  /// In kPortBar: a register's offset, and the register.
  static constexpr std::uint64_t kIndex = 0x10;
  static constexpr std::uint64_t kData = 0x14;

  void place_disks();
  ahci::PortSettings port_settings() const;
  std::uint64_t memory_bytes() const;
  void define_registers();
  void write_control(std::uint32_t value);
  void reset_ports(bool all);
  void show_interrupts(bool again);
  bool latch(unsigned index);

  void on_reset() override;
  void config_written(unsigned offset, unsigned bytes) override;
  void interrupts_changed() override;
  std::uint64_t read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) override;
  void write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) override;
  std::uint64_t read_memory(std::uint64_t offset, unsigned bytes);
  void write_memory(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  /// The port that an offset belongs to, or nullptr.
  ahci::Port* port_at(std::uint64_t offset, std::uint64_t& inside);

  // -- for ports
  DmaInterface& memory() override { return dma(); }
  std::uint16_t requester() const override { return requester_id(); }
  bool timed() const override;
  void port_changed(unsigned index) override;
  void dma_failed() override { ++dma_errors; }

  ahci::HostRegisters regs_{this};
  std::vector<std::unique_ptr<ahci::Port>> ports_;
  std::uint32_t index_ = 0;
};

}  // namespace ringside
