// SPDX-License-Identifier: Apache-2.0
// The engine in RTL under the same checker as our own: silent as it is, and with each bug that can
// be planted caught by a rule that says what is wrong.
#include <iostream>
#include <random>
#include <set>

#include "checked_rtl.h"
#include "driver/exercise.h"

using namespace ringside;
using namespace ringside::test;
using cosim::Rule;

namespace {

void silent(unsigned width, bool rough) {
  const std::uint32_t seed = seed_of_run();
  std::cout << "RINGSIDE_SEED=" << seed << std::endl;
  DutSettings settings;
  settings.width = width;
  if (rough) settings.timing = {5, 20, 30, true, seed};
  CheckedRtl rtl(settings);
  std::mt19937 random(seed);
  unsigned runs = 0;
  rtl.bench.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect})
        for (bool event_idx : {false, true})
          for (bool in_order : {false, true}) {
            Combination c;
            c.packed = packed;
            c.form = form;
            c.event_idx = event_idx;
            c.in_order = in_order;
            c.size = static_cast<std::uint16_t>(2u << random() % 6);
            c.batch = 1 + random() % c.size;
            c.requests = 1000;
            const Outcome outcome =
                exercise(rtl.driver, rtl.access, rtl.bench.memory, rtl.bench.arena, c, random());
            rtl.bench.pass(20);
            rtl.checker.finish();
            BOOST_TEST(outcome.ok, outcome.why);
            BOOST_TEST(rtl.checker.findings().empty(),
                       "RINGSIDE_SEED=" << seed << " " << c.str() << "\n"
                                        << rtl.checker.findings().str());
            rtl.checker.clear_findings();
            ++runs;
          }
  });
  BOOST_TEST(rtl.checker.requests() == 1000u * runs);
  BOOST_TEST(rtl.checker.used() == 1000u * runs);
}

/// What each bug is to be called by: one of these comes first.
struct Planted {
  unsigned bug;
  std::set<Rule> first;
  bool packed = false;
  bool event_idx = false;
  bool slow = false;  // memory
  unsigned excess = 0;
};

/// Runs requests until the checker has found something or the driver is lost.
std::string first_finding(CheckedRtl& rtl, const Planted& planted) {
  Driver::Bits bits{32};
  if (planted.packed) bits.push_back(34);
  if (planted.event_idx) bits.push_back(29);
  rtl.bench.arena.release_all();
  const std::uint64_t data = rtl.bench.arena.take(0x4000, 4096);
  if (!rtl.driver.bring_up(bits, 8)) return "bring-up";
  rtl.bench.dut->excess = planted.excess;
  std::mt19937 random(11);
  for (unsigned i = 0; i < 60 && rtl.checker.findings().empty(); ++i) {
    const unsigned bytes = 1 + random() % 700;
    for (std::uint64_t n = 0; n < 1 + i % 3; ++n)
      rtl.driver.queue().add({{data + 0x1000 * n, bytes}},
                             {{data + 0x1000 * n + 0x800 + random() % 4, bytes}}, 4 * i + n,
                             Form::Direct);
    if (i % 4 == 3) rtl.driver.queue().disable_interrupts();
    rtl.driver.submit();
    if (i % 4 == 3) {
      rtl.bench.pass(50);
    } else {
      rtl.driver.wait_used(0, {100, sc_core::SC_US});
    }
    if (!rtl.checker.findings().empty()) return "";
    while (rtl.driver.queue().next_used()) {
    }
    rtl.bench.pass(20);
    rtl.checker.finish();
  }
  if (!rtl.checker.findings().empty()) return "";
  // Resets at any moment.
  for (unsigned nanoseconds = 40; nanoseconds < 4000; nanoseconds += 60) {
    rtl.bench.arena.release_all();
    const std::uint64_t buffer = rtl.bench.arena.take(0x4000, 4096);
    if (!rtl.driver.bring_up(bits, 8)) return "bring-up";
    rtl.driver.queue().add({{buffer, 2000}}, {{buffer + 0x2000, 2000}}, 1, Form::Direct);
    rtl.driver.submit();
    sc_core::wait(sc_core::sc_time(nanoseconds, sc_core::SC_NS));
    rtl.driver.reset();
    rtl.bench.pass(10);
    if (!rtl.checker.findings().empty()) return "";
  }
  return "nothing";
}

void planted(const Planted& bug) {
  DutSettings settings;
  settings.bug = bug.bug;
  if (bug.slow) settings.timing = {40, 40, 0, true, 3};
  CheckedRtl rtl(settings);
  std::string came = "the driver is lost";
  rtl.bench.run([&] { came = first_finding(rtl, bug); });
  BOOST_TEST_REQUIRE(came == "", "bug " << bug.bug << ": " << came);
  const cosim::Finding& first = rtl.checker.findings().kept().front();
  std::cout << "bug " << bug.bug << ": " << first.str() << std::endl;
  BOOST_TEST((bug.first.count(first.rule) == 1), "bug " << bug.bug << ": " << first.str());
}

}  // namespace

SIM_TEST_CASE(rtl_64_bits) {
  silent(64, false);
}
SIM_TEST_CASE(rtl_128_bits_rough) {
  silent(128, true);
}
SIM_TEST_CASE(rtl_256_bits) {
  silent(256, false);
}

SIM_TEST_CASE(bug_1_used_ring_does_not_wrap) {
  planted({1, {Rule::Outside}});
}
SIM_TEST_CASE(bug_2_used_length) {
  planted({2, {Rule::UsedLength, Rule::UsedBeforePayload}});
}
SIM_TEST_CASE(bug_3_strobes) {
  planted({3, {Rule::WriteBytes, Rule::Outside}});  // with the used flags, the index
}
SIM_TEST_CASE(bug_4_index_before_element) {
  planted({4, {Rule::IndexBeforeElement}});
}
SIM_TEST_CASE(bug_5_stale_event_index) {
  planted({5,
           {Rule::InterruptMissing, Rule::InterruptSuppressed, Rule::InterruptUnchecked},
           false,
           true});
}
SIM_TEST_CASE(bug_6_lost_wrap_counter) {
  planted({6, {Rule::WrapCounter}, true});
}
SIM_TEST_CASE(bug_7_dma_after_reset) {
  planted({7, {Rule::AfterReset}});
}
SIM_TEST_CASE(bug_8_read_before_publish) {
  planted({8, {Rule::NotPublished}});
}
SIM_TEST_CASE(bug_9_interrupt_before_index) {
  planted({9, {Rule::InterruptBeforeIndex}});
}
SIM_TEST_CASE(bug_10_no_second_look) {
  planted({10, {Rule::NoSecondLook}});
}
SIM_TEST_CASE(bug_11_avail_event) {
  planted({11, {Rule::EventBytes, Rule::NoSecondLook}, false, true});
}
SIM_TEST_CASE(bug_15_readable_one_short) {
  planted({15, {Rule::WrittenLength}});
}
SIM_TEST_CASE(bug_16_interrupt_not_wanted) {
  planted({16, {Rule::InterruptSuppressed}});
}
SIM_TEST_CASE(bug_17_more_than_fits) {
  planted({17, {Rule::Outside}, false, false, false, 8});
}
SIM_TEST_CASE(bug_18_used_before_payload) {
  planted({18, {Rule::UsedBeforePayload}, false, false, true});
}
