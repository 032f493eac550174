// SPDX-License-Identifier: Apache-2.0
#include "cosim/log/normal_form.h"

#include <algorithm>

namespace ringside::cosim {

namespace {

bool go_on(const Transaction& a, const Transaction& b) {
  return a.kind == b.kind && a.purpose == b.purpose && a.queue == b.queue && a.status == b.status &&
         a.address + a.length == b.address;
}

}  // namespace

void NormalForm::see(const Transaction& t) {
  if (t.kind == Kind::RegisterRead) return;
  if (t.is_dma() && t.purpose == Purpose::Payload) {
    send_ring();
    if (held_ > kMostBytes) send_payload();
    cut(t.kind == Kind::DmaRead ? reads_ : writes_, t);
    return;
  }
  send_payload();
  if (t.is_dma()) return ring(t);
  send_ring();
  std::vector<Access> one;
  add(one, t);
  send(one.back());
}

void NormalForm::finish() {
  send_ring();
  send_payload();
}

void NormalForm::add(std::vector<Access>& to, const Transaction& t) {
  if (!to.empty() && t.data && go_on(to.back().t, t)) {
    Access& last = to.back();
    last.data.insert(last.data.end(), t.data, t.data + t.length);
    last.t.length += t.length;
    return;
  }
  Access access;
  access.t = t;
  access.t.time = 0;
  access.t.device = 0;
  access.t.request = Transaction::kNoRequest;
  access.t.strobes = nullptr;
  if (t.data) access.data.assign(t.data, t.data + t.length);
  to.push_back(std::move(access));
}

void NormalForm::cut(std::vector<Access>& to, const Transaction& t) {
  if (t.purpose == Purpose::Payload) held_ += t.length;
  if (!t.strobes || !t.data) return add(to, t);
  for (std::uint32_t i = 0; i < t.length;) {
    std::uint32_t end = i;
    while (end < t.length && t.writes(end) == t.writes(i)) ++end;
    Transaction part = t;
    part.address = t.address + i;
    part.length = end - i;
    part.data = t.data + i;
    if (t.writes(i)) add(to, part);
    i = end;
  }
}

void NormalForm::ring(const Transaction& t) {
  if (!ring_.empty() && !go_on(ring_.back().t, t)) send_ring();
  cut(ring_, t);
}

void NormalForm::send(Access& access) {
  access.t.number = next_++;
  access.t.data = access.data.empty() ? nullptr : access.data.data();
  to_.see(access.t);
}

void NormalForm::send_ring() {
  for (Access& access : ring_) send(access);
  ring_.clear();
}

void NormalForm::send_sorted(std::vector<Access>& payload) {
  std::stable_sort(payload.begin(), payload.end(),
                   [](const Access& a, const Access& b) { return a.t.address < b.t.address; });
  std::vector<Access> joined;
  for (Access& access : payload) {
    access.t.data = access.data.data();
    add(joined, access.t);
  }
  for (Access& access : joined) send(access);
  payload.clear();
}

void NormalForm::send_payload() {
  if (reads_.empty() && writes_.empty()) return;
  send_sorted(reads_);
  send_sorted(writes_);
  held_ = 0;
}

}  // namespace ringside::cosim
