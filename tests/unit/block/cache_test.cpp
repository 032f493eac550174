// SPDX-License-Identifier: Apache-2.0
// When writes become stable (5.2.6.2): FLUSH, CONFIG_WCE, writeback, and the legacy interface.
#include "block_bench.h"

using namespace ringside;
using test::BlockBench;
using test::BlockStatus;
using test::times;

namespace {
bool write_is_stable(BlockBench& b) {
  BOOST_TEST(b.write(0, times(512, 'c')).ok());
  return !b.backend.unstable;
}
int writeback(BlockBench& b) {
  return b.config().writeback;
}
}  // namespace

SIM_TEST_CASE(with_flush_a_write_is_stable_after_the_flush) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-operation.9");
    BOOST_TEST_REQUIRE(b.bring_up({9}));
    BOOST_TEST(!write_is_stable(b));
    BOOST_TEST(b.status_of(BlockBench::Flush, 0) == BlockStatus::Ok);
    BOOST_TEST(!b.backend.unstable);
    BOOST_TEST(b.device.flushes.value() == 1u);
    // Data in a flush request is not looked at.
    BOOST_TEST(b.status_of(BlockBench::Flush, 0, times(512, 'x')) == BlockStatus::Ok);
    BOOST_TEST(b.status_of(BlockBench::FlushOut, 0) == BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(without_flush_and_config_wce_every_write_is_stable) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-operation.9");
    BOOST_TEST_REQUIRE(b.bring_up({14}));
    BOOST_TEST(write_is_stable(b));
    BOOST_TEST(b.status_of(BlockBench::WriteZeroes, 0, BlockBench::range(0, 1)) == BlockStatus::Ok);
    BOOST_TEST(!b.backend.unstable);
    b.backend.failing_flush = true;
    BOOST_TEST(b.write(0, times(512, 'c')).status == BlockStatus::IoError);
  });
}

SIM_TEST_CASE(config_wce_chooses) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-operation.9");
    BOOST_TEST_REQUIRE(b.bring_up({9, 11}));
    BOOST_TEST(writeback(b) == 1);
    BOOST_TEST(!write_is_stable(b));
    b.set_writeback(0);
    BOOST_TEST(writeback(b) == 0);
    BOOST_TEST(write_is_stable(b));
    b.set_writeback(1);
    BOOST_TEST(writeback(b) == 1);
    BOOST_TEST(!write_is_stable(b));
    // A reset brings the cache back.
    b.set_writeback(0);
    BOOST_TEST_REQUIRE(b.bring_up({9, 11}));
    BOOST_TEST(writeback(b) == 1);
  });
}

SIM_TEST_CASE(config_wce_without_flush_starts_stable) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-initialization.3");
    BOOST_TEST_REQUIRE(b.bring_up({11}));
    BOOST_TEST(writeback(b) == 0);
    BOOST_TEST(write_is_stable(b));
    b.set_writeback(1);
    BOOST_TEST(writeback(b) == 1);
    BOOST_TEST(!write_is_stable(b));
  });
}

SIM_TEST_CASE(writeback_belongs_to_drivers_that_took_the_feature) {
  BlockBench b;
  b.run([&] {
    b.set_writeback(0);  // before any feature is settled
    BOOST_TEST_REQUIRE(b.bring_up({9}));
    b.set_writeback(0);
    BOOST_TEST(!write_is_stable(b));
  });
}

SIM_TEST_CASE(nothing_else_of_the_configuration_can_be_written) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({9, 11}));
    const auto before = b.config();
    std::vector<std::uint8_t> ones(96, 0xff);
    b.device.write_config(0, ones.data(), 32);
    b.device.write_config(33, ones.data(), 63);
    const auto after = b.config();
    BOOST_TEST(std::memcmp(&before, &after, sizeof before) == 0);
    // A wide write that covers the field counts; any value but 0 is "on".
    ones.assign(96, 0);
    b.device.write_config(0, ones.data(), 96);
    BOOST_TEST(writeback(b) == 0);
    b.set_writeback(0x80);
    BOOST_TEST(writeback(b) == 1);
  });
}

SIM_TEST_CASE(a_disk_without_a_cache_needs_no_flush) {
  BlockBench b("write_cache: false");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({9, 11}));
    BOOST_TEST(writeback(b) == 0);
    BOOST_TEST(write_is_stable(b));
    BOOST_TEST_REQUIRE(b.bring_up({9}));
    BOOST_TEST(write_is_stable(b));
  });
}

SIM_TEST_CASE(a_disk_that_offers_no_flush_promises_nothing) {
  BlockBench b("flush: false");
  b.run([&] {
    BOOST_TEST(!b.offers(9));
    BOOST_TEST(!b.offers(11));
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(!write_is_stable(b));
  });
}

SIM_TEST_CASE(a_legacy_driver_may_choose_before_it_is_ready) {
  BlockBench b;
  b.run([&] {
    b.access.use_legacy(true);
    b.driver.reset();
    b.access.set_status(3);
    BOOST_TEST(writeback(b) == 1);
    // Feature bits alone must not change the mode (5.2.5.3).
    b.access.set_driver_features(0, 1u << 11);
    BOOST_TEST(writeback(b) == 1);
    b.set_writeback(0);
    BOOST_TEST(writeback(b) == 0);
    b.access.set_driver_features(0, 1u << 9 | 1u << 11);
    BOOST_TEST_REQUIRE(b.driver.add_queue(0, 64));
    b.access.set_status(7);
    BOOST_TEST(writeback(b) == 0);
    BOOST_TEST(write_is_stable(b));
  });
}

SIM_TEST_CASE(the_end_of_the_run_flushes) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({9}));
    BOOST_TEST(!write_is_stable(b));
  });
  b.sim.platform.finish();
  BOOST_TEST(!b.backend.unstable);
}
