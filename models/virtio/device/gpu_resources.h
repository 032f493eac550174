// SPDX-License-Identifier: Apache-2.0
// Resources of the GPU device: pictures that live on the host, blobs that live in guest memory, the
// guest pages behind them, and how their pixels are laid out. No SystemC, no requests.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "virtio/device/gpu_protocol.h"

namespace ringside::virtio {

/// The guest's pages behind a resource, addressed by offset. Entries need not be contiguous.
class GpuBacking {
 public:
  struct Piece {
    std::uint64_t address;
    std::uint64_t bytes;
  };

  void add(std::uint64_t address, std::uint32_t bytes);
  std::uint64_t bytes() const { return bytes_; }
  std::size_t entries() const { return entries_.size(); }
  /// What lies at an offset, as much as is contiguous; nothing at and after the end.
  std::optional<Piece> at(std::uint64_t offset) const;

 private:
  struct Entry {
    std::uint64_t offset;
    std::uint64_t address;
    std::uint32_t bytes;
  };
  std::vector<Entry> entries_;
  std::uint64_t bytes_ = 0;
};

struct GpuResource {
  std::uint32_t id = 0;
  bool blob = false;
  // A picture:
  GpuFormat format = GpuFormat::B8G8R8A8;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint32_t> pixels;  ///< 0xAARRGGBB
  // A blob:
  std::uint64_t blob_bytes = 0;

  std::optional<GpuBacking> backing;
  std::optional<std::array<std::uint8_t, 16>> uuid;
};

/// True for one of the eight formats of the specification.
bool gpu_format_known(std::uint32_t format);
/// Pixels as they lie in guest memory become 0xAARRGGBB, in place; formats without alpha get 0xff.
void gpu_convert(GpuFormat format, std::uint32_t* pixels, std::size_t count);

/// All resources, by id, within a bound of host memory.
class GpuResources {
 public:
  using Pointer = std::shared_ptr<GpuResource>;  // a transfer that waits may outlive its resource

  explicit GpuResources(std::uint64_t limit) : limit_(limit) {}

  /// The outcome is OkNoData or the error of the answer.
  GpuType create_picture(std::uint32_t id, std::uint32_t format, std::uint32_t width,
                         std::uint32_t height);
  GpuType create_blob(std::uint32_t id, std::uint64_t bytes, GpuBacking backing);
  GpuType attach(std::uint32_t id, GpuBacking backing);
  GpuType detach(std::uint32_t id);
  bool destroy(std::uint32_t id);
  Pointer find(std::uint32_t id) const;
  void clear();

  std::size_t count() const { return resources_.size(); }
  /// Host memory in use, bookkeeping included; at most the limit.
  std::uint64_t bytes() const { return bytes_; }

 private:
  static std::uint64_t cost(const GpuResource& resource);
  static std::uint64_t cost(const GpuBacking& backing);
  bool fits(std::uint64_t bytes) const { return bytes <= limit_ - bytes_; }

  std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
  std::map<std::uint32_t, Pointer> resources_;
};

}  // namespace ringside::virtio
