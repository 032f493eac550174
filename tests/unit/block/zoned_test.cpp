// SPDX-License-Identifier: Apache-2.0
// A zoned disk as a driver sees it.
#include "block_bench.h"

using namespace ringside;
using test::Answer;
using test::BlockBench;
using test::BlockStatus;
using test::Piece;
using test::times;

namespace {

constexpr unsigned kSectors = 128;  // 64 KiB
const char* const kManaged =
    "zoned: host_managed, zone_size: 64KiB, zone_capacity: 48KiB, conventional_zones: 2, "
    "max_open_zones: 2, max_active_zones: 3, max_append: 8KiB, write_granularity: 4KiB, "
    "block_size: 4KiB";
const char* const kAware = "zoned: host_aware, zone_size: 64KiB, max_append: 8KiB";

std::uint64_t zone(unsigned number, unsigned offset = 0) {
  return number * kSectors + offset;
}

struct Append {
  BlockStatus status;
  std::uint64_t where;
};
Append append(BlockBench& b, std::uint64_t sector, const std::string& data) {
  const Answer answer = b.request(BlockBench::ZoneAppend, sector, data, 8);
  BOOST_TEST(answer.came);
  std::uint64_t where = 0;
  std::memcpy(&where, answer.data.data(), 8);
  if (answer.ok()) BOOST_TEST(answer.used == 9u);
  return {answer.status, where};
}

struct Report {
  Answer answer;
  std::uint64_t count = 0;
  std::vector<virtio::ZoneDescriptor> zones;
};
Report report(BlockBench& b, std::uint64_t sector, unsigned room) {
  Report r;
  r.answer = b.request(BlockBench::ZoneReport, sector, "", 64 + 64 * room);
  if (!r.answer.ok()) return r;
  std::memcpy(&r.count, r.answer.data.data(), 8);
  r.zones.resize(r.count);
  if (r.count != 0) std::memcpy(r.zones.data(), r.answer.data.data() + 64, 64 * r.count);
  return r;
}
int state(BlockBench& b, unsigned number) {
  return report(b, zone(number), 1).zones.at(0).z_state;
}

constexpr int kEmpty = 1, kImplicit = 2, kExplicit = 3, kClosed = 4, kReadOnly = 13, kFull = 14,
              kOffline = 15;

}  // namespace

SIM_TEST_CASE(a_managed_disk_is_described_in_its_configuration) {
  BlockBench b(kManaged);
  b.run([&] {
    BOOST_TEST(b.offers(17));
    BOOST_TEST(!b.offers(13));
    BOOST_TEST(!b.offers(14));
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    SPEC("blk.device-initialization.9");
    BOOST_TEST(int{b.config<std::uint8_t>(92)} == 1);
    SPEC("blk.device-initialization.10");
    BOOST_TEST(b.config<std::uint32_t>(72) == kSectors);
    SPEC("blk.device-initialization.11");
    BOOST_TEST(b.config<std::uint32_t>(76) == 2u);
    SPEC("blk.device-initialization.12");
    BOOST_TEST(b.config<std::uint32_t>(80) == 3u);
    SPEC("blk.device-initialization.13");
    BOOST_TEST(b.config<std::uint32_t>(84) == 16u);
    SPEC("blk.device-initialization.15");
    BOOST_TEST(b.config<std::uint32_t>(88) == 4096u);
    SPEC("blk.device-initialization.16");
    BOOST_TEST((b.config<std::uint32_t>(92) >> 8) == 0u);
    BOOST_TEST(!b.device.resize(2 << 20));
  });
}

SIM_TEST_CASE(max_append_fits_into_a_request) {
  SPEC("blk.device-initialization.14");
  BlockBench b(
      "zoned: host_managed, zone_size: 64KiB, size_max: 4096, seg_max: 2, max_append: 8KiB");
  const auto c = b.config();
  BOOST_TEST(c.zoned.max_append_sectors * 512u <= std::uint64_t{c.seg_max} * c.size_max);
}

SIM_TEST_CASE(a_driver_that_knows_no_zones_is_kept_off_a_managed_disk) {
  BlockBench b(kManaged);
  b.run([&] {
    SPEC("blk.device-initialization.8");
    BOOST_TEST(!b.driver.negotiate({32, 9}));
    BOOST_TEST(b.driver.negotiate({32, 9, 17}));
    // The legacy interface has no way to say no.
    b.access.use_legacy(true);
    b.driver.reset();
    b.access.set_status(3);
    BOOST_TEST_REQUIRE(b.driver.add_queue(0, 64));
    b.access.set_status(7);
    BOOST_TEST(b.write(zone(2), times(4096, 'l')).status == BlockStatus::IoError);
    BOOST_TEST(b.read(zone(2), 4096).status == BlockStatus::IoError);
    BOOST_TEST(b.backend.writes == 0u);
  });
}

SIM_TEST_CASE(an_aware_disk_serves_a_driver_that_knows_no_zones) {
  BlockBench b(kAware);
  b.run([&] {
    SPEC("blk.device-initialization.7");
    SPEC("blk.device-initialization.9");
    BOOST_TEST(int{b.config().zoned.model} == 2);
    BOOST_TEST_REQUIRE(b.bring_up({13, 14}));
    for (std::size_t at = 72; at < 96; ++at) BOOST_TEST(int{b.config<std::uint8_t>(at)} == 0);
    SPEC("blk.device-operation.13");
    for (const auto type : {BlockBench::ZoneAppend, BlockBench::ZoneReport, BlockBench::ZoneOpen,
                            BlockBench::ZoneClose, BlockBench::ZoneFinish, BlockBench::ZoneReset,
                            BlockBench::ZoneResetAll})
      BOOST_TEST(b.status_of(type, 0, times(512, 'z'), 512) == BlockStatus::Unsupported);
    BOOST_TEST(b.write(zone(3, 77), times(1024, 'w')).ok());
    BOOST_TEST(b.read(zone(3, 77), 1024).data == times(1024, 'w'));
    BOOST_TEST(b.status_of(BlockBench::WriteZeroes, 0, BlockBench::range(zone(4), 8)) ==
               BlockStatus::Ok);
    // One that does finds the zones that were written full.
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(int{b.config().zoned.model} == 2);
    BOOST_TEST(state(b, 3) == kFull);
    BOOST_TEST(state(b, 4) == kFull);
    BOOST_TEST(state(b, 5) == kEmpty);
    BOOST_TEST(b.read(zone(3, 77), 1024).data == times(1024, 'w'));
  });
}

SIM_TEST_CASE(writes_follow_the_write_pointer) {
  BlockBench b(kManaged);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(b.write(zone(2), times(8192, 'a')).ok());
    BOOST_TEST(b.write(zone(2, 16), times(4096, 'b')).ok());
    BOOST_TEST(state(b, 2) == kImplicit);
    BOOST_TEST(report(b, zone(2), 1).zones[0].z_wp == zone(2, 24));
    SPEC("blk.device-operation.28");
    BOOST_TEST(b.write(zone(2, 16), times(4096, 'c')).status ==
               BlockStatus::ZoneUnalignedWritePointer);
    BOOST_TEST(b.write(zone(2, 32), times(4096, 'c')).status ==
               BlockStatus::ZoneUnalignedWritePointer);
    BOOST_TEST(b.write(zone(2, 24), times(512, 'c')).status ==
               BlockStatus::ZoneUnalignedWritePointer);
    SPEC("blk.device-operation.23");
    BOOST_TEST(b.write(zone(2, 24), times(40 << 10, 'c')).status ==
               BlockStatus::ZoneInvalidCommand);
    SPEC("blk.device-operation.27");
    BOOST_TEST(b.write(zone(2, 24), times(64 << 10, 'c')).status ==
               BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.read(zone(2), (64 << 10) + 512).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.read(zone(2), 12288).data == times(8192, 'a') + times(4096, 'b'));
  });
}

SIM_TEST_CASE(what_was_not_written_reads_as_zero) {
  BlockBench b(kManaged);
  b.run([&] {
    SPEC("blk.device-operation.31");
    SPEC("blk.device-operation.32");
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(b.write(zone(2), times(4096, 'a')).ok());
    // Whatever lies behind the write pointer in the back end is not the disk's.
    std::fill(b.backend.data.begin() + zone(2, 8) * 512, b.backend.data.begin() + zone(3) * 512, 7);
    BOOST_TEST(b.read(zone(2), 65536).data == times(4096, 'a') + times(65536 - 4096, '\0'));
    BOOST_TEST(b.status_of(BlockBench::ZoneFinish, zone(2)) == BlockStatus::Ok);
    BOOST_TEST(b.read(zone(2, 4), 4096).data == times(2048, 'a') + times(2048, '\0'));
    BOOST_TEST(b.status_of(BlockBench::ZoneReset, zone(2)) == BlockStatus::Ok);
    BOOST_TEST(b.read(zone(2), 4096).data == times(4096, '\0'));
    BOOST_TEST(b.on_disk(zone(2), 65536) == times(65536, '\0'));
  });
}

SIM_TEST_CASE(appends_tell_where_the_data_went) {
  BlockBench b(kManaged);
  b.run([&] {
    SPEC("blk.device-operation.24");
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    for (unsigned i = 0; i < 3; ++i) {
      const Append a = append(b, zone(4), times(4096, static_cast<char>('0' + i)));
      BOOST_TEST(a.status == BlockStatus::Ok);
      BOOST_TEST(a.where == zone(4, 8 * i));
    }
    BOOST_TEST(b.read(zone(4), 12288).data ==
               times(4096, '0') + times(4096, '1') + times(4096, '2'));
    SPEC("blk.device-operation.15");
    BOOST_TEST(append(b, zone(0), times(4096, 'c')).status == BlockStatus::ZoneInvalidCommand);
    SPEC("blk.device-operation.22");
    BOOST_TEST(append(b, zone(4, 24), times(4096, 'c')).status == BlockStatus::ZoneInvalidCommand);
    SPEC("blk.device-operation.26");
    BOOST_TEST(append(b, zone(4), times(12288, 'c')).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(append(b, zone(4), times(512, 'c')).status ==
               BlockStatus::ZoneUnalignedWritePointer);
    BOOST_TEST(append(b, zone(4), times(100, 'c')).status ==
               BlockStatus::ZoneUnalignedWritePointer);
    BOOST_TEST(append(b, zone(16), times(4096, 'c')).status == BlockStatus::ZoneInvalidCommand);
    SPEC("blk.device-operation.23");
    for (unsigned i = 3; i < 11; ++i)
      BOOST_TEST(append(b, zone(4), times(4096, 'f')).status == BlockStatus::Ok);
    BOOST_TEST(append(b, zone(4), times(8192, 'f')).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(append(b, zone(4), times(4096, 'f')).status == BlockStatus::Ok);
    BOOST_TEST(state(b, 4) == kFull);
    BOOST_TEST(append(b, zone(4), times(4096, 'f')).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.status_of(BlockBench::ZoneAppend, zone(5), times(4096, 's'), 7) ==
               BlockStatus::IoError);  // no room for the answer
    BOOST_TEST(state(b, 5) == kEmpty);
  });
}

SIM_TEST_CASE(a_disk_without_appends_says_unsupported) {
  BlockBench b("zoned: host_managed, zone_size: 64KiB, max_append: 0B");
  b.run([&] {
    SPEC("blk.device-operation.25");
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(b.config().zoned.max_append_sectors == 0u);
    BOOST_TEST(append(b, 0, times(512, 'a')).status == BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(appends_from_two_queues_do_not_meet) {
  BlockBench b(std::string(kManaged) + ", queues: 2");
  b.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({12, 17}));
    std::vector<Piece> answer;
    for (unsigned q = 0; q < 2; ++q) {
      answer.push_back(b.take(8));
      BOOST_REQUIRE(
          b.driver.queue(q).add({b.put(BlockBench::header(BlockBench::ZoneAppend, zone(3))),
                                 b.put(times(8192, static_cast<char>('p' + q)))},
                                {answer[q], b.take(1)}, q, test::Form::Direct));
      b.driver.submit(q);
    }
    std::vector<std::uint64_t> where;
    for (unsigned q = 0; q < 2; ++q) {
      BOOST_TEST_REQUIRE(b.driver.wait_used(q, {10, sc_core::SC_MS}));
      where.push_back(b.memory.load<std::uint64_t>(answer[q].address));
      BOOST_TEST(b.on_disk(where[q], 8192) == times(8192, static_cast<char>('p' + q)));
    }
    BOOST_TEST(where[0] + where[1] == 2 * zone(3) + 16);
  });
}

SIM_TEST_CASE(management_requests) {
  BlockBench b(kManaged);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    SPEC("blk.device-operation.14");
    for (const auto type : {BlockBench::ZoneOpen, BlockBench::ZoneClose, BlockBench::ZoneFinish,
                            BlockBench::ZoneReset})
      BOOST_TEST(b.status_of(type, zone(1)) == BlockStatus::ZoneInvalidCommand);
    SPEC("blk.device-operation.18");
    BOOST_TEST(b.status_of(BlockBench::ZoneClose, zone(2)) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(2)) == BlockStatus::Ok);
    BOOST_TEST(state(b, 2) == kExplicit);
    BOOST_TEST(b.write(zone(2), times(4096, 'm')).ok());
    BOOST_TEST(b.status_of(BlockBench::ZoneClose, zone(2)) == BlockStatus::Ok);
    BOOST_TEST(state(b, 2) == kClosed);
    BOOST_TEST(b.status_of(BlockBench::ZoneFinish, zone(2)) == BlockStatus::Ok);
    BOOST_TEST(state(b, 2) == kFull);
    SPEC("blk.device-operation.16");
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(2)) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.status_of(BlockBench::ZoneReset, zone(2)) == BlockStatus::Ok);
    BOOST_TEST(state(b, 2) == kEmpty);
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(2, 8)) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(16)) == BlockStatus::ZoneInvalidCommand);
  });
}

SIM_TEST_CASE(resources_run_out) {
  BlockBench b(kManaged);  // 2 open, 3 active
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    for (const unsigned z : {2, 3})
      BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(z)) == BlockStatus::Ok);
    SPEC("blk.device-operation.17");
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(4)) == BlockStatus::ZoneOpenResource);
    BOOST_TEST(state(b, 4) == kEmpty);
    SPEC("blk.device-operation.21");
    BOOST_TEST(b.write(zone(4), times(4096, 'r')).status == BlockStatus::ZoneOpenResource);
    BOOST_TEST(append(b, zone(4), times(4096, 'r')).status == BlockStatus::ZoneOpenResource);
    for (const unsigned z : {2, 3}) {
      BOOST_TEST(b.write(zone(z), times(4096, 'r')).ok());
      BOOST_TEST(b.status_of(BlockBench::ZoneClose, zone(z)) == BlockStatus::Ok);
    }
    BOOST_TEST(b.write(zone(4), times(4096, 'r')).ok());
    BOOST_TEST(b.write(zone(5), times(4096, 'r')).status == BlockStatus::ZoneActiveResource);
    BOOST_TEST(append(b, zone(5), times(4096, 'r')).status == BlockStatus::ZoneActiveResource);
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(5)) == BlockStatus::ZoneActiveResource);
    BOOST_TEST(state(b, 5) == kEmpty);
  });
}

SIM_TEST_CASE(reset_all_empties_what_was_used) {
  BlockBench b(std::string(kManaged) + ", read_only_zones: [6], offline_zones: [7]");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(b.write(zone(0), times(4096, 'k')).ok());
    BOOST_TEST(b.write(zone(2), times(4096, 'r')).ok());
    BOOST_TEST(b.status_of(BlockBench::ZoneFinish, zone(3)) == BlockStatus::Ok);
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(4)) == BlockStatus::Ok);
    BOOST_TEST(b.status_of(BlockBench::ZoneResetAll, 0) == BlockStatus::Ok);
    for (const unsigned z : {2, 3, 4, 5}) BOOST_TEST(state(b, z) == kEmpty);
    BOOST_TEST(state(b, 6) == kReadOnly);
    BOOST_TEST(state(b, 7) == kOffline);
    BOOST_TEST(b.read(zone(0), 4096).data == times(4096, 'k'));
    BOOST_TEST(b.on_disk(zone(2), 4096) == times(4096, '\0'));
  });
}

SIM_TEST_CASE(failed_zones_refuse) {
  BlockBench b(std::string(kManaged) + ", read_only_zones: [6], offline_zones: [7]");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    SPEC("blk.device-operation.29");
    BOOST_TEST(b.write(zone(6), times(4096, 'f')).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(append(b, zone(6), times(4096, 'f')).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.read(zone(6), 4096).ok());
    SPEC("blk.device-operation.30");
    BOOST_TEST(b.read(zone(7), 4096).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.write(zone(7), times(4096, 'f')).status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(append(b, zone(7), times(4096, 'f')).status == BlockStatus::ZoneInvalidCommand);
    SPEC("blk.device-operation.19");
    SPEC("blk.device-operation.20");
    for (const unsigned z : {6, 7})
      for (const auto type : {BlockBench::ZoneOpen, BlockBench::ZoneClose, BlockBench::ZoneFinish,
                              BlockBench::ZoneReset})
        BOOST_TEST(b.status_of(type, zone(z)) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(state(b, 6) == kReadOnly);
    BOOST_TEST(state(b, 7) == kOffline);
  });
}

SIM_TEST_CASE(reports_hold_as_many_zones_as_fit) {
  BlockBench b(kManaged);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    const Report all = report(b, 0, 100);
    BOOST_TEST(all.count == 16u);
    BOOST_TEST(all.answer.used == 64 + 16 * 64u);
    for (unsigned z = 0; z < 16; ++z) {
      BOOST_TEST(all.zones[z].z_start == zone(z));
      BOOST_TEST(int{all.zones[z].z_type} == (z < 2 ? 1 : 2));
      BOOST_TEST(all.zones[z].z_cap == (z < 2 ? 128u : 96u));
    }
    const Report some = report(b, zone(3, 17), 4);  // a sector inside the first zone to report
    BOOST_TEST(some.count == 4u);
    BOOST_TEST(some.answer.used == 64 + 4 * 64 + 1u);
    BOOST_TEST(some.zones[0].z_start == zone(3));
    // Room for half a descriptor.
    const Answer half = b.request(BlockBench::ZoneReport, 0, "", 64 + 96);
    BOOST_TEST(half.ok());
    BOOST_TEST(half.data.substr(0, 8) == std::string("\x01\0\0\0\0\0\0\0", 8));
    BOOST_TEST(half.data.substr(128) == times(32, '\xee'));
    BOOST_TEST(report(b, 0, 0).count == 0u);
    BOOST_TEST(b.status_of(BlockBench::ZoneReport, 0, "", 63) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(b.status_of(BlockBench::ZoneReport, zone(16), "", 512) ==
               BlockStatus::ZoneInvalidCommand);
  });
}

SIM_TEST_CASE(secure_erase_resets_zones) {
  BlockBench b(std::string(kManaged) + ", secure_erase: true");
  b.run([&] {
    SPEC("blk.device-operation.33");
    BOOST_TEST_REQUIRE(b.bring_up({16, 17}));
    BOOST_TEST(b.config().secure_erase_sector_alignment % kSectors == 0u);
    BOOST_TEST(b.config().max_secure_erase_sectors % kSectors == 0u);
    BOOST_TEST(b.write(zone(1), times(4096, 'e')).ok());
    BOOST_TEST(b.write(zone(2), times(4096, 'e')).ok());
    BOOST_TEST(b.write(zone(3), times(4096, 'e')).ok());
    SPEC("blk.device-operation.34");
    for (const std::string& odd :
         {BlockBench::range(zone(2), 8), BlockBench::range(zone(2, 8), kSectors)})
      BOOST_TEST(b.status_of(BlockBench::SecureErase, 0, odd) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(state(b, 2) == kImplicit);
    SPEC("blk.device-operation.35");
    BOOST_TEST(b.status_of(BlockBench::SecureErase, 0, BlockBench::range(zone(1), 2 * kSectors)) ==
               BlockStatus::Ok);
    BOOST_TEST(state(b, 2) == kEmpty);
    BOOST_TEST(state(b, 3) == kImplicit);
    BOOST_TEST(!b.backend.unmapped);
    BOOST_TEST(b.on_disk(zone(1), 2 * kSectors * 512) == times(2 * kSectors * 512, '\0'));
  });
}

SIM_TEST_CASE(a_failing_host_leaves_the_write_pointer) {
  BlockBench b(kManaged);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(b.write(zone(2), times(4096, 'h')).ok());
    b.backend.failing = true;
    BOOST_TEST(b.write(zone(2, 8), times(4096, 'h')).status == BlockStatus::IoError);
    BOOST_TEST(append(b, zone(2), times(4096, 'h')).status == BlockStatus::IoError);
    BOOST_TEST(b.status_of(BlockBench::ZoneReset, zone(2)) == BlockStatus::IoError);
    b.backend.failing = false;
    BOOST_TEST(report(b, zone(2), 1).zones[0].z_wp == zone(2, 8));
    BOOST_TEST(b.write(zone(2, 8), times(4096, 'h')).ok());
  });
}

SIM_TEST_CASE(a_reset_of_the_device_closes_zones_and_keeps_contents) {
  BlockBench b(kManaged);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(b.write(zone(2), times(4096, 'd')).ok());
    BOOST_TEST(b.status_of(BlockBench::ZoneOpen, zone(3)) == BlockStatus::Ok);
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(state(b, 2) == kClosed);
    BOOST_TEST(state(b, 3) == kEmpty);
    BOOST_TEST(report(b, zone(2), 1).zones[0].z_wp == zone(2, 8));
    BOOST_TEST(b.read(zone(2), 4096).data == times(4096, 'd'));
  });
}

SIM_TEST_CASE(write_pointers_are_found_from_what_the_disk_holds) {
  BlockBench b(kManaged);
  b.backend.data[zone(2) * 512 + 5000] = 1;   // the second block of 4 KiB
  b.backend.data[zone(3, 96) * 512 - 1] = 1;  // the last byte that can be written
  b.backend.data[zone(4, 96) * 512] = 1;      // behind the capacity: not data
  b.backend.data[zone(0)] = 1;                // conventional
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({17}));
    BOOST_TEST(state(b, 2) == kClosed);
    BOOST_TEST(report(b, zone(2), 1).zones[0].z_wp == zone(2, 16));
    BOOST_TEST(state(b, 3) == kFull);
    BOOST_TEST(state(b, 4) == kEmpty);
    BOOST_TEST(b.read(zone(4), 65536).data == times(65536, '\0'));
    BOOST_TEST(b.write(zone(2, 16), times(4096, 'p')).ok());
  });
}

SIM_TEST_CASE(a_read_only_zoned_disk_can_be_read_and_reported) {
  BlockBench b(kManaged, "read_only: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({5, 17}));
    BOOST_TEST(report(b, 0, 16).count == 16u);
    BOOST_TEST(b.read(zone(2), 4096).ok());
    for (const auto type :
         {BlockBench::Out, BlockBench::ZoneAppend, BlockBench::ZoneOpen, BlockBench::ZoneFinish,
          BlockBench::ZoneReset, BlockBench::ZoneResetAll})
      BOOST_TEST(b.status_of(type, zone(2), times(4096, 'w'), 8) == BlockStatus::IoError);
    BOOST_TEST(b.backend.writes + b.backend.zeroes == 0u);
  });
}
