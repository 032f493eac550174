// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "cosim/replay/virtio_replay.h"

namespace {

void register_types(ringside::Registry& registry) {
  registry.add<ringside::virtio::TransportMonitor, ringside::cosim::VirtioReplay>(
      "virtio-replay", "plays a log to a virtio device, without a guest");
}

}  // namespace

RINGSIDE_PLUGIN("cosim-replay", register_types);
