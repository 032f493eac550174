// SPDX-License-Identifier: Apache-2.0
// Discard, write zeroes and secure erase.
#include "block_bench.h"

using namespace ringside;
using test::BlockBench;
using test::BlockStatus;
using test::times;

namespace {
constexpr auto kAll = {BlockBench::Discard, BlockBench::WriteZeroes, BlockBench::SecureErase};
const test::Driver::Bits kBits{9, 13, 14, 16};
}  // namespace

SIM_TEST_CASE(each_does_its_work_on_every_range) {
  BlockBench b("secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up(kBits));
    const std::string two = BlockBench::range(1, 2) + BlockBench::range(5, 1);
    const auto prepare = [&] { b.backend.data.assign(b.backend.data.size(), 'x'); };
    prepare();
    BOOST_TEST(b.status_of(BlockBench::Discard, 0, two) == BlockStatus::Ok);
    BOOST_TEST(b.on_disk(0, 4096) == times(512, 'x') + times(1024, '\xdd') + times(1024, 'x') +
                                         times(512, '\xdd') + times(1024, 'x'));
    BOOST_TEST(b.backend.discards == 2u);
    for (const auto type : {BlockBench::WriteZeroes, BlockBench::SecureErase}) {
      SPEC("blk.device-operation.6");
      prepare();
      BOOST_TEST(b.status_of(type, 0, two) == BlockStatus::Ok);
      BOOST_TEST(b.read(0, 4096).data == times(512, 'x') + times(1024, '\0') + times(1024, 'x') +
                                             times(512, '\0') + times(1024, 'x'));
      BOOST_TEST(!b.backend.unmapped);
    }
  });
  BOOST_TEST(b.device.others.value() == 3u);
}

SIM_TEST_CASE(write_zeroes_reads_as_zero_with_unmap_and_without) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-operation.6");
    BOOST_TEST_REQUIRE(b.bring_up({14}));
    for (const std::uint32_t unmap : {0u, 1u}) {
      BOOST_TEST(b.write(0, times(1024, 'z')).ok());
      BOOST_TEST(b.status_of(BlockBench::WriteZeroes, 0, BlockBench::range(0, 1, unmap)) ==
                 BlockStatus::Ok);
      BOOST_TEST(b.backend.unmapped == (unmap != 0));
      BOOST_TEST(b.read(0, 1024).data == times(512, '\0') + times(512, 'z'));
    }
  });
}

SIM_TEST_CASE(unknown_flags_are_unsupported_and_have_no_effect) {
  BlockBench b("secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up(kBits));
    for (const auto type : kAll)
      for (const std::uint32_t flags : {2u, 3u, 0x80000000u, 0xffffffffu}) {
        SPEC("blk.device-operation.4");
        // The wrong one comes last: those before it must not have been done.
        const std::string list = BlockBench::range(0, 1) + BlockBench::range(1, 1, flags);
        BOOST_TEST(b.status_of(type, 0, list) == BlockStatus::Unsupported);
      }
    SPEC("blk.device-operation.5");
    BOOST_TEST(b.status_of(BlockBench::Discard, 0, BlockBench::range(0, 1, 1)) ==
               BlockStatus::Unsupported);
    BOOST_TEST(b.status_of(BlockBench::SecureErase, 0, BlockBench::range(0, 1, 1)) ==
               BlockStatus::Unsupported);
    BOOST_TEST(b.backend.discards + b.backend.zeroes == 0u);
    // Unsupported wins over a range that would be an error.
    BOOST_TEST(b.status_of(BlockBench::Discard, 0,
                           BlockBench::range(5000, 1) + BlockBench::range(0, 1, 2)) ==
               BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(ranges_outside_the_disk_are_errors_and_have_no_effect) {
  BlockBench b("secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up(kBits));
    const std::uint64_t most = ~std::uint64_t{0};
    for (const auto type : kAll)
      for (const std::string& bad :
           {BlockBench::range(2048, 1), BlockBench::range(2047, 2), BlockBench::range(most, 1),
            BlockBench::range(most, 0xffffffff), BlockBench::range(most / 512, 1),
            BlockBench::range(0, 0xffffffff), BlockBench::range(0, 0x400000)})
        BOOST_TEST(b.status_of(type, 0, BlockBench::range(0, 1) + bad) == BlockStatus::IoError);
    BOOST_TEST(b.backend.discards + b.backend.zeroes == 0u);
    for (const auto type : kAll) {
      BOOST_TEST(b.status_of(type, 0, BlockBench::range(2047, 1)) == BlockStatus::Ok);
      BOOST_TEST(b.status_of(type, 0, BlockBench::range(2048, 0)) == BlockStatus::Ok);
      BOOST_TEST(b.status_of(type, 0, BlockBench::range(0, 2048)) == BlockStatus::Ok);
    }
  });
}

SIM_TEST_CASE(lists_of_the_wrong_length_are_errors) {
  BlockBench b("secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up(kBits));
    const unsigned most = b.config().max_discard_seg;
    BOOST_TEST(b.config().max_write_zeroes_seg == most);
    BOOST_TEST(b.config().max_secure_erase_seg == most);
    std::string list;
    for (unsigned i = 0; i < most; ++i) list += BlockBench::range(i, 1);
    for (const auto type : kAll) {
      BOOST_TEST(b.status_of(type, 0) == BlockStatus::IoError);
      BOOST_TEST(b.status_of(type, 0, times(15, '\0')) == BlockStatus::IoError);
      BOOST_TEST(b.status_of(type, 0, list.substr(0, 17)) == BlockStatus::IoError);
      BOOST_TEST(b.status_of(type, 0, list) == BlockStatus::Ok);
      BOOST_TEST(b.status_of(type, 0, list + BlockBench::range(0, 1)) == BlockStatus::IoError);
    }
    BOOST_TEST(b.backend.discards == most);
    BOOST_TEST(b.backend.zeroes == 2 * most);
  });
}

SIM_TEST_CASE(ranges_in_a_writable_buffer_are_an_error) {
  // As Linux sends a secure erase, at least up to 6.12.
  BlockBench b("secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up(kBits));
    for (const auto type : kAll) BOOST_TEST(b.status_of(type, 0, "", 16) == BlockStatus::IoError);
    BOOST_TEST(b.backend.discards + b.backend.zeroes == 0u);
  });
}
