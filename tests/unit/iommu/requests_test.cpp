// SPDX-License-Identifier: Apache-2.0
// Features, configuration, and what each request is answered with.
#include "iommu_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kTop = ~std::uint64_t{0};
constexpr std::uint64_t kNowhere = IommuBench::kNowhere;

virtio::FeatureSet offered(const std::string& params) {
  return IommuBench(params).device.device_features();
}

}  // namespace

SIM_TEST_CASE(features_as_parameters_say) {
  SPEC("iommu.feature-bits.1");
  SPEC("iommu.feature-bits.2");
  SPEC("iommu.feature-bits.3");
  BOOST_TEST((offered("") == virtio::FeatureSet{0, 1, 2, 4, 5, 6}));
}
SIM_TEST_CASE(bypass_is_offered_in_one_way_only) {
  SPEC("iommu.feature-bits.3");
  BOOST_TEST((offered("bypass: negotiated") == virtio::FeatureSet{0, 1, 2, 3, 4, 5}));
}
SIM_TEST_CASE(features_can_be_left_out) {
  BOOST_TEST((offered("bypass: none, probe: false, mmio: false") == virtio::FeatureSet{0, 1, 2}));
}

SIM_TEST_CASE(the_configuration_is_as_on_qemu) {
  IommuBench b;
  b.run([&] {
    SPEC("iommu.device-configuration-layout.1");
    const unsigned char expected[40] = {
        0x00, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // page_size_mask
        0,    0,    0,    0,    0,    0,    0,    0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // input_range
        0,    0,    0,    0,    0xff, 0xff, 0xff, 0xff,  // domain_range
        0x00, 0x02, 0,    0,                             // probe_size
        1,    0,    0,    0};                            // bypass
    unsigned char bytes[40];
    b.access.read_config(0, bytes, sizeof bytes);
    BOOST_TEST(std::memcmp(bytes, expected, sizeof bytes) == 0);
    BOOST_TEST(b.device.config_bytes() == 40u);
    BOOST_TEST(b.device.num_queues() == 2u);
    BOOST_TEST(b.device.class_code() == 0x00ff00u);
  });
}

SIM_TEST_CASE(the_bypass_field) {
  IommuBench b;
  b.run([&] {
    SPEC("iommu.device-configuration-layout.2");
    SPEC("iommu.device-configuration-layout.3");
    SPEC("iommu.device-configuration-layout.4");
    // Not negotiated: not the driver's to write.
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap}));
    b.set_bypass(0);
    BOOST_TEST(b.config<std::uint8_t>(36) == 1);
    BOOST_TEST_REQUIRE(b.bring_up());
    const std::size_t changes = b.bridge.changes.size();
    for (unsigned value = 2; value < 256; ++value) {
      b.set_bypass(static_cast<std::uint8_t>(value));
      BOOST_TEST(b.config<std::uint8_t>(36) == 1);
    }
    BOOST_TEST(b.bridge.changes.size() == changes);
    b.set_bypass(0);
    BOOST_TEST(b.config<std::uint8_t>(36) == 0);
    BOOST_TEST((b.bridge.changes.back() == std::make_pair(std::uint64_t{0}, kTop)));
    BOOST_TEST(b.store_to(8, 0x1234) == kNowhere);
    b.set_bypass(1);
    BOOST_TEST(b.store_to(8, 0x1234) == 0x1234u);
    b.set_bypass(0);
    // It outlives a reset of the device, with a driver that does not know it too, but not one of
    // the platform.
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap}));
    BOOST_TEST(b.config<std::uint8_t>(36) == 0);
    BOOST_TEST(b.store_to(8, 0x1234) == kNowhere);
    b.sim.platform.request_reset();
    settle();
    BOOST_TEST(b.config<std::uint8_t>(36) == 1);
    BOOST_TEST(b.load_from(8, 0x1234) == 0x1234u);
    // Other fields are read-only, and a wider write reaches the field.
    BOOST_TEST_REQUIRE(b.bring_up());
    unsigned char zeros[40] = {};
    b.access.write_config(0, zeros, 36);
    BOOST_TEST(b.config<std::uint64_t>(0) == 0xfffffffffffff000u);
    b.access.write_config(32, zeros, 8);
    BOOST_TEST(b.config<std::uint32_t>(32) == 512u);
    BOOST_TEST(b.config<std::uint8_t>(36) == 0);
    b.access.write_config(37, zeros, 3);
  });
}

SIM_TEST_CASE(bypass_can_be_off_after_power_on) {
  IommuBench b("boot_bypass: false");
  b.run([&] {
    SPEC("iommu.device-operations.6");
    BOOST_TEST(b.config<std::uint8_t>(36) == 0);
    BOOST_TEST(b.load_from(8, 0) == kNowhere);
    BOOST_TEST(b.device.faults.value() == 1u);
    BOOST_TEST(b.device.faults_lost.value() == 1u);  // there is no driver yet
  });
}

SIM_TEST_CASE(the_deprecated_bypass_depends_on_the_driver) {
  IommuBench b("bypass: negotiated");
  b.run([&] {
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap, kOldBypass}));
    BOOST_TEST(b.load_from(8, 0x1000) == 0x1000u);
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
    BOOST_TEST(b.attach(2, 9, 1) == kInval);  // the flag belongs to BYPASS_CONFIG
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap}));
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
  });
}

SIM_TEST_CASE(attach) {
  IommuBench b("domain_start: 1, domain_end: 1000");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    SPEC("iommu.device-operations.1");
    SPEC("iommu.attach-request.11");
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.used == 4u);
    SPEC("iommu.device-operations.5");
    BOOST_TEST((b.answer == std::string(4, '\0')));
    BOOST_TEST(b.device.domains().domain_of(8)->id() == 1u);
    SPEC("iommu.attach-request.1");
    for (unsigned bit = 0; bit < 32; ++bit) BOOST_TEST(b.attach(1, 9, 0, 1u << bit) == kInval);
    SPEC("iommu.attach-request.2");
    for (unsigned bit = 1; bit < 32; ++bit) BOOST_TEST(b.attach(1, 9, 1u << bit) == kInval);
    SPEC("iommu.attach-request.3");
    for (std::uint32_t endpoint : {0u, 7u, 0x101u, 0x10008u, 0xffffffffu})
      BOOST_TEST(b.attach(1, endpoint) == kNoEnt);
    BOOST_TEST(b.device.domains().domain_of(9) == nullptr);
    SPEC("iommu.attach-request.4");
    SPEC("iommu.attach-request.9");
    SPEC("iommu.attach-request.10");
    BOOST_TEST(b.attach(1, 9) == kOk);  // endpoints are all alike, so they may share
    BOOST_TEST(b.attach(1, 0x100) == kOk);
    SPEC("iommu.attach-request.5");
    BOOST_TEST(b.attach(1, 9, 1) == kInval);
    BOOST_TEST(b.attach(2, 9, 1) == kOk);
    BOOST_TEST(b.attach(2, 8) == kInval);
    SPEC("iommu.attach-request.6");
    SPEC("iommu.attach-request.7");
    SPEC("iommu.attach-request.8");
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000) == kOk);
    BOOST_TEST(b.load_from(8, 0x1000) == 0x9000u);
    BOOST_TEST(b.attach(3, 8) == kOk);
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
    BOOST_TEST(b.load_from(0x100, 0x1000) == 0x9000u);
    BOOST_TEST(b.attach(0, 8) == kRange);
    BOOST_TEST(b.attach(1001, 8) == kRange);
    BOOST_TEST(b.attach(1000, 8) == kOk);
  });
}

SIM_TEST_CASE(bypass_domains) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    b.set_bypass(0);
    BOOST_TEST(b.attach(1, 8, 1) == kOk);
    BOOST_TEST(b.store_to(8, 0x123456789) == 0x123456789u);
    BOOST_TEST(b.load_from(8, kTop - 1) == kTop - 1);
    BOOST_TEST(b.store_to(9, 0) == kNowhere);
    SPEC("iommu.map-request.5");
    BOOST_TEST(b.map(1, 0, 0xfff, 0) == kInval);
    SPEC("iommu.unmap-request.3");
    BOOST_TEST(b.unmap(1, 0, 0xfff) == kInval);
    BOOST_TEST(b.detach(1, 8) == kOk);
    BOOST_TEST(b.store_to(8, 0x123456789) == kNowhere);
    BOOST_TEST(b.attach(1, 8) == kOk);  // the number is free for the other kind
    BOOST_TEST(b.map(1, 0, 0xfff, 0) == kOk);
  });
}

SIM_TEST_CASE(detach) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    b.set_bypass(0);
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.attach(1, 9) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000) == kOk);
    SPEC("iommu.detach-request.2");
    for (std::uint32_t endpoint : {7u, 0x10008u}) BOOST_TEST(b.detach(1, endpoint) == kNoEnt);
    BOOST_TEST(b.detach(2, 8) == kInval);
    BOOST_TEST(b.detach(1, 0x100) == kInval);
    SPEC("iommu.detach-request.1");
    SPEC("iommu.detach-request.3");
    BOOST_TEST(b.load_from(8, 0x1000) == 0x9000u);
    BOOST_TEST(b.detach(1, 8, kTop) == kOk);
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
    BOOST_TEST((b.bridge.changes.back() == std::make_pair(std::uint64_t{0}, kTop)));
    BOOST_TEST(b.load_from(9, 0x1000) == 0x9000u);
    BOOST_TEST(b.detach(1, 9) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000) == kNoEnt);
  });
}

SIM_TEST_CASE(map) {
  IommuBench b("input_start: 0x1000, input_end: 0xffffffff");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    SPEC("iommu.map-request.4");
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0) == kNoEnt);
    BOOST_TEST(b.attach(1, 8) == kOk);
    SPEC("iommu.map-request.1");
    for (unsigned bit = 0; bit < 12; ++bit) {
      BOOST_TEST(b.map(1, 0x2000 | 1u << bit, 0x2fff, 0) == kRange);
      BOOST_TEST(b.map(1, 0x2000, 0x2fff, 1u << bit) == kRange);
      BOOST_TEST(b.map(1, 0x2000, 0x2fff ^ 1u << bit, 0) == kRange);
    }
    BOOST_TEST(b.map(1, 0, 0xfff, 0) == kRange);  // outside the input range
    BOOST_TEST(b.map(1, 0, 0x1fff, 0) == kRange);
    BOOST_TEST(b.map(1, 0xfffff000, 0x100000fff, 0) == kRange);
    BOOST_TEST(b.map(1, 0x1000, kTop, 0) == kRange);
    BOOST_TEST(b.map(1, 0x3000, 0x1fff, 0) == kRange);  // ends before it begins
    BOOST_TEST(b.map(1, 0x2000, 0x1fff, 0) == kRange);
    BOOST_TEST(b.map(1, 0x1000, 0x2fff, kTop - 0xfff) == kRange);  // the physical end wraps
    SPEC("iommu.map-request.3");
    for (unsigned bit = 3; bit < 32; ++bit)
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0, 1u << bit) == kInval);
    BOOST_TEST(b.device.domains().mappings() == 0u);
    SPEC("iommu.map-request.2");
    BOOST_TEST(b.map(1, 0x2000, 0x3fff, 0x80002000) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x2fff, 0) == kInval);
    BOOST_TEST(b.map(1, 0x3000, 0x4fff, 0) == kInval);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0) == kOk);
    BOOST_TEST(b.map(1, 0xfffff000, 0xffffffff, kTop - 0xfff, 7) == kOk);  // MMIO; the last page
    BOOST_TEST(b.load_from(8, 0x2abc) == 0x80002abcu);
    BOOST_TEST(b.load_from(8, 0xffffffff) == kTop);
    BOOST_TEST(b.device.maps.value() == 3u);
    SPEC("iommu.device-operations.4");
    BOOST_TEST(b.send(Bytes().u32(0xabcdef03).u32(1).u64(0x5000).u64(0x5fff).u64(0).u32(3)) == kOk);
  });
}

SIM_TEST_CASE(permissions_are_exact) {
  IommuBench b;
  b.run([&] {
    SPEC("iommu.map-request.6");
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    for (std::uint32_t flags = 0; flags < 8; ++flags) {
      const std::uint64_t at = 0x1000 * (flags + 1);
      BOOST_TEST(b.map(1, at, at + 0xfff, 0x80000000 + at, flags) == kOk);
      BOOST_TEST((b.load_from(8, at + 5) == ((flags & 1) ? 0x80000005 + at : kNowhere)));
      BOOST_TEST((b.store_to(8, at + 5) == ((flags & 2) ? 0x80000005 + at : kNowhere)));
    }
  });
}

SIM_TEST_CASE(the_whole_address_space_and_single_bytes) {
  IommuBench b("page_size_mask: 0xffffffffffffffff, msi_region: false");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.map(1, 0, kTop, 0) == kOk);
    BOOST_TEST(b.load_from(8, kTop) == kTop);
    BOOST_TEST(b.unmap(1, 0, kTop) == kOk);
    BOOST_TEST(b.map(1, 77, 77, 1234567) == kOk);
    BOOST_TEST(b.load_from(8, 77) == 1234567u);
    BOOST_TEST(b.load_from(8, 76) == kNowhere);
    BOOST_TEST(b.load_from(8, 78) == kNowhere);
    BOOST_TEST(b.map(1, kTop, kTop, kTop) == kOk);
    BOOST_TEST(b.load_from(8, kTop) == kTop);
  });
}

SIM_TEST_CASE(unmap) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    SPEC("iommu.unmap-request.1");
    BOOST_TEST(b.unmap(1, 0x1000, 0x1fff) == kNoEnt);
    BOOST_TEST(b.attach(1, 8) == kOk);
    SPEC("iommu.unmap-request.2");
    BOOST_TEST(b.attach(2, 9, 1) == kOk);
    BOOST_TEST(b.unmap(2, 0x1000, 0x1fff) == kInval);
    BOOST_TEST(b.map(1, 0x1000, 0x2fff, 0x80001000) == kOk);
    BOOST_TEST(b.map(1, 0x3000, 0x3fff, 0x80007000) == kOk);
    const std::size_t changes = b.bridge.changes.size();
    SPEC("iommu.unmap-request.3");
    SPEC("iommu.unmap-request.4");
    BOOST_TEST(b.unmap(1, 0x2000, 0x3fff) == kRange);
    BOOST_TEST(b.unmap(1, 0, 0x1fff) == kRange);
    BOOST_TEST(b.unmap(1, 0x3fff, 0x3000) == kRange);
    BOOST_TEST(b.load_from(8, 0x3000) == 0x80007000u);
    BOOST_TEST(b.bridge.changes.size() == changes);
    SPEC("iommu.unmap-request.5");
    BOOST_TEST(b.unmap(1, 0x8000, 0x8fff) == kOk);
    BOOST_TEST(b.unmap(1, 0x1000, 0x2fff) == kOk);
    BOOST_TEST((b.bridge.changes.back() == std::make_pair(0x1000ul, 0x2ffful)));
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
    BOOST_TEST(b.unmap(1, 0, kTop, 99) == kOk);  // the reserved field does no harm
    BOOST_TEST(b.device.domains().mappings() == 0u);
    BOOST_TEST(b.device.unmaps.value() == 3u);
  });
}

SIM_TEST_CASE(limits_are_answered_with_nomem) {
  IommuBench b("max_domains: 1, max_mappings: 2");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.attach(2, 9) == kNoMem);
    BOOST_TEST(b.attach(1, 9) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0) == kOk);
    BOOST_TEST(b.map(1, 0x2000, 0x2fff, 0) == kOk);
    BOOST_TEST(b.map(1, 0x3000, 0x3fff, 0) == kNoMem);
    BOOST_TEST(b.unmap(1, 0x1000, 0x1fff) == kOk);
    BOOST_TEST(b.map(1, 0x3000, 0x3fff, 0) == kOk);
  });
}

SIM_TEST_CASE(probe_without_regions) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    SPEC("iommu.probe-request.10");
    BOOST_TEST(b.probe(8) == kOk);
    BOOST_TEST(b.used == 516u);
    BOOST_TEST((b.answer == std::string(516, '\0')));
    SPEC("iommu.probe-request.1");
    BOOST_TEST(b.send(Bytes().u32(5).u32(8).u64(kTop).zeros(56), 516) == kOk);
    SPEC("iommu.probe-request.2");
    BOOST_TEST(b.probe(7) == kNoEnt);
    BOOST_TEST((b.answer.substr(0, 512) == std::string(512, '\0')));
  });
}

SIM_TEST_CASE(probe_gives_the_regions) {
  IommuBench b(
      "reserved: {b: {start: 0x5000, end: 0x5fff}, a: {start: 0x1000, end: 0x2fff, subtype: "
      "reserved}}",
      "  m: {type: doorbells}\n");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    SPEC("iommu.probe-request.5");
    SPEC("iommu.probe-request.6");
    SPEC("iommu.probe-request.7");
    SPEC("iommu.resvmem.1");
    SPEC("iommu.resvmem.2");
    SPEC("iommu.resvmem.3");
    Bytes expected;
    expected.u32(1 | 20 << 16).u32(0).u64(0x1000).u64(0x2fff);
    expected.u32(1 | 20 << 16).u32(0).u64(0x5000).u64(0x5fff);
    expected.u32(1 | 20 << 16).u32(1).u64(0x28000000).u64(0x280fffff);
    BOOST_TEST(b.probe(8) == kOk);
    BOOST_TEST((b.answer.substr(0, 72) == expected.str()));
    BOOST_TEST((b.answer.substr(72) == std::string(444, '\0')));
    SPEC("iommu.probe-request.8");
    SPEC("iommu.probe-request.9");
    for (std::uint32_t room : {511u, 100u, 1u, 0u}) {
      BOOST_TEST(b.probe(8, room) == kInval);
      BOOST_TEST(b.used == room + 4);
      BOOST_TEST((b.answer.substr(0, room) == std::string(room, '\0')));
    }
    BOOST_TEST(b.probe(8, 600) == kOk);  // more room than needed: the tail follows the properties
    BOOST_TEST(b.used == 516u);

    SPEC("iommu.resvmem.4");
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.map(1, 0x2000, 0x3fff, 0) == kInval);
    BOOST_TEST(b.map(1, 0x4000, 0x7fff, 0) == kInval);
    BOOST_TEST(b.map(1, 0x28000000, 0x28000fff, 0) == kInval);
    BOOST_TEST(b.map(1, 0x3000, 0x4fff, 0x80000000) == kOk);
    SPEC("iommu.resvmem.5");
    BOOST_TEST(b.store_to(8, 0x1000) == kNowhere);
    BOOST_TEST(b.load_from(8, 0x2fff) == kNowhere);
    BOOST_TEST(b.store_to(8, 0x28000004) == 0x28000004u);  // a message
    BOOST_TEST(b.load_from(8, 0x28000004) == kNowhere);
    b.set_bypass(0);
    BOOST_TEST(b.store_to(9, 0x28000004) == kNowhere);  // not attached: not even messages
  });
}

SIM_TEST_CASE(the_doorbells_can_be_left_to_the_driver) {
  IommuBench b("msi_region: false", "  m: {type: doorbells}\n");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.probe(8) == kOk);
    BOOST_TEST((b.answer == std::string(516, '\0')));
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.store_to(8, 0x28000000) == kNowhere);
    BOOST_TEST(b.map(1, 0x8000000, 0x8000fff, 0x28000000, 6) == kOk);  // as Linux does elsewhere
    BOOST_TEST(b.store_to(8, 0x8000000) == 0x28000000u);
  });
}

SIM_TEST_CASE(requests_that_were_not_negotiated_are_not_recognized) {
  IommuBench b;
  b.run([&] {
    SPEC("iommu.device-operations.2");
    SPEC("iommu.device-operations.3");
    BOOST_TEST_REQUIRE(b.bring_up({}));
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.attach(2, 9, 1) == kInval);  // BYPASS_CONFIG is not negotiated
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0) == kUnwritten);
    BOOST_TEST((b.answer == std::string(4, '\xee')));
    BOOST_TEST(b.unmap(1, 0x1000, 0x1fff) == kUnwritten);
    BOOST_TEST(b.probe(8) == kUnwritten);
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap}));
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0, 7) == kInval);  // MMIO is not negotiated
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0, 3) == kOk);
    for (unsigned type = 0; type < 256; ++type) {
      if (type >= 1 && type <= 4) continue;
      BOOST_TEST(b.send(Bytes().u32(type).zeros(100), 600) == kUnwritten);
      BOOST_TEST((b.answer == std::string(600, '\xee')));
    }
  });
}

SIM_TEST_CASE(probe_that_is_not_offered) {
  IommuBench b("probe: false");
  b.run([&] {
    SPEC("iommu.probe-request.3");
    SPEC("iommu.probe-request.4");
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap}));
    BOOST_TEST(b.config<std::uint32_t>(32) == 0u);
    BOOST_TEST(b.probe(8) == kUnwritten);
    BOOST_TEST(b.used == 0u);
    BOOST_TEST((b.answer == std::string(516, '\xee')));
  });
}

SIM_TEST_CASE(a_reset_detaches_all) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    b.set_bypass(0);
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000) == kOk);
    const std::size_t changes = b.bridge.changes.size();
    b.driver.reset();
    BOOST_TEST(b.bridge.changes.size() > changes);
    BOOST_TEST((b.bridge.changes.back() == std::make_pair(std::uint64_t{0}, kTop)));
    BOOST_TEST(b.load_from(8, 0x1000) == kNowhere);
    BOOST_TEST(b.device.domains().domains() == 0u);
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.detach(1, 8) == kInval);
  });
}

SIM_TEST_CASE(requests_work_in_any_framing_and_ring) {
  IommuBench b("packed: true, in_order: true");
  b.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  b.run([&] {
    for (const Driver::Bits& ring : {Driver::Bits{}, Driver::Bits{34}, Driver::Bits{29, 34, 35}}) {
      Driver::Bits bits{kMapUnmap, kProbeBit, kConfigBit};
      bits.insert(bits.end(), ring.begin(), ring.end());
      BOOST_TEST_REQUIRE(b.bring_up(bits));
      BOOST_TEST(b.attach(1, 8) == kOk);
      const std::string map =
          Bytes().u32(3).u32(1).u64(0x1000).u64(0x1fff).u64(0x9000).u32(3).str();
      std::vector<Piece> bytes;
      for (char c : map) bytes.push_back(b.put(std::string(1, c)));
      BOOST_TEST(b.send(bytes, {b.take(1), b.take(2), b.take(1)}) == kOk);
      BOOST_TEST(b.load_from(8, 0x1000) == 0x9000u);
    }
  });
}

SIM_TEST_CASE(a_suspended_iommu_goes_on_translating) {
  IommuBench b("suspend: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({kMapUnmap, kConfigBit, 43}));
    BOOST_TEST(b.attach(1, 8) == kOk);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000) == kOk);
    b.access.set_status(0x1f);
    settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    BOOST_TEST(b.load_from(8, 0x1000) == 0x9000u);
    BOOST_TEST(b.load_from(8, 0x2000) == kNowhere);
    b.access.set_status(0x0f);
    BOOST_TEST(b.unmap(1, 0x1000, 0x1fff) == kOk);
  });
}
