// SPDX-License-Identifier: Apache-2.0
// When a run is traced.
#pragma once

#include <systemc>

namespace ringside::trace {

/// Of simulated time: [from, to), and in it only regions of interest, if that is asked for, or
/// until somebody says otherwise. It is asked with each fact instead of having events of its own,
/// so that a trace does not change how far harts run ahead.
class Window {
 public:
  sc_core::sc_time from;
  sc_core::sc_time to = sc_core::sc_max_time();
  bool on = true;

  bool open() const {
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    return on && now >= from && now < to;
  }
};

}  // namespace ringside::trace
