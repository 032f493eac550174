// SPDX-License-Identifier: Apache-2.0
// Steps of a test that wait simulated time.
#pragma once

#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES
#endif
#include <functional>
#include <string>
#include <systemc>

#include "support/sim.h"

namespace ringside::test {

/// Runs steps in a thread; false if they were not done within `limit` of simulated time.
inline bool run_steps(Sim& sim, const std::function<void()>& steps, const sc_core::sc_time& limit) {
  bool done = false;
  std::string thrown;
  sc_core::sc_spawn([&] {
    try {
      steps();
    } catch (const std::exception& e) {
      thrown = e.what();
    }
    done = true;
    sim.platform.request_stop(0, "steps done");
  });
  sim.run(limit);
  BOOST_TEST(thrown == "");
  BOOST_TEST(done, "the steps did not come to an end");
  return done && thrown.empty();
}

}  // namespace ringside::test
