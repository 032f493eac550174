// SPDX-License-Identifier: Apache-2.0
// A bank of NOR flash on the bus.
#pragma once

#include <fstream>

#include "kit/host_memory.h"
#include "kit/memory_region.h"
#include "kit/model.h"
#include "kit/port.h"
#include "memory/cfi_flash.h"

namespace ringside {

/// One bank, 32 bits wide. Starts with the image and 0xff after it. What the guest writes stays
/// over resets of the machine, and over runs if `persist` is set. Direct pointers are given for
/// reading, while reads show the contents.
class Flash final : public Model, public MemoryRegion {
 public:
  Flash(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override;
  void device_tree(DeviceTree& tree) override;
  void finish() override;

  Use region_use() const override { return Use::Flash; }
  std::uint64_t region_base() const override { return window.base(); }
  std::uint64_t region_bytes() const override { return size->bytes; }
  bool holds_image() const override { return image.given(); }

  Param<Size> size{this, "size", Size{32 << 20},
                   Range<Size>{Size{CfiFlash::kBlockBytes}, Size{256 << 20}},
                   "capacity, a power of two"};
  Param<FilePath> image{this, "image", FilePath{}, "raw contents, from the first byte on"};
  Param<bool> persist{this, "persist", false, "write what the guest changes to the image"};
  Param<sc_core::sc_time> latency{this, "latency", sc_core::sc_time(100, sc_core::SC_NS),
                                  "time of an access (timed mode)"};
  MmioPort window{this, "window", "base", Address{0x20000000}, 0, "address of the first byte"};

  Counter programmed{this, "programmed", "B", "bytes programmed or erased"};

 private:
  /// The size, checked: the chip is built from it.
  std::size_t checked_size();
  /// Fills the memory at the first access: most guests never look at it.
  void fill();
  void open_image();
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct(tlm::tlm_dmi& dmi);
  void changed(std::size_t offset, std::size_t bytes);

  HostMemory memory_;
  CfiFlash chip_;
  bool filled_ = false;
  std::uint64_t image_bytes_ = 0;
  std::fstream file_;
  bool write_failed_ = false;
};

}  // namespace ringside
