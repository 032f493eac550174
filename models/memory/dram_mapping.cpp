// SPDX-License-Identifier: Apache-2.0
#include "memory/dram_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "kit/diag.h"
#include "kit/units.h"

namespace ringside {

namespace {

unsigned log2_of(unsigned value) {
  return 31u - static_cast<unsigned>(__builtin_clz(value));
}

}  // namespace

const std::array<const char*, DramMapping::kFields>& DramMapping::names() {
  static const std::array<const char*, kFields> all = {"channel", "rank", "bank_group",
                                                       "bank",    "row",  "column"};
  return all;
}

DramMapping::DramMapping(const std::vector<std::string>& order, const DramProfile& profile) {
  // Bits of each field that no part has taken yet.
  std::array<unsigned, kFields> left{
      log2_of(profile.channels),    log2_of(profile.ranks),
      log2_of(profile.bank_groups), log2_of(profile.banks),
      log2_of(profile.rows),        log2_of(profile.columns / profile.burst_length)};
  std::array<bool, kFields> whole{};
  std::array<unsigned, kFields> taken{};
  if (order.size() > kMaxParts)
    throw std::invalid_argument(
        fmt::format("has {} parts; expected at most {}", order.size(), unsigned{kMaxParts}));
  // A name without a number takes what the numbered parts of its field leave over.
  struct Word {
    unsigned field;
    std::optional<unsigned> bits;
  };
  std::vector<Word> words;
  for (const std::string& text : order) {
    const std::size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    const std::vector<std::string> known(names().begin(), names().end());
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw std::invalid_argument(fmt::format("names '{}'; expected {}{}", printable(name),
                                              quoted_list(known), did_you_mean(name, known)));
    const auto field = static_cast<unsigned>(found - known.begin());
    if (colon == std::string::npos) {
      if (whole[field]) throw std::invalid_argument(fmt::format("has '{}' twice", name));
      whole[field] = true;
      words.push_back({field, std::nullopt});
      continue;
    }
    const auto bits = parse_integer(text.substr(colon + 1));
    if (!bits || *bits == 0 || *bits > left[field])
      throw std::invalid_argument(
          fmt::format("has '{}'; expected 1 to {} bits, which '{}' has left", printable(text),
                      left[field], name));
    left[field] -= static_cast<unsigned>(*bits);
    words.push_back({field, static_cast<unsigned>(*bits)});
  }
  for (unsigned field = 0; field < kFields; ++field)
    if (!whole[field] && left[field] != 0)
      throw std::invalid_argument(
          fmt::format("does not say where {} bits of '{}' are", left[field], names()[field]));
  unsigned from = log2_of(profile.burst_bytes());
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    const unsigned bits = word->bits.value_or(left[word->field]);
    if (bits == 0) continue;
    part_[parts_++] = {word->field, from, taken[word->field], (std::uint64_t{1} << bits) - 1};
    taken[word->field] += bits;
    from += bits;
  }
}

}  // namespace ringside
