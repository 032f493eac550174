// SPDX-License-Identifier: Apache-2.0
// What is offered, the configuration space, and changes of it.
#include <nlohmann/json.hpp>

#include "block_bench.h"

using namespace ringside;
using test::BlockBench;
using test::BlockConfig;
using test::BlockStatus;
using test::times;

namespace {

/// What building a device with these parameters reports.
std::string problems(const std::string& params) {
  Registry registry;
  test::register_block(registry);
  Platform platform(registry);
  platform.build(Node::parse(BlockBench::yaml(params, ""), "t.yaml"));
  return platform.diagnostics().str();
}

}  // namespace

SIM_TEST_CASE(the_standard_disk_offers_what_qemu_offers) {
  // And CONFIG_WCE's FLUSH; MQ only with several queues.
  BlockBench b;
  const virtio::FeatureSet expected{2, 4, 6, 9, 10, 11, 13, 14, 28, 29, 32, 40};
  BOOST_TEST((b.device.offered_features() == expected), b.device.offered_features().str());
  b.run([&] {
    SPEC("blk.device-initialization.1");
    SPEC("blk.device-initialization.2");
    BOOST_TEST(b.offers(9));
    BOOST_TEST(b.offers(11));
    SPEC("blk.device-initialization.5");
    BOOST_TEST(!b.offers(17));
    const BlockConfig c = b.config();
    BOOST_TEST(c.capacity == 2048u);
    BOOST_TEST(c.seg_max == 254u);
    BOOST_TEST(c.blk_size == 512u);
    BOOST_TEST(c.max_discard_sectors == 0x3fffffu);
    BOOST_TEST(c.max_discard_seg >= 1u);
    BOOST_TEST(c.discard_sector_alignment == 1u);
    BOOST_TEST(c.max_write_zeroes_sectors == 0x3fffffu);
    BOOST_TEST(int{c.heads} == 16);
    BOOST_TEST(int{c.sectors_per_track} == 63);
    BOOST_TEST(c.cylinders == 2);
  });
}

SIM_TEST_CASE(fields_stand_where_the_specification_puts_them) {
  BlockBench b(
      "queues: 3, secure_erase: true, block_size: 4KiB, physical_block_exp: 2, "
      "alignment_offset: 7, min_io_blocks: 9, opt_io_blocks: 11, size_max: 65536, seg_max: 12");
  b.run([&] {
    BOOST_TEST(b.device.config_bytes() == 96u);
    BOOST_TEST(b.config<std::uint64_t>(0) == 2048u);
    BOOST_TEST(b.config<std::uint32_t>(8) == 65536u);
    BOOST_TEST(b.config<std::uint32_t>(12) == 12u);
    BOOST_TEST(b.config<std::uint32_t>(20) == 4096u);
    BOOST_TEST(int{b.config<std::uint8_t>(24)} == 2);
    BOOST_TEST(int{b.config<std::uint8_t>(25)} == 7);
    BOOST_TEST(b.config<std::uint16_t>(26) == 9);
    BOOST_TEST(b.config<std::uint32_t>(28) == 11u);
    BOOST_TEST(int{b.config<std::uint8_t>(32)} == 1);
    BOOST_TEST(b.config<std::uint16_t>(34) == 3);
    BOOST_TEST(b.config<std::uint32_t>(44) == 8u);
    BOOST_TEST(int{b.config<std::uint8_t>(56)} == 1);
    BOOST_TEST(b.config<std::uint32_t>(60) == 0x3fffff / 8 * 8u);
    BOOST_TEST(b.config<std::uint32_t>(64) >= 1u);
    BOOST_TEST(b.config<std::uint32_t>(68) == 8u);
    SPEC("blk.device-initialization.4");
    BOOST_TEST(int{b.config<std::uint8_t>(33)} == 0);
    BOOST_TEST((b.config<std::uint32_t>(56) >> 8) == 0u);
    for (unsigned bit : {1, 12, 16}) BOOST_TEST(b.offers(bit));
  });
}

SIM_TEST_CASE(fields_of_features_that_are_not_offered_are_zero) {
  BlockBench b("discard: false, write_zeroes: false, config_wce: false, flush: false");
  b.run([&] {
    for (unsigned bit : {1, 5, 9, 11, 12, 13, 14, 15, 16, 17}) BOOST_TEST(!b.offers(bit));
    const BlockConfig c = b.config();
    BOOST_TEST(c.size_max == 0u);
    BOOST_TEST(int{c.writeback} == 0);
    BOOST_TEST(c.num_queues == 0);
    for (std::size_t at = 36; at < 96; ++at) BOOST_TEST(int{b.config<std::uint8_t>(at)} == 0);
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.status_of(BlockBench::Flush, 0) == BlockStatus::Unsupported);
    BOOST_TEST(b.status_of(BlockBench::Discard, 0, BlockBench::range(0, 1)) ==
               BlockStatus::Unsupported);
    BOOST_TEST(b.status_of(BlockBench::WriteZeroes, 0, BlockBench::range(0, 1)) ==
               BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(features_that_the_driver_did_not_take_are_not_there) {
  BlockBench b("secure_erase: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    for (const auto type : {BlockBench::Discard, BlockBench::WriteZeroes, BlockBench::SecureErase})
      BOOST_TEST(b.status_of(type, 0, BlockBench::range(0, 1)) == BlockStatus::Unsupported);
    BOOST_TEST(b.backend.discards + b.backend.zeroes == 0u);
  });
}

SIM_TEST_CASE(capacity_is_a_multiple_of_the_block_size) {
  BlockBench b("block_size: 4KiB", "size: 10KiB");
  b.run([&] {
    BOOST_TEST(b.config().capacity == 16u);
    BOOST_TEST_REQUIRE(b.bring_up());
    // The unit of requests is 512 bytes all the same.
    BOOST_TEST(b.read(15, 512).ok());
    BOOST_TEST(b.read(16, 512).status == BlockStatus::IoError);
  });
}

SIM_TEST_CASE(a_changed_capacity_is_told) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-operation.1");
    BOOST_TEST_REQUIRE(b.bring_up());
    const unsigned generation = b.access.config_generation();
    const auto interrupts = b.access.config_interrupts();
    BOOST_TEST(b.device.resize(2 << 20));
    BOOST_TEST(b.config().capacity == 4096u);
    BOOST_TEST(unsigned{b.access.config_generation()} != generation);
    BOOST_TEST(b.access.config_interrupts() == interrupts + 1);
    BOOST_TEST(b.write(4095, times(512, 'g')).ok());
    BOOST_TEST(b.device.resize(1024));
    BOOST_TEST(b.read(1, 512).ok());
    BOOST_TEST(b.read(2, 512).status == BlockStatus::IoError);
  });
}

SIM_TEST_CASE(a_disk_is_resized_by_command_if_it_can_be) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const auto call = [](CommandBase& command, const char* argument) {
      command.call(Node::list({Node::scalar(argument)}));
    };
    call(b.device.resize_command, "2MiB");
    BOOST_TEST(b.config().capacity == 4096u);
    BOOST_CHECK_THROW(call(b.device.resize_command, "1000B"), CommandError);
    BOOST_CHECK_THROW(call(b.device.resize_command, "0"), CommandError);
    BOOST_CHECK_THROW(call(b.device.change_backend, "x.img"), CommandError);  // it is memory
    BOOST_TEST(b.config().capacity == 4096u);
  });
}

SIM_TEST_CASE(a_disk_that_shrinks_under_a_request_fails_it) {
  BlockBench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    bool shrunk = false;
    b.memory.observer = [&](const test::TestMemory::Access& access) {
      if (access.step != Step::Payload || access.bytes < 4096 || shrunk) return;
      shrunk = true;
      b.device.resize(512);
    };
    BOOST_TEST(b.read(0, 512 << 10).status == BlockStatus::IoError);
    b.device.resize(1 << 20);
    shrunk = false;
    BOOST_TEST(b.write(0, times(512 << 10, 's')).status == BlockStatus::IoError);
    BOOST_TEST(shrunk);
  });
}

SIM_TEST_CASE(write_zeroes_says_whether_it_may_unmap) {
  SPEC("blk.device-operation.7");
  BlockBench b("", "unmaps: true");
  BOOST_TEST(int{b.config().write_zeroes_may_unmap} == 1);
}

SIM_TEST_CASE(write_zeroes_that_never_unmaps_says_so) {
  SPEC("blk.device-operation.7");
  BlockBench b("", "unmaps: false");
  BOOST_TEST(int{b.config().write_zeroes_may_unmap} == 0);
}

SIM_TEST_CASE(a_legacy_driver_uses_the_disk) {
  BlockBench b("zoned: host_aware, zone_size: 64KiB");
  b.run([&] {
    SPEC("blk.device-initialization.6");
    b.access.use_legacy(true);
    BOOST_TEST(!b.device.offered_legacy_features().has(17));
    BOOST_TEST(b.device.offered_legacy_features().has(9));
    b.driver.reset();
    b.access.set_status(3);
    b.access.set_driver_features(0, 1u << 9);
    BOOST_TEST_REQUIRE(b.driver.add_queue(0, 64));
    b.access.set_status(7);
    BOOST_TEST(b.write(5, times(512, 'l')).ok());
    BOOST_TEST(b.status_of(BlockBench::FlushOut, 0) == BlockStatus::Ok);
    BOOST_TEST(b.backend.flushes == 1u);
    // Requests of features that are never offered: SCSI and barriers.
    for (std::uint32_t type : {2u, 3u, 0x80000000u})
      BOOST_TEST(b.status_of(type, 0) == BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(parameters_without_sense_are_refused) {
  const auto check = [](const std::string& params, const std::string& expected) {
    const std::string text = problems(params);
    BOOST_TEST(text.find("t.yaml:2:") == 0u, params << ": " << text);
    BOOST_TEST(text.find(expected) != std::string::npos, params << ": " << text);
  };
  check("block_size: 1000B", "expected a power of 2");
  check("block_size: 256B", "expected 512B to 64KiB");
  check("serial: abcdefghijklmnopqrstu", "has 21 characters; expected at most 20");
  check("size_max: 511", "at least a sector");
  check("queues: 0", "expected 1 to 256");
  check("zoned: host_managd", "did you mean 'host_managed'?");
  const std::string zoned = "zoned: host_managed, ";
  check(zoned + "zone_size: 1000B", "expected a multiple of the write granularity");
  check(zoned + "zone_size: 0B", "expected a multiple of the write granularity");
  check(zoned + "zone_size: 4TiB", "below 2 TiB");
  check(zoned + "zone_size: 64KiB, zone_capacity: 128KiB", "no more than the zone's size");
  check(zoned + "zone_size: 64KiB, zone_capacity: 100B", "a multiple of the write granularity");
  check(zoned + "block_size: 4KiB, write_granularity: 512B", "a multiple of the block size");
  check(zoned + "max_append: 100B", "a multiple of the write granularity");
  check(zoned + "size_max: 512, seg_max: 2, max_append: 2KiB", "'seg_max' segments of 'size_max'");
  check(zoned + "max_open_zones: 3, max_active_zones: 2", "no more than 'max_active_zones'");
  check(zoned + "zone_size: 64KiB, offline_zones: [16]", "numbers of sequential zones");
  check(zoned + "zone_size: 64KiB, conventional_zones: 2, read_only_zones: [1]",
        "numbers of sequential zones");
}
