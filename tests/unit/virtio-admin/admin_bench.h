// SPDX-License-Identifier: Apache-2.0
// A device with an administration virtqueue, a capability and resource objects, and a driver of
// them.
#pragma once

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "driver/device_bench.h"
#include "support/spec.h"
#include "virtio/core/device.h"

namespace ringside::test {

/// Type "managed": capability 0x801 {le32 limit of groups; le32 flags 0xf0; u8 limit of rules}, and
/// objects "groups" (0x200, 12 bytes, the first may not be 0xff) and "rules" (0x202, 4 bytes: the
/// group that a rule depends on).
struct Managed final : virtio::VirtioDevice {
  static constexpr std::uint16_t kCap = 0x801, kGroup = 0x200, kRule = 0x202;
  Managed(const sc_core::sc_module_name& name, const ModelContext& context)
      : VirtioDevice(name, context) {
    add_queue("q", 8);
  }
  virtio::DeviceId device_id() const override { return virtio::DeviceId::Net; }
  std::uint32_t class_code() const override { return 0; }
  void read_config(std::size_t, std::uint8_t*, std::size_t) override {}
  void serve(unsigned index) override {
    while (auto chain = queue(index).pop()) queue(index).push(std::move(chain), 0);
  }
  bool hold_back_notification(unsigned index) override {
    held_back.insert(index);
    return false;
  }
  void declare_admin(virtio::AdminObjects& objects) override {
    if (plain) return;
    using Field = virtio::AdminCapability::Field;
    const Field groups{Field::Limit, 0, 4}, flags{Field::Flags, 4, 4}, rules{Field::Limit, 8, 1};
    objects.add({kCap, {8, 0, 0, 0, 0xf0, 0, 0, 0, 3}, {groups, flags, rules}});
    virtio::AdminResourceType group;
    group.type = kGroup;
    group.capability = kCap;
    group.limit = groups;
    group.bytes = 12;
    group.accept = [](std::uint32_t, const virtio::AdminBytes& data) {
      if (data[0] != 0xff) return virtio::AdminResult{};
      return virtio::AdminResult{virtio::AdminStatus::Invalid,
                                 virtio::AdminQualifier::InvalidField};
    };
    group.in_use = [this](std::uint32_t id) { return depended_on.count(id) != 0; };
    group.changed = [this](std::uint32_t id, const virtio::AdminBytes* data) {
      ++changes;
      if (data)
        present.insert(id);
      else
        present.erase(id);
    };
    objects.add(group);
    virtio::AdminResourceType rule;
    rule.type = kRule;
    rule.capability = kCap;
    rule.limit = rules;
    rule.bytes = 4;
    rule.changed = [this](std::uint32_t, const virtio::AdminBytes* data) {
      if (data)
        depended_on.insert((*data)[0]);
      else
        depended_on.clear();
    };
    objects.add(rule);
  }
  Param<bool> plain{this, "plain", false, "without capabilities"};
  std::set<std::uint32_t> present;
  std::multiset<std::uint32_t> depended_on;
  std::set<unsigned> held_back;
  unsigned changes = 0;
};

inline void register_managed(Registry& registry) {
  register_holder(registry);
  registry.add<virtio::VirtioDevice, Managed>("managed", "has an administration virtqueue");
}

/// Numbers of the specification, written again here.
enum AdminCode : unsigned {
  kListQuery = 0,
  kListUse = 1,
  kCapList = 7,
  kCapGet = 8,
  kCapSet = 9,
  kCreate = 0xa,
  kQuery = 0xb,
  kModify = 0xc,
  kDestroy = 0xd,
};
constexpr unsigned kAdminBit = 41, kAdminIndex = 1;
/// status << 16 | qualifier
constexpr unsigned kDone = 0, kBadOpcode = 22 << 16 | 2, kBadField = 22 << 16 | 3,
                   kBadGroup = 22 << 16 | 4, kBadMember = 22 << 16 | 5, kUnwritten = ~0u;
constexpr unsigned kEnxio = 6, kEbusy = 16, kEexist = 17, kEinval = 22, kEnospc = 28;

struct AdminBench : DeviceBench<Managed> {
  explicit AdminBench(const std::string& params = "")
      : DeviceBench("{type: managed, admin_queue: true" + params + "}", register_managed) {}

  bool bring_up(Driver::Bits bits = {}) {
    arena.release_all();
    bits.push_back(32);
    bits.push_back(kAdminBit);
    if (!driver.negotiate(bits) || !driver.add_queue(0, 8) || !driver.add_queue(kAdminIndex, 64))
      return false;
    driver.start();
    return true;
  }
  /// Uses all commands.
  bool bring_up_all() { return bring_up() && command(kListUse, words({0x3f83})) == kDone; }

  unsigned command(unsigned opcode, const std::string& data = "", unsigned room = 256,
                   std::uint64_t member = 0, unsigned group = 0) {
    std::string head(24, '\0');
    std::memcpy(&head[0], &opcode, 2);
    std::memcpy(&head[2], &group, 2);
    std::memcpy(&head[16], &member, 8);
    return send(head + data, room);
  }
  unsigned send(const std::string& text, unsigned room) {
    std::vector<Piece> readable, writable;
    if (!text.empty()) readable.push_back(put(text));
    if (room != 0) writable.push_back(take(room));
    used = 0;
    whole.clear();
    if (!driver.queue(kAdminIndex).add(readable, writable, 1, Form::Direct)) return kUnwritten;
    driver.submit(kAdminIndex);
    if (!driver.wait_used(kAdminIndex, {1, sc_core::SC_MS})) throw std::runtime_error("no answer");
    used = driver.queue(kAdminIndex).next_used()->written.value_or(0);
    if (room != 0) whole = load(writable[0]);
    result = used > 8 ? whole.substr(8, used - 8) : "";
    if (used < 4) return kUnwritten;
    std::uint16_t status = 0, qualifier = 0;
    std::memcpy(&status, &whole[0], 2);
    std::memcpy(&qualifier, &whole[2], 2);
    return static_cast<unsigned>(status) << 16 | qualifier;
  }
  /// The status alone.
  unsigned status(unsigned opcode, const std::string& data) { return command(opcode, data) >> 16; }

  static std::string words(const std::vector<std::uint64_t>& values) {
    return {reinterpret_cast<const char*>(values.data()), 8 * values.size()};
  }
  static std::string cap(unsigned id, const std::string& value = "") { return words({id}) + value; }
  /// The capability's bytes.
  static std::string value(std::uint32_t groups, std::uint32_t flags, std::uint8_t rules) {
    std::string text(9, '\0');
    std::memcpy(&text[0], &groups, 4);
    std::memcpy(&text[4], &flags, 4);
    text[8] = static_cast<char>(rules);
    return text;
  }
  static std::string object(unsigned type, std::uint32_t id, const std::string& data = "",
                            std::uint64_t flags = 0) {
    return words({type | std::uint64_t{id} << 32, flags}) + data;
  }
  Piece put(const std::string& bytes) {
    const Piece piece{arena.take(bytes.size(), 8), static_cast<std::uint32_t>(bytes.size())};
    memory.write(piece.address, bytes.data(), bytes.size());
    return piece;
  }
  /// Room that holds 0xee, so that what is not written shows.
  Piece take(std::uint32_t bytes) { return put(std::string(bytes, '\xee')); }
  std::string load(const Piece& piece) {
    std::string bytes(piece.length, '?');
    memory.read(piece.address, bytes.data(), bytes.size());
    return bytes;
  }
  std::string whole, result;
  std::uint32_t used = 0;
};

}  // namespace ringside::test
