// SPDX-License-Identifier: Apache-2.0
// The SCSI host device (virtio 1.4, section 5.6): carries commands to logical units (models/scsi)
// and tells the driver what happens to them.
//
//   type: virtio-scsi
//   luns:
//     root: {type: scsi-disk, target: 0, backend: {type: file, path: disk.img}}
//     cd: {type: scsi-cd, target: 1, backend: {type: file, path: cd.iso, read_only: true}}
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "scsi/logical_unit.h"
#include "virtio/core/device.h"
#include "virtio/device/scsi_protocol.h"

namespace ringside::virtio {

class Scsi final : public VirtioDevice {
 public:
  Scsi(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Scsi; }
  std::uint32_t class_code() const override { return 0x010000; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override { return kConfigBytes; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_reset() override;

  Param<unsigned> queues{this, "queues", 1, Range<unsigned>{1, 256}, "request queues"};
  Param<unsigned> queue_size{this, "queue_size", 256, Range<unsigned>{3, 32768},
                             "largest size of each queue"};
  Param<unsigned> max_sectors{this, "max_sectors", 0xffff, Range<unsigned>{1, 0xffffffff},
                              "largest transfer, in sectors of 512 bytes: a hint for the driver"};
  Param<unsigned> cmd_per_lun{this, "cmd_per_lun", 128, Range<unsigned>{1, 32768},
                              "most commands for one unit at a time"};
  Param<unsigned> max_target{this, "max_target", scsi::LogicalUnit::kMaxTarget,
                             Range<unsigned>{0, scsi::LogicalUnit::kMaxTarget},
                             "the last target that a driver looks for"};
  Param<bool> inout{this, "inout", false, "offer VIRTIO_SCSI_F_INOUT"};
  Param<bool> hotplug{this, "hotplug", true, "offer VIRTIO_SCSI_F_HOTPLUG"};
  Param<bool> param_change{this, "param_change", true, "offer VIRTIO_SCSI_F_CHANGE"};
  enum class PiLayout { Off, Specification, Linux };
  Choice<PiLayout> t10_pi{this,
                          "t10_pi",
                          {{"off", PiLayout::Off},
                           {"specification", PiLayout::Specification},
                           {"linux", PiLayout::Linux}},
                          PiLayout::Off,
                          "offer VIRTIO_SCSI_F_T10_PI, with the lengths of the protection "
                          "information behind the CDB (5.6.6.1) or, as Linux has them, before it"};
  Children<scsi::LogicalUnit> luns{this, "luns", "the logical units, by name"};

  Counter task_managements{this, "task_managements", "count", "task management functions"};
  Counter events_sent{this, "events_sent", "count", "events given to the driver"};
  Counter events_lost{this, "events_lost", "count", "events that found no buffer"};
  Counter bad_requests{this, "bad_requests", "count", "requests that made no sense"};

 private:
  static constexpr unsigned kControlQueue = 0, kEventQueue = 1, kRequestQueues = 2;
  static constexpr std::size_t kConfigBytes = 36;
  using LunField = std::array<std::uint8_t, kScsiLunBytes>;

  /// Where a request goes.
  struct Address {
    enum Kind { Nowhere, Unit, MissingLun, ReportLuns } kind = Nowhere;
    scsi::LogicalUnit* unit = nullptr;
    unsigned target = 0;
  };
  /// A command that is being carried out.
  struct Active {
    scsi::LogicalUnit* unit;
    std::uint64_t id;
    ScsiResponse ended = ScsiResponse::Ok;  // by a task management function
  };
  struct Event {
    std::uint32_t event;
    LunField lun;
    std::uint32_t reason;
  };
  struct Head;
  class ChainBuffers;

  // scsi.cpp
  void check_units();
  Address address_of(const LunField& lun) const;
  scsi::LogicalUnit* unit_at(unsigned target, unsigned lun) const;
  bool target_exists(unsigned target) const;
  std::vector<std::uint8_t> lun_list(unsigned target) const;
  static LunField lun_field(const scsi::LogicalUnit& unit);

  // scsi_request.cpp
  void serve_requests(unsigned queue);
  bool read_head(DescriptorChain& chain, Head& head) const;
  ScsiResponse carry_out(const Address& address, scsi::Task& task, std::uint64_t id);
  void answer_for_missing(const Address& address, scsi::Task& task) const;
  std::uint32_t respond(DescriptorChain& chain, const Address& address, const scsi::Task& task,
                        ChainBuffers& data, ScsiResponse response) const;

  // scsi_control.cpp
  void serve_control();
  ScsiResponse manage_tasks(DescriptorChain& chain);
  ScsiResponse end_tasks(DescriptorChain& chain, const std::vector<scsi::LogicalUnit*>& units,
                         const std::uint64_t* id, ScsiResponse how);
  bool any_active(const std::vector<scsi::LogicalUnit*>& units, const std::uint64_t* id) const;
  ScsiResponse async(DescriptorChain& chain, bool subscribe, std::uint32_t& actual);
  void serve_events();
  static std::uint32_t send(DescriptorChain& chain, const Event& event);
  void unit_event(scsi::LogicalUnit& unit, scsi::LogicalUnit::Event what, const scsi::Sense& why);
  void post(const Event& event);

  std::uint32_t sense_size_ = kScsiStandardSense;
  std::uint32_t cdb_size_ = kScsiStandardCdb;
  std::map<std::pair<unsigned, unsigned>, scsi::LogicalUnit*> units_;  // by target and LUN
  std::vector<Active*> active_;
  sc_core::sc_event task_ended_;
  std::deque<Event> events_;
  bool events_missed_ = false;
  std::map<std::pair<unsigned, unsigned>, std::uint32_t> subscribed_;  // asynchronous events
};

}  // namespace ringside::virtio
