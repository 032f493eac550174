// SPDX-License-Identifier: Apache-2.0
#include "kit/device_tree.h"

#include <fmt/format.h>
#include <libfdt.h>

#include <stdexcept>

namespace ringside {

DeviceTreeNode& DeviceTreeNode::child(const std::string& name) {
  for (DeviceTreeNode& node : children_)
    if (node.name_ == name) return node;
  return children_.emplace_back(name);
}

const DeviceTreeNode* DeviceTreeNode::find(const std::string& name) const {
  for (const DeviceTreeNode& node : children_)
    if (node.name_ == name) return &node;
  return nullptr;
}

const DeviceTreeNode::Property* DeviceTreeNode::find_property(const std::string& name) const {
  for (const Property& property : properties_)
    if (property.name == name) return &property;
  return nullptr;
}

DeviceTreeNode& DeviceTreeNode::bytes(const std::string& name, std::vector<std::uint8_t> value) {
  for (Property& property : properties_) {
    if (property.name != name) continue;
    property.value = std::move(value);
    return *this;
  }
  properties_.push_back({name, std::move(value)});
  return *this;
}

DeviceTreeNode& DeviceTreeNode::empty(const std::string& name) {
  return bytes(name, {});
}

DeviceTreeNode& DeviceTreeNode::text(const std::string& name, const std::string& value) {
  return texts(name, {value});
}

DeviceTreeNode& DeviceTreeNode::texts(const std::string& name,
                                      const std::vector<std::string>& values) {
  std::vector<std::uint8_t> data;
  for (const std::string& value : values) {
    data.insert(data.end(), value.begin(), value.end());
    data.push_back(0);
  }
  return bytes(name, std::move(data));
}

namespace {
void append_cell(std::vector<std::uint8_t>& data, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    data.push_back(static_cast<std::uint8_t>(value >> shift));
}
}  // namespace

DeviceTreeNode& DeviceTreeNode::cells(const std::string& name,
                                      const std::vector<std::uint32_t>& values) {
  std::vector<std::uint8_t> data;
  for (std::uint32_t value : values) append_cell(data, value);
  return bytes(name, std::move(data));
}

DeviceTreeNode& DeviceTreeNode::wide(const std::string& name,
                                     const std::vector<std::uint64_t>& values) {
  std::vector<std::uint8_t> data;
  for (std::uint64_t value : values) {
    append_cell(data, static_cast<std::uint32_t>(value >> 32));
    append_cell(data, static_cast<std::uint32_t>(value));
  }
  return bytes(name, std::move(data));
}

std::uint32_t DeviceTree::phandle(const std::string& of) {
  const auto found = phandles_.find(of);
  if (found != phandles_.end()) return found->second;
  const auto next = static_cast<std::uint32_t>(phandles_.size() + 1);
  return phandles_[of] = next;
}

namespace {

void check(int result, const std::string& what) {
  if (result < 0)
    throw std::runtime_error(fmt::format("device tree: {}: {}", what, fdt_strerror(result)));
}

void write_node(void* blob, const DeviceTreeNode& node) {
  check(fdt_begin_node(blob, node.name().c_str()), node.name());
  for (const auto& property : node.properties()) {
    check(fdt_property(blob, property.name.c_str(), property.value.data(),
                       static_cast<int>(property.value.size())),
          node.name() + "/" + property.name);
  }
  for (const DeviceTreeNode& child : node.children()) write_node(blob, child);
  check(fdt_end_node(blob), node.name());
}

}  // namespace

std::vector<std::uint8_t> DeviceTree::flatten() const {
  std::vector<std::uint8_t> blob(1 << 20);
  check(fdt_create(blob.data(), static_cast<int>(blob.size())), "create");
  check(fdt_finish_reservemap(blob.data()), "reserve map");
  write_node(blob.data(), root_);
  check(fdt_finish(blob.data()), "finish");
  blob.resize(fdt_totalsize(blob.data()));
  return blob;
}

}  // namespace ringside
