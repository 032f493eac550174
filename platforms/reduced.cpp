// SPDX-License-Identifier: Apache-2.0
#include "reduced.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ringside::program {

namespace {

constexpr const char* kOrigin = "replay";  // what messages name as the place of an override

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

std::string type_of(const Node& node) {
  const Node* type = node.is_map() ? node.find("type") : &node;
  return type ? type->text() : "";
}

/// Overrides for models that are left out are not for nothing: they were for the recorded run.
void take_overrides(const Node& node, const std::string& path, Overrides& overrides) {
  const Node own = overrides.apply(path, node);
  for (const Node::Entry& entry : own.entries()) {
    if (entry.key != "children") {
      take_overrides(entry.value, joined(path, entry.key), overrides);
      continue;
    }
    for (const Node::Entry& child : entry.value.entries())
      take_overrides(child.value, joined(path, child.key), overrides);
  }
}

class Reducer {
 public:
  Reducer(const std::string& path, Overrides& overrides) : path_(path), overrides_(overrides) {}

  Node reduce(const Node& root) {
    take_overrides(root, "", overrides_);
    return above(root, "");
  }

 private:
  /// A model above the device, with one child and memory.
  Node above(const Node& written, const std::string& at) {
    const Node node = overrides_.apply(at, written);
    const std::size_t begin = at.empty() ? 0 : at.size() + 1;
    const std::string name = path_.substr(begin, path_.find('.', begin) - begin);
    const Node* children = node.find("children");
    const Node* child = children ? children->find(name) : nullptr;
    if (!child) throw missing(node, at, name);
    std::vector<Node::Entry> kept;
    for (const Node::Entry& entry : children->entries()) {
      const std::string below = joined(at, entry.key);
      if (entry.key == name)
        kept.push_back({entry.key, entry.key_where,
                        below == path_ ? device(entry.value) : above(entry.value, below)});
      else if (type_of(overrides_.apply(below, entry.value)) == "ram")
        kept.push_back(entry);
    }
    std::vector<Node::Entry> entries;
    for (const Node::Entry& entry : node.entries())
      if (!is_of_the_rest(entry.key)) entries.push_back(entry);
    entries.push_back(
        {"children", children->where(), Node::map(std::move(kept), children->where())});
    return Node::map(std::move(entries), node.where());
  }

  /// What belongs to models that are not there, or to hot plug.
  static bool is_of_the_rest(const std::string& key) {
    static const char* const kKeys[] = {"children", "irq", "plugged"};
    return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
  }

  ConfigError missing(const Node& node, const std::string& at, const std::string& name) const {
    std::vector<std::string> names;
    if (const Node* children = node.find("children"))
      for (const Node::Entry& entry : children->entries()) names.push_back(entry.key);
    const std::string parent = at.empty() ? "the machine" : fmt::format("'{}'", at);
    return {node.where(),
            fmt::format("--device {}: {} has no model '{}'; expected {}{}", path_, parent, name,
                        names.empty() ? "a device" : "one of " + quoted_list(names),
                        did_you_mean(name, names))};
  }

  Node device(const Node& written) {
    const Node node = overrides_.apply(path_, written);
    if (type_of(node) != "virtio-pci")
      throw ConfigError(node.where(),
                        fmt::format("'{}' is of type '{}'; a log is played to functions of type "
                                    "'virtio-pci'",
                                    path_, printable(type_of(node))));
    protect(node, path_);
    return written;
  }

  /// Nothing that is played may change the host.
  void protect(const Node& node, const std::string& at) {
    const std::string type = type_of(node);
    for (const char* with_memory : {"virtio-pmem", "virtio-mem", "virtio-iommu"})
      if (type == with_memory)
        throw ConfigError(node.where(),
                          fmt::format("'{}' is of type '{}', which works on memory of the platform "
                                      "that a log does not have; it cannot be played",
                                      at, type));
    for (const Node::Entry& entry : node.entries()) {
      if (entry.key == "children") {
        for (const Node::Entry& child : entry.value.entries())
          protect(overrides_.apply(joined(at, child.key), child.value), joined(at, child.key));
        continue;
      }
      const std::string below = joined(at, entry.key);
      const Node value = overrides_.apply(below, entry.value);
      if (!value.is_map()) continue;
      protect_backend(type, type_of(value), at, entry.key, value);
      protect(value, below);
    }
  }

  void protect_backend(const std::string& owner, const std::string& type, const std::string& at,
                       const std::string& key, const Node& value) {
    const bool disk = owner == "virtio-blk" || owner == "scsi-disk" || owner == "scsi-cd";
    if (disk && (type == "file" || type == "nbd"))
      overrides_.add(joined(at, key) + ".snapshot", "true", kOrigin);
    else if (type == "file")
      overrides_.add(joined(at, key), "null", kOrigin);
    else if (type == "folder")
      throw ConfigError(
          value.where(),
          fmt::format("'{}' is a folder of the host, which playing a log would change; "
                      "expected it in memory, in the recorded run as well: "
                      "{{type: memory, from: ...}}",
                      joined(at, key)));
  }

  const std::string& path_;
  Overrides& overrides_;
};

}  // namespace

Node reduced(const Node& root, const std::string& path, Overrides& overrides) {
  return Reducer(path, overrides).reduce(root);
}

}  // namespace ringside::program
