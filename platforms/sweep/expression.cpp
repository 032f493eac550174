// SPDX-License-Identifier: Apache-2.0
#include "sweep/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "kit/units.h"

namespace ringside::sweep {
namespace {

constexpr unsigned kDeepest = 64;

bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool goes_on_with_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
         c == '*';
}

}  // namespace

/// Recursive descent; writes the items in the order in which they are worked off.
class ExpressionParser {
 public:
  using Step = Expression::Step;

  ExpressionParser(Expression& into, const Location& where)
      : text_(into.text_), items_(into.items_), where_(where) {}

  void run() {
    sum();
    skip_space();
    if (at_ < text_.size()) fail("an operator or the end");
  }

 private:
  [[noreturn]] void fail(const std::string& expected) {
    Location place = where_;
    if (place.line != 0) place.column += static_cast<int>(at_);
    const std::string found =
        at_ < text_.size() ? fmt::format("'{}'", printable(text_.substr(at_))) : "the end";
    throw ConfigError(place,
                      fmt::format("found {} in the expression; expected {}", found, expected));
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void add(Step step) { items_.push_back({step, 0, ""}); }

  void sum() {
    if (++depth_ > kDeepest) fail(fmt::format("at most {} parentheses in each other", kDeepest));
    product();
    for (;;) {
      if (take('+')) {
        product();
        add(Step::Add);
      } else if (take('-')) {
        product();
        add(Step::Subtract);
      } else {
        break;
      }
    }
    --depth_;
  }

  void product() {
    factor();
    for (;;) {
      if (take('*')) {
        factor();
        add(Step::Multiply);
      } else if (take('/')) {
        factor();
        add(Step::Divide);
      } else {
        return;
      }
    }
  }

  void factor() {
    bool negative = false;
    while (take('-')) negative = !negative;
    operand();
    if (negative) add(Step::Negate);
  }

  void operand() {
    if (take('(')) {
      sum();
      if (!take(')')) fail("')'");
      return;
    }
    if (at_ >= text_.size()) fail("a number, a name or '('");
    if (std::isdigit(static_cast<unsigned char>(text_[at_]))) return number();
    if (starts_name(text_[at_]) || text_[at_] == '*') return name();
    fail("a number, a name or '('");
  }

  void number() {
    std::size_t end = at_;
    while (end < text_.size()) {
      const char c = text_[end];
      const bool sign = (c == '+' || c == '-') && end > at_ && text_[end - 1] == 'e';
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && !sign) break;
      ++end;
    }
    std::string digits = text_.substr(at_, end - at_);
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    const std::optional<double> value = parse_real(digits);
    if (!value) fail("a number such as 0.5, 1_000 or 1e9");
    items_.push_back({Step::Number, *value, ""});
    at_ = end;
  }

  void name() {
    std::size_t end = at_;
    while (end < text_.size() && goes_on_with_name(text_[end])) ++end;
    const std::string word = text_.substr(at_, end - at_);
    if ((word == "min" || word == "max") && end < text_.size() && text_[end] == '(') {
      at_ = end + 1;
      sum();
      if (!take(',')) fail("','");
      sum();
      if (!take(')')) fail("')'");
      return add(word == "min" ? Step::Min : Step::Max);
    }
    items_.push_back({Step::Name, 0, word});
    at_ = end;
  }

  const std::string& text_;
  std::vector<Expression::Item>& items_;
  const Location& where_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

Expression Expression::parse(const std::string& text, const Location& where) {
  Expression expression;
  expression.text_ = text;
  ExpressionParser(expression, where).run();
  return expression;
}

std::vector<std::string> Expression::names() const {
  std::vector<std::string> names;
  for (const Item& item : items_)
    if (item.step == Step::Name && std::find(names.begin(), names.end(), item.name) == names.end())
      names.push_back(item.name);
  return names;
}

std::optional<double> Expression::value(const Lookup& lookup) const {
  std::vector<double> stack;
  const auto pop = [&stack] {
    const double value = stack.back();
    stack.pop_back();
    return value;
  };
  for (const Item& item : items_) {
    if (item.step == Step::Number) {
      stack.push_back(item.number);
      continue;
    }
    if (item.step == Step::Name) {
      const std::optional<double> value = lookup(item.name);
      if (!value) return std::nullopt;
      stack.push_back(*value);
      continue;
    }
    const double b = pop();
    if (item.step == Step::Negate) {
      stack.push_back(-b);
      continue;
    }
    const double a = pop();
    switch (item.step) {
      case Step::Add:
        stack.push_back(a + b);
        break;
      case Step::Subtract:
        stack.push_back(a - b);
        break;
      case Step::Multiply:
        stack.push_back(a * b);
        break;
      case Step::Divide:
        stack.push_back(a / b);
        break;
      case Step::Min:
        stack.push_back(std::min(a, b));
        break;
      default:
        stack.push_back(std::max(a, b));
        break;
    }
  }
  if (stack.empty() || !std::isfinite(stack.back())) return std::nullopt;
  return stack.back();
}

}  // namespace ringside::sweep
