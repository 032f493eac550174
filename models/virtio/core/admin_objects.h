// SPDX-License-Identifier: Apache-2.0
// Capabilities of a device, what its driver has made of them, and resource objects (virtio 1.4,
// 2.13.1.2 and 2.13.1.3). A device type declares what it has; the administration virtqueue carries
// the commands. Knows no queue and no simulation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "virtio/core/admin_protocol.h"

namespace ringside::virtio {

using AdminBytes = std::vector<std::uint8_t>;

/// How a command ends.
struct AdminResult {
  AdminStatus status = AdminStatus::Ok;
  AdminQualifier qualifier = AdminQualifier::Ok;
  bool ok() const { return status == AdminStatus::Ok; }
};

/// A capability (cap_specific_data) and how its fields are compared with what the driver sets.
struct AdminCapability {
  struct Field {
    enum Kind { Limit, Flags } kind;  ///< a number that the driver may lower, or bits it may clear
    std::size_t offset;
    std::size_t bytes;  ///< 1 to 8
  };
  std::uint16_t id = 0;  ///< 0 to 0xfff; device types begin at 0x800
  AdminBytes value;      ///< what the device is able to do
  std::vector<Field> fields;
};

/// A type of resource objects, whose number a field of a capability limits.
struct AdminResourceType {
  std::uint16_t type = 0;  ///< device types begin at 0x200
  std::uint16_t capability = 0;
  AdminCapability::Field limit{};
  std::size_t bytes = 0;  ///< resource_obj_specific_data

  /// Judges new data, of an object that is made (the first argument's object does not exist yet) or
  /// modified. Refusing has to leave no trace.
  std::function<AdminResult(std::uint32_t id, const AdminBytes& data)> accept;
  /// True while other objects depend on this one.
  std::function<bool(std::uint32_t id)> in_use;
  /// An object has been made or modified, or is gone (nullptr).
  std::function<void(std::uint32_t id, const AdminBytes* data)> changed;
};

class AdminObjects {
 public:
  /// For the device, before the simulation; ids and types once each.
  void add(AdminCapability capability);
  void add(AdminResourceType type);
  /// The driver's value of a capability; all zero until it has set one.
  const AdminBytes& driver_value(std::uint16_t capability) const;
  std::size_t objects() const { return objects_.size(); }

  // ---- commands
  bool has_resource_types() const { return !types_.empty(); }
  /// Bit n: capability n is there.
  std::vector<std::uint64_t> capability_list() const;
  AdminResult get_capability(std::uint16_t id, AdminBytes& value) const;
  /// Missing bytes count as zero, further ones are ignored.
  AdminResult set_capability(std::uint16_t id, AdminBytes value);
  AdminResult create(const AdminResourceHead& head, std::uint64_t flags, AdminBytes data);
  AdminResult modify(const AdminResourceHead& head, std::uint64_t flags, AdminBytes data);
  AdminResult query(const AdminResourceHead& head, std::uint64_t flags, AdminBytes& data) const;
  AdminResult destroy(const AdminResourceHead& head);
  /// A reset of the device: no driver capabilities, no objects.
  void reset();

 private:
  using Key = std::pair<std::uint16_t, std::uint32_t>;  // type, id
  struct Capability {
    AdminCapability device;
    AdminBytes driver;
  };
  const AdminResourceType* type_of(const AdminResourceHead& head) const;
  bool allows_existing(const Capability& capability, const AdminBytes& value) const;

  std::map<std::uint16_t, Capability> capabilities_;
  std::map<std::uint16_t, AdminResourceType> types_;
  std::map<Key, AdminBytes> objects_;
};

}  // namespace ringside::virtio
