// SPDX-License-Identifier: Apache-2.0
#include "memory/dram_mapping.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

using ringside::DramMapping;
using ringside::DramPlace;
using ringside::DramProfile;

namespace {

/// Bursts of 64 bytes; 2 bits of channel, 1 of rank, 2 of bank group, 2 of bank, 7 of column.
DramProfile profile() {
  DramProfile p;
  p.channels = 4;
  p.ranks = 2;
  p.bank_groups = 4;
  p.banks = 4;
  p.rows = 1024;
  p.columns = 1024;
  return p;
}

std::string problem(const std::vector<std::string>& order) {
  try {
    DramMapping mapping(order, profile());
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(fields_are_taken_from_the_bottom_up) {
  const DramMapping mapping({"row", "rank", "bank", "column", "bank_group", "channel"}, profile());
  const std::uint64_t at =
      (((((std::uint64_t{513} * 2 + 1) * 4 + 2) * 128 + 77) * 4 + 3) * 4 + 1) * 64 + 63;
  const DramPlace place = mapping.place(at);
  BOOST_TEST(place.row == 513u);
  BOOST_TEST(place.rank == 1u);
  BOOST_TEST(place.bank == 2u);
  BOOST_TEST(place.bank_group == 3u);
  BOOST_TEST(place.channel == 1u);
  BOOST_TEST(mapping.place(at + profile().capacity()).row == 513u);
}

BOOST_AUTO_TEST_CASE(a_field_may_stand_in_parts) {
  // Channels change every 256 bytes; the low two bits of the row lie below the bank.
  const DramMapping mapping(
      {"row", "rank", "bank", "row:2", "column", "bank_group", "channel", "column:2"}, profile());
  BOOST_TEST(mapping.place(0xc0).channel == 0u);
  BOOST_TEST(mapping.place(0x100).channel == 1u);
  BOOST_TEST(mapping.place(0x400).bank_group == 1u);
  const std::uint64_t row_bit = 64ull * 4 * 4 * 4 * 32;
  BOOST_TEST(mapping.place(row_bit).row == 1u);
  BOOST_TEST(mapping.place(3 * row_bit).row == 3u);
  BOOST_TEST(mapping.place(4 * row_bit).bank == 1u);
  BOOST_TEST(mapping.place(4 * row_bit * 8).row == 4u);
}

BOOST_AUTO_TEST_CASE(every_address_has_a_place_of_its_own) {
  DramProfile small = profile();
  small.rows = 4;
  const DramMapping mapping({"bank", "row", "column", "channel", "rank", "bank_group"}, small);
  std::vector<unsigned> bursts(4 * 2 * 4 * 4 * 4);
  for (std::uint64_t at = 0; at < small.capacity(); at += 64) {
    const DramPlace p = mapping.place(at);
    ++bursts.at((((p.channel * 2 + p.rank) * 4 + p.bank_group) * 4 + p.bank) * 4 + p.row);
  }
  for (const unsigned count : bursts) BOOST_TEST(count == 128u);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_said) {
  BOOST_TEST(problem({"row", "rank", "bank", "column", "bank_group", "channel"}) == "");
  BOOST_TEST(problem({"row", "rank", "bonk"}).find("names 'bonk'") == 0u);
  BOOST_TEST(problem({"row", "rank", "bonk"}).find("did you mean 'bank'") != std::string::npos);
  BOOST_TEST(problem({"row", "row"}) == "has 'row' twice");
  BOOST_TEST(problem({"row", "rank", "bank", "column"}) ==
             "does not say where 2 bits of 'channel' are");
  BOOST_TEST(problem({"row:11"}).find("has 'row:11'; expected 1 to 10 bits") == 0u);
  BOOST_TEST(problem({"row:"}).find("has 'row:'") == 0u);
  BOOST_TEST(problem({"row:-1"}).find("has 'row:-1'") == 0u);
  BOOST_TEST(problem(std::vector<std::string>(17, "row")).find("has 17 parts") == 0u);
}
