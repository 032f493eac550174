// SPDX-License-Identifier: Apache-2.0
// Service times against closed formulas: alone, at a queue depth, and at the rate that all share.
#include "virtio/core/service.h"

#include "driver/bench.h"

using namespace ringside;
using namespace ringside::virtio;
using namespace ringside::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

namespace {

struct ServiceBench : LoopbackBench {
  explicit ServiceBench(const std::string& service, const std::string& accuracy = "timed")
      : LoopbackBench("service: " + service, "accuracy: " + accuracy) {}
  void run(const std::function<void()>& steps) {
    LoopbackBench::run(
        [&] {
          BOOST_TEST_REQUIRE(driver.bring_up({32}, 256));
          sc_core::wait(sc_time(1, SC_US));
          steps();
        },
        sc_time(1, sc_core::SC_SEC));
  }
  /// The device writes so many bytes, at once: the loopback's own time is none.
  void answer(std::uint32_t bytes) {
    device.instead = [this, bytes](unsigned queue) {
      while (ChainPtr chain = device.hold(queue)) device.queue(queue).push(std::move(chain), bytes);
      return true;
    };
  }
  /// Time that `count` requests take which are available together.
  sc_time all(unsigned count, std::uint32_t out, std::uint32_t in) {
    const auto buffer = arena.take(8192, 4096);
    for (unsigned i = 0; i < count; ++i)
      BOOST_TEST_REQUIRE(
          driver.queue().add({{buffer, out}}, {{buffer + 4096, in}}, i, Form::Direct));
    const sc_time before = sc_core::sc_time_stamp();
    driver.submit();
    for (unsigned back = 0; back < count;) {
      if (driver.queue().next_used())
        ++back;
      else if (!driver.wait_used(0, {1, sc_core::SC_SEC}))
        break;
    }
    return sc_core::sc_time_stamp() - before;
  }
};

}  // namespace

SIM_TEST_CASE(one_request_takes_the_latency_of_its_kind) {
  ServiceBench b("{type: service, latency_in: 80us, latency_out: 20us}");
  b.run([&] {
    b.answer(4096);
    BOOST_TEST(b.all(1, 16, 4096) == sc_time(80, SC_US));
    b.answer(1);
    BOOST_TEST(b.all(1, 4096, 1) == sc_time(20, SC_US));
    BOOST_TEST(b.device.queue(0).service_time.max() == 80'000u);
  });
}

SIM_TEST_CASE(channels_work_side_by_side) {
  ServiceBench b("{type: service, channels: 4, latency_in: 100us}");
  b.run([&] {
    b.answer(64);
    BOOST_TEST(b.all(4, 16, 64) == sc_time(100, SC_US));
    BOOST_TEST(b.all(5, 16, 64) == sc_time(200, SC_US));
    BOOST_TEST(b.all(64, 16, 64) == sc_time(1600, SC_US));
    BOOST_TEST(b.sim.model<ServiceModel>("d.service").waiting.max() == 1'500'000u);
  });
}

SIM_TEST_CASE(the_rate_is_shared) {
  // 4096 bytes at 8 Gbit/s are 4096 ns; the transfers follow each other, the latencies overlap.
  ServiceBench b("{type: service, channels: 64, latency_in: 10us, rate: 8Gbps}");
  b.run([&] {
    b.answer(4096);
    BOOST_TEST(b.all(1, 16, 4096) == sc_time(10'000 + 4096, SC_NS));
    BOOST_TEST(b.all(50, 16, 4096) == sc_time(10'000 + 50 * 4096, SC_NS));
  });
}

SIM_TEST_CASE(a_reset_forgets_what_was_worked_on) {
  ServiceBench b("ssd");
  b.run([&] {
    b.answer(4096);
    const auto buffer = b.arena.take(8192, 4096);
    BOOST_TEST_REQUIRE(b.driver.queue().add({{buffer, 16}}, {{buffer, 4096}}, 0, Form::Direct));
    b.driver.submit();
    sc_core::wait(sc_time(10, SC_US));
    BOOST_TEST(b.device.queue(0).outstanding() == 1u);
    b.driver.reset();
    sc_core::wait(sc_time(200, SC_US));
    BOOST_TEST_REQUIRE(b.driver.bring_up({32}, 256));
    BOOST_TEST(b.all(1, 16, 4096) > sc_time(80, SC_US));
    BOOST_TEST(b.device.queue(0).outstanding() == 0u);
  });
}

SIM_TEST_CASE(functional_requests_take_no_time) {
  ServiceBench b("ssd", "functional");
  b.run([&] {
    b.answer(4096);
    BOOST_TEST(b.all(32, 16, 4096) == sc_core::SC_ZERO_TIME);
    BOOST_TEST(b.sim.model<ServiceModel>("d.service").requests_served.value() == 0u);
  });
}
