// SPDX-License-Identifier: Apache-2.0
// Typed parameters: declared once, as a member, with default, unit and one line of documentation.
//
//   Param<Size> size{this, "size", Size{128 << 20}, "capacity"};
//   Param<std::string> path{this, "path", required, "file that holds the data"};
//   Param<unsigned> harts{this, "harts", 1, Range<unsigned>{1, 8}, "number of harts"};
//   Choice<Mode> mode{this, "mode", {{"fast", Mode::Fast}, {"exact", Mode::Exact}}, Mode::Fast,
//   "how"};
//
// The value is read from the model's configuration node when the member is constructed, so it can
// be used in the rest of the constructor. A wrong value is reported to the platform's diagnostics
// and the default stands in.
#pragma once

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kit/node.h"
#include "kit/units.h"

namespace ringside {

class Model;

struct Required {};
inline constexpr Required required{};

/// Inclusive bounds of a number.
template <typename T>
struct Range {
  T low = lowest();
  T high = highest();

 private:
  // Quantities are structures that numeric_limits knows nothing of, and says zero about.
  static T lowest() {
    if constexpr (std::numeric_limits<T>::is_specialized) return std::numeric_limits<T>::lowest();
    return T{};
  }
  static T highest() {
    if constexpr (std::is_same_v<T, sc_core::sc_time>)
      return sc_core::sc_max_time();
    else if constexpr (std::is_same_v<T, Size>)
      return T{std::numeric_limits<std::uint64_t>::max()};
    else if constexpr (std::numeric_limits<T>::is_specialized)
      return std::numeric_limits<T>::max();
    else if constexpr (std::is_same_v<T, Frequency> || std::is_same_v<T, BitRate>)
      return T{std::numeric_limits<double>::max()};
    else
      return T{};  // a type without order: nobody can give it a range
  }
};

/// A file named by a configuration; relative names are relative to the file that names them (to the
/// working directory when they come from a command line).
/// "${NAME}" and "${NAME:-default}" are replaced from the environment, and a leading "~/" by the
/// home directory.
struct FilePath {
  std::string path;
};

/// What `describe` and `dump` know of any parameter.
class ParamBase {
 public:
  ParamBase(const ParamBase&) = delete;
  ParamBase& operator=(const ParamBase&) = delete;

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  bool is_required() const { return required_; }
  /// True if the configuration gave a value.
  bool given() const { return given_; }
  /// Where the value was written, or the model's node if it was not.
  const Location& where() const { return where_; }

  virtual std::string type_name() const = 0;
  virtual std::string value_text() const = 0;
  virtual std::string default_text() const = 0;
  /// "1 to 8", "'fast', 'exact'" or empty.
  virtual std::string limits_text() const { return ""; }

 protected:
  ParamBase(Model* owner, std::string name, std::string doc, bool is_required);
  virtual ~ParamBase() = default;

  /// The node written for this parameter, or nullptr; reports a missing required one.
  const Node* written();
  void reject(const Node& found, const std::string& expected);

 private:
  Model* owner_;
  std::string name_;
  std::string doc_;
  bool required_;
  bool given_ = false;
  Location where_;
};

/// How a type is read and shown. `parse` gives false if the node is not of the type.
template <typename T>
struct ParamTraits;

#define RINGSIDE_PARAM_TYPE(T)                     \
  template <>                                      \
  struct ParamTraits<T> {                          \
    static const char* name();                     \
    static const char* expected();                 \
    static bool parse(const Node& node, T& value); \
    static std::string format(const T& value);     \
  }
RINGSIDE_PARAM_TYPE(bool);
RINGSIDE_PARAM_TYPE(unsigned);
RINGSIDE_PARAM_TYPE(std::uint64_t);
RINGSIDE_PARAM_TYPE(std::int64_t);
RINGSIDE_PARAM_TYPE(double);
RINGSIDE_PARAM_TYPE(std::string);
RINGSIDE_PARAM_TYPE(Size);
RINGSIDE_PARAM_TYPE(Address);
RINGSIDE_PARAM_TYPE(Frequency);
RINGSIDE_PARAM_TYPE(BitRate);
RINGSIDE_PARAM_TYPE(FilePath);
RINGSIDE_PARAM_TYPE(sc_core::sc_time);
/// A sub-tree that the model reads itself (a timing profile, say).
RINGSIDE_PARAM_TYPE(Node);
#undef RINGSIDE_PARAM_TYPE

template <typename T>
struct ParamTraits<std::vector<T>> {
  static std::string name() { return std::string("list of ") + ParamTraits<T>::name(); }
  static std::string expected() {
    return std::string("a list, each ") + ParamTraits<T>::expected();
  }
  static bool parse(const Node& node, std::vector<T>& value) {
    if (!node.is_list()) return false;
    std::vector<T> items;
    for (const Node& item : node.items()) {
      T element{};
      if (!ParamTraits<T>::parse(item, element)) return false;
      items.push_back(std::move(element));
    }
    value = std::move(items);
    return true;
  }
  static std::string format(const std::vector<T>& value) {
    std::string text;
    for (const T& item : value) text += (text.empty() ? "" : ", ") + ParamTraits<T>::format(item);
    return "[" + text + "]";
  }
};

template <typename T>
class Param final : public ParamBase {
 public:
  Param(Model* owner, const char* name, T standard, const char* doc)
      : ParamBase(owner, name, doc, false), standard_(standard), value_(std::move(standard)) {
    read();
  }
  Param(Model* owner, const char* name, T standard, Range<T> range, const char* doc)
      : ParamBase(owner, name, doc, false),
        standard_(standard),
        value_(std::move(standard)),
        range_(range),
        ranged_(true) {
    static_assert(Ordered<T>::value, "a range needs values that can be compared");
    read();
  }
  Param(Model* owner, const char* name, Required, const char* doc)
      : ParamBase(owner, name, doc, true) {
    read();
  }
  Param(Model* owner, const char* name, Required, Range<T> range, const char* doc)
      : ParamBase(owner, name, doc, true), range_(range), ranged_(true) {
    static_assert(Ordered<T>::value, "a range needs values that can be compared");
    read();
  }

  const T& get() const { return value_; }
  operator const T&() const { return value_; }  // NOLINT: a parameter reads like its value
  const T* operator->() const { return &value_; }
  /// Changes the value at run time (a control socket, a test).
  void set(T value) { value_ = std::move(value); }

  std::string type_name() const override { return ParamTraits<T>::name(); }
  std::string value_text() const override { return ParamTraits<T>::format(value_); }
  std::string default_text() const override {
    return is_required() ? "" : ParamTraits<T>::format(standard_);
  }
  std::string limits_text() const override {
    if (!ranged_) return "";
    return ParamTraits<T>::format(range_.low) + " to " + ParamTraits<T>::format(range_.high);
  }

 private:
  template <typename U, typename = void>
  struct Ordered : std::false_type {};
  template <typename U>
  struct Ordered<U, std::void_t<decltype(std::declval<U>() < std::declval<U>())>> : std::true_type {
  };

  void read() {
    const Node* node = written();
    if (!node) return;
    T value{};
    if (!ParamTraits<T>::parse(*node, value)) return reject(*node, ParamTraits<T>::expected());
    if constexpr (Ordered<T>::value) {
      if (ranged_ && (value < range_.low || range_.high < value))
        return reject(*node, limits_text());
    }
    value_ = std::move(value);
  }

  T standard_{};
  T value_{};
  Range<T> range_{};
  bool ranged_ = false;
};

/// A parameter that takes one of a few words.
template <typename E>
class Choice final : public ParamBase {
 public:
  using Words = std::vector<std::pair<std::string, E>>;

  Choice(Model* owner, const char* name, Words words, E standard, const char* doc)
      : ParamBase(owner, name, doc, false),
        words_(std::move(words)),
        standard_(standard),
        value_(standard) {
    const Node* node = written();
    if (!node) return;
    std::vector<std::string> names;
    for (const auto& [word, value] : words_) {
      if (node->is_scalar() && node->text() == word) {
        value_ = value;
        return;
      }
      names.push_back(word);
    }
    reject(*node, "one of " + quoted_list(names) + did_you_mean(node->text(), names));
  }

  const E& get() const { return value_; }
  operator const E&() const { return value_; }  // NOLINT: a parameter reads like its value

  std::string type_name() const override { return "choice"; }
  std::string value_text() const override { return word_of(value_); }
  std::string default_text() const override { return word_of(standard_); }
  std::string limits_text() const override {
    std::vector<std::string> names;
    for (const auto& entry : words_) names.push_back(entry.first);
    return quoted_list(names);
  }

 private:
  std::string word_of(const E& value) const {
    for (const auto& [word, candidate] : words_)
      if (candidate == value) return word;
    return "";
  }

  Words words_;
  E standard_;
  E value_;
};

}  // namespace ringside
