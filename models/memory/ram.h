// SPDX-License-Identifier: Apache-2.0
// Main memory.
#pragma once

#include "kit/host_memory.h"
#include "kit/memory_region.h"
#include "kit/model.h"
#include "kit/port.h"
#include "memory/absent_pages.h"
#include "memory/memory_path.h"

namespace ringside {

/// RAM of 4 KiB to 64 GiB, zero at power-on; a reset keeps its contents. Host memory is taken page
/// by page when it is first touched. Gives direct pointers to all of it. In timed mode a
/// transaction takes what cache and DRAM say (memory_path.h), or a latency plus its bytes at the
/// bandwidth.
class Ram final : public Model, public MemoryRegion {
 public:
  Ram(const sc_core::sc_module_name& name, const ModelContext& context);
  void device_tree(DeviceTree& tree) override;

  Use region_use() const override { return Use::Main; }
  std::uint64_t region_base() const override { return window.base(); }
  std::uint64_t region_bytes() const override { return memory_.size(); }
  bool discard(std::uint64_t offset, std::uint64_t bytes) override;
  std::uint64_t discard_zeros(std::uint64_t offset, std::uint64_t bytes) override;

  Param<Size> size{this, "size", Size{512 << 20},
                   Range<Size>{Size{4096}, Size{std::uint64_t{64} << 30}},
                   "capacity, a multiple of 4KiB"};
  MemoryPath path{this};
  MmioPort window{this, "window", "base", Address{0x80000000}, 0, "address of the first byte"};

  Counter reads{this, "reads", "accesses", "read transactions (direct accesses excluded)"};
  Counter writes{this, "writes", "accesses", "write transactions (direct accesses excluded)"};

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void leave(std::uint64_t offset, std::uint64_t bytes);
  bool holds(std::uint64_t offset, std::uint64_t bytes) const {
    return bytes <= memory_.size() && offset <= memory_.size() - bytes;
  }

  HostMemory memory_;
  AbsentPages absent_;  // of a machine that counts exits
};

}  // namespace ringside
