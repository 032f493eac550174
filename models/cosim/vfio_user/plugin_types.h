// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cosim/vfio_user/vfio_user.h"
#include "kit/registry.h"

namespace ringside::vfio {

inline void register_types(Registry& registry) {
  registry.add<Model, VfioUser>(
      "vfio-user", "a PCI function for a guest in another program (QEMU), over vfio-user");
}

}  // namespace ringside::vfio
