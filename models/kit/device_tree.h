// SPDX-License-Identifier: Apache-2.0
// The device tree that the guest gets. Every model adds what describes it; nothing is written
// twice. Terms as in the Devicetree Specification v0.4.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

namespace ringside {

class Model;

/// One node; properties and children keep the order in which they were added.
class DeviceTreeNode {
 public:
  explicit DeviceTreeNode(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  /// The child of that name, made if it is not there.
  DeviceTreeNode& child(const std::string& name);
  const DeviceTreeNode* find(const std::string& name) const;

  // Each sets a property, replacing an older value. Cells are big-endian 32-bit words.
  DeviceTreeNode& empty(const std::string& name);
  DeviceTreeNode& text(const std::string& name, const std::string& value);
  DeviceTreeNode& texts(const std::string& name, const std::vector<std::string>& values);
  DeviceTreeNode& cells(const std::string& name, const std::vector<std::uint32_t>& values);
  DeviceTreeNode& cell(const std::string& name, std::uint32_t value) {
    return cells(name, {value});
  }
  /// Two cells per value: for reg with #address-cells = #size-cells = 2, for ranges.
  DeviceTreeNode& wide(const std::string& name, const std::vector<std::uint64_t>& values);
  DeviceTreeNode& bytes(const std::string& name, std::vector<std::uint8_t> value);

  struct Property {
    std::string name;
    std::vector<std::uint8_t> value;
  };
  const std::vector<Property>& properties() const { return properties_; }
  const Property* find_property(const std::string& name) const;
  const std::list<DeviceTreeNode>& children() const { return children_; }

 private:
  std::string name_;
  std::vector<Property> properties_;
  std::list<DeviceTreeNode> children_;
};

class DeviceTree {
 public:
  DeviceTree() : root_("") {}

  DeviceTreeNode& root() { return root_; }
  /// "/soc", where memory-mapped devices go.
  DeviceTreeNode& soc() { return root_.child("soc"); }
  DeviceTreeNode& chosen() { return root_.child("chosen"); }
  /// The phandle of a named thing; the same for each call with that name. A model uses its path(),
  /// or path() + "/part".
  std::uint32_t phandle(const std::string& of);
  /// The flattened form (version 17). Throws std::runtime_error if it cannot be made.
  std::vector<std::uint8_t> flatten() const;

 private:
  DeviceTreeNode root_;
  std::map<std::string, std::uint32_t> phandles_;
};

}  // namespace ringside
