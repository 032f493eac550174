// SPDX-License-Identifier: Apache-2.0
// What is read from an event device of Linux, made into updates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "backend/input_source.h"

namespace ringside::backend {

class EventStream {
 public:
  /// Takes bytes of struct input_event, in pieces of any size; gives the updates that are complete.
  std::vector<InputUpdate> feed(const std::uint8_t* bytes, std::size_t count);
  /// True once after the kernel has lost events: what is down has to be asked for.
  bool lost_some();
  /// Updates that lead from what was down before to what is down now.
  std::vector<InputUpdate> settle(const std::set<std::uint16_t>& down);

 private:
  static constexpr std::size_t kMaxUpdate = 1024;  // events; the rest of one is dropped

  void take(const InputEvent& event, std::vector<InputUpdate>& to);

  std::vector<std::uint8_t> rest_;
  InputUpdate update_;
  std::set<std::uint16_t> down_;
  bool skipping_ = false;
  bool lost_ = false;
};

}  // namespace ringside::backend
