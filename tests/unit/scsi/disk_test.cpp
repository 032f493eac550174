// SPDX-License-Identifier: Apache-2.0
#include "unit/scsi/unit_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::scsi;

static const std::string kDisk = "type: disk, backend: {type: memory, size: 1MiB}";

SIM_TEST_CASE(each_length_of_command_reads_and_writes) {
  DiskBench b(kDisk);
  b.wake();
  const Bytes data = pattern(1024, 1);
  BOOST_TEST(b.command({kWrite6, 0, 0, 10, 2}, data).good());
  BOOST_TEST((b.command({kRead6, 0, 0, 10, 2}).in == data));
  BOOST_TEST(b.command({kWrite10, 0, 0, 0, 0, 20, 0, 0, 2}, data).good());
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 20, 0, 0, 2}).in == data));
  BOOST_TEST(b.command({kWrite12, 0, 0, 0, 0, 30, 0, 0, 0, 2}, data).good());
  BOOST_TEST((b.command({kRead12, 0, 0, 0, 0, 30, 0, 0, 0, 2}).in == data));
  BOOST_TEST(b.command({kWrite16, 8, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 2}, data).good());
  BOOST_TEST((b.command({kRead16, 0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 2}).in == data));
  BOOST_TEST(b.command({kWriteAndVerify10, 0, 0, 0, 0, 50, 0, 0, 2}, data).good());
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 50, 0, 0, 2}).in == data));
  // 0 blocks: 256 in the short form, none in the others.
  BOOST_TEST(b.command({kRead6, 0, 0, 0, 0}, {}, 256 * 512).in.size() == 256u * 512);
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 0, 0, 0, 0}).in.empty());
  // Longer than the buffer on the way.
  const Bytes large = pattern(300 * 1024, 3);
  BOOST_TEST(b.command({kWrite10, 0, 0, 0, 0, 0, 0, 2, 88}, large).good());
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 0, 0, 2, 88}, {}, 300 * 1024).in == large));
}

SIM_TEST_CASE(ranges_are_checked_and_short_buffers_overrun) {
  DiskBench b(kDisk);
  b.wake();
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 7, 255, 0, 0, 1}).good());
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 7, 255, 0, 0, 2}).failed(sense::kOutOfRange));
  BOOST_TEST(b.command({kRead16, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 2})
                 .failed(sense::kOutOfRange));
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 0, 0, 0, 2}, {}, 1023).overrun);
  BOOST_TEST(b.command({kWrite10, 0, 0, 0, 0, 0, 0, 0, 2}, Bytes(1023)).overrun);
  BOOST_TEST(b.command({kRead10, 0x20, 0, 0, 0, 0, 0, 0, 1}).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 0, 0, 0, 1}, {}, 4096, true).lost);
}

SIM_TEST_CASE(capacity_is_told_in_both_forms) {
  DiskBench b("type: disk, block_size: 4096, backend: {type: memory, size: 1MiB}");
  b.wake();
  BOOST_TEST((b.command({kReadCapacity10}).in == Bytes{0, 0, 0, 255, 0, 0, 16, 0}));
  const Done done =
      b.command({kServiceActionIn16, kReadCapacity16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32});
  BOOST_TEST(get64(done.in.data()) == 255u);
  BOOST_TEST(get32(&done.in[8]) == 4096u);
  BOOST_TEST(done.in[14] == 0xc0);
  BOOST_TEST(b.command({kServiceActionIn16, 0x11}).failed(sense::kInvalidField));
}

SIM_TEST_CASE(comparing_finds_a_difference) {
  DiskBench b(kDisk);
  b.wake();
  const Bytes one = pattern(512, 1), two = pattern(512, 2);
  b.command({kWrite10, 0, 0, 0, 0, 5, 0, 0, 1}, one);
  BOOST_TEST(b.command({kVerify10, 2, 0, 0, 0, 5, 0, 0, 1}, one).good());
  BOOST_TEST(b.command({kVerify10, 2, 0, 0, 0, 5, 0, 0, 1}, two).failed(sense::kMiscompare));
  BOOST_TEST(b.command({kVerify10, 0, 0, 0, 0, 5, 0, 0, 1}).good());
  BOOST_TEST(
      b.command({kVerify16, 6, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1}).failed(sense::kInvalidField));
  Bytes both = two;
  both.insert(both.end(), two.begin(), two.end());
  const auto swap = [&](const Bytes& data) {
    return b.command({kCompareAndWrite, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1}, data);
  };
  BOOST_TEST(swap(both).failed(sense::kMiscompare));
  std::copy(one.begin(), one.end(), both.begin());
  BOOST_TEST(swap(both).good());
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 5, 0, 0, 1}).in == two));
  BOOST_TEST(swap(one).overrun);
}

SIM_TEST_CASE(unmapped_blocks_read_as_zeroes) {
  DiskBench b(kDisk + ", max_unmap_descriptors: 2");
  b.wake();
  b.command({kWrite10, 0, 0, 0, 0, 0, 0, 0, 8}, pattern(4096, 1));
  const auto list = [](std::initializer_list<std::pair<unsigned, unsigned>> ranges) {
    Bytes bytes(8 + 16 * ranges.size());
    put16(&bytes[0], bytes.size() - 2);
    put16(&bytes[2], bytes.size() - 8);
    std::size_t at = 8;
    for (const auto& [first, count] : ranges) {
      put64(&bytes[at], first);
      put32(&bytes[at + 8], count);
      at += 16;
    }
    return bytes;
  };
  const auto unmap = [&](const Bytes& bytes) {
    return b.command({kUnmap, 0, 0, 0, 0, 0, 0, 0, static_cast<unsigned>(bytes.size())}, bytes);
  };
  BOOST_TEST(unmap(list({{1, 1}, {2000, 100}})).failed(sense::kOutOfRange));
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 1, 0, 0, 1}).in != Bytes(512)));
  BOOST_TEST(unmap(list({{1, 1}, {3, 2}})).good());
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 1, 0, 0, 1}).in == Bytes(512)));
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 2, 0, 0, 1}).in != Bytes(512)));
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 3, 0, 0, 2}).in == Bytes(1024)));
  BOOST_TEST(unmap(list({{0, 1}, {1, 1}, {2, 1}})).failed(sense::kInvalidParameter));
  BOOST_TEST(unmap(Bytes(7)).failed(sense::kParameterListLength));
  BOOST_TEST(b.command({kUnmap, 1}).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kUnmap}).good());
  DiskBench thick(kDisk + ", max_unmap_descriptors: 0");
  thick.wake();
  BOOST_TEST(thick.command({kUnmap}).failed(sense::kInvalidOpcode));
}

SIM_TEST_CASE(one_block_can_be_written_many_times) {
  DiskBench b(kDisk + ", max_write_same: 512");
  b.wake();
  const Bytes block = pattern(512, 9);
  BOOST_TEST(b.command({kWriteSame10, 0, 0, 0, 0, 4, 0, 1, 44}, block).good());
  const Bytes read = b.command({kRead10, 0, 0, 0, 0, 4, 0, 1, 45}, {}, 301 * 512).in;
  for (std::size_t i = 0; i < 300 * 512; ++i) BOOST_TEST_REQUIRE(read[i] == block[i % 512]);
  BOOST_TEST((Bytes(read.end() - 512, read.end()) == Bytes(512)));
  // Without data: zeroes, unmapped.
  BOOST_TEST(b.command({kWriteSame16, 9, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2}).good());
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 5, 0, 0, 2}).in == Bytes(1024)));
  BOOST_TEST(b.command({kWriteSame10, 0, 0, 0, 0, 4, 0, 0, 0}, block).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kWriteSame10, 0, 0, 0, 0, 4, 0, 2, 1}, block).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kWriteSame10, 0, 0, 0, 0, 4, 0, 0, 2}, Bytes(100)).overrun);
}

SIM_TEST_CASE(a_read_only_disk_refuses_every_change) {
  DiskBench b("type: disk, backend: {type: memory, size: 1MiB, read_only: true}");
  b.wake();
  BOOST_TEST(b.command({kModeSense6, 0, 0x3f, 0, 255}).in[2] == 0x90);
  const Bytes data(512);
  BOOST_TEST(b.command({kWrite10, 0, 0, 0, 0, 0, 0, 0, 1}, data).failed(sense::kWriteProtected));
  BOOST_TEST(
      b.command({kWriteSame10, 0, 0, 0, 0, 0, 0, 0, 1}, data).failed(sense::kWriteProtected));
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 0, 0, 0, 1}).good());
  BOOST_TEST(b.command({kSynchronizeCache10}).good());
}

SIM_TEST_CASE(a_stopped_disk_is_not_ready_and_a_removable_one_can_go) {
  DiskBench b(kDisk + ", removable: true");
  b.wake();
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 0}).good());
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kBecomingReady));
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 0, 0, 0, 1}).failed(sense::kBecomingReady));
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 1}).good());
  BOOST_TEST(b.command({kPreventAllow, 0, 0, 0, 1}).good());
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 2}).failed(sense::kRemovalPrevented));
  BOOST_TEST(b.command({kPreventAllow, 0, 0, 0, 0}).good());
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 2}).good());
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kNoMedium));
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 3}).good());
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kMediumChanged));
  DiskBench fixed(kDisk);
  fixed.wake();
  BOOST_TEST(fixed.command({kPreventAllow}).failed(sense::kInvalidField));
  BOOST_TEST(fixed.command({kStartStopUnit, 0, 0, 0, 2}).failed(sense::kInvalidField));
}

SIM_TEST_CASE(another_capacity_is_a_unit_attention) {
  DiskBench b(kDisk);
  b.wake();
  b.unit.resize(Size{2 << 20});
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kCapacityChanged));
  BOOST_TEST(get32(b.command({kReadCapacity10}).in.data()) == 4095u);
  BOOST_CHECK_THROW(b.unit.resize(Size{1000}), CommandError);
  BOOST_CHECK_THROW(b.unit.resize(Size{0}), CommandError);
}
