// SPDX-License-Identifier: Apache-2.0
// Any virtio device by itself, the model driver, and a thread that the test's steps run in.
#pragma once

#include <functional>
#include <systemc>

#include "driver/direct.h"
#include "driver/driver.h"
#include "driver/monitor.h"
#include "driver/test_memory.h"
#include "support/sim.h"
#include "support/steps.h"

namespace ringside::test {

/// Stands in the place of a transport: holds a device and nothing else.
struct DeviceHolder : Model {
  DeviceHolder(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}
  ChildSlot<virtio::VirtioDevice> device{this, "device", required, "the device under test"};
};

template <typename Device>
struct DeviceBench {
  static constexpr std::uint64_t kBase = 0x80000000;
  static constexpr std::size_t kBytes = 64 << 20;

  /// `device_yaml` is the device's node: "{type: virtio-net, backend: wire}". Register the types
  /// that it names, and "holder", with register_holder().
  DeviceBench(const std::string& device_yaml, void (*register_types)(Registry&))
      : sim("children:\n  d: {type: holder, device: " + device_yaml + "}\n", register_types),
        memory(kBase, kBytes),
        arena(kBase, kBytes),
        device(sim.model<Device>("d.device")),
        monitor(memory),
        access(device, monitor.dma),
        driver(access, memory, arena) {
    monitor.watch_if_wanted(access, device);
  }

  /// Runs steps in a thread; false if they were not done within `limit` of simulated time.
  bool run(const std::function<void()>& steps,
           const sc_core::sc_time& limit = {10, sc_core::SC_SEC}) {
    const bool done = run_steps(sim, steps, limit);
    monitor.report();
    return done;
  }

  Sim sim;
  TestMemory memory;
  Arena arena;
  Device& device;
  Monitor monitor;
  DirectAccess access;
  Driver driver;
};

inline void register_holder(Registry& registry) {
  registry.add<Model, DeviceHolder>("holder", "holds a device under test");
}

/// Lets the device work.
inline void settle(double microseconds = 1) {
  sc_core::wait(sc_core::sc_time(microseconds, sc_core::SC_US));
}

}  // namespace ringside::test
