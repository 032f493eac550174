// SPDX-License-Identifier: Apache-2.0
#include "virtio/core/admin.h"

#include <algorithm>
#include <cstring>

namespace ringside::virtio {

namespace {

constexpr AdminResult kInvalidField{AdminStatus::Invalid, AdminQualifier::InvalidField};

/// More command specific data than any command has: the list of all 65536 opcodes.
constexpr std::size_t kMostData = 8192;

constexpr std::uint64_t bit(AdminOpcode opcode) {
  return std::uint64_t{1} << static_cast<unsigned>(opcode);
}

/// A structure from `at` on; what the driver has left out is zero.
template <typename T>
T structure(const AdminBytes& bytes, std::size_t at) {
  T value{};
  if (at < bytes.size())
    std::memcpy(&value, bytes.data() + at, std::min(sizeof value, bytes.size() - at));
  return value;
}

AdminBytes rest(const AdminBytes& bytes, std::size_t at) {
  if (at >= bytes.size()) return {};
  return AdminBytes(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
}

AdminBytes bytes_of(const std::vector<std::uint64_t>& words) {
  AdminBytes bytes(words.size() * sizeof words[0]);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

}  // namespace

void Administration::reset() {
  used_ = kAlwaysFirst;
  objects_.reset();
}

void Administration::serve(Virtqueue& queue) {
  while (ChainPtr request = queue.pop()) {
    const std::uint32_t written = serve(*request);
    queue.push(std::move(request), written);
  }
}

std::uint32_t Administration::serve(DescriptorChain& request) {
  Command command;
  const std::size_t there = request.readable_bytes();
  const std::size_t head = std::min(there, sizeof command.head);
  command.data.resize(std::min(there - head, kMostData));
  if (!request.read(0, &command.head, head) ||
      !request.read(head, command.data.data(), command.data.size()))
    return 0;
  AdminBytes answer(sizeof(AdminTail));
  AdminBytes result;
  AdminResult outcome = check(command.head);
  if (outcome.ok()) outcome = carry_out(command, result);
  const AdminTail tail{static_cast<std::uint16_t>(outcome.status),
                       static_cast<std::uint16_t>(outcome.qualifier),
                       {}};
  std::memcpy(answer.data(), &tail, sizeof tail);
  if (outcome.ok()) answer.insert(answer.end(), result.begin(), result.end());
  answer.resize((answer.size() + 7) / 8 * 8);  // a multiple of 64 bits (2.14)
  const std::size_t room = std::min<std::size_t>(answer.size(), request.writable_bytes());
  return request.write(0, answer.data(), room) ? static_cast<std::uint32_t>(room) : 0;
}

AdminOpcode Administration::meaning(std::uint16_t opcode) const {
  const auto by_table = static_cast<AdminOpcode>(opcode);
  if (!text_opcodes_) return by_table;
  if (by_table == AdminOpcode::ResourceQuery) return AdminOpcode::ResourceModify;
  if (by_table == AdminOpcode::ResourceModify) return AdminOpcode::ResourceQuery;
  return by_table;
}

std::uint64_t Administration::supported() const {
  std::uint64_t list = kAlwaysFirst | bit(AdminOpcode::CapabilityList) |
                       bit(AdminOpcode::DeviceCapabilityGet) |
                       bit(AdminOpcode::DriverCapabilitySet);
  if (objects_.has_resource_types())
    list |= bit(AdminOpcode::ResourceCreate) | bit(AdminOpcode::ResourceQuery) |
            bit(AdminOpcode::ResourceModify) | bit(AdminOpcode::ResourceDestroy);
  return list;
}

AdminResult Administration::check(const AdminHead& head) const {
  // There is no SR-IOV capability, so a device is in no group but its own.
  if (head.group_type != kSelfGroup) return {AdminStatus::Invalid, AdminQualifier::InvalidGroup};
  if (head.opcode >= 64 || ((supported() & used_) >> head.opcode & 1) == 0)
    return {AdminStatus::Invalid, AdminQualifier::InvalidOpcode};
  const bool names_member = head.opcode > static_cast<unsigned>(AdminOpcode::ListUse);
  if (names_member && head.group_member_id != 0)
    return {AdminStatus::Invalid, AdminQualifier::InvalidMember};
  return {};
}

AdminResult Administration::carry_out(const Command& command, AdminBytes& result) {
  const AdminBytes& data = command.data;
  constexpr std::size_t kFlagsAt = sizeof(AdminResourceHead);
  constexpr std::size_t kObjectAt = kFlagsAt + sizeof(std::uint64_t);
  const auto object = structure<AdminResourceHead>(data, 0);
  const auto flags = structure<std::uint64_t>(data, kFlagsAt);
  switch (meaning(command.head.opcode)) {
    case AdminOpcode::ListQuery:
      result = bytes_of({supported()});
      return {};
    case AdminOpcode::ListUse:
      return use_list(data);
    case AdminOpcode::CapabilityList:
      result = bytes_of(objects_.capability_list());
      return {};
    case AdminOpcode::DeviceCapabilityGet:
      return objects_.get_capability(structure<AdminCapabilityHead>(data, 0).id, result);
    case AdminOpcode::DriverCapabilitySet:
      return objects_.set_capability(structure<AdminCapabilityHead>(data, 0).id,
                                     rest(data, sizeof(AdminCapabilityHead)));
    case AdminOpcode::ResourceCreate:
      return objects_.create(object, flags, rest(data, kObjectAt));
    case AdminOpcode::ResourceQuery:
      return objects_.query(object, flags, result);
    case AdminOpcode::ResourceModify:
      return objects_.modify(object, flags, rest(data, kObjectAt));
    case AdminOpcode::ResourceDestroy:
      return objects_.destroy(object);
  }
  return {AdminStatus::Invalid, AdminQualifier::InvalidOpcode};
}

AdminResult Administration::use_list(const AdminBytes& data) {
  const auto list = structure<std::uint64_t>(data, 0);
  if ((list & ~supported()) != 0) return kInvalidField;
  for (std::size_t i = sizeof list; i < data.size(); ++i)
    if (data[i] != 0) return kInvalidField;
  used_ = list;
  return {};
}

}  // namespace ringside::virtio
