// SPDX-License-Identifier: Apache-2.0
// Group administration commands of a device for itself: the Self group (virtio 1.4, 2.13), as they
// come out of its administration virtqueue (2.14).
#pragma once

#include <cstdint>

#include "virtio/core/admin_objects.h"
#include "virtio/ring/virtqueue.h"

namespace ringside::virtio {

class Administration {
 public:
  /// `text_opcodes`: RESOURCE_OBJ_MODIFY is 0x0b and QUERY 0x0c, as the text of the commands has
  /// them; by the table of opcodes it is the other way round.
  explicit Administration(bool text_opcodes) : text_opcodes_(text_opcodes) {}

  /// Declare capabilities and resource types here, before the simulation.
  AdminObjects& objects() { return objects_; }

  /// Carries out what waits on the queue; in the queue's thread.
  void serve(Virtqueue& queue);
  void reset();

 private:
  struct Command {
    AdminHead head{};
    AdminBytes data;
  };
  std::uint32_t serve(DescriptorChain& request);
  AdminResult check(const AdminHead& head) const;
  AdminResult carry_out(const Command& command, AdminBytes& result);
  AdminResult use_list(const AdminBytes& data);
  AdminOpcode meaning(std::uint16_t opcode) const;
  std::uint64_t supported() const;

  bool text_opcodes_;
  std::uint64_t used_ = kAlwaysFirst;  // the driver's list of commands
  AdminObjects objects_;

  static constexpr std::uint64_t kAlwaysFirst = 3;  // LIST_QUERY and LIST_USE
};

}  // namespace ringside::virtio
