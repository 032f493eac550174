// SPDX-License-Identifier: Apache-2.0
#include "kit/units.h"

#include <boost/test/unit_test.hpp>

using namespace ringside;

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(integers) {
  BOOST_TEST(parse_integer("0").value() == 0u);
  BOOST_TEST(parse_integer("18446744073709551615").value() == ~std::uint64_t{0});
  BOOST_TEST(parse_integer("0x8000_0000").value() == 0x80000000u);
  BOOST_TEST(parse_integer("1_000_000").value() == 1000000u);
  BOOST_TEST(parse_integer("010").value() == 10u);  // never octal
  for (const char* wrong : {"", "-1", "+1", "1.5", "0x", "0xg", "12a", " 1", "1 ", "1__0", "_1", "1_",
                            "18446744073709551616", "0x1_0000_0000_0000_0000", "1e3"})
    BOOST_TEST(!parse_integer(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(reals) {
  BOOST_TEST(parse_real("0.5").value() == 0.5);
  BOOST_TEST(parse_real("-2").value() == -2.0);
  BOOST_TEST(parse_real("1e-3").value() == 1e-3);
  BOOST_TEST(parse_real("1e+3").value() == 1e3);
  for (const char* wrong : {"", "-", "nan", "inf", "0x10", "1..2", "1e", "1e999", "--1", "1,5"})
    BOOST_TEST(!parse_real(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(sizes_carry_a_unit) {
  BOOST_TEST(parse_size("4GiB").value().bytes == 4294967296u);
  BOOST_TEST(parse_size("4GB").value().bytes == 4000000000u);
  BOOST_TEST(parse_size("512 MiB").value().bytes == 536870912u);
  BOOST_TEST(parse_size("1.5KiB").value().bytes == 1536u);
  BOOST_TEST(parse_size("0").value().bytes == 0u);
  // More digits than a double holds.
  BOOST_TEST(parse_size("9007199254740993B").value().bytes == 9007199254740993u);
  for (const char* wrong : {"", "4", "4G", "4gib", "4Gib", "GiB", "-4GiB", "0.3B", "4GiBs", "1e3KB",
                            "0x10KiB", "99999999999TiB", "8388609TiB"})
    BOOST_TEST(!parse_size(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(times_carry_a_unit_and_fit_the_resolution) {
  using namespace sc_core;
  BOOST_TEST((parse_time("8ns").value() == sc_time(8, SC_NS)));
  BOOST_TEST((parse_time("1.5us").value() == sc_time(1500, SC_NS)));
  BOOST_TEST((parse_time("1ps").value() == sc_time(1, SC_PS)));
  BOOST_TEST((parse_time("0").value() == SC_ZERO_TIME));
  BOOST_TEST((parse_time("2s").value() == sc_time(2, SC_SEC)));
  for (const char* wrong : {"", "8", "8n", "8 seconds", "-8ns", "1fs", "0.2ps", "9999999s", "8NS"})
    BOOST_TEST(!parse_time(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(rates_carry_a_unit) {
  BOOST_TEST(parse_frequency("1.2GHz").value().hz == 1.2e9);
  BOOST_TEST(parse_frequency("32768Hz").value().hz == 32768.0);
  BOOST_TEST(parse_bit_rate("10Gbps").value().bits_per_second == 1e10);
  for (const char* wrong : {"0Hz", "1", "1ghz", "1Gbps", "-1Hz"})
    BOOST_TEST(!parse_frequency(wrong), wrong);
  for (const char* wrong : {"0", "1", "1GHz", "10Gb", "-1bps"})
    BOOST_TEST(!parse_bit_rate(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back_as_the_same_value) {
  using sc_core::sc_time;
  for (std::uint64_t bytes : {0ull, 1ull, 1023ull, 1024ull, 4000000000ull, 4294967296ull, 1ull << 62,
                              9007199254740993ull})
    BOOST_TEST(parse_size(format_size({bytes})).value().bytes == bytes);
  for (std::uint64_t ps : {1ull, 999ull, 1000ull, 1500ull, 1234567ull, 100000000ull, 3000000000000ull,
                           123456789012345ull}) {
    const sc_time time = sc_time::from_value(ps);
    BOOST_TEST((parse_time(format_time(time)).value() == time), format_time(time));
  }
  for (double hz : {1.0, 32768.0, 1e7, 1.2e9, 0.5, 33333333.3})
    BOOST_TEST(parse_frequency(format_frequency({hz})).value().hz == hz, format_frequency({hz}));
  for (double bps : {0.0, 1.0, 1e10, 2.5e9, 12345.0})
    BOOST_TEST(parse_bit_rate(format_bit_rate({bps})).value().bits_per_second == bps);
}

BOOST_AUTO_TEST_CASE(the_largest_unit_that_divides_is_used) {
  BOOST_TEST(format_size({512u << 20}) == "512MiB");
  BOOST_TEST(format_size({1000}) == "1000B");
  BOOST_TEST(format_time(sc_core::SC_ZERO_TIME) == "0s");
  BOOST_TEST(format_time(sc_core::sc_time(1500, sc_core::SC_NS)) == "1500ns");
  BOOST_TEST(format_time(sc_core::sc_time(2, sc_core::SC_MS)) == "2ms");
  BOOST_TEST(format_frequency({10e6}) == "10MHz");
  BOOST_TEST(format_hex(0x1000) == "0x1000");
}

BOOST_AUTO_TEST_SUITE_END()
