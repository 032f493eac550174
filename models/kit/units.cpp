// SPDX-License-Identifier: Apache-2.0
#include "kit/units.h"

#include <fmt/format.h>

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
  if (text.empty() || !(std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '.'))
    return std::nullopt;
  for (char c : text)
    if (!std::isdigit(static_cast<unsigned char>(c)) && c != '.' && c != 'e' && c != '-')
      return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<Size> parse_size(const std::string& text) {
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
  if (!bps || *bps <= 0) return std::nullopt;
  return BitRate{*bps};
}

std::optional<sc_core::sc_time> parse_time(const std::string& text) {
  static const UnitTable units = {{"fs", 1e-15}, {"ps", 1e-12}, {"ns", 1e-9},
                                  {"us", 1e-6},  {"ms", 1e-3},  {"s", 1}};
  const std::optional<double> seconds = with_unit(text, units, true);
  if (!seconds || *seconds > 1e6) return std::nullopt;
  return sc_core::sc_time(*seconds, sc_core::SC_SEC);
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
  static const std::pair<const char*, double> units[] = {
      {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"ps", 1e-12}};
  const double seconds = time.to_seconds();
  for (const auto& [name, factor] : units)
    if (seconds >= factor) return fmt::format("{:.6g}{}", seconds / factor, name);
  return seconds == 0 ? "0s" : fmt::format("{:.6g}fs", seconds / 1e-15);
}

std::string format_frequency(Frequency frequency) {
  static const std::pair<const char*, double> units[] = {{"GHz", 1e9}, {"MHz", 1e6}, {"kHz", 1e3}};
  for (const auto& [name, factor] : units)
    if (frequency.hz >= factor) return fmt::format("{:.6g}{}", frequency.hz / factor, name);
  return fmt::format("{:.6g}Hz", frequency.hz);
}

std::string format_hex(std::uint64_t value) {
  return fmt::format("{:#x}", value);
}

}  // namespace ringside
