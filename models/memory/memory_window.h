// SPDX-License-Identifier: Apache-2.0
// A window of memory that belongs to a device (hot-plugged or persistent memory).
#pragma once

#include <string>
#include <vector>

#include "kit/device_memory.h"
#include "kit/image_memory.h"
#include "kit/model.h"
#include "kit/port.h"
#include "memory/absent_pages.h"
#include "memory/memory_path.h"

namespace ringside {

/// Memory that no device tree mentions; whoever manages it (`memory: bus.hot` of virtio-mem or
/// virtio-pmem) tells the guest. Zero at power-on, or an image whose changes are kept. What is not
/// accessible gets TLM_ADDRESS_ERROR_RESPONSE, and writes to memory that is for reading only
/// TLM_COMMAND_ERROR_RESPONSE. In timed mode as RAM.
class MemoryWindow final : public Model, public DeviceMemory {
 public:
  MemoryWindow(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override;

  std::uint64_t region_base() const override { return window.base(); }
  std::uint64_t region_bytes() const override { return bytes_; }
  bool holds_image() const override { return image.given(); }
  bool discard(std::uint64_t offset, std::uint64_t bytes) override;
  std::uint64_t discard_zeros(std::uint64_t offset, std::uint64_t bytes) override;

  bool claim(const Model& device) override;
  const Model* owner() const override { return owner_; }
  bool persistent() const override { return image.given(); }
  bool sync() override { return memory().sync(); }
  void divide(std::uint64_t block_bytes, MemoryAccess access) override;
  void set_access(std::uint64_t offset, std::uint64_t bytes, MemoryAccess access) override;

  Param<Size> size{this, "size", Size{0}, Range<Size>{Size{0}, Size{std::uint64_t{1} << 40}},
                   "capacity, a multiple of 4KiB; with an image it may be left out"};
  Param<FilePath> image{this, "image", FilePath{},
                        "file with the contents, which keeps what is written"};
  Param<bool> read_only{this, "read_only", false, "refuse writes; the image stays as it is"};
  Param<bool> snapshot{this, "snapshot", false,
                       "changes last until the end of the run; the image stays as it is"};
  Param<bool> lock{this, "lock", true, "refuse an image that another program uses"};
  MemoryPath path{this};
  MmioPort window{this, "window", "base", 0, "address of the first byte"};

  Counter reads{this, "reads", "accesses", "read transactions (direct accesses excluded)"};
  Counter writes{this, "writes", "accesses", "write transactions (direct accesses excluded)"};
  Counter refused{this, "refused", "accesses", "accesses to parts that are not accessible"};

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void leave(std::uint64_t offset, std::uint64_t bytes);
  bool allows(std::uint64_t offset, std::uint64_t bytes, MemoryAccess access) const;

  HostMemory& memory() { return image_.memory().size() != 0 ? image_.memory() : memory_; }

  ImageMemory image_;
  HostMemory memory_;  // without an image
  AbsentPages absent_;  // of a machine that counts exits
  bool locked_ = false;
  std::uint64_t bytes_ = 0;
  std::uint64_t block_bytes_ = 0;
  std::vector<MemoryAccess> access_;  // of each block
  const Model* owner_ = nullptr;
};

}  // namespace ringside
