// SPDX-License-Identifier: Apache-2.0
// The entropy device in RTL, end to end (virtio 1.4, 5.4).
#include <set>

#include "rtl/bench.h"

using namespace ringside::test;

namespace {

DutSettings entropy() {
  DutSettings settings;
  settings.device = Device::Entropy;
  settings.timing = {6, 10, 10, true, 21};
  return settings;
}

struct EntropyBench : RtlBench {
  EntropyBench() : RtlBench(entropy()) {}
  std::uint64_t data = arena.take(0x4000, 4096);

  /// Bytes that a request of these buffers brought; the rest of the page is as it was.
  std::vector<std::uint8_t> ask(const std::vector<Piece>& writable) {
    std::vector<std::uint8_t> before(0x4000, 0xee), after(0x4000);
    memory.write(data, before.data(), before.size());
    BOOST_REQUIRE(driver.queue().add({}, writable, 1, Form::Direct));
    driver.submit();
    BOOST_REQUIRE(driver.wait_used(0, {1, sc_core::SC_MS}));
    auto used = driver.queue().next_used();
    BOOST_REQUIRE(used.has_value());
    std::uint32_t left = used->written.value();
    memory.read(data, after.data(), after.size());
    std::vector<std::uint8_t> got;
    for (const Piece& p : writable) {
      const std::uint32_t now = std::min(left, p.length);
      got.insert(got.end(), after.begin() + (p.address - data),
                 after.begin() + (p.address - data) + now);
      std::fill_n(after.begin() + (p.address - data), now, 0xee);
      left -= now;
    }
    BOOST_TEST(left == 0u);
    BOOST_TEST(after == before);
    return got;
  }
};

}  // namespace

SIM_TEST_CASE(entropy_fills_what_the_driver_gives) {
  EntropyBench bench;
  BOOST_TEST(bench.dut->device_id() == 4u);
  bench.run([&] {
    for (const unsigned layout : {0u, 34u}) {
      Driver::Bits bits{32};
      if (layout != 0) bits.push_back(layout);
      BOOST_REQUIRE(bench.driver.bring_up(bits, 8));
      std::set<std::vector<std::uint8_t>> seen;
      for (std::uint32_t bytes : {1u, 7u, 8u, 9u, 64u, 100u, 1000u, 4096u}) {
        const auto got = bench.ask({{bench.data + 3, bytes}});
        BOOST_TEST(got.size() == bytes);
        BOOST_TEST(seen.insert(got).second);
      }
    }
  });
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(entropy_over_several_buffers_and_no_more_than_its_limit) {
  EntropyBench bench;
  bench.run([&] {
    BOOST_REQUIRE(bench.driver.bring_up({32, 29}, 8));
    BOOST_TEST(
        bench.ask({{bench.data + 1, 5}, {bench.data + 100, 40}, {bench.data + 201, 1}}).size() ==
        46u);
    BOOST_TEST(bench.ask({{bench.data, 0x3000}}).size() == 4096u);
  });
}

SIM_TEST_CASE(entropy_has_bits_of_both_kinds_in_every_place) {
  EntropyBench bench;
  bench.run([&] {
    BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
    unsigned ones[8] = {};
    const auto got = bench.ask({{bench.data, 4096}});
    for (const std::uint8_t byte : got)
      for (unsigned bit = 0; bit < 8; ++bit) ones[bit] += (byte >> bit) & 1;
    for (const unsigned count : ones) {
      BOOST_TEST(count > 1850u);
      BOOST_TEST(count < 2250u);
    }
  });
}

SIM_TEST_CASE(entropy_after_resets_in_the_midst_of_requests) {
  EntropyBench bench;
  bench.run([&] {
    for (unsigned nanoseconds = 0; nanoseconds < 4000; nanoseconds += 212) {
      BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
      bench.driver.queue().add({}, {{bench.data, 4096}}, 1, Form::Direct);
      bench.driver.submit();
      sc_core::wait(sc_core::sc_time(nanoseconds, sc_core::SC_NS));
    }
    BOOST_REQUIRE(bench.driver.bring_up({32}, 8));
    BOOST_TEST(bench.ask({{bench.data, 100}}).size() == 100u);
  });
  BOOST_TEST(bench.dut->violations() == "");
}
