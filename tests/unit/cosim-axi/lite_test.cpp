// SPDX-License-Identifier: Apache-2.0
// Registers over AXI4-Lite, against a subordinate that is slow in every way.
#include <boost/test/unit_test.hpp>

#include "cosim/axi/axi_lite_manager.h"
#include "cosim/axi/random.h"
#include "pins.h"

using namespace ringside::cosim;
using namespace ringside::test;

namespace {

/// Sixteen registers; every READY and VALID comes late, by chance.
struct Registers {
  explicit Registers(std::uint64_t seed) : random(seed) {}
  void clock(Pins& p) {
    if (p.s_axil_awvalid && p.s_axil_awready) {
      address = p.s_axil_awaddr;
      has_address = true;
    }
    if (p.s_axil_wvalid && p.s_axil_wready) {
      data = p.s_axil_wdata;
      strobes = p.s_axil_wstrb;
      has_data = true;
    }
    if (p.s_axil_bvalid && p.s_axil_bready) p.s_axil_bvalid = 0;
    if (has_address && has_data && random.below(3) == 0) {
      for (unsigned i = 0; i < 4; ++i)
        if ((strobes >> i) & 1) bytes[address + i] = static_cast<std::uint8_t>(data >> (8 * i));
      has_address = has_data = false;
      p.s_axil_bvalid = 1;
      ++writes;
    }
    if (p.s_axil_rvalid && p.s_axil_rready) p.s_axil_rvalid = 0;
    if (p.s_axil_arvalid && p.s_axil_arready) reading = true;
    if (reading && random.below(3) == 0) {
      std::memcpy(&p.s_axil_rdata, bytes + p.s_axil_araddr, 4);
      p.s_axil_rvalid = 1;
      reading = false;
      ++reads;
    }
    p.s_axil_awready = !has_address && !p.s_axil_bvalid && random.below(2);
    p.s_axil_wready = !has_data && !p.s_axil_bvalid && random.below(2);
    p.s_axil_arready = !reading && !p.s_axil_rvalid && random.below(2);
  }
  Random random;
  std::uint8_t bytes[64] = {};
  std::uint32_t address = 0, data = 0;
  unsigned strobes = 0, writes = 0, reads = 0;
  bool has_address = false, has_data = false, reading = false;
};

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_halves_and_words_reach_their_lanes) {
  Pins pins;
  AxiLiteManager<AxiLitePort<Pins>> manager{AxiLitePort<Pins>(pins)};
  Registers registers(9);
  Random random(10);
  std::uint8_t expected[64] = {};
  const auto finish = [&] {
    for (unsigned i = 0; manager.busy(); ++i) {
      BOOST_REQUIRE(i < 1000);
      manager.sample();
      registers.clock(pins);
      manager.drive();
    }
  };
  for (unsigned i = 0; i < 500; ++i) {
    const unsigned size = 1u << random.below(3), at = random.below(64 / size) * size;
    if (random.below(2) == 0) {
      const std::uint32_t value = random.below(~0u);
      manager.start_write(at, size, value);
      manager.drive();
      finish();
      std::memcpy(expected + at, &value, size);
      BOOST_TEST(std::memcmp(expected, registers.bytes, 64) == 0);
    } else {
      manager.start_read(at, size);
      manager.drive();
      finish();
      std::uint32_t value = 0;
      std::memcpy(&value, expected + at, size);
      BOOST_TEST(manager.value() == value);
    }
  }
  BOOST_TEST(registers.writes + registers.reads == 500u);  // each once
}

BOOST_AUTO_TEST_CASE(responses_are_passed_on) {
  Pins pins;
  AxiLiteManager<AxiLitePort<Pins>> manager{AxiLitePort<Pins>(pins)};
  Registers registers(3);
  pins.s_axil_rresp = 2;
  pins.s_axil_bresp = 3;
  manager.start_read(0, 4);
  while (manager.busy()) {
    manager.drive();
    manager.sample();
    registers.clock(pins);
  }
  BOOST_TEST(manager.response() == 2u);
  manager.start_write(0, 4, 1);
  while (manager.busy()) {
    manager.drive();
    manager.sample();
    registers.clock(pins);
  }
  BOOST_TEST(manager.response() == 3u);
}
