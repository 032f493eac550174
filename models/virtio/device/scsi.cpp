// SPDX-License-Identifier: Apache-2.0
// Features, configuration, and which unit a request is for.
#include "virtio/device/scsi.h"

#include <fmt/format.h>

#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

namespace {
/// Fields of the configuration space (5.6.4).
constexpr std::size_t kNumQueues = 0, kSegMax = 4, kMaxSectors = 8, kCmdPerLun = 12,
                      kEventInfoSize = 16, kSenseSize = 20, kCdbSize = 24, kMaxTarget = 30,
                      kMaxLun = 32;
// What drivers may choose; beyond it, their writes are ignored.
constexpr std::uint32_t kLargestSense = 65536, kLargestCdb = 260;  // SPC-4: CDBs have up to 260
}  // namespace

Scsi::Scsi(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_queue("controlq", queue_size);
  add_queue("eventq", queue_size);
  for (unsigned i = 0; i < queues; ++i) add_queue(fmt::format("requestq{}", i), queue_size);
  check_units();
}

void Scsi::check_units() {
  for (scsi::LogicalUnit* unit : luns) {
    const std::pair<unsigned, unsigned> place{unit->target, unit->lun};
    const auto [found, is_new] = units_.emplace(place, unit);
    if (!is_new)
      diagnostics().error(
          unit->node().where(),
          fmt::format("{} is target {}, LUN {}, and so is {}; expected each unit "
                      "to have a place of its own",
                      unit->label(), place.first, place.second, found->second->label()));
    if (unit->target > max_target)
      diagnostics().error(unit->node().where(),
                          fmt::format("{} is target {}, which no driver finds; expected one up to "
                                      "'max_target', {}",
                                      unit->label(), place.first, max_target.get()));
    unit->set_lun_list([this, target = place.first] { return lun_list(target); });
    unit->set_listener([this](scsi::LogicalUnit& which, scsi::LogicalUnit::Event what,
                              const scsi::Sense& why) { unit_event(which, what, why); });
  }
}

FeatureSet Scsi::device_features() const {
  FeatureSet features;
  features.set(kScsiInOut, inout);
  features.set(kScsiHotplug, hotplug);
  features.set(kScsiT10Pi, t10_pi.get() != PiLayout::Off);
  features.set(kScsiChange, param_change);
  return features;
}

// ---- configuration -------------------------------------------------------------------------

void Scsi::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::uint8_t config[kConfigBytes]{};
  put_le32(config + kNumQueues, queues);
  put_le32(config + kSegMax, queue_size - 2);  // request and response have a descriptor each
  put_le32(config + kMaxSectors, max_sectors);
  put_le32(config + kCmdPerLun, cmd_per_lun);
  put_le32(config + kEventInfoSize, kScsiEventBytes);
  put_le32(config + kSenseSize, sense_size_);
  put_le32(config + kCdbSize, cdb_size_);
  put_le16(config + kMaxTarget, static_cast<std::uint16_t>(max_target));
  put_le32(config + kMaxLun, scsi::LogicalUnit::kMaxLun);
  std::memcpy(to, config + offset, bytes);
}

void Scsi::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  std::uint8_t fields[8];  // sense_size and cdb_size, which are neighbours
  put_le32(fields, sense_size_);
  put_le32(fields + 4, cdb_size_);
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::size_t at = offset + i;
    if (at >= kSenseSize && at < kSenseSize + sizeof fields) fields[at - kSenseSize] = from[i];
  }
  const std::uint32_t sense = get_le32(fields), cdb = get_le32(fields + 4);
  if (sense <= kLargestSense) sense_size_ = sense;
  if (cdb <= kLargestCdb) cdb_size_ = cdb;
}

void Scsi::on_reset() {
  sense_size_ = kScsiStandardSense;
  cdb_size_ = kScsiStandardCdb;
  events_.clear();
  events_missed_ = false;
  subscribed_.clear();
  task_ended_.notify(sc_core::SC_ZERO_TIME);
}

void Scsi::serve(unsigned index) {
  if (index == kControlQueue) return serve_control();
  if (index == kEventQueue) return serve_events();
  serve_requests(index);
}

// ---- addresses -----------------------------------------------------------------------------

scsi::LogicalUnit* Scsi::unit_at(unsigned target, unsigned lun) const {
  const auto found = units_.find({target, lun});
  return found != units_.end() && found->second->plugged() ? found->second : nullptr;
}

bool Scsi::target_exists(unsigned target) const {
  for (auto at = units_.lower_bound({target, 0}); at != units_.end(); ++at) {
    if (at->first.first != target) return false;
    if (at->second->plugged()) return true;
  }
  return false;
}

Scsi::Address Scsi::address_of(const LunField& lun) const {
  static constexpr LunField kReportLunsUnit{0xc1, 0x01};
  if (lun == kReportLunsUnit) return {Address::ReportLuns, nullptr, 0};
  const bool rest_is_zero = lun[4] == 0 && lun[5] == 0 && lun[6] == 0 && lun[7] == 0;
  const unsigned method = lun[2] >> 6;  // SAM-5, 4.7.7: peripheral device or flat space
  if (lun[0] != 1 || !rest_is_zero || method > 1) return {};
  const unsigned target = lun[1], number = (lun[2] & 0x3fu) << 8 | lun[3];
  if (scsi::LogicalUnit* unit = unit_at(target, number)) return {Address::Unit, unit, target};
  return {target_exists(target) ? Address::MissingLun : Address::Nowhere, nullptr, target};
}

Scsi::LunField Scsi::lun_field(const scsi::LogicalUnit& unit) {
  const unsigned number = unit.lun;
  // Drivers recognise events by the flat form for all numbers.
  return {1, static_cast<std::uint8_t>(unit.target), static_cast<std::uint8_t>(0x40 | number >> 8),
          static_cast<std::uint8_t>(number)};
}

std::vector<std::uint8_t> Scsi::lun_list(unsigned target) const {
  std::vector<std::uint8_t> list;
  const auto add = [&](unsigned number) {
    const auto high = static_cast<std::uint8_t>(number < 256 ? 0 : 0x40 | number >> 8);
    list.insert(list.end(), {high, static_cast<std::uint8_t>(number), 0, 0, 0, 0, 0, 0});
  };
  if (!unit_at(target, 0)) add(0);  // always listed: it answers at least INQUIRY (SPC-4, 6.33)
  for (const auto& [place, unit] : units_)
    if (place.first == target && unit->plugged()) add(place.second);
  return list;
}

}  // namespace ringside::virtio
