// SPDX-License-Identifier: Apache-2.0
// A vhost-user back end with a loopback device, and a thread beside the simulation for the front
// end.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cosim/vhost_user/plugin_types.h"
#include "driver/loopback.h"
#include "driver/queue.h"
#include "support/sim.h"
#include "support/vhost_front_end.h"

namespace ringside::test {

constexpr std::uint64_t kVersion1 = 1ull << 32, kIndirect = 1ull << 28, kEventIdx = 1ull << 29,
                        kPacked = 1ull << 34, kInOrder = 1ull << 35;
constexpr std::uint64_t kGuestBase = 0x8000'0000;
constexpr std::uint64_t kGuestBytes = 4 << 20;

inline void register_vhost(Registry& registry) {
  vhost::register_types(registry);
  registry.add<virtio::VirtioDevice, Loopback>("loopback", "gives back what it is given, inverted");
}

struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-vhost-XXXXXX";
    if (!mkdtemp(name)) throw std::runtime_error("no folder for the socket");
    path = name;
  }
  ~Folder() {
    unlink((path + "/socket").c_str());
    rmdir(path.c_str());
  }
  std::string path;
};

struct VhostBench {
  /// `device` are parameters of the loopback device, `transport` those of the back end, `machine`
  /// lines of the machine.
  explicit VhostBench(const std::string& device = "",
                      const std::string& transport = ", status: true",
                      const std::string& machine = "")
      : path(folder.path + "/socket"),
        sim(machine + "\nchildren:\n  v: {type: vhost-user, socket: " + path + transport +
                ", device: {type: loopback" + device + "}}\n",
            register_vhost),
        back_end(sim.model<vhost::VhostUser>("v")),
        device(sim.model<Loopback>("v.device")) {}

  /// Runs the simulation while the front end's steps run in a thread of their own; what they throw
  /// fails the test.
  void run(const std::function<void()>& steps) {
    std::exception_ptr thrown;
    std::thread thread([&] {
      try {
        steps();
      } catch (...) {
        thrown = std::current_exception();
      }
      sim.platform.host().call([this] { sim.platform.request_stop(0, "the steps are done"); });
    });
    sim.platform.run();
    thread.join();
    sim.platform.finish();
    if (thrown) std::rethrow_exception(thrown);
  }
  /// From the steps: has something done in the simulation, and waits for it.
  void in_simulation(const std::function<void()>& work) {
    std::promise<void> done;
    sim.platform.host().call([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  /// A front end that comes now is served.
  void check_serves();

  Folder folder;
  std::string path;
  Sim sim;
  vhost::VhostUser& back_end;
  Loopback& device;
};

/// One queue of a front end, and requests that the loopback device answers.
class Exchange {
 public:
  Exchange(VhostFrontEnd& front_end, SharedMemory& memory, Arena& arena, unsigned queue,
           std::uint64_t features, std::uint16_t size)
      : front_end_(front_end), memory_(memory), queue_(queue), features_(features) {
    QueueOptions options;
    options.size = size;
    options.packed = features & kPacked;
    options.event_idx = features & kEventIdx;
    options.in_order = features & kInOrder;
    ring = DriverQueue::make(memory, arena, options);
    for (unsigned i = 0; i < kSlots; ++i) buffers_.push_back({arena.take(2 * kBytes, 1), {}});
  }

  static constexpr std::uint32_t new_base(std::uint64_t features) {
    return features & kPacked ? 0x8000'8000u : 0;
  }
  void start() { front_end_.start_queue(queue_, ring->place(), new_base(features_)); }

  /// Sends so many requests of random shapes and checks all that comes back.
  void run(unsigned requests, std::mt19937& random) {
    unsigned sent = 0, back = 0;
    while (back < requests) {
      while (sent < requests && add(random)) ++sent;
      if (ring->publish()) front_end_.kick(queue_);
      take(back);
      if (ring->outstanding() == 0 || ring->used_waiting()) continue;
      if (!ring->enable_interrupts()) continue;
      if (!VhostFrontEnd::wait_event(front_end_.call_fd(queue_)))
        throw std::runtime_error("no interrupt came; requests sent " + std::to_string(sent) +
                                 ", back " + std::to_string(back) +
                                 (ring->used_waiting() ? ", more to take" : ""));
      ++interrupts;
    }
  }
  /// Puts one request into the ring.
  void send_one() {
    std::mt19937 random(1);
    VhostFrontEnd::demand(add(random), "room for a request");
    if (ring->publish()) front_end_.kick(queue_);
  }
  /// Takes what has come back, and checks it.
  void take(unsigned& back) {
    while (const auto done = ring->next_used()) {
      ++back;
      Buffer& buffer = buffers_.at(done->token);
      std::vector<std::uint8_t> got(buffer.expected.size());
      memory_.read(buffer.address + kBytes, got.data(), got.size());
      if (done->written && *done->written != got.size())
        throw std::runtime_error("another number of bytes than was written");
      if (got != buffer.expected) throw std::runtime_error("the data came back wrong");
      buffer.out = false;
    }
  }

  std::unique_ptr<DriverQueue> ring;
  unsigned interrupts = 0;

 private:
  static constexpr unsigned kSlots = 32, kBytes = 9000;
  struct Buffer {
    std::uint64_t address;
    std::vector<std::uint8_t> expected;
    bool out = false;
  };

  std::vector<Piece> pieces(std::uint64_t at, std::uint32_t bytes, unsigned count) {
    std::vector<Piece> parts;
    for (unsigned i = 0; i < count; ++i) {
      const std::uint32_t now = i + 1 == count ? bytes : std::min(bytes, bytes / count + i);
      parts.push_back({at, now});
      at += now;
      bytes -= now;
    }
    return parts;
  }
  bool add(std::mt19937& random) {
    for (unsigned token = 0; token < kSlots; ++token) {
      Buffer& buffer = buffers_[token];
      if (buffer.out) continue;
      const std::uint32_t bytes = 8 + random() % (kBytes - 8);
      std::vector<std::uint8_t> data(bytes);
      for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(random());
      memory_.write(buffer.address, data.data(), bytes);
      const bool indirect = (features_ & kIndirect) && random() % 2 != 0;
      if (!ring->add(pieces(buffer.address, bytes, 1 + random() % 3),
                     pieces(buffer.address + kBytes, bytes, 1 + random() % 3), token,
                     indirect ? Form::Indirect : Form::Direct))
        return false;
      for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(~byte);
      buffer.expected = std::move(data);
      buffer.out = true;
      return true;
    }
    return false;
  }

  VhostFrontEnd& front_end_;
  SharedMemory& memory_;
  unsigned queue_;
  std::uint64_t features_;
  std::vector<Buffer> buffers_;
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
