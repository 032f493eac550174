// SPDX-License-Identifier: Apache-2.0
// A vhost-user back end with a loopback device under the checker, and a thread beside the
// simulation for the front end.
#pragma once

#include <functional>
#include <random>
#include <string>

#include "cosim/monitor/monitor.h"
#include "cosim/vhost_user/plugin_types.h"
#include "driver/loopback.h"
#include "support/beside.h"
#include "support/requests.h"
#include "support/vhost_front_end.h"

namespace ringside::test {

inline void register_vhost(Registry& registry) {
  vhost::register_types(registry);
  registry.add<virtio::VirtioDevice, Loopback>("loopback", "gives back what it is given, inverted");
  registry.add<virtio::TransportMonitor, cosim::VirtioMonitor>("virtio-monitor", "the checker");
}

struct VhostBench {
  /// `device` are parameters of the loopback device, `transport` those of the back end, `machine`
  /// lines of the machine.
  explicit VhostBench(const std::string& device = "",
                      const std::string& transport = ", status: true",
                      const std::string& machine = "")
      : path(folder.socket()),
        sim(machine + "\nchildren:\n  v: {type: vhost-user, socket: " + path + transport +
                ", device: {type: loopback" + device +
                "}, monitor: {type: virtio-monitor, waves: '', on_finding: go-on}}\n",
            register_vhost),
        back_end(sim.model<vhost::VhostUser>("v")),
        device(sim.model<Loopback>("v.device")),
        findings(sim.model<cosim::VirtioMonitor>("v.monitor").checker().findings()) {}

  void run(const std::function<void()>& steps) {
    run_beside(sim, steps);
    BOOST_TEST(findings.empty(), findings.str());
  }
  void in_simulation(const std::function<void()>& work) { do_in_simulation(sim, work); }
  /// A front end that comes now is served.
  void check_serves();

  Folder folder;
  std::string path;
  Sim sim;
  vhost::VhostUser& back_end;
  Loopback& device;
  const cosim::Findings& findings;
};

/// One queue of a front end, and requests that the loopback device answers.
class Exchange : public Requests {
 public:
  Exchange(VhostFrontEnd& front_end, SharedMemory& memory, Arena& arena, unsigned queue,
           std::uint64_t features, std::uint16_t size)
      : Requests(
            {[&front_end, queue] { front_end.kick(queue); },
             [&front_end, queue] { return VhostFrontEnd::wait_event(front_end.call_fd(queue)); }},
            memory, arena, features, size),
        front_end_(front_end),
        queue_(queue),
        base_(features & kPacked ? 0x8000'8000u : 0) {}

  void start() { front_end_.start_queue(queue_, ring->place(), base_); }

 private:
  VhostFrontEnd& front_end_;
  unsigned queue_;
  std::uint32_t base_;  // of a new ring
};

/// A front end with all that it takes for one queue.
struct Session {
  explicit Session(const VhostBench& bench, std::uint64_t features = kVersion1 | kEventIdx,
                   std::uint16_t size = 16)
      : front_end(bench.path), exchange(front_end, memory, arena, 0, features, size) {
    front_end.negotiate(features);
    front_end.share(memory);
  }
  SharedMemory memory{{{kGuestBase, kGuestBytes, 0}}};
  Arena arena{kGuestBase, kGuestBytes};
  VhostFrontEnd front_end;
  Exchange exchange;
  std::mt19937 random{7};
};

inline void VhostBench::check_serves() {
  Session session(*this);
  session.exchange.start();
  session.exchange.run(20, session.random);
}

}  // namespace ringside::test
