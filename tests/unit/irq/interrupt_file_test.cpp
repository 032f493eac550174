// SPDX-License-Identifier: Apache-2.0
// Sections are those of the RISC-V Advanced Interrupt Architecture 1.0.
#include "irq/interrupt_file.h"

#include <boost/test/unit_test.hpp>

using ringside::ImsicFile;

namespace {

constexpr unsigned kDelivery = 0x70, kThreshold = 0x72, kPending = 0x80, kEnabled = 0xc0;

struct File {
  File() : file(255) {
    file.on_signal([this](bool high) {
      signal = high;
      ++changes;
    });
  }
  std::uint64_t read(unsigned select) {
    std::uint64_t value = 0;
    BOOST_TEST(file.read(select, value));
    return value;
  }
  void write(unsigned select, std::uint64_t value) { BOOST_TEST(file.write(select, value)); }

  ImsicFile file;
  bool signal = false;
  unsigned changes = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_identity_signals_when_pending_enabled_and_delivered, File) {
  file.set_pending(70);
  BOOST_TEST(file.top() == 0u);
  write(kEnabled + 2, 1u << 6);  // identities 64 to 127
  BOOST_TEST(file.top() == (70u << 16 | 70u));
  BOOST_TEST(!signal);
  write(kDelivery, 1);
  BOOST_TEST(signal);
  file.claim();
  BOOST_TEST(!signal);
  BOOST_TEST(file.top() == 0u);
  BOOST_TEST(read(kPending + 2) == 0u);
  BOOST_TEST(changes == 2u);
}

BOOST_FIXTURE_TEST_CASE(lower_numbers_come_first, File) {
  write(kDelivery, 1);
  for (unsigned i = 0; i < 8; i += 2) write(kEnabled + i, ~std::uint64_t{0});
  for (unsigned identity : {200, 5, 64, 255}) file.set_pending(identity);
  for (unsigned expected : {5, 64, 200, 255}) {
    BOOST_TEST(file.top() >> 16 == expected);
    file.claim();
  }
  BOOST_TEST(!signal);
}

BOOST_FIXTURE_TEST_CASE(a_threshold_holds_back_its_own_number_and_higher_ones, File) {  // 3.8.2
  write(kDelivery, 1);
  write(kEnabled, ~std::uint64_t{0});
  file.set_pending(10);
  write(kThreshold, 10);
  BOOST_TEST(!signal);
  BOOST_TEST(file.top() == 0u);
  write(kThreshold, 11);
  BOOST_TEST(signal);
  BOOST_TEST(file.top() >> 16 == 10u);
  write(kThreshold, 0x1005);
  BOOST_TEST(read(kThreshold) == 5u);  // only as many bits as identities need
}

BOOST_FIXTURE_TEST_CASE(identities_that_do_not_exist_are_ignored, File) {
  file.set_pending(0);
  file.set_pending(256);
  file.set_pending(0xffffffff);
  for (unsigned select = kPending; select < kEnabled; select += 2) BOOST_TEST(read(select) == 0u);
  write(kPending, ~std::uint64_t{0});
  BOOST_TEST(read(kPending) == ~std::uint64_t{1});
  write(kEnabled, ~std::uint64_t{0});
  BOOST_TEST(read(kEnabled) == ~std::uint64_t{1});
  write(kPending + 8, ~std::uint64_t{0});  // identities 256 to 319
  BOOST_TEST(read(kPending + 8) == 0u);
}

BOOST_FIXTURE_TEST_CASE(odd_and_reserved_registers_are_illegal, File) {  // 3.8
  std::uint64_t value = 0;
  for (unsigned select : {0x6fu, 0x71u, 0x73u, 0x7fu, 0x81u, 0xc1u, 0xffu, 0x100u}) {
    BOOST_TEST(!file.read(select, value), "read " << select);
    BOOST_TEST(!file.write(select, 0), "write " << select);
  }
}

BOOST_FIXTURE_TEST_CASE(pending_bits_can_be_written, File) {
  write(kDelivery, 1);
  write(kEnabled, ~std::uint64_t{0});
  write(kPending, 1u << 3);
  BOOST_TEST(signal);
  write(kPending, 0);
  BOOST_TEST(!signal);
}

BOOST_FIXTURE_TEST_CASE(delivery_takes_only_the_values_that_exist, File) {  // 3.8.1
  write(kDelivery, 1);
  write(kDelivery, 0x40000000);
  BOOST_TEST(read(kDelivery) == 1u);
  write(kDelivery, 0);
  BOOST_TEST(read(kDelivery) == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_claim_with_nothing_pending_does_nothing, File) {
  file.claim();
  BOOST_TEST(file.top() == 0u);
  BOOST_TEST(changes == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_reset_clears_everything, File) {
  write(kDelivery, 1);
  write(kEnabled, 2);
  file.set_pending(1);
  BOOST_TEST(signal);
  file.reset();
  BOOST_TEST(!signal);
  BOOST_TEST(read(kDelivery) == 0u);
  BOOST_TEST(read(kEnabled) == 0u);
  BOOST_TEST(read(kPending) == 0u);
}
