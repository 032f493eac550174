// SPDX-License-Identifier: Apache-2.0
// An ATA disk: what it answers to each command, and what it keeps. How commands, data and answers
// travel, and when, is the host adapter's business.
//
//   ata_protocol  commands and registers       ata_identify  what the disk says of itself
//   ata_disk      model, data, ends             ata_commands  what each command is
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backend/block_backend.h"
#include "baseline/ata_protocol.h"
#include "kit/command.h"
#include "kit/model.h"
#include "virtio/core/service.h"

namespace ringside {

class AtaDisk final : public Model {
 public:
  static constexpr const char* kind = "ata";
  static constexpr const char* kind_doc = "a device at a port of an ATA host adapter";

  AtaDisk(const sc_core::sc_module_name& name, const ModelContext& context);

  /// A command that the disk works on.
  struct Job {
    enum class Source { Medium, Pages, Ranges };
    ata::Taskfile task;
    ata::Protocol protocol = ata::Protocol::NonData;
    Source source = Source::Medium;
    std::uint64_t first = 0;  ///< sector, or page
    std::uint64_t bytes = 0;  ///< to move
    std::uint32_t block = 0;  ///< PIO: bytes of a data block
    bool stable = false;      ///< a write that is not to stay in the cache
    ata::Log log{};           ///< Pages: of which log
    ata::Answer answer;
  };

  // ---- towards the adapter. Nothing here takes time.
  /// Looks at a command. If the answer has failed, it is to be given at once, and no data move.
  void begin(const ata::Taskfile& task, Job& job);
  /// Data of a job from byte `done` on, in order; whole pages but at the end. False: the answer has
  /// failed.
  bool read(Job& job, std::uint64_t done, std::uint8_t* to, std::size_t bytes);
  bool write(Job& job, std::uint64_t done, const std::uint8_t* from, std::size_t bytes);
  /// All data have moved: the rest, and the answer.
  void finish(Job& job);
  /// A queued command has failed, or the queue has with it: until the log of it is read, or a
  /// reset, the disk does nothing else. `queued` is false if another command broke into the queue.
  void queue_failed(const Job& job, bool queued);
  /// A reset over the link, or by the control register. Gives the signature.
  ata::Answer link_reset();
  void reset() override;
  void finish() override;
  /// When the medium has done its work on a job that begins now.
  sc_core::sc_time service_end(const Job& job);

  bool plugged() const { return plugged_; }
  /// Told when the disk is put in or pulled out.
  void on_plug(std::function<void()> handler) { on_plug_ = std::move(handler); }
  /// What IDENTIFY DEVICE gives.
  void identify(std::uint8_t* page) const;
  std::uint64_t sectors() const;
  /// Generation of the link, set by the adapter: 1, 2 or 3.
  void link_speed(unsigned generation) { generation_ = generation; }

  Param<unsigned> port{this, "port", kAnyPort, Range<unsigned>{0, kAnyPort},
                       "of the adapter; 32: the next free one"};
  Param<std::string> serial{this, "serial", "", "at most 20 characters; empty: made from the name"};
  Param<std::string> model_number{this, "model", "RINGSIDE HARDDISK", "at most 40 characters"};
  Param<Size> block_size{this, "block_size", Size{512}, Range<Size>{Size{512}, Size{4096}},
                         "of a logical sector: 512 or 4096 bytes"};
  Param<unsigned> physical_block_exp{this, "physical_block_exp", 0, Range<unsigned>{0, 15},
                                     "log2 of the logical sectors in a physical one"};
  Param<bool> write_cache{this, "write_cache", true,
                          "start with a volatile write cache; false: every write is stable"};
  Param<bool> ncq{this, "ncq", true, "native command queuing, with 32 tags"};
  Param<bool> trim{this, "trim", true, "DATA SET MANAGEMENT"};
  ChildSlot<backend::BlockBackend> backend{this, "backend", required, "what holds the contents"};
  ChildSlot<virtio::ServiceModel> service{
      this, "service", nullptr, "how long the medium works on a command; without it, no time"};

  Command<> plug{this, "plug", {}, "puts the disk in", [this] { set_plugged(true); }};
  Command<> unplug{this, "unplug", {}, "pulls the disk out", [this] { set_plugged(false); }};
  Command<std::uint64_t, std::uint64_t> damage{
      this,
      "damage",
      {{"sector", "first logical sector"}, {"count", "how many"}},
      "makes sectors unreadable, until they are written",
      [this](std::uint64_t sector, std::uint64_t count) { make_defect(sector, count); }};

  Counter reads{this, "reads", "count", "commands that read, and succeeded"};
  Counter writes{this, "writes", "count", "commands that wrote, and succeeded"};
  Counter flushes{this, "flushes", "count", "flushes that succeeded"};
  Counter trims{this, "trims", "count", "DATA SET MANAGEMENT commands that succeeded"};
  Counter others{this, "others", "count", "other commands that succeeded"};
  Counter errors{this, "errors", "count", "commands that failed, or are not supported"};

  static constexpr unsigned kAnyPort = 32;
  static constexpr unsigned kSerialBytes = 20;
  static constexpr unsigned kModelBytes = 40;

 private:
  static constexpr unsigned kRangePages = 8;  ///< of DATA SET MANAGEMENT
  static constexpr std::size_t kMostDefects = 1024;
  static constexpr unsigned kIdentifyPages = 9;  ///< of the IDENTIFY DEVICE data log

  struct Defect {
    std::uint64_t first;
    std::uint64_t end;
  };

  // -- ata_disk.cpp
  void check_parameters();
  void set_plugged(bool in);
  void make_defect(std::uint64_t sector, std::uint64_t count);
  bool read_medium(std::uint64_t sector, std::uint8_t* to, std::uint64_t bytes);
  bool read_or_fail(Job& job, std::uint64_t sector, std::uint8_t* to, std::uint64_t bytes);
  bool damaged(std::uint64_t sector, std::uint64_t count) const;
  void heal(std::uint64_t sector, std::uint64_t count);
  bool inside(std::uint64_t sector, std::uint64_t count) const;
  bool verify(Job& job);
  bool trim_ranges(Job& job);
  bool flush(Job& job);
  static void fail(Job& job, std::uint8_t error, std::uint64_t lba);
  static bool abort(Job& job);
  void count(const Job& job);
  std::uint64_t block() const { return block_size->bytes; }
  /// Sectors that a data block of READ MULTIPLE has at most: it has to fit a Data FIS.
  unsigned most_multiple() const { return static_cast<unsigned>(ata::kDataFisBytes / block()); }

  // -- ata_commands.cpp
  bool understand(Job& job);
  bool transfer(Job& job, ata::Protocol protocol, bool extended, unsigned block_sectors = 1);
  bool queued(Job& job);
  bool read_log(Job& job, ata::Protocol protocol);
  bool set_features(Job& job);
  bool set_multiple(Job& job);
  bool native_max(Job& job, bool extended);
  bool data_set_management(Job& job);
  static void address(Job& job, bool extended, std::uint64_t& count);

  // -- ata_identify.cpp
  unsigned log_pages(ata::Log log) const;
  void page(const Job& job, std::uint64_t number, std::uint8_t* to) const;
  void directory_page(std::uint8_t* to) const;
  void identify_log_page(std::uint64_t number, std::uint8_t* to) const;

  std::string serial_;
  bool plugged_ = true;
  unsigned generation_ = 3;
  bool cached_ = true;  // the write cache is on
  bool look_ahead_ = true;
  std::uint8_t multi_word_ = 0;  // selected transfer modes, as bits
  std::uint8_t ultra_ = 1u << 6;
  std::uint8_t multiple_ = 0;  // sectors of READ MULTIPLE; 0: not set
  bool standby_ = false;
  bool queue_failed_ = false;
  std::array<std::uint8_t, ata::kPageBytes> queued_error_{};  // log 10h
  std::array<std::uint8_t, kRangePages * ata::kPageBytes> ranges_{};
  std::vector<Defect> defects_;
  std::vector<std::uint8_t> scratch_;  // what READ VERIFY reads
  std::function<void()> on_plug_;
};

}  // namespace ringside
