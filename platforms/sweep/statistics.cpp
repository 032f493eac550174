// SPDX-License-Identifier: Apache-2.0
#include "sweep/statistics.h"

namespace ringside::sweep {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t start = 0;
  for (;;) {
    const std::size_t dot = text.find('.', start);
    words.push_back(text.substr(start, dot - start));
    if (dot == std::string::npos) return words;
    start = dot + 1;
  }
}

/// Wildcards by the usual method: remember the last star, and let it take one more when stuck.
template <class Sequence, class IsStar>
bool fits(const Sequence& pattern, const Sequence& items, IsStar is_star,
          bool (*same)(const typename Sequence::value_type&,
                       const typename Sequence::value_type&)) {
  std::size_t p = 0;
  std::size_t i = 0;
  std::size_t star = pattern.size();
  std::size_t taken = 0;
  while (i < items.size()) {
    if (p < pattern.size() && is_star(pattern[p])) {
      star = p++;
      taken = i;
    } else if (p < pattern.size() && same(pattern[p], items[i])) {
      ++p;
      ++i;
    } else if (star < pattern.size()) {
      p = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_star(pattern[p])) ++p;
  return p == pattern.size();
}

bool same_letter(const char& a, const char& b) {
  return a == b;
}

bool word_fits(const std::string& pattern, const std::string& word) {
  return fits(
      pattern, word, [](char c) { return c == '*'; }, same_letter);
}

std::string key_of(const Figure& figure) {
  const std::string name = figure.path + "." + figure.name;
  return figure.field == "value" ? name : name + "." + figure.field;
}

bool can_be_summed(const std::string& field) {
  return field == "value" || field == "count" || field == "sum";
}

}  // namespace

double Figure::number() const {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

bool matches(const std::string& pattern, const std::string& name) {
  if (pattern.find('*') == std::string::npos) return pattern == name;
  return fits(
      words_of(pattern), words_of(name), [](const std::string& word) { return word == "**"; },
      word_fits);
}

void Statistics::add(Figure figure) {
  const auto [place, is_new] = index_.emplace(key_of(figure), all_.size());
  // What comes later counts: the guest may report several loads of one kind.
  if (is_new)
    all_.push_back(std::move(figure));
  else
    all_[place->second] = std::move(figure);
}

std::optional<double> Statistics::find(const std::string& name) const {
  if (name.find('*') == std::string::npos) {
    const auto found = index_.find(name);
    if (found == index_.end()) return std::nullopt;
    return all_[found->second].number();
  }
  std::optional<double> sum;
  for (const Figure& figure : all_) {
    if (!matches(name, key_of(figure))) continue;
    if (sum && !can_be_summed(figure.field)) return std::nullopt;
    sum = sum.value_or(0) + figure.number();
  }
  return sum;
}

}  // namespace ringside::sweep
