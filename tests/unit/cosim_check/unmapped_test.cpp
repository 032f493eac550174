// SPDX-License-Identifier: Apache-2.0
// A part of a queue lies where nothing is mapped: whichever it is, the access is the last one of
// the device, DEVICE_NEEDS_RESET can be read, the driver is told by a configuration change, nothing
// is used, and a reset mends it. Our own engine and the one in RTL, under the checker.
#include <iostream>

#include "checked_rtl.h"
#include "driver/bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kNowhere = 0x1000'0000;  // far below both benches' memory
constexpr std::uint8_t kNeedsReset = 0x40;

enum class Where { DriverArea, Descriptors, DeviceArea, Table, Readable, Writable };
constexpr Where kAll[] = {Where::DriverArea, Where::Descriptors, Where::DeviceArea,
                          Where::Table,      Where::Readable,    Where::Writable};

std::string name(Where where, bool packed) {
  const char* names[] = {"driver area",    "descriptor area", "device area",
                         "indirect table", "readable buffer", "writable buffer"};
  return std::string(packed ? "packed, " : "split, ") + names[static_cast<int>(where)];
}

/// What a device does from a failing access on.
struct AfterFailure final : cosim::Listener {
  void see(const cosim::Transaction& t) override {
    if (t.is_dma() && t.status != cosim::AccessStatus::Ok) {
      if (first.empty()) first = cosim::to_string(t);
      return;
    }
    if (first.empty()) return;
    // Payload may have been under way.
    const bool ring = t.is_dma() && t.purpose != cosim::Purpose::Payload;
    const bool used = t.kind == cosim::Kind::Interrupt && t.queue != cosim::Transaction::kNoQueue;
    if (ring || used) later += cosim::to_string(t) + "\n";
  }
  void start() {
    first.clear();
    later.clear();
  }
  std::string first, later;
};

/// A device of either make with what is around it.
struct Subject {
  DeviceAccess& access;
  Driver& driver;
  GuestMemory& memory;
  Arena& arena;
  AfterFailure& after;
};

/// A queue of which one part is nowhere, with a request in it. The driver's own view of it is
/// whole.
std::unique_ptr<DriverQueue> broken_queue(Subject& s, Where where, bool packed) {
  QueueOptions options;
  options.size = 8;
  options.packed = packed;
  auto queue = DriverQueue::make(s.memory, s.arena, options);
  QueuePlace place = queue->place();
  if (where == Where::DriverArea) place.driver_area = kNowhere;
  if (where == Where::Descriptors) place.descriptor_area = kNowhere;
  if (where == Where::DeviceArea) place.device_area = kNowhere;
  BOOST_TEST_REQUIRE(s.access.enable_queue(0, place));
  s.driver.start();
  const std::uint64_t data = s.arena.take(256, 16);
  const Piece readable{where == Where::Readable ? kNowhere : data, 64};
  const Piece writable{where == Where::Writable ? kNowhere : data + 128, 64};
  const bool table = where == Where::Table;
  queue->add({readable}, {writable}, 1, table ? Form::Indirect : Form::Direct);
  if (table) s.memory.store<std::uint64_t>(queue->place().descriptor_area, kNowhere);
  queue->publish();
  return queue;
}

void unmapped(Subject& s, Where where, bool packed) {
  const std::string what = name(where, packed);
  s.after.start();
  s.arena.release_all();
  Driver::Bits bits{28, 32};
  if (packed) bits.push_back(34);
  BOOST_TEST_REQUIRE(s.driver.negotiate(bits));
  const auto told = s.access.config_interrupts(), interrupts = s.access.queue_interrupts(0);
  auto queue = broken_queue(s, where, packed);
  s.access.notify(0, queue->next_position());
  sc_core::wait(50, sc_core::SC_US);
  BOOST_TEST((s.access.status() & kNeedsReset) != 0, what);
  BOOST_TEST(s.access.config_interrupts() == told + 1, what);
  // A packed ring's driver area is looked at when a request has been used.
  BOOST_TEST(queue->used_waiting() == (packed && where == Where::DriverArea), what);
  std::cout << what << ": " << s.after.first << std::endl;

  // And so it stays, whatever the driver does.
  s.access.notify(0, queue->next_position());
  sc_core::wait(50, sc_core::SC_US);
  BOOST_TEST((s.access.status() & kNeedsReset) != 0, what);
  BOOST_TEST(s.access.config_interrupts() == told + 1, what);
  BOOST_TEST(s.access.queue_interrupts(0) == interrupts, what);
  BOOST_TEST(s.after.first.find("address") != std::string::npos, what << ": " << s.after.first);
  BOOST_TEST(s.after.later == "", what);

  // Until it resets the device.
  s.arena.release_all();
  bits = {32};
  if (packed) bits.push_back(34);
  BOOST_TEST_REQUIRE(s.driver.bring_up(bits, 8), what);
  const std::uint64_t data = s.arena.take(256, 16);
  s.driver.queue().add({{data, 64}}, {{data + 128, 64}}, 2, Form::Direct);
  s.driver.submit();
  BOOST_TEST(s.driver.wait_used(0, {1, sc_core::SC_MS}), what);
  BOOST_TEST(s.driver.queue().next_used().has_value(), what);
  BOOST_TEST((s.access.status() & kNeedsReset) == 0, what);
}

void all_of_it(Subject& s, cosim::Checker& checker) {
  for (const bool packed : {false, true})
    for (const Where where : kAll) {
      unmapped(s, where, packed);
      sc_core::wait(20, sc_core::SC_US);
      checker.finish();
      BOOST_TEST(checker.findings().empty(), name(where, packed) << "\n"
                                                                 << checker.findings().str());
      checker.clear_findings();
    }
}

void our_engine(const std::string& engine, const std::string& accuracy, sc_core::sc_time latency) {
  LoopbackBench bench("packed: true" + engine, accuracy);
  bench.memory.latency = latency;
  bench.monitor.watch(bench.access);
  AfterFailure after;
  bench.monitor.stream.add(after);
  Subject s{bench.access, bench.driver, bench.memory, bench.arena, after};
  bench.run([&] { all_of_it(s, *bench.monitor.checker); });
}

void engine_in_rtl(unsigned width) {
  DutSettings settings;
  settings.width = width;
  settings.timing = {5, 10, 20, true, 7};
  CheckedRtl rtl{settings};
  AfterFailure after;
  rtl.stream.add(after);
  Subject s{rtl.access, rtl.driver, rtl.bench.memory, rtl.bench.arena, after};
  rtl.bench.run([&] { all_of_it(s, *rtl.checker); });
  BOOST_TEST(rtl.bench.dut->violations() == "");
}

}  // namespace

SIM_TEST_CASE(unmapped_memory_tlm_functional) {
  our_engine("", "", sc_core::SC_ZERO_TIME);
}
SIM_TEST_CASE(unmapped_memory_tlm_timed) {
  our_engine("", "accuracy: timed", {13, sc_core::SC_NS});
}
SIM_TEST_CASE(unmapped_memory_tlm_that_reads_ahead) {
  our_engine(", engine: {type: smartnic, descriptor_prefetch: 16}", "accuracy: timed",
             {13, sc_core::SC_NS});
}
SIM_TEST_CASE(unmapped_memory_rtl_64_bits) {
  engine_in_rtl(64);
}
SIM_TEST_CASE(unmapped_memory_rtl_256_bits) {
  engine_in_rtl(256);
}
