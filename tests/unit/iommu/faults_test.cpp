// SPDX-License-Identifier: Apache-2.0
// Fault reports on the event queue.
#include "iommu_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {
constexpr std::uint64_t kNowhere = IommuBench::kNowhere;
constexpr std::uint32_t kRead = 1, kWrite = 2, kAddress = 0x100;
}  // namespace

SIM_TEST_CASE(faults_are_reported_with_their_reason) {
  IommuBench b;
  b.run([&] {
    SPEC("iommu.fault-reporting.1");
    SPEC("iommu.fault-reporting.2");
    SPEC("iommu.fault-reporting.3");
    BOOST_TEST_REQUIRE(b.bring_up());
    b.set_bypass(0);
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000, 1) == kOk);
    struct Case {
      std::uint16_t endpoint;
      std::uint64_t address;
      bool is_write;
      unsigned reason;
    };
    for (const Case& c : {Case{9, 0x123456789abc, false, 1},  // no domain
                          Case{8, 0x2001, false, 2},          // no mapping
                          Case{8, 0x1fff, true, 2},           // no right to write
                          Case{0x77, 5, true, 0}}) {          // nobody knows it
      b.offer_event();
      BOOST_TEST(b.reach(c.endpoint, c.address, c.is_write) == kNowhere);
      const auto fault = b.next_fault();
      BOOST_TEST_REQUIRE(fault.has_value());
      BOOST_TEST(b.used == 24u);
      BOOST_TEST(fault->reason == c.reason);
      BOOST_TEST(fault->flags == (kAddress | (c.is_write ? kWrite : kRead)));
      BOOST_TEST(fault->endpoint == c.endpoint);
      BOOST_TEST(fault->address == c.address);
      BOOST_TEST(fault->reserved_zero);
    }
    BOOST_TEST(b.device.faults.value() == 4u);
    BOOST_TEST(b.device.faults_lost.value() == 0u);
  });
}

SIM_TEST_CASE(asking_for_a_direct_pointer_is_no_fault) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    b.offer_event();
    DmaRange range;
    sc_core::sc_time delay;
    BOOST_TEST(!b.bridge.iommu->translate({8, 0x1000, false, true}, range, delay));
    BOOST_TEST(!b.next_fault().has_value());
    BOOST_TEST(b.device.faults.value() == 0u);
  });
}

SIM_TEST_CASE(several_at_once_keep_their_order) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    for (unsigned i = 0; i < 20; ++i) b.offer_event();
    for (unsigned i = 0; i < 20; ++i) b.load_from(8, 0x1000 + i);
    for (unsigned i = 0; i < 20; ++i) {
      const auto fault = b.next_fault();
      BOOST_TEST_REQUIRE(fault.has_value());
      BOOST_TEST(fault->address == 0x1000 + i);
    }
  });
}

SIM_TEST_CASE(what_finds_no_buffer_is_lost_and_counted) {
  IommuBench b("max_faults: 4");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    b.load_from(8, 0x1000);
    settle();
    BOOST_TEST(b.device.faults_lost.value() == 1u);
    b.offer_event();  // comes too late for it
    BOOST_TEST(!b.next_fault().has_value());
    b.load_from(8, 0x2000);
    const auto fault = b.next_fault();
    BOOST_TEST_REQUIRE(fault.has_value());
    BOOST_TEST(fault->address == 0x2000u);
    // More at one moment than may wait.
    for (unsigned i = 0; i < 10; ++i) b.offer_event();
    for (unsigned i = 0; i < 10; ++i) b.load_from(8, 0x3000 + i);
    settle();
    BOOST_TEST(b.device.faults_lost.value() == 7u);
    unsigned told = 0;
    while (b.next_fault()) ++told;
    BOOST_TEST(told == 4u);
  });
}

SIM_TEST_CASE(a_buffer_that_is_too_small_comes_back_empty) {
  IommuBench b;
  b.run([&] {
    SPEC("iommu.fault-reporting.4");
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    for (std::uint32_t bytes : {1u, 12u, 23u}) {
      b.offer_event(bytes);
      b.offer_event(24);
      b.load_from(8, 0x1000);
      BOOST_TEST(!b.next_fault().has_value());
      BOOST_TEST(b.used == 0u);
      BOOST_TEST((b.load(b.events[b.events.size() - 2]) == std::string(bytes, '\xee')));
      b.load_from(8, 0x1000);
      BOOST_TEST(b.next_fault().has_value());
    }
    BOOST_TEST(b.device.faults_lost.value() == 3u);
    b.offer_event(100);  // a longer one is fine
    b.load_from(8, 0x1000);
    BOOST_TEST(b.next_fault().has_value());
    BOOST_TEST(b.used == 24u);
  });
}

SIM_TEST_CASE(a_reset_while_a_report_is_written) {
  IommuBench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (Step step : {Step::AvailIndex, Step::AvailRing, Step::Descriptor, Step::Payload}) {
      BOOST_TEST_REQUIRE(b.bring_up());
      b.set_bypass(0);
      for (unsigned i = 0; i < 4; ++i) b.offer_event();
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
      bool reset = false;
      b.memory.observer = [&](const TestMemory::Access& access) {
        if (access.step != step || access.queue != 1 || reset) return;
        reset = true;
        b.device.write_status(0);
      };
      for (unsigned i = 0; i < 3; ++i) b.load_from(8, 0x1000);
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
      BOOST_TEST(reset);
      b.memory.observer = nullptr;
      BOOST_TEST_REQUIRE(b.bring_up());
      BOOST_TEST(b.attach(1, 8) == kOk);
      b.offer_event();
      b.load_from(8, 0x4000);
      const auto fault = b.next_fault();
      BOOST_TEST_REQUIRE(fault.has_value());
      BOOST_TEST(fault->address == 0x4000u);
    }
  });
}
