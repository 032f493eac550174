// SPDX-License-Identifier: Apache-2.0
// Requests on a split ring, each notified, taken, given back and seen by a driver in C++, in
// functional and in timed mode: a virtio function behind a link and a root port, host bridge, bus,
// memory. Prints requests per second of CPU time and their ratio. The driver's own work is in it.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>

#include "driver/driver.h"
#include "driver/loopback.h"
#include "driver/pci_access.h"
#include "kit/platform.h"
#include "virtio/core/engine.h"
#include "virtio/pci/virtio_pci.h"

using namespace ringside;
using namespace ringside::test;

namespace {

std::string platform_text(const char* accuracy) {
  return std::string("accuracy: ") + accuracy + R"(
children:
  bus:
    type: bus
    children:
      cpu: {type: test-master}
      ram: {type: ram, base: 0x80000000, size: 64MiB}
      messages: {type: test-doorbell}
      pci:
        type: pci-host
        children:
          card: {type: virtio-pci, link: pcie-link, device: {type: loopback, engine: smartnic}}
)";
}

struct Rate {
  double seconds;
  std::uint64_t accesses;
  double simulated;
};

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

template <typename T>
T& model(Platform& platform, const char* path) {
  if (T* found = dynamic_cast<T*>(platform.find(path))) return *found;
  throw std::runtime_error(std::string("no model ") + path);
}

/// `batch` requests with a notification, again and again.
Rate measure(const char* accuracy, unsigned requests, unsigned batch) {
  Registry registry;
  register_pci_models(registry);
  registry.add<pci::PciFunction, virtio::VirtioPci>("virtio-pci", "transport");
  registry.add<virtio::VirtioDevice, Loopback>("loopback", "gives back what it is given");
  registry.add<Model, MessageCounter>("test-doorbell", "counts messages");
  registry.add<pci::Link, pci::Link>("pcie-link", "link");
  virtio::register_engines(registry);
  Platform platform(registry);
  if (!platform.build(Node::parse(platform_text(accuracy), "bench")))
    throw std::runtime_error(platform.diagnostics().str());

  auto& device =
      dynamic_cast<Loopback&>(*model<virtio::VirtioPci>(platform, "bus.pci.card").device);
  device.instead = [&](unsigned queue) {
    while (virtio::ChainPtr chain = device.hold(queue))
      device.queue(queue).push(std::move(chain), 0);
    return true;
  };
  Guest guest(model<BusMaster>(platform, "bus.cpu"));
  RamAccess memory(guest.cpu);
  Arena arena(Guest::kRam, 64 << 20);
  PciAccess access(guest, model<MessageCounter>(platform, "bus.messages"), Guest::place(0, 1));
  Driver driver(access, memory, arena);
  Rate rate{};
  bool done = false;
  sc_core::sc_spawn([&] {
    access.enumerate();
    if (!driver.bring_up({32}, 256)) throw std::runtime_error("the device does not start");
    const std::uint64_t buffer = arena.take(64, 64);
    const std::uint64_t before = model<Bus>(platform, "bus").accesses.value();
    const sc_core::sc_time begun = sc_core::sc_time_stamp();
    const double start = cpu_seconds();
    for (unsigned i = 0; i < requests; i += batch) {
      for (unsigned k = 0; k < batch; ++k)
        driver.queue().add({{buffer, 16}}, {{buffer + 16, 16}}, k, Form::Direct);
      driver.submit();
      for (unsigned k = 0; k < batch;) {
        if (driver.queue().next_used())
          ++k;
        else if (!driver.wait_used(
                     0, {50, sc_core::SC_US}))  // SystemC keeps time-outs until they are due
          throw std::runtime_error("requests do not come back");
      }
    }
    rate.seconds = cpu_seconds() - start;
    rate.simulated = (sc_core::sc_time_stamp() - begun).to_seconds();
    rate.accesses = model<Bus>(platform, "bus").accesses.value() - before;
    done = true;
    platform.request_stop(0, "done");
  });
  platform.run(sc_core::sc_time(1000, sc_core::SC_SEC));
  if (!done) throw std::runtime_error("the run did not come to its end");
  return rate;
}

/// SystemC has one simulation per process.
double in_child(const char* accuracy, unsigned requests, unsigned batch) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    Rate rate{};
    try {
      rate = measure(accuracy, requests, batch);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      _exit(1);
    }
    const bool written = write(ends[1], &rate, sizeof rate) == sizeof rate;
    _exit(written ? 0 : 1);
  }
  Rate rate{};
  close(ends[1]);
  const bool read_all = read(ends[0], &rate, sizeof rate) == sizeof rate;
  int status = 0;
  waitpid(child, &status, 0);
  if (!read_all || status != 0) std::exit(1);
  std::printf(
      "%-10s  batch %2u: %8.0f requests per second of CPU, %5.1f bus accesses each, %.3f us "
      "simulated each\n",
      accuracy, batch, requests / rate.seconds, double(rate.accesses) / requests,
      rate.simulated / requests * 1e6);
  return requests / rate.seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned requests = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 320'000;
  for (unsigned batch : {1u, 4u, 32u}) {
    const double functional = in_child("functional", requests, batch);
    const double timed = in_child("timed", requests, batch);
    std::printf("timed costs %.2f times functional\n", functional / timed);
  }
}
