// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "virtio/device/balloon.h"
#include "virtio/device/block.h"
#include "virtio/device/console.h"
#include "virtio/device/entropy.h"
#include "virtio/device/gpu.h"
#include "virtio/device/input.h"
#include "virtio/device/iommu.h"
#include "virtio/device/mem.h"
#include "virtio/device/net.h"
#include "virtio/device/ninep.h"
#include "virtio/device/pmem.h"
#include "virtio/device/scsi.h"
#include "virtio/device/vsock.h"

namespace {

using namespace ringside;
using virtio::VirtioDevice;

void register_types(Registry& registry) {
  registry.add<VirtioDevice, virtio::Balloon>("virtio-balloon",
                                              "memory balloon (virtio 1.4, section 5.5)");
  registry.add<VirtioDevice, virtio::Block>("virtio-blk", "block device (virtio 1.4, section 5.2)");
  registry.add<VirtioDevice, virtio::Entropy>("virtio-rng",
                                              "entropy device (virtio 1.4, section 5.4)");
  registry.add<VirtioDevice, virtio::Console>("virtio-console",
                                              "console and ports (virtio 1.4, section 5.3)");
  registry.add<VirtioDevice, virtio::Gpu>("virtio-gpu", "GPU in 2D mode (virtio 1.4, section 5.7)");
  registry.add<VirtioDevice, virtio::Input>("virtio-input",
                                            "keyboard, mouse or tablet (virtio 1.4, section 5.8)");
  registry.add<VirtioDevice, virtio::Iommu>("virtio-iommu", "IOMMU (virtio 1.4, section 5.13)");
  registry.add<VirtioDevice, virtio::NineP>("virtio-9p", "files of the host by 9P");
  registry.add<VirtioDevice, virtio::Pmem>("virtio-pmem",
                                           "persistent memory (virtio 1.4, section 5.19)");
  registry.add<VirtioDevice, virtio::Mem>("virtio-mem",
                                          "hot-plugged memory (virtio 1.4, section 5.15)");
  registry.add<VirtioDevice, virtio::Net>("virtio-net", "network device (virtio 1.4, section 5.1)");
  registry.add<VirtioDevice, virtio::Scsi>("virtio-scsi", "SCSI host (virtio 1.4, section 5.6)");
  registry.add<VirtioDevice, virtio::Vsock>("virtio-vsock",
                                            "socket device (virtio 1.4, section 5.10)");
}

}  // namespace

RINGSIDE_PLUGIN("virtio-device", register_types);
