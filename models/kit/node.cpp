// SPDX-License-Identifier: Apache-2.0
#include "kit/node.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace ringside {

struct Node::Content {
  Kind kind = Kind::Map;
  Location where;
  std::string text;
  std::vector<Node> items;
  std::vector<Entry> entries;
};

Node::Node() : content_(std::make_shared<Content>()) {}

Node Node::null(Location where) {
  Node node;
  node.content_->kind = Kind::Null;
  node.content_->where = std::move(where);
  return node;
}

Node Node::scalar(std::string text, Location where) {
  Node node = null(std::move(where));
  node.content_->kind = Kind::Scalar;
  node.content_->text = std::move(text);
  return node;
}

Node Node::list(std::vector<Node> items, Location where) {
  Node node = null(std::move(where));
  node.content_->kind = Kind::List;
  node.content_->items = std::move(items);
  return node;
}

Node Node::map(std::vector<Entry> entries, Location where) {
  Node node = null(std::move(where));
  node.content_->kind = Kind::Map;
  node.content_->entries = std::move(entries);
  return node;
}

Node::Kind Node::kind() const {
  return content_->kind;
}
const Location& Node::where() const {
  return content_->where;
}
const std::string& Node::text() const {
  return content_->text;
}
const std::vector<Node>& Node::items() const {
  return content_->items;
}
const std::vector<Node::Entry>& Node::entries() const {
  return content_->entries;
}

const Node* Node::find(const std::string& key) const {
  for (const Entry& entry : content_->entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

void Node::set(const std::string& key, Node value) {
  for (Entry& entry : content_->entries) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    return;
  }
  Location where = value.where();
  content_->entries.push_back({key, std::move(where), std::move(value)});
}

void Node::set_path(const std::string& path, Node value) {
  Node at = *this;
  std::size_t start = 0;
  for (std::size_t dot; (dot = path.find('.', start)) != std::string::npos; start = dot + 1) {
    const std::string key = path.substr(start, dot - start);
    const Node* next = at.find(key);
    if (next && !next->is_map()) {
      throw ConfigError(value.where(), "'" + path.substr(0, dot) + "' is " + next->describe() +
                                           ", so '" + path + "' cannot be set below it");
    }
    if (!next) {
      at.set(key, Node::map({}, value.where()));
      next = at.find(key);
    }
    at = *next;
  }
  at.set(path.substr(start), std::move(value));
}

std::string quoted_scalar(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + "\"";
}

std::string Node::flow() const {
  std::string text;
  switch (kind()) {
    case Kind::Null:
      return "~";
    case Kind::Scalar: {
      // Words and numbers stand as they are, except those that YAML takes for "nothing".
      static const char* const plain =
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
      const std::string& t = content_->text;
      const bool is_plain = !t.empty() && t.find_first_not_of(plain) == std::string::npos &&
                            t[0] != '-' && t != "null" && t != "Null" && t != "NULL";
      return is_plain ? t : quoted_scalar(t);
    }
    case Kind::List:
      for (const Node& item : items()) text += (text.empty() ? "" : ", ") + item.flow();
      return "[" + text + "]";
    case Kind::Map:
      for (const Entry& entry : entries())
        text += (text.empty() ? "" : ", ") + scalar(entry.key).flow() + ": " + entry.value.flow();
      return "{" + text + "}";
  }
  return text;
}

Node Node::moved_to(const Location& where) const {
  Node copy = null(where);
  copy.content_->kind = kind();
  copy.content_->text = text();
  for (const Node& item : items()) copy.content_->items.push_back(item.moved_to(where));
  for (const Entry& entry : entries())
    copy.content_->entries.push_back({entry.key, where, entry.value.moved_to(where)});
  return copy;
}

std::string Node::describe() const {
  switch (kind()) {
    case Kind::Null:
      return "nothing";
    case Kind::Scalar:
      return "'" + printable(text()) + "'";
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a map";
  }
  return "";
}

namespace {

constexpr int kMaxDepth = 64;  // deeper than any platform; keeps a hostile file off the stack
// Aliases can multiply: bounds what a small file expands to.
constexpr std::size_t kMaxNodes = 100000;
constexpr std::size_t kMaxFile = 16 << 20;

class Converter {
 public:
  explicit Converter(std::string file) : file_(std::move(file)) {}

  Node convert(const YAML::Node& in, int depth = 0) {
    const Location where = place(in.Mark());
    if (depth > kMaxDepth) throw ConfigError(
          where, fmt::format("nested deeper than {} levels; expected fewer", kMaxDepth));
    if (++nodes_ > kMaxNodes)
      throw ConfigError(where, fmt::format("more than {} values, counting each use of an alias; "
                                           "expected a platform of a size that people can read",
                                           kMaxNodes));
    switch (in.Type()) {
      case YAML::NodeType::Scalar:
        return Node::scalar(in.Scalar(), where);
      case YAML::NodeType::Sequence:
        return sequence(in, where, depth);
      case YAML::NodeType::Map:
        return map(in, where, depth);
      default:
        return Node::null(where);
    }
  }

  Location place(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, mark.line + 1, mark.column + 1};
  }

 private:
  Node sequence(const YAML::Node& in, const Location& where, int depth) {
    std::vector<Node> items;
    for (const YAML::Node& item : in) items.push_back(convert(item, depth + 1));
    return Node::list(std::move(items), where);
  }

  Node map(const YAML::Node& in, const Location& where, int depth) {
    Node out = Node::map({}, where);
    std::vector<Node::Entry> entries;
    for (const auto& pair : in) {
      const Location key_where = place(pair.first.Mark());
      if (!pair.first.IsScalar())
        throw ConfigError(key_where, "this key is not a word; expected 'name: value'");
      const std::string& key = pair.first.Scalar();
      for (const Node::Entry& entry : entries) {
        if (entry.key == key)
          throw ConfigError(
              key_where, fmt::format("key '{}' is written twice, first at {}; expected each key once",
                                     printable(key), entry.key_where.str()));
      }
      Node value = convert(pair.second, depth + 1);
      // The parser has no place for a value that is not there.
      if (value.kind() == Node::Kind::Null) value = Node::null(key_where);
      entries.push_back({key, key_where, std::move(value)});
    }
    return Node::map(std::move(entries), where);
  }

  std::string file_;
  std::size_t nodes_ = 0;
};

}  // namespace

Node Node::parse(const std::string& text, const std::string& file) {
  Converter converter(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty() || documents[0].IsNull())
      throw ConfigError({file, 1, 1}, "the file is empty; expected a map such as 'type: machine'");
    if (documents.size() > 1) {
      // Also what yaml-cpp makes of text that does not belong to what stands before it.
      throw ConfigError(converter.place(documents[1].Mark()),
                        "YAML syntax error: this does not belong to what stands above; expected one "
                        "document");
    }
    return converter.convert(documents[0]);
  } catch (const YAML::DeepRecursion& e) {
    throw ConfigError(converter.place(e.mark),
                      fmt::format("nested deeper than {} levels; expected fewer", kMaxDepth));
  } catch (const YAML::Exception& e) {
    throw ConfigError(converter.place(e.mark), "YAML syntax error: " + e.msg);
  }
}

Node Node::load(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw ConfigError({path, 0, 0}, "this is a folder; expected a YAML file");
  std::ifstream in(path, std::ios::binary);
  std::string text;
  char chunk[65536];
  while (in.read(chunk, sizeof chunk) || in.gcount() != 0) {
    text.append(chunk, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFile)
      throw ConfigError({path, 0, 0}, "larger than 16MiB; expected a YAML file");
  }
  if (!in.eof())
    throw ConfigError({path, 0, 0}, fmt::format("cannot read this file: {}; expected a YAML file",
                                                std::strerror(errno)));
  return parse(text, path);
}

}  // namespace ringside
