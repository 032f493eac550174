// SPDX-License-Identifier: Apache-2.0
// Memory tables: where regions may lie, and what happens when they go.
#include <linux/memfd.h>
#include <sys/stat.h>

#include "unit/vhost_user/vhost_bench.h"

using namespace ringside;
using namespace ringside::test;
using F = VhostFrontEnd;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

void drop_page_of(int fd, std::uint64_t size) {
  BOOST_TEST(ftruncate(fd, static_cast<off_t>(size)) == 0);
}

}  // namespace

SIM_TEST_CASE(buffers_lie_across_regions) {
  VhostBench bench;
  bench.run([&] {
    // Regions follow each other in guest memory, but not in the file, and do not begin on a page.
    const std::uint64_t odd = 0x3210;
    SharedMemory memory{{{kGuestBase, kMiB + 0x10, 2 * kMiB + odd},
                         {kGuestBase + kMiB + 0x10, kMiB - 0x10, odd},
                         {kGuestBase + 2 * kMiB, 2 * kMiB, 4 * kMiB}}};
    Arena arena(kGuestBase + kMiB - 200000, 400000 + kMiB);
    VhostFrontEnd front_end(bench.path);
    Exchange exchange(front_end, memory, arena, 0, kVersion1, 16);
    front_end.negotiate(kVersion1);
    front_end.share(memory);
    exchange.start();
    std::mt19937 random(5);
    exchange.run(200, random);
  });
  BOOST_TEST(bench.device.failures == 0u);
}

SIM_TEST_CASE(regions_come_and_go_one_by_one) {
  VhostBench bench;
  bench.run([&] {
    SharedMemory memory{{{kGuestBase, kGuestBytes, 0}, {0, kMiB, kGuestBytes}}};
    Arena arena(kGuestBase, kGuestBytes);
    VhostFrontEnd front_end(bench.path);
    Exchange exchange(front_end, memory, arena, 0, kVersion1, 16);
    front_end.negotiate(kVersion1);
    const F::Region high = F::region_of(memory.parts()[0]), low = F::region_of(memory.parts()[1]);
    BOOST_TEST(front_end.ask(F::kAddMemReg, F::single(low), {memory.fd()}));
    BOOST_TEST(front_end.ask(F::kAddMemReg, F::single(high), {memory.fd()}));
    BOOST_TEST(!front_end.ask(F::kAddMemReg, F::single(high), {memory.fd()}));
    exchange.start();
    std::mt19937 random(5);
    exchange.run(50, random);
    BOOST_TEST(front_end.ask(F::kRemMemReg, F::single(low)));
    BOOST_TEST(!front_end.ask(F::kRemMemReg, F::single(low)));
    exchange.run(50, random);
    // A new table while the ring runs, with the same memory.
    front_end.share(memory);
    exchange.run(50, random);
  });
}

SIM_TEST_CASE(there_is_a_most_of_regions) {
  VhostBench bench;
  bench.run([&] {
    SharedMemory memory{{{kGuestBase, kGuestBytes, 0}}};
    VhostFrontEnd front_end(bench.path);
    front_end.negotiate(kVersion1);
    const auto region = [](unsigned i) {
      return F::single({i * 0x10000ull, 0x1000, 0x5000'0000 + i * 0x10000ull, i * 0x1000ull});
    };
    for (unsigned i = 0; i < 32; ++i)
      BOOST_TEST(front_end.ask(F::kAddMemReg, region(i), {memory.fd()}));
    BOOST_TEST(!front_end.ask(F::kAddMemReg, region(32), {memory.fd()}));
  });
}

SIM_TEST_CASE(regions_that_are_refused) {
  VhostBench bench;
  bench.run([&] {
    SharedMemory memory{{{kGuestBase, kGuestBytes, 0}}};
    VhostFrontEnd front_end(bench.path);
    front_end.negotiate(kVersion1);
    const auto refused = [&](const F::Region& region, int fd) {
      return !front_end.ask(F::kSetMemTable, F::table_of({region}), {fd}) &&
             !front_end.ask(F::kAddMemReg, F::single(region), {fd});
    };
    const F::Region good = F::region_of(memory.parts()[0]);
    const auto with = [&](auto change) {
      F::Region region = good;
      change(region);
      return region;
    };
    const std::uint64_t top = ~std::uint64_t{0};
    BOOST_TEST(refused(with([](auto& r) { r.bytes = 0; }), memory.fd()));
    BOOST_TEST(refused(with([&](auto& r) { r.guest = top - 0xfff; }), memory.fd()));
    BOOST_TEST(refused(with([&](auto& r) { r.user = top - 0xfff; }), memory.fd()));
    BOOST_TEST(refused(with([&](auto& r) { r.offset = top - 0xfff; }), memory.fd()));
    BOOST_TEST(refused(with([&](auto& r) {
                         r.bytes = top;
                         r.guest = r.user = 0;
                       }),
                       memory.fd()));
    BOOST_TEST(refused(with([&](auto& r) { r.bytes += 1; }), memory.fd()));
    BOOST_TEST(refused(with([&](auto& r) { r.offset = 0x1000; }), memory.fd()));
    // Not memory: a pipe, an eventfd, a file of a file system that could keep us waiting.
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    BOOST_TEST(refused(good, ends[0]));
    BOOST_TEST(refused(good, front_end.kick_fd(0)));
    const int file = open("/proc/self/maps", O_RDONLY);
    BOOST_TEST(refused(good, file));
    // Memory that may not be written.
    const int read_only = open(("/proc/self/fd/" + std::to_string(memory.fd())).c_str(), O_RDONLY);
    BOOST_TEST(refused(good, read_only));
    // Overlaps, in either address space.
    const std::vector<int> two(2, memory.fd());
    const F::Region half{kGuestBase, kMiB, F::region_of(memory.parts()[0]).user, 0};
    F::Region other = half;
    other.user += kMiB;
    BOOST_TEST(!front_end.ask(F::kSetMemTable, F::table_of({half, other}), two));
    other = half;
    other.guest += kMiB;
    other.user += 0xfff;
    BOOST_TEST(!front_end.ask(F::kSetMemTable, F::table_of({half, other}), two));
    // Counts and descriptors that do not match.
    BOOST_TEST(!front_end.ask(F::kSetMemTable, F::table_of({}), {}));
    BOOST_TEST(!front_end.ask(F::kSetMemTable, F::table_of({good}), {}));
    BOOST_TEST(!front_end.ask(F::kSetMemTable, F::table_of({good}), two));
    F::Bytes more = F::table_of({good});
    more[0] = 8;
    BOOST_TEST(!front_end.ask(F::kSetMemTable, more, {memory.fd()}));
    more[3] = 0xff;
    BOOST_TEST(!front_end.ask(F::kSetMemTable, more, {memory.fd()}));
    BOOST_TEST(!front_end.ask(F::kAddMemReg, F::single(good), {}));
    BOOST_TEST(front_end.ask(F::kSetMemTable, F::table_of({good}), {memory.fd()}));
    for (int fd : {ends[0], ends[1], file, read_only}) close(fd);
  });
}

SIM_TEST_CASE(a_refused_table_leaves_the_one_before) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(5, session.random);
    const F::Region region = F::region_of(session.memory.parts()[0]);
    BOOST_TEST(!session.front_end.ask(F::kSetMemTable, F::table_of({region, region}),
                                      std::vector<int>(2, session.memory.fd())));
    session.exchange.run(5, session.random);
  });
}

SIM_TEST_CASE(truncated_memory_stops_the_device_and_nothing_else) {
  VhostBench bench;
  bench.run([&] {
    for (unsigned round = 0; round < 3; ++round) {
      Session session(bench);
      session.exchange.start();
      session.exchange.run(5, session.random);
      drop_page_of(session.memory.fd(), 0);
      session.front_end.kick(0);
      BOOST_TEST(F::wait_event(session.front_end.error_fd(0)));
      BOOST_TEST((session.front_end.get(F::kGetStatus) & 64) != 0u);
      // It is back, but what was there is gone, and so is the mapping.
      drop_page_of(session.memory.fd(), kGuestBytes);
      BOOST_TEST((session.front_end.get(F::kGetStatus) & 64) != 0u);
    }
    bench.check_serves();
  });
  BOOST_TEST(bench.back_end.memory_lost.value() == 3u);
}

SIM_TEST_CASE(memory_truncated_before_the_ring_starts) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.front_end.set_up_queue(0, session.exchange.ring->place(), 0);
    drop_page_of(session.memory.fd(), 0);
    BOOST_TEST(
        session.front_end.ask(F::kSetVringKick, std::uint64_t{0}, {session.front_end.kick_fd(0)}));
    BOOST_TEST(!session.front_end.ask(F::kSetVringEnable, F::State{0, 1}));
    drop_page_of(session.memory.fd(), kGuestBytes);
    // A table anew maps anew.
    session.front_end.share(session.memory);
    session.exchange.ring =
        DriverQueue::make(session.memory, session.arena, session.exchange.ring->options());
    session.exchange.start();
    session.exchange.run(10, session.random);
  });
}

SIM_TEST_CASE(memory_taken_out_of_the_table_is_not_accessed) {
  VhostBench bench;
  bench.run([&] {
    SharedMemory memory{{{kGuestBase, kGuestBytes, 0}, {0, kMiB, kGuestBytes}}};
    Arena arena(kGuestBase, kGuestBytes);
    VhostFrontEnd front_end(bench.path);
    Exchange exchange(front_end, memory, arena, 0, kVersion1, 16);
    front_end.negotiate(kVersion1);
    front_end.share(memory);
    exchange.start();
    std::mt19937 random(5);
    exchange.run(5, random);
    BOOST_TEST(front_end.ask(F::kRemMemReg, F::single(F::region_of(memory.parts()[0]))));
    exchange.send_one();
    front_end.kick(0);
    BOOST_TEST(F::wait_event(front_end.error_fd(0)));
    BOOST_TEST((front_end.get(F::kGetStatus) & 64) != 0u);
    BOOST_TEST(!exchange.ring->used_waiting());
  });
  BOOST_TEST(bench.back_end.memory_lost.value() == 0u);
}
