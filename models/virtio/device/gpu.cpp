// SPDX-License-Identifier: Apache-2.0
// Features, configuration, the two queues, and how a picture reaches its display.
#include "virtio/device/gpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

using backend::Rect;

namespace {
/// Fields of the configuration space (5.7.4).
constexpr std::size_t kEventsRead = 0, kEventsClear = 4, kNumScanouts = 8, kNumCapsets = 12,
                      kBlobAlignment = 16, kConfigBytes = 20;
}  // namespace

Gpu::Gpu(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context), resources_(max_hostmem->bytes) {
  if (blob_alignment != 0 && (!blob || (blob_alignment & (blob_alignment - 1)) != 0))
    diagnostics().error(
        blob_alignment.where(),
        fmt::format("'blob_alignment' of {} is {}; expected a power of 2, and 'blob' "
                    "to be true",
                    label(), blob_alignment.value_text()));
  for (unsigned i = 0; i < scanouts; ++i) modes_[i] = {width, height};
  add_queue("controlq", queue_size);
  add_queue("cursorq", cursor_queue_size);
  if (display)
    display->on_size_wish(
        [this](unsigned scanout, unsigned w, unsigned h) { change_mode(scanout, w, h); });
}

// ---- features and configuration ------------------------------------------------------------

FeatureSet Gpu::device_features() const {
  FeatureSet features;
  features.set(kGpuEdid, edid);
  features.set(kGpuResourceUuid, resource_uuid);
  features.set(kGpuResourceBlob, blob);
  features.set(kGpuBlobAlignment, blob_alignment != 0);
  return features;
}

bool Gpu::accepts_features(const FeatureSet& chosen) const {
  return !chosen.has(kGpuBlobAlignment) || chosen.has(kGpuResourceBlob);
}

std::size_t Gpu::config_bytes() const {
  return blob_alignment != 0 ? kConfigBytes : kBlobAlignment;
}

void Gpu::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::uint8_t config[kConfigBytes]{};
  put_le32(config + kEventsRead, events_);
  put_le32(config + kNumScanouts, scanouts);
  put_le32(config + kNumCapsets, 0);
  put_le32(config + kBlobAlignment, static_cast<std::uint32_t>(blob_alignment.get()));
  std::memcpy(to, config + offset, bytes);
}

void Gpu::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  // Only events_clear takes anything; each of its bytes on its own.
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::size_t at = offset + i;
    if (at < kEventsClear || at >= kNumScanouts) continue;
    events_ &= ~(std::uint32_t{from[i]} << (8 * (at - kEventsClear)));
  }
}

bool Gpu::change_mode(unsigned scanout, unsigned w, unsigned h) {
  if (scanout >= scanouts || w > kMaxSize || h > kMaxSize || (w == 0) != (h == 0)) return false;
  modes_[scanout] = {w, h};
  events_ |= kGpuEventDisplay;
  config_changed();
  return true;
}

void Gpu::wish_for(unsigned scanout, unsigned w, unsigned h) {
  if (change_mode(scanout, w, h)) return;
  throw CommandError(
      fmt::format("scanout {} cannot be {} x {}; expected a scanout below {}, and a size up to {} "
                  "x {}, or 0 x 0",
                  scanout, w, h, scanouts.get(), kMaxSize, kMaxSize));
}

void Gpu::take_screenshot(const std::string& file, unsigned scanout) {
  if (scanout >= scanouts)
    throw CommandError(
        fmt::format("scanout is {}; expected a number below {}", scanout, scanouts.get()));
  write_png(file, display->picture(scanout));
}

// ---- life ----------------------------------------------------------------------------------

void Gpu::on_reset() {
  resources_.clear();
  events_ = 0;
  for (unsigned i = 0; i < scanouts; ++i) {
    disable(i);
    display->set_cursor(i, {});
  }
}

void Gpu::serve(unsigned index) {
  if (index == kControlQueue) return serve_control();
  serve_cursor();
}

void Gpu::serve_control() {
  while (ChainPtr chain = queue(kControlQueue).pop()) {
    Request request{*chain, 0, {}, 0};
    GpuType outcome = GpuType::ErrUnspec;
    if (chain->read(0, request.header.data(), request.header.size())) {
      request.type = get_le32(request.header.data());
      outcome = execute(request);
    }
    if (!chain->alive()) continue;
    ++commands;
    if (outcome >= GpuType::ErrUnspec) ++errors;
    const std::uint32_t written = answer(request, outcome);
    queue(kControlQueue).push(std::move(chain), written);
  }
}

void Gpu::serve_cursor() {
  while (ChainPtr chain = queue(kCursorQueue).pop()) {
    Request request{*chain, 0, {}, 0};
    GpuType outcome = GpuType::ErrUnspec;
    if (chain->read(0, request.header.data(), request.header.size())) {
      request.type = get_le32(request.header.data());
      outcome = update_cursor(request);
    }
    if (!chain->alive()) continue;
    if (outcome >= GpuType::ErrUnspec) ++errors;
    // Drivers leave no room for an answer here, and need none.
    const std::uint32_t written = answer(request, outcome);
    queue(kCursorQueue).push(std::move(chain), written);
  }
}

/// Writes the answer, and says how long it is. One without room for all of it becomes an error; one
/// without room for a header stays unsaid.
std::uint32_t Gpu::answer(Request& request, GpuType type) {
  if (type >= GpuType::ErrUnspec) request.reply_bytes = 0;
  const std::uint32_t room = request.chain.writable_bytes();
  if (room < kGpuHeaderBytes) return 0;
  if (room < kGpuHeaderBytes + request.reply_bytes) {
    type = GpuType::ErrInvalidParameter;
    request.reply_bytes = 0;
    ++errors;
  }
  std::array<std::uint8_t, kGpuHeaderBytes> header{};
  put_le32(&header[0], static_cast<std::uint32_t>(type));
  if (get_le32(&request.header[4]) & kGpuFlagFence) {
    put_le32(&header[4], kGpuFlagFence);
    std::copy_n(&request.header[8], 12, &header[8]);  // fence_id and ctx_id
  }
  if (!request.chain.write(0, header.data(), header.size())) return 0;
  if (request.reply_bytes != 0 &&
      !request.chain.write(kGpuHeaderBytes, reply_.data(), request.reply_bytes))
    return 0;
  return static_cast<std::uint32_t>(kGpuHeaderBytes + request.reply_bytes);
}

// ---- pictures ------------------------------------------------------------------------------

void Gpu::disable(unsigned scanout) {
  shown_[scanout] = {};
  display->set_size(scanout, 0, 0);
}

bool Gpu::displays_fit(unsigned scanout, const Rect& rect) const {
  std::uint64_t pixels = std::uint64_t{rect.width} * rect.height;
  for (unsigned i = 0; i < scanouts; ++i)
    if (i != scanout) pixels += std::uint64_t{shown_[i].rect.width} * shown_[i].rect.height;
  return pixels <= max_hostmem->bytes / kGpuPixelBytes;
}

/// Brings a part of a resource to a scanout that shows it. False if guest memory does not answer.
bool Gpu::show(unsigned scanout, const GpuResource& resource, const Rect& rect) {
  const Rect& window = shown_[scanout].rect;
  const Rect visible = backend::intersection(rect, window);
  if (visible.empty()) return true;
  ++flushes;
  if (resource.blob) return show_blob(scanout, resource, visible);
  const std::uint32_t* pixels =
      &resource.pixels[std::size_t{visible.y} * resource.width + visible.x];
  const Rect there{visible.x - window.x, visible.y - window.y, visible.width, visible.height};
  display->update(scanout, there, pixels, resource.width);
  return true;
}

bool Gpu::show_blob(unsigned scanout, const GpuResource& resource, const Rect& visible) {
  const Scanout shown = shown_[scanout];  // it may change while memory is read
  line_.resize(visible.width);
  for (std::uint32_t i = 0; i < visible.height; ++i) {
    const std::uint64_t offset = shown.offset + std::uint64_t{visible.y + i} * shown.stride +
                                 std::uint64_t{visible.x} * kGpuPixelBytes;
    if (!read_backing(resource, offset, line_.data(), line_.size() * kGpuPixelBytes)) return false;
    gpu_convert(shown.format, line_.data(), line_.size());
    if (shown_[scanout].resource != resource.id) return true;  // reset meanwhile
    const Rect there{visible.x - shown.rect.x, visible.y - shown.rect.y + i, visible.width, 1};
    display->update(scanout, there, line_.data(), line_.size());
  }
  return true;
}

bool Gpu::read_backing(const GpuResource& resource, std::uint64_t offset, void* to,
                       std::size_t bytes) {
  auto* at = static_cast<std::uint8_t*>(to);
  transferred += bytes;
  while (bytes != 0) {
    const auto piece = resource.backing ? resource.backing->at(offset) : std::nullopt;
    if (!piece) return false;
    const std::size_t part = std::min<std::uint64_t>(piece->bytes, bytes);
    if (!read_memory(kControlQueue, piece->address, at, part)) return false;
    at += part;
    offset += part;
    bytes -= part;
  }
  return true;
}

}  // namespace ringside::virtio
