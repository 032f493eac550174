// SPDX-License-Identifier: Apache-2.0
// What all modules of this folder have: a clock, a reset, and a core that is called once a clock.
#pragma once

#include <functional>
#include <systemc>

namespace ringside::cosim {

/// At a rising edge of `aclk`: reset() while `aresetn` is low, else clock(). Outputs change one
/// delta cycle after the edge, so all that is clocked sees the pins as they were before it.
class Clocked : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> aclk{"aclk"};
  sc_core::sc_in<bool> aresetn{"aresetn"};

  /// Waits until no reset is on; what is asked of a core during one ends with it. From an
  /// SC_THREAD.
  void await_reset() const {
    while (!aresetn.read()) sc_core::wait(aresetn.posedge_event());
  }
  /// Something was asked of the core while its clock may be stopped: for StoppableClock::wake().
  std::function<void()> woken;

 protected:
  explicit Clocked(const sc_core::sc_module_name& name) : sc_module(name) {
    SC_HAS_PROCESS(Clocked);
    SC_METHOD(step);
    sensitive << aclk.pos() << asked_;
    dont_initialize();
  }

  virtual void clock() = 0;
  virtual void reset() = 0;
  /// Between edges, after ask(): new values of pins.
  virtual void show() {}
  /// Pins have to change before the next edge; callable from any process.
  void ask() {
    asked_.notify(sc_core::SC_ZERO_TIME);
    if (woken) woken();
  }

 private:
  void step() {
    if (!aresetn.read())
      reset();
    else if (aclk.posedge())
      clock();
    else
      show();
  }
  sc_core::sc_event asked_;
};

}  // namespace ringside::cosim
