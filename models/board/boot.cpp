// SPDX-License-Identifier: Apache-2.0
#include "board/boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "board/boot_tree.h"
#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside {

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kAlign = 2 * kMiB;
constexpr std::uint64_t kDeviceTreeLimit = 3072 * kMiB;
constexpr std::uint64_t kMaxDeviceTree = kAlign;

std::uint64_t align_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

}  // namespace

Boot::Boot(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  rom.on_direct([this](auto&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(rom_.data());
    dmi.set_start_address(0);
    dmi.set_end_address(rom_.size() - 1);
    dmi.allow_read();
    return true;
  });
  rom.on_transport([this](tlm::tlm_generic_payload& payload, auto&) {
    if (!payload.is_read()) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    std::memcpy(payload.get_data_ptr(), rom_.data() + payload.get_address(),
                payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  });
  if (platform().describing()) return;
  rom_ = HostMemory(kRomBytes);
  platform().code_pages().add_memory(rom_.data(), rom_.size());
}

// -- planning

std::optional<LoadPlan> Boot::plan(const Param<FilePath>& param, std::uint64_t base,
                                   bool is_program) {
  if (param->path.empty()) return std::nullopt;
  try {
    return is_program ? plan_program(param->path, base) : plan_data(param->path, base);
  } catch (const std::runtime_error& e) {
    diagnostics().error(param.where(),
                        fmt::format("'{}' of {}: {}", param.name(), label(), e.what()));
    return std::nullopt;
  }
}

void Boot::resolve() {
  const MemoryRegion* flash = nullptr;
  const MemoryRegion* ram = nullptr;
  for (const MemoryRegion* region : platform().find_all<MemoryRegion>()) {
    if (!ram && region->region_use() == MemoryRegion::Use::Main) ram = region;
    if (!flash && region->region_use() == MemoryRegion::Use::Flash && region->holds_image())
      flash = region;
  }
  if (!ram) {
    diagnostics().error(node().where(),
                        fmt::format("{} finds no main memory; expected a model of type 'ram' in "
                                    "the platform",
                                    label()));
    return;
  }
  ram_base_ = ram->region_base();
  ram_bytes_ = ram->region_bytes();

  const std::size_t errors = diagnostics().errors();
  firmware_ = plan(firmware, ram_base_, true);
  std::uint64_t kernel_base = ram_base_;
  if (firmware_)
    kernel_base = align_up(std::clamp(firmware_->end, ram_base_, ram_base_ + ram_bytes_), kAlign);
  kernel_ = plan(kernel, kernel_base, true);
  plan_initrd(kernel_ ? kernel_->first : kernel_base);
  check_dtb();
  if (diagnostics().errors() != errors) return;
  plan_start(flash);
  check_places();
}

void Boot::check_dtb() {
  if (dtb->path.empty()) return;
  try {
    read_device_tree(dtb->path, kMaxDeviceTree / 2);
  } catch (const std::runtime_error& e) {
    diagnostics().error(dtb.where(), fmt::format("'dtb' of {}: {}", label(), e.what()));
  }
}

void Boot::plan_initrd(std::uint64_t kernel_base) {
  if (initrd->path.empty()) return;
  if (kernel->path.empty()) {
    diagnostics().error(initrd.where(),
                        fmt::format("'initrd' of {} is for a kernel, but there is none; expected "
                                    "'kernel', too",
                                    label()));
    return;
  }
  initrd_ = plan(initrd, kernel_base + std::min(ram_bytes_ / 2, 512 * kMiB), false);
}

void Boot::plan_start(const MemoryRegion* flash) {
  if (kernel_)
    next_ = kernel_->entry;
  else if (firmware_ && flash)
    next_ = flash->region_base();
  if (firmware_)
    start_ = firmware_->entry;
  else if (flash)
    start_ = flash->region_base();
  else if (kernel_)
    start_ = kernel_->entry;
  else
    diagnostics().error(node().where(),
                        fmt::format("{} has nothing to start; expected 'firmware', 'kernel' or a "
                                    "flash with an image",
                                    label()));
}

void Boot::check_places() {
  struct Part {
    const Param<FilePath>* param;
    const LoadPlan* plan;
  };
  std::vector<Part> parts;
  if (firmware_) parts.push_back({&firmware, &*firmware_});
  if (kernel_) parts.push_back({&kernel, &*kernel_});
  if (initrd_) parts.push_back({&initrd, &*initrd_});
  const std::uint64_t ram_end = ram_base_ + ram_bytes_;
  const std::uint64_t tree_at = device_tree_address(std::min(kMaxDeviceTree, ram_bytes_ / 2));
  const auto report = [this](const Part& part, const std::string& what) {
    diagnostics().error(
        part.param->where(),
        fmt::format("'{}' of {}: '{}' takes {:#x} to {:#x}, {}", part.param->name(), label(),
                    part.plan->path, part.plan->first, part.plan->end - 1, what));
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const LoadPlan& it = *parts[i].plan;
    if (it.first < ram_base_ || it.end > ram_end) {
      report(parts[i], fmt::format("but main memory is {:#x} to {:#x}; expected a larger memory "
                                   "or a smaller file",
                                   ram_base_, ram_end - 1));
      continue;
    }
    if (it.end > tree_at && it.first < tree_at + kMaxDeviceTree)
      report(parts[i], fmt::format("where the device tree goes ({:#x}); expected a larger memory "
                                   "or a smaller file",
                                   tree_at));
    for (std::size_t j = 0; j < i; ++j) {
      const LoadPlan& other = *parts[j].plan;
      if (it.first < other.end && other.first < it.end)
        report(parts[i], fmt::format("which overlaps '{}' ({:#x} to {:#x}); expected a larger "
                                     "memory or another address",
                                     parts[j].param->name(), other.first, other.end - 1));
    }
  }
}

// -- loading

void Boot::reset() {
  std::vector<std::uint8_t> tree;
  try {
    tree = make_device_tree();
  } catch (const std::runtime_error& e) {
    fail(e.what());
    return;
  }
  const std::uint64_t tree_at = device_tree_address(tree.size());
  for (const auto* part : {&firmware_, &kernel_, &initrd_})
    if (*part && !load(**part)) return;
  if (!store(tree_at, tree.data(), tree.size())) return;
  write_rom(tree_at);
}

std::uint64_t Boot::device_tree_address(std::uint64_t bytes) const {
  const std::uint64_t ram_end = ram_base_ + ram_bytes_;
  // Where 32-bit pointers of an early kernel reach it.
  const std::uint64_t top =
      ram_base_ < kDeviceTreeLimit ? std::min(ram_end, kDeviceTreeLimit) : ram_end;
  const std::uint64_t align = top - ram_base_ >= 8 * kAlign ? kAlign : 4096;
  return (top - bytes) / align * align;
}

std::vector<std::uint8_t> Boot::make_device_tree() {
  if (dtb->path.empty()) return platform().flatten_device_tree();
  BootTreeChanges changes;
  changes.bootargs = append;
  if (initrd_) {
    changes.initrd_first = initrd_->first;
    changes.initrd_end = initrd_->end;
  }
  return adapt_device_tree(read_device_tree(dtb->path, kMaxDeviceTree / 2), changes);
}

void Boot::write_rom(std::uint64_t device_tree_address) {
  // The reset code, word for word as on QEMU's virt; offsets are those of the data below.
  static constexpr std::array<std::uint32_t, 6> kCode = {
      0x00000297,  // auipc t0, 0
      0x02828613,  // addi  a2, t0, 40   fw_dynamic_info
      0xf1402573,  // csrr  a0, mhartid
      0x0202b583,  // ld    a1, 32(t0)   device tree
      0x0182b283,  // ld    t0, 24(t0)   first program
      0x00028067,  // jr    t0
  };
  constexpr std::uint64_t kMagic = 0x4942534f;  // "OSBI"
  constexpr std::uint64_t kVersion = 2;
  constexpr std::uint64_t kSupervisor = 1;
  const std::uint64_t data[] = {start_,        device_tree_address, kMagic, kVersion,
                                next_,         kSupervisor,
                                /*options*/ 0, /*boot hart*/ 0};
  std::memcpy(rom_.data(), kCode.data(), sizeof kCode);
  std::memcpy(rom_.data() + sizeof kCode, data, sizeof data);
  platform().code_pages().written(rom_.data(), sizeof kCode + sizeof data);
}

bool Boot::load(const LoadPlan& program) {
  std::ifstream file(program.path, std::ios::binary);
  std::vector<std::uint8_t> buffer(kMiB);
  for (const LoadSegment& segment : program.segments) {
    file.seekg(static_cast<std::streamoff>(segment.file_offset));
    for (std::uint64_t done = 0; done < segment.memory_bytes;) {
      std::uint64_t now = std::min<std::uint64_t>(buffer.size(), segment.memory_bytes - done);
      if (done < segment.file_bytes) {
        now = std::min(now, segment.file_bytes - done);
        if (!file.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(now)))
          return fail(
              fmt::format("'{}' has changed since the start, or can't be read", program.path));
      } else {
        std::fill_n(buffer.begin(), now, std::uint8_t{0});
      }
      if (!store(segment.address + done, buffer.data(), now)) return false;
      done += now;
    }
  }
  return true;
}

bool Boot::store(std::uint64_t address, const std::uint8_t* data, std::uint64_t bytes) {
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  while (bytes != 0) {
    const auto now = static_cast<unsigned>(std::min<std::uint64_t>(bytes, kMiB));
    payload.set_address(address);
    payload.set_data_ptr(const_cast<std::uint8_t*>(data));
    payload.set_data_length(now);
    payload.set_streaming_width(now);
    const unsigned done = loader.socket->transport_dbg(payload);
    if (done == 0) return fail(fmt::format("nothing takes the program's bytes at {:#x}", address));
    address += done;
    data += done;
    bytes -= done;
  }
  return true;
}

bool Boot::fail(const std::string& what) {
  platform().request_stop(1, fmt::format("{}: {}", label(), what));
  return false;
}

void Boot::device_tree(DeviceTree& tree) {
  DeviceTreeNode& chosen = tree.chosen();
  if (!append->empty()) chosen.text("bootargs", append);
  if (initrd_)
    chosen.wide("linux,initrd-start", {initrd_->first}).wide("linux,initrd-end", {initrd_->end});
  // Fresh for each boot, and the same in each run.
  std::uint64_t state = platform().seed_for(*this) + platform().resets();
  std::vector<std::uint64_t> seed;
  for (int i = 0; i < 4; ++i) {
    std::uint64_t z = state += 0x9e3779b97f4a7c15ull;  // splitmix64
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    seed.push_back(z ^ (z >> 31));
  }
  chosen.wide("rng-seed", seed);
}

}  // namespace ringside
