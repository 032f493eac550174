// SPDX-License-Identifier: Apache-2.0
// The figures of one point, by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace ringside::sweep {

/// One figure: a counter's value, or a field of a histogram.
struct Figure {
  std::string path;  ///< of the model or group; "run" and "guest" for what is not the platform's
  std::string name;
  std::string field;  ///< "value" of a counter; "count", "p99", ... of a histogram
  std::string unit;
  std::variant<std::int64_t, double> value;

  double number() const;
};

/// Does a name fit a pattern? Both are words joined by dots; `*` in a word is any text within it,
/// and the word `**` any number of words.
bool matches(const std::string& pattern, const std::string& name);

class Statistics {
 public:
  void add(Figure figure);
  const std::vector<Figure>& all() const { return all_; }
  /// By "path.name" of a counter or "path.name.field" of a histogram. A pattern sums what can be
  /// summed (values, counts and sums); anything else it has to fit once.
  std::optional<double> find(const std::string& name) const;

 private:
  std::vector<Figure> all_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace ringside::sweep
