// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "cosim/rtl_device/rtl_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kit/platform.h"

namespace ringside::cosim {

namespace {

constexpr const char* kLog = "/ringside/rtl";
constexpr std::uint32_t kDeviceFeatureSelect = 0x00, kDeviceFeature = 0x04;
// Ring features that parameters switch, and those that need more than the design has.
constexpr unsigned kIndirectDesc = virtio::kIndirectDesc, kEventIdx = virtio::kEventIdx,
                   kPacked = virtio::kRingPacked, kInOrder = virtio::kInOrder,
                   kNotificationData = virtio::kNotificationData, kRingReset = virtio::kRingReset;

}  // namespace

RtlDevice::RtlDevice(const sc_core::sc_module_name& name, const ModelContext& context,
                     const RtlIdentity& identity)
    : RegisterDevice(name, context),
      identity_(identity),
      period_(sc_core::sc_time(1e12 / clock->hz, sc_core::SC_PS)) {}

std::string RtlDevice::queue_name(unsigned queue) const {
  return fmt::format("queue{}", queue);
}

void RtlDevice::attach(virtio::RegisterHost& host) {
  host_ = &host;
  design_ = make_design(*this);
  AxiTiming timing;
  timing.latency = latency;
  timing.jitter = jitter;
  timing.stall = stall;
  timing.reorder = reorder;
  timing.seed = platform().seed_for(*this);
  design_->set_timing(timing);
  design_->reset();
  // Threads are made once. Workers wait for memory while the clock goes on.
  sc_core::sc_spawn([this] { turn_clock(); }, "clock_thread");
  if (!platform().timed()) return;
  for (unsigned i = 0; i < RtlDesign::kSlots; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    sc_core::sc_spawn([this, &worker] { work(worker); }, fmt::format("worker{}", i).c_str());
  }
}

void RtlDevice::resolve() {
  if (waves->path.empty()) {
    for (const auto* bound : {&waves_from, &waves_to})
      if (bound->get() != sc_core::SC_ZERO_TIME)
        throw ConfigError(bound->where(),
                          fmt::format("'{}' of {} has no meaning without a file; expected 'waves'",
                                      bound->name(), label()));
    return;
  }
  if (!design_) return;
  WaveFile file;
  file.path = waves->path;
  file.from = waves_from->value();
  file.to = waves_to->value() != 0 ? waves_to->value() : ~std::uint64_t{0};
  file.period = period_.value();
  if (file.to < file.from)
    throw ConfigError(waves_to.where(),
                      fmt::format("'waves_to' of {} is {}; expected a time after 'waves_from', {}",
                                  label(), waves_to.value_text(), waves_from.value_text()));
  if (const std::string why = design_->begin_waves(file); !why.empty())
    throw ConfigError(waves.where(), fmt::format("the waves of {} cannot be written to {}: {}",
                                                 label(), file.path, why));
  waves_on_ = true;
}

void RtlDevice::finish() {
  if (waves_on_) design_->end_waves();
}

// ---- the clock

void RtlDevice::turn_clock() {
  for (;;) {
    catch_up();
    if (design_->resting() && !design_->access_under_way()) {
      sc_core::wait(wake_);
      continue;
    }
    after_clocks(run(quantum));
  }
}

/// Simulated time comes to where the design is; then what it did takes effect.
void RtlDevice::catch_up() {
  while (ahead_ != 0) {
    const std::uint64_t clocks = std::exchange(ahead_, 0);
    sc_core::wait(period_ * static_cast<double>(clocks));
  }
  hand_out();
}

void RtlDevice::after_clocks(unsigned clocks) {
  ahead_ += clocks;
  if (const std::uint8_t isr = design_->isr_status(); isr != isr_) host_->show_isr(isr_ = isr);
  if (design_->violations() != reported_violations_) report_violation();
}

unsigned RtlDevice::run(unsigned most) {
  turner_ = sc_core::sc_get_current_process_handle();
  if (waves_on_)
    design_->set_time((sc_core::sc_time_stamp() + period_ * static_cast<double>(ahead_)).value());
  const unsigned clocks = design_->run(most);
  turner_ = {};
  turned_.notify();
  return clocks;
}

void RtlDevice::report_violation() {
  if (std::exchange(reported_violations_, design_->violations()) != 0) return;
  std::string text = design_->violation_text();
  text.resize(std::min(text.size(), text.find('\n')));
  text = fmt::format("{} broke a rule of AXI: {}", label(), text);
  SC_REPORT_WARNING(kLog, text.c_str());
  if (on_violation == OnViolation::Stop) platform().request_stop(3, text);
}

// ---- registers

std::uint64_t RtlDevice::read_register(std::uint64_t offset, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned done = 0; done < bytes;) {
    // Words of AXI4-Lite, and of them what is aligned.
    const auto at = static_cast<std::uint32_t>(offset + done);
    unsigned now = std::min(4 - (at & 3), bytes - done);
    while ((now & (now - 1)) != 0 || (at & (now - 1)) != 0) --now;
    value |= std::uint64_t{read_part(at, now)} << (8 * done);
    done += now;
  }
  return value;
}

std::uint32_t RtlDevice::read_part(std::uint32_t offset, unsigned bytes) {
  std::uint32_t value = 0;
  if (!access(offset, bytes, false, value)) return ~0u >> (32 - 8 * bytes);
  // What is not to be offered is not, although the design could.
  if ((offset & ~3u) == kDeviceFeature) {
    const unsigned shift = 8 * (offset & 3);
    value = (offered(value << shift) >> shift);
  }
  return value;
}

void RtlDevice::write_register(std::uint64_t offset, unsigned bytes, std::uint64_t value) {
  if (offset == kDeviceFeatureSelect && bytes == 4)
    feature_select_ = static_cast<std::uint32_t>(value);
  const bool halves = bytes == 8 && offset % 8 == 0;
  if (!halves && (bytes == 8 || offset % bytes != 0)) return;  // no width of any field
  for (unsigned done = 0; done < bytes; done += std::min(bytes, 4u)) {
    auto part = static_cast<std::uint32_t>(value >> (8 * done));
    access(static_cast<std::uint32_t>(offset + done), std::min(bytes, 4u), true, part);
  }
}

std::uint32_t RtlDevice::offered(std::uint32_t features) const {
  const auto take_away = [&](unsigned bit, bool offer) {
    if (!offer && bit / 32 == feature_select_) features &= ~(1u << (bit % 32));
  };
  take_away(kIndirectDesc, indirect);
  take_away(kEventIdx, event_idx);
  take_away(kPacked, packed);
  take_away(kInOrder, in_order);
  take_away(kNotificationData, notification_data);
  take_away(kRingReset, ring_reset);
  return features;
}

/// In the driver's own context, without waiting: the design's clock turns until it has answered,
/// and simulated time follows later.
bool RtlDevice::access(std::uint32_t offset, unsigned bytes, bool is_write, std::uint32_t& value) {
  if (deaf_ || offset >= kRegisterBytes || !wait_for_turn()) return false;
  if (is_write)
    design_->start_write(offset, bytes, value);
  else
    design_->start_read(offset, bytes);
  ++register_accesses;
  unsigned clocks = 0;
  while (design_->access_under_way() && clocks < kPatience) {
    const unsigned now = run(kPatience - clocks);
    clocks += now;
    after_clocks(now);
  }
  register_clocks += clocks;
  host_->register_took(period_ * static_cast<double>(clocks));
  wake_.notify(sc_core::SC_ZERO_TIME);
  if (design_->access_under_way()) {
    deaf_ = true;
    const std::string text = fmt::format(
        "{}: register {:#06x} does not answer within {} clocks; the device is lost until "
        "the machine or the function is reset",
        label(), offset, kPatience);
    SC_REPORT_WARNING(kLog, text.c_str());
    return false;
  }
  if (is_write || design_->refused()) return !design_->refused();
  value = design_->value();
  return true;
}

/// Memory that takes its time in functional mode, too, may have the clock's thread wait within a
/// clock. False for the design's own access, by DMA, to its registers: nothing answers there.
bool RtlDevice::wait_for_turn() {
  const sc_core::sc_process_handle self = sc_core::sc_get_current_process_handle();
  while (turner_.valid()) {
    if (turner_ == self) return false;
    sc_core::wait(turned_);
  }
  return true;
}

void RtlDevice::reset_registers() {
  if (!design_) return;
  ++life_;
  feature_select_ = 0;
  deaf_ = false;
  isr_ = 0;
  design_->reset();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

// ---- what the design does

void RtlDevice::interrupt(unsigned vector) {
  ++vectors_raised;
  if (!platform().timed()) return host_->raise_vector(vector);
  Deed deed;
  deed.is_interrupt = true;
  deed.number = vector;
  deeds_.push_back(deed);
}

bool RtlDevice::burst(unsigned slot, const BusAccess& access, std::uint8_t* data,
                      Response& response) {
  ++(access.is_write ? write_bursts : read_bursts);
  if (!platform().timed()) {
    response = move(access, data, access.strobes);
    return true;
  }
  Deed deed;
  deed.number = slot;
  deed.access = access;
  deed.data = data;
  deeds_.push_back(deed);
  return false;
}

void RtlDevice::forget_bursts() {
  ++life_;
  deeds_.clear();
}

/// In the order in which the design did it.
void RtlDevice::hand_out() {
  while (!deeds_.empty()) {
    const Deed deed = deeds_.front();
    deeds_.pop_front();
    if (deed.is_interrupt) {
      host_->raise_vector(deed.number);
      continue;
    }
    // There are as many workers as bursts can be out, but a reset forgets some that are still busy.
    const auto idle = std::find_if(workers_.begin(), workers_.end(),
                                   [](const auto& worker) { return !worker->busy; });
    if (idle == workers_.end()) {
      deeds_.push_front(deed);
      return;
    }
    Worker& worker = **idle;
    worker.busy = true;
    worker.deed = deed;
    // Its own copies: after a reset the slot may be another burst's.
    worker.data.assign(deed.data, deed.data + deed.access.bytes);
    if (deed.access.is_write)
      worker.strobes.assign(deed.access.strobes, deed.access.strobes + deed.access.bytes);
    worker.wake.notify(sc_core::SC_ZERO_TIME);
  }
}

void RtlDevice::work(Worker& worker) {
  for (;;) {
    sc_core::wait(worker.wake);
    const std::uint64_t life = life_;
    const Deed deed = worker.deed;
    const Response response = move(deed.access, worker.data.data(), worker.strobes.data());
    worker.busy = false;
    if (life == life_) {
      if (!deed.access.is_write) std::copy(worker.data.begin(), worker.data.end(), deed.data);
      design_->finish(deed.number, response);
    }
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

Response RtlDevice::move(const BusAccess& access, std::uint8_t* data, const std::uint8_t* strobes) {
  TransactionTag tag;
  tag.requester_id = host_->requester_id();
  tag.queue = access.queue;
  tag.step = access.step <= static_cast<std::uint8_t>(Step::Config) ? static_cast<Step>(access.step)
                                                                    : Step::None;
  const auto response_of = [&](DmaStatus status) {
    if (status == DmaStatus::Ok) return Response::Okay;
    ++memory_errors;
    return status == DmaStatus::AddressError ? Response::DecodeError : Response::SlaveError;
  };
  if (!access.is_write) {
    read_bytes += access.bytes;
    return response_of(host_->dma().read(access.address, data, access.bytes, tag));
  }
  // One access for each stretch of strobes.
  const std::uint64_t life = life_;
  for (std::uint32_t begin = 0; begin < access.bytes;) {
    std::uint32_t end = begin;
    while (end < access.bytes && strobes[end] != 0) ++end;
    if (end == begin) {
      ++begin;
      continue;
    }
    write_bytes += end - begin;
    const DmaStatus status =
        host_->dma().write(access.address + begin, data + begin, end - begin, tag);
    if (status != DmaStatus::Ok) return response_of(status);
    if (life != life_) break;
    begin = end;
  }
  return Response::Okay;
}

void RtlDevice::refresh_statistics() {
  if (!design_) return;
  clocks.set(design_->clocks());
  stalls.set(design_->stalls());
  violations.set(design_->violations());
}

}  // namespace ringside::cosim
