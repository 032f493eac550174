// SPDX-License-Identifier: Apache-2.0
// Clients that do what they must not. Whatever it is, the next one is served.
#include <sys/resource.h>

#include "unit/vfio_user/vfio_bench.h"

using namespace ringside;
using namespace ringside::test;
using C = VfioClient;

namespace {

C::Bytes header(std::uint16_t command, std::uint32_t size, std::uint32_t flags = 0) {
  return C::bytes_of(C::Header{1, command, size, flags, 0});
}

unsigned open_descriptors() {
  unsigned count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

}  // namespace

SIM_TEST_CASE(pieces_of_messages) {
  VfioBench bench;
  bench.run([&] {
    for (std::size_t length = 0; length <= 16; ++length) {
      C client(bench.path);
      C::Bytes bytes = header(C::kVersion, 100);
      bytes.resize(length);
      if (length != 0) client.send_raw(bytes);
    }
    // The same in an honest way: byte by byte.
    C client(bench.path);
    C::Bytes version = header(C::kVersion, 20);
    version.resize(20);
    for (std::uint8_t byte : version) {
      client.send_raw({byte});
      usleep(500);
    }
    BOOST_TEST(client.wait_reply(1).error == 0u);
    client.leave();
    bench.check_serves();
  });
}

SIM_TEST_CASE(messages_of_any_length_and_type) {
  VfioBench bench;
  bench.run([&] {
    for (const std::uint32_t size : {0u, 1u, 15u, 0x10'0021u, 0x8000'0000u, 0xffff'ffffu}) {
      C client(bench.path);
      client.send_raw(header(C::kVersion, size));
      BOOST_TEST(client.dropped(), size);
    }
    for (const std::uint32_t type : {2u, 7u, 15u}) {
      C client(bench.path);
      client.send_raw(header(C::kVersion, 16, type));
      BOOST_TEST(client.dropped());
    }
    // Replies to nothing.
    for (const bool negotiated : {false, true}) {
      C client(bench.path);
      if (negotiated) client.version();
      client.send_raw(header(C::kDmaRead, 16, C::kReplyType));
      BOOST_TEST(client.dropped());
    }
    // Each command with any payload: an answer, and no harm.
    C client(bench.path);
    client.version();
    for (std::uint16_t command = 0; command < 25; ++command) {
      if (command == C::kReset) continue;
      for (const std::size_t bytes : {0, 1, 7, 9, 15, 17, 21, 23, 31, 33, 500})
        BOOST_TEST(client.call(command, C::Bytes(bytes, 0xff)).error != 0u);
    }
    client.leave();
    bench.check_serves();
  });
}

SIM_TEST_CASE(descriptors_that_nobody_asked_for) {
  VfioBench bench;
  bench.run([&] {
    C client(bench.path);
    client.version();
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    for (const std::uint16_t command : {C::kGetInfo, C::kRegionRead, C::kReset, C::kDmaUnmap})
      BOOST_TEST(client.call(command, C::Bytes(16), {ends[0]}).error != 0u);
    client.post(C::kDmaMap, C::Bytes(32), std::vector<int>(17, ends[0]));
    BOOST_TEST(client.dropped());
    const unsigned before = open_descriptors();
    for (unsigned i = 0; i < 50; ++i) {
      C other(bench.path);
      other.post(C::kGetInfo, C::Bytes(16), std::vector<int>(16, ends[0]));  // and no version
      BOOST_TEST(other.dropped());
    }
    bench.check_serves();
    bench.check_serves();  // the one before has been let go of by now
    BOOST_TEST(open_descriptors() <= before + 4);
    close(ends[0]);
    close(ends[1]);
  });
}

SIM_TEST_CASE(descriptors_with_a_reply) {
  VfioBench bench;
  bench.run([&] {
    C client(bench.path);
    client.version();
    client.send_raw(header(C::kDmaWrite, 16, C::kReplyType), {client.fd()});
    BOOST_TEST(client.dropped());
    bench.check_serves();
  });
}

SIM_TEST_CASE(a_second_client_waits) {
  VfioBench bench;
  bench.run([&] {
    auto first = std::make_unique<PlainSession>(bench);
    first->requests.run(10, first->random);
    C second(bench.path);
    const std::uint16_t id = second.post(C::kVersion, C::Bytes(4));
    BOOST_TEST(!second.reply_waits(100));
    first->requests.run(10, first->random);
    first.reset();
    BOOST_TEST(second.wait_reply(id).error == 0u);
    BOOST_TEST(second.region(7).size == 4096u);
  });
  BOOST_TEST(bench.server.clients.value() == 2u);
}

SIM_TEST_CASE(one_that_leaves_at_any_moment) {
  VfioBench bench;
  bench.loopback().order = Loopback::Order::Later;
  bench.run([&] {
    // A session as bytes, cut after each of its parts.
    PlainMemory guest;
    std::vector<C::Bytes> messages;
    const auto add = [&](std::uint16_t command, const C::Bytes& payload) {
      C::Bytes bytes = header(command, static_cast<std::uint32_t>(16 + payload.size()));
      bytes.insert(bytes.end(), payload.begin(), payload.end());
      messages.push_back(bytes);
    };
    add(C::kVersion, C::Bytes(4));
    add(C::kDmaMap, C::bytes_of(C::range_of(guest.memory.parts()[0])));
    add(C::kGetInfo, C::bytes_of(C::DeviceInfo{16, 0, 0, 0}));
    add(C::kRegionRead, C::access(7, 0, 4096));
    add(C::kRegionWrite, C::access(7, 4, 2, {7, 0}));
    add(C::kReset, {});
    for (std::size_t whole = 0; whole <= messages.size(); ++whole) {
      for (const std::size_t more : {0, 1, 15, 16, 20}) {
        C client(bench.path);
        for (std::size_t i = 0; i < whole; ++i) client.send_raw(messages[i]);
        if (whole == messages.size()) break;
        C::Bytes part = messages[whole];
        if (more == 0 || more >= part.size()) continue;
        part.resize(more);
        client.send_raw(part);
      }
    }
    // With requests out, shared or not.
    for (unsigned i = 0; i < 20; ++i) {
      VfioSession::Options options;
      options.shared = i % 2;
      PlainSession session(bench, options);
      for (unsigned k = 0; k < 3; ++k) session.requests.send_one();
    }
    bench.check_serves();
  });
}

SIM_TEST_CASE(noise) {
  VfioBench bench;
  bench.run([&] {
    std::mt19937 random(11);
    PlainMemory guest;
    EventFds fds;
    const auto number = [&](unsigned bits) {
      return static_cast<std::uint32_t>(random()) >> (random() % bits);
    };
    for (unsigned round = 0; round < 20; ++round) {
      C client(bench.path);
      client.version();
      client.served.memory = &guest.memory;
      for (unsigned i = 0; i < 150; ++i) {
        C::Bytes payload(random() % 60);
        for (std::size_t at = 0; at + 4 <= payload.size(); at += 4) {
          const std::uint32_t word = random() % 3 ? random() % 64 : number(32);
          std::memcpy(payload.data() + at, &word, sizeof word);
        }
        std::vector<int> some(random() % 4 == 0 ? random() % 3 : 0,
                              random() % 2 ? fds[0] : guest.memory.fd());
        const auto command = static_cast<std::uint16_t>(random() % 20);
        if (command == C::kSetIrqs && payload.size() >= 20) {
          const std::uint32_t argsz = static_cast<std::uint32_t>(payload.size());
          std::memcpy(payload.data(), &argsz, sizeof argsz);
        }
        client.wait_reply(client.post(command, payload, some));
      }
    }
    bench.check_serves();
  });
  BOOST_TEST(bench.server.refusals.value() > 1000u);
}

SIM_TEST_CASE(rings_that_make_no_sense) {
  VfioBench bench;
  bench.run([&] {
    std::mt19937 random(5);
    for (unsigned round = 0; round < 20; ++round) {
      VfioSession::Options options;
      options.shared = round % 2;
      options.features = kVersion1 | (round % 4 < 2 ? kPacked : 0);
      PlainSession session(bench, options);
      const QueuePlace& place = session.requests.ring->place();
      for (const std::uint64_t area : {place.descriptor_area, place.driver_area, place.device_area})
        for (unsigned i = 0; i < 64; ++i)
          session.memory.store<std::uint32_t>(area + 4 * i, static_cast<std::uint32_t>(random()));
      for (unsigned i = 0; i < 5; ++i) session.driver->kick(0);
      session.driver->status();
    }
    bench.check_serves();
  });
}
