// SPDX-License-Identifier: Apache-2.0
// Arithmetic over statistics: "(bus.pci.disk.device.requestq.kicks + 1) / requests".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kit/diag.h"

namespace ringside::sweep {

/// Numbers, names, + - * /, parentheses, min(a, b) and max(a, b). Names have letters, digits, '_',
/// '.',
/// '-' and '*', so that paths of statistics and patterns are names: operators beside a name need a
/// space.
class Expression {
 public:
  using Lookup = std::function<std::optional<double>(const std::string& name)>;

  Expression() = default;
  /// Throws ConfigError with the place in the text, which begins at `where`.
  static Expression parse(const std::string& text, const Location& where);

  const std::string& text() const { return text_; }
  /// The names in it, each once, in the order in which they stand there.
  std::vector<std::string> names() const;
  /// Nothing if a name has no value, or where there is none (a division by zero).
  std::optional<double> value(const Lookup& lookup) const;

 private:
  friend class ExpressionParser;
  enum class Step { Number, Name, Add, Subtract, Multiply, Divide, Negate, Min, Max };
  struct Item {
    Step step;
    double number = 0;
    std::string name;
  };

  std::string text_;
  std::vector<Item> items_;  // operands before operators
};

}  // namespace ringside::sweep
