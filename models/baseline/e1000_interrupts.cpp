// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_interrupts.h"

#include <algorithm>

namespace ringside::e1000 {

void Interrupts::Held::hold(Picoseconds now, std::uint16_t packet_ticks,
                            std::uint16_t absolute_ticks) {
  packet = now + packet_ticks * kDelayTick;
  if (absolute == kNever && absolute_ticks != 0) absolute = now + absolute_ticks * kDelayTick;
}

void Interrupts::reset() {
  const Settings settings = settings_;
  *this = Interrupts(settings);
}

void Interrupts::set(Picoseconds now, std::uint32_t causes) {
  causes_ |= causes;
  settle(now);
}

void Interrupts::clear(Picoseconds now, std::uint32_t causes) {
  causes_ &= ~causes;
  settle(now);
}

void Interrupts::enable(Picoseconds now, std::uint32_t causes) {
  mask_ |= causes;
  settle(now);
}

void Interrupts::disable(Picoseconds now, std::uint32_t causes) {
  mask_ &= ~causes;
  settle(now);
}

void Interrupts::transmitted(Picoseconds now, bool delayed) {
  delay_wanted_ |= delayed;
  const bool chip = settings_.mitigation && settings_.timers == Timers::Chip;
  if (chip && delayed && delays.transmit != 0) {
    transmit_.hold(now, delays.transmit, delays.transmit_absolute);
    return settle(now);
  }
  set(now, kTransmitted);
}

void Interrupts::received(Picoseconds now) {
  const bool chip = settings_.mitigation && settings_.timers == Timers::Chip;
  if (chip && delays.receive != 0) {
    receive_.hold(now, delays.receive, delays.receive_absolute);
    return settle(now);
  }
  set(now, kReceived);
}

void Interrupts::flush_transmit(Picoseconds now) {
  if (transmit_.due() != kNever) transmit_.packet = now;
  settle(now);
}

void Interrupts::flush_receive(Picoseconds now) {
  if (receive_.due() != kNever) receive_.packet = now;
  settle(now);
}

void Interrupts::advance(Picoseconds now) {
  settle(now);
}

void Interrupts::expire(Picoseconds now) {
  if (transmit_.due() <= now) {
    transmit_ = {};
    causes_ |= kTransmitted;
  }
  if (receive_.due() <= now) {
    receive_ = {};
    causes_ |= kReceived;
  }
}

/// How long the pin stays quiet after the interrupt that is raised now.
Interrupts::Picoseconds Interrupts::window() const {
  if (!settings_.mitigation) return 0;
  const Picoseconds interval = delays.interval * kInterruptTick;
  if (settings_.timers == Timers::Chip) return interval;
  // The shortest of the timers that are set and concern what is pending.
  Picoseconds window = kNever;
  const auto consider = [&window](Picoseconds time) {
    if (time != 0) window = std::min(window, time);
  };
  if (delay_wanted_ && (pending() & kTransmitCauses))
    consider(delays.transmit_absolute * kDelayTick);
  if (delays.receive != 0 && (pending() & kReceived))
    consider(delays.receive_absolute * kDelayTick);
  consider(interval);
  if (window == kNever) window = 0;
  return std::max(window, settings_.shortest_window) + settings_.lateness;
}

void Interrupts::settle(Picoseconds now) {
  expire(now);
  if (level_ || !pending()) {
    level_ = pending() != 0;
    return;
  }
  if (now < quiet_until_) return;
  quiet_until_ = now + window();
  delay_wanted_ = false;
  level_ = true;
}

std::optional<Interrupts::Picoseconds> Interrupts::deadline() const {
  Picoseconds next = std::min(transmit_.due(), receive_.due());
  if (!level_ && pending()) next = std::min(next, quiet_until_);
  if (next == kNever) return std::nullopt;
  return next;
}

}  // namespace ringside::e1000
