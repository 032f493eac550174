// SPDX-License-Identifier: Apache-2.0
// Requests that no driver should send, and random ones: the device answers, keeps its limits, and
// works again afterwards.
#include <random>

#include "iommu_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

void works_again(IommuBench& b) {
  BOOST_TEST_REQUIRE(b.bring_up());
  BOOST_TEST(b.attach(5, 8) == kOk);
  BOOST_TEST(b.map(5, 0x1000, 0x1fff, 0x9000) == kOk);
  BOOST_TEST(b.load_from(8, 0x1000) == 0x9000u);
}

const std::uint32_t kSizes[] = {0, 20, 20, 36, 28, 72};

}  // namespace

SIM_TEST_CASE(requests_that_are_too_short) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    for (std::uint8_t type = 1; type <= 5; ++type) {
      for (std::uint32_t bytes = 4; bytes < kSizes[type]; ++bytes) {
        std::string request(bytes, '\0');
        request[0] = static_cast<char>(type);
        BOOST_TEST(b.send(request, type == 5 ? 516 : 4) == kInval);
      }
      // No room for the status: nothing is written.
      std::string request(kSizes[type], '\0');
      request[0] = static_cast<char>(type);
      for (std::uint32_t room : {0u, 1u, 2u, 3u}) BOOST_TEST(b.send(request, room) == kUnwritten);
    }
    for (std::uint32_t bytes : {0u, 1u, 3u})
      BOOST_TEST(b.send(std::string(bytes, '\1'), 4) == kUnwritten);
    BOOST_TEST(b.device.domains().domains() == 0u);
    works_again(b);
  });
}

SIM_TEST_CASE(longer_requests_are_fine) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.send(Bytes().u32(1).u32(1).u32(8).zeros(1000), 300) == kOk);
    BOOST_TEST(b.used == 4u);
    BOOST_TEST((b.answer.substr(4) == std::string(296, '\xee')));
  });
}

SIM_TEST_CASE(memory_that_does_not_answer) {
  IommuBench b;
  b.run([&] {
    for (const bool in_status : {false, true}) {
      BOOST_TEST_REQUIRE(b.bring_up());
      const Piece request = b.put(Bytes().u32(1).u32(1).u32(8).zeros(8).str());
      const Piece nowhere{0x1000, 64};
      BOOST_TEST(b.send({in_status ? request : nowhere}, {in_status ? nowhere : b.take(4)}) ==
                 kNoAnswer);
      BOOST_TEST((b.access.status() & 64) != 0);
      works_again(b);
    }
  });
}

SIM_TEST_CASE(a_reset_in_the_middle_of_a_request) {
  IommuBench b;
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (unsigned step = 1; step < 6; ++step) {
      BOOST_TEST_REQUIRE(b.bring_up());
      unsigned seen = 0;
      b.memory.observer = [&](const TestMemory::Access& access) {
        if (access.step == Step::Payload && ++seen == step) b.device.write_status(0);
      };
      for (unsigned i = 0; i < 2; ++i)
        BOOST_REQUIRE(b.driver.queue(0).add({b.put(Bytes().u32(1).u32(1).u32(8).zeros(8).str())},
                                            {b.take(4)}, i, Form::Direct));
      b.driver.submit(0);
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
      BOOST_TEST(seen == step);
      BOOST_TEST(b.device.domains().domains() == 0u);
      b.memory.observer = nullptr;
      works_again(b);
    }
  });
}

SIM_TEST_CASE(an_endpoint_that_goes_away) {
  IommuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.attach(1, 8) == kOk);
    b.bridge.present.erase(8);
    BOOST_TEST(b.detach(1, 8) == kNoEnt);
    BOOST_TEST(b.attach(2, 8) == kNoEnt);
    BOOST_TEST(b.probe(8) == kNoEnt);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x9000) == kOk);
    b.bridge.present.insert(8);
    works_again(b);
  });
}

SIM_TEST_CASE(random_requests) {
  IommuBench b(
      "max_domains: 4, max_mappings: 16, max_faults: 8, reserved: {r: {start: 0x4000, end: "
      "0x4fff}}");
  for (unsigned i = 0; i < 32; ++i) b.bridge.present.insert(static_cast<std::uint16_t>(i));
  b.run([&] {
    std::mt19937_64 random(20261125);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    const auto address = [&]() -> std::uint64_t {
      switch (below(6)) {
        case 0:
          return random();
        case 1:
          return ~std::uint64_t{0} - below(0x3000);
        case 2:
          return below(0x8000);
        default:
          return below(8) * 0x1000 + (below(2) != 0 ? 0xfff : 0);
      }
    };
    unsigned answered = 0, accepted = 0;
    for (unsigned round = 0; round < 60; ++round) {
      BOOST_TEST_REQUIRE(b.bring_up());
      if (below(2) != 0) b.set_bypass(static_cast<std::uint8_t>(below(3)));
      b.events.clear();
      for (unsigned i = 0; i < 4; ++i) b.offer_event(static_cast<std::uint32_t>(1 + below(40)));
      for (unsigned i = 0; i < 60; ++i) {
        Bytes request;
        request.u8(static_cast<std::uint8_t>(below(20) == 0 ? random() : 1 + below(5)));
        request.u8(0).u8(0).u8(0).u32(static_cast<std::uint32_t>(below(6)));
        if (request.str()[0] <= 2) {
          request.u32(static_cast<std::uint32_t>(below(10) == 0 ? random() : below(32)));
          request.u32(below(4) == 0 ? 1 : 0).u32(0);
        } else {
          request.u64(address()).u64(address()).u64(below(3) == 0 ? random()
                                                                  : address() & ~0xfffull);
          request.u32(static_cast<std::uint32_t>(below(9))).zeros(40);
        }
        std::string bytes = request.str();
        if (below(16) == 0) bytes.resize(below(bytes.size()));
        const int status =
            b.send(bytes, static_cast<std::uint32_t>(below(12) == 0                   ? below(600)
                                                     : bytes.empty() || bytes[0] != 5 ? 4
                                                                                      : 516));
        BOOST_TEST_REQUIRE(status != kNoAnswer);
        answered += status >= 0;
        accepted += status == kOk;
        BOOST_TEST(b.device.domains().domains() <= 4u);
        BOOST_TEST(b.device.domains().mappings() <= 16u);
        // Whatever is reached was mapped: a reserved page never is.
        const auto endpoint = static_cast<std::uint16_t>(below(34));
        const std::uint64_t at = address();
        const bool is_write = below(2) != 0;
        const std::uint64_t to = b.reach(endpoint, at, is_write);
        const auto* domain = b.device.domains().domain_of(endpoint);
        if (to != IommuBench::kNowhere && domain && !domain->bypass()) {
          const auto* mapping = domain->find(at);
          BOOST_TEST_REQUIRE(mapping != nullptr);
          BOOST_TEST((mapping->second.flags & (is_write ? 2u : 1u)) != 0u);
          BOOST_TEST((at < 0x4000 || at > 0x4fff));
        }
      }
    }
    BOOST_TEST(answered > 2000u);
    BOOST_TEST(accepted > 200u);
    works_again(b);
  });
}

SIM_TEST_CASE(parameters_that_make_no_sense) {
  const auto finding = [](const std::string& params, const std::string& others = "") {
    Registry registry;
    register_iommu(registry);
    Platform platform(registry);
    const bool built = platform.build(Node::parse(
        "children:\n  b: {type: bridge, device: {type: virtio-iommu, " + params + "}}\n" + others,
        "test.yaml"));
    BOOST_TEST(!built);
    return platform.diagnostics().str();
  };
  const auto says = [](const std::string& text, const char* part) {
    BOOST_TEST(text.find(part) != std::string::npos, text);
  };
  says(finding("page_size_mask: 0"), "at least one page size");
}
SIM_TEST_CASE(ranges_that_are_upside_down) {
  Registry registry;
  register_iommu(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(
      "children:\n  b: {type: bridge, device: {type: virtio-iommu, input_start: 5, input_end: 4, "
      "domain_start: 2, domain_end: 1}}\n",
      "test.yaml")));
  BOOST_TEST(platform.diagnostics().str().find("below 'input_start'") != std::string::npos);
  BOOST_TEST(platform.diagnostics().str().find("below 'domain_start'") != std::string::npos);
}
SIM_TEST_CASE(regions_that_are_none) {
  for (const char* wrong : {"{start: 5}", "{start: 5, end: 4}", "{start: 5, end: 9, subtype: x}",
                            "7", "{start: 5, end: 9, more: 1}", "{start: x, end: 9}"}) {
    virtio::IommuRegions regions;
    BOOST_CHECK_THROW(
        regions.parse(Node::parse(std::string("r: ") + wrong + "\n", "test.yaml"), "iommu"),
        ConfigError);
  }
  virtio::IommuRegions regions;
  BOOST_CHECK_THROW(
      regions.parse(Node::parse("a: {start: 0, end: 9}\nb: {start: 9, end: 12}\n", "t"), "iommu"),
      ConfigError);
  virtio::IommuRegions messages;
  BOOST_CHECK_THROW(messages.parse(Node::parse("a: {start: 0, end: 9, subtype: msi}\n"
                                               "b: {start: 20, end: 29, subtype: msi}\n",
                                               "t"),
                                   "iommu"),
                    ConfigError);
}
