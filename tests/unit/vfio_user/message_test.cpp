// SPDX-License-Identifier: Apache-2.0
// Commands one by one, as an honest client makes them, and what is refused.
#include "unit/vfio_user/vfio_bench.h"

using namespace ringside;
using namespace ringside::test;
using C = VfioClient;

namespace {

constexpr const char* kFunction = "{type: test-function}";

std::uint32_t error_of(C& client, std::uint16_t command, const C::Bytes& payload = {},
                       const std::vector<int>& fds = {}) {
  return client.call(command, payload, fds).error;
}

}  // namespace

SIM_TEST_CASE(versions) {
  VfioBench bench;
  bench.run([&] {
    const auto agreed = [&](const std::string& text) {
      C client(bench.path);
      const C::Reply reply = client.version(text);
      BOOST_TEST(reply.error == 0u);
      const auto info = client.call(C::kGetInfo, C::DeviceInfo{16, 0, 0, 0});
      BOOST_TEST(info.as<C::DeviceInfo>().regions == 9u);
      return std::string(reply.payload.begin() + 4, reply.payload.end() - 1);
    };
    // Nothing is told that was not proposed.
    BOOST_TEST(agreed("{}") == R"({"capabilities":{}})");
    BOOST_TEST(agreed(R"({"capabilities":{"max_msg_fds":1,"twin_socket":{"supported":true}}})") ==
               R"({"capabilities":{"max_msg_fds":16}})");
    for (const char* text : {"", "{", "[]", "1", R"({"capabilities":3})",
                             R"({"capabilities":{"max_data_xfer_size":0}})",
                             R"({"capabilities":{"max_data_xfer_size":"x"}})", "\xff\xfe"}) {
      C client(bench.path);
      BOOST_TEST(client.version(text).error == unsigned{EINVAL}, text);
      BOOST_TEST(client.dropped());
    }
    {
      C client(bench.path);
      BOOST_TEST(client.version(C::qemu_capabilities(), 1).error == unsigned{EPROTONOSUPPORT});
      BOOST_TEST(client.dropped());
    }
    {
      C client(bench.path);
      BOOST_TEST(client.version(std::string(60000, '[')).error == unsigned{EINVAL});
      BOOST_TEST(client.dropped());
    }
    {
      C client(bench.path);  // no text at all, and a minor version that is newer
      const auto reply = client.call(C::kVersion, C::bytes_of(std::uint32_t{7} << 16));
      BOOST_TEST(reply.error == 0u);
      BOOST_TEST(reply.payload.at(2) == 0);
      BOOST_TEST(client.version().error == unsigned{EINVAL});  // once only
      BOOST_TEST(client.region(7).size == 4096u);
    }
    C client(bench.path);
    BOOST_TEST(error_of(client, C::kReset) == unsigned{EINVAL});  // before the version
    BOOST_TEST(client.dropped());
    bench.check_serves();
  });
}

SIM_TEST_CASE(what_the_device_is) {
  VfioBench bench(kFunction);
  bench.run([&] {
    C client(bench.path);
    client.version();
    const auto info = client.call(C::kGetInfo, C::DeviceInfo{16, 0, 0, 0}).as<C::DeviceInfo>();
    BOOST_TEST(info.argsz == 16u);
    BOOST_TEST(info.flags == 3u);
    BOOST_TEST(info.regions == 9u);
    BOOST_TEST(info.irqs == 5u);
    const std::uint64_t sizes[9] = {32, 0x1000, 0x10000, 0, 0x1000, 0, 0, 4096, 0};
    for (std::uint32_t index = 0; index < 9; ++index) {
      const C::RegionInfo region = client.region(index);
      BOOST_TEST(region.argsz == 32u);
      BOOST_TEST(region.index == index);
      BOOST_TEST(region.size == sizes[index]);
      BOOST_TEST(region.flags == (sizes[index] != 0 ? 3u : 0u));
    }
    const C::IrqInfo irqs[5] = {
        {16, 7, 0, 1}, {16, 0, 1, 0}, {16, 3, 2, 4}, {16, 0, 3, 0}, {16, 0, 4, 0}};
    for (const C::IrqInfo& expected : irqs)
      BOOST_TEST((C::bytes_of(client.irq(expected.index)) == C::bytes_of(expected)));
    // With less room, or out of range.
    BOOST_TEST(client.call(C::kGetInfo, C::DeviceInfo{15, 0, 0, 0}).error == unsigned{EINVAL});
    BOOST_TEST(client.call(C::kGetRegionInfo, C::RegionInfo{31, 0, 0, 0, 0, 0}).error != 0u);
    BOOST_TEST(client.call(C::kGetRegionInfo, C::RegionInfo{32, 0, 9, 0, 0, 0}).error != 0u);
    BOOST_TEST(client.call(C::kGetIrqInfo, C::IrqInfo{16, 0, 5, 0}).error != 0u);
    BOOST_TEST(client.call(C::kGetIrqInfo, C::IrqInfo{1, 0, 0, 0}).error != 0u);
  });
}

SIM_TEST_CASE(accesses_to_regions) {
  VfioBench bench(kFunction);
  TestFunction& function = bench.test_function();
  bench.run([&] {
    C client(bench.path);
    client.version();
    // Base address registers need neither an address nor to be enabled.
    for (const std::uint32_t bytes : {1u, 2u, 4u, 8u}) {
      client.write(1, 0x18, C::Bytes(bytes, 0x5a));
      bench.in_simulation([&] {
        BOOST_TEST(function.last.bar == 1u);
        BOOST_TEST(function.last.offset == 0x18u);
        BOOST_TEST(function.last.bytes == bytes);
        BOOST_TEST(function.last.value == 0x5a5a5a5a5a5a5a5au >> (64 - 8 * bytes));
      });
    }
    BOOST_TEST(client.get<std::uint32_t>(0, 4) == 0x55667788u);  // I/O
    // Other lengths are divided into what registers take.
    bench.in_simulation([&] { function.reads = function.writes = 0; });
    client.read(1, 1, 3);
    bench.in_simulation([&] { BOOST_TEST(function.reads == 2u); });
    client.write(1, 0, C::Bytes(0x1000));
    bench.in_simulation([&] { BOOST_TEST(function.writes == 0x200u); });
    // Memory behind a register takes any.
    C::Bytes data(0x8001);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(7 * i);
    client.write(2, 0x123, data);
    BOOST_TEST((client.read(2, 0x123, 0x8001) == data));
    BOOST_TEST(client.read(2, 0x10000, 0).empty());
    // Configuration space, in any pieces.
    BOOST_TEST(client.get<std::uint32_t>(7, 0) == 0x56781234u);
    BOOST_TEST(client.read(7, 1, 2) == (C::Bytes{0x12, 0x78}));
    const C::Bytes whole = client.read(7, 0, 4096);
    for (unsigned at = 0; at < 256; at += 4)
      BOOST_TEST((client.read(7, at, 4) == C::Bytes(whole.begin() + at, whole.begin() + at + 4)));
    client.put<std::uint16_t>(7, 4, 7);
    BOOST_TEST(client.get<std::uint16_t>(7, 4) == 7);
    // Out of range.
    const auto refused = [&](std::uint32_t region, std::uint64_t offset, std::uint32_t count) {
      BOOST_TEST(error_of(client, C::kRegionRead, C::access(region, offset, count)) != 0u);
      const C::Bytes none(std::min(count, 10000u));
      BOOST_TEST(error_of(client, C::kRegionWrite, C::access(region, offset, count, none)) != 0u);
    };
    refused(9, 0, 4);
    refused(~0u, 0, 4);
    refused(3, 0, 4);  // no such register
    refused(6, 0, 4);  // no ROM
    refused(1, 0x1000, 1);
    refused(1, 0xffd, 4);
    refused(1, ~0ull, 4);
    refused(7, 4096, 1);
    refused(7, 0, 4097);
    refused(2, 0, 0x10001);
    refused(2, 0, 0xffffffff);
    refused(2, 0, 0x100001);
    // Data that are not there.
    BOOST_TEST(error_of(client, C::kRegionWrite, C::access(2, 0, 4, C::Bytes(3))) != 0u);
    BOOST_TEST(error_of(client, C::kRegionWrite, C::access(2, 0, 4, C::Bytes(5))) != 0u);
    BOOST_TEST(error_of(client, C::kRegionRead, C::access(2, 0, 4, C::Bytes(5))) != 0u);
    BOOST_TEST(error_of(client, C::kRegionRead, C::Bytes(15)) != 0u);
    BOOST_TEST(error_of(client, C::kRegionWrite) != 0u);
  });
}

SIM_TEST_CASE(writes_together_and_without_replies) {
  VfioBench bench(kFunction);
  bench.run([&] {
    C client(bench.path);
    client.version();
    const auto several = [&](std::uint64_t count, std::size_t sent, std::uint32_t bytes) {
      C::Bytes payload = C::bytes_of(count);
      for (std::size_t i = 0; i < sent; ++i) {
        C::SmallWrite write{8 * i, 2, bytes, {}};
        std::memset(write.data, static_cast<int>(i + 1), sizeof write.data);
        const C::Bytes one = C::bytes_of(write);
        payload.insert(payload.end(), one.begin(), one.end());
      }
      return payload;
    };
    const C::Reply reply = client.call(C::kRegionWriteMulti, several(200, 200, 8));
    BOOST_TEST(reply.as<std::uint64_t>() == 200u);
    for (unsigned i = 0; i < 200; i += 7)
      BOOST_TEST((client.read(2, 8 * i, 8) == C::Bytes(8, static_cast<std::uint8_t>(i + 1))));
    // As QEMU sends it: without a reply, which the next read comes behind.
    client.post(C::kRegionWriteMulti, several(3, 3, 4), {}, C::kNoReply);
    client.post_write<std::uint32_t>(2, 64, 0x01020304);
    client.post(C::kRegionWrite, C::access(9, 0, 4, C::Bytes(4)), {}, C::kNoReply);  // refused
    BOOST_TEST(client.get<std::uint32_t>(2, 64) == 0x01020304u);
    BOOST_TEST(client.get<std::uint32_t>(2, 16) == 0x03030303u);
    for (const C::Bytes& wrong : {several(2, 3, 8), several(4, 3, 8), several(~0ull, 1, 8),
                                  several(1, 1, 9), C::Bytes(7), C::Bytes(33)})
      BOOST_TEST(error_of(client, C::kRegionWriteMulti, wrong) != 0u);
    BOOST_TEST(client.call(C::kRegionWriteMulti, several(0, 0, 0)).error == 0u);
    // Many at once: replies come in order.
    std::vector<std::uint16_t> ids;
    for (unsigned i = 0; i < 500; ++i)
      ids.push_back(client.post(C::kRegionRead, C::access(2, 8 * (i % 200), 8)));
    for (unsigned i = 0; i < 500; ++i) BOOST_TEST(client.wait_reply(ids[i]).payload.size() == 24u);
  });
  BOOST_TEST(bench.server.refusals.value() == 7u);
}

SIM_TEST_CASE(replies_that_are_read_late) {
  VfioBench bench(kFunction);
  bench.run([&] {
    C client(bench.path);
    client.version();
    std::vector<std::uint16_t> ids;
    for (unsigned i = 0; i < 30; ++i)
      ids.push_back(client.post(C::kRegionRead, C::access(2, 0, 0x10000)));
    usleep(100000);
    for (const std::uint16_t id : ids) BOOST_TEST(client.wait_reply(id).payload.size() == 0x10010u);
    // Never: there is a limit.
    for (unsigned i = 0; i < 200; ++i) client.post(C::kRegionRead, C::access(2, 0, 0x10000));
    usleep(300000);
    bool dropped = false;
    try {
      for (unsigned i = 0; i < 200; ++i) client.receive_bytes(0x10020);
    } catch (const std::runtime_error&) {
      dropped = true;
    }
    BOOST_TEST(dropped);
  });
}

SIM_TEST_CASE(a_reset) {
  VfioBench bench(kFunction);
  bench.run([&] {
    C client(bench.path);
    client.version();
    unsigned before = 0;
    bench.in_simulation([&] { before = bench.test_function().resets; });
    client.put<std::uint16_t>(7, 4, 7);
    BOOST_TEST(client.call(C::kReset, C::Bytes{}).payload.empty());
    BOOST_TEST(client.get<std::uint16_t>(7, 4) == 0);
    bench.in_simulation([&] { BOOST_TEST(bench.test_function().resets == before + 1); });
  });
}

SIM_TEST_CASE(what_is_not_offered) {
  VfioBench bench(kFunction);
  bench.run([&] {
    C client(bench.path);
    client.version();
    for (const std::uint16_t command :
         {C::kGetRegionIoFds, C::kDirtyPages, C::kDeviceFeature, C::kMigDataRead, C::kMigDataWrite})
      for (const std::size_t bytes : {0u, 8u, 16u, 200u})
        BOOST_TEST(error_of(client, command, C::Bytes(bytes)) == unsigned{ENOTSUP});
    for (const unsigned command : {0u, 19u, 100u, 0xffffu})
      BOOST_TEST(error_of(client, static_cast<std::uint16_t>(command)) == unsigned{ENOSYS});
    BOOST_TEST(error_of(client, C::kDmaRead, C::Bytes(16)) == unsigned{EINVAL});
    BOOST_TEST(client.get<std::uint16_t>(7, 0) == 0x1234);
  });
}
