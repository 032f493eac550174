// SPDX-License-Identifier: Apache-2.0
#include "virtio/ring/virtqueue.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "virtio/ring/impl.h"

namespace ringside::virtio {

// ---- pool

DescriptorChain* Virtqueue::Impl::take() {
  if (free_chains.empty()) {
    chains.push_back(std::make_unique<DescriptorChain>());
    free_chains.reserve(chains.size());
    return chains.back().get();
  }
  DescriptorChain* chain = free_chains.back();
  free_chains.pop_back();
  return chain;
}

void Virtqueue::Impl::give_back(DescriptorChain* chain) {
  chain->queue_ = nullptr;
  // Storage is kept for the next request, but not that of monsters.
  constexpr std::size_t kKeep = 256;
  if (chain->readable_.capacity() > kKeep) std::vector<Buffer>().swap(chain->readable_);
  if (chain->writable_.capacity() > kKeep) std::vector<Buffer>().swap(chain->writable_);
  free_chains.push_back(chain);
}

bool Virtqueue::Impl::may_take_another() {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  if (burst_at != now) {
    burst_at = now;
    burst = 0;
  }
  return ++burst <= longest_burst;
}

bool Virtqueue::Impl::resting() const {
  return burst > longest_burst && burst_at == sc_core::sc_time_stamp();
}

void ReturnChain::operator()(DescriptorChain* chain) const {
  home->impl_->give_back(chain);
}

namespace {

std::uint64_t nanoseconds_between(const sc_core::sc_time& from, const sc_core::sc_time& to) {
  // Simulated time is counted in picoseconds (kit README).
  return (to - from).value() / 1000;
}

std::uint64_t nanoseconds_since(const sc_core::sc_time& then) {
  return nanoseconds_between(then, sc_core::sc_time_stamp());
}

}  // namespace

const EngineSettings& QueueHost::engine() const {
  static const EngineSettings ideal;
  return ideal;
}

/// The queue's thread at work on the ring: alone, if the device's queues share an engine.
class Virtqueue::EngineTurn {
 public:
  explicit EngineTurn(QueueHost& host) : lock_(host.engine_lock()) {
    if (lock_) lock_->lock();
  }
  ~EngineTurn() {
    if (lock_) lock_->unlock();
  }
  EngineTurn(const EngineTurn&) = delete;
  EngineTurn& operator=(const EngineTurn&) = delete;

 private:
  sc_core::sc_mutex* lock_;
};

// ---- requests that are done

void Virtqueue::Impl::done(const DescriptorChain& chain, std::uint32_t written) {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  const UsedElement element{chain.id_,       written, chain.descriptors_, 1, chain.request_,
                            chain.begun_at_, now};
  if (done_unpublished++ == 0) first_done = now;
  if (completions.empty()) {
    pending.push_back(element);
    return;
  }
  Completion& slot = completions[chain.request_ % completions.size()];
  slot = {element, true, written == chain.writable_bytes_};
  something_done = true;
}

void Virtqueue::Impl::collect() {
  ready.clear();
  done_unpublished = 0;
  if (completions.empty()) {
    ready.swap(pending);
    return;
  }
  something_done = false;
  UsedElement batch;
  bool open = false;
  for (;;) {
    Completion& next = completions[next_to_publish % completions.size()];
    if (!next.done || next_to_publish >= next_request) break;
    next.done = false;
    ++next_to_publish;
    // A batch is told by the id of its last request; its length is that request's alone, so the
    // others must have been written in full (2.7.9, 2.8.8).
    next.element.descriptors += open ? batch.descriptors : 0;
    next.element.requests += open ? batch.requests : 0;
    batch = next.element;
    open = next.whole;
    if (!open) ready.push_back(batch);
  }
  if (open) ready.push_back(batch);
}

// ---- life

Virtqueue::Virtqueue(StatGroup* device, QueueHost& host, unsigned index, const std::string& name)
    : StatGroup(device, name),
      host_(host),
      index_(index),
      impl_(std::make_unique<Impl>(host, index, stat_name())) {}

Virtqueue::~Virtqueue() = default;

void Virtqueue::enable(const QueueLayout& layout) {
  disable();
  Impl& m = *impl_;
  layout_ = layout;
  m.engine = layout.packed ? static_cast<RingEngine*>(&m.packed) : &m.split;
  m.engine->start(layout);
  m.completions.assign(layout.in_order ? layout.size : 0, {});
  m.longest_burst = 4u * layout.size + 64;
  m.burst = 0;
  m.access.renew();
  enabled_ = true;
  poke();
}

void Virtqueue::disable() {
  Impl& m = *impl_;
  enabled_ = false;
  m.access.end();
  for (const auto& chain : m.chains) chain->queue_ = nullptr;
  m.buffers_out = 0;
  m.throttled = false;
  m.pending.clear();
  m.ready.clear();
  m.publishing = false;
  m.completions.clear();
  m.next_to_publish = m.next_request = m.published = 0;
  m.something_done = false;
  m.woken = false;
  if (!m.at_work) rest_.notify(sc_core::SC_ZERO_TIME);
  m.kicked = m.interrupt_wanted = false;
  m.done_unpublished = m.used_unnotified = 0;
  interrupt_due_.cancel();
  service_due_.cancel();
  m.in_service.clear();
  m.trace.stopped();
  paused_ = false;
}

void Virtqueue::halt() {
  impl_->access.halt();
}

bool Virtqueue::in_flight() const {
  return impl_->access.in_flight();
}

std::size_t Virtqueue::outstanding() const {
  return static_cast<std::size_t>(impl_->next_request - impl_->published);
}

RingPosition Virtqueue::position() const {
  return impl_->engine->position();
}

void Virtqueue::kick(const sc_core::sc_time& delay) {
  if (!enabled_) return;
  ++kicks;
  Impl& m = *impl_;
  m.trace.kicked();
  if (!m.kicked) m.kicked_at = sc_core::sc_time_stamp();
  m.kicked = m.woken = true;
  wake_.notify(delay + host_.engine().wake_time);
}

void Virtqueue::kick(std::uint16_t next, const sc_core::sc_time& delay) {
  if (!enabled_) return;
  impl_->engine->hint(next);
  kick(delay);
}

void Virtqueue::poke() {
  impl_->woken = true;
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void Virtqueue::rest() {
  wake_.notify(1, sc_core::SC_US);
}

bool Virtqueue::take_wake() {
  Impl& m = *impl_;
  const bool worked = std::exchange(m.at_work, false);
  if (m.resting()) {
    rest();
    return false;
  }
  if (std::exchange(m.woken, false)) {
    heard_kick();
    m.at_work = true;
  } else {
    m.at_work = m.publication_due(host_.engine());
    if (worked && !m.at_work) rest_.notify(sc_core::SC_ZERO_TIME);
  }
  return m.at_work;
}

bool Virtqueue::at_work() const {
  return impl_->woken || impl_->at_work;
}

/// What follows is no delay of the notification: a receive queue waits for something to come in.
void Virtqueue::heard_kick() {
  if (std::exchange(impl_->kicked, false)) kick_time.record(nanoseconds_since(impl_->kicked_at));
}

// ---- requests

bool Virtqueue::available() {
  Impl& m = *impl_;
  if (paused_ || !m.access.healthy()) return false;
  EngineTurn turn(host_);
  return m.access.healthy() && m.engine->look() == Found::Request;
}

ChainPtr Virtqueue::pop() {
  Impl& m = *impl_;
  if (paused_ || !m.access.healthy()) return {};
  if (m.buffers_out >= Impl::kMostBuffersOut) {
    m.throttled = true;
    return {};
  }
  if (!m.may_take_another()) {
    m.woken = true;
    rest();
    return {};
  }
  if (host_.engine().publish_each && m.done_unpublished != 0) {
    flush();
    if (paused_ || !m.access.healthy()) return {};
  }
  heard_kick();
  EngineTurn turn(host_);
  const sc_core::sc_time begun = sc_core::sc_time_stamp();
  ChainPtr chain(m.take(), ReturnChain{this});
  if (m.engine->pop(*chain) != Found::Request || !m.access.work(host_.engine().request_time))
    return {};
  chain->queue_ = this;
  chain->request_ = m.next_request++;
  chain->begun_at_ = begun;
  chain->taken_at_ = sc_core::sc_time_stamp();
  fetch_time.record(nanoseconds_since(begun));
  m.trace.taken(*chain);
  m.buffers_out += chain->readable_.size() + chain->writable_.size();
  ++requests;
  if (requests.value() > kicks.value() + suppressed_kicks.value()) ++suppressed_kicks;
  return chain;
}

void Virtqueue::unpop(ChainPtr chain) {
  if (!chain || !chain->alive()) return;
  Impl& m = *impl_;
  assert(chain->request_ + 1 == m.next_request && "only the latest request can be put back");
  m.engine->unpop(*chain);
  --m.next_request;
  m.buffers_out -= chain->readable_.size() + chain->writable_.size();
  requests.take_back();
}

void Virtqueue::push(ChainPtr chain, std::uint32_t written) {
  if (!chain || !chain->alive()) return;
  Impl& m = *impl_;
  const std::uint32_t in = std::min(written, chain->writable_bytes_);
  const sc_core::sc_time end = host_.service_end(chain->readable_bytes_, in);
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  if (end <= now) return hand_back(*chain, in);
  m.in_service.push_back({end, m.handed_back++, std::move(chain), in});
  std::push_heap(m.in_service.begin(), m.in_service.end());
  service_due_.notify(m.in_service.front().end - now);
}

void Virtqueue::finish_service() {
  Impl& m = *impl_;
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  while (!m.in_service.empty() && m.in_service.front().end <= now) {
    std::pop_heap(m.in_service.begin(), m.in_service.end());
    hand_back(*m.in_service.back().chain, m.in_service.back().written);
    m.in_service.pop_back();
    poke();
  }
  if (!m.in_service.empty()) service_due_.notify(m.in_service.front().end - now);
}

void Virtqueue::hand_back(DescriptorChain& chain, std::uint32_t written) {
  Impl& m = *impl_;
  service_time.record(nanoseconds_since(chain.taken_at_));
  m.buffers_out -= chain.readable_.size() + chain.writable_.size();
  m.trace.done(chain, written);
  m.done(chain, written);
}

void Virtqueue::flush() {
  Impl& m = *impl_;
  if (m.publishing) return;  // whoever publishes now goes on until nothing is left
  const std::uint64_t life = m.access.life();
  m.publishing = true;
  if (may_publish()) publish_ready();
  if (life != m.access.life()) return;  // all of this belongs to the next life
  m.publishing = false;
  if (m.throttled && m.buffers_out < Impl::kMostBuffersOut) {
    m.throttled = false;
    poke();
  }
  if (paused_ && outstanding() == 0) host_.queue_drained(index_);
}

bool Virtqueue::Impl::publication_due(const EngineSettings& engine) const {
  // Of a queue that has stopped, nothing is published any more.
  return access.healthy() && done_unpublished != 0 && engine.used_batch > 1 &&
         sc_core::sc_time_stamp() >= first_done + engine.used_delay;
}

bool Virtqueue::may_publish() {
  Impl& m = *impl_;
  const EngineSettings& engine = host_.engine();
  if (engine.used_batch <= m.done_unpublished || engine.used_batch <= 1 || paused_) return true;
  if (m.done_unpublished == 0 || m.publication_due(engine)) return true;
  // The queue's thread is back by then, or sooner.
  wake_.notify(m.first_done + engine.used_delay - sc_core::sc_time_stamp());
  return false;
}

void Virtqueue::publish_ready() {
  Impl& m = *impl_;
  while (m.access.healthy() && (!m.pending.empty() || m.something_done)) {
    EngineTurn turn(host_);
    if (!m.access.work(host_.engine().publish_time)) break;
    m.collect();
    if (m.ready.empty()) break;  // in order: an earlier request is not done
    if (!m.engine->publish(m.ready.data(), m.ready.size())) break;
    const sc_core::sc_time used_at = m.access.sent_at();
    for (const UsedElement& element : m.ready) {
      m.published += element.requests;
      m.used_unnotified += element.requests;
      complete_time.record(nanoseconds_between(element.done, used_at));
      latency.record(nanoseconds_between(element.begun, used_at));
      m.trace.used(element, used_at);
    }
    bool wanted = false;
    if (!m.engine->driver_wants_interrupt(wanted)) break;
    if (wanted) {
      if (!std::exchange(m.interrupt_wanted, true)) m.wanted_since = used_at;
      want_interrupt();
    } else {
      ++suppressed_interrupts;
      m.trace.suppressed();
    }
  }
}

void Virtqueue::want_interrupt() {
  Impl& m = *impl_;
  const EngineSettings& engine = host_.engine();
  const sc_core::sc_time due = m.wanted_since + engine.interrupt_delay;
  const bool may_wait = m.used_unnotified < engine.interrupt_batch && !paused_;
  if (!may_wait || due <= sc_core::sc_time_stamp()) return send_held_interrupt();
  interrupt_due_.notify(due - sc_core::sc_time_stamp());
}

void Virtqueue::send_held_interrupt() {
  Impl& m = *impl_;
  if (!std::exchange(m.interrupt_wanted, false)) return;
  interrupt_due_.cancel();
  interrupt_time.record(nanoseconds_since(m.wanted_since));
  interrupt_batch.record(std::exchange(m.used_unnotified, 0));
  ++interrupts;
  m.trace.notified();
  host_.used_notification(index_);
}

}  // namespace ringside::virtio
