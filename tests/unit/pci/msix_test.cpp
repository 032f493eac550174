// SPDX-License-Identifier: Apache-2.0
#include "pci/msix.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "pci/registers.h"

using namespace ringside::pci;

namespace {

struct Table {
  explicit Table(unsigned vectors = 4) {
    place.bar = 1;
    bytes = MsiX::exclusive_bytes(vectors, place);
    msix.add(config, vectors, place,
             [this](unsigned vector, std::uint64_t address, std::uint32_t data) {
               sent.push_back({vector, address, data});
             });
  }
  void control(std::uint16_t value) {
    config.write(msix.capability() + 2, 2, value);
    msix.control_written(config);
  }
  void program(unsigned vector, std::uint64_t address, std::uint32_t data, bool masked) {
    msix.write(vector * 16, 8, address);
    msix.write(vector * 16 + 8, 4, data);
    msix.write(vector * 16 + 12, 4, masked);
  }
  struct Message {
    unsigned vector;
    std::uint64_t address;
    std::uint32_t data;
  };
  ConfigSpace config;
  MsiX msix;
  MsiX::Place place;
  std::uint64_t bytes = 0;
  std::vector<Message> sent;
};

constexpr std::uint16_t kEnable = 0x8000;
constexpr std::uint16_t kMaskAll = 0x4000;

}  // namespace

BOOST_AUTO_TEST_CASE(the_capability_tells_size_and_places) {
  Table t(4);
  BOOST_TEST(t.bytes == 4096u);
  BOOST_TEST(t.msix.capability() == 0x40u);
  BOOST_TEST(t.config.get16(0x42) == 3);
  BOOST_TEST(t.config.get32(0x44) == 1u);
  BOOST_TEST(t.config.get32(0x48) == 0x801u);
  t.config.write(0x42, 2, 0xffff);
  BOOST_TEST(t.config.get16(0x42) == 0xc003);
}

BOOST_AUTO_TEST_CASE(big_tables_move_the_pending_bits) {
  MsiX::Place place;
  BOOST_TEST(MsiX::exclusive_bytes(128, place) == 4096u);
  BOOST_TEST(place.pending == 0x800u);
  BOOST_TEST(MsiX::exclusive_bytes(129, place) == 4096u);
  BOOST_TEST(place.pending == 129u * 16);
  BOOST_TEST(MsiX::exclusive_bytes(2048, place) == 65536u);
  BOOST_TEST(place.pending == 0x8000u);
}

BOOST_AUTO_TEST_CASE(vectors_begin_masked_and_entries_read_back) {
  Table t;
  BOOST_TEST(t.msix.read(12, 4) == 1u);
  t.program(2, 0x1234567880000ffcull, 0xcafe, false);
  BOOST_TEST(t.msix.read(32, 8) == 0x1234567880000ffcull);
  BOOST_TEST(t.msix.read(40, 4) == 0xcafeu);
  BOOST_TEST(t.msix.read(44, 4) == 0u);
  t.msix.write(44, 4, 0xffffffff);
  BOOST_TEST(t.msix.read(44, 4) == 1u, "reserved bits of vector control stay clear");
  t.msix.write(32, 4, 0x80000fff);
  BOOST_TEST(t.msix.read(32, 4) == 0x80000ffcu, "message addresses are dword aligned");
}

BOOST_AUTO_TEST_CASE(raising_sends_when_enabled_and_unmasked) {
  Table t;
  t.program(1, 0x28000000, 5, false);
  BOOST_TEST(!t.msix.raise(1));
  BOOST_TEST(t.sent.empty());
  t.control(kEnable);
  BOOST_TEST(t.msix.raise(1));
  BOOST_REQUIRE(t.sent.size() == 1u);
  BOOST_TEST(t.sent[0].address == 0x28000000u);
  BOOST_TEST(t.sent[0].data == 5u);
  BOOST_TEST(!t.msix.raise(4), "a vector past the table");
  BOOST_TEST(t.sent.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_masked_vector_sends_once_after_unmasking) {
  Table t;
  t.control(kEnable);
  t.program(3, 0x28000000, 9, true);
  t.msix.raise(3);
  t.msix.raise(3);
  BOOST_TEST(t.sent.empty());
  BOOST_TEST(t.msix.read(0x800, 8) == 8u);
  t.msix.write(3 * 16 + 12, 4, 0);
  BOOST_TEST(t.sent.size() == 1u);
  BOOST_TEST(t.msix.read(0x800, 8) == 0u);
  t.msix.write(3 * 16 + 12, 4, 0);
  BOOST_TEST(t.sent.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_function_mask_holds_all_vectors_back) {
  Table t;
  t.program(0, 0x28000000, 1, false);
  t.program(1, 0x28000000, 2, false);
  t.program(2, 0x28000000, 3, true);
  t.control(kEnable | kMaskAll);
  for (unsigned vector = 0; vector < 3; ++vector) t.msix.raise(vector);
  BOOST_TEST(t.sent.empty());
  BOOST_TEST(t.msix.read(0x800, 1) == 7u);
  t.control(kEnable);
  BOOST_REQUIRE(t.sent.size() == 2u);
  BOOST_TEST(t.sent[1].data == 2u);
  BOOST_TEST(t.msix.read(0x800, 1) == 4u, "its own mask still holds vector 2");
}

BOOST_AUTO_TEST_CASE(pending_bits_are_read_only) {
  Table t;
  t.control(kEnable);
  t.msix.write(0x800, 8, 0xff);
  BOOST_TEST(t.msix.read(0x800, 8) == 0u);
}

BOOST_AUTO_TEST_CASE(reset_masks_and_forgets) {
  Table t;
  t.control(kEnable);
  t.program(0, 0x28000000, 1, true);
  t.msix.raise(0);
  t.msix.reset();
  BOOST_TEST(!t.msix.enabled());
  BOOST_TEST(t.msix.read(0, 8) == 0u);
  BOOST_TEST(t.msix.read(12, 4) == 1u);
  BOOST_TEST(t.msix.read(0x800, 8) == 0u);
}

BOOST_AUTO_TEST_CASE(odd_accesses_stay_inside) {
  Table t(3);
  BOOST_TEST(t.msix.holds(1, 47));
  BOOST_TEST(!t.msix.holds(1, 48));
  BOOST_TEST(!t.msix.holds(0, 0));
  BOOST_TEST(t.msix.holds(1, 0x807));
  BOOST_TEST(!t.msix.holds(1, 0x808));
  t.msix.write(44, 8, ~std::uint64_t{0});
  BOOST_TEST(t.msix.read(44, 8) == 1u);
  BOOST_TEST(t.msix.read(0x804, 8) == 0u);
}
