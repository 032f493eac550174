// SPDX-License-Identifier: Apache-2.0
// The entropy device as a driver sees it.
#include <functional>
#include <systemc>

#include "backend/plugin_types.h"
#include "driver/direct.h"
#include "driver/driver.h"
#include "driver/monitor.h"
#include "driver/test_memory.h"
#include "support/sim.h"
#include "support/spec.h"
#include "support/steps.h"
#include "virtio/device/entropy.h"

using namespace ringside;
using test::Form;
using test::Piece;

namespace {

/// Gives bytes only as they are put in.
struct Drip final : backend::EntropySource {
  using EntropySource::EntropySource;
  std::size_t take(std::uint8_t* to, std::size_t bytes) override {
    const std::size_t now = std::min(bytes, left);
    std::fill_n(to, now, 0x5a);
    left -= now;
    return now;
  }
  void add(std::size_t bytes) {
    left += bytes;
    ready();
  }
  std::size_t left = 0;
};

void register_entropy(Registry& registry) {
  backend::register_types(registry);
  registry.add<backend::EntropySource, Drip>("drip", "a slow source");
  registry.add<Model, virtio::Entropy>("entropy", "the device");
}

struct Bench {
  static constexpr std::uint64_t kBase = 0x80000000;
  explicit Bench(const std::string& params = "")
      : sim("children:\n  d: {type: entropy" + (params.empty() ? "" : ", " + params) + "}\n",
            register_entropy),
        memory(kBase, 4 << 20),
        arena(kBase, 4 << 20),
        device(sim.model<virtio::Entropy>("d")),
        monitor(memory),
        access(device, monitor.dma),
        driver(access, memory, arena) {
    monitor.watch_if_wanted(access, device);
  }

  void run(const std::function<void()>& steps) {
    run_steps(sim, steps, {100, sc_core::SC_SEC});
    monitor.report();
  }
  Piece room(std::uint32_t bytes) {
    const Piece piece{arena.take(bytes, 1), bytes};
    const std::string filler(bytes, '\0');
    memory.write(piece.address, filler.data(), bytes);
    return piece;
  }
  std::string load(const Piece& piece) {
    std::string bytes(piece.length, '?');
    memory.read(piece.address, bytes.data(), bytes.size());
    return bytes;
  }
  void ask(const std::vector<Piece>& writable, const std::vector<Piece>& readable = {}) {
    BOOST_REQUIRE(driver.queue().add(readable, writable, 1, Form::Direct));
    driver.submit();
  }
  /// Bytes that the answer says it has; -1 if none came in time.
  int answer(const sc_core::sc_time& patience = {1, sc_core::SC_MS}) {
    if (!driver.wait_used(0, patience)) return -1;
    return static_cast<int>(driver.queue().next_used()->written.value());
  }
  Drip& drip() { return sim.model<Drip>("d.backend"); }

  test::Sim sim;
  test::TestMemory memory;
  test::Arena arena;
  virtio::Entropy& device;
  test::Monitor monitor;
  test::DirectAccess access;
  test::Driver driver;
};

/// Sleeps long enough for the device to do whatever it is going to do.
void settle() {
  sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
}

}  // namespace

SIM_TEST_CASE(buffers_are_filled_with_random_bytes) {
  Bench b;
  b.run([&] {
    SPEC("entropy.device-operation.1");
    BOOST_TEST_REQUIRE(b.driver.bring_up({29, 32}, 8));
    const Piece one = b.room(64), two = b.room(1), three = b.room(200);
    b.ask({one, two, three});
    BOOST_TEST(b.answer() == 265);
    BOOST_TEST((b.load(one) != std::string(64, '\0')));
    BOOST_TEST((b.load(three).substr(136) != std::string(64, '\0')));
    const std::string first = b.load(one);
    b.ask({one});
    BOOST_TEST(b.answer() == 64);
    BOOST_TEST(b.load(one) != first);
    b.ask({b.room(1)});
    BOOST_TEST(b.answer() == 1);
  });
}

SIM_TEST_CASE(it_offers_no_feature_of_its_own_and_no_configuration) {
  Bench b;
  BOOST_TEST((b.device.device_features() == virtio::FeatureSet{}));
  BOOST_TEST(b.device.config_bytes() == 0u);
  BOOST_TEST(b.device.num_queues() == 1u);
}

SIM_TEST_CASE(a_huge_request_gets_a_part) {
  Bench b;
  b.run([&] {
    SPEC("entropy.device-operation.1");
    BOOST_TEST_REQUIRE(b.driver.bring_up({32}, 8));
    b.ask({b.room(1 << 20)});
    BOOST_TEST(b.answer() == 64 << 10);
  });
}

SIM_TEST_CASE(a_source_that_is_empty_is_waited_for) {
  Bench b("backend: drip");
  b.run([&] {
    SPEC("entropy.device-operation.1");
    BOOST_TEST_REQUIRE(b.driver.bring_up({29, 32}, 8));
    const Piece piece = b.room(16);
    b.ask({piece});
    BOOST_TEST(b.answer() == -1);
    b.drip().add(5);
    BOOST_TEST(b.answer() == 5);
    BOOST_TEST((b.load(piece) == std::string(5, 0x5a) + std::string(11, '\0')));
  });
}

SIM_TEST_CASE(a_reset_forgets_the_request_that_waits) {
  Bench b("backend: drip");
  b.run([&] {
    for (const bool whole_device : {true, false}) {
      BOOST_TEST_REQUIRE(b.driver.bring_up({32, 40}, 8));
      const Piece old = b.room(16);
      b.ask({old});
      settle();
      if (whole_device) {
        BOOST_TEST_REQUIRE(b.driver.bring_up({32, 40}, 8));
      } else {
        b.access.reset_queue(0);
        BOOST_TEST_REQUIRE(b.driver.add_queue(0, 8));
      }
      b.drip().add(16);
      settle();
      BOOST_TEST((b.load(old) == std::string(16, '\0')));
      const Piece fresh = b.room(16);
      b.ask({fresh});
      BOOST_TEST(b.answer() == 16);
      BOOST_TEST((b.load(fresh) == std::string(16, 0x5a)));
    }
  });
}

SIM_TEST_CASE(a_reset_while_memory_is_written) {
  Bench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (unsigned step = 1; step < 4; ++step) {
      BOOST_TEST_REQUIRE(b.driver.bring_up({32}, 8));
      unsigned seen = 0;
      b.memory.observer = [&](const test::TestMemory::Access& access) {
        if (access.step == Step::Payload && ++seen == step) b.device.write_status(0);
      };
      b.ask({b.room(4096), b.room(4096), b.room(8192)});
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
      // What was issued with it still happens, and then nothing more.
      BOOST_TEST(seen >= step);
      BOOST_TEST(seen <= 4u);
      b.memory.observer = nullptr;
      BOOST_TEST_REQUIRE(b.driver.bring_up({32}, 8));
      b.ask({b.room(32)});
      BOOST_TEST(b.answer() == 32);
    }
  });
}

SIM_TEST_CASE(suspending_gives_the_request_that_waits_back_to_the_ring) {
  Bench b("backend: drip, suspend: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.driver.bring_up({32, 43}, 8));
    b.ask({b.room(16)});
    settle();
    b.access.set_status(0x1f);
    settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);  // suspended: no DRIVER_OK
    b.drip().add(16);
    BOOST_TEST(b.answer() == -1);
    b.access.set_status(0x0f);
    b.access.notify(0, 0);
    BOOST_TEST(b.answer() == 16);
  });
}

SIM_TEST_CASE(the_rate_is_limited) {
  Bench b("rate_bytes: 100B, rate_period: 1ms");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.driver.bring_up({29, 32}, 8));
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    unsigned total = 0;
    while (total < 1000) {
      b.ask({b.room(64)});
      const int got = b.answer({10, sc_core::SC_MS});
      BOOST_TEST_REQUIRE(got > 0);
      total += static_cast<unsigned>(got);
    }
    const sc_core::sc_time taken = sc_core::sc_time_stamp() - start;
    BOOST_TEST(taken >= sc_core::sc_time(9, sc_core::SC_MS));
    BOOST_TEST(taken <= sc_core::sc_time(11, sc_core::SC_MS));
  });
}

SIM_TEST_CASE(requests_that_make_no_sense) {
  Bench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.driver.bring_up({32}, 8));
    const Piece text = b.room(32);
    b.ask({b.room(8)}, {text});  // readable bytes are not for this device
    BOOST_TEST(b.answer() == 8);
    b.ask({}, {text});  // no room at all: nothing can be given
    BOOST_TEST(b.answer() == 0);
    b.ask({{0x1000, 64}});
    BOOST_TEST(b.answer() == -1);
    BOOST_TEST((b.access.status() & 64) != 0);
    BOOST_TEST_REQUIRE(b.driver.bring_up({32}, 8));
    b.ask({b.room(8)});
    BOOST_TEST(b.answer() == 8);
  });
}
