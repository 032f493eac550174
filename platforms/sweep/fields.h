// SPDX-License-Identifier: Apache-2.0
// Reads the keys of a map, and says what is wrong with them.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "kit/node.h"
#include "kit/units.h"

namespace ringside::sweep {

class Fields {
 public:
  /// `what` names the map in messages ("axis 'depth'"). Anything but a map is a finding, and so is
  /// a key that is not among `keys`.
  Fields(const Node& node, std::string what, const std::vector<std::string>& keys,
         Diagnostics& findings)
      : node_(node), what_(std::move(what)), findings_(findings) {
    if (!node.is_map()) {
      findings.error(node.where(), fmt::format("{} is {}; expected a map", what_, node.describe()));
      return;
    }
    for (const Node::Entry& entry : node.entries()) {
      bool known = false;
      for (const std::string& key : keys) known = known || key == entry.key;
      if (!known)
        findings.error(entry.key_where, fmt::format("unknown key '{}' of {}; expected one of {}{}",
                                                    printable(entry.key), what_, quoted_list(keys),
                                                    did_you_mean(entry.key, keys)));
    }
  }

  const Node* find(const std::string& key) const {
    return node_.is_map() ? node_.find(key) : nullptr;
  }
  /// The value of a key, which has to be there.
  const Node* need(const std::string& key) const {
    const Node* value = find(key);
    if (!value && node_.is_map())
      findings_.error(node_.where(), fmt::format("{} has no '{}'", what_, key));
    return value;
  }
  std::string text(const std::string& key, const std::string& otherwise = "") const {
    const Node* value = find(key);
    if (!value) return otherwise;
    if (!value->is_scalar()) wrong(*value, key, "text");
    return value->is_scalar() ? value->text() : otherwise;
  }
  /// Seconds of a time with a unit.
  double seconds(const std::string& key, double otherwise) const {
    const Node* value = find(key);
    if (!value) return otherwise;
    const auto time = parse_time(value->text());
    if (!time || time->to_seconds() <= 0) {
      wrong(*value, key, "a time with a unit, such as 120s");
      return otherwise;
    }
    return time->to_seconds();
  }
  /// A list of texts; a single one counts as a list.
  std::vector<std::string> texts(const std::string& key) const {
    std::vector<std::string> all;
    for (const Node& item : nodes(key)) {
      if (!item.is_scalar()) wrong(item, key, "a list of texts");
      all.push_back(item.text());
    }
    return all;
  }
  std::vector<Node> nodes(const std::string& key) const {
    const Node* value = find(key);
    if (!value) return {};
    return value->is_list() ? value->items() : std::vector<Node>{*value};
  }
  std::string choice(const std::string& key, const std::vector<std::string>& words) const {
    const std::string found = text(key, words.front());
    for (const std::string& word : words)
      if (word == found) return found;
    wrong(*find(key), key, "one of " + quoted_list(words));
    return words.front();
  }
  void wrong(const Node& value, const std::string& key, const std::string& expected) const {
    findings_.error(value.where(), fmt::format("'{}' of {} is {}; expected {}", key, what_,
                                               value.describe(), expected));
  }
  Diagnostics& findings() const { return findings_; }
  const std::string& what() const { return what_; }
  const Node& node() const { return node_; }

 private:
  const Node& node_;
  std::string what_;
  Diagnostics& findings_;
};

}  // namespace ringside::sweep
