// SPDX-License-Identifier: Apache-2.0
// The network device in RTL, end to end (virtio 1.4, 5.1): what is sent comes back.
#include <iostream>

#include "cosim/axi/random.h"
#include "rtl/bench.h"

using namespace ringside::test;

namespace {

constexpr unsigned kReceive = 0, kTransmit = 1;
constexpr std::uint32_t kHeader = 12, kBuffer = 2048;

struct NetBench : RtlBench {
  explicit NetBench(std::uint64_t seed = 51) : RtlBench(settings(seed)), random(seed) {}
  static DutSettings settings(std::uint64_t seed) {
    DutSettings s;
    s.device = Device::Net;
    s.timing = {6, 20, 10, true, seed};
    s.interrupt_stall = 30;
    return s;
  }

  void up(const Driver::Bits& bits) {
    arena.release_all();
    out = arena.take(4 * kBuffer, 4096);
    in = arena.take(8 * kBuffer, 4096);
    BOOST_REQUIRE(driver.negotiate(bits));
    for (unsigned queue : {kReceive, kTransmit}) BOOST_REQUIRE(driver.add_queue(queue, 16));
    driver.start();
  }
  std::vector<Piece> cut(std::uint64_t at, std::uint32_t bytes) {
    std::vector<Piece> pieces;
    while (bytes != 0) {
      const std::uint32_t now = pieces.size() == 3 ? bytes : 1 + random.below(bytes);
      pieces.push_back({at, now});
      at += now;
      bytes -= now;
    }
    return pieces;
  }
  void post(unsigned slot) {
    const std::uint64_t at = in + kBuffer * slot;
    memory.write(at, std::vector<std::uint8_t>(kBuffer, 0xee).data(), kBuffer);
    BOOST_REQUIRE(driver.queue(kReceive).add({}, cut(at, kBuffer), slot, Form::Direct));
    driver.submit(kReceive);
  }
  std::vector<std::uint8_t> frame(std::uint32_t bytes) {
    std::vector<std::uint8_t> made(bytes);
    for (auto& byte : made) byte = static_cast<std::uint8_t>(random.below(256));
    return made;
  }
  /// Header with noise in it, then the frame, at place `slot` of the sender's memory.
  void send(const std::vector<std::uint8_t>& bytes, unsigned slot = 0) {
    const std::uint64_t at = out + kBuffer * slot;
    memory.write(at, frame(kHeader).data(), kHeader);
    memory.write(at + kHeader, bytes.data(), bytes.size());
    const auto all = kHeader + static_cast<std::uint32_t>(bytes.size());
    BOOST_REQUIRE(driver.queue(kTransmit).add(cut(at, all), {}, slot, Form::Direct));
    driver.submit(kTransmit);
  }
  bool sent() {
    pass(25);
    const auto used = driver.queue(kTransmit).next_used();
    if (used) BOOST_TEST(used->written.value() == 0u);
    return used.has_value();
  }
  /// The frame that came into the next used buffer.
  std::optional<std::vector<std::uint8_t>> received() {
    pass(25);
    const auto used = driver.queue(kReceive).next_used();
    if (!used) return std::nullopt;
    const std::uint32_t bytes = used->written.value();
    BOOST_REQUIRE(bytes >= kHeader);
    std::vector<std::uint8_t> all(kBuffer);
    memory.read(in + kBuffer * used->token, all.data(), kBuffer);
    std::vector<std::uint8_t> header(kHeader);
    header[10] = 1;  // num_buffers
    BOOST_TEST((std::vector<std::uint8_t>(all.begin(), all.begin() + kHeader) == header));
    BOOST_TEST((std::vector<std::uint8_t>(all.begin() + bytes, all.end()) ==
                std::vector<std::uint8_t>(kBuffer - bytes, 0xee)));
    return std::vector<std::uint8_t>(all.begin() + kHeader, all.begin() + bytes);
  }
  ringside::cosim::Random random;
  std::uint64_t out = 0, in = 0;
};

void traffic(const Driver::Bits& bits, std::uint64_t seed) {
  NetBench bench(seed);
  std::cout << "seed " << seed << std::endl;
  bench.run([&] {
    bench.up(bits);
    for (unsigned i = 0; i < 60; ++i) {
      bench.post(i % 8);
      const auto frame = bench.frame(1 + bench.random.below(i % 3 == 0 ? 2036 : 100));
      bench.send(frame);
      BOOST_TEST(bench.sent());
      const auto came = bench.received();
      BOOST_REQUIRE(came.has_value());
      BOOST_TEST((*came == frame), "a frame of " << frame.size());
    }
  });
  BOOST_TEST(bench.dut->violations() == "");
}

}  // namespace

SIM_TEST_CASE(net_frames_split) {
  traffic({32, 5}, 61);
}
SIM_TEST_CASE(net_frames_packed_event_idx) {
  traffic({32, 34, 29}, 62);
}

SIM_TEST_CASE(net_configuration) {
  NetBench bench;
  BOOST_TEST(bench.dut->device_id() == 1u);
  BOOST_TEST((bench.access.device_features(0) & 0xffffff) == 0x10020u);
  std::uint8_t mac[6] = {};
  bench.access.read_config(0, mac, 6);
  const std::uint8_t expected[] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
  BOOST_TEST(mac == expected, boost::test_tools::per_element());
  std::uint16_t status = 0;
  bench.access.read_config(6, &status, 2);
  BOOST_TEST(status == 1u);
}

SIM_TEST_CASE(net_transmit_waits_until_the_frame_before_is_received) {
  NetBench bench;
  bench.run([&] {
    bench.up({32});
    const auto first = bench.frame(300), second = bench.frame(64);
    bench.send(first, 0);
    bench.send(second, 1);
    BOOST_TEST(bench.sent());
    BOOST_TEST(!bench.sent());
    BOOST_TEST(!bench.received().has_value());
    bench.post(0);
    BOOST_TEST((bench.received() == first));
    BOOST_TEST(bench.sent());
    bench.post(1);
    BOOST_TEST((bench.received() == second));
  });
}

SIM_TEST_CASE(net_frames_that_are_lost) {
  NetBench bench;
  bench.run([&] {
    bench.up({32});
    bench.post(0);
    bench.memory.write(bench.out, bench.frame(kBuffer).data(), kBuffer);
    for (std::uint32_t bytes : {1u, 11u, 12u, kBuffer + 1, 2 * kBuffer}) {
      bench.driver.queue(kTransmit).add({{bench.out, bytes}}, {}, 0, Form::Direct);
      bench.driver.submit(kTransmit);
      BOOST_TEST(bench.sent(), bytes);
      BOOST_TEST(!bench.received().has_value(), bytes);
    }
    const auto longest = bench.frame(kBuffer - kHeader);
    bench.send(longest);
    BOOST_TEST(bench.sent());
    BOOST_TEST((bench.received() == longest));
  });
  BOOST_TEST(bench.dut->violations() == "");
}

SIM_TEST_CASE(net_forgets_its_frame_at_a_reset) {
  NetBench bench;
  bench.run([&] {
    bench.up({32});
    bench.send(bench.frame(100));
    BOOST_TEST(bench.sent());
    bench.up({32});
    bench.post(0);
    BOOST_TEST(!bench.received().has_value());
    const auto frame = bench.frame(80);
    bench.send(frame);
    BOOST_TEST((bench.received() == frame));
  });
}
