// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/block_zones.h"

#include <algorithm>

namespace ringside::virtio {

ZoneTable::ZoneTable(const ZoneLayout& layout) : layout_(layout) {
  zones_.resize((layout.capacity + layout.zone_sectors - 1) / layout.zone_sectors);
  for (std::uint32_t i = 0; i < std::min(layout.conventional, count()); ++i)
    zones_[i].state = ZoneState::NotWritePointer;
}

std::uint32_t ZoneTable::index_of(std::uint64_t sector) const {
  return static_cast<std::uint32_t>(sector / layout_.zone_sectors);
}

std::uint64_t ZoneTable::start_of(std::uint32_t zone) const {
  return std::uint64_t{zone} * layout_.zone_sectors;
}

std::uint64_t ZoneTable::end_of(std::uint32_t zone) const {
  return std::min(start_of(zone) + layout_.zone_sectors, layout_.capacity);
}

std::uint32_t ZoneTable::capacity_of(std::uint32_t zone) const {
  const auto size = static_cast<std::uint32_t>(end_of(zone) - start_of(zone));
  return type_of(zone) == ZoneType::Conventional ? size : std::min(size, layout_.zone_capacity);
}

ZoneType ZoneTable::type_of(std::uint32_t zone) const {
  if (zone < layout_.conventional) return ZoneType::Conventional;
  return layout_.model == ZoneModel::HostManaged ? ZoneType::SequentialRequired
                                                 : ZoneType::SequentialPreferred;
}

ZoneDescriptor ZoneTable::describe(std::uint32_t zone) const {
  ZoneDescriptor d{};
  d.z_cap = capacity_of(zone);
  d.z_start = start_of(zone);
  d.z_wp = start_of(zone) + zones_[zone].written;
  d.z_type = static_cast<std::uint8_t>(type_of(zone));
  d.z_state = static_cast<std::uint8_t>(zones_[zone].state);
  return d;
}

// ---- states and resources

bool ZoneTable::is_open(ZoneState state) {
  return state == ZoneState::ImplicitlyOpen || state == ZoneState::ExplicitlyOpen;
}

bool ZoneTable::is_active(ZoneState state) {
  return is_open(state) || state == ZoneState::Closed;
}

void ZoneTable::set_state(std::uint32_t index, ZoneState state) {
  Zone& zone = zones_[index];
  if (is_open(zone.state)) --open_;
  if (is_active(zone.state)) --active_;
  if (zone.state == ZoneState::ImplicitlyOpen) implicitly_open_.erase(index);
  zone.state = state;
  if (is_open(state)) ++open_;
  if (is_active(state)) ++active_;
  if (state == ZoneState::ImplicitlyOpen) implicitly_open_.insert(index);
}

void ZoneTable::shut(std::uint32_t zone) {
  set_state(zone, zones_[zone].written == 0 ? ZoneState::Empty : ZoneState::Closed);
}

BlockStatus ZoneTable::make_open(std::uint32_t zone, ZoneState open) {
  const ZoneState now = zones_[zone].state;
  if (!is_open(now)) {
    // If both limits are reached, this one is the answer.
    if (!is_active(now) && layout_.max_active != 0 && active_ >= layout_.max_active)
      return BlockStatus::ZoneActiveResource;
    if (layout_.max_open != 0 && open_ >= layout_.max_open) {
      if (implicitly_open_.empty()) return BlockStatus::ZoneOpenResource;
      shut(*implicitly_open_.begin());
    }
  }
  set_state(zone, open);
  return BlockStatus::Ok;
}

void ZoneTable::advance(std::uint32_t zone, std::uint32_t written) {
  zones_[zone].written = std::max(zones_[zone].written, written);
  if (zones_[zone].written == capacity_of(zone)) set_state(zone, ZoneState::Full);
}

// ---- data

bool ZoneTable::spans_zones(std::uint64_t sector, std::uint64_t sectors) const {
  return index_of(sector) != index_of(sector + sectors - 1);
}

BlockStatus ZoneTable::check_read(std::uint64_t sector, std::uint64_t sectors) const {
  if (sectors == 0) return BlockStatus::Ok;
  const std::uint32_t last = index_of(sector + sectors - 1);
  // Conventional zones come first, so the last one tells whether one that must be kept to is met.
  if (type_of(last) == ZoneType::SequentialRequired && spans_zones(sector, sectors))
    return BlockStatus::ZoneInvalidCommand;
  for (std::uint32_t zone = index_of(sector); zone <= last; ++zone)
    if (zones_[zone].state == ZoneState::Offline) return BlockStatus::ZoneInvalidCommand;
  return BlockStatus::Ok;
}

std::uint64_t ZoneTable::written_from(std::uint64_t sector) const {
  const std::uint32_t zone = index_of(sector);
  if (type_of(zone) != ZoneType::SequentialRequired) return end_of(zone) - sector;
  const std::uint64_t end = start_of(zone) + zones_[zone].written;
  return end > sector ? end - sector : 0;
}

BlockStatus ZoneTable::write_required(std::uint32_t zone, std::uint64_t sector,
                                      std::uint64_t sectors) {
  const ZoneState state = zones_[zone].state;
  const std::uint64_t offset = sector - start_of(zone);
  const bool writable =
      state != ZoneState::ReadOnly && state != ZoneState::Offline && state != ZoneState::Full;
  if (!writable || offset + sectors > capacity_of(zone)) return BlockStatus::ZoneInvalidCommand;
  if (offset != zones_[zone].written || (sector + sectors) % layout_.granularity != 0)
    return BlockStatus::ZoneUnalignedWritePointer;
  if (!is_open(state)) {
    const BlockStatus status = make_open(zone, ZoneState::ImplicitlyOpen);
    if (status != BlockStatus::Ok) return status;
  }
  advance(zone, static_cast<std::uint32_t>(offset + sectors));
  return BlockStatus::Ok;
}

BlockStatus ZoneTable::write_preferred(std::uint64_t sector, std::uint64_t sectors) {
  const std::uint32_t first = index_of(sector);
  const std::uint32_t last = index_of(sector + sectors - 1);
  const std::uint64_t end = sector + sectors;
  for (std::uint32_t zone = first; zone <= last; ++zone) {
    const ZoneState state = zones_[zone].state;
    if (state == ZoneState::Offline || state == ZoneState::ReadOnly ||
        std::min(end, end_of(zone)) > start_of(zone) + capacity_of(zone))
      return BlockStatus::ZoneInvalidCommand;
  }
  for (std::uint32_t zone = first; zone <= last; ++zone) {
    const ZoneState state = zones_[zone].state;
    if (state == ZoneState::NotWritePointer || state == ZoneState::Full) continue;
    if (!is_open(state)) {
      const BlockStatus status = make_open(zone, ZoneState::ImplicitlyOpen);
      if (status != BlockStatus::Ok) return status;
    }
    advance(zone, static_cast<std::uint32_t>(std::min(end, end_of(zone)) - start_of(zone)));
  }
  return BlockStatus::Ok;
}

BlockStatus ZoneTable::begin_write(std::uint64_t sector, std::uint64_t sectors) {
  if (sectors == 0) return BlockStatus::Ok;
  const std::uint32_t last = index_of(sector + sectors - 1);
  if (type_of(last) != ZoneType::SequentialRequired) return write_preferred(sector, sectors);
  if (spans_zones(sector, sectors)) return BlockStatus::ZoneInvalidCommand;
  return write_required(last, sector, sectors);
}

BlockStatus ZoneTable::begin_append(std::uint64_t zone_sector, std::uint64_t sectors,
                                    std::uint64_t& where) {
  if (zone_sector >= layout_.capacity) return BlockStatus::ZoneInvalidCommand;
  const std::uint32_t zone = index_of(zone_sector);
  if (type_of(zone) != ZoneType::SequentialRequired) return BlockStatus::ZoneInvalidCommand;
  if (sectors > layout_.max_append_sectors)
    return layout_.max_append_sectors == 0 ? BlockStatus::Unsupported
                                           : BlockStatus::ZoneInvalidCommand;
  if (zone_sector != start_of(zone)) return BlockStatus::ZoneInvalidCommand;
  where = zone_sector + zones_[zone].written;
  if (sectors != 0) return write_required(zone, where, sectors);
  return zones_[zone].state == ZoneState::Offline || zones_[zone].state == ZoneState::ReadOnly
             ? BlockStatus::ZoneInvalidCommand
             : BlockStatus::Ok;
}

void ZoneTable::write_failed(std::uint64_t sector, std::uint64_t sectors) {
  if (sectors == 0) return;
  const std::uint32_t zone = index_of(sector);
  const std::uint64_t offset = sector - start_of(zone);
  if (type_of(zone) != ZoneType::SequentialRequired || zones_[zone].written != offset + sectors)
    return;
  zones_[zone].written = static_cast<std::uint32_t>(offset);
  if (zones_[zone].state == ZoneState::Full || offset == 0) shut(zone);
}

void ZoneTable::written_blindly(std::uint64_t sector, std::uint64_t sectors) {
  if (sectors == 0) return;
  for (std::uint32_t zone = index_of(sector); zone <= index_of(sector + sectors - 1); ++zone) {
    if (zones_[zone].state == ZoneState::NotWritePointer) continue;
    zones_[zone].written = capacity_of(zone);
    set_state(zone, ZoneState::Full);
  }
}

// ---- management

bool ZoneTable::named(std::uint64_t sector, std::uint32_t& zone) const {
  if (sector >= layout_.capacity || sector % layout_.zone_sectors != 0) return false;
  zone = index_of(sector);
  return type_of(zone) != ZoneType::Conventional;
}

BlockStatus ZoneTable::open(std::uint64_t sector) {
  std::uint32_t zone = 0;
  if (!named(sector, zone)) return BlockStatus::ZoneInvalidCommand;
  const ZoneState state = zones_[zone].state;
  if (state != ZoneState::Empty && !is_active(state)) return BlockStatus::ZoneInvalidCommand;
  return make_open(zone, ZoneState::ExplicitlyOpen);
}

BlockStatus ZoneTable::close(std::uint64_t sector) {
  std::uint32_t zone = 0;
  if (!named(sector, zone) || !is_active(zones_[zone].state))
    return BlockStatus::ZoneInvalidCommand;
  shut(zone);
  return BlockStatus::Ok;
}

BlockStatus ZoneTable::finish(std::uint64_t sector) {
  std::uint32_t zone = 0;
  if (!named(sector, zone)) return BlockStatus::ZoneInvalidCommand;
  const ZoneState state = zones_[zone].state;
  if (state == ZoneState::ReadOnly || state == ZoneState::Offline)
    return BlockStatus::ZoneInvalidCommand;
  set_state(zone, ZoneState::Full);
  return BlockStatus::Ok;
}

BlockStatus ZoneTable::check_reset(std::uint64_t sector) const {
  std::uint32_t zone = 0;
  if (!named(sector, zone)) return BlockStatus::ZoneInvalidCommand;
  const ZoneState state = zones_[zone].state;
  return state == ZoneState::ReadOnly || state == ZoneState::Offline
             ? BlockStatus::ZoneInvalidCommand
             : BlockStatus::Ok;
}

BlockStatus ZoneTable::reset(std::uint64_t sector) {
  const BlockStatus status = check_reset(sector);
  if (status != BlockStatus::Ok) return status;
  const std::uint32_t zone = index_of(sector);
  zones_[zone].written = 0;
  set_state(zone, ZoneState::Empty);
  return BlockStatus::Ok;
}

bool ZoneTable::resets_with_all(std::uint32_t zone) const {
  return is_active(zones_[zone].state) || zones_[zone].state == ZoneState::Full;
}

// ---- life of the device

void ZoneTable::close_all() {
  for (std::uint32_t zone = 0; zone < count(); ++zone)
    if (is_open(zones_[zone].state)) shut(zone);
}

void ZoneTable::set_written(std::uint32_t zone, std::uint32_t sectors) {
  zones_[zone].written = sectors;
  const bool no_room = layout_.max_active != 0 && active_ >= layout_.max_active;
  if (sectors == 0)
    set_state(zone, ZoneState::Empty);
  else if (sectors == capacity_of(zone) || no_room)
    set_state(zone, ZoneState::Full);
  else
    set_state(zone, ZoneState::Closed);
}

}  // namespace ringside::virtio
