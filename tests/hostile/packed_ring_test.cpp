// SPDX-License-Identifier: Apache-2.0
// Packed rings that break the rules.
#include "hostile/attack.h"

using namespace ringside::test;

namespace {

void attack(Driver::Bits bits, const std::function<void(Attack&)>& harm) {
  bits.push_back(34);
  Attack a(std::move(bits), 7);
  a.expect_needs_reset(harm);
}

const Driver::Bits kPlain{};
const Driver::Bits kWithIndirect{28};

}  // namespace

SIM_TEST_CASE(packed_indirect_without_the_feature) {
  attack(kPlain, [](Attack& a) { a.packed(0, a.table, 16, kIndirect | kAvail); });
}

SIM_TEST_CASE(packed_indirect_with_next) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 16, 0);
    a.packed(1, a.data, 16, kAvail);
    a.packed(0, a.table, 16, kIndirect | kNext | kAvail);
  });
}

SIM_TEST_CASE(packed_indirect_in_a_list) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 16, 0);
    a.packed(1, a.table, 16, kIndirect | kAvail);
    a.packed(0, a.data, 16, kNext | kAvail);
  });
}

SIM_TEST_CASE(packed_nested_indirect) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.table + 160, 16, 0, kIndirect);  // flags come last in this layout
    a.packed(0, a.table, 16, kIndirect | kAvail);
  });
}

SIM_TEST_CASE(packed_empty_indirect_table) {
  attack(kWithIndirect, [](Attack& a) { a.packed(0, a.table, 0, kIndirect | kAvail); });
}

SIM_TEST_CASE(packed_indirect_table_of_an_odd_size) {
  attack(kWithIndirect, [](Attack& a) { a.packed(0, a.table, 17, kIndirect | kAvail); });
}

SIM_TEST_CASE(packed_indirect_table_of_four_gigabytes) {
  attack(kWithIndirect, [](Attack& a) { a.packed(0, a.table, 0xfffffff0, kIndirect | kAvail); });
}

SIM_TEST_CASE(packed_indirect_table_outside_memory) {
  attack(kWithIndirect, [](Attack& a) { a.packed(0, 0x1000, 16, kIndirect | kAvail); });
}

SIM_TEST_CASE(packed_indirect_table_leaves_the_address_space) {
  attack(kWithIndirect,
         [](Attack& a) { a.packed(0, ~std::uint64_t{0} - 15, 32, kIndirect | kAvail); });
}

SIM_TEST_CASE(packed_list_runs_into_a_descriptor_that_is_not_available) {
  attack(kPlain, [](Attack& a) {
    a.packed(1, a.data, 16, 0);
    a.packed(0, a.data, 16, kNext | kAvail);
  });
}

SIM_TEST_CASE(packed_list_goes_round_the_ring) {
  attack(kPlain, [](Attack& a) {
    for (std::uint16_t i = 0; i < 7; ++i) a.packed(i, a.data, 16, kNext | kAvail);
  });
}

SIM_TEST_CASE(packed_list_longer_than_the_ring) {
  attack(kPlain, [](Attack& a) {
    // A request of one slot, then a list that ends in the lap after, on the first one's slot, which
    // is made available again although the device has not given it back.
    a.bench.device.order = Loopback::Order::Reversed;
    a.packed(0, a.data, 16, kAvail);
    a.kick();
    a.bench.device.instead = [&](unsigned queue) {
      a.bench.device.instead = nullptr;
      const auto held = a.bench.device.hold(queue);
      for (std::uint16_t i = 1; i < 7; ++i) a.packed(i, a.data, 16, kNext | kAvail);
      a.packed(0, a.data, 16, kUsed);
      BOOST_TEST(!a.bench.device.hold(queue));
      return true;
    };
  });
}

SIM_TEST_CASE(packed_readable_after_writable) {
  attack(kPlain, [](Attack& a) {
    a.packed(1, a.data, 16, kAvail);
    a.packed(0, a.data, 16, kNext | kWrite | kAvail);
  });
}

SIM_TEST_CASE(packed_readable_after_writable_in_a_table) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 16, 0, kWrite);
    a.in_table(1, a.data, 16, 0, 0);
    a.packed(0, a.table, 32, kIndirect | kAvail);
  });
}

SIM_TEST_CASE(packed_length_overflows_32_bits) {
  attack(kPlain, [](Attack& a) {
    a.packed(1, a.data, 0xffffffff, kAvail);
    a.packed(0, a.data, 0xffffffff, kNext | kAvail);
  });
}

SIM_TEST_CASE(packed_buffer_leaves_the_address_space) {
  attack(kPlain, [](Attack& a) { a.packed(0, ~std::uint64_t{0}, 2, kAvail); });
}

// Odd, but allowed.

SIM_TEST_CASE(packed_ids_are_the_drivers_business) {
  Attack a({34}, 7);
  a.expect_service(
      [](Attack& x) {
        x.packed(0, x.data, 16, kAvail, 0xffff);
        x.packed(1, x.data, 16, kAvail, 0xffff);
      },
      2);
}

SIM_TEST_CASE(packed_reserved_flags_in_a_table_are_ignored) {
  Attack a({28, 34}, 7);
  a.expect_service(
      [](Attack& x) {
        x.in_table(0, x.data, 16, 0xffff, kNext | kAvail);
        x.in_table(1, x.data + 64, 16, 0xffff, kNext | kUsed | kWrite);
        x.packed(0, x.table, 32, kIndirect | kWrite | kAvail);
      },
      1);
  BOOST_TEST(a.bench.device.failures == 0u);
}

SIM_TEST_CASE(packed_event_structure_out_of_range) {
  Attack a({29, 34}, 7);
  a.expect_service(
      [](Attack& x) {
        x.bench.memory.store<std::uint16_t>(x.place.driver_area, 0x7fff);
        x.bench.memory.store<std::uint16_t>(x.place.driver_area + 2, 0xffff);
        x.packed(0, x.data, 16, kAvail);
      },
      1);
  BOOST_TEST(a.bench.access.queue_interrupts(0) >= 1u);
}
