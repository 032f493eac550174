// SPDX-License-Identifier: Apache-2.0
// How far harts may run ahead of the rest of the simulation.
#pragma once

#include <systemc>

namespace ringside::cpu {

/// Harts run in rounds. A round ends a quantum after it began, or at the next event that somebody
/// else has scheduled, whichever comes first. It begins when every hart that is awake has finished
/// the one before: then no hart has a wake-up of its own in the kernel's queue, and the kernel's
/// next event is really that of a device.
class Rounds {
 public:
  Rounds(const sc_core::sc_time& quantum, unsigned harts) : quantum_(quantum), harts_(harts) {}

  /// True if there is more than one hart.
  bool shared() const { return harts_ > 1; }

  // All are called from a hart's own thread, with its time equal to the simulation's.
  /// The hart is awake from now on.
  void join() { ++awake_; }
  /// The hart sleeps, or ends.
  void leave();
  /// Returns at once while a round is under way, else waits for the next one to begin.
  void enter();
  /// How far a hart may run from the present: up to the end of the round, but no further than the
  /// next event if that can be told. May be zero when others are due at this very moment.
  sc_core::sc_time room() const;

 private:
  void begin();

  const sc_core::sc_time quantum_;
  const unsigned harts_;
  sc_core::sc_time end_ = sc_core::SC_ZERO_TIME;
  sc_core::sc_event begun_{"begun"};
  unsigned awake_ = 0;
  unsigned finished_ = 0;
  bool beginning_ = false;
};

}  // namespace ringside::cpu
