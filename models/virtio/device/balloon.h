// SPDX-License-Identifier: Apache-2.0
// The traditional memory balloon (virtio 1.4, section 5.5): the device asks the driver for pages,
// hears which ones it got and which others are free, and gives their memory back to the host.
//
//   type: virtio-balloon
//   target: 64MiB
//   statistics_interval: 2s
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kit/command.h"
#include "virtio/core/device.h"
#include "virtio/device/guest_pages.h"

namespace ringside::virtio {

/// Feature bits (5.5.3).
enum BalloonFeature : unsigned {
  kBalloonMustTellHost = 0,
  kBalloonStatsVq = 1,
  kBalloonDeflateOnOom = 2,
  kBalloonFreePageHint = 3,
  kBalloonPagePoison = 4,
  kBalloonPageReporting = 5,
};

/// Reserved values of free_page_hint_cmd_id (5.5.6.4).
enum BalloonHint : std::uint32_t {
  kHintStop = 0,
  kHintDone = 1,
  kHintFirst = 2,  ///< ids of rounds begin here
};

class Balloon final : public VirtioDevice {
 public:
  Balloon(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Balloon; }
  std::uint32_t class_code() const override { return 0x00ff00; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override;
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void resolve() override;
  void serve(unsigned queue) override;
  void on_driver_ok() override;
  void on_reset() override;
  void on_queue_reset(unsigned queue) override;
  void on_suspend() override;

  /// Statistics of the guest (5.5.6.3); the place in the array is the tag.
  static constexpr std::size_t kTags = 10;
  using Statistics = std::array<std::optional<std::uint64_t>, kTags>;

  /// How much the guest shall give to the balloon; a multiple of 4 KiB. Throws CommandError if it
  /// is none, or more than the platform's main memory.
  void aim_at(Size size);
  Size target_size() const { return Size{std::uint64_t{target_pages_} * GuestPages::kPageBytes}; }
  /// What the driver says that the balloon holds.
  Size actual_size() const { return Size{std::uint64_t{actual_} * GuestPages::kPageBytes}; }
  /// Asks the driver for new statistics; without effect while it is at it already, and without
  /// VIRTIO_BALLOON_F_STATS_VQ.
  void ask_statistics();
  const Statistics& guest_statistics() const { return statistics_; }
  /// A round of free page hinting; throws CommandError if the driver can't do it, or is at it.
  void start_hinting();
  void stop_hinting();

  enum class Numbering { Auto, Spec, Dense };
  Choice<Numbering> queue_numbers{
      this,
      "queue_numbers",
      {{"auto", Numbering::Auto}, {"spec", Numbering::Spec}, {"dense", Numbering::Dense}},
      Numbering::Auto,
      "numbers of the optional queues: 'spec' as in 5.5.2, 'dense' without gaps for features that "
      "are not negotiated, as Linux has it; 'auto' sees which ones the driver has enabled"};
  Param<Size> target{this, "target", Size{0},
                     "memory that the guest shall give at first, a multiple of 4KiB"};
  Param<bool> must_tell_host{this, "must_tell_host", true, "offer VIRTIO_BALLOON_F_MUST_TELL_HOST"};
  Param<bool> stats{this, "stats", true, "offer VIRTIO_BALLOON_F_STATS_VQ"};
  Param<bool> deflate_on_oom{this, "deflate_on_oom", false,
                             "offer VIRTIO_BALLOON_F_DEFLATE_ON_OOM"};
  Param<bool> free_page_hint{this, "free_page_hint", true, "offer VIRTIO_BALLOON_F_FREE_PAGE_HINT"};
  Param<bool> page_poison{this, "page_poison", true, "offer VIRTIO_BALLOON_F_PAGE_POISON"};
  Param<bool> page_reporting{this, "page_reporting", true, "offer VIRTIO_BALLOON_F_PAGE_REPORTING"};
  Param<sc_core::sc_time> statistics_interval{
      this, "statistics_interval", sc_core::SC_ZERO_TIME,
      "how often the driver is asked for statistics; 0 for only on command"};
  Param<unsigned> max_pages{this, "max_pages", 1 << 20, Range<unsigned>{1, 1u << 30},
                            "page numbers of one request that are looked at"};
  Param<unsigned> queue_size{this, "queue_size", 128, Range<unsigned>{2, 32768},
                             "largest size of each queue"};

  Counter pages_inflated{this, "pages_inflated", "pages", "4 KiB pages put into the balloon"};
  Counter pages_deflated{this, "pages_deflated", "pages", "4 KiB pages taken out of it"};
  Counter bytes_hinted{this, "bytes_hinted", "B", "memory in free page hints of valid rounds"};
  Counter bytes_reported{this, "bytes_reported", "B", "memory in free page reports"};
  Counter bytes_given_back{this, "bytes_given_back", "B",
                           "guest memory that was given back to the host"};

  Command<Size> set_target{this,
                           "set_target",
                           {{"size", "memory that the guest shall give, a multiple of 4KiB"}},
                           "asks the guest for memory, or gives it back",
                           [this](Size size) { aim_at(size); }};
  Command<> poll_statistics{
      this, "poll_statistics", {}, "asks the driver for new statistics", [this] {
        ask_statistics();
      }};
  Command<sc_core::sc_time> set_statistics_interval{
      this,
      "set_statistics_interval",
      {{"interval", "simulated time between two requests, 0 for none"}},
      "changes how often the driver is asked for statistics",
      [this](const sc_core::sc_time& interval) { poll_every(interval); }};
  Command<> statistics{this,
                       "statistics",
                       {},
                       "the latest statistics of the guest, and the balloon's sizes in bytes",
                       [this] { return statistics_json(); },
                       CommandEffect::Reads};
  Command<> hint_free_pages{
      this, "hint_free_pages", {}, "starts a round of free page hinting", [this] {
        start_hinting();
      }};
  Command<> stop_hinting_round{
      this, "stop_hinting", {}, "ends a round of free page hinting early", [this] {
        stop_hinting();
      }};

 private:
  static constexpr std::size_t kConfigBytes = 16;
  static constexpr std::size_t kActualAt = 4;
  static constexpr std::size_t kPoisonAt = 12;
  static constexpr unsigned kNone = ~0u;

  /// What a queue is for; the value is its number in 5.5.2.
  enum class Role : unsigned { Inflate, Deflate, Stats, Hint, Reporting, None };
  static constexpr unsigned kRoles = 5;

  static bool role_of_features(Role role, const FeatureSet& features);
  void make_queues();
  std::array<Role, kRoles> roles_for(const FeatureSet& features, bool dense) const;
  unsigned queue_of(Role role) const;
  bool numbered_as_specified() const;

  std::array<std::uint8_t, kConfigBytes> config() const;
  void serve_inflate(Virtqueue& inflate);
  void serve_deflate(Virtqueue& deflate);
  void serve_stats(Virtqueue& stats);
  void serve_hints(Virtqueue& hints);
  void serve_reporting(Virtqueue& reporting);
  template <typename F>
  std::uint64_t each_run(DescriptorChain& chain, F run);
  void read_statistics(DescriptorChain& chain);
  void read_hint_command(DescriptorChain& chain);
  void set_hint_command(std::uint32_t command);
  void poll_every(const sc_core::sc_time& interval);
  void poll();
  Json statistics_json() const;

  GuestPages pages_;
  std::vector<std::uint8_t> list_;  // a piece of a page list
  std::array<Role, kRoles> roles_{};
  std::uint32_t target_pages_ = 0;
  std::uint32_t actual_ = 0;
  std::uint32_t actual_written_ = 0;  // byte by byte on the legacy interface
  std::uint32_t poison_ = 0;

  ChainPtr stats_buffer_;  // kept until new statistics are wanted (5.5.6.3)
  Statistics statistics_;
  std::optional<sc_core::sc_time> statistics_at_;
  sc_core::sc_time interval_;
  sc_core::sc_event poll_due_;

  std::uint32_t hint_command_ = kHintStop;
  std::uint32_t next_round_ = kHintFirst;
  bool round_open_ = false;   // from its id until the driver's STOP
  bool hints_valid_ = false;  // the driver has named the present round
};

}  // namespace ringside::virtio
