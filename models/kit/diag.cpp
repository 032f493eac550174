// SPDX-License-Identifier: Apache-2.0
#include "kit/diag.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ringside {

std::string Location::str() const {
  if (file.empty()) return "(built in)";
  if (line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string Diagnostic::str() const {
  const char* word = severity == Severity::Error ? ": error: " : ": warning: ";
  return where.str() + word + message;
}

void Diagnostics::error(const Location& where, std::string message) {
  all_.push_back({Diagnostic::Severity::Error, where, std::move(message)});
  ++errors_;
}

void Diagnostics::warning(const Location& where, std::string message) {
  all_.push_back({Diagnostic::Severity::Warning, where, std::move(message)});
}

std::string Diagnostics::str() const {
  std::string text;
  for (const Diagnostic& d : all_) text += d.str() + "\n";
  return text;
}

ConfigError::ConfigError(const Location& where, const std::string& message)
    : std::runtime_error(Diagnostic{Diagnostic::Severity::Error, where, message}.str()),
      diagnostic_{Diagnostic::Severity::Error, where, message} {}

namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(const std::string& name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  const std::string guess = nearest(name, candidates);
  return guess.empty() ? "" : "; did you mean '" + guess + "'?";
}

std::string printable(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  std::string out;
  for (char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > kLongest ? out + "..." : out;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

}  // namespace ringside
