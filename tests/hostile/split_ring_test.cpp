// SPDX-License-Identifier: Apache-2.0
// Split rings that break the rules.
#include "hostile/attack.h"

using namespace ringside::test;

namespace {

void attack(Driver::Bits bits, const std::function<void(Attack&)>& harm) {
  Attack a(std::move(bits), 8);
  a.expect_needs_reset(harm);
}

const Driver::Bits kPlain{};
const Driver::Bits kWithIndirect{28};

}  // namespace

SIM_TEST_CASE(split_available_index_jumps_past_the_ring) {
  attack(kPlain, [](Attack& a) {
    a.split(0, a.data, 16, 0);
    a.bench.memory.store<std::uint16_t>(a.place.driver_area + 2, 9);
  });
}

SIM_TEST_CASE(split_available_index_goes_back) {
  attack(kPlain,
         [](Attack& a) { a.bench.memory.store<std::uint16_t>(a.place.driver_area + 2, 0xffff); });
}

SIM_TEST_CASE(split_head_out_of_range) {
  attack(kPlain, [](Attack& a) { a.make_available(8); });
}

SIM_TEST_CASE(split_next_out_of_range) {
  attack(kPlain, [](Attack& a) {
    a.split(0, a.data, 16, kNext, 8);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_chain_is_a_loop_of_two) {
  attack(kPlain, [](Attack& a) {
    a.split(0, a.data, 16, kNext, 1);
    a.split(1, a.data, 16, kNext, 0);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_descriptor_names_itself) {
  attack(kPlain, [](Attack& a) {
    a.split(3, a.data, 0, kNext | kWrite, 3);
    a.make_available(3);
  });
}

SIM_TEST_CASE(split_more_descriptors_out_than_the_table_has) {
  attack(kPlain, [](Attack& a) {
    a.bench.device.order = Loopback::Order::Reversed;  // holds them
    for (std::uint16_t i = 0; i < 8; ++i) a.split(i, a.data, 16, i < 7 ? kNext : 0, i + 1);
    a.make_available(0);
    a.make_available(5);
  });
}

SIM_TEST_CASE(split_indirect_without_the_feature) {
  attack(kPlain, [](Attack& a) {
    a.in_table(0, a.data, 16, 0);
    a.split(0, a.table, 16, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_indirect_with_next) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 16, 0);
    a.split(0, a.table, 16, kIndirect | kNext, 1);
    a.split(1, a.data, 16, 0);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_nested_indirect) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.table + 160, 16, kIndirect);
    a.split(0, a.table, 16, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_empty_indirect_table) {
  attack(kWithIndirect, [](Attack& a) {
    a.split(0, a.table, 0, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_indirect_table_of_an_odd_size) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 16, 0);
    a.split(0, a.table, 24, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_next_leaves_the_indirect_table) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 16, kNext, 2);
    a.in_table(2, a.data, 16, 0);
    a.split(0, a.table, 32, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_loop_in_an_indirect_table) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 1, kNext, 1);
    a.in_table(1, a.data, 1, kNext, 0);
    a.split(0, a.table, 32, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_loop_over_blocks_of_an_indirect_table) {
  attack(kWithIndirect, [](Attack& a) {
    a.in_table(0, a.data, 0, kNext, 4000);
    a.in_table(4000, a.data, 0, kNext, 0);
    a.split(0, a.table, 16 * 4096, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_indirect_table_longer_than_any_chain_may_be) {
  attack(kWithIndirect, [](Attack& a) {
    for (std::uint16_t i = 0; i < 2000; ++i) a.in_table(i, a.data, 1, kNext, i + 1);
    a.in_table(2000, a.data, 1, 0);
    a.split(0, a.table, 16 * 2001, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_indirect_table_outside_memory) {
  attack(kWithIndirect, [](Attack& a) {
    a.split(0, 0x1000, 16, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_indirect_table_leaves_the_address_space) {
  attack(kWithIndirect, [](Attack& a) {
    a.split(0, ~std::uint64_t{0} - 15, 32, kIndirect);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_readable_after_writable) {
  attack(kPlain, [](Attack& a) {
    a.split(0, a.data, 16, kNext | kWrite, 1);
    a.split(1, a.data, 16, 0);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_readable_in_a_table_after_a_direct_writable) {
  attack(kWithIndirect, [](Attack& a) {
    a.split(0, a.data, 16, kNext | kWrite, 1);
    a.split(1, a.table, 16, kIndirect);
    a.in_table(0, a.data, 16, 0);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_length_overflows_32_bits) {
  attack(kPlain, [](Attack& a) {
    a.split(0, a.data, 0x80000000, kNext, 1);
    a.split(1, a.data, 0x80000000, 0);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_buffer_leaves_the_address_space) {
  attack(kPlain, [](Attack& a) {
    a.split(0, ~std::uint64_t{0} - 3, 16, 0);
    a.make_available(0);
  });
}

SIM_TEST_CASE(split_a_good_request_before_a_bad_one_does_not_help) {
  attack(kPlain, [](Attack& a) {
    a.split(0, a.data, 16, kNext, 1);
    a.split(1, a.data + 64, 16, kWrite);
    a.make_available(0);
    a.make_available(9);
  });
}

// Odd, but allowed.

SIM_TEST_CASE(split_zero_length_buffers_are_skipped) {
  Attack a(kPlain, 8);
  a.expect_service(
      [](Attack& x) {
        x.split(0, x.data, 0, kNext, 1);
        x.split(1, x.data, 16, kNext, 2);
        x.split(2, 0, 0, kNext | kWrite, 3);
        x.split(3, x.data + 64, 16, kWrite);
        x.make_available(0);
      },
      1);
  BOOST_TEST(a.bench.device.failures == 0u);
}

SIM_TEST_CASE(split_chain_as_long_as_the_ring) {
  Attack a(kPlain, 8);
  a.expect_service(
      [](Attack& x) {
        for (std::uint16_t i = 0; i < 8; ++i)
          x.split(i, x.data, 16,
                  static_cast<std::uint16_t>((i < 7 ? kNext : 0) | (i < 4 ? 0 : kWrite)), i + 1);
        x.make_available(0);
      },
      1);
}

SIM_TEST_CASE(split_indirect_table_longer_than_the_ring) {
  Attack a(kWithIndirect, 8);
  a.expect_service(
      [](Attack& x) {
        for (std::uint16_t i = 0; i < 1024; ++i)
          x.in_table(i, x.data, 1, i < 1023 ? kNext : 0, i + 1);
        x.split(0, x.table, 16 * 1024, kIndirect);
        x.make_available(0);
      },
      1);
}

SIM_TEST_CASE(split_notifications_without_requests) {
  Attack a(kPlain, 8);
  a.expect_service(
      [](Attack& x) {
        for (int i = 0; i < 1000; ++i) x.kick();
      },
      0);
}
