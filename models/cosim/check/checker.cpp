// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/checker.h"

#include <fmt/format.h>

namespace ringside::cosim {

void Checker::see(const Transaction& t) {
  ++transactions_;
  last_ = t;
  last_.data = last_.strobes = nullptr;
  switch (t.kind) {
    case Kind::RegisterWrite:
    case Kind::RegisterRead:
      return registers_.see(t);
    case Kind::DmaRead:
    case Kind::DmaWrite:
      return dma(t);
    case Kind::Interrupt:
      return interrupt(t);
  }
}

void Checker::find(const Transaction& t, Rule rule, const char* expected) {
  findings_.add(
      {rule, t.number, t.time, t.device, t.queue, t.request, expected,
       t.kind == Kind::Interrupt
           ? std::string("an interrupt")
           : fmt::format("a {} of {} bytes at {:#x}", t.kind == Kind::DmaWrite ? "write" : "read",
                         t.length, t.address)});
}

Checker::Queue* Checker::of(const Transaction& t) {
  if (t.queue != Transaction::kNoQueue)
    return t.queue < queues_.size() ? &queues_[t.queue] : nullptr;
  for (Queue& queue : queues_)
    if (queue.ring && queue.life == Life::On && queue.ring->owns(t.address)) return &queue;
  return nullptr;
}

void Checker::dma(const Transaction& t) {
  if (t.purpose == Purpose::Interrupt) return;
  if (registers_.resetting()) return;  // what was under way may end
  Queue* queue = of(t);
  if (reset_) return find(t, Rule::AfterReset, "no DMA after the device's reset");
  const bool enabled = queue && queue->life != Life::Never;
  // A legacy driver may use a queue before it says so (3.1.2).
  if (!registers_.driver_ok() && !(enabled && registers_.legacy()))
    return find(t, Rule::BeforeDriverOk, "no DMA before DRIVER_OK");
  if (!enabled) return find(t, Rule::Outside, "memory of a queue that is enabled");
  if (queue->life == Life::Ending) return;
  if (queue->life == Life::Ended)
    return find(t, Rule::AfterReset, "no DMA after the queue's reset");
  if (!queue->ring) return;
  const bool before = queue->ring->in_error();
  const bool busy = busy_before_error();
  queue->ring->access(t);
  if (!before && !error_ && queue->ring->in_error()) learn_error(t, *queue);
  if (busy && !busy_before_error()) error_->since = t.time;
}

void Checker::learn_error(const Transaction& t, const Queue& queue) {
  error_.emplace();
  error_->at = t;
  error_->since = t.time;
  error_->at.queue = static_cast<std::uint16_t>(&queue - queues_.data());
  error_->of_memory = queue.ring->memory_failed();
}

bool Checker::busy_before_error() const {
  if (!error_ || error_->of_memory || error_->at.queue >= queues_.size()) return false;
  const Queue& queue = queues_[error_->at.queue];
  return queue.life == Life::On && queue.ring && queue.ring->busy_before_fault();
}

void Checker::interrupt(const Transaction& t) {
  if (t.queue == Transaction::kNoQueue && error_) error_->notified = true;
  if (t.queue == Transaction::kNoQueue || registers_.resetting()) return;
  if (reset_) return find(t, Rule::AfterReset, "no interrupt after the device's reset");
  Queue* queue = of(t);
  if (!queue || queue->life == Life::Never)
    return find(t, Rule::Outside, "interrupts of queues that are enabled");
  if (queue->life == Life::Ended)
    return find(t, Rule::AfterReset, "no interrupt after the queue's reset");
  if (queue->life == Life::On && queue->ring) queue->ring->interrupt(t);
}

void Checker::finish() {
  if (registers_.resetting()) return;
  if (error_ && !busy_before_error()) error_->settled = true;
  for (Queue& queue : queues_)
    if (queue.ring && queue.life == Life::On) queue.ring->finish(last_);
}

// ---- what registers say

void Checker::queue_enabled(unsigned index, const RingSetup& setup) {
  reset_ = false;
  if (queues_.size() <= index) queues_.resize(index + 1u);
  Queue& queue = queues_[index];
  retire(queue);
  queue.life = Life::On;
  const bool legal = setup.size != 0 && setup.size <= 32768 &&
                     (setup.packed || (setup.size & (setup.size - 1)) == 0);
  if (!legal) return;
  const auto own = of_queue_.find(index);
  queue.ring = RingReference::make(static_cast<std::uint16_t>(index), setup,
                                   own == of_queue_.end() ? settings_ : own->second, findings_);
}

void Checker::queue_resetting(unsigned index) {
  if (index < queues_.size()) queues_[index].life = Life::Ending;
}

void Checker::queue_reset(unsigned index) {
  if (index >= queues_.size()) return;
  retire(queues_[index]);
  queues_[index].life = Life::Ended;
}

void Checker::status_read(std::uint8_t status) {
  if (!error_ || error_->judged || busy_before_error()) return;
  if (!error_->settled && last_.time - error_->since <= settings_.error_within) return;
  error_->judged = true;
  constexpr std::uint8_t kDriverOk = 4, kNeedsReset = 0x40;
  const auto report = [&](std::string expected, std::string found) {
    findings_.add({Rule::NeedsReset, last_.number, last_.time, error_->at.device, error_->at.queue,
                   error_->at.request, std::move(expected), std::move(found)});
  };
  const std::string why =
      error_->of_memory
          ? fmt::format("as the {} of {} bytes at {:#x} (transaction {}) failed",
                        error_->at.kind == Kind::DmaWrite ? "write" : "read", error_->at.length,
                        error_->at.address, error_->at.number)
          : fmt::format("as the driver's ring makes no sense (transaction {})", error_->at.number);
  if ((status & kNeedsReset) == 0)
    report("DEVICE_NEEDS_RESET, " + why, fmt::format("status {:#x}", status));
  else if ((status & kDriverOk) != 0 && registers_.config_vector() && !error_->notified)
    report("a configuration change notification, " + why, "none");
}

void Checker::device_resetting() {
  for (Queue& queue : queues_)
    if (queue.ring) queue.ring->stop();
}

void Checker::device_reset() {
  for (Queue& queue : queues_) retire(queue);
  queues_.clear();
  error_.reset();
  reset_ = true;
}

void Checker::notified(unsigned index, std::uint16_t next) {
  if (index < queues_.size() && queues_[index].ring && queues_[index].life == Life::On)
    queues_[index].ring->notified(next);
}

void Checker::notifications_hidden(unsigned index) {
  if (index < queues_.size() && queues_[index].ring) queues_[index].ring->hide_interrupts();
}

// ---- totals

void Checker::retire(Queue& queue) {
  if (!queue.ring) return;
  requests_ += queue.ring->requests();
  used_ += queue.ring->used();
  predicted_bytes_ += queue.ring->predicted_bytes();
  queue.ring.reset();
}

std::uint64_t Checker::requests() const {
  std::uint64_t sum = requests_;
  for (const Queue& queue : queues_) sum += queue.ring ? queue.ring->requests() : 0;
  return sum;
}

std::uint64_t Checker::used() const {
  std::uint64_t sum = used_;
  for (const Queue& queue : queues_) sum += queue.ring ? queue.ring->used() : 0;
  return sum;
}

std::uint64_t Checker::predicted_bytes() const {
  std::uint64_t sum = predicted_bytes_;
  for (const Queue& queue : queues_) sum += queue.ring ? queue.ring->predicted_bytes() : 0;
  return sum;
}

}  // namespace ringside::cosim
