// SPDX-License-Identifier: Apache-2.0
#include "kit/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

namespace ringside {
namespace {

using UnitTable = std::vector<std::pair<const char*, double>>;

const UnitTable& size_units() {
  static const UnitTable table = {{"B", 1},        {"KiB", 0x1p10}, {"MiB", 0x1p20},
                                  {"GiB", 0x1p30}, {"TiB", 0x1p40}, {"KB", 1e3},
                                  {"MB", 1e6},     {"GB", 1e9},     {"TB", 1e12}};
  return table;
}

std::string without_grouping(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between =
        text[i] == '_' && i > 0 && std::isxdigit(static_cast<unsigned char>(text[i - 1])) &&
        i + 1 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1]));
    if (!between) out += text[i];
  }
  return out;
}

struct Quantity {
  double number;
  std::string unit;
};

std::optional<Quantity> split(const std::string& text) {
  const std::string clean = without_grouping(text);
  std::size_t end = 0;
  while (end < clean.size() &&
         (std::isdigit(static_cast<unsigned char>(clean[end])) || clean[end] == '.'))
    ++end;
  const std::optional<double> number = parse_real(clean.substr(0, end));
  if (!number) return std::nullopt;
  while (end < clean.size() && clean[end] == ' ') ++end;
  return Quantity{*number, clean.substr(end)};
}

std::optional<double> with_unit(const std::string& text, const UnitTable& units, bool zero_alone) {
  const std::optional<Quantity> q = split(text);
  if (!q) return std::nullopt;
  if (q->unit.empty() && q->number == 0 && zero_alone) return 0.0;
  for (const auto& [name, factor] : units)
    if (q->unit == name) return q->number * factor;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_integer(const std::string& text) {
  const std::string clean = without_grouping(text);
  if (clean.empty() || !std::isdigit(static_cast<unsigned char>(clean[0]))) return std::nullopt;
  const bool hex = clean.size() > 2 && clean[0] == '0' && (clean[1] == 'x' || clean[1] == 'X');
  if (hex && !std::isxdigit(static_cast<unsigned char>(clean[2]))) return std::nullopt;
  errno = 0;
  char* end = nullptr;
  const unsigned long long value = std::strtoull(clean.c_str(), &end, hex ? 16 : 10);
  if (*end != '\0' || errno == ERANGE) return std::nullopt;
  return value;
}

std::optional<double> parse_real(const std::string& text) {
  const std::size_t first = text.rfind('-', 0) == 0 ? 1 : 0;
  if (text.size() == first ||
      !(std::isdigit(static_cast<unsigned char>(text[first])) || text[first] == '.'))
    return std::nullopt;
  // Not strtod's own taste, which takes "inf", hexadecimal and leading blanks.
  if (text.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<Size> parse_size(const std::string& text) {
  // Whole numbers exactly: a double has 53 bits only.
  const std::size_t digits = text.find_first_not_of("0123456789_");
  const auto whole = parse_integer(text.substr(0, digits));
  if (whole && digits != std::string::npos && text[digits] != '.') {
    const std::string unit = text.substr(std::min(text.find_first_not_of(' ', digits), text.size()));
    for (const auto& [name, factor] : size_units()) {
      if (unit != name) continue;
      const auto scale = static_cast<std::uint64_t>(factor);
      if (*whole > (std::uint64_t{1} << 63) / scale) return std::nullopt;
      return Size{*whole * scale};
    }
    return std::nullopt;
  }
  const std::optional<double> bytes = with_unit(text, size_units(), true);
  if (!bytes || *bytes != std::floor(*bytes) || *bytes >= 0x1p63) return std::nullopt;
  return Size{static_cast<std::uint64_t>(*bytes)};
}

std::optional<Frequency> parse_frequency(const std::string& text) {
  static const UnitTable units = {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}};
  const std::optional<double> hz = with_unit(text, units, false);
  if (!hz || *hz <= 0) return std::nullopt;
  return Frequency{*hz};
}

std::optional<BitRate> parse_bit_rate(const std::string& text) {
  static const UnitTable units = {{"bps", 1}, {"Kbps", 1e3}, {"Mbps", 1e6}, {"Gbps", 1e9}};
  const std::optional<double> bps = with_unit(text, units, false);
  if (!bps) return std::nullopt;  // 0bps is a rate: models say "unknown" or "no limit" with it
  return BitRate{*bps};
}

std::optional<sc_core::sc_time> parse_time(const std::string& text) {
  static const UnitTable units = {{"fs", 1e-15}, {"ps", 1e-12}, {"ns", 1e-9},
                                  {"us", 1e-6},  {"ms", 1e-3},  {"s", 1}};
  const std::optional<double> seconds = with_unit(text, units, true);
  if (!seconds || *seconds > 1e6) return std::nullopt;
  const sc_core::sc_time time(*seconds, sc_core::SC_SEC);
  if (*seconds > 0 && time == sc_core::SC_ZERO_TIME) return std::nullopt;  // below the resolution
  return time;
}

std::string format_size(Size size) {
  static const std::pair<const char*, std::uint64_t> units[] = {
      {"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}};
  for (const auto& [name, factor] : units)
    if (size.bytes >= factor && size.bytes % factor == 0)
      return fmt::format("{}{}", size.bytes / factor, name);
  return fmt::format("{}B", size.bytes);
}

std::string format_time(const sc_core::sc_time& time) {
  static const std::pair<const char*, std::uint64_t> units[] = {
      {"s", 1000000000000000},   {"ms", 1000000000000}, {"us", 1000000000},
      {"ns", 1000000},           {"ps", 1000},          {"fs", 1}};
  const auto resolution =
      static_cast<std::uint64_t>(std::llround(sc_core::sc_get_time_resolution().to_seconds() * 1e15));
  if (time == sc_core::SC_ZERO_TIME) return "0s";
  for (const auto& [name, femtoseconds] : units) {
    // Units below the resolution divide every value.
    const std::uint64_t ticks = std::max<std::uint64_t>(femtoseconds / resolution, 1);
    if (time.value() % ticks == 0)
      return fmt::format("{}{}", time.value() / ticks * (ticks * resolution / femtoseconds), name);
  }
  return "";
}

namespace {

/// The whole number of the largest unit, or the shortest decimal that reads back as the value.
std::string format_rate(double value, const UnitTable& largest_first) {
  for (const auto& [name, factor] : largest_first)
    if (value >= factor && std::fmod(value, factor) == 0)
      return fmt::format("{:.0f}{}", value / factor, name);
  return fmt::format("{}{}", value, largest_first.back().first);
}

}  // namespace

std::string format_frequency(Frequency frequency) {
  return format_rate(frequency.hz, {{"GHz", 1e9}, {"MHz", 1e6}, {"kHz", 1e3}, {"Hz", 1}});
}

std::string format_bit_rate(BitRate rate) {
  return format_rate(rate.bits_per_second,
                     {{"Gbps", 1e9}, {"Mbps", 1e6}, {"Kbps", 1e3}, {"bps", 1}});
}

std::string format_hex(std::uint64_t value) {
  return fmt::format("{:#x}", value);
}

}  // namespace ringside
