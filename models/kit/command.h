// SPDX-License-Identifier: Apache-2.0
// Commands that a model offers while the simulation runs: declared once, as a member, with typed
// arguments and one line of documentation each.
//
//   Command<Size> set_target{this, "set_target", {{"bytes", "memory that the guest shall keep"}},
//                            "inflates or deflates towards a target",
//                            [this](Size bytes) { aim_at(bytes); }};
//   Command<std::string> set_link{this, "set_link", {{"state", "of the link", {"up", "down"}}},
//                                 "plugs the cable in or out",
//                                 [this](const std::string& state) { link(state == "up"); }};
//   Command<std::optional<unsigned>> zones{this, "zones", {{"first", "where to start"}}, "lists
//   them",
//                                          [this](std::optional<unsigned> first) { return
//                                          zones_from(first); }, CommandEffect::Reads};
//
// Arguments are read like parameters (units, file names, lists), and a std::optional may be left
// out. A handler returns nothing, a bool, a number, text, or a Json; a refusal is a CommandError.
// It is called in the simulation's thread, between two events, and must not wait.
#pragma once

#include <functional>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kit/node.h"
#include "kit/param.h"

namespace ringside {

class Model;

/// A result; maps keep the order in which they were filled. Who makes or reads one includes
/// <nlohmann/json.hpp>, so a handler that gives one belongs into a .cpp file.
using Json = nlohmann::ordered_json;

/// Why a command was refused, in words for the person who gave it.
class CommandError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class CommandEffect {
  Changes,  ///< may change what the guest sees: recorded with the host's input and played again
  Reads,    ///< tells something; the guest cannot know that it was asked
};

/// How an argument is declared.
struct CommandArgument {
  std::string name;
  std::string doc;
  std::vector<const char*> words = {};  ///< if any: the only texts that are taken
};

/// What a control socket and `describe` know of any command.
class CommandBase {
 public:
  struct Argument {
    std::string name;
    std::string doc;
    std::vector<const char*> words;
    std::string type;      ///< as ParamBase::type_name()
    std::string expected;  ///< for messages: "a size with a unit, such as ..."
    bool required;
  };

  CommandBase(const CommandBase&) = delete;
  CommandBase& operator=(const CommandBase&) = delete;

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  CommandEffect effect() const { return effect_; }
  const std::vector<Argument>& arguments() const { return arguments_; }

  /// Calls the handler. The arguments are a map by name, a list in the order of declaration, or
  /// null for none; null as a value leaves an argument out. The result is null if the command gives
  /// none. Throws CommandError for a refusal, for arguments that do not fit, and with the text of
  /// whatever exception the handler let go.
  Json call(const Node& arguments);

 protected:
  CommandBase(Model* owner, const char* name, const char* doc, CommandEffect effect);
  virtual ~CommandBase() = default;

  void add_argument(Argument argument) { arguments_.push_back(std::move(argument)); }
  /// The arguments in the order of declaration; nullptr for one that is left out.
  virtual void run(const std::vector<const Node*>& arguments, Json& result) = 0;
  [[noreturn]] void reject(std::size_t index, const Node& found) const;

  static void store(Json& result, bool value);
  static void store(Json& result, std::uint64_t value);
  static void store(Json& result, std::int64_t value);
  static void store(Json& result, double value);
  static void store(Json& result, const std::string& value);

 private:
  std::vector<const Node*> in_order(const Node& arguments) const;
  void check_words(const std::vector<const Node*>& arguments) const;

  Model* owner_;
  std::string name_;
  std::string doc_;
  CommandEffect effect_;
  std::vector<Argument> arguments_;
};

template <typename... Args>
class Command final : public CommandBase {
 public:
  /// One entry of `arguments` for each of Args.
  template <typename Handler>
  Command(Model* owner, const char* name, std::initializer_list<CommandArgument> arguments,
          const char* doc, Handler handler, CommandEffect effect = CommandEffect::Changes)
      : CommandBase(owner, name, doc, effect) {
    if (arguments.size() != sizeof...(Args))
      throw std::logic_error(std::string(name) + ": one name for each argument, please");
    const CommandArgument* declared = arguments.begin();
    (describe<Args>(*declared++), ...);
    handler_ = [handler = std::move(handler)](Json& result, const Args&... values) mutable {
      using Result = std::invoke_result_t<Handler&, const Args&...>;
      if constexpr (std::is_void_v<Result>)
        handler(values...);
      else
        keep(result, handler(values...));
    };
  }

 private:
  template <typename T>
  struct Unwrapped {
    using Type = T;
    static constexpr bool optional = false;
  };
  template <typename T>
  struct Unwrapped<std::optional<T>> {
    using Type = T;
    static constexpr bool optional = true;
  };

  template <typename T>
  void describe(const CommandArgument& declared) {
    using Traits = ParamTraits<typename Unwrapped<T>::Type>;
    add_argument({declared.name, declared.doc, declared.words, Traits::name(), Traits::expected(),
                  !Unwrapped<T>::optional});
  }

  template <typename T>
  static void keep(Json& result, T&& value) {
    using Plain = std::decay_t<T>;
    if constexpr (std::is_same_v<Plain, bool>)
      store(result, value);
    else if constexpr (std::is_integral_v<Plain> && std::is_signed_v<Plain>)
      store(result, static_cast<std::int64_t>(value));
    else if constexpr (std::is_integral_v<Plain>)
      store(result, static_cast<std::uint64_t>(value));
    else if constexpr (std::is_floating_point_v<Plain>)
      store(result, static_cast<double>(value));
    else if constexpr (std::is_same_v<Plain, Json>)
      result = std::forward<T>(value);
    else
      store(result, std::string(std::forward<T>(value)));
  }

  template <typename T>
  T read(const std::vector<const Node*>& arguments, std::size_t index) const {
    typename Unwrapped<T>::Type value{};
    if (!arguments[index]) return T{};  // optional: required ones have been checked
    if (!ParamTraits<typename Unwrapped<T>::Type>::parse(*arguments[index], value))
      reject(index, *arguments[index]);
    return value;
  }

  void run(const std::vector<const Node*>& arguments, Json& result) override {
    read_and_run(arguments, result, std::index_sequence_for<Args...>{});
  }

  template <std::size_t... I>
  void read_and_run([[maybe_unused]] const std::vector<const Node*>& arguments, Json& result,
                    std::index_sequence<I...>) {
    // In braces, so that the first wrong argument is the one that is named.
    const std::tuple<Args...> values{read<Args>(arguments, I)...};
    handler_(result, std::get<I>(values)...);
  }

  std::function<void(Json&, const Args&...)> handler_;
};

}  // namespace ringside
