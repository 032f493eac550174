// SPDX-License-Identifier: Apache-2.0
#include "control/words.h"

#include <fmt/format.h>

#include <filesystem>

namespace ringside::control {
namespace {

/// The command of a model in the list, or nullptr.
const Json* find_command(const Json& list, const std::string& model, const std::string& command) {
  for (const Json& entry : list) {
    if (entry.value("model", "") != model) continue;
    for (const Json& one : entry["commands"])
      if (one.value("name", "") == command) return &one;
  }
  return nullptr;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

Json json_of(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::Scalar:
      return node.text();
    case Node::Kind::List: {
      Json items = Json::array();
      for (const Node& item : node.items()) items.push_back(json_of(item));
      return items;
    }
    case Node::Kind::Map: {
      Json map = Json::object();
      for (const Node::Entry& entry : node.entries()) map[entry.key] = json_of(entry.value);
      return map;
    }
    case Node::Kind::Null:
      return nullptr;
  }
  return nullptr;
}

Json list_of(const std::string& text) {
  Json items = Json::array();
  std::size_t start = 0;
  while (start <= text.size() && !text.empty()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    items.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return items;
}

/// A word as the command's argument; trees and lists in YAML's flow style, lists also with commas.
Json value_of(const std::string& word, const std::string& type) {
  const bool is_list = starts_with(type, "list of ");
  if (type == "tree" || (is_list && starts_with(word, "["))) {
    try {
      return json_of(Node::parse(word, "the command line"));
    } catch (const ConfigError& e) {
      throw CommandError(fmt::format("'{}' is no {}: {}", word, type, e.what()));
    }
  }
  if (is_list) return list_of(word);
  if (type == "file" && !word.empty() && word[0] != '~' && !starts_with(word, "${"))
    return std::filesystem::absolute(word).lexically_normal().string();
  return word;
}

Json arguments_of(const std::vector<std::string>& words, std::size_t first, const Json& command) {
  const Json& declared = command["arguments"];
  Json arguments = Json::object();
  std::size_t position = 0;
  for (std::size_t i = first; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string before = word.substr(0, word.find('='));
    const Json* named = nullptr;
    for (const Json& argument : declared)
      if (before.size() < word.size() && argument.value("name", "") == before) named = &argument;
    if (named) {
      arguments[before] = value_of(word.substr(before.size() + 1), named->value("type", ""));
      continue;
    }
    if (position >= declared.size())
      throw CommandError(
          fmt::format("'{}' is one argument too many for {}", word, command.value("name", "")));
    const Json& argument = declared[position++];
    arguments[argument.value("name", "")] = value_of(word, argument.value("type", ""));
  }
  return arguments;
}

}  // namespace

Call call_from(const std::vector<std::string>& words, const Json& list) {
  if (words.empty()) throw CommandError("which command?");
  Call call;
  std::size_t first = 1;
  if (find_command(list, "", words[0])) {
    call.command = words[0];
  } else {
    call.model = words[0];
    if (words.size() < 2)
      // Not a command of the machine, and no command of a model: let the simulator say what is
      // near.
      return {"", words[0], nullptr};
    call.command = words[1];
    first = 2;
  }
  const std::string model = call.model == "machine" ? "" : call.model;
  if (const Json* command = find_command(list, model, call.command))
    call.arguments = arguments_of(words, first, *command);
  return call;
}

std::vector<std::string> next_words(const std::vector<std::string>& words, const Json& list) {
  std::vector<std::string> next;
  const auto add_commands = [&](const std::string& model) {
    for (const Json& entry : list) {
      if (entry.value("model", "") != model) continue;
      for (const Json& one : entry["commands"]) next.push_back(one.value("name", ""));
    }
  };
  if (words.empty()) {
    add_commands("");
    for (const Json& entry : list)
      if (!entry.value("model", "").empty()) next.push_back(entry.value("model", ""));
    return next;
  }
  const Json* command = find_command(list, "", words[0]);
  std::size_t given = words.size() - 1;
  if (!command) {
    if (words.size() == 1) {
      add_commands(words[0]);
      return next;
    }
    command = find_command(list, words[0], words[1]);
    --given;
  }
  if (!command || given >= (*command)["arguments"].size()) return next;
  const Json& argument = (*command)["arguments"][given];
  if (argument.contains("words")) return argument["words"].get<std::vector<std::string>>();
  if (argument.value("name", "") == "model")
    for (const Json& entry : list) next.push_back(entry.value("model", ""));
  return next;
}

}  // namespace ringside::control
