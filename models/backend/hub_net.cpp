// SPDX-License-Identifier: Apache-2.0
#include "backend/hub_net.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"

namespace ringside::backend {

SegmentNet::SegmentNet(const sc_core::sc_module_name& name, const ModelContext& context)
    : NetBackend(name, context) {
  SC_HAS_PROCESS(SegmentNet);
  SC_METHOD(arrive);
  sensitive << due_;
  dont_initialize();
}

void SegmentNet::resolve() {
  for (SegmentNet* other : platform().find_all<SegmentNet>()) {
    if (other == this || other->network.get() != network.get()) continue;
    if (other->type() == type()) {
      peers_.push_back(other);
      continue;
    }
    diagnostics().error(network.where(),
                        fmt::format("the network '{}' of {} is of type '{}' for {}; expected one "
                                    "type for all its stations",
                                    network.get(), label(), other->type(), other->label()));
  }
  if (peers_.empty())
    diagnostics().warning(network.where(), fmt::format("nobody else is on the network '{}' of {}",
                                                       network.get(), label()));
}

void LinkNet::resolve() {
  SegmentNet::resolve();
  if (peers().size() == 1) return;
  diagnostics().error(network.where(),
                      fmt::format("the link '{}' of {} has {} ends; expected 2 (a 'hub' has any "
                                  "number)",
                                  network.get(), label(), peers().size() + 1));
}

void SegmentNet::reset() {
  on_its_way_.clear();
  free_at_ = sc_core::SC_ZERO_TIME;
  due_.cancel();
}

void SegmentNet::transmit(const std::uint8_t* frame, std::size_t bytes) {
  if (on_its_way_.size() >= backlog) {
    ++frames_dropped;
    return;
  }
  // On the wire there are preamble, checksum and gap too: 24 bytes, and no frame below 60.
  const double bits = static_cast<double>(std::max<std::size_t>(bytes, 60) + 24) * 8;
  sc_core::sc_time sent = std::max(sc_core::sc_time_stamp(), free_at_);
  if (rate->bits_per_second > 0)
    sent += sc_core::sc_time(bits / rate->bits_per_second, sc_core::SC_SEC);
  free_at_ = sent;
  on_its_way_.push_back({sent + latency.get(), {frame, frame + bytes}});
  if (on_its_way_.size() == 1) due_.notify(on_its_way_.front().due - sc_core::sc_time_stamp());
}

void SegmentNet::arrive() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  while (!on_its_way_.empty() && on_its_way_.front().due <= now) {
    const OnItsWay arrived = std::move(on_its_way_.front());
    on_its_way_.pop_front();
    for (SegmentNet* peer : peers_) peer->deliver(arrived.frame.data(), arrived.frame.size());
  }
  if (!on_its_way_.empty()) due_.notify(on_its_way_.front().due - now);
}

}  // namespace ringside::backend
