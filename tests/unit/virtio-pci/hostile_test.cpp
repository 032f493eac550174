// SPDX-License-Identifier: Apache-2.0
// A guest that writes anything anywhere: nothing may break, and after a reset the device works.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

/// The same numbers in every run (Knuth's MMIX constants).
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return state_ >> 16;
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// Small numbers, ones, powers of two and anything, in equal parts.
  std::uint64_t value() {
    switch (below(4)) {
      case 0:
        return below(16);
      case 1:
        return ~std::uint64_t{0};
      case 2:
        return std::uint64_t{1} << below(64);
      default:
        return next() << 16 ^ next();
    }
  }

 private:
  std::uint64_t state_;
};

class HostileGuest {
 public:
  HostileGuest(VirtioBench& bench, std::uint64_t seed) : b_(bench), numbers_(seed) {}

  void act() {
    const std::uint64_t places[] = {
        b_.at,      Guest::place(0, 2), Guest::kEcam,  b_.kCommon, b_.kCommon,       b_.kCommon,
        b_.kIsr,    b_.kDevice,         b_.kNotify,    b_.kTable,  b_.kTable + 2048, b_.kLegacy,
        b_.kLegacy, Guest::kMemory32,   Guest::kPorts, b_.ring(0), b_.ring(0),       b_.ring(1),
        b_.kShared, b_.kPortDoorbell};
    const std::uint64_t base = places[numbers_.below(std::size(places))];
    const std::uint64_t address = base + numbers_.below(numbers_.below(4) ? 0x60 : 0x1000);
    const auto bytes = static_cast<unsigned>(1u << numbers_.below(4));
    std::uint64_t value = numbers_.value();
    const bool is_write = numbers_.below(3) != 0;
    b_.guest.cpu.access(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, address, &value,
                        bytes);
  }
  /// Puts the registers back to where they can be reached.
  void repair() {
    if (numbers_.below(2)) b_.enumerate();
    if (numbers_.below(2)) b_.negotiate(numbers_.value() & 0xffff, numbers_.value() & 0x30000021);
    if (numbers_.below(2)) b_.enable_queue(0, static_cast<std::uint16_t>(numbers_.below(4)));
    if (numbers_.below(2)) b_.driver_ok();
  }
  /// Every now and then a driver as it should be, so that there is something to disturb.
  void work() {
    b_.enumerate();
    b_.negotiate();
    for (unsigned i = 0; i < 0x400; i += 8) b_.guest.put<std::uint64_t>(b_.ring(0) + i, 0);
    b_.enable_queue(0);
    b_.driver_ok();
    b_.offer(0);
    b_.guest.put16(b_.kNotify, 0);
  }

 private:
  VirtioBench& b_;
  Numbers numbers_;
};

void torment(VirtioBench& b, std::uint64_t seed) {
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  HostileGuest guest(b, seed);
  for (int round = 0; round < 4000; ++round) {
    if (round % 4 == 0)
      guest.work();
    else
      guest.repair();
    for (int i = 0; i < 100; ++i) guest.act();
    b.sim.run(sc_core::sc_time(100, sc_core::SC_NS));
  }
  BOOST_TEST_MESSAGE("served " << b.device.served << ", resets " << b.device.resets << ", refused "
                               << b.card.ignored_accesses.value());
  BOOST_TEST(b.device.resets > 100u);
  BOOST_TEST(b.device.served > 100u);
  b.sim.platform.request_reset();
  b.step();
  b.step();
  const unsigned served = b.device.served;
  guest.work();
  b.step();
  BOOST_TEST(b.device.served == served + 1);
  BOOST_TEST(b.used(0) == 1);
}

}  // namespace

SIM_TEST_CASE(a_transitional_function_survives_any_guest) {
  VirtioBench b("", ", notification_data: true");
  torment(b, 1);
}

SIM_TEST_CASE(a_modern_function_with_everything_survives_any_guest) {
  VirtioBench b(", interface: modern, vectors: 200",
                ", packed: true, in_order: true, "
                "shared_bytes: 0x3000");
  torment(b, 2);
}

SIM_TEST_CASE(a_function_behind_a_port_survives_any_guest) {
  VirtioBench b(", modern_pio_notify: true, vendor_id: 1, vendor_data: [1, 2]", "", true);
  torment(b, 3);
}

SIM_TEST_CASE(a_timed_function_survives_any_guest) {
  VirtioBench b("", ", queues: 4", false, "accuracy: timed\n");
  torment(b, 4);
}
