// SPDX-License-Identifier: Apache-2.0
// Requests that no driver should send.
#include <algorithm>
#include <random>

#include "unit/gpu/gpu_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(commands_that_are_not_there_are_refused) {
  GpuBench b;
  b.run([&] {
    SPEC("gpu.device-initialization.5");  // no host visible memory, so no mapping of blobs
    BOOST_TEST_REQUIRE(b.start());
    for (std::uint32_t type :
         {0u, 0xffu, 0x10eu, 0x200u, 0x207u, 0x208u, 0x209u, 0x300u, 0x1100u, ~0u})
      BOOST_TEST(b.ask(static_cast<GpuType>(type), {0, 0, 0, 0}) == b.kUnspec);
    // Features that have not been negotiated.
    BOOST_TEST(b.ask(GpuType::ResourceAssignUuid, {1, 0}) == b.kUnspec);
    BOOST_TEST(b.ask(GpuType::ResourceCreateBlob, {1, 1, 0, 0, 0, 0, 64, 0}) == b.kUnspec);
    BOOST_TEST(b.ask(GpuType::GetCapsetInfo, {0, 0}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::GetCapset, {0, 0}) == b.kBadParameter);
  });
}

SIM_TEST_CASE(short_requests_and_short_room_get_an_answer_or_none) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    for (std::uint32_t type = 0x101; type <= 0x10a; ++type) {
      if (type == 0x108 || type == 0x109) continue;  // capability sets: refused whatever they say
      BOOST_TEST(b.ask(static_cast<GpuType>(type), {1}) == b.kBadParameter, "type " << type);
    }
    BOOST_TEST(b.type_of(b.send(Bytes(10))) == b.kUnspec);
    BOOST_TEST(b.send(b.request(GpuType::GetDisplayInfo), 23).empty());
    BOOST_TEST(b.send(b.request(GpuType::GetDisplayInfo), 0).empty());
    BOOST_TEST(b.type_of(b.send(b.request(GpuType::GetDisplayInfo), 24)) == b.kBadParameter);
    BOOST_TEST(b.type_of(b.send(b.request(GpuType::GetDisplayInfo), 407)) == b.kBadParameter);
    BOOST_TEST(b.send(b.request(GpuType::GetDisplayInfo), 408).size() == 408u);
    BOOST_TEST(!(b.access.status() & kNeedsReset));
  });
}

SIM_TEST_CASE(rectangles_and_ids_are_checked) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 32, 32, 1);
    const std::uint32_t big = 0xfffffff0;
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 33, 32, 0, 5}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::SetScanout, {big, 0, 32, 32, 0, 5}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 0, 32, 0, 5}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 32, 32, 2, 5}) == b.kBadScanout);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 32, 32, 0, 6}) == b.kBadResource);
    BOOST_TEST(b.ask(GpuType::ResourceFlush, {1, 0, 32, 32, 5, 0}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::ResourceFlush, {0, 0, 1, 1, 6, 0}) == b.kBadResource);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 1, 32, 32, 0, 0, 5, 0}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 32, 32, 4, 0, 5, 0}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 32, 32, ~0u, ~0u, 5, 0}) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 32, 32, 0, 0, 6, 0}) == b.kBadResource);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 0, 32, 0, 0, 5, 0}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::ResourceDetachBacking, {5, 0}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 32, 32, 0, 0, 5, 0}) == b.kUnspec);
  });
}

SIM_TEST_CASE(memory_of_the_host_is_bounded) {
  GpuBench b("max_hostmem: 1MiB, max_entries: 4, scanouts: 16");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.ask(GpuType::ResourceCreate2d, {1, 1, 65536, 65536}) == b.kNoMemory);
    BOOST_TEST(b.ask(GpuType::ResourceCreate2d, {1, 1, ~0u, ~0u}) == b.kNoMemory);
    BOOST_TEST(b.ask(GpuType::ResourceCreate2d, {1, 1, 256, 512}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::ResourceAttachBacking, {1, 5}) == b.kNoMemory);
    BOOST_TEST(b.ask(GpuType::ResourceAttachBacking, {1, ~0u}) == b.kNoMemory);
    BOOST_TEST(b.ask(GpuType::ResourceAttachBacking, {1, 4}) == b.kBadParameter);
    // Displays keep copies: half a MiB each, so there is room for two.
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 256, 512, 0, 1}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 256, 512, 1, 1}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 256, 512, 2, 1}) == b.kNoMemory);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 256, 512, 1, 1}) == b.kOk);
  });
}

SIM_TEST_CASE(backing_outside_memory_is_an_error_and_no_more) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.ask(GpuType::ResourceCreate2d, {1, 1, 16, 16}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::ResourceAttachBacking, {1, 1, 0xfffffff0, ~0u, 4096, 0}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 16, 16, 0, 0, 1, 0}) == b.kUnspec);
    BOOST_TEST(b.ask(GpuType::GetDisplayInfo) == static_cast<int>(GpuType::OkDisplayInfo));
  });
}

SIM_TEST_CASE(random_requests_break_nothing) {
  GpuBench b("scanouts: 3, blob: true, resource_uuid: true, max_hostmem: 1MiB, max_entries: 64");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    std::mt19937 random(1);
    const auto below = [&](std::uint32_t bound) {
      return static_cast<std::uint32_t>(random() % bound);
    };
    unsigned answered = 0;
    std::size_t most = 0;  // resources at once
    for (int i = 0; i < 3000; ++i) {
      const unsigned queue = below(8) == 0 ? 1 : 0;
      Bytes bytes = b.request(static_cast<GpuType>(queue ? 0x300 + below(3) : 0x100 + below(15)));
      const std::uint32_t fields = below(20);
      for (std::uint32_t k = 0; k < fields; ++k) {
        const std::uint32_t kinds[] = {
            0, 1, below(4), below(70), 64, 4096, 0x80000000 + below(1 << 20), ~0u};
        std::uint8_t field[4];
        put_le32(field, kinds[below(8)]);
        bytes.insert(bytes.end(), field, field + 4);
      }
      if (below(500) == 0) {
        b.driver.reset();
        BOOST_TEST_REQUIRE(b.start());
      }
      answered += !b.send(bytes, below(3) == 0 ? below(60) : 1100, queue).empty();
      most = std::max(most, b.device.resources().count());
      BOOST_TEST_REQUIRE(b.device.resources().bytes() <= 1u << 20);
      BOOST_TEST_REQUIRE(!(b.access.status() & kNeedsReset));
    }
    BOOST_TEST(answered > 2000u);
    BOOST_TEST(most > 1u);
  });
}
