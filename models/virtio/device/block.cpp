// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"

namespace ringside::virtio {

Block::Block(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  check_parameters();
  if (param.zoned != ZoneModel::None && backend) make_zones();
  for (unsigned i = 0; i < param.queues; ++i) {
    add_queue(param.queues == 1u ? "requestq" : "requestq" + std::to_string(i + 1),
              param.queue_size);
    bounce_.emplace_back(kBounceBytes);
  }
}

void Block::check_parameters() {
  const std::uint64_t block = param.block_size->bytes;
  const auto reject = [this](const ParamBase& wrong, const std::string& text) {
    diagnostics().error(wrong.where(), fmt::format("'{}' of {} {}", wrong.name(), label(), text));
  };
  if ((block & (block - 1)) != 0)
    reject(param.block_size,
           fmt::format("is {}; expected a power of 2", format_size(param.block_size)));
  if (param.serial->size() > kIdBytes)
    reject(param.serial,
           fmt::format("has {} characters; expected at most 20", param.serial->size()));
  if (param.size_max != 0u && param.size_max < kSectorBytes)
    reject(param.size_max, fmt::format("is {}; expected 0, or at least a sector of 512 bytes",
                                       param.size_max.get()));
}

void Block::make_zones() {
  ZoneLayout layout;
  layout.model = param.zoned;
  layout.zone_sectors = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(param.zone_size->bytes / kSectorBytes, 0xffffffff));
  layout.zone_capacity = param.zone_capacity->bytes == 0
                             ? layout.zone_sectors
                             : static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                   param.zone_capacity->bytes / kSectorBytes, 0xffffffff));
  layout.conventional = param.conventional_zones;
  layout.max_open = param.max_open_zones;
  layout.max_active = param.max_active_zones;
  layout.max_append_sectors = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(param.max_append->bytes / kSectorBytes, 0xffffffff));
  const Size& granularity =
      param.write_granularity->bytes == 0 ? param.block_size : param.write_granularity;
  layout.granularity = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(granularity.bytes / kSectorBytes, 0x7fffff));
  const std::uint64_t unit = std::max<std::uint64_t>(layout.granularity, 1);
  layout.capacity = backend->bytes() / kSectorBytes / unit * unit;
  const std::size_t errors = diagnostics().errors();
  check_zones(layout);
  if (diagnostics().errors() == errors) zones_ = std::make_unique<ZoneTable>(layout);
}

void Block::check_zones(const ZoneLayout& layout) {
  constexpr std::uint64_t kMostZones = 1 << 20;
  const auto reject = [this](const ParamBase& wrong, const std::string& expected) {
    diagnostics().error(wrong.where(), fmt::format("'{}' of {} is {}; expected {}", wrong.name(),
                                                   label(), wrong.value_text(), expected));
  };
  const std::uint64_t block = param.block_size->bytes;
  const std::uint64_t unit = std::max<std::uint64_t>(layout.granularity, 1) * kSectorBytes;
  if (param.write_granularity->bytes % block != 0)
    return reject(param.write_granularity, "a multiple of the block size");
  if (param.zone_size->bytes == 0 || param.zone_size->bytes % unit != 0 ||
      param.zone_size->bytes / kSectorBytes > 0xffffffff)
    return reject(param.zone_size, "a multiple of the write granularity below 2 TiB");
  if (param.zone_capacity->bytes > param.zone_size->bytes || param.zone_capacity->bytes % unit != 0)
    return reject(param.zone_capacity,
                  "a multiple of the write granularity, and no more than the zone's size");
  if (layout.capacity / layout.zone_sectors >= kMostZones)
    return reject(param.zone_size, "at most 1048576 zones on the disk");
  if (param.max_append->bytes % unit != 0)
    return reject(param.max_append, "a multiple of the write granularity");
  const std::uint64_t segments =
      param.size_max == 0u ? 0 : std::uint64_t{seg_max()} * param.size_max.get();
  if (segments != 0 && param.max_append->bytes > segments)
    return reject(param.max_append, "no more than 'seg_max' segments of 'size_max'");
  if (layout.max_active != 0 && layout.max_open > layout.max_active)
    return reject(param.max_open_zones, "no more than 'max_active_zones'");
  const std::uint64_t zones = (layout.capacity + layout.zone_sectors - 1) / layout.zone_sectors;
  for (const auto* list : {&param.read_only_zones, &param.offline_zones})
    for (unsigned zone : list->get())
      if (zone >= zones || zone < layout.conventional)
        return reject(*list, "numbers of sequential zones");
}

// ---- features (5.2.3)

FeatureSet Block::device_features() const {
  FeatureSet offered{kBlkSegMax, kBlkGeometry, kBlkBlkSize, kBlkTopology};
  const bool writable = backend && !backend->read_only();
  const bool managed = host_managed();  // its zones are emptied by a reset, and in no other way
  offered.set(kBlkSizeMax, param.size_max != 0u);
  offered.set(kBlkMq, param.queues > 1u);
  offered.set(kBlkRo, !writable);
  offered.set(kBlkFlush, param.flush);
  offered.set(kBlkConfigWce, param.flush && param.config_wce);
  offered.set(kBlkDiscard, param.discard && writable && !managed);
  offered.set(kBlkWriteZeroes, param.write_zeroes && writable && !managed);
  offered.set(kBlkSecureErase, param.secure_erase && writable);
  offered.set(kBlkLifetime, param.lifetime);
  offered.set(kBlkZoned, zones_ != nullptr);
  return offered;
}

FeatureSet Block::legacy_features(const FeatureSet& modern) const {
  return modern.without({kBlkZoned});
}

bool Block::accepts_features(const FeatureSet& chosen) const {
  // Who does not know of zones would write where a host-managed disk cannot be written (5.2.5.2).
  return !host_managed() || chosen.has(kBlkZoned);
}

// ---- configuration space (5.2.4)

std::uint64_t Block::capacity() const {
  if (zones_) return zones_->layout().capacity;
  const std::uint64_t block = param.block_size->bytes;
  return backend->bytes() / block * (block / kSectorBytes);
}

std::uint32_t Block::seg_max() const {
  // Header and status take two descriptors.
  return param.seg_max == 0u ? param.queue_size.get() - 2 : param.seg_max.get();
}

std::uint32_t Block::erase_alignment() const {
  return zones_ ? zones_->layout().zone_sectors
                : static_cast<std::uint32_t>(param.block_size->bytes / kSectorBytes);
}

BlockConfig Block::config() const {
  const FeatureSet offered = device_features();
  BlockConfig c{};
  c.capacity = capacity();
  c.size_max = param.size_max;
  c.seg_max = seg_max();
  // Geometry is a fiction that old partitioning tools ask for: 16 heads, 63 sectors.
  c.heads = 16;
  c.sectors_per_track = 63;
  c.cylinders = static_cast<std::uint16_t>(std::min<std::uint64_t>(c.capacity / (16 * 63), 65535));
  c.blk_size = static_cast<std::uint32_t>(param.block_size->bytes);
  c.physical_block_exp = static_cast<std::uint8_t>(param.physical_block_exp);
  c.alignment_offset = static_cast<std::uint8_t>(param.alignment_offset);
  c.min_io_size = static_cast<std::uint16_t>(param.min_io_blocks);
  c.opt_io_size = param.opt_io_blocks;
  if (offered.has(kBlkConfigWce)) c.writeback = writeback() ? 1 : 0;
  if (offered.has(kBlkMq)) c.num_queues = static_cast<std::uint16_t>(param.queues);
  const auto alignment = static_cast<std::uint32_t>(param.block_size->bytes / kSectorBytes);
  if (offered.has(kBlkDiscard)) {
    c.max_discard_sectors = kMaxRangeSectors;
    c.max_discard_seg = kMaxRanges;
    c.discard_sector_alignment = alignment;
  }
  if (offered.has(kBlkWriteZeroes)) {
    c.max_write_zeroes_sectors = kMaxRangeSectors;
    c.max_write_zeroes_seg = kMaxRanges;
    c.write_zeroes_may_unmap = backend->can_unmap() ? 1 : 0;
  }
  if (offered.has(kBlkSecureErase)) {
    c.max_secure_erase_sectors = std::max(kMaxRangeSectors, erase_alignment());
    c.max_secure_erase_sectors -= c.max_secure_erase_sectors % erase_alignment();
    c.max_secure_erase_seg = kMaxRanges;
    c.secure_erase_sector_alignment = erase_alignment();
  }
  // A driver that has settled without zones sees none (5.2.5.2).
  if (zones_ && (has(kBlkZoned) || features().empty())) {
    const ZoneLayout& layout = zones_->layout();
    c.zoned.zone_sectors = layout.zone_sectors;
    c.zoned.max_open_zones = layout.max_open;
    c.zoned.max_active_zones = layout.max_active;
    c.zoned.max_append_sectors = layout.max_append_sectors;
    c.zoned.write_granularity = layout.granularity * kSectorBytes;
    c.zoned.model = static_cast<std::uint8_t>(layout.model);
  }
  return c;
}

void Block::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  const BlockConfig c = config();
  std::memcpy(to, reinterpret_cast<const std::uint8_t*>(&c) + offset, bytes);
}

void Block::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  // Only `writeback` can be written, and only if the driver has taken the feature; legacy drivers
  // may before they have said so (5.2.5.3).
  constexpr std::size_t kWriteback = offsetof(BlockConfig, writeback);
  const bool allowed = legacy() ? device_features().has(kBlkConfigWce) : has(kBlkConfigWce);
  if (!allowed || offset > kWriteback || offset + bytes <= kWriteback) return;
  const bool was_on = writeback();
  chosen_writeback_ = from[kWriteback - offset] != 0;
  // What is cached now would otherwise stay so until a flush that may never come.
  if (was_on && !writeback()) backend->flush();
}

bool Block::resize(std::uint64_t bytes) {
  if (zones_ || !backend->resize(bytes)) return false;
  config_changed();
  return true;
}

void Block::resize_or_refuse(std::uint64_t bytes) {
  if (zones_) throw CommandError("a zoned disk keeps its size");
  if (bytes == 0 || bytes % kSectorBytes != 0)
    throw CommandError(fmt::format("{} is no capacity; expected a multiple of {} bytes",
                                   format_size({bytes}), kSectorBytes));
  if (!resize(bytes)) throw CommandError(backend->label() + " cannot be made that size");
}

void Block::change_image(const FilePath& path) {
  if (zones_) throw CommandError("the zones of a zoned disk belong to its image");
  if (!backend->read_only()) backend->flush();
  backend->change(path);
  config_changed();
}

// ---- the write cache (5.2.5.2, 5.2.6.2)

bool Block::writeback() const {
  if (chosen_writeback_) return *chosen_writeback_;
  // A driver that cannot flush starts with writes that are stable. The legacy interface must not
  // change the mode because of feature bits.
  if (!legacy() && has(kBlkConfigWce) && !has(kBlkFlush)) return false;
  return param.write_cache;
}

bool Block::must_write_through() const {
  if (has(kBlkFlush) || has(kBlkConfigWce)) return !writeback();
  return param.flush || !param.write_cache;
}

void Block::on_driver_ok() {
  if (zones_ && !write_pointers_known_) find_write_pointers();
}

void Block::on_reset() {
  chosen_writeback_.reset();
  if (zones_) zones_->close_all();
}

void Block::finish() {
  if (backend && !backend->read_only()) backend->flush();
}

}  // namespace ringside::virtio
