// SPDX-License-Identifier: Apache-2.0
// A vfio-user server with a function, and a thread beside the simulation for the client.
#pragma once

#include <functional>
#include <random>
#include <string>

#include "cosim/vfio_user/plugin_types.h"
#include "driver/loopback.h"
#include "support/beside.h"
#include "support/pci.h"
#include "support/requests.h"
#include "support/vfio_qemu.h"
#include "virtio/pci/virtio_pci.h"

namespace ringside::test {

inline void register_vfio(Registry& registry) {
  vfio::register_types(registry);
  register_pci_models(registry);
  register_loopback(registry);
  registry.add<pci::Link, pci::Link>("pcie-link", "link");
  registry.add<pci::PciFunction, virtio::VirtioPci>("virtio-pci", "virtio over PCI");
  registry.add<virtio::VirtioDevice, Loopback>("loopback", "gives back what it is given, inverted");
}

struct VfioBench {
  /// `function` is YAML of the function, `server` are parameters of the server, `machine` lines of
  /// the machine.
  explicit VfioBench(const std::string& function = "{type: virtio-pci, device: {type: loopback, packed: true}}",
                     const std::string& server = "", const std::string& machine = "",
                     void (*register_types)(Registry&) = register_vfio)
      : path(folder.socket()),
        sim(machine + "\nchildren:\n  v: {type: vfio-user, socket: " + path + server +
                ", function: " + function + "}\n",
            register_types),
        server(sim.model<vfio::VfioUser>("v")) {}

  void run(const std::function<void()>& steps) { run_beside(sim, steps); }
  void in_simulation(const std::function<void()>& work) { do_in_simulation(sim, work); }
  Loopback& loopback() { return sim.model<Loopback>("v.function.device"); }
  TestFunction& test_function() { return sim.model<TestFunction>("v.function"); }
  /// A client that comes now is served.
  void check_serves();

  Folder folder;
  std::string path;
  Sim sim;
  vfio::VfioUser& server;
};

/// A client with all that it takes for one queue of the loopback device.
struct VfioSession {
  struct Options {
    std::uint64_t features = kVersion1 | kEventIdx;
    bool shared = true;
    bool msix = true;
    VfioClient::Layout layout = VfioClient::Layout::Specified;
  };
  VfioSession(const VfioBench& bench, const Options& options, SharedMemory& memory, Arena& arena)
      : qemu(bench.path),
        requests({[this] { driver->kick(0); }, [this] { return driver->wait_interrupt(); }}, memory,
                 arena, options.features, 16) {
    qemu.served.layout = options.layout;
    qemu.realize(memory, options.shared);
    qemu.reset_machine();
    qemu.enumerate();
    if (options.msix) qemu.enable_msix(2);
    driver.emplace(qemu);
    driver->negotiate(options.features);
    driver->add_queue(0, requests.ring->place());
    driver->start();
  }
  VfioQemu qemu;
  std::optional<VfioVirtio> driver;
  Requests requests;
  std::mt19937 random{7};
};

/// The same with memory of its own.
struct PlainMemory {
  SharedMemory memory{{{kGuestBase, kGuestBytes, 0}}};
  Arena arena{kGuestBase, kGuestBytes};
};
struct PlainSession : PlainMemory, VfioSession {
  explicit PlainSession(const VfioBench& bench, const Options& options = Options())
      : VfioSession(bench, options, memory, arena) {}
};

inline void VfioBench::check_serves() {
  PlainSession session(*this);
  session.requests.run(20, session.random);
}

}  // namespace ringside::test
