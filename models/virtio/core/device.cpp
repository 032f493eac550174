// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "virtio/core/device.h"

#include <fmt/format.h>

#include <utility>

#include "kit/platform.h"

namespace ringside::virtio {

namespace {

constexpr const char* kLog = "/ringside/virtio";
constexpr unsigned kAdminQueueSize = 64;

std::uint16_t power_of_2_not_above(unsigned value) {
  unsigned power = 1;
  if (value == 0) return 0;
  while (power * 2 <= value) power *= 2;
  return static_cast<std::uint16_t>(power);
}

/// True if [address, address + bytes) is aligned and does not leave the address space.
bool placed_well(std::uint64_t address, std::uint64_t alignment, std::uint64_t bytes) {
  return address % alignment == 0 && address + (bytes - 1) >= address;
}

}  // namespace

VirtioDevice::VirtioDevice(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioEndpoint(name, context) {}

void VirtioDevice::add_queue(const std::string& name, unsigned size) {
  const unsigned index = all_queues();
  auto slot = std::make_unique<QueueSlot>();
  QueueHost& host = *this;  // a private base, which make_unique could not reach
  slot->queue = std::make_unique<Virtqueue>(this, host, index, name);
  slot->standard_size = static_cast<std::uint16_t>(size);
  queues_.push_back(std::move(slot));
  set_queue_defaults(index);
  // The thread is made here, once, and lives as long as the simulation.
  sc_core::sc_spawn([this, index] { run_queue(index); }, (name + "_thread").c_str());
  react(queue(index).interrupt_due_event(), name + "_interrupt",
        [this, index] { queue(index).send_held_interrupt(); });
  react(queue(index).service_due_event(), name + "_service",
        [this, index] { queue(index).finish_service(); });
}

void VirtioDevice::react(const sc_core::sc_event& event, const std::string& name,
                         std::function<void()> call) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&event);
  options.dont_initialize();
  sc_core::sc_spawn(std::move(call), name.c_str(), &options);
}

void VirtioDevice::attach(Transport& transport) {
  transport_ = &transport;
  if (!admin_queue || administration_) return;
  add_queue("adminq", kAdminQueueSize);
  administration_ = std::make_unique<Administration>(admin_opcodes);
  declare_admin(administration_->objects());
}

// ---- features (2.2, 6)

FeatureSet VirtioDevice::offered_features() const {
  FeatureSet offered = device_features();
  offered.set(kVersion1);
  offered.set(kIndirectDesc, indirect);
  offered.set(kEventIdx, event_idx);
  offered.set(kAccessPlatform, access_platform);
  offered.set(kRingPacked, packed);
  offered.set(kInOrder, in_order);
  offered.set(kOrderPlatform, order_platform);
  offered.set(kNotificationData, notification_data);
  offered.set(kNotifConfigData, notif_config_data);
  offered.set(kRingReset, ring_reset);
  offered.set(kSuspend, suspend);
  offered.set(kAdminVq, admin_queue);
  return offered;
}

FeatureSet VirtioDevice::offered_legacy_features() const {
  FeatureSet offered;
  offered.set_page(0, legacy_features(device_features()).page(0));
  offered.set(kNotifyOnEmpty, notify_on_empty);
  offered.set(kAnyLayout);
  offered.set(kIndirectDesc, indirect);
  offered.set(kEventIdx, event_idx);
  return offered;
}

void VirtioDevice::write_driver_features(unsigned page, std::uint32_t bits) {
  if (started_ || (status_ & kFeaturesOk)) return;
  driver_features_.set_page(page, bits);
  // Legacy drivers never say that they are done (3.1.2), so what they wrote counts at once.
  if (legacy()) negotiated_ = driver_features_ & offered_legacy_features();
}

bool VirtioDevice::features_consistent(const FeatureSet& chosen) const {
  const FeatureSet offered = legacy() ? offered_legacy_features() : offered_features();
  if (!chosen.without(offered).empty()) return false;
  if (legacy()) return accepts_features(chosen);
  if (!chosen.has(kVersion1)) return false;
  // A device that offers this reaches memory through the platform's translation only (6.1).
  if (offered.has(kAccessPlatform) && !chosen.has(kAccessPlatform)) return false;
  return accepts_features(chosen);
}

// ---- status (2.1, 3.1)

std::uint8_t VirtioDevice::status() const {
  if (status_ == 0 && draining_) {
    for (const auto& slot : queues_)
      if (slot->queue->in_flight()) return status_before_reset_;
  }
  // Legacy drivers do not know this bit.
  return legacy() ? status_ & static_cast<std::uint8_t>(~kNeedsReset) : status_;
}

void VirtioDevice::write_status(std::uint8_t status) {
  if (status == 0) {
    reset_device();
    return;
  }
  // The driver can't clear bits (2.1.1), and some are the device's to set.
  const std::uint8_t fresh = status & static_cast<std::uint8_t>(~status_);
  status_ |= fresh & (kAcknowledge | kDriver | kFailed);
  if (fresh & kFeaturesOk) accept_features();
  if (fresh & kDriverOk) {
    if (!legacy() && !(status_ & kFeaturesOk)) {
      SC_REPORT_WARNING(kLog, (label() + ": DRIVER_OK before FEATURES_OK is ignored").c_str());
      return;
    }
    if (suspended()) return resume();
    status_ |= kDriverOk;
    start();
  }
  if (fresh & kSuspendStatus) begin_suspend();
}

void VirtioDevice::accept_features() {
  if (!features_consistent(driver_features_)) {
    const std::string text =
        fmt::format("{}: FEATURES_OK refused for feature bits {} (offered: {})", label(),
                    driver_features_.str(), offered_features().str());
    SC_REPORT_WARNING(kLog, text.c_str());
    return;
  }
  negotiated_ = driver_features_;
  status_ |= kFeaturesOk;
  for (unsigned i = 0; i < all_queues(); ++i)
    if (!queues_[i]->setup.enabled) set_queue_defaults(i);
}

void VirtioDevice::start() {
  if (started_) return;
  started_ = true;
  on_driver_ok();
  for (const auto& slot : queues_)
    if (slot->queue->enabled()) slot->queue->poke();
}

// ---- suspend (3.4)

void VirtioDevice::begin_suspend() {
  if (!has(kSuspend) || !(status_ & kDriverOk) || (status_ & kNeedsReset) || suspending_) return;
  suspending_ = true;
  for (const auto& slot : queues_) slot->queue->pause(true);
  on_suspend();
  finish_suspend();
}

void VirtioDevice::queue_drained(unsigned index) {
  finish_suspend();
  if (transport_) transport_->queue_drained(index);
}

void VirtioDevice::finish_suspend() {
  if (!suspending_) return;
  for (const auto& slot : queues_)
    if (slot->queue->outstanding() != 0 || slot->queue->in_flight()) return;
  suspending_ = false;
  status_ = static_cast<std::uint8_t>((status_ & ~kDriverOk) | kSuspendStatus);
}

void VirtioDevice::resume() {
  status_ = static_cast<std::uint8_t>((status_ & ~kSuspendStatus) | kDriverOk);
  for (const auto& slot : queues_) {
    slot->queue->pause(false);
    slot->queue->poke();
  }
  if (std::exchange(config_changed_meanwhile_, false)) transport_->notify_config();
}

// ---- reset (2.4)

void VirtioDevice::reset() {
  reset_device();
  generation_ = 0;
}

void VirtioDevice::reset_device() {
  status_before_reset_ = status_ != 0 ? status_ : status_before_reset_;
  draining_ = false;
  status_ = 0;
  started_ = suspending_ = config_changed_meanwhile_ = false;
  driver_features_ = {};
  negotiated_ = {};
  for (unsigned i = 0; i < all_queues(); ++i) {
    draining_ = draining_ || queues_[i]->queue->in_flight();
    queues_[i]->queue->disable();
    set_queue_defaults(i);
  }
  if (administration_) administration_->reset();
  on_reset();
}

void VirtioDevice::needs_reset(const std::string& why) {
  if (status_ & kNeedsReset) return;
  SC_REPORT_WARNING(kLog, (label() + ": needs reset: " + why).c_str());
  status_ |= kNeedsReset;
  for (const auto& slot : queues_) slot->queue->halt();
  if ((status_ & kDriverOk) && !legacy() && transport_) transport_->notify_config();
}

void VirtioDevice::config_changed() {
  ++generation_;
  config_changed_meanwhile_ = suspended();
  if ((status_ & kDriverOk) && transport_) transport_->notify_config();
}

// ---- queues

void VirtioDevice::set_queue_defaults(unsigned index) {
  QueueSlot& slot = *queues_[index];
  // Split rings have sizes that are powers of 2, and drivers take the largest size as it is.
  const std::uint16_t size =
      has(kRingPacked) ? slot.standard_size : power_of_2_not_above(slot.standard_size);
  slot.setup = {size, size, 0, 0, 0, false, false, std::nullopt};
}

VirtioDevice::QueueSetup& VirtioDevice::queue_setup(unsigned index) {
  QueueSlot& slot = *queues_[index];
  slot.setup.resetting = slot.setup.resetting && slot.queue->in_flight();
  return slot.setup;
}

QueueLayout VirtioDevice::layout_of(unsigned index) const {
  const QueueSetup& setup = queues_[index]->setup;
  QueueLayout layout;
  layout.size = setup.size;
  layout.descriptor_area = setup.descriptor_area;
  layout.driver_area = setup.driver_area;
  layout.device_area = setup.device_area;
  layout.packed = has(kRingPacked);
  layout.indirect = has(kIndirectDesc);
  layout.event_idx = has(kEventIdx);
  layout.in_order = has(kInOrder);
  layout.notify_on_empty = has(kNotifyOnEmpty);
  layout.resume = setup.resume;
  return layout;
}

bool VirtioDevice::enable_queue(unsigned index) {
  if (!has_queue(index)) return false;
  QueueSlot& slot = *queues_[index];
  if (slot.setup.enabled) return true;
  const bool ready = legacy() || (status_ & kFeaturesOk) != 0;
  const QueueLayout layout = layout_of(index);
  const std::uint64_t size = layout.size;
  const bool legal =
      size != 0 && size <= slot.setup.max_size && (layout.packed || (size & (size - 1)) == 0) &&
      placed_well(layout.descriptor_area, 16, 16 * size) &&
      placed_well(layout.driver_area, layout.packed ? 4 : 2, layout.packed ? 4 : 6 + 2 * size) &&
      placed_well(layout.device_area, 4, layout.packed ? 4 : 6 + 8 * size);
  if (!ready || !legal) {
    const std::string text = fmt::format(
        "{}: queue {} stays off: {} (size {} of {}, areas at {:#x}, {:#x}, {:#x})", label(), index,
        ready ? "size or alignment is not legal" : "features are not settled", size,
        slot.setup.max_size, layout.descriptor_area, layout.driver_area, layout.device_area);
    SC_REPORT_WARNING(kLog, text.c_str());
    return false;
  }
  slot.setup.enabled = true;
  slot.queue->enable(layout);
  if (status_ & kNeedsReset) slot.queue->halt();
  return true;
}

void VirtioDevice::reset_queue(unsigned index) {
  if (!has_queue(index) || !has(kRingReset)) return;
  QueueSlot& slot = *queues_[index];
  const bool busy = slot.queue->in_flight();
  slot.queue->disable();
  set_queue_defaults(index);
  slot.setup.resetting = busy;
  if (index < num_queues()) on_queue_reset(index);
}

void VirtioDevice::pause_queue(unsigned index, bool drain) {
  queues_[index]->queue->pause(true);
  if (drain && driver_ok()) on_suspend();
}

void VirtioDevice::resume_queue(unsigned index) {
  queues_[index]->queue->pause(false);
  queues_[index]->queue->poke();
}

bool VirtioDevice::queue_busy(unsigned index) const {
  const Virtqueue& queue = *queues_[index]->queue;
  return driver_ok() && (queue.outstanding() != 0 || queue.in_flight());
}

RingPosition VirtioDevice::stop_queue(unsigned index) {
  QueueSlot& slot = *queues_[index];
  const RingPosition position = slot.queue->position();
  slot.queue->disable();
  set_queue_defaults(index);
  if (index < num_queues()) on_queue_reset(index);
  return position;
}

void VirtioDevice::notify(unsigned index, std::uint16_t next, const sc_core::sc_time& delay) {
  if (!has_queue(index)) return;
  // Legacy drivers may use the device before they set DRIVER_OK (3.1.2).
  if (legacy() && queues_[index]->queue->enabled()) start();
  if (has(kNotificationData))
    queues_[index]->queue->kick(next, delay);
  else
    queues_[index]->queue->kick(delay);
}

void VirtioDevice::run_queue(unsigned index) {
  Virtqueue& queue = *queues_[index]->queue;
  for (;;) {
    if (!queue.take_wake()) {
      sc_core::wait(queue.wake_event());
      continue;
    }
    if (!driver_ok() || !queue.enabled()) continue;
    if (index < num_queues())
      serve(index);
    else
      administration_->serve(queue);
    queue.flush();
  }
}

Tracer* VirtioDevice::tracer() const {
  return platform().tracer();
}

const EngineSettings& VirtioDevice::engine() const {
  return engine_model ? engine_model->settings() : QueueHost::engine();
}

sc_core::sc_time VirtioDevice::service_end(std::uint32_t out, std::uint32_t in) {
  return service ? service->end_of(out, in) : sc_core::sc_time_stamp();
}

sc_core::sc_mutex* VirtioDevice::engine_lock() {
  return engine_model ? engine_model->lock() : nullptr;
}

void VirtioDevice::used_notification(unsigned index) {
  if (index >= num_queues() || !hold_back_notification(index)) {
    transport_->notify_queue(index);
    return;
  }
  // The ring has counted it as sent; it is when it leaves.
  Counter& interrupts = queue(index).interrupts;
  interrupts.set(interrupts.value() - 1);
}

void VirtioDevice::send_held_notification(unsigned index) {
  if (!driver_ok()) return;
  ++queue(index).interrupts;
  transport_->notify_queue(index);
}

bool VirtioDevice::read_memory(unsigned index, std::uint64_t address, void* to, std::size_t bytes) {
  TransactionTag tag;
  tag.requester_id = transport_->requester_id();
  tag.queue = static_cast<std::uint16_t>(index);
  tag.step = Step::Payload;
  return transport_->dma().read(address, to, bytes, tag) == DmaStatus::Ok;
}

void VirtioDevice::queue_broken(unsigned queue, const std::string& why) {
  needs_reset(fmt::format("queue {} ({}): {}", queue, queues_[queue]->queue->stat_name(), why));
}

}  // namespace ringside::virtio
