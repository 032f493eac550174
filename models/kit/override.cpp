// SPDX-License-Identifier: Apache-2.0
#include "kit/override.h"

#include <fmt/format.h>

#include "kit/model.h"
#include "kit/platform.h"

namespace ringside {
namespace {

Node value_of(const std::string& text, const Location& where) {
  const bool is_tree = !text.empty() && (text[0] == '{' || text[0] == '[');
  // The text's own lines mean nothing to the reader: the whole option is the place.
  if (!is_tree) return Node::scalar(text, where);
  try {
    return Node::parse(text, where.file).moved_to(where);
  } catch (const ConfigError& e) {
    throw ConfigError(where, fmt::format("{} in the value; expected YAML such as '{{type: file, "
                                         "path: disk.img}}'",
                                         e.diagnostic().message));
  }
}

}  // namespace

void Overrides::add(const std::string& path, const std::string& value, const std::string& origin) {
  const Location where{origin, 0, 0};
  if (path.empty() || path.front() == '.' || path.back() == '.' ||
      path.find("..") != std::string::npos)
    throw ConfigError(where, fmt::format("'{}' is not a path; expected names joined by single dots,"
                                         " such as 'bus.uart.base'",
                                         path));
  const std::size_t dot = path.rfind('.');
  const std::string model = dot == std::string::npos ? "" : path.substr(0, dot);
  all_.push_back({model, false, path.substr(dot + 1), value_of(value, where)});
}

void Overrides::add_for_type(const std::string& type, const std::string& key,
                             const std::string& value, const std::string& origin) {
  all_.push_back({type, true, key, Node::scalar(value, {origin, 0, 0})});
}

Node Overrides::apply(const std::string& path, const Node& node) {
  const Node* written = node.is_map() ? node.find("type") : &node;
  const std::string type = written ? written->text() : "";
  Node result = node;
  bool is_copy = false;
  for (Override& o : all_) {
    if (o.model != (o.by_type ? type : path)) continue;
    o.used = true;
    if (!is_copy) {
      std::vector<Node::Entry> entries = node.entries();
      if (node.is_scalar()) entries.push_back({"type", node.where(), node});
      result = Node::map(std::move(entries), node.where());
      is_copy = true;
    }
    result.set(o.key, o.value);
  }
  return result;
}

void Overrides::report_unused(Platform& platform) const {
  for (const Override& o : all_) {
    if (o.used) continue;
    const Location& where = o.value.where();
    if (o.by_type) {
      platform.diagnostics().error(
          where, fmt::format("the platform has no model of type '{}'", o.model));
      continue;
    }
    // Name the first part of the path that is not there, and what is there instead.
    std::string above;
    std::string part;
    for (std::size_t start = 0; start <= o.model.size();) {
      const std::size_t dot = std::min(o.model.find('.', start), o.model.size());
      if (!platform.find(o.model.substr(0, dot))) {
        part = o.model.substr(start, dot - start);
        break;
      }
      above = o.model.substr(0, dot);
      start = dot + 1;
    }
    const Model* parent = platform.find(above);
    std::vector<std::string> names;
    std::vector<std::string> paths;
    for (const Model* model : parent->children()) names.push_back(model->model_name());
    for (const Model* model : platform.models()) paths.push_back(model->path());
    const std::string near =
        nearest(part, names).empty() ? did_you_mean(o.model, paths) : did_you_mean(part, names);
    platform.diagnostics().error(
        where, fmt::format("{} has no model '{}'; expected {}{}", parent->label(), part,
                           names.empty() ? "one of its own keys" : "one of " + quoted_list(names),
                           near));
  }
}

}  // namespace ringside
