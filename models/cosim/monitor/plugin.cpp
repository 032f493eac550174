// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "cosim/monitor/monitor.h"

namespace {

void register_types(ringside::Registry& registry) {
  registry.add<ringside::virtio::TransportMonitor, ringside::cosim::VirtioMonitor>(
      "virtio-monitor", "judges a virtio device by what it does, under any guest");
}

}  // namespace

RINGSIDE_PLUGIN("virtio-monitor", register_types);
