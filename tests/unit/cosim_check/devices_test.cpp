// SPDX-License-Identifier: Apache-2.0
// Our own engine under the checker, with every byte of the ring predicted: over layouts, features
// and orders of completion, with random chains.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "driver/bench.h"
#include "driver/exercise.h"
#include "driver/pci_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

/// What Loopback gives back.
struct Inverted final : cosim::PayloadModel {
  int byte(unsigned, const cosim::ObservedChain& chain, std::uint64_t offset) override {
    return offset < chain.out.size() ? static_cast<std::uint8_t>(~chain.out[offset]) : 256;
  }
  std::int64_t length(unsigned, const cosim::ObservedChain& chain) override {
    return static_cast<std::int64_t>(std::min(chain.readable_bytes, chain.writable_bytes));
  }
};

/// RINGSIDE_SEED repeats a run.
std::uint32_t seed_of_run() {
  const char* text = std::getenv("RINGSIDE_SEED");
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : std::random_device{}();
}

Combination combination(std::mt19937& random, bool packed, Form form, bool event_idx,
                        bool in_order) {
  Combination c;
  c.packed = packed;
  c.form = form;
  c.event_idx = event_idx;
  c.in_order = in_order;
  c.size = packed ? static_cast<std::uint16_t>(2 + random() % 60)
                  : static_cast<std::uint16_t>(2u << (random() % 6));
  c.batch = 1 + random() % c.size;
  c.requests = 1000;
  c.notification_data = random() % 2 != 0;
  return c;
}

void matrix(const std::string& settings, sc_core::sc_time latency) {
  LoopbackBench bench("packed: true, in_order: true, notification_data: true" + settings,
                      latency == sc_core::SC_ZERO_TIME ? "" : "accuracy: timed");
  bench.memory.latency = latency;
  Inverted inverted;
  cosim::CheckSettings check;
  check.payload = &inverted;
  bench.monitor.watch(bench.access, check);
  cosim::Checker& checker = *bench.monitor.checker;
  const std::uint32_t seed = seed_of_run();
  BOOST_TEST_MESSAGE("RINGSIDE_SEED=" << seed);
  std::mt19937 random(seed);
  unsigned runs = 0;
  bench.run(
      [&] {
        for (bool packed : {false, true})
          for (Form form : {Form::Direct, Form::Indirect, Form::Mixed})
            for (bool event_idx : {false, true})
              for (bool in_order : {false, true})
                for (auto order : {Loopback::Order::AtOnce, Loopback::Order::Together,
                                   Loopback::Order::Reversed, Loopback::Order::Later}) {
                  if (packed && form == Form::Mixed) continue;
                  const Combination c = combination(random, packed, form, event_idx, in_order);
                  bench.device.order = order;
                  const Outcome outcome =
                      exercise(bench.driver, bench.access, bench.memory, bench.arena, c, random());
                  sc_core::wait(20, sc_core::SC_US);
                  checker.finish();
                  BOOST_TEST(outcome.ok, outcome.why);
                  BOOST_TEST(checker.findings().empty(),
                             "RINGSIDE_SEED=" << seed << " " << c.str() << "\n"
                                              << checker.findings().str());
                  checker.clear_findings();
                  ++runs;
                }
      },
      {1000, sc_core::SC_SEC});
  BOOST_TEST(runs == 80u);
  BOOST_TEST(checker.requests() == 1000u * runs);
  BOOST_TEST(checker.used() == checker.requests());
  BOOST_TEST(checker.predicted_bytes() > 8 * checker.requests());
}

}  // namespace

SIM_TEST_CASE(engine_functional) {
  matrix("", sc_core::SC_ZERO_TIME);
}
SIM_TEST_CASE(engine_timed) {
  matrix("", {13, sc_core::SC_NS});
}
SIM_TEST_CASE(engine_that_reads_far_ahead) {
  matrix(", engine: {type: smartnic, descriptor_prefetch: 16, shared: true, publish_each: true}",
         {13, sc_core::SC_NS});
}
SIM_TEST_CASE(engine_that_collects) {
  matrix(
      ", engine: {type: vhost, used_batch: 8, used_delay: 2us, interrupt_batch: 4, "
      "interrupt_delay: 3us}",
      {13, sc_core::SC_NS});
}

/// Through virtio-pci: registers and notifications as the function tells them, DMA as its port
/// shows it.
SIM_TEST_CASE(engine_behind_pci_and_a_link) {
  PciBench bench("timed", "pcie-link", "engine: fpga");
  cosim::TransactionStream stream;
  cosim::DmaWatch dma(stream);
  cosim::TransportWatch registers(stream);
  cosim::Checker checker;
  stream.add(checker);
  auto& card = bench.sim.model<virtio::VirtioPci>("bus.pci.card");
  card.dma_port().observe(&dma);
  card.observe(&registers);
  std::mt19937 random(3);
  bench.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect})
        for (bool event_idx : {false, true})
          for (bool in_order : {false, true}) {
            Combination c = combination(random, packed, form, event_idx, in_order);
            c.requests = 200;
            const Outcome outcome =
                exercise(bench.driver, bench.access, bench.memory, bench.arena, c, random());
            sc_core::wait(20, sc_core::SC_US);
            checker.finish();
            BOOST_TEST(outcome.ok, outcome.why);
            BOOST_TEST(checker.findings().empty(), c.str() << "\n" << checker.findings().str());
            checker.clear_findings();
          }
  });
  BOOST_TEST(checker.requests() == 16u * 200u);
}

SIM_TEST_CASE(resets_and_queue_resets) {
  LoopbackBench bench("packed: true, in_order: true", "accuracy: timed");
  bench.memory.latency = {13, sc_core::SC_NS};
  bench.device.order = Loopback::Order::Later;
  bench.monitor.watch(bench.access);
  std::mt19937 random(5);
  bench.run([&] {
    for (unsigned i = 0; i < 200; ++i) {
      bench.arena.release_all();
      Driver::Bits bits{32, 40};
      if (random() % 2) bits.push_back(34);
      if (random() % 2) bits.push_back(29);
      BOOST_TEST_REQUIRE(bench.driver.bring_up(bits, 8));
      const auto at = bench.arena.take(1024, 16);
      for (unsigned life = 0; life < 3; ++life) {
        for (std::uint64_t n = 0; n < 4; ++n)
          bench.driver.queue().add({{at + 64 * n, 16}}, {{at + 64 * n + 32, 16}}, n, Form::Direct);
        bench.driver.submit();
        sc_core::wait(sc_core::sc_time(random() % 400, sc_core::SC_NS));  // and right into it
        bench.access.reset_queue(0);
        while (bench.access.queue_resetting(0)) sc_core::wait(1, sc_core::SC_NS);
        BOOST_TEST_REQUIRE(bench.driver.add_queue(0, 8));
      }
    }
  });
  BOOST_TEST(bench.monitor.checker->requests() > 500u);
}
