// SPDX-License-Identifier: Apache-2.0
// A clock with its reset that stops while there is nothing to do. Simulated time goes on without
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>

namespace ringside::cosim {

class StoppableClock : public sc_core::sc_module {
 public:
  sc_core::sc_out<bool> aclk{"aclk"};
  sc_core::sc_out<bool> aresetn{"aresetn"};  ///< low for the first clocks

  /// `period` is at least 2 of SystemC's units of time.
  StoppableClock(const sc_core::sc_module_name& name, const sc_core::sc_time& period,
                 unsigned reset_clocks = 4)
      : sc_module(name), half_(period / 2), reset_clocks_(reset_clocks) {
    SC_HAS_PROCESS(StoppableClock);
    SC_THREAD(run);
    aclk.initialize(false);
    aresetn.initialize(false);
  }

  /// Asked before each rising edge once the reset is over: true stops the clock until wake().
  /// Unset: it never stops.
  std::function<bool()> at_rest;
  /// Something may have come: rests are over, at_rest is asked again half a period from now.
  void wake() {
    woken_ = true;
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
  /// Rising edges without reset.
  std::uint64_t cycles() const { return cycles_; }
  bool stopped() const { return stopped_; }
  /// The clock has just stopped.
  const sc_core::sc_event& stopped_event() const { return stop_; }

 private:
  void run() {
    for (unsigned i = 0; i < reset_clocks_; ++i) cycle();
    aresetn.write(true);
    wait(half_);
    for (;;) {
      if (at_rest && at_rest()) rest();
      cycle();
      ++cycles_;
    }
  }
  void cycle() {
    aclk.write(true);
    wait(half_);
    aclk.write(false);
    wait(half_);
  }
  void rest() {
    stopped_ = true;
    stop_.notify(sc_core::SC_ZERO_TIME);
    do {
      if (!woken_) wait(wake_);
      woken_ = false;
      wait(half_);  // what has woken it changes its pins first
    } while (at_rest());
    stopped_ = false;
  }

  sc_core::sc_time half_;
  unsigned reset_clocks_;
  sc_core::sc_event wake_, stop_;
  std::uint64_t cycles_ = 0;
  bool stopped_ = false, woken_ = false;
};

}  // namespace ringside::cosim
