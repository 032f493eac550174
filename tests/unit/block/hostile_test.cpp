// SPDX-License-Identifier: Apache-2.0
// Requests that no driver should send. The device has to answer with an error or to ask for a
// reset, must not touch the disk, and must work again afterwards.
#include "block_bench.h"

using namespace ringside;
using test::Answer;
using test::BlockBench;
using test::BlockStatus;
using test::Form;
using test::Piece;
using test::times;

namespace {

constexpr std::uint8_t kNeedsReset = 64;

void works_again(BlockBench& b) {
  BOOST_TEST_REQUIRE(b.bring_up());
  BOOST_TEST(b.write(9, times(512, 'w')).ok());
  BOOST_TEST(b.read(9, 512).data == times(512, 'w'));
}

}  // namespace

SIM_TEST_CASE(ranges_beyond_the_disk) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const std::uint64_t most = ~std::uint64_t{0};
    for (const std::uint64_t sector : {std::uint64_t{2048}, std::uint64_t{2047}, most, most - 1,
                                       most / 512, most / 512 + 1, std::uint64_t{1} << 63}) {
      BOOST_TEST(b.read(sector, 1024).status == BlockStatus::IoError);
      BOOST_TEST(b.write(sector, times(1024, 'o')).status == BlockStatus::IoError);
    }
    BOOST_TEST(b.backend.reads + b.backend.writes == 0u);
    works_again(b);
  });
}

SIM_TEST_CASE(lengths_that_are_no_sectors) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    for (const std::uint32_t bytes : {1u, 511u, 513u, 1023u}) {
      BOOST_TEST(b.read(0, bytes).status == BlockStatus::IoError);
      BOOST_TEST(b.write(0, times(bytes, 'l')).status == BlockStatus::IoError);
    }
    BOOST_TEST(b.backend.reads + b.backend.writes == 0u);
  });
}

SIM_TEST_CASE(types_that_nobody_knows) {
  BlockBench b("lifetime: true, secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({9, 13, 14, 15, 16}));
    SPEC("blk.device-operation.13");
    for (std::uint32_t type = 0; type < 64; ++type) {
      if (type <= 1 || type == 4 || type == 8 || type == 10 || type == 11 || type == 13 ||
          type == 14)
        continue;
      BOOST_TEST(b.status_of(type, 0, times(512, 't'), 512) == BlockStatus::Unsupported);
    }
    for (const std::uint32_t type : {0x100u, 0x80000000u, 0x80000001u, 0xffffffffu})
      BOOST_TEST(b.status_of(type, 0) == BlockStatus::Unsupported);
    BOOST_TEST(b.backend.reads + b.backend.writes + b.backend.zeroes == 0u);
  });
}

SIM_TEST_CASE(a_header_that_is_too_short) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const std::string header = BlockBench::header(BlockBench::In, 0);
    for (const std::size_t bytes : {1, 8, 15}) {
      const Answer answer = b.send({b.put(header.substr(0, bytes))}, {b.take(512), b.take(1)});
      BOOST_TEST(answer.came);
      BOOST_TEST(answer.status == BlockStatus::IoError);
      BOOST_TEST(answer.data == times(512, '\xee'));
    }
    const Answer none = b.send({}, {b.take(1)});
    BOOST_TEST(none.status == BlockStatus::IoError);
    BOOST_TEST(none.used == 1u);
  });
}

SIM_TEST_CASE(no_byte_for_the_status) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const auto interrupts = b.access.config_interrupts();
    const Answer answer =
        b.send({b.put(BlockBench::header(BlockBench::Out, 0)), b.put(times(512, 'n'))}, {});
    BOOST_TEST(!answer.came);
    BOOST_TEST((b.access.status() & kNeedsReset) != 0);
    BOOST_TEST(b.access.config_interrupts() == interrupts + 1);
    BOOST_TEST(b.backend.writes == 0u);
    works_again(b);
  });
}

SIM_TEST_CASE(a_read_of_nothing_but_data_takes_the_last_byte_as_status) {
  // The driver forgot the status byte: the last byte of its data is it, so the length is wrong.
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const Answer answer = b.send({b.put(BlockBench::header(BlockBench::In, 0))}, {b.take(512)});
    BOOST_TEST(answer.status == BlockStatus::IoError);
    BOOST_TEST(answer.data == times(511, '\xee'));
  });
}

SIM_TEST_CASE(writable_data_in_a_write_and_readable_data_in_a_read) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const Answer put = b.request(BlockBench::Out, 0, times(512, 'p'), 512);
    BOOST_TEST(put.ok());
    BOOST_TEST(put.data == times(512, '\xee'));
    BOOST_TEST(put.used == 0u);  // the status lies behind bytes that were not written
    const Answer got = b.request(BlockBench::In, 0, times(512, 'q'), 512);
    BOOST_TEST(got.ok());
    BOOST_TEST(got.data == times(512, 'p'));
  });
}

SIM_TEST_CASE(buffers_that_overlap) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    // Data, header and status in the same bytes: whatever comes out, nothing may break.
    const Piece shared = b.put(BlockBench::header(BlockBench::Out, 0) + times(512, 'v'));
    b.send({{shared.address, 16}, {shared.address, 512}}, {{shared.address, 1}});
    b.memory.write(shared.address, BlockBench::header(BlockBench::In, 0).data(), 16);
    b.send({{shared.address, 16}},
           {{shared.address, 512}, {shared.address, 512}, {shared.address, 1}});
    works_again(b);
  });
}

SIM_TEST_CASE(buffers_outside_memory) {
  BlockBench b;
  b.run([&] {
    const Piece header = [&] { return b.put(BlockBench::header(BlockBench::In, 0)); }();
    const auto breaks = [&](const std::vector<Piece>& readable,
                            const std::vector<Piece>& writable) {
      BOOST_TEST_REQUIRE(b.bring_up());
      b.send(readable, writable);
      BOOST_TEST((b.access.status() & kNeedsReset) != 0);
    };
    breaks({{0x1000, 16}}, {b.take(1)});
    breaks({header}, {{0x1000, 512}, b.take(1)});
    breaks({header}, {b.take(512), {0x1000, 1}});
    breaks({header}, {{BlockBench::kBase + BlockBench::kBytes - 256, 512}, b.take(1)});
    breaks({header}, {{~std::uint64_t{0} - 100, 512}, b.take(1)});
    breaks({b.put(BlockBench::header(BlockBench::Out, 0)), {0x1000, 512}}, {b.take(1)});
    works_again(b);
  });
}

SIM_TEST_CASE(chains_of_four_gigabytes) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const Piece header = b.put(BlockBench::header(BlockBench::In, 0));
    const Piece status = b.take(1);
    // Just below what 32 bits can count, and more than the disk: an error, found without looking
    // at the buffers.
    std::vector<Piece> most(62, Piece{BlockBench::kBase, 64u << 20});
    most.push_back(status);
    BOOST_REQUIRE(b.driver.queue().add({header}, most, 1, Form::Direct));
    b.driver.submit();
    BOOST_TEST(b.driver.wait_used(0, {10, sc_core::SC_MS}));
    BOOST_TEST(b.load(status) == "\x01");
    BOOST_TEST(b.driver.queue().next_used()->written.value() == 0u);
    // A sum that does not fit breaks the ring.
    BOOST_REQUIRE(b.driver.queue().add(
        {header}, {{BlockBench::kBase, 0xffffffff}, {BlockBench::kBase, 0xffffffff}, status}, 1,
        Form::Direct));
    b.driver.submit();
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    BOOST_TEST((b.access.status() & kNeedsReset) != 0);
    BOOST_TEST(b.backend.reads == 0u);
    works_again(b);
  });
}

SIM_TEST_CASE(a_reset_in_the_middle_of_a_request) {
  BlockBench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (unsigned step = 1; step < 12; ++step) {
      BOOST_TEST_REQUIRE(b.bring_up());
      unsigned seen = 0;
      b.memory.observer = [&](const test::TestMemory::Access& access) {
        if (access.step == Step::Payload && ++seen == step) b.device.write_status(0);
      };
      const std::uint32_t type = step % 2 ? BlockBench::In : BlockBench::Out;
      b.request(type, 0, type == BlockBench::Out ? times(300 << 10, 'r') : "",
                type == BlockBench::In ? 300 << 10 : 0);
      b.memory.observer = nullptr;
      works_again(b);
    }
  });
}

SIM_TEST_CASE(a_queue_reset_in_the_middle_of_a_request) {
  BlockBench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({40}));
    bool done = false;
    b.memory.observer = [&](const test::TestMemory::Access& access) {
      if (access.step != Step::Payload || done) return;
      done = true;
      b.access.reset_queue(0);
    };
    BOOST_TEST(!b.write(0, times(4096, 'q')).came);
    while (b.access.queue_resetting(0)) sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
    BOOST_TEST_REQUIRE(b.driver.add_queue(0, 64));
    BOOST_TEST(b.write(0, times(4096, 'q')).ok());
  });
}

SIM_TEST_CASE(random_requests) {
  BlockBench b("zoned: host_aware, zone_size: 64KiB, secure_erase: true, lifetime: true");
  b.run(
      [&] {
        std::uint32_t random = 12345;
        const auto next = [&](std::uint32_t below) {
          random = random * 1664525u + 1013904223u;
          return (random >> 8) % below;
        };
        for (unsigned i = 0; i < 3000; ++i) {
          if (i % 500 == 0) {
            BOOST_TEST_REQUIRE(b.bring_up({9, 13, 14, 15, 16, 17}));
          }
          std::string header(next(3) == 0 ? next(20) : 16, '\0');
          for (char& byte : header) byte = static_cast<char>(next(3) == 0 ? next(256) : next(3));
          if (!header.empty()) header[0] = static_cast<char>(next(28));
          std::string data(next(4) == 0 ? next(3000) : 512 * next(4), 'r');
          for (char& byte : data) byte = static_cast<char>(next(2) == 0 ? 0 : next(256));
          std::vector<Piece> readable, writable;
          if (!header.empty()) readable.push_back(b.put(header));
          if (!data.empty()) readable.push_back(b.put(data));
          if (next(2) == 0) writable.push_back(b.take(next(3) == 0 ? 1 + next(2000) : 512));
          writable.push_back(b.take(1 + next(2) * next(9)));
          BOOST_TEST_REQUIRE(b.send(readable, writable).came);
        }
        works_again(b);
      },
      {10, sc_core::SC_SEC});
}
