// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/mem.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "kit/platform.h"
#include "virtio/device/bytes.h"
#include "virtio/device/named_memory.h"

namespace ringside::virtio {

Mem::Mem(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context), block_bytes_(block_size->bytes) {
  add_queue("guest-request", queue_size);
  if ((block_bytes_ & (block_bytes_ - 1)) != 0)
    throw ConfigError(block_size.where(),
                      fmt::format("'block_size' of {} is {}; expected a power of 2", label(),
                                  block_size.value_text()));
}

void Mem::resolve() {
  region_ = named_memory(*this, memory);
  if (!region_) return;
  const std::string problem = problem_with_memory();
  if (!problem.empty()) {
    diagnostics().error(memory.where(), fmt::format("'memory' of {}: {}", label(), problem));
    return;
  }
  plugged_.assign(region_->region_bytes() / block_bytes_, false);
  region_->divide(block_bytes_, MemoryAccess::None);
  requested_ = initial_request->bytes;
  if (requested_ % block_bytes_ != 0 || requested_ > region_size())
    diagnostics().error(
        initial_request.where(),
        fmt::format("'requested_size' of {} is {}; expected a multiple of {} up to {}", label(),
                    initial_request.value_text(), format_size(block_size),
                    format_size(Size{region_size()})));
}

std::string Mem::problem_with_memory() const {
  const std::uint64_t bytes = region_->region_bytes();
  if (region_->persistent()) return "it has an image; expected memory without contents of its own";
  if (region_->region_base() % block_bytes_ != 0 || bytes % block_bytes_ != 0)
    return fmt::format("it has {} at {}; expected both to be multiples of 'block_size', {}",
                       format_size(Size{bytes}), format_hex(region_->region_base()),
                       format_size(block_size));
  if (bytes / block_bytes_ > kMaxBlocks)
    return fmt::format("it has {} blocks of {}; expected at most {}", bytes / block_bytes_,
                       format_size(block_size), kMaxBlocks);
  return "";
}

// ---- what the driver is told (5.15.3, 5.15.4) --------------------------------------------------

FeatureSet Mem::device_features() const {
  FeatureSet features;
  features.set(kMemAcpiPxm, node_id.given());
  features.set(kMemUnpluggedInaccessible, unplugged_inaccessible);
  features.set(kMemPersistentSuspend, persistent_suspend);
  return features;
}

void Mem::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::array<std::uint8_t, kConfigBytes> fields{};
  put_le64(&fields[0], block_bytes_);
  put_le16(&fields[8], node_id);
  put_le64(&fields[16], region_ ? region_->region_base() : 0);
  put_le64(&fields[24], region_size());
  put_le64(&fields[32], usable_);
  put_le64(&fields[40], plugged_size());
  put_le64(&fields[48], requested_);
  std::memcpy(to, fields.data() + offset, bytes);
}

/// A driver can't always use the first blocks, so the usable region is larger than what it shall
/// plug.
std::uint64_t Mem::usable_for(std::uint64_t requested) const {
  if (requested == 0) return 0;
  const std::uint64_t extra =
      (usable_extra->bytes + block_bytes_ - 1) / block_bytes_ * block_bytes_;
  return requested + std::min(extra, region_size() - requested);
}

void Mem::request(Size size) {
  if (size.bytes % block_bytes_ != 0)
    throw CommandError(fmt::format("{} is no multiple of the block size, {}", format_size(size),
                                   format_size(block_size)));
  if (size.bytes > region_size())
    throw CommandError(fmt::format("{} is more than the region has, {}", format_size(size),
                                   format_size(Size{region_size()})));
  if (size.bytes == requested_) return;
  requested_ = size.bytes;
  const std::uint64_t before = usable_;
  usable_ = std::max(usable_, usable_for(requested_));
  show({before / block_bytes_, (usable_ - before) / block_bytes_});
  config_changed();
}

Json Mem::sizes_json() const {
  return {{"requested", requested_},
          {"plugged", plugged_size()},
          {"usable", usable_},
          {"region", region_size()}};
}

// ---- life (5.15.5) -----------------------------------------------------------------------------

void Mem::on_driver_ok() {
  unplugged_readable_ = !has(kMemUnpluggedInaccessible);
  if (unplugged_readable_) show({0, usable_ / block_bytes_});
}

void Mem::on_reset() {
  // Blocks stay as they are; only what a driver may see of unplugged ones ends with it.
  if (!std::exchange(unplugged_readable_, false)) return;
  show({0, usable_ / block_bytes_});
}

void Mem::reset() {
  VirtioDevice::reset();
  unplug_all();
}

// ---- requests (5.15.6) -------------------------------------------------------------------------

void Mem::serve(unsigned index) {
  while (ChainPtr chain = queue(index).pop()) {
    if (chain->readable_bytes() < kRequestBytes || chain->writable_bytes() < kResponseBytes) {
      needs_reset(fmt::format("a request of {} bytes with room for {}; expected {} and {}",
                              chain->readable_bytes(), chain->writable_bytes(), kRequestBytes,
                              kResponseBytes));
      return;
    }
    std::uint8_t request[kRequestBytes];
    if (!chain->read(0, request, sizeof request)) continue;
    MemState state{};
    const MemResponse response = handle(request, state);
    if (response != MemResponse::Ack) ++rejected;
    std::uint8_t answer[kResponseBytes] = {};
    put_le16(&answer[0], static_cast<std::uint16_t>(response));
    put_le16(&answer[8], static_cast<std::uint16_t>(state));
    if (!chain->write(0, answer, sizeof answer)) continue;
    queue(index).push(std::move(chain), sizeof answer);
  }
}

MemResponse Mem::handle(const std::uint8_t* request, MemState& state) {
  const auto type = static_cast<MemRequest>(get_le16(request));
  if (type == MemRequest::UnplugAll) {
    unplug_all();
    return MemResponse::Ack;
  }
  Blocks blocks{};
  if (!valid(get_le64(request + 8), get_le16(request + 16), blocks)) return MemResponse::Error;
  switch (type) {
    case MemRequest::Plug:
      return plug(blocks);
    case MemRequest::Unplug:
      return unplug(blocks);
    case MemRequest::State: {
      const std::uint64_t plugged = plugged_among(blocks);
      state = plugged == 0              ? MemState::Unplugged
              : plugged == blocks.count ? MemState::Plugged
                                        : MemState::Mixed;
      return MemResponse::Ack;
    }
    default:
      return MemResponse::Error;
  }
}

bool Mem::valid(std::uint64_t address, std::uint64_t count, Blocks& blocks) const {
  const std::uint64_t offset = address - region_->region_base();
  blocks = {offset / block_bytes_, count};
  return address % block_bytes_ == 0 && count != 0 && offset < usable_ &&
         count <= (usable_ - offset) / block_bytes_;
}

std::uint64_t Mem::plugged_among(const Blocks& blocks) const {
  const auto first = plugged_.begin() + static_cast<std::ptrdiff_t>(blocks.first);
  return static_cast<std::uint64_t>(
      std::count(first, first + static_cast<std::ptrdiff_t>(blocks.count), true));
}

MemResponse Mem::plug(const Blocks& blocks) {
  if (plugged_among(blocks) != 0) return MemResponse::Error;
  // More than was asked for (5.15): the driver shall not have it.
  if (plugged_size() + blocks.count * block_bytes_ > requested_) return MemResponse::Nack;
  std::fill_n(plugged_.begin() + static_cast<std::ptrdiff_t>(blocks.first), blocks.count, true);
  plugged_blocks_ += blocks.count;
  blocks_plugged += blocks.count;
  show(blocks);  // the host gives pages as they are touched
  return MemResponse::Ack;
}

MemResponse Mem::unplug(const Blocks& blocks) {
  if (plugged_among(blocks) != blocks.count) return MemResponse::Error;
  forget(blocks);
  return MemResponse::Ack;
}

void Mem::unplug_all() {
  for (std::uint64_t at = 0; at < plugged_.size() && plugged_blocks_ != 0; ++at) {
    std::uint64_t end = at;
    while (end < plugged_.size() && plugged_[end]) ++end;
    if (end != at) forget({at, end - at});
    at = end;
  }
  const std::uint64_t before = usable_;
  usable_ = usable_for(requested_);
  const std::uint64_t reach = std::max(before, usable_);
  show({0, reach / block_bytes_});
}

/// Plugged blocks become unplugged, and their memory the host's.
void Mem::forget(const Blocks& blocks) {
  region_->discard(blocks.first * block_bytes_, blocks.count * block_bytes_);
  std::fill_n(plugged_.begin() + static_cast<std::ptrdiff_t>(blocks.first), blocks.count, false);
  plugged_blocks_ -= blocks.count;
  blocks_unplugged += blocks.count;
  show(blocks);
}

/// Gives the access that these blocks shall have now.
void Mem::show(const Blocks& blocks) {
  const auto access_of = [this](std::uint64_t block) {
    if (plugged_[block]) return MemoryAccess::All;
    const bool readable = unplugged_readable_ && block < usable_ / block_bytes_;
    return readable ? MemoryAccess::Read : MemoryAccess::None;
  };
  const std::uint64_t end = blocks.first + blocks.count;
  for (std::uint64_t first = blocks.first; first < end;) {
    const MemoryAccess access = access_of(first);
    std::uint64_t last = first + 1;
    while (last < end && access_of(last) == access) ++last;
    region_->set_access(first * block_bytes_, (last - first) * block_bytes_, access);
    first = last;
  }
}

}  // namespace ringside::virtio
