// SPDX-License-Identifier: Apache-2.0
// Functional and timed runs leave the same in guest memory: rings and payload, byte by byte.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <sys/wait.h>
#include <unistd.h>

#include "driver/pci_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::size_t kMemory = 1 << 20;

/// The same driver's work; what is in memory then.
std::vector<std::uint8_t> contents(const std::string& accuracy, bool packed, bool event_idx) {
  PciBench bench(accuracy.c_str(), "{type: pcie-link, generation: 2, lanes: 1, tags: 4}",
                 "engine: fpga, service: {type: ssd, channels: 2}");
  Arena arena(Guest::kRam, kMemory);  // what is compared
  Driver driver(bench.access, bench.memory, arena);
  RamAccess& memory = bench.memory;
  std::vector<std::uint8_t> all(kMemory);
  bench.run([&] {
    Driver::Bits bits{28, 32};
    if (packed) bits.push_back(34);
    if (event_idx) bits.push_back(29);
    BOOST_REQUIRE(driver.bring_up(bits, 16));
    std::vector<std::uint64_t> buffers;
    for (unsigned i = 0; i < 8; ++i) buffers.push_back(arena.take(16384, 4096));
    for (unsigned round = 0; round < 40; ++round) {
      const unsigned count = 1 + round % 5;
      for (unsigned i = 0; i < count; ++i) {
        const std::uint64_t at = buffers[(round + i) % buffers.size()];
        const std::uint32_t bytes = 1 + (round * 977 + i * 131) % 8000;
        memory.store<std::uint32_t>(at, round << 8 | i);
        BOOST_REQUIRE(driver.queue().add({{at, bytes}}, {{at + 8192, bytes}}, i,
                                         round % 3 ? Form::Direct : Form::Indirect));
      }
      driver.submit();
      for (unsigned back = 0; back < count;) {
        if (driver.queue().next_used())
          ++back;
        else
          BOOST_REQUIRE(driver.wait_used(0, {1, sc_core::SC_SEC}));
      }
    }
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    // Where the driver wants to be told next is its own to write, and depends on when it
    // looked.
    const std::uint64_t area = driver.queue().place().driver_area;
    memory.store<std::uint16_t>(packed ? area : area + 4 + 2 * 16, 0);
    memory.read(Guest::kRam, all.data(), all.size());
  });
  return all;
}

/// The same in a process of its own, since SystemC has one simulation per process.
std::vector<std::uint8_t> in_child(const std::string& accuracy, bool packed, bool event_idx) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);
    close(ends[0]);
    const std::vector<std::uint8_t> all = contents(accuracy, packed, event_idx);
    std::size_t done = 0;
    while (done < all.size()) {
      const ssize_t n = write(ends[1], all.data() + done, all.size() - done);
      if (n <= 0) _exit(1);
      done += static_cast<std::size_t>(n);
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<std::uint8_t> all(kMemory);
  std::size_t done = 0;
  for (ssize_t n = 1; n > 0 && done < all.size();) {
    n = read(ends[0], all.data() + done, all.size() - done);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  BOOST_TEST(done == all.size());
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(functional_and_timed_runs_leave_the_same_in_memory) {
  for (bool packed : {false, true})
    for (bool event_idx : {false, true}) {
      const auto functional = in_child("functional", packed, event_idx);
      const auto timed = in_child("timed", packed, event_idx);
      std::size_t different = 0;
      std::size_t first = 0;
      std::size_t not_zero = 0;
      for (std::size_t i = 0; i < kMemory; ++i) {
        not_zero += functional[i] != 0;
        if (functional[i] == timed[i]) continue;
        if (different++ == 0) first = i;
      }
      BOOST_TEST(not_zero > 50'000u, "something was done");
      BOOST_TEST(different == 0u, (packed ? "packed" : "split")
                                      << (event_idx ? ", event index" : "") << ": " << different
                                      << " bytes differ, the first at " << first);
    }
}
