// SPDX-License-Identifier: Apache-2.0
// Features, queues and the configuration space.
#include "balloon_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

std::string findings(const std::string& device, const std::string& memories = "") {
  Registry registry;
  register_balloon(registry);
  Platform platform(registry);
  platform.build(Node::parse(BalloonBench::yaml(device, memories), "x.yaml"));
  return platform.diagnostics().str();
}

}  // namespace

SIM_TEST_CASE(all_features_can_be_offered_and_are_off_without_their_parameter) {
  BalloonBench b("deflate_on_oom: true");
  BOOST_TEST((b.device.device_features() == FeatureSet{0, 1, 2, 3, 4, 5}));
  BOOST_TEST(
      (b.device.legacy_features(b.device.device_features()) == FeatureSet{0, 1, 2, 3, 4, 5}));
  BOOST_TEST(b.device.config_bytes() == 16u);
  b.run([&] { BOOST_TEST(b.start()); });
}

SIM_TEST_CASE(without_any_feature_there_is_a_balloon_all_the_same) {
  BalloonBench b(
      "must_tell_host: false, stats: false, free_page_hint: false, page_poison: false, "
      "page_reporting: false");
  BOOST_TEST((b.device.device_features() == FeatureSet{}));
  BOOST_TEST(b.device.num_queues() == 2u);
  BOOST_TEST(b.device.config_bytes() == 8u);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start({}, {0, 1}));
    BOOST_TEST(b.inflate(b.pages(b.kData, 1)) == 0);
    BOOST_TEST(b.deflate(b.pages(b.kData, 1)) == 0);
  });
}

SIM_TEST_CASE(the_target_is_a_configuration_change) {
  BalloonBench b("target: 8MiB");
  b.run([&] {
    BOOST_TEST(b.num_pages() == 2048u);
    BOOST_TEST_REQUIRE(b.start());
    const auto before = b.access.config_interrupts();
    b.call("set_target", "{size: 12MiB}");
    BOOST_TEST(b.num_pages() == 3072u);
    BOOST_TEST(b.access.config_interrupts() == before + 1);
    b.call("set_target", "{size: 12MiB}");
    BOOST_TEST(b.access.config_interrupts() == before + 1);
    b.driver.reset();
    BOOST_TEST(b.num_pages() == 3072u);  // the host's wish outlives the driver
    BOOST_CHECK_THROW(b.call("set_target", "{size: 1000B}"), CommandError);
    BOOST_CHECK_THROW(b.call("set_target", "{size: 65MiB}"), CommandError);
    BOOST_TEST(b.num_pages() == 3072u);
  });
}

SIM_TEST_CASE(actual_counts_with_its_last_byte) {
  BalloonBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.write32(4, 0x1234);
    BOOST_TEST(b.device.actual_size().bytes == 0x1234u * 4096);
    BOOST_TEST(b.config32(4) == 0x1234u);
    // Byte by byte from the lowest, as old drivers did on the legacy interface.
    const std::uint8_t bytes[4] = {0x78, 0x56, 0x34, 0x00};
    for (unsigned i = 0; i < 4; ++i) {
      BOOST_TEST(b.device.actual_size().bytes == 0x1234u * 4096);
      b.access.write_config(4 + i, &bytes[i], 1);
    }
    BOOST_TEST(b.device.actual_size().bytes == 0x345678ull * 4096);
    b.driver.reset();
    BOOST_TEST(b.device.actual_size().bytes == 0u);
  });
}

SIM_TEST_CASE(only_actual_and_the_poison_can_be_written) {
  BalloonBench b("target: 4MiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.negotiate({4}));
    b.write32(0, 7);
    b.write32(8, 7);
    b.write32(12, 0xaaaaaaaa);
    BOOST_TEST(b.num_pages() == 1024u);
    BOOST_TEST(b.hint_id() == 0u);
    BOOST_TEST(b.config32(12) == 0xaaaaaaaau);
    b.driver.start();
    b.write32(12, 5);  // the driver must not: DRIVER_OK is set
    BOOST_TEST(b.config32(12) == 0xaaaaaaaau);
    BOOST_TEST_REQUIRE(b.negotiate({0}));
    b.write32(12, 5);  // not negotiated
    BOOST_TEST(b.config32(12) == 0u);
  });
}

SIM_TEST_CASE(queues_can_be_numbered_as_specified_or_without_gaps) {
  struct Case {
    const char* numbering;
    std::vector<unsigned> bits;
    std::vector<unsigned> queues;
    unsigned reporting;
  };
  // STATS and REPORTING are offered, HINT is not.
  const std::vector<Case> cases = {
      {"auto", {1, 5}, {0, 1, 2, 4}, 4},  {"auto", {1, 5}, {0, 1, 2, 3}, 3},
      {"auto", {5}, {0, 1, 4}, 4},        {"auto", {5}, {0, 1, 2}, 2},
      {"spec", {1, 5}, {0, 1, 2, 4}, 4},  {"spec", {5}, {0, 1, 4}, 4},
      {"dense", {1, 5}, {0, 1, 2, 3}, 3}, {"dense", {5}, {0, 1, 2}, 2},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.numbering << " with " << c.bits.size() << " features, reporting on "
                                   << c.reporting) {
      static const Case* now = nullptr;
      now = &c;
      run_in_child([] {
        BalloonBench b(std::string("free_page_hint: false, queue_numbers: ") + now->numbering);
        b.run([&] {
          BOOST_TEST_REQUIRE(b.start(now->bits, now->queues));
          b.fill(b.kData, 4 * b.kPage, 9);
          BOOST_TEST(b.ask(now->reporting, {}, {{b.kData, 4 * 4096}}) == 0);
          BOOST_TEST(b.device.bytes_reported.value() == 4 * 4096u);
        });
      });
    }
  }
}

SIM_TEST_CASE(a_number_without_a_queue_has_size_zero) {
  BalloonBench b("free_page_hint: false, queue_numbers: spec");
  b.run([&] {
    BOOST_TEST(b.device.num_queues() == 5u);
    BOOST_TEST_REQUIRE(b.negotiate({1, 5}));
    BOOST_TEST(b.access.queue_max_size(3) == 0u);
    BOOST_TEST(b.access.queue_max_size(4) == 128u);
    BOOST_TEST(!b.driver.add_queue(3, 16));
  });
}

SIM_TEST_CASE(without_gaps_there_are_as_many_queues_as_features) {
  BalloonBench b("free_page_hint: false, page_reporting: false, queue_numbers: dense");
  BOOST_TEST(b.device.num_queues() == 3u);
}

SIM_TEST_CASE(mistakes_in_the_configuration_are_found) {
  BOOST_TEST(findings("{type: virtio-balloon, target: 1000B}").find("multiple of 4KiB") !=
             std::string::npos);
  BOOST_TEST(
      findings("{type: virtio-balloon, target: 1GiB}").find("at most the main memory, 64MiB") !=
      std::string::npos);
  BOOST_TEST(findings("{type: virtio-balloon, target: 64MiB}") == "");
}

SIM_TEST_CASE(the_legacy_interface_works_from_the_first_notification) {
  BalloonBench b;
  b.access.use_legacy(true);
  b.run([&] {
    b.access.set_status(0);
    b.access.set_status(3);
    b.access.set_driver_features(0, 0x3f);
    for (unsigned queue = 0; queue < 5; ++queue) BOOST_TEST_REQUIRE(b.driver.add_queue(queue, 16));
    b.write32(12, 0x55555555);
    BOOST_TEST(b.config32(12) == 0x55555555u);
    b.fill(b.kData, b.kPage, 1);
    BOOST_TEST(b.inflate(b.pages(b.kData, 1)) == 0);
    BOOST_TEST(b.device.pages_inflated.value() == 1u);
    // The driver may use the page before the device knows of it, if it wants to.
    b.fill(b.kData, b.kPage, 2);
    BOOST_TEST(b.deflate(b.pages(b.kData, 1)) == 0);
    BOOST_TEST(b.holds(b.kData, b.kPage, 2));
  });
}
