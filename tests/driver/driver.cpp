// SPDX-License-Identifier: Apache-2.0
#include "driver/driver.h"

#include <algorithm>

namespace ringside::test {

namespace {
constexpr std::uint8_t kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8;
constexpr unsigned kEventIdx = 29, kPacked = 34, kInOrder = 35;
}  // namespace

void Driver::reset() {
  device_.set_status(0);
  for (unsigned tries = 0; !impatient && device_.status() != 0; ++tries) {
    if (tries == 1000) throw std::runtime_error("the reset never ends");
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
  }
  queues_.clear();
  accepted_.clear();
}

bool Driver::negotiate(const Bits& accept) {
  reset();
  device_.set_status(kAcknowledge);
  device_.set_status(kAcknowledge | kDriver);
  for (unsigned page = 0; page < 4; ++page) {
    std::uint32_t bits = 0;
    for (unsigned bit : accept)
      if (bit / 32 == page) bits |= 1u << (bit % 32);
    device_.set_driver_features(page, bits);
  }
  device_.set_status(kAcknowledge | kDriver | kFeaturesOk);
  accepted_ = accept;
  return (device_.status() & kFeaturesOk) != 0;
}

bool Driver::accepted(unsigned bit) const {
  return std::find(accepted_.begin(), accepted_.end(), bit) != accepted_.end();
}

bool Driver::add_queue(unsigned index, std::uint16_t size) {
  QueueOptions options;
  options.size = size;
  options.packed = accepted(kPacked);
  options.event_idx = accepted(kEventIdx);
  options.in_order = accepted(kInOrder);
  if (queues_.size() <= index) queues_.resize(index + 1);
  queues_[index] = DriverQueue::make(memory_, arena_, options);
  return device_.enable_queue(index, queues_[index]->place());
}

void Driver::start() {
  device_.set_status(kAcknowledge | kDriver | kFeaturesOk | kDriverOk);
}

bool Driver::bring_up(const Bits& accept, std::uint16_t size) {
  if (!negotiate(accept) || !add_queue(0, size)) return false;
  start();
  return (device_.status() & kDriverOk) != 0;
}

bool Driver::submit(unsigned index) {
  if (!queues_[index]->publish()) return false;
  ++notifications;
  device_.notify(index, queues_[index]->next_position());
  return true;
}

bool Driver::wait_used(unsigned index, const sc_core::sc_time& patience, unsigned more) {
  DriverQueue& queue = *queues_[index];
  const sc_core::sc_time end = sc_core::sc_time_stamp() + patience;
  while (queue.enable_interrupts(more)) {
    if (sc_core::sc_time_stamp() >= end) return false;
    sc_core::wait(end - sc_core::sc_time_stamp(), device_.interrupt_event());
    if (sc_core::sc_time_stamp() >= end && !queue.used_waiting()) return false;
  }
  queue.disable_interrupts();
  return true;
}

}  // namespace ringside::test
