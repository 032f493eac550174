// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/balloon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

namespace {

constexpr std::array<const char*, 5> kQueueNames = {"inflateq", "deflateq", "statsq",
                                                    "free_page_vq", "reporting_vq"};
/// Names of the tags 0 to 9 (5.5.6.3), without VIRTIO_BALLOON_S_.
constexpr std::array<const char*, Balloon::kTags> kTagNames = {
    "swap_in", "swap_out", "majflt", "minflt",       "memfree",
    "memtot",  "avail",    "caches", "htlb_pgalloc", "htlb_pgfail"};

constexpr std::size_t kStatBytes = 10;
constexpr std::size_t kMaxStats = 1024;
constexpr std::size_t kListBytes = 4096;

}  // namespace

Balloon::Balloon(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context), list_(kListBytes), interval_(statistics_interval) {
  if (target->bytes % GuestPages::kPageBytes != 0 ||
      target->bytes / GuestPages::kPageBytes > 0xffffffff)
    diagnostics().error(target.where(),
                        fmt::format("'target' of {} is {}; expected a multiple of 4KiB up to 16TiB",
                                    label(), target.value_text()));
  target_pages_ = static_cast<std::uint32_t>(target->bytes / GuestPages::kPageBytes);
  roles_.fill(Role::None);
  make_queues();
  SC_HAS_PROCESS(Balloon);
  SC_METHOD(poll);
  sensitive << poll_due_;
  dont_initialize();
}

void Balloon::resolve() {
  pages_.find(platform());
  if (pages_.main_bytes() != 0 && target->bytes > pages_.main_bytes())
    diagnostics().error(
        target.where(),
        fmt::format("'target' of {} is {}; expected at most the main memory, {}", label(),
                    target.value_text(), format_size(Size{pages_.main_bytes()})));
}

// ---- features and queues (5.5.2, 5.5.3) --------------------------------------------------------

FeatureSet Balloon::device_features() const {
  FeatureSet features;
  features.set(kBalloonMustTellHost, must_tell_host);
  features.set(kBalloonStatsVq, stats);
  features.set(kBalloonDeflateOnOom, deflate_on_oom);
  features.set(kBalloonFreePageHint, free_page_hint);
  features.set(kBalloonPagePoison, page_poison);
  features.set(kBalloonPageReporting, page_reporting);
  return features;
}

bool Balloon::role_of_features(Role role, const FeatureSet& features) {
  switch (role) {
    case Role::Stats:
      return features.has(kBalloonStatsVq);
    case Role::Hint:
      return features.has(kBalloonFreePageHint);
    case Role::Reporting:
      return features.has(kBalloonPageReporting);
    default:
      return role != Role::None;
  }
}

std::array<Balloon::Role, Balloon::kRoles> Balloon::roles_for(const FeatureSet& features,
                                                              bool dense) const {
  std::array<Role, kRoles> roles;
  roles.fill(Role::None);
  unsigned next = 0;
  for (unsigned number = 0; number < kRoles; ++number) {
    const Role role = static_cast<Role>(number);
    if (role_of_features(role, features)) roles[dense ? next++ : number] = role;
  }
  return roles;
}

void Balloon::make_queues() {
  const FeatureSet offered = device_features();
  const auto specified = roles_for(offered, false);
  const auto dense = roles_for(offered, true);
  unsigned count = 0;
  std::array<bool, kRoles> there{};
  std::array<std::string, kRoles> names;
  for (unsigned i = 0; i < kRoles; ++i) {
    const bool by_number = specified[i] != Role::None && queue_numbers != Numbering::Dense;
    const bool by_place = dense[i] != Role::None && queue_numbers != Numbering::Spec;
    there[i] = by_number || by_place;
    names[i] =
        kQueueNames[queue_numbers == Numbering::Dense && by_place ? static_cast<unsigned>(dense[i])
                                                                  : i];
    if (there[i]) count = i + 1;
  }
  for (unsigned i = 0; i < count; ++i) add_queue(names[i], there[i] ? queue_size.get() : 0);
}

bool Balloon::numbered_as_specified() const {
  if (queue_numbers != Numbering::Auto) return queue_numbers == Numbering::Spec;
  auto* self = const_cast<Balloon*>(this);  // queue_setup() also settles finished resets
  for (const Role role : {Role::Stats, Role::Hint, Role::Reporting})
    if (role_of_features(role, features()) &&
        !self->queue_setup(static_cast<unsigned>(role)).enabled)
      return false;
  return true;
}

unsigned Balloon::queue_of(Role role) const {
  for (unsigned i = 0; i < kRoles; ++i)
    if (roles_[i] == role) return i;
  return kNone;
}

// ---- configuration (5.5.4) ---------------------------------------------------------------------

std::size_t Balloon::config_bytes() const {
  if (page_poison) return kConfigBytes;
  return free_page_hint ? kPoisonAt : kActualAt + 4;
}

std::array<std::uint8_t, Balloon::kConfigBytes> Balloon::config() const {
  std::array<std::uint8_t, kConfigBytes> bytes{};
  put_le32(&bytes[0], target_pages_);
  put_le32(&bytes[kActualAt], actual_written_);
  put_le32(&bytes[8], hint_command_);
  put_le32(&bytes[kPoisonAt], poison_);
  return bytes;
}

void Balloon::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::memcpy(to, config().data() + offset, bytes);
}

void Balloon::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  // The last field may not be written once the device runs (5.5.6.5).
  const bool poison = has(kBalloonPagePoison) && (status() & kDriverOk) == 0;
  auto fields = config();
  std::memcpy(fields.data() + offset, from, bytes);
  if (poison) poison_ = get_le32(&fields[kPoisonAt]);
  actual_written_ = get_le32(&fields[kActualAt]);
  // Old drivers write byte by byte from the lowest up, so the value counts with its highest byte.
  constexpr std::size_t kLast = kActualAt + 3;
  if (offset <= kLast && kLast < offset + bytes) actual_ = actual_written_;
}

void Balloon::aim_at(Size size) {
  if (size.bytes % GuestPages::kPageBytes != 0)
    throw CommandError(
        fmt::format("{} is no multiple of 4KiB, the unit of a balloon", format_size(size)));
  if (size.bytes > pages_.main_bytes())
    throw CommandError(fmt::format("{} is more than the main memory, {}", format_size(size),
                                   format_size(Size{pages_.main_bytes()})));
  const auto pages = static_cast<std::uint32_t>(size.bytes / GuestPages::kPageBytes);
  if (pages == target_pages_) return;
  target_pages_ = pages;
  config_changed();
}

// ---- life --------------------------------------------------------------------------------------

void Balloon::on_driver_ok() {
  roles_ = roles_for(features(), !numbered_as_specified());
  poll_every(interval_);
}

void Balloon::on_reset() {
  stats_buffer_.reset();
  roles_.fill(Role::None);
  actual_ = actual_written_ = poison_ = 0;
  hint_command_ = kHintStop;
  round_open_ = hints_valid_ = false;
  poll_due_.cancel();
}

void Balloon::on_queue_reset(unsigned queue) {
  if (roles_[queue] == Role::Stats) stats_buffer_.reset();
}

void Balloon::on_suspend() {
  if (stats_buffer_) queue(queue_of(Role::Stats)).unpop(std::move(stats_buffer_));
}

void Balloon::serve(unsigned index) {
  Virtqueue& served = queue(index);
  switch (roles_[index]) {
    case Role::Inflate:
      return serve_inflate(served);
    case Role::Deflate:
      return serve_deflate(served);
    case Role::Stats:
      return serve_stats(served);
    case Role::Hint:
      return serve_hints(served);
    case Role::Reporting:
      return serve_reporting(served);
    case Role::None:
      return;
  }
}

// ---- pages (5.5.6) -----------------------------------------------------------------------------

/// Calls `run` with first page and number of pages for neighbours in the list, whether they go up
/// or down. Says how many pages there were.
template <typename F>
std::uint64_t Balloon::each_run(DescriptorChain& chain, F run) {
  const std::size_t bytes =
      std::min<std::size_t>(chain.readable_bytes() / 4, max_pages) * std::size_t{4};
  std::uint64_t first = 0;
  std::uint64_t pages = 0;
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = std::min(bytes - done, list_.size());
    if (!chain.read(done, list_.data(), now)) return 0;
    for (std::size_t at = 0; at < now; at += 4) {
      const std::uint64_t page = get_le32(&list_[at]);
      const bool after = pages != 0 && page == first + pages;
      const bool before = pages != 0 && page + 1 == first;
      if (!after && !before) {
        if (pages != 0) run(first, pages);
        pages = 0;
      }
      if (!after) first = page;
      ++pages;
    }
    done += now;
  }
  if (pages != 0) run(first, pages);
  return bytes / 4;
}

void Balloon::serve_inflate(Virtqueue& inflate) {
  while (ChainPtr chain = inflate.pop()) {
    // Before the request is acknowledged, because the driver may use the pages afterwards.
    pages_inflated += each_run(*chain, [this](std::uint64_t first, std::uint64_t pages) {
      bytes_given_back +=
          pages_.discard(first * GuestPages::kPageBytes, pages * GuestPages::kPageBytes);
    });
    if (chain->alive()) inflate.push(std::move(chain), 0);
  }
}

void Balloon::serve_deflate(Virtqueue& deflate) {
  // The host gives a page again when it is touched, so there is nothing to prepare.
  while (ChainPtr chain = deflate.pop()) {
    pages_deflated += each_run(*chain, [](std::uint64_t, std::uint64_t) {});
    if (chain->alive()) deflate.push(std::move(chain), 0);
  }
}

// ---- statistics (5.5.6.3) ----------------------------------------------------------------------

void Balloon::serve_stats(Virtqueue& stats) {
  while (!stats_buffer_) {
    ChainPtr chain = stats.pop();
    if (!chain) return;
    read_statistics(*chain);
    if (chain->alive()) stats_buffer_ = std::move(chain);
  }
}

void Balloon::read_statistics(DescriptorChain& chain) {
  const std::size_t count = std::min<std::size_t>(chain.readable_bytes() / kStatBytes, kMaxStats);
  Statistics fresh;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint8_t entry[kStatBytes];
    if (!chain.read(i * kStatBytes, entry, sizeof entry)) return;
    const unsigned tag = get_le16(entry);
    if (tag < kTags) fresh[tag] = get_le64(entry + 2);
  }
  if (count == 0) return;
  statistics_ = fresh;
  statistics_at_ = sc_core::sc_time_stamp();
}

void Balloon::ask_statistics() {
  if (!stats_buffer_ || !driver_ok()) return;
  Virtqueue& stats = queue(queue_of(Role::Stats));
  stats.push(std::move(stats_buffer_), 0);
  stats.poke();
}

void Balloon::poll_every(const sc_core::sc_time& interval) {
  interval_ = interval;
  poll_due_.cancel();
  // Goes on while the device is suspended, to be there afterwards.
  const bool started = queue_of(Role::Stats) != kNone;
  if (started && interval_ != sc_core::SC_ZERO_TIME) poll_due_.notify(interval_);
}

void Balloon::poll() {
  ask_statistics();
  poll_every(interval_);
}

Json Balloon::statistics_json() const {
  Json result{{"target", target_size().bytes}, {"actual", actual_size().bytes}};
  if (!statistics_at_) return result;
  result["seconds"] = statistics_at_->to_seconds();
  for (std::size_t tag = 0; tag < kTags; ++tag)
    if (statistics_[tag]) result[kTagNames[tag]] = *statistics_[tag];
  return result;
}

// ---- free page hinting (5.5.6.4) ---------------------------------------------------------------

void Balloon::start_hinting() {
  if (!driver_ok() || !has(kBalloonFreePageHint))
    throw CommandError("no driver that hints free pages is there");
  if (round_open_) throw CommandError("a round of free page hinting is under way");
  const std::uint32_t id = next_round_;
  next_round_ = id == 0xffffffff ? std::uint32_t{kHintFirst} : id + 1;
  round_open_ = true;
  set_hint_command(id);
}

void Balloon::stop_hinting() {
  if (!round_open_) throw CommandError("no round of free page hinting is under way");
  set_hint_command(kHintStop);
}

void Balloon::set_hint_command(std::uint32_t command) {
  hints_valid_ = false;
  if (hint_command_ == command) return;
  hint_command_ = command;
  config_changed();
}

void Balloon::serve_hints(Virtqueue& hints) {
  while (ChainPtr chain = hints.pop()) {
    if (chain->readable_bytes() != 0) read_hint_command(*chain);
    if (!chain->alive()) continue;
    for (const Buffer& part : chain->writable()) {
      if (!hints_valid_) break;
      bytes_hinted += part.length;
      // The driver may have taken a page back and filled it meanwhile, and nobody would tell us. So
      // nothing is given up but zeros, and the guest sees no difference.
      if (!has(kAccessPlatform))
        bytes_given_back += pages_.discard_zeros(part.address, part.length);
    }
    hints.push(std::move(chain), 0);
  }
}

void Balloon::read_hint_command(DescriptorChain& chain) {
  std::uint8_t bytes[4];
  if (chain.readable_bytes() != sizeof bytes)
    return needs_reset(fmt::format("a command id for free page hints has {} bytes; expected 4",
                                   chain.readable_bytes()));
  if (!chain.read(0, bytes, sizeof bytes)) return;
  const std::uint32_t id = get_le32(bytes);
  hints_valid_ = id >= kHintFirst && id == hint_command_;
  if (id != kHintStop || !round_open_) return;
  round_open_ = false;
  set_hint_command(kHintDone);  // nothing here needs the pages any longer
}

// ---- free page reporting (5.5.6.6) -------------------------------------------------------------

void Balloon::serve_reporting(Virtqueue& reporting) {
  while (ChainPtr chain = reporting.pop()) {
    // Pages that have to keep a poison other than zero stay as they are; and addresses that are
    // translated on the way say nothing about where the page lies.
    const bool keep = has(kBalloonPagePoison) && poison_ != 0;
    for (const Buffer& part : chain->writable()) {
      bytes_reported += part.length;
      if (!keep && !has(kAccessPlatform))
        bytes_given_back += pages_.discard(part.address, part.length);
    }
    reporting.push(std::move(chain), 0);
  }
}

}  // namespace ringside::virtio
