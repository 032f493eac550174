// SPDX-License-Identifier: Apache-2.0
// The loopback device behind virtio-pci on a platform with memory, and its driver.
#pragma once

#include <functional>
#include <string>

#include "driver/bench.h"
#include "driver/pci_access.h"
#include "virtio/core/engine.h"
#include "virtio/core/service.h"
#include "virtio/pci/virtio_pci.h"

namespace ringside::test {

inline void register_pci_bench(Registry& registry) {
  register_pci_models(registry);
  registry.add<pci::PciFunction, virtio::VirtioPci>("virtio-pci", "transport");
  registry.add<virtio::VirtioDevice, Loopback>("loopback", "gives back what it is given");
  registry.add<Model, MessageCounter>("test-doorbell", "counts messages");
  registry.add<pci::Link, pci::Link>("pcie-link", "link");
  virtio::register_engines(registry);
  virtio::register_services(registry);
}

/// `link` is the function's and `settings` are further ones of the device ("engine: fpga"), in
/// YAML; both may be empty.
inline std::string pci_bench_platform(const char* accuracy, const std::string& link,
                                      const std::string& settings) {
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
)" + (link.empty() ? "" : "            link: " + link + "\n") +
         "            device: {type: loopback, packed: true, in_order: true, "
         "notification_data: true, suspend: true" +
         (settings.empty() ? "" : ", " + settings) + "}\n";
}

struct PciBench {
  explicit PciBench(const char* accuracy = "functional", const std::string& link = "",
                    const std::string& settings = "")
      : sim(pci_bench_platform(accuracy, link, settings), register_pci_bench),
        device(dynamic_cast<Loopback&>(*sim.model<virtio::VirtioPci>("bus.pci.card").device)),
        guest(sim),
        memory(guest.cpu),
        arena(Guest::kRam, 64 << 20),
        access(guest, sim.model<MessageCounter>("bus.messages"), Guest::place(0, 1)),
        driver(access, memory, arena) {}
  bool run(const std::function<void()>& steps) {
    return run_steps(sim,
                     [&] {
                       access.enumerate();
                       steps();
                     },
                     {10, sc_core::SC_SEC});
  }

  Sim sim;
  Loopback& device;
  Guest guest;
  RamAccess memory;
  Arena arena;
  PciAccess access;
  Driver driver;
};

}  // namespace ringside::test
