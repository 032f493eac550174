// SPDX-License-Identifier: Apache-2.0
#include "cosim/replay/virtio_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "cosim/check/device_settings.h"
#include "kit/platform.h"
#include "virtio/pci/virtio_pci.h"

namespace ringside::cosim {

namespace {

std::uint64_t now() {
  return sc_core::sc_time_stamp().value();
}

Transaction transaction(Kind kind, std::uint64_t address, const void* data, std::size_t bytes,
                        const TransactionTag& tag) {
  Transaction t;
  t.kind = kind;
  t.purpose = static_cast<Purpose>(tag.step);
  t.device = tag.requester_id;
  t.queue = tag.queue;
  t.request = tag.queue == TransactionTag::kNoQueue ? Transaction::kNoRequest : tag.request;
  t.address = address;
  t.length = static_cast<std::uint32_t>(bytes);
  t.data = static_cast<const std::uint8_t*>(data);
  return t;
}

/// Where the function's registers are, as PCI sees it.
constexpr std::uint64_t kBarAt = 0x4000000000;

/// Of a register at an offset that observers are told.
std::uint64_t bus_address(const virtio::VirtioPci& function, std::uint64_t offset) {
  const std::uint64_t doorbell = offset - virtio::kNotifyAt;
  if (offset >= virtio::kNotifyAt && function.page_per_vq)
    return kBarAt + virtio::kNotifyAt +
           (doorbell >> virtio::kNotifyShift << virtio::kPageNotifyShift);
  return kBarAt + offset;
}

}  // namespace

VirtioReplay::VirtioReplay(const sc_core::sc_module_name& name, const ModelContext& context)
    : TransportMonitor(name, context) {
  if (platform().describing()) return;
  player_ = std::make_unique<Player>(log->path);
  SC_HAS_PROCESS(VirtioReplay);
  SC_THREAD(play);
}

void VirtioReplay::watch(virtio::VirtioEndpoint& device, virtio::Transport& transport, DmaPort&) {
  function_ = dynamic_cast<virtio::VirtioPci*>(&transport);
  if (!function_) {
    diagnostics().error(node().where(),
                        fmt::format("{} is below {}; a log is played to functions of type "
                                    "'virtio-pci' only",
                                    label(), parent()->label()));
    return;
  }
  if (function_->interface() == virtio::VirtioPci::Interface::Legacy)
    diagnostics().error(
        node().where(),
        fmt::format("{} has the legacy interface only, which is not played", parent()->label()));
  function_->replace_dma(&memory_);
  // From the host bridge down: those of ports, and a function's own on the root bus.
  for (Model* model = function_; model; model = model->parent())
    if (const auto* function = dynamic_cast<pci::PciFunction*>(model); function && function->link)
      links_.insert(links_.begin(), function->link.get());
  if (!check) return;
  Checker& checker = player_->check();
  const auto type = static_cast<unsigned>(device.device_id());
  for (unsigned queue = 0; queue < device.all_queues(); ++queue)
    checker.set(queue, settings_for(type, queue, device.num_queues()));
}

void VirtioReplay::start_of_simulation() {
  if (!function_) return;
  const unsigned queues = std::min(function_->endpoint->all_queues(), Waves::kMaxQueues);
  const std::string around = mismatch.given() ? mismatch->path : log->path + ".fst";
  window_ = std::make_unique<WaveWindow>(around, queues);
  player_->add(*window_);
  player_->on_first_fault = [this, around] {
    try {
      window_->mark();
      fmt::print("{}: waves around the first difference are in {}\n", parent()->path(), around);
    } catch (const std::runtime_error& e) {
      fmt::print(stderr, "{}: waves around the first difference cannot be written: {}\n",
                 parent()->path(), e.what());
    }
  };
  if (waves->path.empty()) return;
  try {
    waves_ = std::make_unique<Waves>(waves->path, queues);
    player_->add(*waves_);
  } catch (const std::runtime_error& e) {
    player_->give_up(e.what());
  }
}

// ---- the device's side

namespace {

/// An access may have been held meanwhile.
sc_core::sc_time time_until(const sc_core::sc_time& moment) {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  return moment > now ? moment - now : sc_core::SC_ZERO_TIME;
}

}  // namespace

DmaStatus VirtioReplay::Memory::read(std::uint64_t address, void* to, std::size_t bytes,
                                     const TransactionTag& tag) {
  const DmaSegment segment{address, static_cast<std::uint8_t*>(to), bytes};
  return read_all(&segment, 1, tag, DmaPort::kMaxOutstanding);
}

DmaStatus VirtioReplay::Memory::write(std::uint64_t address, const void* from, std::size_t bytes,
                                      const TransactionTag& tag) {
  const DmaSegment segment{address, static_cast<std::uint8_t*>(const_cast<void*>(from)), bytes};
  return write_all(&segment, 1, tag, DmaPort::kMaxOutstanding);
}

DmaStatus VirtioReplay::Memory::read_all(const DmaSegment* segments, std::size_t count,
                                         const TransactionTag& tag, unsigned outstanding) {
  return read_after(sc_core::SC_ZERO_TIME, segments, count, tag, outstanding);
}

DmaStatus VirtioReplay::Memory::write_all(const DmaSegment* segments, std::size_t count,
                                          const TransactionTag& tag, unsigned outstanding) {
  std::size_t done = 0;
  const DmaStatus status = replay_.move(Kind::DmaWrite, segments, count, tag, done);
  if (replay_.passes_time())
    replay_.function_->bus_dma().write_all(segments, done, tag, outstanding);
  return status;
}

DmaStatus VirtioReplay::Memory::send(std::uint64_t address, const void* from, std::size_t bytes,
                                     const TransactionTag& tag, sc_core::sc_time& delay) {
  const DmaSegment segment{address, static_cast<std::uint8_t*>(const_cast<void*>(from)), bytes};
  const sc_core::sc_time issue = sc_core::sc_time_stamp() + delay;
  std::size_t done = 0;
  const DmaStatus status = replay_.move(Kind::DmaWrite, &segment, 1, tag, done);
  delay = time_until(issue);
  if (replay_.passes_time()) replay_.function_->bus_dma().send(address, from, bytes, tag, delay);
  return status;
}

DmaStatus VirtioReplay::Memory::read_after(const sc_core::sc_time& delay,
                                           const DmaSegment* segments, std::size_t count,
                                           const TransactionTag& tag, unsigned outstanding) {
  const sc_core::sc_time issue = sc_core::sc_time_stamp() + delay;
  std::size_t done = 0;
  const DmaStatus status = replay_.move(Kind::DmaRead, segments, count, tag, done);
  if (replay_.passes_time())
    replay_.pass_time_of_reads(time_until(issue), segments, done, tag, outstanding);
  return status;
}

/// As at a DmaPort: data move in the order of the segments at once, time passes after that. `done`:
/// how many segments.
DmaStatus VirtioReplay::move(Kind kind, const DmaSegment* segments, std::size_t count,
                             const TransactionTag& tag, std::size_t& done) {
  DmaStatus status = DmaStatus::Ok;
  for (done = 0; done < count && status == DmaStatus::Ok; ++done) {
    const DmaSegment& s = segments[done];
    const bool is_write = kind == Kind::DmaWrite;
    status = access(transaction(kind, s.address, is_write ? s.data : nullptr, s.bytes, tag),
                    is_write ? nullptr : s.data);
  }
  return status;
}

/// What is in memory there is not what the device has read.
void VirtioReplay::pass_time_of_reads(const sc_core::sc_time& delay, const DmaSegment* segments,
                                      std::size_t count, const TransactionTag& tag,
                                      unsigned outstanding) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) bytes += segments[i].bytes;
  std::vector<std::uint8_t> unused(bytes);
  std::vector<DmaSegment> own(segments, segments + count);
  std::uint8_t* to = unused.data();
  for (DmaSegment& segment : own) {
    segment.data = to;
    to += segment.bytes;
  }
  function_->bus_dma().read_after(delay, own.data(), own.size(), tag, outstanding);
}

bool VirtioReplay::passes_time() const {
  return platform().timed() && may_wait();
}

/// Methods cannot wait, and what the driver's access does at once would wait for the driver.
bool VirtioReplay::may_wait() const {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  return process.proc_kind() == sc_core::SC_THREAD_PROC_ && process != driver_;
}

bool VirtioReplay::is_due() {
  return player_->next() != Player::Next::Over && pace_.is_due(now(), player_->record().time);
}

DmaStatus VirtioReplay::access(const Transaction& access, std::uint8_t* to) {
  // As at a DmaPort, whose observer hears nothing of these.
  if (access.length == 0) return DmaStatus::Ok;
  if (access.address + (access.length - 1) < access.address) return DmaStatus::AddressError;
  held_.push_back({&access, now()});
  const DmaStatus status = perform(access, to);
  held_.erase(std::find_if(held_.begin(), held_.end(),
                           [&](const Held& held) { return held.access == &access; }));
  return status;
}

DmaStatus VirtioReplay::perform(const Transaction& access, std::uint8_t* to) {
  for (;;) {
    const Player::Turn turn = player_->turn(access);
    if (turn == Player::Turn::Never) {
      player_->extra(access, now());
      moved();
    }
    if (player_->next() == Player::Next::Over) {
      player_->after_end();
      if (!may_wait()) return DmaStatus::BusError;
      for (;;) sc_core::wait(moved_);  // the run ends
    }
    if (turn == Player::Turn::Dropped) {
      if (to) std::fill_n(to, access.length, std::uint8_t{0});
      return DmaStatus::Ok;
    }
    if (turn == Player::Turn::Now && is_due()) break;
    if (!may_wait()) {
      player_->stands_still(&access, now());
      moved();
    } else if (turn == Player::Turn::Now) {
      sc_core::wait(std::max(until_due(), sc_core::sc_time::from_value(1)), moved_);
    } else {
      sc_core::wait(moved_);
    }
  }
  pace_.happened(now(), player_->record().time);
  const AccessStatus status = player_->take(access, to, now());
  moved();
  return status == AccessStatus::Ok             ? DmaStatus::Ok
         : status == AccessStatus::AddressError ? DmaStatus::AddressError
                                                : DmaStatus::BusError;
}

void VirtioReplay::on_notification(unsigned queue) {
  player_->interrupt(static_cast<std::uint16_t>(queue), now());
  moved();
}

// ---- the driver's side

void VirtioReplay::play() {
  driver_ = sc_core::sc_get_current_process_handle();
  if (!function_) return;
  set_up_function();
  for (;;) {
    switch (player_->next()) {
      case Player::Next::Over:
        return end_run();
      case Player::Next::Register:
        access_register();
        break;
      case Player::Next::Device:
        wait_for_device();
        break;
    }
  }
}

/// How long until the present record is due; nothing that cannot be simulated.
sc_core::sc_time VirtioReplay::until_due() {
  constexpr std::uint64_t kLatest = std::uint64_t{1} << 62;  // 53 days
  if (is_due()) return sc_core::SC_ZERO_TIME;
  const std::uint64_t due = pace_.due(player_->record().time);
  if (due < kLatest) return sc_core::sc_time::from_value(due - now());
  player_->give_up(fmt::format("record {}: its time is damaged", player_->record().number));
  return sc_core::SC_ZERO_TIME;
}

void VirtioReplay::wait_for_device() {
  const std::uint64_t moves = player_->moves();
  const sc_core::sc_time limit = sc_core::sc_time_stamp() + until_due() + patience;
  while (player_->moves() == moves && sc_core::sc_time_stamp() < limit)
    sc_core::wait(limit - sc_core::sc_time_stamp(), moved_);
  if (player_->moves() == moves) player_->stands_still(oldest_held(), now());
}

void VirtioReplay::access_register() {
  const std::uint64_t begin = now();
  while (player_->next() == Player::Next::Register && !is_due())
    if (const sc_core::sc_time time = until_due(); time != sc_core::SC_ZERO_TIME)
      sc_core::wait(time, moved_);
  if (player_->next() != Player::Next::Register) return;
  if (!held_.empty() && now() - std::max(begin, held_.front().since) > early->value())
    return player_->too_early(*held_.front().access, now());
  const Transaction record = player_->record();
  pace_.happened(now(), record.time);
  if (record.kind == Kind::RegisterRead)
    read_register(record);
  else
    write_register(record);
  moved();
}

void VirtioReplay::read_register(const Transaction& record) {
  const sc_core::sc_time limit = sc_core::sc_time_stamp() + patience;
  while (!player_->register_read(read_device(record), now())) {
    if (sc_core::sc_time_stamp() >= limit) return player_->stands_still(oldest_held(), now());
    sc_core::wait(1, sc_core::SC_US);
  }
}

void VirtioReplay::write_register(const Transaction& record) {
  std::uint8_t data[8];
  std::uint64_t value = 0;
  for (unsigned i = 0; i < record.length; ++i) {
    data[i] = record.data[i];
    value |= std::uint64_t{data[i]} << (8 * i);
  }
  const bool is_vector =
      record.address == virtio::kConfigVector || record.address == virtio::kQueueVector;
  player_->register_written(now());
  if (player_->next() == Player::Next::Over && !player_->outcome().error.empty()) return;
  if (!is_real_register(record.address)) return;
  if (is_vector && value != virtio::kNoVector) enable_msix();
  TransactionTag tag;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(bus_address(*function_, record.address));
  payload.set_data_ptr(data);
  payload.set_data_length(record.length);
  transport(payload, tag);
}

std::uint64_t VirtioReplay::read_device(const Transaction& record) {
  std::uint8_t data[8] = {};
  TransactionTag tag;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(bus_address(*function_, record.address));
  payload.set_data_ptr(data);
  payload.set_data_length(record.length);
  transport(payload, tag);
  std::uint64_t value = 0;
  for (unsigned i = 0; i < record.length; ++i) value |= std::uint64_t{data[i]} << (8 * i);
  return value;
}

/// Over the links above the function, which say when it arrives.
void VirtioReplay::transport(tlm::tlm_generic_payload& payload, TransactionTag& tag) {
  payload.set_streaming_width(payload.get_data_length());
  payload.set_byte_enable_ptr(nullptr);
  payload.set_extension(&tag);
  sc_core::sc_time delay;
  pass_links(0, payload, delay);
  payload.clear_extension(&tag);
}

void VirtioReplay::pass_links(std::size_t from, tlm::tlm_generic_payload& payload,
                              sc_core::sc_time& delay) {
  if (from == links_.size())
    return function_->socket.get_base_export()->b_transport(payload, delay);
  links_[from]->downstream(payload, delay,
                           [this, from](tlm::tlm_generic_payload& p, sc_core::sc_time& d) {
                             pass_links(from + 1, p, d);
                           });
}

void VirtioReplay::write_config(unsigned offset, unsigned bytes, std::uint32_t value) {
  std::uint8_t data[4];
  for (unsigned i = 0; i < bytes; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
  TransactionTag tag;
  tag.space = PciSpace::Config;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(offset);
  payload.set_data_ptr(data);
  payload.set_data_length(bytes);
  payload.set_extension(&tag);
  sc_core::sc_time delay;
  function_->socket.get_base_export()->b_transport(payload, delay);
  payload.clear_extension(&tag);
}

/// A log has no accesses to configuration space: what firmware does.
void VirtioReplay::set_up_function() {
  constexpr unsigned kCommand = 4, kFirstBar = 0x10;
  constexpr std::uint32_t kMemoryAndMaster = 6;
  write_config(kFirstBar + 4 * virtio::kModernBar, 4, static_cast<std::uint32_t>(kBarAt));
  write_config(kFirstBar + 4 * virtio::kModernBar + 4, 4, static_cast<std::uint32_t>(kBarAt >> 32));
  write_config(kCommand, 2, kMemoryAndMaster);
}

/// A driver that gives out vectors has enabled them. They stay masked, so that nothing is sent.
void VirtioReplay::enable_msix() {
  if (!function_->msix().present() || function_->msix().enabled()) return;
  const unsigned at = function_->msix().capability() + 2;
  write_config(at, 2, function_->config().get16(at) | 0x8000u);
}

// ---- the end

void VirtioReplay::end_run() {
  // What the device is at may go on a little: it is counted.
  sc_core::wait(100, sc_core::SC_US);
  player_->finish();
  const ReplayOutcome& outcome = player_->outcome();
  platform().request_stop(outcome.good() ? 0 : 1,
                          outcome.good()             ? "the log is played"
                          : !outcome.error.empty()   ? "the log cannot be played: " + outcome.error
                          : outcome.findings.empty() ? "the device did something else than recorded"
                                                     : "a rule is broken");
}

void VirtioReplay::refresh_statistics() {
  if (!function_) return;
  records.set(player_->outcome().records);
  differences.set(player_->outcome().differences.count());
  findings.set(player_->outcome().findings.count());
}

void VirtioReplay::finish() {
  if (!function_) return;
  if (player_->next() != Player::Next::Over) {
    player_->give_up("the run ended before the log did");
    platform().request_stop(1, "the run ended before the log did");
  }
  player_->finish();
  refresh_statistics();
  if (window_) window_->close();
  waves_.reset();
  fmt::print("{}: {}\n{}", parent()->path(), log->path, player_->outcome().str());
  std::fflush(stdout);
}

}  // namespace ringside::cosim
