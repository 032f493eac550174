// SPDX-License-Identifier: Apache-2.0
// The base of logical units: what every SCSI device does (SPC-4), and unit attentions. It knows no
// transport; whoever carries commands calls execute().
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "backend/block_backend.h"
#include "kit/command.h"
#include "kit/model.h"
#include "scsi/mode_pages.h"
#include "scsi/task.h"

namespace ringside::scsi {

class LogicalUnit : public Model {
 public:
  static constexpr const char* kind = "scsi-lun";
  static constexpr const char* kind_doc = "a SCSI logical unit, below a host device";
  static constexpr unsigned kMaxTarget = 255;
  static constexpr unsigned kMaxLun = 16383;

  /// What a transport tells its driver at once, where it can.
  enum class Event {
    Appeared,
    Gone,
    ParametersChanged,  ///< its sense() is the reason
    MediumChanged,
    EjectRequested,
  };
  using Listener = std::function<void(LogicalUnit&, Event, const Sense&)>;

  LogicalUnit(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override;

  virtual PeripheralType peripheral_type() const = 0;
  /// Carries out a command. May wait simulated time while data is read or written.
  void execute(Task& task);
  /// To be called by who has the list of units: the answer to REPORT LUNS.
  void set_listener(Listener listener) { listener_ = std::move(listener); }
  using LunList = std::function<std::vector<std::uint8_t>()>;
  void set_lun_list(LunList list) { lun_list_ = std::move(list); }

  bool plugged() const { return plugged_now_; }
  /// Hot plug and unplug: the initiator hears of it.
  void plug(bool in);
  /// A bus or logical unit reset.
  void hard_reset();
  /// Reported with the next command, in the order of events.
  void attention(const Sense& why);
  /// Sense data in the unit's format (control mode page, D_SENSE).
  std::vector<std::uint8_t> sense_data(const Sense& sense) const;

  Param<unsigned> target{this, "target", 0, Range<unsigned>{0, kMaxTarget}, "SCSI target"};
  Param<unsigned> lun{this, "lun", 0, Range<unsigned>{0, kMaxLun}, "logical unit number"};
  Param<bool> plugged_at_start{this, "plugged", true,
                               "there from the start; else 'plug' brings it"};
  Param<std::string> product{this, "product", "", "product identification, up to 16 characters"};
  Param<std::string> serial{this, "serial", "", "unit serial number, up to 36 characters"};
  Param<std::uint64_t> wwn{this, "wwn", 0, "64-bit name (NAA); 0: made from the unit's path"};

  Counter commands{this, "commands", "count", "commands carried out"};
  Counter failures{this, "failures", "count", "commands that ended in CHECK CONDITION"};
  Counter bytes_read{this, "bytes_read", "B", "data given to the initiator"};
  Counter bytes_written{this, "bytes_written", "B", "data taken from the initiator"};

  Command<> plug_command{this, "plug", {}, "the unit appears on its bus", [this] { plug(true); }};
  Command<> unplug_command{
      this, "unplug", {}, "the unit vanishes from its bus", [this] { plug(false); }};

 protected:
  // ---- to implement
  /// A command that is not common to all units; false if the unit does not know it.
  virtual bool execute_own(Task& task) = 0;
  /// kNone if the unit can be used now, else why not.
  virtual Sense ready() const { return sense::kNone; }
  virtual bool removable() const { return false; }
  /// True if it knows protection information.
  virtual bool protects() const { return false; }
  virtual std::string standard_product() const = 0;
  /// Appends a vital product data page of the unit's type (without its header); false if it has no
  /// such page.
  virtual bool own_vital_page(std::uint8_t, std::vector<std::uint8_t>&) const { return false; }
  virtual std::vector<std::uint8_t> own_vital_pages() const { return {}; }
  /// Header byte of MODE SENSE: write protection, DPO and FUA.
  virtual std::uint8_t mode_device_parameter() const { return 0; }
  /// The block descriptor of MODE SENSE; empty if the unit has none.
  virtual std::vector<std::uint8_t> block_descriptor() const { return {}; }
  /// After MODE SELECT has changed pages.
  virtual void modes_changed() {}
  virtual void on_hard_reset() {}

  // ---- to use
  static constexpr std::uint8_t kControlPage = 0x0a;
  ModePages& modes() { return modes_; }
  const ModePages& modes() const { return modes_; }
  void tell(Event event, const Sense& sense = sense::kNone) {
    if (listener_ && plugged_now_) listener_(*this, event, sense);
  }
  /// Reads all data of a parameter list; false if it has ended the task.
  static bool take_parameters(Task& task, std::uint64_t length, std::vector<std::uint8_t>& to);
  std::uint64_t name_number() const;

 private:
  void inquire(Task& task) const;
  void vital_page(Task& task) const;
  void request_sense(Task& task);
  void mode_sense(Task& task);
  void mode_select(Task& task);
  void report_luns(Task& task) const;
  bool execute_common(Task& task);
  static bool ignores_attentions(std::uint8_t opcode);
  std::string serial_text() const;

  ModePages modes_;
  std::deque<Sense> attentions_;
  Listener listener_;
  LunList lun_list_;
  bool plugged_now_ = true;
};

}  // namespace ringside::scsi
