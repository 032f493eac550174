// SPDX-License-Identifier: Apache-2.0
// The requests of the GPU device (5.7.6.8, 5.7.6.10). Offsets are those in the request, header
// included.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"
#include "virtio/device/gpu.h"
#include "virtio/device/gpu_edid.h"

namespace ringside::virtio {

using backend::Rect;

namespace {

Rect get_rect(const std::uint8_t* from) {
  return {get_le32(from), get_le32(from + 4), get_le32(from + 8), get_le32(from + 12)};
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): all bits of the result depend on all of
/// the argument.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

/// A name that is the same in every run, in the form of a random UUID (RFC 9562, version 4).
std::array<std::uint8_t, 16> make_uuid(std::uint64_t seed, std::uint32_t id) {
  std::array<std::uint8_t, 16> uuid;
  put_le64(&uuid[0], mixed(seed + 2 * std::uint64_t{id}));
  put_le64(&uuid[8], mixed(seed + 2 * std::uint64_t{id} + 1));
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

}  // namespace

GpuType Gpu::execute(Request& request) {
  switch (static_cast<GpuType>(request.type)) {
    case GpuType::GetDisplayInfo:
      return display_info(request);
    case GpuType::ResourceCreate2d:
      return create_picture(request);
    case GpuType::ResourceUnref:
      return unref(request);
    case GpuType::SetScanout:
      return set_scanout(request);
    case GpuType::ResourceFlush:
      return flush(request);
    case GpuType::TransferToHost2d:
      return transfer(request);
    case GpuType::ResourceAttachBacking:
      return attach(request);
    case GpuType::ResourceDetachBacking:
      return detach(request);
    case GpuType::GetEdid:
      return has(kGpuEdid) ? edid_of(request) : GpuType::ErrUnspec;
    case GpuType::ResourceAssignUuid:
      return has(kGpuResourceUuid) ? assign_uuid(request) : GpuType::ErrUnspec;
    case GpuType::ResourceCreateBlob:
      return has(kGpuResourceBlob) ? create_blob(request) : GpuType::ErrUnspec;
    case GpuType::SetScanoutBlob:
      return has(kGpuResourceBlob) ? set_scanout_blob(request) : GpuType::ErrUnspec;
    case GpuType::GetCapsetInfo:  // there are none: num_capsets is 0
    case GpuType::GetCapset:
      return GpuType::ErrInvalidParameter;
    default:
      return GpuType::ErrUnspec;
  }
}

/// What follows the header; false if the request is too short.
bool Gpu::read_fields(Request& request, std::uint8_t* to, std::size_t bytes) const {
  return request.chain.read(kGpuHeaderBytes, to, bytes);
}

// ---- displays ------------------------------------------------------------------------------

GpuType Gpu::display_info(Request& request) {
  constexpr std::size_t kOne = 24;
  reply_.assign(kOne * kGpuInfoScanouts, 0);
  unsigned left = 0;
  for (unsigned i = 0; i < scanouts; ++i) {
    const Mode& mode = modes_[i];
    std::uint8_t* one = &reply_[kOne * i];
    put_le32(one, left);  // side by side
    put_le32(one + 8, mode.width);
    put_le32(one + 12, mode.height);
    put_le32(one + 16, mode.width != 0 ? 1 : 0);
    left += mode.width;
  }
  request.reply_bytes = reply_.size();
  return GpuType::OkDisplayInfo;
}

GpuType Gpu::edid_of(Request& request) {
  std::uint8_t fields[8];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const std::uint32_t scanout = get_le32(fields);
  if (scanout >= scanouts) return GpuType::ErrInvalidScanoutId;
  const Mode& mode = modes_[scanout];
  reply_.assign(8 + kGpuEdidField, 0);
  if (mode.width != 0) {  // without a monitor the blob is empty
    const auto blob = make_edid({mode.width, mode.height, "Ringside", scanout + 1});
    put_le32(&reply_[0], static_cast<std::uint32_t>(blob.size()));
    std::copy(blob.begin(), blob.end(), &reply_[8]);
  }
  request.reply_bytes = reply_.size();
  return GpuType::OkEdid;
}

/// What both requests that set a scanout begin with. False if that was all, or wrong: `outcome`
/// says.
bool Gpu::begin_scanout(const std::uint8_t* fields, ScanoutWish& wish, GpuType& outcome) {
  wish.rect = get_rect(fields);
  wish.scanout = get_le32(fields + 16);
  const std::uint32_t id = get_le32(fields + 20);
  outcome = GpuType::OkNoData;
  if (wish.scanout >= scanouts)
    outcome = GpuType::ErrInvalidScanoutId;
  else if (id == 0)
    disable(wish.scanout);
  else if (!(wish.resource = resources_.find(id)))
    outcome = GpuType::ErrInvalidResourceId;
  return wish.resource != nullptr;
}

GpuType Gpu::set_scanout(Request& request) {
  std::uint8_t fields[24];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  ScanoutWish wish;
  GpuType outcome{};
  if (!begin_scanout(fields, wish, outcome)) return outcome;
  const GpuResource& resource = *wish.resource;
  if (resource.blob || wish.rect.empty() || !wish.rect.inside(resource.width, resource.height))
    return GpuType::ErrInvalidParameter;
  if (!displays_fit(wish.scanout, wish.rect)) return GpuType::ErrOutOfMemory;
  shown_[wish.scanout] = {resource.id, wish.rect, resource.format, 0, 0};
  display->set_size(wish.scanout, wish.rect.width, wish.rect.height);
  show(wish.scanout, resource, wish.rect);
  return GpuType::OkNoData;
}

GpuType Gpu::set_scanout_blob(Request& request) {
  std::uint8_t fields[72];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  ScanoutWish wish;
  GpuType outcome{};
  if (!begin_scanout(fields, wish, outcome)) return outcome;
  const GpuResource& resource = *wish.resource;
  const std::uint32_t width = get_le32(fields + 24), height = get_le32(fields + 28);
  const std::uint32_t format = get_le32(fields + 32);
  const std::uint32_t stride = get_le32(fields + 40), offset = get_le32(fields + 56);
  const bool sound = resource.blob && gpu_format_known(format) && !wish.rect.empty() &&
                     wish.rect.inside(width, height);
  if (!sound || stride < std::uint64_t{width} * kGpuPixelBytes) return GpuType::ErrInvalidParameter;
  const std::uint64_t end =
      offset + std::uint64_t{height - 1} * stride + std::uint64_t{width} * kGpuPixelBytes;
  if (end > resource.blob_bytes) return GpuType::ErrInvalidParameter;
  if (!displays_fit(wish.scanout, wish.rect)) return GpuType::ErrOutOfMemory;
  shown_[wish.scanout] = {resource.id, wish.rect, static_cast<GpuFormat>(format), stride, offset};
  display->set_size(wish.scanout, wish.rect.width, wish.rect.height);
  return show(wish.scanout, resource, wish.rect) ? GpuType::OkNoData : GpuType::ErrUnspec;
}

GpuType Gpu::flush(Request& request) {
  std::uint8_t fields[24];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const Rect rect = get_rect(fields);
  const auto resource = resources_.find(get_le32(fields + 16));
  if (!resource) return GpuType::ErrInvalidResourceId;
  if (!resource->blob && !rect.inside(resource->width, resource->height))
    return GpuType::ErrInvalidParameter;
  for (unsigned i = 0; i < scanouts; ++i)
    if (shown_[i].resource == resource->id && !show(i, *resource, rect)) return GpuType::ErrUnspec;
  return GpuType::OkNoData;
}

// ---- resources -----------------------------------------------------------------------------

GpuType Gpu::create_picture(Request& request) {
  std::uint8_t fields[16];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  return resources_.create_picture(get_le32(fields), get_le32(fields + 4), get_le32(fields + 8),
                                   get_le32(fields + 12));
}

GpuType Gpu::unref(Request& request) {
  std::uint8_t fields[8];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const std::uint32_t id = get_le32(fields);
  if (!resources_.destroy(id)) return GpuType::ErrInvalidResourceId;
  for (unsigned i = 0; i < scanouts; ++i)
    if (shown_[i].resource == id) disable(i);
  return GpuType::OkNoData;
}

GpuType Gpu::transfer(Request& request) {
  std::uint8_t fields[32];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const Rect rect = get_rect(fields);
  const std::uint64_t offset = get_le64(fields + 16);
  const auto resource = resources_.find(get_le32(fields + 24));
  if (!resource) return GpuType::ErrInvalidResourceId;
  if (resource->blob) return GpuType::OkNoData;  // guest memory is the resource
  if (!resource->backing) return GpuType::ErrUnspec;
  if (!rect.inside(resource->width, resource->height)) return GpuType::ErrInvalidParameter;
  if (rect.empty()) return GpuType::OkNoData;
  const std::uint64_t stride = std::uint64_t{resource->width} * kGpuPixelBytes;
  const std::uint64_t bytes =
      std::uint64_t{rect.height - 1} * stride + std::uint64_t{rect.width} * kGpuPixelBytes;
  const std::uint64_t there = resource->backing->bytes();
  if (offset > there || bytes > there - offset) return GpuType::ErrInvalidParameter;
  for (std::uint32_t line = 0; line < rect.height; ++line) {
    std::uint32_t* to = &resource->pixels[std::size_t{rect.y + line} * resource->width + rect.x];
    if (!read_backing(*resource, offset + line * stride, to, rect.width * kGpuPixelBytes))
      return GpuType::ErrUnspec;
    gpu_convert(resource->format, to, rect.width);
    if (!request.chain.alive()) return GpuType::ErrUnspec;  // nobody hears it
  }
  return GpuType::OkNoData;
}

/// The guest memory entries of a request; if it has none, `error` says why not.
std::optional<GpuBacking> Gpu::read_entries(Request& request, std::size_t offset,
                                            std::uint32_t entries, GpuType& error) {
  if (entries > max_entries) {
    error = GpuType::ErrOutOfMemory;
    return std::nullopt;
  }
  entries_.resize(std::size_t{entries} * kGpuMemEntryBytes);
  if (!request.chain.read(offset, entries_.data(), entries_.size())) {
    error = GpuType::ErrInvalidParameter;
    return std::nullopt;
  }
  GpuBacking backing;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint8_t* entry = &entries_[i * kGpuMemEntryBytes];
    backing.add(get_le64(entry), get_le32(entry + 8));
  }
  return backing;
}

GpuType Gpu::attach(Request& request) {
  constexpr std::size_t kEntriesAt = 32;
  std::uint8_t fields[8];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  GpuType error{};
  auto backing = read_entries(request, kEntriesAt, get_le32(fields + 4), error);
  if (!backing) return error;
  return resources_.attach(get_le32(fields), std::move(*backing));
}

GpuType Gpu::detach(Request& request) {
  std::uint8_t fields[8];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  return resources_.detach(get_le32(fields));
}

GpuType Gpu::assign_uuid(Request& request) {
  std::uint8_t fields[8];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const auto resource = resources_.find(get_le32(fields));
  if (!resource) return GpuType::ErrInvalidResourceId;
  if (!resource->uuid) resource->uuid = make_uuid(platform().seed_for(*this), resource->id);
  reply_.assign(resource->uuid->begin(), resource->uuid->end());
  request.reply_bytes = reply_.size();
  return GpuType::OkResourceUuid;
}

GpuType Gpu::create_blob(Request& request) {
  constexpr std::size_t kEntriesAt = 56;
  std::uint8_t fields[32];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const std::uint32_t memory = get_le32(fields + 4);
  const std::uint32_t flags = get_le32(fields + 8);
  const std::uint64_t size = get_le64(fields + 24);
  // Host memory would need 3D (5.7.6.8).
  if (memory != kGpuBlobMemGuest || (flags & ~kGpuBlobFlags) != 0)
    return GpuType::ErrInvalidParameter;
  if (has(kGpuBlobAlignment) && size % blob_alignment != 0) return GpuType::ErrInvalidParameter;
  GpuType error{};
  auto backing = read_entries(request, kEntriesAt, get_le32(fields + 12), error);
  if (!backing) return error;
  return resources_.create_blob(get_le32(fields), size, std::move(*backing));
}

// ---- cursor --------------------------------------------------------------------------------

GpuType Gpu::update_cursor(Request& request) {
  const bool move = request.type == static_cast<std::uint32_t>(GpuType::MoveCursor);
  if (!move && request.type != static_cast<std::uint32_t>(GpuType::UpdateCursor))
    return GpuType::ErrUnspec;
  std::uint8_t fields[32];
  if (!read_fields(request, fields, sizeof fields)) return GpuType::ErrInvalidParameter;
  const std::uint32_t scanout = get_le32(fields);
  if (scanout >= scanouts) return GpuType::ErrInvalidScanoutId;
  const auto x = static_cast<std::int32_t>(get_le32(fields + 4));
  const auto y = static_cast<std::int32_t>(get_le32(fields + 8));
  if (move) {
    display->move_cursor(scanout, x, y);
    return GpuType::OkNoData;
  }
  backend::Cursor cursor{{}, x, y, get_le32(fields + 20), get_le32(fields + 24)};
  if (const std::uint32_t id = get_le32(fields + 16)) {  // 0: no cursor
    const auto resource = resources_.find(id);
    if (!resource) return GpuType::ErrInvalidResourceId;
    if (resource->width != kGpuCursorSize || resource->height != kGpuCursorSize)
      return GpuType::ErrInvalidParameter;
    cursor.picture = {resource->width, resource->height, resource->pixels};
  }
  display->set_cursor(scanout, std::move(cursor));
  return GpuType::OkNoData;
}

}  // namespace ringside::virtio
