// SPDX-License-Identifier: Apache-2.0
// A CD or DVD drive (MMC-6) that reads data discs: one track, one session.
//
//   cd: {type: scsi-cd, target: 1, backend: {type: file, path: cd.iso, read_only: true}}
#pragma once

#include <string>
#include <vector>

#include "scsi/logical_unit.h"

namespace ringside::scsi {

class Cd final : public LogicalUnit {
 public:
  static constexpr unsigned kBlock = 2048;

  Cd(const sc_core::sc_module_name& name, const ModelContext& context);

  PeripheralType peripheral_type() const override { return PeripheralType::Cd; }
  bool has_medium() const { return backend && !tray_open_; }
  std::uint64_t blocks() const { return has_medium() ? backend->bytes() / kBlock : 0; }
  /// What a hand at the drive does. The guest may have locked the tray: `force` is a paper clip.
  void eject(bool force);
  void insert();
  /// Another disc: the tray opens (unless it is open), and closes with the image in it. If the
  /// image can't be read, it stays open with the old disc.
  void change(const FilePath& image, bool force);

  ChildSlot<backend::BlockBackend> backend{this, "backend", nullptr,
                                           "the disc; without one the tray is empty"};
  Param<bool> open_at_start{this, "tray_open", false, "the disc is not inserted yet"};

  Command<std::optional<bool>> eject_command{
      this,
      "eject",
      {{"force", "also if the guest has locked the tray"}},
      "opens the tray",
      [this](std::optional<bool> force) { eject(force.value_or(false)); }};
  Command<> insert_command{
      this, "insert", {}, "closes the tray with the disc in it", [this] { insert(); }};
  Command<FilePath, std::optional<bool>> change_command{
      this,
      "change",
      {{"path", "image of the other disc"}, {"force", "also if the guest has locked the tray"}},
      "opens the tray, and closes it with another disc in it",
      [this](const FilePath& image, std::optional<bool> force) {
        change(image, force.value_or(false));
      }};

 private:
  bool execute_own(Task& task) override;
  Sense ready() const override;
  bool removable() const override { return true; }
  std::string standard_product() const override { return "CD-ROM"; }
  std::uint8_t mode_device_parameter() const override { return 0; }
  void on_hard_reset() override;

  void read(Task& task);
  void read_capacity(Task& task) const;
  void read_toc(Task& task) const;
  void get_configuration(Task& task) const;
  void get_event_status(Task& task);
  void read_disc_information(Task& task) const;
  void mechanism_status(Task& task) const;
  void start_stop(Task& task);
  void medium_came();

  enum class MediaEvent : std::uint8_t { None = 0, EjectRequest = 1, New = 2, Removal = 3 };

  unsigned discs_ = 0;  // how often one has come
  bool tray_open_ = false;
  bool locked_ = false;
  bool tray_set_ = false;  // the tray's state is the user's, not that of the start
  MediaEvent event_ = MediaEvent::None;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace ringside::scsi
