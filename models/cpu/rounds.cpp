// SPDX-License-Identifier: Apache-2.0
#include "cpu/rounds.h"

#include <algorithm>

namespace ringside::cpu {

namespace {

// Delta cycles given to devices that have something to do at the present time before harts go on.
constexpr unsigned kDeltas = 8;

sc_core::sc_time to_next_event(const sc_core::sc_time& at_most) {
  if (!sc_core::sc_pending_activity()) return at_most;
  return std::min(at_most, sc_core::sc_time_to_pending_activity());
}

}  // namespace

void Rounds::begin() {
  beginning_ = true;
  for (unsigned i = 0; i < kDeltas && sc_core::sc_pending_activity_at_current_time(); ++i) {
    sc_core::wait(sc_core::SC_ZERO_TIME);
  }
  end_ = sc_core::sc_time_stamp() + to_next_event(quantum_);
  finished_ = 0;
  beginning_ = false;
  begun_.notify();
}

void Rounds::enter() {
  if (sc_core::sc_time_stamp() < end_ && !beginning_) return;
  ++finished_;
  if (finished_ >= awake_ && !beginning_) {
    begin();
  } else {
    sc_core::wait(begun_);
  }
}

void Rounds::leave() {
  --awake_;
  if (beginning_) return;
  if (awake_ == 0) {
    // Nobody is left in this round. Who wakes next begins one of its own, so that it does not matter
    // what could be told of the future when this one began: while all harts sleep, input from the
    // host may come at a time that a replay knew beforehand.
    end_ = sc_core::sc_time_stamp();
    finished_ = 0;
    return;
  }
  if (finished_ >= awake_) begin();
}

sc_core::sc_time Rounds::room() const {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time left = end_ > now ? end_ - now : sc_core::SC_ZERO_TIME;
  // With other harts awake the next event may be one of theirs.
  return awake_ == 1 ? to_next_event(left) : left;
}

}  // namespace ringside::cpu
