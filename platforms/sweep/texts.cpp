// SPDX-License-Identifier: Apache-2.0
#include "sweep/texts.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <deque>
#include <fstream>

#include "kit/diag.h"
#include "kit/units.h"

namespace ringside::sweep {
namespace {

/// Calls `text` and `name` for the parts of a text that has ${name} in it.
template <class Text, class Name>
void split(const std::string& whole, Text text, Name name) {
  std::size_t at = 0;
  while (at < whole.size()) {
    const std::size_t open = whole.find("${", at);
    if (open == std::string::npos) break;
    if (open > at && whole[open - 1] == '$') {
      text(whole.substr(at, open - 1 - at) + "${");
      at = open + 2;
      continue;
    }
    const std::size_t close = whole.find('}', open);
    if (close == std::string::npos) break;
    text(whole.substr(at, open - at));
    name(whole.substr(open + 2, close - open - 2));
    at = close + 1;
  }
  text(whole.substr(at));
}

}  // namespace

std::optional<double> number_of(const std::string& text) {
  if (text == "true") return 1;
  if (text == "false") return 0;
  if (const auto integer = parse_integer(text)) return static_cast<double>(*integer);
  if (const auto real = parse_real(text)) return real;
  if (const auto size = parse_size(text)) return static_cast<double>(size->bytes);
  if (const auto time = parse_time(text)) return time->to_seconds();
  if (const auto frequency = parse_frequency(text)) return frequency->hz;
  if (const auto rate = parse_bit_rate(text)) return rate->bits_per_second;
  return std::nullopt;
}

std::vector<std::string> placeholders(const std::string& text) {
  std::vector<std::string> names;
  split(
      text, [](const std::string&) {},
      [&names](const std::string& name) { names.push_back(name); });
  return names;
}

std::string substitute(const std::string& text,
                       const std::function<std::optional<std::string>(const std::string&)>& value) {
  std::string out;
  split(
      text, [&out](const std::string& part) { out += part; },
      [&](const std::string& name) { out += value(name).value_or("${" + name + "}"); });
  return out;
}

std::string file_name(const std::string& text) {
  std::string name;
  for (char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) ||
                       std::string("._=,+-").find(c) != std::string::npos;
    // A name that begins with a dot would be hidden, and "." and ".." are taken.
    if (plain && !(c == '.' && name.empty()))
      name += c;
    else
      name += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return name;
}

std::string shell_word(const std::string& word) {
  bool plain = !word.empty();
  for (char c : word)
    plain = plain && (std::isalnum(static_cast<unsigned char>(c)) ||
                      std::string("_-./=:,+@%").find(c) != std::string::npos);
  if (plain) return word;
  std::string out = "'";
  for (char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

std::string xml_text(const std::string& text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (byte < 0x20 && c != '\n' && c != '\t')
      out += "?";
    else
      out += c;
  }
  return out;
}

std::string short_number(double value) {
  static constexpr const char* prefixes[] = {"", "k", "M", "G", "T"};
  double size = std::fabs(value);
  unsigned prefix = 0;
  for (; size >= 1000 && prefix + 1 < std::size(prefixes); ++prefix) size /= 1000;
  if (size < 0.001 && size > 0) return fmt::format("{:.3g}", value);
  return fmt::format("{}{:.4g}{}", value < 0 ? "-" : "", size, prefixes[prefix]);
}

std::vector<std::string> last_lines(const std::string& file, std::size_t count) {
  // A log may be long; its end is enough.
  constexpr std::streamoff kMost = 64 * 1024;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const std::streamoff size = in.tellg();
  in.seekg(size > kMost ? size - kMost : 0);
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    std::string clean;
    for (char c : line.substr(0, 500))
      clean += static_cast<unsigned char>(c) >= 0x20 || c == '\t' ? c : '?';
    lines.push_back(clean);
    if (lines.size() > count) lines.pop_front();
  }
  return {lines.begin(), lines.end()};
}

}  // namespace ringside::sweep
