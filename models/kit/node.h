// SPDX-License-Identifier: Apache-2.0
// The configuration tree: what a YAML file says, with the place of each word.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kit/diag.h"

namespace ringside {

/// A scalar, a list or a map of a configuration, with its place. A cheap handle: copies share the
/// content.
class Node {
 public:
  enum class Kind { Null, Scalar, List, Map };
  struct Entry;

  /// An empty map, for models built with their defaults.
  Node();
  static Node null(Location where);
  static Node scalar(std::string text, Location where = {});
  static Node list(std::vector<Node> items, Location where = {});
  static Node map(std::vector<Entry> entries, Location where = {});

  /// Reads YAML text. `file` is the name used in messages. Throws ConfigError with the place of a
  /// syntax error, of a key written twice, or of an alias or anchor nested beyond reason; also for
  /// text without content.
  static Node parse(const std::string& text, const std::string& file);
  /// Reads a YAML file; throws ConfigError if it can't be read, too.
  static Node load(const std::string& path);

  Kind kind() const;
  bool is_map() const { return kind() == Kind::Map; }
  bool is_scalar() const { return kind() == Kind::Scalar; }
  bool is_list() const { return kind() == Kind::List; }
  const Location& where() const;

  /// The text of a scalar; empty for others.
  const std::string& text() const;
  /// The items of a list; empty for others.
  const std::vector<Node>& items() const;
  /// The entries of a map in the order written; empty for others.
  const std::vector<Entry>& entries() const;
  /// The value of a key, or nullptr.
  const Node* find(const std::string& key) const;
  /// Sets or adds a key of a map.
  void set(const std::string& key, Node value);
  /// Sets the node at a dotted path, making maps on the way ("children.disk.path").
  void set_path(const std::string& path, Node value);

  /// A copy in which every place is `where`.
  Node moved_to(const Location& where) const;

  /// The tree in one line of YAML, which parse() reads back as the same tree.
  std::string flow() const;

  /// "a map", "a list", "'text'": what was found, for messages; unprintable and long text is cut.
  std::string describe() const;

 private:
  struct Content;
  std::shared_ptr<Content> content_;
};

/// The text as a double-quoted scalar of YAML.
std::string quoted_scalar(const std::string& text);

struct Node::Entry {
  std::string key;
  Location key_where;
  Node value;
};

}  // namespace ringside
