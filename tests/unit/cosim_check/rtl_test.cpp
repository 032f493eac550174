// SPDX-License-Identifier: Apache-2.0
// The engine in RTL under the same checker as our own: silent as it is, and with each bug that can
// be planted caught by a rule that says what is wrong.
#include <cctype>
#include <cstring>
#include <iostream>
#include <random>
#include <regex>
#include <set>

#include "checked_rtl.h"
#include "driver/exercise.h"

using namespace ringside;
using namespace ringside::test;

namespace {

void silent(unsigned width, bool rough) {
  const std::uint32_t seed = seed_of_run();
  std::cout << "RINGSIDE_SEED=" << seed << std::endl;
  DutSettings settings;
  settings.width = width;
  if (rough) settings.timing = {5, 20, 30, true, seed};
  CheckedRtl rtl{settings};
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
            rtl.checker->finish();
            BOOST_TEST(outcome.ok, outcome.why);
            BOOST_TEST(rtl.checker->findings().empty(),
                       "RINGSIDE_SEED=" << seed << " " << c.str() << "\n"
                                        << rtl.checker->findings().str());
            rtl.checker->clear_findings();
            ++runs;
          }
  });
  BOOST_TEST(rtl.checker->requests() == 1000u * runs);
  BOOST_TEST(rtl.checker->used() == 1000u * runs);
}

/// A bug, how to meet it, and what is said of it first: a regular expression for the whole finding.
struct Planted {
  unsigned bug;
  const char* message;
  bool packed = false;
  bool event_idx = false;
  bool rough = false;  // memory: slow, and with stalls
  unsigned excess = 0;
};

/// Numbers that depend on when and where: N transaction, T time, A address, B bytes, R request.
const Planted kPlanted[] = {
    {1,
     "outside: transaction N at T ps, queue 0: expected the used ring, found a write of "
     "used_ring with 8 bytes at A"},
    {2,
     "used-length: transaction N at T ps, queue 0, request R: expected at most B bytes, found B"},
    {2, "used-length: transaction N at T ps, queue 0, request R: expected at most B bytes, found B",
     true},
    {3, "write-bytes: transaction N at T ps, queue 0: expected a used index after 0, found 0"},
    {4,
     "index-before-element: transaction N at T ps, queue 0: expected at most 0, found used index "
     "1"},
    {5,
     "interrupt-missing: transaction N at T ps, queue 0: expected an interrupt, as the driver "
     "wants one, found none",
     false, true},
    {6,
     "wrap-counter: transaction N at T ps, queue 0: expected avail and used bits 0, found flags "
     "0x8082 in slot 0",
     true},
    {7,
     "after-reset: transaction N at T ps, queue 0: expected no DMA after the device's reset, "
     "found a (read|write) of B bytes at A"},
    {8,
     "not-published: transaction N at T ps, queue 0: expected an entry before avail index 0, "
     "found a read of the entry in place 0"},
    {9,
     "interrupt-before-index: transaction N at T ps, queue 0: expected used buffers before it, "
     "found none since the one before"},
    {10,
     "no-second-look: transaction N at T ps, queue 0: expected a look at the ring after "
     "notifications were switched on, found none"},
    {11, "event-bytes: transaction N at T ps, queue 0: expected avail_event 1 at rest, found 0",
     false, true},
    {12, "AXI: cycle T: AR: a burst crosses 4 KiB"},
    {13, "AXI: cycle T: AR: changed while it waited for READY", false, false, true},
    {14,
     "needs-reset: transaction N at T ps, queue 0: expected DEVICE_NEEDS_RESET, as the read of "
     "2 bytes at A \\(transaction N\\) failed, found status 0xf"},
    {14,
     "interrupt-unchecked: transaction N at T ps, queue 0: expected a look at what the driver "
     "wants after the used index, found none",
     true},
    {15, "written-length: transaction N at T ps, queue 0, request R: expected B bytes, found B"},
    {16,
     "interrupt-suppressed: transaction N at T ps, queue 0: expected no interrupt, as the "
     "driver wants none, found one"},
    {17,
     "outside: transaction N at T ps, queue 0: expected a buffer of a chain that is out, found "
     "a write of 8 bytes at A",
     false, false, false, 8},
    {18,
     "used-before-payload: transaction N at T ps, queue 0, request R: expected B bytes written "
     "before, found B of them",
     false, false, true},
};

std::regex pattern(const std::string& message) {
  std::string out;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool alone = (i == 0 || message[i - 1] == ' ' || message[i - 1] == '(') &&
                       (i + 1 == message.size() || !std::isalnum(message[i + 1]));
    if (alone && std::strchr("NTBR", message[i]))
      out += "\\d+";
    else if (alone && message[i] == 'A')
      out += "0x[0-9a-f]+";
    else
      out += message[i];
  }
  return std::regex(out);
}

/// What is found first, on AXI or by the checker; empty: nothing.
std::string found(CheckedRtl& rtl) {
  const std::string violations = rtl.bench.dut->violations();
  if (!violations.empty()) return "AXI: " + violations.substr(0, violations.find('\n'));
  return rtl.checker->findings().empty() ? "" : rtl.checker->findings().kept().front().str();
}

/// Batches of requests, with and without interrupts.
std::string requests(CheckedRtl& rtl, const Driver::Bits& bits) {
  rtl.bench.arena.release_all();
  const std::uint64_t data = rtl.bench.arena.take(0x5000, 4096) + 0xf40;  // over the end of a page
  if (!rtl.driver.bring_up(bits, 8)) return "bring-up";
  std::mt19937 random(11);
  for (unsigned i = 0; i < 60; ++i) {
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
    if (!found(rtl).empty()) return found(rtl);
    while (rtl.driver.queue().next_used()) {
    }
    rtl.bench.pass(20);
    rtl.checker->finish();
  }
  return found(rtl);
}

/// Resets at any moment of a request.
std::string resets(CheckedRtl& rtl, const Driver::Bits& bits) {
  for (unsigned nanoseconds = 40; nanoseconds < 4000; nanoseconds += 60) {
    rtl.bench.arena.release_all();
    const std::uint64_t buffer = rtl.bench.arena.take(0x4000, 4096);
    if (!rtl.driver.bring_up(bits, 8)) return "bring-up";
    rtl.driver.queue().add({{buffer, 2000}}, {{buffer + 0x2000, 2000}}, 1, Form::Direct);
    rtl.driver.submit();
    sc_core::wait(sc_core::sc_time(nanoseconds, sc_core::SC_NS));
    rtl.driver.reset();
    rtl.bench.pass(10);
    if (!found(rtl).empty()) return found(rtl);
  }
  return {};
}

/// What the driver wants of interrupts does not answer, and the driver looks at the status.
std::string failing_memory(CheckedRtl& rtl, const Driver::Bits& bits, const Planted& planted) {
  rtl.bench.arena.release_all();
  const std::uint64_t data = rtl.bench.arena.take(0x1000, 4096);
  if (!rtl.driver.bring_up(bits, 8)) return "bring-up";
  const std::uint64_t wishes = rtl.driver.queue().place().driver_area +
                               (planted.event_idx && !planted.packed ? 4 + 2 * 8 : 0);
  rtl.bench.memory.bus.fail(wishes, wishes + 1);
  rtl.driver.queue().add({{data, 64}}, {{data + 256, 64}}, 1, Form::Direct);
  rtl.driver.submit();
  rtl.bench.pass(20);
  rtl.access.status();
  rtl.bench.memory.bus.fail(1, 0);
  return found(rtl);
}

std::string first_finding(CheckedRtl& rtl, const Planted& planted) {
  DutSettings settings;
  settings.bug = planted.bug;
  if (planted.rough) settings.timing = {40, 40, 20, true, 3};
  rtl.replace(settings);
  rtl.bench.dut->excess = planted.excess;
  Driver::Bits bits{32};
  if (planted.packed) bits.push_back(34);
  if (planted.event_idx) bits.push_back(29);
  std::string first = requests(rtl, bits);
  if (first.empty()) first = resets(rtl, bits);
  if (first.empty()) first = failing_memory(rtl, bits, planted);
  return first;
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

SIM_TEST_CASE(each_planted_bug_is_called_by_its_name) {
  CheckedRtl rtl{DutSettings{}};
  rtl.bench.run([&] {
    std::set<unsigned> bugs;
    for (const Planted& planted : kPlanted) {
      const std::string first = first_finding(rtl, planted);
      std::cout << "bug " << planted.bug << ": " << first << std::endl;
      BOOST_TEST(std::regex_match(first, pattern(planted.message)),
                 "bug " << planted.bug << ": expected " << planted.message << "\nfound " << first);
      bugs.insert(planted.bug);
    }
    BOOST_TEST(bugs.size() == 18u);  // all of planted_bugs.svh
  });
}

/// What finds them is silent where there is none.
SIM_TEST_CASE(no_bug_no_finding) {
  CheckedRtl rtl{DutSettings{}};
  rtl.bench.run([&] {
    for (const bool packed : {false, true})
      for (const bool event_idx : {false, true})
        for (const bool rough : {false, true})
          BOOST_TEST(first_finding(rtl, {0, "", packed, event_idx, rough}) == "");
  });
}
