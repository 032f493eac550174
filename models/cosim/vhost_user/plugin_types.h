// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cosim/vhost_user/vhost_user.h"
#include "kit/registry.h"

namespace ringside::vhost {

inline void register_types(Registry& registry) {
  registry.add<Model, VhostUser>(
      "vhost-user", "a virtio device for a guest in another program (QEMU), over vhost-user");
}

}  // namespace ringside::vhost
