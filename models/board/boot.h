// SPDX-License-Identifier: Apache-2.0
// The boot ROM, and what puts programs into memory before the first instruction. Addresses, reset
// code and hand-over are those of QEMU's riscv64 `virt` machine, so that its firmware runs
// unmodified.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "board/load_plan.h"
#include "kit/host_memory.h"
#include "kit/memory_region.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// At each reset: loads firmware, kernel, initrd and device tree into main memory, and writes the
/// reset code, which enters the first program with a0 = hart id, a1 = address of the device tree,
/// a2 = address of a struct fw_dynamic_info (OpenSBI, docs/firmware/fw_dynamic.md).
///
/// | what                 | where                                                              |
/// |----------------------|--------------------------------------------------------------------|
/// | firmware             | start of main memory, or where the ELF says                        |
/// | kernel               | next multiple of 2 MiB after the firmware, or where the ELF says   |
/// | initrd               | kernel + half of main memory, at most 512 MiB                      |
/// | device tree          | last multiple of 2 MiB that leaves room below the end of main      |
/// |                      | memory or 3 GiB                                                    |
///
/// First program: the firmware; without one, a flash that holds an image; else the kernel. With
/// firmware and without kernel, a flash with an image is what the firmware enters next.
class Boot final : public Model {
 public:
  static constexpr std::uint64_t kRomBytes = 0xf000;

  Boot(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  Param<FilePath> firmware{this, "firmware", FilePath{}, "machine-mode firmware, ELF or raw"};
  Param<FilePath> kernel{this, "kernel", FilePath{}, "what the firmware starts, ELF or raw"};
  Param<FilePath> initrd{this, "initrd", FilePath{}, "initial file system of the kernel"};
  Param<std::string> append{this, "append", "", "kernel command line (bootargs)"};
  Param<FilePath> dtb{this, "dtb", FilePath{},
                      "flattened device tree to use instead of the generated one"};
  MmioPort rom{this, "rom", "base", Address{0x1000}, kRomBytes, "address of the boot ROM"};
  InitiatorPort loader{this, "loader", "puts programs into memory"};

 private:
  /// Looks at a file; reports what is wrong with it.
  std::optional<LoadPlan> plan(const Param<FilePath>& param, std::uint64_t base, bool is_program);
  void check_dtb();
  void plan_start(const MemoryRegion* flash);
  void plan_initrd(std::uint64_t kernel_base);
  /// Everything has its own place in main memory.
  void check_places();

  std::vector<std::uint8_t> make_device_tree();
  std::uint64_t device_tree_address(std::uint64_t bytes) const;
  void write_rom(std::uint64_t device_tree_address);
  /// False after it has ended the run because the files don't fit any more.
  bool load(const LoadPlan& program);
  bool store(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes);
  bool fail(const std::string& what);

  HostMemory rom_;
  std::uint64_t ram_base_ = 0;
  std::uint64_t ram_bytes_ = 0;
  std::optional<LoadPlan> firmware_;
  std::optional<LoadPlan> kernel_;
  std::optional<LoadPlan> initrd_;
  std::uint64_t start_ = 0;  // what the reset code jumps to
  std::uint64_t next_ = 0;   // what the firmware starts
};

}  // namespace ringside
