// SPDX-License-Identifier: Apache-2.0
// Front ends that do what they must not. Whatever it is, the next one is served.
#include <sys/resource.h>

#include "unit/vhost_user/vhost_bench.h"

using namespace ringside;
using namespace ringside::test;
using F = VhostFrontEnd;

namespace {

F::Bytes header(std::uint32_t request, std::uint32_t flags, std::uint32_t bytes) {
  const std::uint32_t words[3] = {request, flags, bytes};
  return F::bytes_of(words);
}

unsigned open_descriptors() {
  unsigned count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

}  // namespace

SIM_TEST_CASE(pieces_of_messages) {
  VhostBench bench;
  bench.run([&] {
    for (std::size_t length = 0; length <= 12; ++length) {
      F front_end(bench.path);
      F::Bytes bytes = header(F::kSetVringNum, 1, 8);
      bytes.resize(length);
      if (length != 0) front_end.send_raw(bytes);
    }
    // The same in an honest way: byte by byte.
    F front_end(bench.path);
    for (std::uint8_t byte : header(F::kGetFeatures, 1, 0)) {
      front_end.send_raw({byte});
      usleep(500);
    }
    BOOST_TEST((front_end.receive_u64(F::kGetFeatures) & F::kFeatureProtocol) != 0u);
    front_end.leave();
    bench.check_serves();
  });
}

SIM_TEST_CASE(payloads_of_any_length) {
  VhostBench bench;
  bench.run([&] {
    for (std::uint32_t bytes : {0xffffffffu, 0x80000000u, 4096u, 1000u}) {
      F front_end(bench.path);
      front_end.send_raw(header(F::kSetMemTable, 1, bytes));
      BOOST_TEST(front_end.dropped());
    }
    F front_end(bench.path);
    front_end.negotiate(kVersion1);
    for (std::uint32_t request = 0; request < 45; ++request) {
      if (request == F::kGetVringBase) continue;
      for (std::size_t bytes : {0, 1, 3, 7, 9, 13, 41, 200}) {
        const bool is_getter = request == F::kGetFeatures || request == F::kGetProtocolFeatures ||
                               request == F::kGetQueueNum || request == F::kGetMaxMemSlots ||
                               request == F::kGetStatus;
        const bool is_plain =
            request == F::kSetOwner || request == F::kResetOwner || request == F::kResetDevice;
        if (is_getter || is_plain) continue;  // their payload means nothing
        BOOST_TEST(!front_end.ask(request, F::Bytes(bytes)), request << " of " << bytes);
      }
    }
    front_end.leave();
    bench.check_serves();
  });
}

SIM_TEST_CASE(descriptors_that_are_missing_too_many_or_of_another_kind) {
  VhostBench bench;
  bench.run([&] {
    F front_end(bench.path);
    front_end.negotiate(kVersion1);
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    const std::uint64_t queue = 0;
    for (std::uint32_t request : {F::kSetVringKick, F::kSetVringCall, F::kSetVringErr}) {
      BOOST_TEST(!front_end.ask(request, queue));
      BOOST_TEST(!front_end.ask(request, queue, {front_end.kick_fd(0), front_end.kick_fd(1)}));
      BOOST_TEST(!front_end.ask(request, queue, {ends[0]}));
      BOOST_TEST(!front_end.ask(request, std::uint64_t{1 << 8}, {front_end.kick_fd(0)}));
      BOOST_TEST(!front_end.ask(request, std::uint64_t{200}, {front_end.kick_fd(0)}));
    }
    BOOST_TEST(!front_end.ask(F::kSetVringKick, std::uint64_t{1 << 8}));  // would have to be polled
    BOOST_TEST(!front_end.ask(F::kSetVringNum, F::State{0, 8}, {ends[0]}));
    BOOST_TEST(!front_end.ask(F::kSetBackendReqFd));
    BOOST_TEST(!front_end.ask(F::kSetBackendReqFd, F::Bytes{}, {ends[0]}));
    // More than any message may have.
    front_end.send(F::kSetMemTable, F::Bytes(8), std::vector<int>(100, ends[0]));
    BOOST_TEST(front_end.dropped());
    const unsigned before = open_descriptors();
    for (unsigned i = 0; i < 50; ++i) {
      F other(bench.path);
      other.send(F::kSetVringNum, F::Bytes(8), std::vector<int>(8, ends[0]));
      BOOST_TEST(other.dropped());
    }
    bench.check_serves();
    bench.check_serves();  // the one before has been let go of by now
    BOOST_TEST(open_descriptors() <= before + 4);
    close(ends[0]);
    close(ends[1]);
  });
}

SIM_TEST_CASE(rings_that_are_not_legal) {
  VhostBench bench(", queue_size: 64");
  bench.run([&] {
    Session session(bench);
    F& front_end = session.front_end;
    const QueuePlace good = session.exchange.ring->place();
    BOOST_TEST(front_end.ask(F::kSetVringKick, std::uint64_t{0}, {front_end.kick_fd(0)}));
    const auto starts = [&](std::uint32_t size, const F::Address& address) {
      front_end.ask(F::kSetVringNum, F::State{0, size});
      front_end.ask(F::kSetVringAddr, address);
      const bool started = front_end.ask(F::kSetVringEnable, F::State{0, 1});
      front_end.ask(F::kSetVringEnable, F::State{0, 0});
      return started;
    };
    const F::Address address = F::address_of(0, good);
    // Without addresses, before anything else.
    BOOST_TEST(!front_end.ask(F::kSetVringEnable, F::State{0, 1}));
    for (std::uint32_t size : {0u, 3u, 15u, 65u, 128u, 32768u, 65536u, 0x10010u, 0xffffffffu})
      BOOST_TEST(!starts(size, address), size);
    const std::uint64_t outside = F::region_of(session.memory.parts()[0]).user + kGuestBytes;
    const auto with = [&](auto change) {
      F::Address other = address;
      change(other);
      return other;
    };
    for (const std::uint64_t bad : {std::uint64_t{0}, outside, outside - 16, ~std::uint64_t{0},
                                    ~std::uint64_t{0} - 15, address.descriptor + 1}) {
      BOOST_TEST(!starts(16, with([&](auto& a) { a.descriptor = bad; })));
      BOOST_TEST(!starts(16, with([&](auto& a) { a.used = bad; })));
      BOOST_TEST(!starts(16, with([&](auto& a) { a.available = bad; })));
    }
    BOOST_TEST(!front_end.ask(F::kSetVringAddr, with([](auto& a) { a.flags = 1; })));
    BOOST_TEST(!front_end.ask(F::kSetVringAddr, with([](auto& a) { a.index = 1; })));
    // Then in earnest; while it runs nothing of it changes.
    BOOST_TEST(starts(16, address));
    BOOST_TEST(!front_end.ask(F::kSetVringNum, F::State{0, 8}));
    BOOST_TEST(!front_end.ask(F::kSetVringBase, F::State{0, 8}));
    BOOST_TEST(!front_end.ask(F::kSetVringAddr, address));
    BOOST_TEST(front_end.ask(F::kSetVringCall, std::uint64_t{0}, {front_end.call_fd(0)}));
    BOOST_TEST(front_end.ask(F::kSetVringEnable, F::State{0, 1}));
    session.exchange.run(20, session.random);
  });
}

SIM_TEST_CASE(positions_outside_of_a_packed_ring) {
  VhostBench bench(", packed: true");
  bench.run([&] {
    Session session(bench, kVersion1 | kPacked, 10);
    F& front_end = session.front_end;
    front_end.set_up_queue(0, session.exchange.ring->place(), 0);
    BOOST_TEST(front_end.ask(F::kSetVringKick, std::uint64_t{0}, {front_end.kick_fd(0)}));
    for (std::uint32_t base : {0x800au, 0x7fffu, 0xffff'ffffu, 0x800a'8000u, 0x8000'000au}) {
      BOOST_TEST(front_end.ask(F::kSetVringBase, F::State{0, base}));
      BOOST_TEST(!front_end.ask(F::kSetVringEnable, F::State{0, 1}), base);
    }
    BOOST_TEST(front_end.ask(F::kSetVringBase, F::State{0, 0x8000'8000u}));
    BOOST_TEST(front_end.ask(F::kSetVringEnable, F::State{0, 1}));
    session.exchange.run(20, session.random);
  });
}

SIM_TEST_CASE(a_split_ring_at_any_index) {
  VhostBench bench;
  bench.run([&] {
    for (std::uint32_t base : {1u, 0xffffu, 0x12345678u}) {
      Session session(bench);
      session.front_end.start_queue(0, session.exchange.ring->place(), base);
      session.exchange.send_one();
      session.front_end.kick(0);
      session.front_end.get(F::kGetFeatures);
    }
    bench.check_serves();
  });
}

SIM_TEST_CASE(eventfds_that_would_have_us_wait) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    // A counter that is full, and the promise not to wait broken.
    const std::uint64_t most = 0xffff'ffff'ffff'fffe;
    const int call = session.front_end.call_fd(0);
    VhostFrontEnd::wait_event(call, 50);  // the one that comes with the descriptor
    BOOST_TEST(write(call, &most, sizeof most) == ssize_t{sizeof most});
    session.exchange.send_one();
    session.front_end.get(F::kGetFeatures);
    fcntl(call, F_SETFL, 0);
    fcntl(session.front_end.kick_fd(0), F_SETFL, 0);
    session.exchange.send_one();
    unsigned back = 0;
    for (int tries = 0; tries < 5000 && back < 2; ++tries) {
      session.exchange.take(back);
      usleep(1000);
    }
    BOOST_TEST(back == 2u);
    session.front_end.get(F::kGetFeatures);
  });
}

SIM_TEST_CASE(a_flood_of_kicks) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    const std::uint64_t many = 1ull << 62;
    for (unsigned i = 0; i < 20000; ++i) session.front_end.kick(0, i % 100 == 0 ? many : 1);
    session.exchange.run(20, session.random);
  });
}

SIM_TEST_CASE(a_front_end_that_reads_no_replies) {
  VhostBench bench;
  bench.run([&] {
    F front_end(bench.path);
    int bytes = 1024;
    setsockopt(front_end.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    fcntl(front_end.fd(), F_SETFL, O_NONBLOCK);
    const auto dropped = [&] {
      pollfd poll_fd{front_end.fd(), 0, 0};
      return ::poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLHUP) != 0;
    };
    for (unsigned tries = 0; tries < 10000 && !dropped(); ++tries) {
      for (unsigned i = 0; i < 100; ++i) front_end.send(F::kGetFeatures);
      usleep(1000);
    }
    BOOST_TEST(dropped());
    bench.check_serves();
  });
}

SIM_TEST_CASE(rings_full_of_anything) {
  VhostBench bench(", packed: true, queue_size: 64");
  unsigned stopped = 0;
  bench.run([&] {
    std::mt19937 random(20);
    for (unsigned round = 0; round < 60; ++round) {
      const std::uint64_t features =
          kVersion1 | (round % 2 ? kPacked : 0) | (round % 4 / 2 ? kEventIdx : 0) | kIndirect;
      Session session(bench, features, 16);
      // Small values, and addresses that mostly are memory, get further than noise.
      for (std::uint64_t at = kGuestBase; at < kGuestBase + 2048; at += 4) {
        std::uint32_t word = random();
        if (round % 3 == 0) word &= 0x000f000f;
        if (round % 3 == 1 && random() % 2)
          word = static_cast<std::uint32_t>(kGuestBase) + word % 4096;
        session.memory.store<std::uint32_t>(at, word);
      }
      session.exchange.start();
      session.front_end.kick(0);
      session.front_end.get(F::kGetFeatures);
      stopped += (session.front_end.get(F::kGetStatus) & 64) != 0;
    }
    bench.check_serves();
  });
  BOOST_TEST(stopped > 10u);
}

SIM_TEST_CASE(messages_of_anything) {
  VhostBench bench;
  unsigned dropped = 0;
  bench.run([&] {
    std::mt19937 random(5);
    for (unsigned session = 0; session < 150; ++session) {
      F front_end(bench.path);
      SharedMemory memory{{{kGuestBase, kGuestBytes, 0}}};
      if (random() % 2) {
        front_end.negotiate(kVersion1);
        front_end.share(memory);
      }
      for (unsigned i = 0; i < 12; ++i) {
        F::Bytes payload(random() % 3 ? std::size_t{8} : random() % 300);
        for (std::uint8_t& byte : payload)
          byte = static_cast<std::uint8_t>(random() % 4 ? 0 : random() % 8);
        std::vector<int> fds(random() % 4 ? 0 : random() % 9,
                             random() % 2 ? front_end.kick_fd(0) : memory.fd());
        front_end.send(random() % 45, payload, fds,
                       random() % 8 ? F::kVersion | F::kNeedReply : random() % 16);
      }
      dropped += front_end.dropped(20);
    }
    bench.check_serves();
  });
  BOOST_TEST(dropped > 20u);
}
