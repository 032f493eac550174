// SPDX-License-Identifier: Apache-2.0
// Read-only memory with an image.
#pragma once

#include "kit/host_memory.h"
#include "kit/memory_region.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// Holds a raw image; the rest is zero. Writes get TLM_COMMAND_ERROR_RESPONSE.
class Rom final : public Model, public MemoryRegion {
 public:
  Rom(const sc_core::sc_module_name& name, const ModelContext& context);

  Use region_use() const override { return Use::Rom; }
  std::uint64_t region_base() const override { return window.base(); }
  std::uint64_t region_bytes() const override { return memory_.size(); }
  bool holds_image() const override { return image.given(); }

  Param<Size> size{this, "size", Size{64 << 10},
                   Range<Size>{Size{4096}, Size{std::uint64_t{1} << 30}},
                   "capacity, a multiple of 4KiB"};
  Param<FilePath> image{this, "image", FilePath{}, "raw contents, from the first byte on"};
  Param<sc_core::sc_time> latency{this, "latency", sc_core::sc_time(100, sc_core::SC_NS),
                                  "time of an access (timed mode)"};
  MmioPort window{this, "window", "base", 0, "address of the first byte"};

 private:
  void load();
  HostMemory memory_;
};

}  // namespace ringside
