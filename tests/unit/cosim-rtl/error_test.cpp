// SPDX-License-Identifier: Apache-2.0
// Rings that break, and memory that does not answer: DEVICE_NEEDS_RESET with its reason, a
// configuration change notification, nothing used, and a reset that mends it.
#include "rtl/bench.h"

using namespace ringside::test;

namespace {

constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4, kAvail = 1 << 7;

/// Reasons, as in models/cosim/rtl/virtio_numbers.svh.
enum Reason {
  kMemory = 1,
  kAvailIndex,
  kHead,
  kNextBeyond,
  kLoop,
  kTooLong,
  kNotNegotiated,
  kIndirectNext,
  kNested,
  kTableSize,
  kOrder,
  kTooManyBytes,
  kAddress,
  kNotAvailable,
};

struct ErrorBench : RtlBench {
  using RtlBench::RtlBench;
  std::uint64_t data = 0;
  QueuePlace place;

  void up(const Driver::Bits& bits, std::uint16_t size = 8) {
    arena.release_all();
    data = arena.take(0x8000, 4096);
    BOOST_REQUIRE(driver.bring_up(bits, size));
    place = driver.queue().place();
  }
  void descriptor(std::uint64_t table, unsigned index, std::uint64_t address, std::uint32_t length,
                  std::uint16_t low, std::uint16_t high) {
    const std::uint64_t at = table + 16 * index;
    memory.store<std::uint64_t>(at, address);
    memory.store<std::uint32_t>(at + 8, length);
    memory.store<std::uint16_t>(at + 12, low);
    memory.store<std::uint16_t>(at + 14, high);
  }
  /// Split: flags, next.
  void split(unsigned index, std::uint64_t address, std::uint32_t length, std::uint16_t flags,
             std::uint16_t next = 0) {
    descriptor(place.descriptor_area, index, address, length, flags, next);
  }
  /// Packed, in the first lap.
  void packed(unsigned index, std::uint64_t address, std::uint32_t length, std::uint16_t flags) {
    descriptor(place.descriptor_area, index, address, length, 0, flags | kAvail);
  }
  void publish(std::uint16_t head, std::uint16_t index = 1) {
    memory.store<std::uint16_t>(place.driver_area + 4, head);
    memory.store<std::uint16_t>(place.driver_area + 2, index);
    kick();
  }
  void kick() {
    access.notify(0, 1);
    pass();
  }
  /// The device has broken for this reason and told so, and works again after a reset.
  void expect(Reason reason, const char* what) {
    BOOST_TEST((access.status() & 0x40) != 0, what);
    BOOST_TEST((access.read(0x1004, 4) & 0xff) == unsigned(reason),
               what << ": " << access.read(0x1004, 4));
    BOOST_TEST((access.read(0x1000, 1) & 2) != 0, what);
    BOOST_TEST(access.config_interrupts() == ++told, what);
    BOOST_TEST(dut->violations() == "");
    const auto before = dut->requests;
    memory.bus.fail(1, 0);
    up({32});
    driver.queue().add({{data, 4}}, {{data + 16, 4}}, 1, Form::Direct);
    driver.submit();
    pass();
    BOOST_TEST(driver.queue().next_used().has_value(), what << ": after a reset");
    BOOST_TEST(dut->requests == before + 1, what);
    BOOST_TEST(access.status() == 0xfu, what);
  }
  unsigned told = 0;
};

const Driver::Bits kPlain{32}, kTables{32, 28}, kPacked{32, 34}, kPackedTables{32, 34, 28};

}  // namespace

SIM_TEST_CASE(broken_split_rings) {
  ErrorBench bench;
  bench.run([&] {
    bench.up(kPlain);
    bench.publish(0, 9);
    bench.expect(kAvailIndex, "index too far ahead");

    bench.up(kPlain);
    bench.publish(8);
    bench.expect(kHead, "head beyond the table");

    bench.up(kPlain);
    bench.split(0, bench.data, 4, kNext, 8);
    bench.publish(0);
    bench.expect(kNextBeyond, "next beyond the table");

    bench.up(kPlain);
    bench.split(0, bench.data, 4, kNext, 1);
    bench.split(1, bench.data, 4, kNext, 0);
    bench.publish(0);
    bench.expect(kLoop, "a loop");

    bench.up(kPlain);
    bench.split(0, bench.data, 4, kNext | kWrite, 1);
    bench.split(1, bench.data, 4, 0);
    bench.publish(0);
    bench.expect(kOrder, "readable after writable");

    bench.up(kPlain);
    bench.split(0, bench.data, 0x80000000, kNext | kWrite, 1);
    bench.split(1, bench.data, 0x80000000, kWrite);
    bench.publish(0);
    bench.expect(kTooManyBytes, "4 GiB");

    bench.up(kPlain);
    bench.split(0, ~std::uint64_t{0}, 2, 0);
    bench.publish(0);
    bench.expect(kAddress, "beyond the end of the address space");

    bench.up(kPlain);
    bench.split(0, bench.data, 16, kIndirect);
    bench.publish(0);
    bench.expect(kNotNegotiated, "INDIRECT is not negotiated");
  });
}

SIM_TEST_CASE(broken_tables) {
  ErrorBench bench;
  bench.run([&] {
    bench.up(kTables);
    bench.split(0, bench.data, 16, kIndirect | kNext, 1);
    bench.publish(0);
    bench.expect(kIndirectNext, "INDIRECT and NEXT");

    for (std::uint32_t bytes : {0u, 8u, 24u}) {
      bench.up(kTables);
      bench.split(0, bench.data, bytes, kIndirect);
      bench.publish(0);
      bench.expect(kTableSize, "size of a table");
    }

    bench.up(kTables);
    bench.split(0, bench.data, 16, kIndirect);
    bench.descriptor(bench.data, 0, bench.data + 64, 16, kIndirect, 0);
    bench.publish(0);
    bench.expect(kNested, "a table in a table");

    bench.up(kTables);
    bench.split(0, bench.data, 32, kIndirect);
    bench.descriptor(bench.data, 0, bench.data + 64, 4, kNext, 2);
    bench.publish(0);
    bench.expect(kNextBeyond, "next beyond a table");

    bench.up(kTables);
    bench.split(0, bench.data, 16, kIndirect);
    bench.descriptor(bench.data, 0, bench.data + 64, 4, kNext, 0);
    bench.publish(0);
    bench.expect(kTooLong, "a loop in a table, of buffers");

    bench.up(kTables);
    bench.split(0, bench.data, 16, kIndirect);
    bench.descriptor(bench.data, 0, bench.data + 64, 0, kNext, 0);
    bench.publish(0);
    bench.pass(1000);
    bench.expect(kLoop, "a loop in a table, of nothing");

    bench.up(kTables);
    bench.split(0, ~std::uint64_t{0} - 15, 32, kIndirect);
    bench.publish(0);
    bench.expect(kAddress, "a table beyond the end of the address space");
  });
}

SIM_TEST_CASE(broken_packed_rings) {
  ErrorBench bench;
  bench.run([&] {
    bench.up(kPacked);
    bench.packed(0, bench.data, 4, kNext);
    bench.kick();
    bench.expect(kNotAvailable, "a list into what is not available");

    bench.up(kPacked);
    for (unsigned i = 0; i < 8; ++i) bench.packed(i, bench.data, 4, kNext);
    bench.kick();
    bench.expect(kLoop, "a list all around");

    bench.up(kPackedTables);
    bench.packed(1, bench.data, 16, kIndirect);
    bench.packed(0, bench.data, 4, kNext);
    bench.kick();
    bench.expect(kNested, "a table in a list");

    bench.up(kPacked);
    bench.packed(0, bench.data, 16, kIndirect);
    bench.kick();
    bench.expect(kNotNegotiated, "INDIRECT is not negotiated");

    bench.up(kPackedTables);
    bench.packed(0, bench.data, 16, kIndirect | kNext);
    bench.kick();
    bench.expect(kIndirectNext, "INDIRECT and NEXT");
  });
}

SIM_TEST_CASE(memory_that_does_not_answer) {
  ErrorBench bench;
  bench.run([&] {
    bench.up(kPlain);
    bench.split(0, 0x1000, 64, 0);  // unmapped
    bench.publish(0);
    bench.expect(kMemory, "an unmapped readable buffer");

    bench.up(kPlain);
    bench.split(0, bench.data, 64, kNext, 1);
    bench.split(1, 0x1000, 64, kWrite);
    bench.publish(0);
    bench.expect(kMemory, "an unmapped writable buffer");
    BOOST_TEST(bench.memory.load<std::uint16_t>(bench.place.device_area + 2) == 1u);  // of expect()

    bench.up(kTables);
    bench.split(0, 0x1000, 64, kIndirect);
    bench.publish(0);
    bench.expect(kMemory, "an unmapped table");

    bench.up(kPlain);
    bench.split(0, RtlBench::kBase + RtlBench::kBytes - 8, 64, 0);
    bench.publish(0);
    bench.expect(kMemory, "a buffer that leaves memory");

    // Each area of a split ring and each of a packed one.
    for (const bool packed : {false, true})
      for (unsigned area = 0; area < 3; ++area) {
        bench.up(packed ? kPacked : kPlain);
        const std::uint64_t at[] = {bench.place.descriptor_area, bench.place.driver_area,
                                    bench.place.device_area};
        bench.driver.queue().add({{bench.data, 4}}, {{bench.data + 16, 4}}, 1, Form::Direct);
        bench.memory.bus.fail(at[area], at[area] + 3);
        bench.driver.submit();
        bench.pass();
        bench.expect(kMemory, "an area of the ring");
      }
  });
}

SIM_TEST_CASE(a_broken_device_does_nothing_more) {
  ErrorBench bench;
  bench.run([&] {
    bench.up(kPlain);
    bench.publish(8);
    BOOST_TEST((bench.access.status() & 0x40) != 0);
    unsigned accesses = 0;
    bench.dut->observer = [&](const ringside::cosim::BusAccess&) { ++accesses; };
    bench.publish(0, 2);
    bench.publish(0, 3);
    BOOST_TEST(accesses == 0u);
    BOOST_TEST(bench.dut->requests == 0u);
  });
}

SIM_TEST_CASE(random_descriptors_end_in_needs_reset_or_in_used_elements) {
  ErrorBench bench(DutSettings{});
  bench.run([&] {
    ringside::cosim::Random random(77);
    unsigned broken = 0, used = 0;
    for (unsigned round = 0; round < 300; ++round) {
      const bool packed = round % 2 != 0;
      bench.up(packed ? kPackedTables : kTables, 16);
      for (unsigned i = 0; i < 16; ++i) {
        const std::uint64_t address = random.below(8) == 0
                                          ? std::uint64_t{random.below(~0u)} << random.below(33)
                                          : bench.data + 16 * random.below(0x700);
        const std::uint32_t length =
            random.below(10) == 0 ? random.below(0x2000) : 16 * random.below(40);
        std::uint16_t flags =
            static_cast<std::uint16_t>(random.below(8) == 0 ? random.below(8) : random.below(3));
        if (packed) flags |= random.below(10) == 0 ? 0 : kAvail;
        const auto other = static_cast<std::uint16_t>(random.below(17));
        bench.descriptor(bench.place.descriptor_area, i, address, length, packed ? other : flags,
                         packed ? flags : other);
        if (!packed)
          bench.memory.store<std::uint16_t>(bench.place.driver_area + 4 + 2 * i,
                                            static_cast<std::uint16_t>(random.below(16)));
      }
      if (!packed)
        bench.memory.store<std::uint16_t>(bench.place.driver_area + 2,
                                          static_cast<std::uint16_t>(1 + random.below(16)));
      bench.access.notify(0, 1);
      bench.pass(300);
      BOOST_TEST(bench.dut->resting(), "round " << round);
      broken += (bench.access.status() & 0x40) != 0;
      used += packed ? 0 : bench.memory.load<std::uint16_t>(bench.place.device_area + 2);
    }
    BOOST_TEST(bench.dut->violations() == "");
    BOOST_TEST(broken > 100u);
    BOOST_TEST(used > 10u);
  });
}
