// SPDX-License-Identifier: Apache-2.0
#include "memory/cfi_flash.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using ringside::CfiFlash;

namespace {

constexpr std::size_t kBytes = 4 * CfiFlash::kBlockBytes;

struct Chip {
  Chip() : memory(kBytes, 0xff), flash(memory.data(), kBytes) {
    flash.on_change([this](std::size_t offset, std::size_t bytes) {
      changes.push_back({offset, bytes});
    });
    flash.on_mode([this](bool shows) { modes += shows ? 'a' : '-'; });
  }
  void command(std::uint32_t code, std::size_t offset = 0) {
    flash.write(offset, 4, code << 16 | code);
  }
  std::uint32_t read(std::size_t offset) { return flash.read(offset, 4); }
  std::uint32_t query(std::size_t index) { return read(4 * index); }

  std::vector<std::uint8_t> memory;
  CfiFlash flash;
  std::vector<std::pair<std::size_t, std::size_t>> changes;
  std::string modes;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_query_table_identifies_both_chips, Chip) {
  command(0x98, 0x55 * 4);
  BOOST_TEST(query(0x10) == 0x00510051u);  // Q
  BOOST_TEST(query(0x11) == 0x00520052u);  // R
  BOOST_TEST(query(0x12) == 0x00590059u);  // Y
  BOOST_TEST(query(0x13) == 0x00010001u);  // Intel extended
  // Each chip: half the bank, 2^19 bytes, in as many blocks as the bank has, of half their size.
  BOOST_TEST(query(0x27) == 0x00130013u);
  BOOST_TEST(query(0x2d) == 0x00030003u);
  const std::uint32_t block = (query(0x2f) & 0xff) << 8 | (query(0x30) & 0xff) << 16;
  BOOST_TEST(2 * block == CfiFlash::kBlockBytes);
  BOOST_TEST(2u << (query(0x2a) & 0xff) == CfiFlash::kBufferBytes);
  BOOST_TEST(query(0x1000) == 0u);
  BOOST_TEST(flash.read(0x10 * 4 + 2, 2) == 0x51u);  // the upper chip alone
  BOOST_TEST(flash.read(0x10 * 4 + 1, 1) == 0u);
  command(0xff);
  BOOST_TEST(query(0x10) == 0xffffffffu);
}

BOOST_FIXTURE_TEST_CASE(the_identity_is_an_intel_128_megabit_part, Chip) {
  command(0x90);
  BOOST_TEST(read(0) == 0x00890089u);
  BOOST_TEST(read(4) == 0x00180018u);
  BOOST_TEST(read(8) == 0u);  // not locked
}

BOOST_FIXTURE_TEST_CASE(programming_clears_bits_only, Chip) {
  command(0x40, 0x100);
  flash.write(0x100, 4, 0xf0f01234);
  BOOST_TEST(read(0x100) == 0x00800080u);  // status: ready, no error
  command(0x10, 0x100);
  flash.write(0x100, 4, 0x0ff0ffff);
  command(0xff);
  BOOST_TEST(read(0x100) == 0x00f01234u);
  BOOST_REQUIRE(changes.size() == 2u);
  BOOST_TEST(changes[0].first == 0x100u);
  BOOST_TEST(changes[0].second == 4u);
}

BOOST_FIXTURE_TEST_CASE(erasing_sets_one_block, Chip) {
  std::fill(memory.begin(), memory.end(), 0);
  command(0x20, CfiFlash::kBlockBytes + 0x40);
  command(0xd0, CfiFlash::kBlockBytes + 0x40);
  BOOST_TEST(read(0) == 0x00800080u);
  command(0xff);
  BOOST_TEST(read(CfiFlash::kBlockBytes - 4) == 0u);
  BOOST_TEST(read(CfiFlash::kBlockBytes) == 0xffffffffu);
  BOOST_TEST(read(2 * CfiFlash::kBlockBytes - 4) == 0xffffffffu);
  BOOST_TEST(read(2 * CfiFlash::kBlockBytes) == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_erase_without_confirmation_is_a_sequence_error, Chip) {
  std::fill(memory.begin(), memory.end(), 0);
  command(0x20);
  command(0xff);
  BOOST_TEST(read(0) == 0x00b000b0u);
  command(0x50);  // clear status
  BOOST_TEST(read(0) == 0x00800080u);
  command(0xff);
  BOOST_TEST(read(0) == 0u);
}

BOOST_FIXTURE_TEST_CASE(buffered_programming_takes_effect_when_confirmed, Chip) {
  command(0xe8, 0x200);
  BOOST_TEST((read(0x200) & 0x80) == 0x80u);  // the buffer is free
  command(2, 0x200);                          // three writes
  for (std::uint32_t i = 0; i < 3; ++i) flash.write(0x200 + 4 * i, 4, 0x11111111 * (i + 1));
  BOOST_TEST(memory[0x200] == 0xff);
  command(0xd0, 0x200);
  BOOST_TEST(read(0x200) == 0x00800080u);
  command(0xff);
  BOOST_TEST(read(0x200) == 0x11111111u);
  BOOST_TEST(read(0x208) == 0x33333333u);
}

BOOST_FIXTURE_TEST_CASE(buffered_programming_longer_than_the_buffer_is_refused, Chip) {
  command(0xe8);
  flash.write(0, 4, CfiFlash::kBufferBytes / 4);  // one more than fits
  BOOST_TEST((read(0) & 0x30) == 0x30u);
}

BOOST_FIXTURE_TEST_CASE(buffered_programming_over_the_end_of_a_block_is_refused, Chip) {
  command(0xe8);
  command(1);
  flash.write(0, 4, 0);
  flash.write(CfiFlash::kBlockBytes, 4, 0);
  BOOST_TEST((read(0) & 0x30) == 0x30u);
  command(0xff);
  BOOST_TEST(read(0) == 0xffffffffu);
}

BOOST_FIXTURE_TEST_CASE(buffered_programming_without_confirmation_changes_nothing, Chip) {
  command(0xe8);
  command(0);
  flash.write(0, 4, 0);
  command(0xff);
  BOOST_TEST((read(0) & 0x30) == 0x30u);
  command(0xff);
  BOOST_TEST(read(0) == 0xffffffffu);
  BOOST_TEST(changes.empty());
}

BOOST_FIXTURE_TEST_CASE(locking_commands_are_taken_and_change_nothing, Chip) {
  command(0x60);
  command(0xd0);
  BOOST_TEST(read(0) == 0x00800080u);
  command(0x60);
  command(0x77);
  BOOST_TEST((read(0) & 0x30) == 0x30u);
}

BOOST_FIXTURE_TEST_CASE(owners_hear_when_the_contents_show_and_when_not, Chip) {
  command(0x98);
  command(0x70);
  command(0xf0);
  command(0xff);
  command(0x40);
  flash.reset();
  BOOST_TEST(modes == "-a-a");
}

BOOST_FIXTURE_TEST_CASE(a_reset_ends_a_command_that_waits_for_data, Chip) {
  command(0x40);
  flash.reset();
  command(0x90);  // a command again, not data
  BOOST_TEST(read(0) == 0x00890089u);
}

// Run with the address sanitizer, this finds any way out of the memory.
BOOST_FIXTURE_TEST_CASE(any_sequence_of_writes_stays_inside_the_memory, Chip) {
  static constexpr std::uint8_t kCodes[] = {0xff, 0x40, 0x20, 0x50, 0x60, 0x70, 0x90,
                                            0x98, 0xe8, 0xd0, 0x01, 0x10, 0x00};
  std::uint32_t state = 12345;
  for (int i = 0; i < 200000; ++i) {
    state = state * 1664525 + 1013904223;
    const std::size_t offset = (state >> 3) % kBytes & ~std::size_t{3};
    const std::uint32_t code = kCodes[(state >> 16) % sizeof kCodes];
    flash.write(offset, 4, state & 0x1000 ? code : state);
    flash.read((state >> 5) % kBytes & ~std::size_t{3}, 4);
  }
  for (const auto& [offset, bytes] : changes) BOOST_REQUIRE(offset + bytes <= kBytes);
  BOOST_TEST(!changes.empty());
}
