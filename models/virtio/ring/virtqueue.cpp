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

// ---- requests that are done

void Virtqueue::Impl::done(const DescriptorChain& chain, std::uint32_t written) {
  const UsedElement element{chain.id_, written, chain.descriptors_, 1};
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
      impl_(std::make_unique<Impl>(host, index)) {}

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

void Virtqueue::kick() {
  if (!enabled_) return;
  ++kicks;
  poke();
}

void Virtqueue::kick(std::uint16_t next) {
  if (!enabled_) return;
  impl_->engine->hint(next);
  kick();
}

void Virtqueue::poke() {
  impl_->woken = true;
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void Virtqueue::rest() {
  wake_.notify(1, sc_core::SC_US);
}

bool Virtqueue::take_wake() {
  if (impl_->resting()) {
    rest();
    return false;
  }
  return std::exchange(impl_->woken, false);
}

// ---- requests

bool Virtqueue::available() {
  Impl& m = *impl_;
  return !paused_ && m.access.healthy() && m.engine->look() == Found::Request;
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
  ChainPtr chain(m.take(), ReturnChain{this});
  if (m.engine->pop(*chain) != Found::Request) return {};
  chain->queue_ = this;
  chain->request_ = m.next_request++;
  chain->taken_at_ = sc_core::sc_time_stamp();
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
  if (requests.value() != 0) requests.set(requests.value() - 1);  // cleared in between?
}

void Virtqueue::push(ChainPtr chain, std::uint32_t written) {
  if (!chain || !chain->alive()) return;
  Impl& m = *impl_;
  static const double per_ns = 1.0 / sc_core::sc_time(1, sc_core::SC_NS).to_double();
  latency.record(static_cast<std::uint64_t>(
      (sc_core::sc_time_stamp() - chain->taken_at_).to_double() * per_ns));
  m.buffers_out -= chain->readable_.size() + chain->writable_.size();
  m.done(*chain, std::min(written, chain->writable_bytes_));
}

void Virtqueue::flush() {
  Impl& m = *impl_;
  if (m.publishing) return;  // whoever publishes now goes on until nothing is left
  const std::uint64_t life = m.access.life();
  m.publishing = true;
  while (m.access.healthy() && (!m.pending.empty() || m.something_done)) {
    m.collect();
    if (m.ready.empty()) break;  // in order: an earlier request is not done
    bool wanted = false;
    if (!m.engine->publish(m.ready.data(), m.ready.size()) ||
        !m.engine->driver_wants_interrupt(wanted))
      break;
    for (const UsedElement& element : m.ready) m.published += element.requests;
    if (wanted) {
      ++interrupts;
      host_.used_notification(index_);
    } else {
      ++suppressed_interrupts;
    }
  }
  if (life != m.access.life()) return;  // all of this belongs to the next life
  m.publishing = false;
  if (m.throttled && m.buffers_out < Impl::kMostBuffersOut) {
    m.throttled = false;
    poke();
  }
  if (paused_ && outstanding() == 0) host_.queue_drained(index_);
}

}  // namespace ringside::virtio
