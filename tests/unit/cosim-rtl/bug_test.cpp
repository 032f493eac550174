// SPDX-License-Identifier: Apache-2.0
// Each planted bug is found: by the driver, by the rules of AXI, or by a rule of the ring. Without
// a bug the same scenarios are silent.
#include <iostream>

#include "ring_rules.h"
#include "rtl/chains.h"

using namespace ringside;
using namespace ringside::test;

namespace {

/// Numbers of models/cosim/rtl/planted_bugs.svh.
enum Bug : unsigned {
  kNone,
  kRingWrap,
  kUsedLength,
  kStrobe,
  kEarlyIndex,
  kStaleEvent,
  kLostWrap,
  kDmaAfterReset,
  kReadAhead,
  kEarlyInterrupt,
  kLostKick,
  kAvailEvent,
  kPageCrossing,
  kUnstableAddress,
  kIgnoredError,
  kShortRead,
  kUnaskedInterrupt,
  kOverrun,
  kEarlyUsed,
};

using Finding = std::string;  // what showed it, empty: nothing

struct Scene {
  RtlBench& bench;
  DutSettings settings;

  void watch(RingRules& rules) {
    bench.replace(settings);
    bench.dut->observer = [&rules](const cosim::BusAccess& access) { rules.see(access); };
    bench.access.interrupted = [&rules] { rules.interrupt(); };
  }
  Finding verdict(const Finding& driver, const RingRules* rules) {
    bench.access.interrupted = nullptr;
    bench.dut->observer = nullptr;
    const std::string violations = bench.dut->violations();
    if (!violations.empty()) return "AXI: " + violations;
    if (rules && !rules->broken().empty()) return "rule: " + rules->broken();
    return driver.empty() ? "" : "driver: " + driver;
  }
};

Finding chains(Scene scene, bool packed, bool event_idx) {
  scene.bench.replace(scene.settings);
  ChainsOptions options;
  options.packed = packed;
  options.event_idx = event_idx;
  options.chains = 150;
  options.seed = scene.settings.timing.seed;
  return scene.verdict(move_chains(scene.bench, options), nullptr);
}
Finding split(Scene scene) {
  return chains(scene, false, false);
}
Finding split_event(Scene scene) {
  return chains(scene, false, true);
}
Finding packed(Scene scene) {
  return chains(scene, true, false);
}

/// One request after the other, each access and each interrupt looked at.
Finding watched(Scene scene) {
  RtlBench& bench = scene.bench;
  RingRules rules(bench.memory);
  scene.watch(rules);
  bench.arena.release_all();
  const std::uint64_t data = bench.arena.take(0x2000, 4096);
  if (!bench.driver.negotiate({32}) || !bench.driver.add_queue(0, 8)) return "driver: bring-up";
  rules.start(bench.driver.queue().place());
  bench.driver.start();
  Finding driver;
  for (unsigned i = 0; i < 40 && driver.empty(); ++i) {
    bench.driver.queue().add({{data, 700}}, {{data + 0x1000, 700}}, i, Form::Direct);
    bench.driver.submit();
    if (!bench.driver.wait_used(0, {1, sc_core::SC_MS})) driver = "no interrupt came";
    while (bench.driver.queue().next_used()) {
    }
    bench.pass(2);
  }
  return scene.verdict(driver, &rules);
}

/// Requests that the driver publishes while the device is about to rest.
Finding racing(Scene scene) {
  RtlBench& bench = scene.bench;
  bench.replace(scene.settings);
  bench.arena.release_all();
  const std::uint64_t data = bench.arena.take(0x1000, 4096);
  if (!bench.driver.bring_up({32}, 8)) return "driver: bring-up";
  for (unsigned i = 0; i < 300; ++i) {
    bench.driver.queue().add({{data, 4}}, {{data + 64, 4}}, i, Form::Direct);
    bench.driver.submit();
    sc_core::wait(sc_core::sc_time(4 * (i % 100), sc_core::SC_NS));
    bench.driver.queue().add({{data, 4}}, {{data + 64, 4}}, i, Form::Direct);
    bench.driver.submit();
    for (unsigned back = 0; back < 2;) {
      if (bench.driver.queue().next_used())
        ++back;
      else if (!bench.driver.wait_used(0, {100, sc_core::SC_US}))
        return scene.verdict("a request stays where it is", nullptr);
    }
  }
  return scene.verdict("", nullptr);
}

/// The driver does not want interrupts.
Finding silent(Scene scene) {
  RtlBench& bench = scene.bench;
  bench.replace(scene.settings);
  bench.arena.release_all();
  const std::uint64_t data = bench.arena.take(0x1000, 4096);
  if (!bench.driver.bring_up({32}, 8)) return "driver: bring-up";
  bench.driver.queue().disable_interrupts();
  const auto before = bench.access.queue_interrupts(0);
  bench.driver.queue().add({{data, 4}}, {{data + 64, 4}}, 1, Form::Direct);
  bench.driver.submit();
  bench.pass();
  if (!bench.driver.queue().next_used()) return scene.verdict("the request is not used", nullptr);
  const bool came = bench.access.queue_interrupts(0) != before;
  return scene.verdict(came ? "an interrupt that was not asked for" : "", nullptr);
}

/// The device part answers more than the request has room for.
Finding excess(Scene scene) {
  RtlBench& bench = scene.bench;
  bench.replace(scene.settings);
  bench.dut->excess = 8;
  bench.arena.release_all();
  const std::uint64_t data = bench.arena.take(0x1000, 4096);
  bench.memory.write(data, std::vector<std::uint8_t>(0x1000, 0xee).data(), 0x1000);
  if (!bench.driver.bring_up({32}, 8)) return "driver: bring-up";
  bench.driver.queue().add({{data, 4}}, {{data + 100, 5}, {data + 201, 6}}, 1, Form::Direct);
  bench.driver.submit();
  bench.pass();
  const auto used = bench.driver.queue().next_used();
  if (!used) return scene.verdict("the request is not used", nullptr);
  const bool clobbered = bench.memory.load<std::uint8_t>(data + 207) != 0xee;
  return scene.verdict(clobbered              ? "bytes behind the buffer are gone"
                       : used->written != 11u ? "used length"
                                              : "",
                       nullptr);
}

/// Descriptors in memory that does not answer.
Finding failing(Scene scene) {
  RtlBench& bench = scene.bench;
  bench.replace(scene.settings);
  bench.arena.release_all();
  const std::uint64_t data = bench.arena.take(0x1000, 4096);
  if (!bench.driver.bring_up({32}, 8)) return "driver: bring-up";
  const std::uint64_t table = bench.driver.queue().place().descriptor_area;
  bench.driver.queue().add({{data, 4}}, {{data + 64, 4}}, 1, Form::Direct);
  bench.memory.bus.fail(table, table + 15);
  bench.driver.submit();
  bench.pass();
  bench.memory.bus.fail(1, 0);
  if ((bench.access.status() & 0x40) == 0) return scene.verdict("no NEEDS_RESET", nullptr);
  const bool by_memory = (bench.access.read(0x1004, 4) & 0xff) == 1;
  return scene.verdict(by_memory ? "" : "the error of memory was not seen", nullptr);
}

/// Resets at all moments of a long request.
Finding resetting(Scene scene) {
  RtlBench& bench = scene.bench;
  for (unsigned nanoseconds = 40; nanoseconds < 4000; nanoseconds += 60) {
    RingRules rules(bench.memory);
    scene.watch(rules);
    bench.arena.release_all();
    const std::uint64_t data = bench.arena.take(0x4000, 4096);
    if (!bench.driver.negotiate({32}) || !bench.driver.add_queue(0, 8)) return "driver: bring-up";
    rules.start(bench.driver.queue().place());
    bench.driver.start();
    bench.driver.queue().add({{data, 4000}}, {{data + 0x2000, 4000}}, 1, Form::Direct);
    bench.driver.submit();
    sc_core::wait(sc_core::sc_time(nanoseconds, sc_core::SC_NS));
    bench.access.set_status(0);
    for (unsigned tries = 0; bench.access.status() != 0; ++tries) {
      if (tries == 100) return scene.verdict("the reset never ends", nullptr);
      bench.pass(1);
    }
    rules.device_is_reset();
    bench.pass(10);
    const Finding found = scene.verdict("", &rules);
    if (!found.empty()) return found;
  }
  return {};
}

struct Case {
  Bug bug;
  Finding (*scenario)(Scene);
  const char* expected;  // part of the finding
};

const Case kCases[] = {
    {kRingWrap, split, "driver: "},
    {kUsedLength, split, "driver: split direct size 16 seed 5: used length"},
    {kStrobe, split, "driver: split direct size 16 seed 5: byte"},
    {kEarlyIndex, watched, "rule: used index before its used element"},
    {kStaleEvent, split_event, "driver: split direct event_idx size 16 seed 5: no interrupt"},
    {kLostWrap, packed, "driver: packed direct size 16 seed 5: no interrupt"},
    {kDmaAfterReset, resetting, "rule: DMA after reset"},
    {kReadAhead, watched, "rule: an entry was read that is not published"},
    {kEarlyInterrupt, watched, "rule: an interrupt before the used index"},
    {kLostKick, racing, "driver: a request stays"},
    {kAvailEvent, split_event, "driver: split direct event_idx size 16 seed 5: no interrupt"},
    {kPageCrossing, split, "AR: a burst crosses 4 KiB"},
    {kUnstableAddress, split, "AR: changed while it waited for READY"},
    {kIgnoredError, failing, "driver: the error of memory was not seen"},
    {kShortRead, split, "driver: "},
    {kUnaskedInterrupt, silent, "driver: an interrupt that was not asked for"},
    {kOverrun, excess, "driver: bytes behind the buffer"},
    {kEarlyUsed, watched, "rule: payload after its used element"},
};

DutSettings plant(unsigned bug) {
  DutSettings settings;
  settings.bug = bug;
  settings.timing = {6, 25, 20, true, 5};
  settings.stream_stall = 10;
  return settings;
}

}  // namespace

SIM_TEST_CASE(each_planted_bug_is_found) {
  RtlBench bench;
  bench.run([&] {
    for (const Case& c : kCases) {
      const Finding found = c.scenario({bench, plant(c.bug)});
      BOOST_TEST(found.find(c.expected) != Finding::npos,
                 "bug " << c.bug << ": expected " << c.expected << ", found " << found);
      std::cout << "bug " << c.bug << ": " << found.substr(0, 150) << std::endl;
    }
  });
}

SIM_TEST_CASE(nothing_is_found_without_a_bug) {
  RtlBench bench;
  bench.run([&] {
    for (const auto scenario :
         {split, split_event, packed, watched, racing, silent, excess, failing, resetting})
      BOOST_TEST(scenario({bench, plant(kNone)}) == "");
  });
}
