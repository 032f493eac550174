// SPDX-License-Identifier: Apache-2.0
// Quantities with units, as they are written in YAML: 512MiB, 8ns, 1GHz, 0x8000_0000.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <systemc>

namespace ringside {

/// An amount of memory. Units: B, KiB, MiB, GiB, TiB (powers of 1024) and KB, MB, GB, TB (powers of
/// 1000).
struct Size {
  std::uint64_t bytes = 0;
};

/// A physical address, written in hexadecimal or decimal, without a unit.
struct Address {
  std::uint64_t value = 0;
};

/// Clock rate. Units: Hz, kHz, MHz, GHz.
struct Frequency {
  double hz = 0;
};

/// Data rate in bits per second. Units: bps, Kbps, Mbps, Gbps.
struct BitRate {
  double bits_per_second = 0;
};

// Ordered, so that parameters can have ranges.
inline bool operator<(Size a, Size b) {
  return a.bytes < b.bytes;
}
inline bool operator<(Frequency a, Frequency b) {
  return a.hz < b.hz;
}
inline bool operator<(BitRate a, BitRate b) {
  return a.bits_per_second < b.bits_per_second;
}

/// Parsers: nothing if the text is not of the form, has no or a wrong unit, or does not fit.
/// "4GB" is 4,000,000,000 bytes; "4" alone is not a size, because nobody can tell which unit was
/// meant
/// ("0" is, for sizes and times). Digits may be grouped with '_'.
std::optional<std::uint64_t> parse_integer(const std::string& text);
std::optional<double> parse_real(const std::string& text);
std::optional<Size> parse_size(const std::string& text);
std::optional<Frequency> parse_frequency(const std::string& text);
std::optional<BitRate> parse_bit_rate(const std::string& text);
/// Units: fs, ps, ns, us, ms, s. Nothing for times below the time resolution (1 ps) or above 10^6
/// s.
std::optional<sc_core::sc_time> parse_time(const std::string& text);

/// Exact text with the largest unit that divides the value; the parsers read it back as the same
/// value.
std::string format_size(Size size);
std::string format_time(const sc_core::sc_time& time);
std::string format_frequency(Frequency frequency);
std::string format_bit_rate(BitRate rate);
std::string format_hex(std::uint64_t value);

}  // namespace ringside
