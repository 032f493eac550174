// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "describe.h"
#include "text.h"

namespace ringside::program {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// The sections of a description as tables; the first row of each is its head.
struct Section {
  const char* title;
  Rows rows;
};

std::vector<Section> sections(const Description& d) {
  std::vector<Section> all;
  const auto begin = [&all](const char* title, std::vector<std::string> head) -> Rows& {
    all.push_back({title, {std::move(head)}});
    return all.back().rows;
  };
  Rows* rows = &begin("Parameters", {"key", "type", "default", "limits", "what it is"});
  for (const auto& p : d.parameters)
    rows->push_back({p.name, p.type, p.required ? "(required)" : p.standard, p.limits, p.doc});
  rows = &begin("Children", {"key", "kind", "how many", "default", "what it is"});
  for (const auto& s : d.slots)
    rows->push_back({s.name, s.kind, s.many ? "any" : s.required ? "one" : "at most one", s.standard,
                     s.doc});
  rows = &begin("Ports", {"name", "kind", "what it is"});
  for (const auto& p : d.ports) rows->push_back({p.name, p.kind, p.doc});
  rows = &begin("Registers", {"bank", "offset", "bytes", "access", "reset", "name", "what it is"});
  for (const auto& r : d.registers)
    rows->push_back({r.bank, fmt::format("{:#x}", r.offset), fmt::format("{}", r.bytes), r.access,
                     r.reset, r.name, r.doc});
  rows = &begin("Statistics", {"name", "unit", "what it is"});
  for (const auto& s : d.statistics)
    rows->push_back({s.group.empty() ? s.name : s.group + "." + s.name, s.unit, s.doc});
  rows = &begin("Commands", {"command", "argument", "type", "limits", "what it is"});
  for (const auto& c : d.commands) {
    rows->push_back({c.name, "", "", "", c.doc});
    for (const auto& a : c.arguments)
      rows->push_back({"", a.required ? a.name : "[" + a.name + "]", a.type, a.words, a.doc});
  }
  all.erase(std::remove_if(all.begin(), all.end(),
                           [](const Section& section) { return section.rows.size() == 1; }),
            all.end());
  return all;
}

std::string aligned(const Rows& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i)
      if (widths[i] != 0) line += fmt::format(" {:<{}} ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string json_object(const std::vector<std::pair<const char*, std::string>>& members) {
  std::string text;
  for (const auto& [key, value] : members)
    text += fmt::format("{}\"{}\": {}", text.empty() ? "" : ", ", key, value);
  return "{" + text + "}";
}

const char* json_bool(bool value) {
  return value ? "true" : "false";
}

template <typename T, typename F>
std::string json_array(const std::vector<T>& items, F&& to_object) {
  std::string text;
  for (const T& item : items)
    text += (text.empty() ? "\n    " : ",\n    ") + json_object(to_object(item));
  return "[" + text + "]";
}

}  // namespace

std::string to_text(const Description& d) {
  std::string text = fmt::format("{}: {}\n  a {} of the family '{}'\n", d.name, d.doc, d.kind,
                                 d.family);
  for (const Section& section : sections(d))
    text += fmt::format("\n{}\n{}", section.title, aligned(section.rows));
  return text;
}

std::string to_markdown(const Description& d) {
  const auto escaped = [](std::string cell) {
    for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2)
      cell.insert(at, "\\");
    return cell;
  };
  std::string text =
      fmt::format("## {}\n\n{}. A {} of the family `{}`.\n", d.name, d.doc, d.kind, d.family);
  for (const Section& section : sections(d)) {
    text += fmt::format("\n{}:\n\n", section.title);
    for (std::size_t i = 0; i < section.rows.size(); ++i) {
      text += "|";
      for (const std::string& cell : section.rows[i]) text += " " + escaped(cell) + " |";
      text += "\n";
      if (i != 0) continue;
      for (std::size_t column = 0; column < section.rows[0].size(); ++column) text += "|---";
      text += "|\n";
    }
  }
  return text;
}

std::string to_json(const Description& d) {
  using Members = std::vector<std::pair<const char*, std::string>>;
  const auto parameter = [](const Description::Parameter& p) -> Members {
    return {{"name", json_text(p.name)},       {"type", json_text(p.type)},
            {"required", json_bool(p.required)}, {"default", json_text(p.standard)},
            {"limits", json_text(p.limits)},   {"doc", json_text(p.doc)}};
  };
  const auto slot = [](const Description::Slot& s) -> Members {
    return {{"name", json_text(s.name)},
            {"kind", json_text(s.kind)},
            {"required", json_bool(s.required)},
            {"many", json_bool(s.many)},
            {"default", json_text(s.standard)},
            {"doc", json_text(s.doc)}};
  };
  const auto port = [](const Description::Port& p) -> Members {
    return {{"name", json_text(p.name)}, {"kind", json_text(p.kind)}, {"doc", json_text(p.doc)}};
  };
  const auto reg = [](const Description::Register& r) -> Members {
    return {{"bank", json_text(r.bank)},
            {"name", json_text(r.name)},
            {"offset", fmt::format("{}", r.offset)},
            {"bytes", fmt::format("{}", r.bytes)},
            {"access", json_text(r.access)},
            {"reset", json_text(r.reset)},
            {"doc", json_text(r.doc)}};
  };
  const auto argument = [](const Description::Command::Argument& a) -> Members {
    return {{"name", json_text(a.name)},
            {"type", json_text(a.type)},
            {"required", json_bool(a.required)},
            {"limits", json_text(a.words)},
            {"doc", json_text(a.doc)}};
  };
  const auto command = [&argument](const Description::Command& c) -> Members {
    return {{"name", json_text(c.name)},
            {"changes", json_bool(c.changes)},
            {"doc", json_text(c.doc)},
            {"arguments", json_array(c.arguments, argument)}};
  };
  const auto statistic = [](const Description::Statistic& s) -> Members {
    return {{"group", json_text(s.group)},
            {"name", json_text(s.name)},
            {"unit", json_text(s.unit)},
            {"doc", json_text(s.doc)}};
  };
  return json_object({{"kind", json_text(d.kind)},
                      {"name", json_text(d.name)},
                      {"family", json_text(d.family)},
                      {"doc", json_text(d.doc)},
                      {"parameters", json_array(d.parameters, parameter)},
                      {"children", json_array(d.slots, slot)},
                      {"ports", json_array(d.ports, port)},
                      {"registers", json_array(d.registers, reg)},
                      {"statistics", json_array(d.statistics, statistic)},
                      {"commands", json_array(d.commands, command)}});
}

}  // namespace ringside::program
