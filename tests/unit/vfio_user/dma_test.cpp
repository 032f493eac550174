// SPDX-License-Identifier: Apache-2.0
// Windows of the client's memory: where they may lie, and what happens when they go.
#include <sys/stat.h>

#include "unit/vfio_user/vfio_bench.h"

using namespace ringside;
using namespace ringside::test;
using C = VfioClient;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint8_t kNeedsReset = 64;

bool becomes(const std::function<bool()>& holds) {
  for (int tries = 0; tries < 2000; ++tries) {
    if (holds()) return true;
    usleep(1000);
  }
  return false;
}

bool needs_reset(VfioSession& session) {
  return becomes([&] { return (session.driver->status() & kNeedsReset) != 0; });
}

}  // namespace

SIM_TEST_CASE(windows_that_are_refused) {
  VfioBench bench;
  bench.run([&] {
    PlainMemory guest;
    const int fd = guest.memory.fd();
    C client(bench.path);
    client.version();
    const C::DmaRange good{32, 3, 0, 0x10000, 0x10000};
    const auto error = [&](auto change, const std::vector<int>& fds) {
      C::DmaRange range = good;
      change(range);
      return client.map(range, fds).error;
    };
    const auto none = [](C::DmaRange&) {};
    const std::uint64_t top = ~std::uint64_t{0};
    BOOST_TEST(error([](auto& r) { r.size = 0; }, {fd}) != 0u);
    BOOST_TEST(error([](auto& r) { r.size = 0; }, {}) != 0u);
    BOOST_TEST(error([&](auto& r) { r.address = top - 0xfff; }, {fd}) != 0u);
    BOOST_TEST(error([&](auto& r) { r.address = top - 0xfff; }, {}) != 0u);
    BOOST_TEST(error([&](auto& r) { r.offset = top - 0xfff; }, {fd}) != 0u);
    BOOST_TEST(error([&](auto& r) { r.size = top, r.address = 0; }, {fd}) != 0u);
    BOOST_TEST(error([](auto& r) { r.size = kGuestBytes + 1; }, {fd}) != 0u);
    BOOST_TEST(error([](auto& r) { r.offset = kGuestBytes; }, {fd}) != 0u);
    BOOST_TEST(error([](auto& r) { r.flags = 7; }, {fd}) != 0u);
    BOOST_TEST(error(none, {fd, fd}) != 0u);
    const int read_only = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY);
    BOOST_TEST(error(none, {read_only}) == unsigned{EACCES});
    BOOST_TEST(error([](auto& r) { r.flags = 1; }, {read_only}) == 0u);
    BOOST_TEST(client.unmap(0x10000, 0x10000).error == 0u);
    close(read_only);
    BOOST_TEST(client.call(C::kDmaMap, C::Bytes(31)).error != 0u);
    BOOST_TEST(client.call(C::kDmaMap, C::Bytes(33)).error != 0u);
    BOOST_TEST(client.call(C::kDmaUnmap, C::Bytes(23)).error != 0u);
    // Overlaps.
    BOOST_TEST(error(none, {fd}) == 0u);
    for (const std::uint64_t address : {0x10000ull, 0x1ffffull, 0x8000ull, 0x18000ull, 0x1ull})
      BOOST_TEST(error([&](auto& r) { r.address = address; }, {fd}) == unsigned{EEXIST});
    BOOST_TEST(error([](auto& r) { r.address = 0, r.size = top; }, {}) == unsigned{EEXIST});
    BOOST_TEST(error([](auto& r) { r.address = 0x20000; }, {fd}) == 0u);
    BOOST_TEST(error([](auto& r) { r.address = 0; }, {}) == 0u);
    // What is unmapped is exactly there, or several windows.
    BOOST_TEST(client.unmap(0x10000, 0x8000).error == unsigned{EINVAL});
    BOOST_TEST(client.unmap(0x18000, 0x8000).error == unsigned{EINVAL});
    BOOST_TEST(client.unmap(0x14000, 0x8000).error == unsigned{EINVAL});
    BOOST_TEST(client.unmap(0x30000, 0x8000).error == unsigned{ENOENT});
    BOOST_TEST(client.unmap(0x10000, 0).error == unsigned{EINVAL});
    BOOST_TEST(client.unmap(0x10000, top).error == unsigned{EINVAL});
    BOOST_TEST(client.unmap(0x10000, 0x10000, 1).error == unsigned{ENOTSUP});
    BOOST_TEST(client.unmap(0x10000, 0x10000, 4).error == unsigned{EINVAL});
    BOOST_TEST(client.unmap(0x10000, 0x10000, 2).error == unsigned{EINVAL});
    const C::Reply gone = client.unmap(0, 0x20000);
    BOOST_TEST((gone.payload == C::bytes_of(C::Unmapping{24, 0, 0, 0x20000})));
    BOOST_TEST(client.unmap(0x10000, 0x10000).error == unsigned{ENOENT});
    BOOST_TEST(error(none, {fd}) == 0u);
    BOOST_TEST(client.unmap(0, 0, 2).error == 0u);
    BOOST_TEST(client.unmap(0x10000, 0x10000).error == unsigned{ENOENT});
    client.leave();
    bench.check_serves();
  });
}

SIM_TEST_CASE(thousands_of_windows) {
  VfioBench bench;
  bench.run([&] {
    PlainSession session(bench);
    C& client = session.qemu;
    unsigned taken = 0;
    std::vector<std::uint16_t> ids;
    for (std::uint64_t i = 0; i < 5000; ++i) {
      const C::DmaRange range{32, 3, (i % 512) * 0x1000, i * 0x2000, 0x1000};
      ids.push_back(
          client.post(C::kDmaMap, C::bytes_of(range),
                      i % 2 ? std::vector<int>{session.memory.fd()} : std::vector<int>{}));
      if (ids.size() < 100) continue;
      for (const std::uint16_t id : ids) taken += client.wait_reply(id).error == 0;
      ids.clear();
    }
    BOOST_TEST(taken == 4094u);  // beside the ROM and the RAM
    session.requests.run(20, session.random);
    BOOST_TEST(client.unmap(0, 0x2000 * 5000).error == 0u);
    session.requests.run(20, session.random);
  });
}

SIM_TEST_CASE(a_window_that_may_not_be_written) {
  VfioBench bench;
  bench.run([&] {
    PlainSession session(bench);
    session.requests.run(5, session.random);
    BOOST_TEST(session.qemu.unmap(kGuestBase, kGuestBytes).error == 0u);
    const auto range = C::range_of(session.memory.parts()[0], 1);
    BOOST_TEST(session.qemu.map(range, {session.memory.fd()}).error == 0u);
    session.requests.send_one();
    session.driver->kick(0);
    BOOST_TEST(needs_reset(session));
    BOOST_TEST(!session.requests.ring->used_waiting());
  });
}

SIM_TEST_CASE(a_window_that_has_gone_is_not_accessed) {
  VfioBench bench;
  bench.run([&] {
    PlainSession session(bench);
    session.requests.run(5, session.random);
    BOOST_TEST(session.qemu.unmap(kGuestBase, kGuestBytes).error == 0u);
    session.requests.send_one();
    session.driver->kick(0);
    BOOST_TEST(needs_reset(session));
    BOOST_TEST(!session.requests.ring->used_waiting());
  });
  BOOST_TEST(bench.server.memory_lost.value() == 0u);
}

SIM_TEST_CASE(truncated_memory_stops_the_device_and_nothing_else) {
  VfioBench bench;
  bench.run([&] {
    for (unsigned round = 0; round < 3; ++round) {
      PlainSession session(bench);
      session.requests.run(5, session.random);
      BOOST_TEST(ftruncate(session.memory.fd(), 0) == 0);
      session.driver->kick(0);
      BOOST_TEST(needs_reset(session));
      BOOST_TEST(ftruncate(session.memory.fd(), kGuestBytes) == 0);
    }
    bench.check_serves();
  });
  BOOST_TEST(bench.server.memory_lost.value() == 3u);
}

SIM_TEST_CASE(a_file_that_is_no_memory_is_reached_by_messages) {
  VfioBench bench;
  bench.run([&] {
    PlainMemory guest;
    VfioQemu qemu(bench.path);
    qemu.realize(guest.memory);
    BOOST_TEST(qemu.unmap(kGuestBase, kGuestBytes).error == 0u);
    const int file = open("/proc/self/maps", O_RDONLY);
    BOOST_TEST(qemu.map(C::range_of(guest.memory.parts()[0]), {file}).error == 0u);
    close(file);
    qemu.reset_machine();
    qemu.enumerate();
    qemu.enable_msix(2);
    VfioVirtio driver(qemu);
    Requests requests({[&] { driver.kick(0); }, [&] { return driver.wait_interrupt(); }},
                      guest.memory, guest.arena, kVersion1, 16);
    driver.negotiate(kVersion1);
    driver.add_queue(0, requests.ring->place());
    driver.start();
    std::mt19937 random(1);
    requests.run(10, random);
    BOOST_TEST(qemu.served.reads != 0u);
  });
}

SIM_TEST_CASE(messages_that_the_client_refuses) {
  VfioBench bench;
  bench.run([&] {
    for (const auto layout : {C::Layout::Specified, C::Layout::Short}) {
      VfioSession::Options options;
      options.shared = false;
      options.layout = layout;
      PlainSession session(bench, options);
      session.requests.run(5, session.random);
      session.qemu.served.error = EFAULT;
      session.requests.send_one();
      session.driver->kick(0);
      BOOST_TEST(needs_reset(session));
    }
  });
}

SIM_TEST_CASE(a_client_that_does_not_answer_is_dropped) {
  VfioBench bench("{type: virtio-pci, device: {type: loopback, packed: true}}", ", patience: 200ms");
  bench.run([&] {
    {
      VfioSession::Options options;
      options.shared = false;
      PlainSession session(bench, options);
      session.requests.run(5, session.random);
      session.qemu.served.silent = true;
      session.requests.send_one();
      session.driver->kick(0);
      // It is served all the same until then.
      BOOST_TEST((session.driver->status() & 4) != 0);
      BOOST_TEST(session.qemu.dropped());
    }
    {
      VfioSession::Options options;
      options.shared = false;
      PlainSession session(bench, options);  // leaves while it is waited for
      session.qemu.served.silent = true;
      session.requests.send_one();
      session.driver->kick(0);
      usleep(20000);
    }
    bench.check_serves();
  });
}
