// SPDX-License-Identifier: Apache-2.0
#include "cosim/vhost_user/duties.h"

namespace ringside::vhost {

virtio::FeatureSet front_end_features(virtio::DeviceId id) {
  if (id != virtio::DeviceId::Net) return {};
  return {
      2,               // CTRL_GUEST_OFFLOADS
      17, 18, 19, 20,  // CTRL_VQ, CTRL_RX, CTRL_VLAN, CTRL_RX_EXTRA
      21, 22, 23,      // GUEST_ANNOUNCE, MQ, CTRL_MAC_ADDR
      50, 51, 52, 53,  // DEVICE_STATS, HASH_TUNNEL, VQ_NOTF_COAL, NOTF_COAL
      57, 60,          // HASH_REPORT, RSS
  };
}

std::uint64_t queue_number(const virtio::VirtioDevice& device) {
  return device.device_id() == virtio::DeviceId::Net ? 1 : device.num_queues();
}

}  // namespace ringside::vhost
