// SPDX-License-Identifier: Apache-2.0
// One clock of a verilated design and of the cores around it: all look at the pins as they are
// before the rising edge, then the design moves, then the cores put their next values.
#pragma once

namespace ringside::cosim {

template <class Dut, class... Cores>
inline void clock_cycle(Dut& dut, Cores&... cores) {
  (cores.sample(), ...);
  dut.aclk = 1;
  dut.eval();
  (cores.drive(), ...);
  dut.aclk = 0;
  dut.eval();
}

/// Reset for a few clocks; the cores must have put their idle values.
template <class Dut>
inline void reset_design(Dut& dut, unsigned clocks = 4) {
  dut.aresetn = 0;
  for (unsigned i = 0; i < clocks; ++i) {
    dut.aclk = 1;
    dut.eval();
    dut.aclk = 0;
    dut.eval();
  }
  dut.aresetn = 1;
  dut.eval();
}

}  // namespace ringside::cosim
