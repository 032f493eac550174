// SPDX-License-Identifier: Apache-2.0
// A platform with a loopback device, its driver, and a thread that the test's steps run in.
#pragma once

#include <functional>

#include "driver/direct.h"
#include "driver/driver.h"
#include "driver/loopback.h"
#include "driver/monitor.h"
#include "driver/test_memory.h"
#include "support/sim.h"
#include "support/steps.h"

namespace ringside::test {

struct LoopbackBench {
  static constexpr std::uint64_t kBase = 0x80000000;
  static constexpr std::size_t kBytes = 64 << 20;

  /// `params` are parameters of the device in YAML ("packed: true, queues: 2"), `machine` lines of
  /// the machine ("accuracy: timed").
  explicit LoopbackBench(const std::string& params = "", const std::string& machine = "")
      : sim(machine + "\nchildren:\n  d: {type: loopback" + (params.empty() ? "" : ", " + params) +
                "}\n",
            register_loopback),
        memory(kBase, kBytes),
        arena(kBase, kBytes),
        device(sim.model<Loopback>("d")),
        monitor(memory),
        access(device, monitor.dma),
        driver(access, memory, arena) {
    monitor.watch_if_wanted(access, device);
  }

  bool run(const std::function<void()>& steps,
           const sc_core::sc_time& limit = {1, sc_core::SC_SEC}) {
    const bool done = run_steps(sim, steps, limit);
    monitor.report();
    return done;
  }

  Sim sim;
  TestMemory memory;
  Arena arena;
  Loopback& device;
  Monitor monitor;
  DirectAccess access;
  Driver driver;
};

}  // namespace ringside::test
