// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/gpu_resources.h"

#include <algorithm>
#include <utility>

namespace ringside::virtio {

namespace {

constexpr std::uint32_t kOpaque = 0xff000000;
constexpr std::uint64_t kResourceOverhead = 256;  // so that empty ones are bounded too
constexpr std::uint64_t kEntryOverhead = 24;

template <typename F>
void each(std::uint32_t* pixels, std::size_t count, F f) {
  for (std::size_t i = 0; i < count; ++i) pixels[i] = f(pixels[i]);
}

constexpr std::uint32_t reversed(std::uint32_t v) {
  return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}
constexpr std::uint32_t red_and_blue_swapped(std::uint32_t v) {
  return (v & 0xff00ff00) | (v >> 16 & 0xff) | (v & 0xff) << 16;
}
constexpr std::uint32_t alpha_last_to_first(std::uint32_t v) {
  return v >> 8 | v << 24;
}

}  // namespace

// ---- backing -------------------------------------------------------------------------------

void GpuBacking::add(std::uint64_t address, std::uint32_t bytes) {
  if (bytes == 0) return;
  entries_.push_back({bytes_, address, bytes});
  bytes_ += bytes;
}

std::optional<GpuBacking::Piece> GpuBacking::at(std::uint64_t offset) const {
  if (offset >= bytes_) return std::nullopt;
  const auto after = std::upper_bound(
      entries_.begin(), entries_.end(), offset,
      [](std::uint64_t value, const Entry& entry) { return value < entry.offset; });
  const Entry& entry = *std::prev(after);
  const std::uint64_t inside = offset - entry.offset;
  return Piece{entry.address + inside, entry.bytes - inside};
}

// ---- formats -------------------------------------------------------------------------------

bool gpu_format_known(std::uint32_t format) {
  switch (static_cast<GpuFormat>(format)) {
    case GpuFormat::B8G8R8A8:
    case GpuFormat::B8G8R8X8:
    case GpuFormat::A8R8G8B8:
    case GpuFormat::X8R8G8B8:
    case GpuFormat::R8G8B8A8:
    case GpuFormat::X8B8G8R8:
    case GpuFormat::A8B8G8R8:
    case GpuFormat::R8G8B8X8:
      return true;
  }
  return false;
}

void gpu_convert(GpuFormat format, std::uint32_t* pixels, std::size_t count) {
  // A pixel is read as a little-endian word: its first byte is the lowest.
  switch (format) {
    case GpuFormat::B8G8R8A8:
      return;
    case GpuFormat::B8G8R8X8:
      return each(pixels, count, [](std::uint32_t v) { return v | kOpaque; });
    case GpuFormat::A8R8G8B8:
      return each(pixels, count, reversed);
    case GpuFormat::X8R8G8B8:
      return each(pixels, count, [](std::uint32_t v) { return reversed(v) | kOpaque; });
    case GpuFormat::R8G8B8A8:
      return each(pixels, count, red_and_blue_swapped);
    case GpuFormat::R8G8B8X8:
      return each(pixels, count, [](std::uint32_t v) { return red_and_blue_swapped(v) | kOpaque; });
    case GpuFormat::A8B8G8R8:
      return each(pixels, count, alpha_last_to_first);
    case GpuFormat::X8B8G8R8:
      return each(pixels, count, [](std::uint32_t v) { return alpha_last_to_first(v) | kOpaque; });
  }
}

// ---- resources -----------------------------------------------------------------------------

std::uint64_t GpuResources::cost(const GpuBacking& backing) {
  return backing.entries() * kEntryOverhead;
}

std::uint64_t GpuResources::cost(const GpuResource& resource) {
  return kResourceOverhead + resource.pixels.size() * kGpuPixelBytes +
         (resource.backing ? cost(*resource.backing) : 0);
}

GpuType GpuResources::create_picture(std::uint32_t id, std::uint32_t format, std::uint32_t width,
                                     std::uint32_t height) {
  if (id == 0 || find(id)) return GpuType::ErrInvalidResourceId;
  if (!gpu_format_known(format) || width == 0 || height == 0) return GpuType::ErrInvalidParameter;
  // 64 bits hold the number of pixels, but not yet that of bytes.
  const std::uint64_t pixels = std::uint64_t{width} * height;
  if (pixels > limit_ / kGpuPixelBytes || !fits(pixels * kGpuPixelBytes + kResourceOverhead))
    return GpuType::ErrOutOfMemory;
  auto made = std::make_shared<GpuResource>();
  made->id = id;
  made->format = static_cast<GpuFormat>(format);
  made->width = width;
  made->height = height;
  made->pixels.assign(pixels, kOpaque);
  bytes_ += cost(*made);
  resources_[id] = std::move(made);
  return GpuType::OkNoData;
}

GpuType GpuResources::create_blob(std::uint32_t id, std::uint64_t bytes, GpuBacking backing) {
  if (id == 0 || find(id)) return GpuType::ErrInvalidResourceId;
  if (bytes == 0) return GpuType::ErrInvalidParameter;
  if (!fits(kResourceOverhead + cost(backing))) return GpuType::ErrOutOfMemory;
  auto made = std::make_shared<GpuResource>();
  made->id = id;
  made->blob = true;
  made->blob_bytes = bytes;
  if (backing.entries() != 0) made->backing = std::move(backing);
  bytes_ += cost(*made);
  resources_[id] = std::move(made);
  return GpuType::OkNoData;
}

GpuType GpuResources::attach(std::uint32_t id, GpuBacking backing) {
  const Pointer resource = find(id);
  if (!resource) return GpuType::ErrInvalidResourceId;
  if (resource->backing) return GpuType::ErrUnspec;
  if (!fits(cost(backing))) return GpuType::ErrOutOfMemory;
  bytes_ += cost(backing);
  resource->backing = std::move(backing);
  return GpuType::OkNoData;
}

GpuType GpuResources::detach(std::uint32_t id) {
  const Pointer resource = find(id);
  if (!resource) return GpuType::ErrInvalidResourceId;
  if (!resource->backing) return GpuType::ErrUnspec;
  bytes_ -= cost(*resource->backing);
  resource->backing.reset();
  return GpuType::OkNoData;
}

bool GpuResources::destroy(std::uint32_t id) {
  const auto found = resources_.find(id);
  if (found == resources_.end()) return false;
  bytes_ -= cost(*found->second);
  resources_.erase(found);
  return true;
}

GpuResources::Pointer GpuResources::find(std::uint32_t id) const {
  const auto found = resources_.find(id);
  return found == resources_.end() ? nullptr : found->second;
}

void GpuResources::clear() {
  resources_.clear();
  bytes_ = 0;
}

}  // namespace ringside::virtio
