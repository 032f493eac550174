// SPDX-License-Identifier: Apache-2.0
// Capabilities and resource objects.
#include "admin_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {
constexpr unsigned kCap = Managed::kCap, kGroup = Managed::kGroup, kRule = Managed::kRule;
}

SIM_TEST_CASE(capabilities) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    BOOST_TEST(b.command(kCapList, "", 1024) == kDone);
    std::vector<std::uint64_t> list(33);
    list[32] = 2;  // 0x801
    BOOST_TEST((b.result == b.words(list)));
    BOOST_TEST(b.command(kCapGet, b.cap(kCap)) == kDone);
    BOOST_TEST((b.result.substr(0, 9) == b.value(8, 0xf0, 3)));
    SPEC("admin.device-and-driver-capabilities.7");
    for (unsigned id : {0u, 0x800u, 0x802u, 0xffffu}) {
      BOOST_TEST(b.status(kCapGet, b.cap(id)) == kEnxio);
      BOOST_TEST(b.status(kCapSet, b.cap(id, b.value(1, 0, 1))) == kEnxio);
    }
    SPEC("admin.device-and-driver-capabilities.2");
    SPEC("admin.device-and-driver-capabilities.3");
    for (std::uint32_t groups : {0u, 3u, 8u})
      for (std::uint32_t flags : {0u, 0x10u, 0x80u, 0xf0u})
        BOOST_TEST(b.command(kCapSet, b.cap(kCap, b.value(groups, flags, 3))) == kDone);
    for (const std::string& more : {b.value(9, 0, 0), b.value(0x10000, 0, 0), b.value(1, 1, 0),
                                    b.value(1, 0x1f0, 0), b.value(1, 0, 4)})
      BOOST_TEST(b.command(kCapSet, b.cap(kCap, more)) == kBadField);
    BOOST_TEST(b.command(kCapSet, b.cap(kCap, std::string("\x05", 1))) == kDone);  // the rest is 0
    BOOST_TEST(b.command(kCapSet, b.cap(kCap, b.value(5, 0x10, 2) + "ignored")) == kDone);
    SPEC("admin.device-and-driver-capabilities.4");
    SPEC("admin.device-and-driver-capabilities.5");
    for (unsigned opcode : {kCapList, kCapGet, kCapSet})
      BOOST_TEST(b.command(opcode, b.cap(kCap), 64, 1, 1) == kBadGroup);
  });
}

SIM_TEST_CASE(objects_need_the_drivers_limit) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    SPEC("admin.device-and-driver-capabilities.9");
    SPEC("admin.device-resource-objects.3");
    BOOST_TEST(b.status(kCreate, b.object(kGroup, 0)) == kEnospc);
    BOOST_TEST(b.command(kCapSet, b.cap(kCap, b.value(4, 0, 0))) == kDone);
    BOOST_TEST(b.status(kCreate, b.object(kGroup, 4)) == kEnospc);
    BOOST_TEST(b.status(kCreate, b.object(kRule, 0)) == kEnospc);
    SPEC("admin.device-resource-objects.6");
    SPEC("admin.device-resource-objects.7");
    for (std::uint32_t id : {3u, 0u, 2u, 1u})
      BOOST_TEST(b.command(kCreate, b.object(kGroup, id, "data")) == kDone);
    BOOST_TEST(b.device.present.size() == 4u);
    BOOST_TEST(b.used == 8u);  // no result
    SPEC("admin.device-resource-objects.1");
    for (std::uint32_t id = 0; id < 4; ++id)
      BOOST_TEST(b.status(kCreate, b.object(kGroup, id, "other")) == kEexist);
    SPEC("admin.device-and-driver-capabilities.6");
    BOOST_TEST(b.status(kCapSet, b.cap(kCap, b.value(0, 0, 0))) == kEbusy);
    BOOST_TEST(b.status(kCapSet, b.cap(kCap, b.value(3, 0, 0))) == kEbusy);
    BOOST_TEST(b.status(kCapSet, b.cap(kCap, b.value(4, 0x10, 1))) == kDone);
    BOOST_TEST(b.status(kDestroy, b.object(kGroup, 3)) == kDone);
    BOOST_TEST(b.status(kCapSet, b.cap(kCap, b.value(3, 0, 0))) == kDone);
    SPEC("admin.device-resource-objects.5");
    BOOST_TEST(b.status(kDestroy, b.object(kGroup, 2)) == kDone);
    BOOST_TEST(b.status(kCreate, b.object(kGroup, 2, "again")) == kDone);
    BOOST_TEST(b.status(kCreate, b.object(0x201, 0)) == kEnxio);  // no such type
    BOOST_TEST(b.command(kCreate, b.object(kGroup, 2, "", 1)) == kBadField);
  });
}

SIM_TEST_CASE(objects_hold_what_was_written_last) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    BOOST_TEST(b.command(kCapSet, b.cap(kCap, b.value(8, 0, 3))) == kDone);
    SPEC("admin.device-resource-objects.9");
    const auto holds = [&](const std::string& text) {
      BOOST_TEST(b.command(kQuery, b.object(kGroup, 7)) == kDone);
      BOOST_TEST((b.result == text + std::string(16 - text.size(), '\0')));
    };
    BOOST_TEST(b.command(kCreate, b.object(kGroup, 7, "twelve bytes and more")) == kDone);
    holds("twelve bytes");
    BOOST_TEST(b.command(kModify, b.object(kGroup, 7, "new")) == kDone);
    holds("new");
    SPEC("admin.device-resource-objects.8");
    const unsigned changes = b.device.changes;
    BOOST_TEST(b.command(kModify, b.object(kGroup, 7, "\xff")) == kBadField);
    BOOST_TEST(b.command(kModify, b.object(kGroup, 7, "flags", 2)) == kBadField);
    BOOST_TEST(b.command(kQuery, b.object(kGroup, 7, "", 2)) == kBadField);
    BOOST_TEST(b.command(kCreate, b.object(kGroup, 6, "\xff")) == kBadField);
    BOOST_TEST(b.device.changes == changes);
    holds("new");
    SPEC("admin.device-resource-objects.2");
    for (unsigned opcode : {kQuery, kModify, kDestroy}) {
      BOOST_TEST(b.status(opcode, b.object(kGroup, 6)) == kEnxio);
      BOOST_TEST(b.status(opcode, b.object(kRule, 7)) == kEnxio);
    }
    SPEC("admin.device-resource-objects.4");
    BOOST_TEST(b.command(kCreate, b.object(kRule, 1, "\x07")) == kDone);
    BOOST_TEST(b.status(kModify, b.object(kGroup, 7, "x")) == kEbusy);
    BOOST_TEST(b.status(kDestroy, b.object(kGroup, 7)) == kEbusy);
    holds("new");
    BOOST_TEST(b.status(kDestroy, b.object(kRule, 1)) == kDone);
    BOOST_TEST(b.status(kDestroy, b.object(kGroup, 7)) == kDone);
    BOOST_TEST(b.device.present.empty());
  });
}

SIM_TEST_CASE(a_reset_forgets_capabilities_and_objects) {
  AdminBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    BOOST_TEST(b.command(kCapSet, b.cap(kCap, b.value(8, 0, 3))) == kDone);
    BOOST_TEST(b.command(kCreate, b.object(kGroup, 7)) == kDone);
    BOOST_TEST(b.command(kCreate, b.object(kRule, 0, "\x07")) == kDone);
    SPEC("admin.device-and-driver-capabilities.8");
    SPEC("admin.device-resource-objects.10");
    BOOST_TEST_REQUIRE(b.bring_up_all());
    BOOST_TEST(b.device.present.empty());
    BOOST_TEST(b.device.depended_on.empty());
    BOOST_TEST(b.status(kQuery, b.object(kGroup, 7)) == kEnxio);
    BOOST_TEST(b.status(kCreate, b.object(kGroup, 7)) == kEnospc);
  });
}

SIM_TEST_CASE(the_other_opcodes) {
  AdminBench b(", admin_opcodes: text");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up_all());
    BOOST_TEST(b.command(kCapSet, b.cap(kCap, b.value(8, 0, 3))) == kDone);
    BOOST_TEST(b.command(kCreate, b.object(kGroup, 7, "old")) == kDone);
    BOOST_TEST(b.command(0x0b, b.object(kGroup, 7, "new")) == kDone);  // MODIFY
    BOOST_TEST(b.command(0x0c, b.object(kGroup, 7)) == kDone);         // QUERY
    BOOST_TEST(b.result.substr(0, 3) == "new");
  });
}
