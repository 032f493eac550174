// SPDX-License-Identifier: Apache-2.0
#include "control/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ringside::control {
namespace {

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "-" : line_of(value);
}

bool all_scalar(const Json& map) {
  return std::none_of(map.begin(), map.end(), [](const Json& v) { return v.is_structured(); });
}

std::vector<std::string> keys_of(const Json& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map.items()) keys.push_back(key);
  return keys;
}

/// Rows of one kind: maps of the same keys, without anything nested.
bool is_table(const Json& list) {
  if (list.empty()) return false;
  return std::all_of(list.begin(), list.end(), [&](const Json& row) {
    return row.is_object() && all_scalar(row) && keys_of(row) == keys_of(list.front());
  });
}

std::string table(const Json& list, const std::string& indent) {
  std::vector<std::vector<std::string>> rows{keys_of(list.front())};
  for (const Json& row : list) {
    rows.emplace_back();
    for (const Json& cell : row) rows.back().push_back(text_of(cell));
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line = indent;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string shown(const Json& value, const std::string& indent) {
  std::string text;
  if (value.is_object()) {
    std::size_t width = 0;
    for (const auto& [key, inner] : value.items())
      if (!inner.is_structured()) width = std::max(width, key.size());
    for (const auto& [key, inner] : value.items()) {
      if (inner.is_structured())
        text += fmt::format("{}{}\n{}", indent, key, shown(inner, indent + "  "));
      else
        text += fmt::format("{}{:<{}}  {}\n", indent, key, width, text_of(inner));
    }
    return text;
  }
  if (!value.is_array()) return indent + text_of(value) + "\n";
  if (is_table(value)) return table(value, indent);
  for (const Json& item : value) text += shown(item, indent);
  return text;
}

std::string usage_of(const Json& command) {
  std::string text = command.value("name", "");
  for (const Json& argument : command["arguments"]) {
    std::string what = argument.value("name", "");
    if (argument.contains("words")) {
      what += "=";
      const char* separator = "";
      for (const Json& word : argument["words"]) {
        what += separator + text_of(word);
        separator = "|";
      }
    }
    text += argument.value("required", true) ? " " + what : " [" + what + "]";
  }
  return text;
}

}  // namespace

std::string show(const Json& value) {
  return value.is_null() ? "" : shown(value, "");
}

std::string show_commands(const Json& list) {
  std::size_t width = 0;
  for (const Json& model : list)
    for (const Json& command : model["commands"]) width = std::max(width, usage_of(command).size());
  std::string text;
  for (const Json& model : list) {
    const std::string path = model.value("model", "");
    text += fmt::format("{}{} ({})\n", text.empty() ? "" : "\n", path.empty() ? "machine" : path,
                        model.value("type", ""));
    for (const Json& command : model["commands"]) {
      text += fmt::format("  {:<{}}  {}\n", usage_of(command), width, command.value("doc", ""));
      for (const Json& a : command["arguments"])
        text += fmt::format("  {:<{}}    {}: {} ({})\n", "", width, a.value("name", ""),
                            a.value("doc", ""), a.value("type", ""));
    }
  }
  return text;
}

}  // namespace ringside::control
