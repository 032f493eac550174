// SPDX-License-Identifier: Apache-2.0
#include "kit/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kit/model.h"

namespace ringside {

CommandBase::CommandBase(Model* owner, const char* name, const char* doc, CommandEffect effect)
    : owner_(owner), name_(name), doc_(doc), effect_(effect) {
  owner_->declare(*this);
}

void CommandBase::store(Json& result, bool value) {
  result = value;
}
void CommandBase::store(Json& result, std::uint64_t value) {
  result = value;
}
void CommandBase::store(Json& result, std::int64_t value) {
  result = value;
}
void CommandBase::store(Json& result, double value) {
  result = value;
}
void CommandBase::store(Json& result, const std::string& value) {
  result = value;
}

Json CommandBase::call(const Node& arguments) {
  Json result;
  try {
    const std::vector<const Node*> ordered = in_order(arguments);
    check_words(ordered);
    run(ordered, result);
  } catch (const CommandError&) {
    throw;
  } catch (const std::exception& e) {
    // What a back end throws for a file that is not there must not end the simulation.
    throw CommandError(e.what());
  }
  return result;
}

static std::string expected_text(const CommandBase::Argument& argument) {
  if (argument.words.empty()) return argument.expected;
  return "one of " + quoted_list({argument.words.begin(), argument.words.end()});
}

void CommandBase::reject(std::size_t index, const Node& found) const {
  const Argument& argument = arguments_[index];
  throw CommandError(fmt::format("'{}' of {} is {}; expected {}", argument.name, name_,
                                 found.describe(), expected_text(argument)));
}

void CommandBase::check_words(const std::vector<const Node*>& arguments) const {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::vector<const char*>& words = arguments_[i].words;
    if (!arguments[i] || words.empty()) continue;
    const Node& found = *arguments[i];
    if (found.is_scalar() && std::count(words.begin(), words.end(), found.text()) != 0) continue;
    const std::string hint = did_you_mean(found.text(), {words.begin(), words.end()});
    throw CommandError(fmt::format("'{}' of {} is {}; expected {}{}", arguments_[i].name, name_,
                                   found.describe(), expected_text(arguments_[i]), hint));
  }
}

std::vector<const Node*> CommandBase::in_order(const Node& arguments) const {
  std::vector<std::string> names;
  for (const Argument& argument : arguments_) names.push_back(argument.name);
  const std::string expected =
      names.empty() ? "none" : (names.size() == 1 ? "" : "some of ") + quoted_list(names);

  std::vector<const Node*> ordered(arguments_.size(), nullptr);
  if (arguments.is_scalar())
    throw CommandError(fmt::format("the arguments of {} are {}; expected a map by name, or a list",
                                   name_, arguments.describe()));
  if (arguments.items().size() > ordered.size())
    throw CommandError(
        fmt::format("{} got {} arguments; expected {}", name_, arguments.items().size(), expected));
  for (std::size_t i = 0; i < arguments.items().size(); ++i) ordered[i] = &arguments.items()[i];
  for (const Node::Entry& entry : arguments.entries()) {
    const auto at = std::find(names.begin(), names.end(), entry.key);
    if (at == names.end())
      throw CommandError(fmt::format("{} has no argument '{}'; expected {}{}", name_,
                                     printable(entry.key), expected,
                                     did_you_mean(entry.key, names)));
    ordered[static_cast<std::size_t>(at - names.begin())] = &entry.value;
  }
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    if (ordered[i] && ordered[i]->kind() == Node::Kind::Null) ordered[i] = nullptr;
    if (ordered[i] || !arguments_[i].required) continue;
    throw CommandError(fmt::format("'{}' of {} is missing; expected {} ({})", names[i], name_,
                                   expected_text(arguments_[i]), arguments_[i].doc));
  }
  return ordered;
}

}  // namespace ringside
