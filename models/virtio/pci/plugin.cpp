// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "virtio/core/engine.h"
#include "virtio/core/service.h"
#include "virtio/pci/virtio_pci.h"

namespace {

void register_types(ringside::Registry& registry) {
  using namespace ringside;
  registry.add<pci::PciFunction, virtio::VirtioPci>(
      "virtio-pci", "virtio transport over PCI: modern, transitional or legacy");
  virtio::register_engines(registry);
  virtio::register_services(registry);
}

}  // namespace

RINGSIDE_PLUGIN("virtio-pci", register_types);
