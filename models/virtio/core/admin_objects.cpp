// SPDX-License-Identifier: Apache-2.0
#include "virtio/core/admin_objects.h"

#include <cassert>

namespace ringside::virtio {

namespace {

constexpr AdminResult kOk{};
constexpr AdminResult kNoEntry{AdminStatus::NoEntry, AdminQualifier::InvalidField};
constexpr AdminResult kInvalidField{AdminStatus::Invalid, AdminQualifier::InvalidField};
constexpr AdminResult kBusy{AdminStatus::Busy, AdminQualifier::InvalidCommand};

std::uint64_t field_of(const AdminBytes& bytes, const AdminCapability::Field& field) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < field.bytes; ++i)
    value |= std::uint64_t{bytes[field.offset + i]} << (8 * i);
  return value;
}

/// True if the driver asks for no more than the device has.
bool within(const AdminCapability& device, const AdminBytes& driver) {
  for (const AdminCapability::Field& field : device.fields) {
    const std::uint64_t has = field_of(device.value, field), wants = field_of(driver, field);
    if (field.kind == AdminCapability::Field::Limit ? wants > has : (wants & ~has) != 0)
      return false;
  }
  return true;
}

}  // namespace

void AdminObjects::add(AdminCapability capability) {
  for ([[maybe_unused]] const AdminCapability::Field& field : capability.fields)
    assert(field.bytes <= 8 && field.offset + field.bytes <= capability.value.size());
  Capability entry;
  entry.driver.resize(capability.value.size());
  entry.device = std::move(capability);
  const std::uint16_t id = entry.device.id;
  capabilities_[id] = std::move(entry);
}

void AdminObjects::add(AdminResourceType type) {
  assert(capabilities_.count(type.capability) != 0 && "add its capability first");
  const std::uint16_t number = type.type;
  types_[number] = std::move(type);
}

const AdminBytes& AdminObjects::driver_value(std::uint16_t capability) const {
  static const AdminBytes kNone;
  const auto found = capabilities_.find(capability);
  return found == capabilities_.end() ? kNone : found->second.driver;
}

void AdminObjects::reset() {
  for (auto& [id, capability] : capabilities_)
    capability.driver.assign(capability.device.value.size(), 0);
  std::map<Key, AdminBytes> gone;
  gone.swap(objects_);
  for (const auto& [key, data] : gone)
    if (const auto& changed = types_.at(key.first).changed) changed(key.second, nullptr);
}

// ---- capabilities

std::vector<std::uint64_t> AdminObjects::capability_list() const {
  const unsigned last = capabilities_.empty() ? 0 : capabilities_.rbegin()->first;
  std::vector<std::uint64_t> list(last / 64 + 1);
  for (const auto& entry : capabilities_)
    list[entry.first / 64] |= std::uint64_t{1} << (entry.first % 64);
  return list;
}

AdminResult AdminObjects::get_capability(std::uint16_t id, AdminBytes& value) const {
  const auto found = capabilities_.find(id);
  if (found == capabilities_.end()) return kNoEntry;
  value = found->second.device.value;
  return kOk;
}

AdminResult AdminObjects::set_capability(std::uint16_t id, AdminBytes value) {
  const auto found = capabilities_.find(id);
  if (found == capabilities_.end()) return kNoEntry;
  Capability& capability = found->second;
  value.resize(capability.device.value.size());
  if (!within(capability.device, value)) return kInvalidField;
  if (!allows_existing(capability, value)) return kBusy;
  capability.driver = std::move(value);
  return kOk;
}

bool AdminObjects::allows_existing(const Capability& capability, const AdminBytes& value) const {
  for (const auto& [key, data] : objects_) {
    const AdminResourceType& type = types_.at(key.first);
    if (type.capability == capability.device.id && key.second >= field_of(value, type.limit))
      return false;
  }
  return true;
}

// ---- resource objects

const AdminResourceType* AdminObjects::type_of(const AdminResourceHead& head) const {
  const auto found = types_.find(head.type);
  return found == types_.end() ? nullptr : &found->second;
}

AdminResult AdminObjects::create(const AdminResourceHead& head, std::uint64_t flags,
                                 AdminBytes data) {
  const AdminResourceType* type = type_of(head);
  if (!type) return kNoEntry;
  if (flags != 0) return kInvalidField;
  if (objects_.count({head.type, head.id}) != 0)
    return {AdminStatus::Exists, AdminQualifier::InvalidField};
  // Without a driver's value the limit is zero, and nothing can be made.
  if (head.id >= field_of(driver_value(type->capability), type->limit))
    return {AdminStatus::NoSpace, AdminQualifier::NoResource};
  data.resize(type->bytes);
  if (type->accept)
    if (const AdminResult result = type->accept(head.id, data); !result.ok()) return result;
  const AdminBytes& kept = objects_[{head.type, head.id}] = std::move(data);
  if (type->changed) type->changed(head.id, &kept);
  return kOk;
}

AdminResult AdminObjects::modify(const AdminResourceHead& head, std::uint64_t flags,
                                 AdminBytes data) {
  const AdminResourceType* type = type_of(head);
  const auto found = objects_.find({head.type, head.id});
  if (!type || found == objects_.end()) return kNoEntry;
  if (flags != 0) return kInvalidField;
  if (type->in_use && type->in_use(head.id)) return kBusy;
  data.resize(type->bytes);
  if (type->accept)
    if (const AdminResult result = type->accept(head.id, data); !result.ok()) return result;
  found->second = std::move(data);
  if (type->changed) type->changed(head.id, &found->second);
  return kOk;
}

AdminResult AdminObjects::query(const AdminResourceHead& head, std::uint64_t flags,
                                AdminBytes& data) const {
  const auto found = objects_.find({head.type, head.id});
  if (found == objects_.end()) return kNoEntry;
  if (flags != 0) return kInvalidField;
  data = found->second;
  return kOk;
}

AdminResult AdminObjects::destroy(const AdminResourceHead& head) {
  const AdminResourceType* type = type_of(head);
  const auto found = objects_.find({head.type, head.id});
  if (!type || found == objects_.end()) return kNoEntry;
  if (type->in_use && type->in_use(head.id)) return kBusy;
  objects_.erase(found);
  if (type->changed) type->changed(head.id, nullptr);
  return kOk;
}

}  // namespace ringside::virtio
