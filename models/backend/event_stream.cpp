// SPDX-License-Identifier: Apache-2.0
#include "backend/event_stream.h"

#include <linux/input.h>

#include <cstring>
#include <utility>

namespace ringside::backend {

namespace {
constexpr std::int32_t kRepeated = 2;
}

std::vector<InputUpdate> EventStream::feed(const std::uint8_t* bytes, std::size_t count) {
  std::vector<InputUpdate> updates;
  rest_.insert(rest_.end(), bytes, bytes + count);
  std::size_t at = 0;
  for (; rest_.size() - at >= sizeof(input_event); at += sizeof(input_event)) {
    input_event raw;
    std::memcpy(&raw, &rest_[at], sizeof raw);
    take({raw.type, raw.code, raw.value}, updates);
  }
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(at));
  return updates;
}

void EventStream::take(const InputEvent& event, std::vector<InputUpdate>& to) {
  if (event.type == kEvSyn && event.code == SYN_DROPPED) {
    // Until the next report, what comes is a part of something.
    skipping_ = true;
    update_.clear();
    return;
  }
  if (event.type == kEvSyn && event.code == SYN_REPORT) {
    lost_ = lost_ || skipping_;
    skipping_ = false;
    if (!update_.empty()) to.push_back(std::exchange(update_, {}));
    return;
  }
  // The guest repeats keys itself.
  if (skipping_ || (event.type == kEvKey && event.value == kRepeated)) return;
  if (update_.size() >= kMaxUpdate) return;
  if (event.type == kEvKey) {
    if (event.value)
      down_.insert(event.code);
    else
      down_.erase(event.code);
  }
  update_.push_back(event);
}

bool EventStream::lost_some() {
  return std::exchange(lost_, false);
}

std::vector<InputUpdate> EventStream::settle(const std::set<std::uint16_t>& down) {
  InputUpdate update;
  for (const std::uint16_t code : down_)
    if (down.count(code) == 0) update.push_back({kEvKey, code, 0});
  for (const std::uint16_t code : down)
    if (down_.count(code) == 0) update.push_back({kEvKey, code, 1});
  down_ = down;
  if (update.empty()) return {};
  return {update};
}

}  // namespace ringside::backend
