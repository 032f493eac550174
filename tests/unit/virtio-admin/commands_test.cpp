// SPDX-License-Identifier: Apache-2.0
// Commands as such: groups, opcodes, members, lists of commands, lengths of buffers.
#include <random>

#include "admin_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(the_feature_and_the_queue) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST((b.device.offered_features().has(kAdminBit)));
    BOOST_TEST(b.device.num_queues() == 1u);
    BOOST_TEST(b.device.admin_queues() == 1u);
    BOOST_TEST(!b.device.has_queue(1));
    // Not negotiated: there is no such queue.
    BOOST_TEST_REQUIRE(b.driver.negotiate({32}));
    BOOST_TEST(!b.driver.add_queue(1, 8));
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.device.has_queue(1));
    BOOST_TEST(b.command(kListQuery) == kDone);
    BOOST_TEST(b.access.queue_interrupts(1) == 1u);
    BOOST_TEST(b.device.held_back.count(1) == 0u);  // the device type knows nothing of it
  });
}

SIM_TEST_CASE(without_the_parameter_there_is_none) {
  DeviceBench<Managed> b("{type: managed}", register_managed);
  b.run([&] {
    BOOST_TEST(!b.device.offered_features().has(kAdminBit));
    BOOST_TEST(b.device.all_queues() == 1u);
    BOOST_TEST(!b.driver.negotiate({32, kAdminBit}));
  });
}

SIM_TEST_CASE(what_is_wrong_is_told_in_order) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    SPEC("admin.group-administration-commands.1");
    SPEC("admin.group-administration-commands.2");
    SPEC("admin.group-administration-commands.20");
    // The SR-IOV group (1) needs an SR-IOV capability.
    for (unsigned group : {1u, 2u, 0xffffu}) {
      BOOST_TEST(b.command(kListQuery, "", 64, 0, group) == kBadGroup);
      BOOST_TEST(b.command(0x777, "", 64, 9, group) == kBadGroup);
    }
    SPEC("admin.group-administration-commands.3");
    for (unsigned opcode = 0; opcode < 80; ++opcode)
      if (opcode > 0xd || (opcode >= 2 && opcode <= 6))
        BOOST_TEST(b.command(opcode, "", 64, 9) == kBadOpcode);
    for (unsigned opcode : {0x7fffu, 0x8000u, 0xffffu}) BOOST_TEST(b.command(opcode) == kBadOpcode);
    SPEC("admin.group-administration-commands.4");
    for (unsigned opcode = 7; opcode <= 0xd; ++opcode)
      for (std::uint64_t member : {1ull, 1ull << 63})
        BOOST_TEST(b.command(opcode, "", 64, member) == kBadMember);
    BOOST_TEST(b.command(kListQuery, "", 64, 1) == kDone);  // does not use it
    SPEC("admin.group-administration-commands.6");
    SPEC("admin.group-administration-commands.7");
    SPEC("admin.group-administration-commands.8");
    SPEC("admin.group-administration-commands.9");
    SPEC("admin.group-administration-commands.10");
    BOOST_TEST((b.access.status() & 64) == 0);
    BOOST_TEST(b.device.changes == 0u);
    BOOST_TEST(b.command(kCapGet, b.cap(Managed::kCap)) == kDone);  // the list has not changed
  });
}

SIM_TEST_CASE(lists_of_commands) {
  AdminBench b;
  b.run([&] {
    for (unsigned round = 0; round < 2; ++round) {
      BOOST_TEST_REQUIRE(b.bring_up());
      SPEC("admin.group-administration-commands.12");
      for (unsigned opcode = 7; opcode <= 0xd; ++opcode)
        BOOST_TEST(b.command(opcode) == kBadOpcode);
      SPEC("admin.group-administration-commands.5");
      SPEC("admin.device-and-driver-capabilities.1");
      BOOST_TEST(b.command(kListQuery) == kDone);
      BOOST_TEST((b.result == b.words({0x3f83})));
      // What the device does not have.
      for (unsigned bit = 0; bit < 64; ++bit)
        if ((0x3f83ull >> bit & 1) == 0)
          BOOST_TEST(b.command(kListUse, b.words({3 | 1ull << bit})) == kBadField);
      BOOST_TEST(b.command(kListUse, b.words({3, 1})) == kBadField);
      SPEC("admin.group-administration-commands.13");
      SPEC("admin.group-administration-commands.18");
      SPEC("admin.group-administration-commands.19");
      BOOST_TEST(b.command(kListUse, b.words({0x83, 0, 0})) == kDone);
      BOOST_TEST(b.used == 8u);
      BOOST_TEST(b.command(kCapList) == kDone);
      SPEC("admin.group-administration-commands.14");
      SPEC("admin.group-administration-commands.15");
      BOOST_TEST(b.command(kCapGet, b.cap(Managed::kCap)) == kBadOpcode);
      SPEC("admin.group-administration-commands.16");
      SPEC("admin.group-administration-commands.17");
      BOOST_TEST(b.command(kListQuery) == kDone);
      BOOST_TEST((b.result == b.words({0x3f83})));
      // A driver may lock itself out.
      BOOST_TEST(b.command(kListUse, b.words({0x80})) == kDone);
      BOOST_TEST(b.command(kListQuery) == kBadOpcode);
      BOOST_TEST(b.command(kListUse, b.words({3})) == kBadOpcode);
      BOOST_TEST(b.command(kCapList) == kDone);
    }
  });
}

SIM_TEST_CASE(a_device_without_capabilities) {
  AdminBench b(", plain: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.command(kListQuery) == kDone);
    BOOST_TEST((b.result == b.words({0x383})));
    SPEC("admin.device-parts.1");  // none of them: they are the SR-IOV group's
    BOOST_TEST(b.command(kListUse, b.words({0x383 | 1 << 0xe})) == kBadField);
    BOOST_TEST(b.command(kListUse, b.words({0x383})) == kDone);
    BOOST_TEST(b.command(kCapList) == kDone);
    BOOST_TEST((b.result == b.words({0})));
    BOOST_TEST(b.status(kCapGet, b.cap(0)) == kEnxio);
    BOOST_TEST(b.status(kCapSet, b.cap(0, "12")) == kEnxio);
    for (unsigned opcode = 0xa; opcode <= 0x11; ++opcode)
      BOOST_TEST(b.command(opcode, b.object(0, 0)) == kBadOpcode);
  });
}

SIM_TEST_CASE(buffers_of_any_length) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    SPEC("admin.administration-virtqueues.1");
    SPEC("admin.administration-virtqueues.4");
    // Shorter: what is missing is zero, so LIST_QUERY of the Self group; what has no room is lost.
    for (unsigned bytes : {0u, 1u, 2u, 8u, 23u})
      BOOST_TEST(b.send(std::string(bytes, '\0'), 16) == kDone);
    for (unsigned room : {1u, 4u, 7u, 8u, 9u, 15u, 16u, 17u}) {
      b.command(kListQuery, "", room);
      const unsigned written = std::min(room, 16u);
      BOOST_TEST(b.used == written);
      const std::string all = std::string(8, '\0') + b.words({0x3f83});
      BOOST_TEST((b.whole == all.substr(0, written) + std::string(room - written, '\xee')));
    }
    BOOST_TEST(b.command(kListQuery, "", 0) == kUnwritten);
    BOOST_TEST(b.used == 0u);
    SPEC("admin.administration-virtqueues.2");
    SPEC("admin.administration-virtqueues.3");
    SPEC("admin.administration-virtqueues.5");
    SPEC("admin.administration-virtqueues.6");
    BOOST_TEST(b.command(kListQuery, std::string(20000, 'x'), 5000) == kDone);
    BOOST_TEST(b.used == 16u);
    BOOST_TEST((b.whole.substr(16) == std::string(4984, '\xee')));
    BOOST_TEST(b.command(kCapGet, b.cap(Managed::kCap) + "more") == kDone);
    BOOST_TEST(b.used == 24u);  // 8 + 9 bytes, filled up to a multiple of 8
    BOOST_TEST((b.result.substr(9) == std::string(7, '\0')));
    BOOST_TEST(b.command(0x999, "", 64) == kBadOpcode);
    BOOST_TEST(b.used == 8u);
    BOOST_TEST((b.whole.substr(4, 4) == std::string(4, '\0')));
  });
}

SIM_TEST_CASE(commands_are_done_in_order) {
  AdminBench b;
  b.run([&] {
    SPEC("admin.administration-virtqueues.7");
    BOOST_TEST_REQUIRE(b.bring_up_all());
    BOOST_TEST(b.command(kCapSet, b.cap(Managed::kCap, b.value(8, 0, 3))) == kDone);
    // Made, modified, destroyed and made again, all at once.
    std::vector<Piece> answers;
    const auto add = [&](unsigned opcode, const std::string& data) {
      std::string head(24, '\0');
      std::memcpy(&head[0], &opcode, 2);
      answers.push_back(b.take(32));
      BOOST_REQUIRE(b.driver.queue(1).add({b.put(head + data)}, {answers.back()},
                                          answers.size() - 1, Form::Direct));
    };
    for (unsigned i = 0; i < 8; ++i) {
      add(kCreate, b.object(Managed::kGroup, 5, "one"));
      add(kModify, b.object(Managed::kGroup, 5, "two"));
      add(kQuery, b.object(Managed::kGroup, 5));
      add(kDestroy, b.object(Managed::kGroup, 5));
    }
    b.driver.submit(1);
    for (unsigned done = 0; done < 32; ++done) {
      BOOST_TEST_REQUIRE(b.driver.wait_used(1, {1, sc_core::SC_MS}));
      BOOST_TEST(b.driver.queue(1).next_used()->token == done);
      BOOST_TEST((b.load(answers[done]).substr(0, 4) == std::string(4, '\0')));
      if (done % 4 == 2) BOOST_TEST(b.load(answers[done]).substr(8, 3) == "two");
    }
  });
}

SIM_TEST_CASE(hostile_commands) {
  AdminBench b(", ring_reset: true");
  b.memory.latency = sc_core::sc_time(10, sc_core::SC_NS);
  b.run([&] {
    std::mt19937 random(41);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    unsigned done = 0;
    for (unsigned round = 0; round < 20; ++round) {
      BOOST_TEST_REQUIRE(b.bring_up({40}));
      b.command(kListUse, b.words({0x3f83}));
      for (unsigned i = 0; i < 150; ++i) {
        const unsigned opcode = below(12) == 0 ? random() & 0xffff : below(15);
        std::string data(below(60), '\0');
        for (char& c : data)
          c = static_cast<char>(below(3) == 0 ? random() : below(2) != 0 ? below(9) : 0);
        const unsigned types[] = {Managed::kCap, Managed::kGroup, Managed::kRule};
        if (data.size() >= 2 && below(4) != 0) std::memcpy(&data[0], &types[below(3)], 2);
        if (opcode == kListUse && below(4) != 0) continue;
        done += b.command(opcode, data, below(80), below(8) == 0 ? 1 : 0, below(8) == 0 ? 1 : 0) ==
                kDone;
        BOOST_TEST((b.access.status() & 64) == 0);
        BOOST_TEST(b.device.present.size() <= 8u);
      }
    }
    BOOST_TEST(done > 100u);
    // Memory that is not there.
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_REQUIRE(b.driver.queue(1).add({{0x1000, 24}}, {b.take(8)}, 1, Form::Direct));
    b.driver.submit(1);
    settle(100);
    BOOST_TEST((b.access.status() & 64) != 0);
    BOOST_TEST_REQUIRE(b.bring_up_all());
  });
}
