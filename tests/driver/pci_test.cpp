// SPDX-License-Identifier: Apache-2.0
// The same driver through virtio-pci: host bridge, registers, doorbells, DMA through the bus into
// RAM, and MSI-X.
#include "driver/exercise.h"
#include "driver/pci_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

void matrix(const char* accuracy, const std::string& link = "", const std::string& settings = "") {
  PciBench bench(accuracy, link, settings);
  unsigned combinations = 0;
  bench.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect, Form::Mixed})
        for (std::uint16_t size : {2, 7, 8, 256, 1024})
          for (bool event_idx : {false, true})
            for (bool in_order : {false, true})
              for (auto order : {Loopback::Order::AtOnce, Loopback::Order::Later}) {
                if (packed ? form == Form::Mixed : size == 7) continue;
                Combination c;
                c.packed = packed;
                c.event_idx = event_idx;
                c.in_order = in_order;
                c.form = form;
                c.size = size;
                c.batch = 1 + size / 4u;
                c.requests = std::min(100u, 20u + 3u * size);
                c.notification_data = (combinations++ % 2) != 0;
                bench.device.order = order;
                const Outcome outcome = exercise(bench.driver, bench.access, bench.memory,
                                                 bench.arena, c, combinations);
                BOOST_TEST(outcome.ok, outcome.why);
              }
  });
  BOOST_TEST(combinations > 150u);
  BOOST_TEST(bench.device.failures == 0u);
}

}  // namespace

SIM_TEST_CASE(pci_functional) {
  matrix("functional");
}
SIM_TEST_CASE(pci_timed) {
  matrix("timed");
}

SIM_TEST_CASE(pci_timed_over_a_link) {
  matrix("timed", "pcie-link");
}
SIM_TEST_CASE(pci_timed_engine_in_logic) {
  matrix("timed", "{type: pcie-link, generation: 1, lanes: 1, tags: 2}", "engine: fpga");
}
SIM_TEST_CASE(pci_timed_engine_that_reads_far_ahead) {
  matrix("timed", "pcie-link",
         "engine: {type: smartnic, descriptor_prefetch: 16, shared: true, publish_each: true}");
}
SIM_TEST_CASE(pci_timed_engine_that_collects) {
  matrix("timed", "",
         "engine: {type: vhost, used_batch: 8, used_delay: 2us, interrupt_batch: 4, "
         "interrupt_delay: 3us}");
}

SIM_TEST_CASE(pci_broken_ring_and_recovery) {
  PciBench bench;
  bench.run([&] {
    Combination c;
    for (unsigned i = 0; i < 5; ++i) {
      bench.arena.release_all();
      BOOST_TEST_REQUIRE(bench.driver.bring_up({32}, 8));
      const auto before = bench.access.config_interrupts();
      bench.memory.store<std::uint16_t>(bench.driver.queue().place().driver_area + 2, 100);
      bench.access.notify(0, 0);
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
      BOOST_TEST((bench.access.status() & 64) != 0);
      BOOST_TEST(bench.access.config_interrupts() == before + 1);
      c.requests = 30;
      const Outcome outcome = exercise(bench.driver, bench.access, bench.memory, bench.arena, c, i);
      BOOST_TEST(outcome.ok, outcome.why);
    }
  });
}

SIM_TEST_CASE(pci_queue_reset) {
  PciBench bench;
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32, 40}, 8));
    const auto in = bench.arena.take(64, 16);
    for (unsigned i = 0; i < 10; ++i) {
      bench.access.reset_queue(0);
      BOOST_TEST(!bench.access.queue_resetting(0));
      BOOST_TEST(!bench.access.queue_enabled(0));
      BOOST_TEST_REQUIRE(bench.driver.add_queue(0, static_cast<std::uint16_t>(2u << (i % 5))));
      BOOST_TEST_REQUIRE(bench.driver.queue().add({{in, 8}}, {{in + 8, 8}}, 1, Form::Direct));
      bench.driver.submit();
      BOOST_TEST(bench.driver.wait_used(0, {1, sc_core::SC_MS}));
      BOOST_TEST(bench.driver.queue().next_used().has_value());
    }
  });
}

SIM_TEST_CASE(pci_suspend) {
  PciBench bench;
  bench.run([&] {
    BOOST_TEST_REQUIRE(bench.driver.bring_up({32, 43}, 8));
    bench.access.set_status(15 | 16);
    BOOST_TEST(bench.access.status() == (11 | 16));
    std::uint8_t byte = 77;
    bench.access.write_config(0, &byte, 1);
    bench.access.read_config(0, &byte, 1);
    BOOST_TEST(byte == 1);
    bench.access.set_status(15 | 16);
    BOOST_TEST(bench.access.status() == 15);
  });
}
