// SPDX-License-Identifier: Apache-2.0
// The block device in RTL, end to end (virtio 1.4, 5.2): against an array that does the same.
#include <array>
#include <iostream>

#include "cosim/axi/random.h"
#include "rtl/bench.h"

using namespace ringside::test;

namespace {

constexpr unsigned kSectors = 64, kSectorBytes = 512;
constexpr std::uint32_t kIn = 0, kOut = 1, kFlush = 4, kGetId = 8;
constexpr std::uint8_t kOk = 0, kIoError = 1, kUnsupported = 2;

struct BlockBench : RtlBench {
  explicit BlockBench(std::uint64_t seed = 31) : RtlBench(settings(seed)), random(seed) {}
  static DutSettings settings(std::uint64_t seed) {
    DutSettings s;
    s.device = Device::Block;
    s.timing = {6, 20, 10, true, seed};
    return s;
  }

  bool up(const Driver::Bits& bits) {
    arena.release_all();
    head = arena.take(64, 64);
    data = arena.take(64 * 1024, 4096);
    return driver.bring_up(bits, 32);
  }
  /// `bytes` at `at` in up to five pieces.
  std::vector<Piece> cut(std::uint64_t at, std::uint32_t bytes) {
    std::vector<Piece> pieces;
    while (bytes != 0) {
      const std::uint32_t now = pieces.size() == 4 ? bytes : 1 + random.below(bytes);
      pieces.push_back({at, now});
      at += now;
      bytes -= now;
    }
    return pieces;
  }
  /// Sends a request of these pieces behind the header; the status byte comes after `in`.
  std::uint8_t request(std::uint32_t type, std::uint64_t sector, const std::vector<Piece>& out,
                       std::vector<Piece> in, std::uint32_t header_bytes = 16) {
    memory.store<std::uint32_t>(head, type);
    memory.store<std::uint32_t>(head + 4, 0);
    memory.store<std::uint64_t>(head + 8, sector);
    memory.store<std::uint8_t>(head + 32, 0xff);
    std::vector<Piece> readable = cut(head, header_bytes);  // any framing (2.7.4.2)
    readable.insert(readable.end(), out.begin(), out.end());
    std::uint32_t room = 1;
    for (const Piece& p : in) room += p.length;
    in.push_back({head + 32, 1});
    BOOST_REQUIRE(driver.queue().add(readable, in, 1, form));
    driver.submit();
    BOOST_REQUIRE(driver.wait_used(0, {1, sc_core::SC_MS}));
    const auto used = driver.queue().next_used();
    BOOST_REQUIRE(used.has_value());
    BOOST_TEST(used->written.value() == room);
    return memory.load<std::uint8_t>(head + 32);
  }
  std::uint8_t read(std::uint64_t sector, std::uint32_t bytes) {
    memory.write(data, std::vector<std::uint8_t>(bytes + 8, 0xee).data(), bytes + 8);
    return request(kIn, sector, {}, cut(data, bytes));
  }
  std::uint8_t write(std::uint64_t sector, const std::vector<std::uint8_t>& bytes) {
    memory.write(data, bytes.data(), bytes.size());
    return request(kOut, sector, cut(data, static_cast<std::uint32_t>(bytes.size())), {});
  }
  std::vector<std::uint8_t> bytes_read(std::size_t bytes) {
    std::vector<std::uint8_t> got(bytes);
    memory.read(data, got.data(), bytes);
    return got;
  }

  ringside::cosim::Random random;
  std::uint64_t head = 0, data = 0;
  Form form = Form::Direct;
};

/// Random reads and writes beside an array.
void random_traffic(const Driver::Bits& bits, Form form, std::uint64_t seed) {
  BlockBench bench(seed);
  std::cout << "seed " << seed << std::endl;
  bench.form = form;
  bench.run([&] {
    BOOST_REQUIRE(bench.up(bits));
    std::vector<std::uint8_t> disk(kSectors * kSectorBytes);
    for (unsigned sector = 0; sector < kSectors; ++sector)
      BOOST_TEST(bench.write(sector, std::vector<std::uint8_t>(kSectorBytes)) == kOk);
    for (unsigned i = 0; i < 150; ++i) {
      const unsigned sector = bench.random.below(kSectors);
      const std::uint32_t bytes =
          kSectorBytes * (1 + bench.random.below(std::min(9u, kSectors - sector)));
      const auto at = disk.begin() + sector * kSectorBytes;
      if (bench.random.below(2) == 0) {
        std::vector<std::uint8_t> out(bytes);
        for (auto& byte : out) byte = static_cast<std::uint8_t>(bench.random.below(256));
        BOOST_TEST(bench.write(sector, out) == kOk);
        std::copy(out.begin(), out.end(), at);
      } else {
        BOOST_TEST(bench.read(sector, bytes) == kOk);
        BOOST_TEST((bench.bytes_read(bytes) == std::vector<std::uint8_t>(at, at + bytes)),
                   "sector " << sector);
        BOOST_TEST(bench.memory.load<std::uint8_t>(bench.data + bytes) == 0xee);
      }
    }
    BOOST_TEST(bench.read(0, kSectors * kSectorBytes) == kOk);
    BOOST_TEST((bench.bytes_read(disk.size()) == disk));
  });
  BOOST_TEST(bench.dut->violations() == "");
}

}  // namespace

SIM_TEST_CASE(block_traffic_split) {
  random_traffic({32, 9}, Form::Direct, 41);
}
SIM_TEST_CASE(block_traffic_split_indirect_event_idx) {
  random_traffic({32, 9, 28, 29}, Form::Indirect, 42);
}
SIM_TEST_CASE(block_traffic_packed_indirect) {
  random_traffic({32, 34, 28}, Form::Indirect, 43);
}

SIM_TEST_CASE(block_configuration) {
  BlockBench bench;
  BOOST_TEST(bench.dut->device_id() == 2u);
  BOOST_TEST((bench.access.device_features(0) & 0xffffff) == 0x244u);
  std::uint64_t capacity = 0;
  std::uint32_t seg_max = 0, block_size = 0;
  bench.access.read_config(0, &capacity, 8);
  bench.access.read_config(12, &seg_max, 4);
  bench.access.read_config(20, &block_size, 4);
  BOOST_TEST(capacity == kSectors);
  BOOST_TEST(seg_max == 62u);
  BOOST_TEST(block_size == 512u);
}

SIM_TEST_CASE(block_requests_that_fail) {
  BlockBench bench;
  bench.run([&] {
    BOOST_REQUIRE(bench.up({32, 9}));
    const std::vector<std::uint8_t> sector(kSectorBytes, 0x5a);
    BOOST_TEST(bench.write(63, sector) == kOk);
    BOOST_TEST(bench.read(64, 512) == kIoError);
    BOOST_TEST((bench.bytes_read(512) == std::vector<std::uint8_t>(512)));  // nothing of anybody's
    BOOST_TEST(bench.read(63, 1024) == kIoError);
    BOOST_TEST(bench.read(~std::uint64_t{0}, 512) == kIoError);
    BOOST_TEST(bench.read(std::uint64_t{1} << 32, 512) == kIoError);
    BOOST_TEST(bench.read(0, 100) == kIoError);
    BOOST_TEST(bench.write(64, sector) == kIoError);
    BOOST_TEST(bench.write(std::uint64_t{1} << 40, sector) == kIoError);
    BOOST_TEST(bench.write(0, std::vector<std::uint8_t>(100)) == kIoError);
    BOOST_TEST(bench.write(63, std::vector<std::uint8_t>(1024, 0x77)) == kIoError);
    BOOST_TEST(bench.request(77, 0, {}, {}) == kUnsupported);
    BOOST_TEST(bench.request(kIn, 0, {}, {}, 5) == kIoError);  // a header cut short
    BOOST_TEST(bench.request(kIn, 0, {}, {}, 15) == kIoError);
    BOOST_TEST(bench.read(0, 512) == kOk);
    BOOST_TEST((bench.access.status() & 0x40) == 0);
  });
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(block_flush_and_id) {
  BlockBench bench;
  bench.run([&] {
    BOOST_REQUIRE(bench.up({32, 9, 34}));
    BOOST_TEST(bench.request(kFlush, 0, {}, {}) == kOk);
    bench.memory.write(bench.data, std::vector<std::uint8_t>(64, 0xee).data(), 64);
    BOOST_TEST(bench.request(kGetId, 0, {}, {{bench.data, 20}}) == kOk);
    char id[21] = {};
    bench.memory.read(bench.data, id, 20);
    BOOST_TEST(std::string(id) == "ringside-block");
    BOOST_TEST(bench.memory.load<std::uint8_t>(bench.data + 20) == 0xee);
  });
}

SIM_TEST_CASE(block_keeps_its_data_over_resets) {
  BlockBench bench;
  bench.run([&] {
    BOOST_REQUIRE(bench.up({32}));
    const std::vector<std::uint8_t> sector(kSectorBytes, 0x5a);
    BOOST_TEST(bench.write(7, sector) == kOk);
    for (unsigned nanoseconds = 0; nanoseconds < 3000; nanoseconds += 148) {
      BOOST_REQUIRE(bench.up({32}));
      bench.memory.store<std::uint32_t>(bench.head, kIn);
      bench.memory.store<std::uint64_t>(bench.head + 8, 7);
      bench.driver.queue().add({{bench.head, 16}}, {{bench.data, 4096}, {bench.head + 32, 1}}, 1,
                               Form::Direct);
      bench.driver.submit();
      sc_core::wait(sc_core::sc_time(nanoseconds, sc_core::SC_NS));
    }
    BOOST_REQUIRE(bench.up({32}));
    BOOST_TEST(bench.read(7, 512) == kOk);
    BOOST_TEST((bench.bytes_read(512) == sector));
  });
  BOOST_TEST(bench.dut->violations() == "");
}
