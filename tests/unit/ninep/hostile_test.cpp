// SPDX-License-Identifier: Apache-2.0
// Requests that no driver should send: an error or the need of a reset, and never more.
#include "ninep/memory.h"
#include "ninep_bench.h"

using namespace ringside;
using test::Client;
using test::Form;
using test::Message;
using test::NinePBench;
using test::Piece;
using test::Reply;
using test::Request;
using test::ServerBench;
using test::TempFolder;
using test::times;

namespace {

void works_again(NinePBench& b) {
  BOOST_TEST_REQUIRE(b.bring_up());
  BOOST_TEST_REQUIRE(b.start());
}

struct Random {
  std::uint32_t operator()(std::uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
  }
  std::uint32_t state;
};

}  // namespace

SIM_TEST_CASE(requests_without_a_header) {
  NinePBench b;
  b.run([&] {
    for (std::uint32_t bytes = 0; bytes < 7; ++bytes) {
      BOOST_TEST_REQUIRE(b.bring_up());
      std::vector<Piece> readable;
      if (bytes != 0) readable.push_back(b.put(times(bytes, '\7')));
      BOOST_TEST(!b.send(readable, {b.take(100)}).came);
      BOOST_TEST(b.needs_reset());
    }
    works_again(b);
  });
}

SIM_TEST_CASE(no_room_for_a_reply) {
  NinePBench b;
  b.run([&] {
    const std::string version = Request(Message::Version).u32(8192).text("9P2000.L").str();
    for (std::uint32_t room = 0; room < 11; ++room) {
      BOOST_TEST_REQUIRE(b.bring_up());
      std::vector<Piece> writable;
      if (room != 0) writable.push_back(b.take(room));
      BOOST_TEST(!b.send({b.put(version)}, writable).came);
      BOOST_TEST(b.needs_reset());
    }
    works_again(b);
    // Room for an error, but not for the answer.
    const Reply reply = b.send(Request(Message::GetAttributes).u32(0).u64(0x7ff), 11);
    BOOST_TEST(reply.error == EMSGSIZE);
    BOOST_TEST(!b.needs_reset());
  });
}

SIM_TEST_CASE(sizes_that_lie) {
  NinePBench b("msize: 8KiB");
  b.run([&] {
    works_again(b);
    const std::string good = Request(Message::Walk).u32(0).u32(1).u16(0).str();
    for (const std::uint32_t size : {0u, 6u, 7u, 10u, 18u, 100u, 8192u, 8193u, 0x80000000u, ~0u}) {
      std::string message = good;
      for (unsigned i = 0; i < 4; ++i) message[i] = static_cast<char>(size >> 8 * i);
      Reply reply = b.send({b.put(message)}, {b.take(64)});
      BOOST_TEST(reply.came);
      BOOST_TEST((reply.error == EBADMSG), size);
    }
    // A message beyond the limit, though all of it is there.
    Reply reply =
        b.send({b.put(Request(Message::Walk).u32(0).u32(1).u16(0).raw(times(9000, 'x')).str())},
               {b.take(64)});
    BOOST_TEST(reply.error == EBADMSG);
    BOOST_TEST(!b.needs_reset());
    BOOST_TEST(b.send({b.put(good)}, {b.take(64)}).ok());
  });
}

SIM_TEST_CASE(buffers_outside_memory) {
  NinePBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(!b.send({{0x1000, 64}}, {b.take(64)}).came);
    BOOST_TEST(b.needs_reset());
    works_again(b);
    const std::string good = Request(Message::Walk).u32(0).u32(1).u16(0).str();
    BOOST_TEST(!b.send({b.put(good)}, {{0x1000, 64}}).came);
    BOOST_TEST(b.needs_reset());
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(!b.send({b.put(good.substr(0, 7)), {0x1000, 64}}, {b.take(64)}).came);
    BOOST_TEST(b.needs_reset());
    works_again(b);
  });
}

SIM_TEST_CASE(chains_of_gigabytes) {
  NinePBench b;
  b.run([&] {
    works_again(b);
    std::vector<Piece> most(60, Piece{NinePBench::kBase, 64u << 20});
    most.insert(most.begin(), b.put(Request(Message::Walk).u32(0).u32(1).u16(0).str()));
    BOOST_REQUIRE(b.driver.queue().add(most, {b.take(64)}, 1, Form::Direct));
    b.driver.submit();
    BOOST_TEST(b.driver.wait_used(0, {10, sc_core::SC_MS}));
    BOOST_TEST(b.driver.queue().next_used().has_value());
  });
}

namespace {

/// Requests of all kinds with fields that are mostly plausible.
std::string random_message(Random& random, unsigned dialect) {
  static const unsigned types[] = {8,   12,  14,  16,  18,  20,  22,  24,  26,  30,  32,
                                   40,  50,  52,  54,  70,  72,  74,  76,  100, 102, 104,
                                   108, 110, 112, 114, 116, 118, 120, 122, 124, 126};
  static const char* names[] = {"a", "b", "dir", "link",   "..",
                                ".", "",  "x/y", "user.a", "9P2000.L"};
  unsigned type = types[random(sizeof types / sizeof *types)];
  if (type == 100 && random(20) != 0) type = 110;
  Request request(static_cast<Message>(random(40) == 0 ? random(256) : type),
                  static_cast<std::uint16_t>(random(65536)));
  if (type == 110) {
    request.u32(random(12)).u32(random(12));
    const unsigned count = random(3);
    request.u16(count);
    for (unsigned i = 0; i < count; ++i) request.text(names[random(10)]);
    return request.str();
  }
  if (type == 118) {
    const std::uint32_t count = random(300);
    return request.u32(random(12)).u64(random(5000)).u32(count).raw(times(count, 'w')).str();
  }
  if (type == 100)
    return request.u32(4096 + random(9000))
        .text(dialect == 0   ? "9P2000.L"
              : dialect == 1 ? "9P2000.u"
                             : "9P2000")
        .str();
  const unsigned fields = 1 + random(9);
  request.u32(random(12));
  for (unsigned i = 0; i < fields; ++i) {
    switch (random(6)) {
      case 0:
        request.u32(random(4));
        break;
      case 1:
        request.u32(random(65536) << 16 | random(65536));
        break;
      case 2:
        request.u64(random(10000));
        break;
      case 3:
        request.u8(random(256));
        break;
      default:
        request.text(names[random(10)]);
    }
  }
  return request.str();
}

}  // namespace

namespace {

void random_messages_to(ServerBench& b, std::uint32_t seed) {
  Random random{seed};
  const char* dialects[] = {"9P2000.L", "9P2000.u", "9P2000"};
  for (unsigned i = 0; i < 60000; ++i) {
    if (i % 2000 == 0) b.client.start(dialects[i / 2000 % 3], 8192);
    std::string message = random_message(random, i / 2000 % 3);
    if (random(10) == 0)
      message[random(static_cast<std::uint32_t>(message.size()))] ^= 1 << random(8);
    if (random(20) == 0) message.resize(7 + random(static_cast<std::uint32_t>(message.size() - 6)));
    // The buffers end where the message and the room end, so that a sanitizer sees every byte too
    // much.
    const std::size_t room = random(8) == 0 ? random(200) : 8192;
    std::vector<std::uint8_t> reply(room), request(message.begin(), message.end());
    const std::size_t bytes = b.server.answer(request.data(), request.size(), reply.data(), room);
    BOOST_TEST_REQUIRE(bytes <= room);
    BOOST_TEST_REQUIRE(b.server.fids() <= 16u);
    BOOST_TEST_REQUIRE(b.server.open_files() <= 8u);
  }
  b.client.start();
  BOOST_TEST(b.server.fids() == 1u);
}

ninep::Limits tight() {
  ninep::Limits limits;
  limits.fids = 16;
  limits.open = 8;
  limits.locks = 8;
  return limits;
}

}  // namespace

SIM_TEST_CASE(random_messages_to_a_folder) {
  TempFolder outside;
  outside.put("secret", "secret");
  ServerBench b("host_files: 64", tight());
  std::filesystem::create_directory(b.folder.at("dir"));
  b.folder.put("a", "text");
  std::filesystem::create_symlink(outside.path, b.folder.at("link"));
  random_messages_to(b, 4711);
  BOOST_TEST(outside.get("secret") == "secret");
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(outside.path), {}) == 1);
}

SIM_TEST_CASE(random_messages_to_memory) {
  ServerBench b("size: 64KiB, files: 40", tight(), "memory");
  auto& memory = dynamic_cast<ninep::Memory&>(b.tree);
  random_messages_to(b, 815);
  BOOST_TEST(memory.used() <= 64u << 10);
  BOOST_TEST(memory.count() <= 40u);
}

SIM_TEST_CASE(random_chains) {
  NinePBench b("msize: 4KiB, fids: 16, open_files: 4");
  b.TempFolder::put("a", "text");
  b.run([&] {
    Random random{99};
    for (unsigned i = 0; i < 3000; ++i) {
      if (i % 300 == 0 || b.needs_reset()) works_again(b);
      std::string message = random_message(random, 0);
      if (random(8) == 0) message[random(4)] ^= 1 << random(8);
      if (random(30) == 0) message.resize(random(static_cast<std::uint32_t>(message.size())));
      std::vector<Piece> readable, writable;
      for (std::size_t at = 0; at < message.size();) {
        const std::size_t now =
            std::min<std::size_t>(message.size() - at, 1 + random(random(2) != 0 ? 9 : 5000));
        readable.push_back(b.put(message.substr(at, now)));
        at += now;
        if (readable.size() == 60) break;
      }
      for (unsigned n = random(4); n > 0; --n) writable.push_back(b.take(1 + random(3000)));
      if (readable.empty() && writable.empty()) continue;
      const Reply reply = b.send(readable, writable);
      BOOST_TEST_REQUIRE((reply.came || b.needs_reset()));
    }
    works_again(b);
  });
}
