// SPDX-License-Identifier: Apache-2.0
// A function with any device and a monitor, in a platform, and the model driver.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>

#include "cosim/monitor/monitor.h"
#include "cosim/rtl_device/plugin_types.h"
#include "cosim/rtl_device/rtl_device.h"
#include "driver/driver.h"
#include "driver/loopback.h"
#include "driver/pci_access.h"
#include "driver/pci_bench.h"
#include "support/steps.h"

namespace ringside::test {

inline void register_platform_bench(Registry& registry) {
  register_pci_bench(registry);
  registry.add<virtio::TransportMonitor, cosim::VirtioMonitor>("virtio-monitor", "monitor");
  // Without the TLM devices, their names are there for `impl` to choose from.
  registry.add<virtio::VirtioDevice, Loopback>("virtio-blk", "stand-in");
  registry.add<virtio::VirtioDevice, Loopback>("virtio-rng", "stand-in");
  registry.add<virtio::VirtioDevice, Loopback>("virtio-net", "stand-in");
  cosim::register_rtl_devices(registry);
}

struct PlatformBench {
  static constexpr std::uint64_t kModern = PciAccess::kModern;

  /// `device` and `monitor` in YAML.
  explicit PlatformBench(const std::string& device, const std::string& monitor = "virtio-monitor",
                         const char* accuracy = "functional", const std::string& link = "")
      : sim(yaml(device, monitor, accuracy, link), register_platform_bench),
        card(sim.model<virtio::VirtioPci>("bus.pci.card")),
        monitor(sim.model<cosim::VirtioMonitor>("bus.pci.card.monitor")),
        guest(sim),
        memory(guest.cpu),
        arena(Guest::kRam, 64 << 20),
        access(guest, sim.model<MessageCounter>("bus.messages"), Guest::place(0, 1)),
        driver(access, memory, arena) {}

  static std::string yaml(const std::string& device, const std::string& monitor,
                          const char* accuracy, const std::string& link) {
    return std::string("accuracy: ") + accuracy + R"(
children:
  wires: {type: test-wires}
  bus:
    type: bus
    children:
      cpu: {type: test-master}
      ram: {type: ram, base: 0x80000000, size: 64MiB}
      messages: {type: test-doorbell}
      pci:
        type: pci-host
        irq: 32
        children:
          card:
            type: virtio-pci
            monitor: )" +
           monitor + "\n            device: " + device + "\n" +
           (link.empty() ? "" : "            link: " + link + "\n");
  }
  bool run(const std::function<void()>& steps) {
    const bool done = run_steps(sim,
                                [&] {
                                  access.enumerate();
                                  steps();
                                  sc_core::wait(2, sc_core::SC_MS);  // all is quiet
                                },
                                {10, sc_core::SC_SEC});
    sim.platform.finish();
    return done;
  }
  /// Steps that the run does not wait for: it stops by itself.
  void run_until_stopped(const std::function<void()>& steps) {
    sc_core::sc_spawn([&] {
      access.enumerate();
      steps();
    });
    sim.run({10, sc_core::SC_SEC});
    BOOST_TEST(sim.platform.stopped());
    sim.platform.finish();
  }
  cosim::RtlDevice& rtl() { return sim.model<cosim::RtlDevice>("bus.pci.card.device"); }
  /// A request, and the bytes that it brought; -1: none came.
  int ask(const std::vector<Piece>& readable, const std::vector<Piece>& writable) {
    if (!driver.queue().add(readable, writable, 1, Form::Direct)) return -1;
    driver.submit();
    if (!driver.wait_used(0, {5, sc_core::SC_MS})) return -1;
    return static_cast<int>(driver.queue().next_used()->written.value_or(0));
  }
  void nothing_found() {
    BOOST_TEST(monitor.checker().findings().empty(), monitor.checker().findings().str());
    BOOST_TEST(monitor.checker().used() > 0u);
    BOOST_TEST(sim.platform.stop_reason().exit_code == 0);
  }

  Sim sim;
  virtio::VirtioPci& card;
  cosim::VirtioMonitor& monitor;
  Guest guest;
  RamAccess memory;
  Arena arena;
  PciAccess access;
  Driver driver;
};

}  // namespace ringside::test
