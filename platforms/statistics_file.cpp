// SPDX-License-Identifier: Apache-2.0
#include "statistics_file.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ringside::program {

using nlohmann::json;

namespace {

// Deeper than any platform; a file of somebody else's could be deep enough to exhaust the stack.
constexpr unsigned kDeepest = 64;

template <typename F>
void visit(const json& tree, const std::string& path, unsigned depth, const F& call) {
  if (!tree.is_object() || depth > kDeepest) return;
  for (const auto& [name, below] : tree.items()) {
    const bool is_leaf = below.is_object() && below.contains("kind") && below["kind"].is_string();
    if (is_leaf)
      call(path, name, below);
    else
      visit(below, path.empty() ? name : path + "." + name, depth + 1, call);
  }
}

}  // namespace

json read_statistics_file(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
  json all = json::parse(in, nullptr, false);
  if (!all.is_object() || !all.contains("statistics") || !all["statistics"].is_object())
    throw std::runtime_error(fmt::format(
        "{}: no statistics of a run; expected a JSON file that `ringside run --stats` has written",
        file));
  return all;
}

void for_each_statistic(
    const json& statistics,
    const std::function<void(const std::string&, const std::string&, const json&)>& call) {
  visit(statistics, "", 0, call);
}

}  // namespace ringside::program
