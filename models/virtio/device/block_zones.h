// SPDX-License-Identifier: Apache-2.0
// The zones of a zoned block device: their states, write pointers and resources (virtio 1.4,
// 5.2.6). Knows no requests and no contents.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "virtio/device/block_protocol.h"

namespace ringside::virtio {

/// How a disk is cut into zones. Sectors have 512 bytes.
struct ZoneLayout {
  ZoneModel model = ZoneModel::None;
  std::uint64_t capacity = 0;       ///< of the disk, in sectors
  std::uint32_t zone_sectors = 0;   ///< the last zone may be smaller
  std::uint32_t zone_capacity = 0;  ///< sectors of a zone that can be written
  std::uint32_t conventional = 0;   ///< zones at the start without a write pointer
  std::uint32_t max_open = 0;       ///< 0: no limit
  std::uint32_t max_active = 0;     ///< 0: no limit
  std::uint32_t max_append_sectors = 0;
  std::uint32_t granularity = 1;  ///< of writes, in sectors
};

/// Ranges that are passed in lie inside the disk.
///
/// A write takes its place when it begins, so that several queues can fill one zone at the same
/// time; it is given back if the write fails and nothing followed it.
///
/// Where the specification's list of transitions is narrower than the standards it follows (ZBC,
/// ZNS), this does as they do: empty and closed zones can be finished.
class ZoneTable {
 public:
  explicit ZoneTable(const ZoneLayout& layout);

  const ZoneLayout& layout() const { return layout_; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(zones_.size()); }
  std::uint32_t index_of(std::uint64_t sector) const;
  std::uint64_t start_of(std::uint32_t zone) const;
  /// First sector behind the zone.
  std::uint64_t end_of(std::uint32_t zone) const;
  std::uint32_t capacity_of(std::uint32_t zone) const;
  ZoneType type_of(std::uint32_t zone) const;
  ZoneState state_of(std::uint32_t zone) const { return zones_[zone].state; }
  ZoneDescriptor describe(std::uint32_t zone) const;
  std::uint32_t open_zones() const { return open_; }
  std::uint32_t active_zones() const { return active_; }

  // -- data
  /// `sectors` sectors are to be read; a request without any is always fine.
  BlockStatus check_read(std::uint64_t sector, std::uint64_t sectors) const;
  /// How many of the sectors from there on hold data; zones with a write pointer that must be
  /// heeded have none behind it. Not past the end of the zone.
  std::uint64_t written_from(std::uint64_t sector) const;
  BlockStatus begin_write(std::uint64_t sector, std::uint64_t sectors);
  /// `where` is set to the place of the data.
  BlockStatus begin_append(std::uint64_t zone_sector, std::uint64_t sectors, std::uint64_t& where);
  void write_failed(std::uint64_t sector, std::uint64_t sectors);
  /// A driver that does not know of zones has written: a host-aware device lets it.
  void written_blindly(std::uint64_t sector, std::uint64_t sectors);

  // -- management; `sector` is a zone's first one
  BlockStatus open(std::uint64_t sector);
  BlockStatus close(std::uint64_t sector);
  BlockStatus finish(std::uint64_t sector);
  /// Whether reset() would succeed; contents have to be cleared in between.
  BlockStatus check_reset(std::uint64_t sector) const;
  BlockStatus reset(std::uint64_t sector);
  /// True for the zones that VIRTIO_BLK_T_ZONE_RESET_ALL resets.
  bool resets_with_all(std::uint32_t zone) const;

  // -- life of the device
  /// The driver or the platform resets the device: open zones are closed, contents stay.
  void close_all();
  /// At power-on: what the zone holds already. More closed zones than can be active become full.
  void set_written(std::uint32_t zone, std::uint32_t sectors);
  /// A failure of the medium.
  void set_failed(std::uint32_t zone, ZoneState state) { set_state(zone, state); }

 private:
  struct Zone {
    std::uint32_t written = 0;  // the write pointer, relative to the start of the zone
    ZoneState state = ZoneState::Empty;
  };

  static bool is_open(ZoneState state);
  static bool is_active(ZoneState state);
  bool spans_zones(std::uint64_t sector, std::uint64_t sectors) const;
  void set_state(std::uint32_t zone, ZoneState state);
  /// Closed, or empty if nothing was written.
  void shut(std::uint32_t zone);
  BlockStatus make_open(std::uint32_t zone, ZoneState open);
  void advance(std::uint32_t zone, std::uint32_t written);
  BlockStatus write_required(std::uint32_t zone, std::uint64_t sector, std::uint64_t sectors);
  BlockStatus write_preferred(std::uint64_t sector, std::uint64_t sectors);
  /// The zone that a management request names; false if there is none, or not of the right type.
  bool named(std::uint64_t sector, std::uint32_t& zone) const;

  ZoneLayout layout_;
  std::vector<Zone> zones_;
  std::set<std::uint32_t> implicitly_open_;
  std::uint32_t open_ = 0;
  std::uint32_t active_ = 0;
};

}  // namespace ringside::virtio
