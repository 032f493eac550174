// SPDX-License-Identifier: Apache-2.0
// What a driver finds before it touches a register: identity, capabilities, sizes.
#include <fmt/format.h>

#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

using Offsets = std::vector<unsigned>;

/// Offsets of all capabilities in the order of the list.
Offsets chain(VirtioBench& b) {
  Offsets offsets;
  for (unsigned at = b.guest.get8(b.at + pci::kCapabilityPointer); at && offsets.size() < 48;
       at = b.guest.get8(b.at + at + 1))
    offsets.push_back(at);
  return offsets;
}

void check_chain(VirtioBench& b, const Offsets& expected) {
  BOOST_TEST(chain(b) == expected, boost::test_tools::per_element());
}

/// Offsets of the virtio capabilities of a type, in the order of the list.
Offsets find(VirtioBench& b, CapabilityType type) {
  Offsets found;
  for (unsigned at : chain(b))
    if (b.guest.get8(b.at + at) == pci::kVendorSpecific &&
        b.guest.get8(b.at + at + kCapType) == static_cast<std::uint8_t>(type))
      found.push_back(at);
  return found;
}

void check_structure(VirtioBench& b, CapabilityType type, unsigned at, unsigned length,
                     unsigned bar, std::uint32_t offset, std::uint32_t bytes) {
  BOOST_TEST_CONTEXT("capability at " << at) {
    BOOST_TEST(b.guest.get8(b.at + at) == pci::kVendorSpecific);
    BOOST_TEST(b.guest.get8(b.at + at + kCapLength) == length);
    BOOST_TEST(b.guest.get8(b.at + at + kCapType) == static_cast<unsigned>(type));
    BOOST_TEST(b.guest.get8(b.at + at + kCapBar) == bar);
    BOOST_TEST(b.guest.get32(b.at + at + kCapOffset) == offset);
    BOOST_TEST(b.guest.get32(b.at + at + kCapBytes) == bytes);
  }
}

std::string errors_of(const std::string& yaml) {
  Registry registry;
  register_virtio_pci_models(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(yaml, "p.yaml")));
  return platform.diagnostics().str();
}

void check_refused(const std::string& function, const std::string& device,
                   const std::string& part) {
  const std::string text = errors_of(virtio_platform(function, device));
  BOOST_TEST(text.find(part) != std::string::npos, text);
}

void check_legacy_size(const char* function, const char* device, std::uint32_t bytes) {
  VirtioBench b(function, device);
  BOOST_TEST(b.guest.size_of(b.at, 0) == bytes);
}

void check_vectors(const char* device, unsigned vectors) {
  VirtioBench b("", device);
  BOOST_TEST(b.card.msix().vectors() == vectors);
  BOOST_TEST(b.guest.get16(b.at + b.card.msix().capability() + 2) == vectors - 1);
}

}  // namespace

SIM_TEST_CASE(a_modern_function_is_laid_out_as_in_qemu) {
  SPEC("pci.virtio-over-pci-bus.1");
  SPEC("pci.common-configuration-structure-layout.1");
  SPEC("pci.common-configuration-structure-layout.2");
  SPEC("pci.notification-capability.1");
  SPEC("pci.notification-capability.2");
  SPEC("pci.notification-capability.3");
  SPEC("pci.notification-capability.4");
  SPEC("pci.notification-capability.5");
  SPEC("pci.notification-capability.6");
  SPEC("pci.isr-status-capability.1");
  SPEC("pci.device-specific-configuration.1");
  SPEC("pci.pci-configuration-access-capability.1");
  SPEC("pci.virtio-structure-pci-capabilities.1");
  VirtioBench b(", interface: modern");
  check_chain(b, {0x98, 0x84, 0x70, 0x60, 0x50, 0x40});
  check_structure(b, CapabilityType::Common, 0x40, 16, 4, 0x0000, 0x1000);
  check_structure(b, CapabilityType::Isr, 0x50, 16, 4, 0x1000, 0x1000);
  check_structure(b, CapabilityType::Device, 0x60, 16, 4, 0x2000, 0x1000);
  check_structure(b, CapabilityType::Notify, 0x70, 20, 4, 0x3000, 0x1000);
  BOOST_TEST(b.guest.get32(b.at + 0x70 + kCapMultiplier) == 4u);
  check_structure(b, CapabilityType::PciAccess, 0x84, 20, 0, 0, 0);
  BOOST_TEST(b.guest.get8(b.at + 0x98) == pci::kMsiX);
  BOOST_TEST(b.guest.get32(b.at + 0x98 + 4) == 1u, "table at 0 of BAR 1");
  BOOST_TEST(b.guest.get32(b.at + 0x98 + 8) == 0x801u, "pending bits at 0x800");
  BOOST_TEST(b.guest.size_of(b.at, 1) == 0x1000u);
  BOOST_TEST(b.guest.size_of(b.at, 4) == 0x4000u);
  BOOST_TEST((b.guest.get32(b.at + pci::kBar0 + 16) & 0xf) == 0xcu, "64 bits, prefetchable");
  BOOST_TEST(b.guest.get32(b.at + pci::kBar0) == 0u, "no legacy interface");
  BOOST_TEST(b.guest.get32(b.at + 0x100) == 0xffffffffu, "256 bytes of configuration");
}

SIM_TEST_CASE(modern_identity) {
  SPEC("pci.pci-device-discovery.1");
  SPEC("pci.pci-device-discovery.2");
  SPEC("pci.pci-device-discovery.3");
  SPEC("pci.pci-device-discovery.4");
  SPEC("pci.pci-device-discovery.5");
  VirtioBench b("", ", id: 16");
  BOOST_TEST((b.card.interface() == VirtioPci::Interface::Modern), "gpu never had another");
  BOOST_TEST(b.guest.get32(b.at) == 0x10501af4u);
  BOOST_TEST(b.guest.get32(b.at + pci::kRevision) == 0x01000001u);
  BOOST_TEST(b.guest.get32(b.at + pci::kSubsystemVendorId) == 0x11001af4u);
  BOOST_TEST(b.guest.get8(b.at + pci::kInterruptPin) == 1);
}

SIM_TEST_CASE(transitional_identity_and_layout) {
  SPEC("pci.pci-device-discovery.1");
  SPEC("pci.pci-device-discovery.2");
  VirtioBench b("", ", id: 2");
  BOOST_TEST((b.card.interface() == VirtioPci::Interface::Transitional));
  BOOST_TEST(b.guest.get32(b.at) == 0x10011af4u);
  BOOST_TEST(b.guest.get8(b.at + pci::kRevision) == 0);
  BOOST_TEST(b.guest.get32(b.at + pci::kSubsystemVendorId) == 0x00021af4u);
  check_chain(b, {0x98, 0x84, 0x70, 0x60, 0x50, 0x40});
  BOOST_TEST((b.guest.get32(b.at + pci::kBar0) & 3) == 1u, "I/O space");
  BOOST_TEST(b.guest.size_of(b.at, 0) == 128u);
}

SIM_TEST_CASE(legacy_identity_and_layout) {
  VirtioBench b(", interface: legacy", ", id: 1, config_size: 12");
  BOOST_TEST(b.guest.get32(b.at) == 0x10001af4u);
  BOOST_TEST(b.guest.get32(b.at + pci::kSubsystemVendorId) == 0x00011af4u);
  check_chain(b, {0x40});
  BOOST_TEST(b.guest.get8(b.at + 0x40) == pci::kMsiX);
  BOOST_TEST(b.guest.size_of(b.at, 0) == 64u);
  b.guest.put32(b.at + pci::kBar0 + 16, 0xffffffff);
  BOOST_TEST(b.guest.get32(b.at + pci::kBar0 + 16) == 0u, "no modern register");
}

SIM_TEST_CASE(ids_of_all_types_with_a_legacy_interface) {
  const std::pair<unsigned, unsigned> ids[] = {{1, 0x1000}, {2, 0x1001}, {3, 0x1003}, {4, 0x1005},
                                               {5, 0x1002}, {8, 0x1004}, {9, 0x1009}};
  for (const auto& [type, id] : ids) BOOST_TEST(transitional_id(static_cast<DeviceId>(type)) == id);
  for (unsigned type : {16, 18})
    BOOST_TEST(transitional_id(static_cast<DeviceId>(type)) == 0);
}

SIM_TEST_CASE(types_without_an_id_in_the_table_are_modern_unless_asked) {
  for (unsigned type : {19, 23, 24, 27}) {
    BOOST_TEST(transitional_id(static_cast<DeviceId>(type)) != 0);
    BOOST_TEST(!transitional_by_default(static_cast<DeviceId>(type)));
  }
  VirtioBench b("", ", id: 19, queues: 3");
  BOOST_TEST((b.card.interface() == VirtioPci::Interface::Modern));
  BOOST_TEST(b.guest.get32(b.at) == 0x10531af4u);
}

void check_qemu_id(unsigned type, unsigned id) {
  VirtioBench b(", interface: transitional", fmt::format(", id: {}, queues: 1", type));
  BOOST_TEST(b.guest.get32(b.at) == (id << 16 | 0x1af4u));
  BOOST_TEST(b.guest.get32(b.at + pci::kSubsystemVendorId) == (type << 16 | 0x1af4u));
}

SIM_TEST_CASE(vsock_has_the_transitional_id_of_qemu) { check_qemu_id(19, 0x1012); }
SIM_TEST_CASE(pmem_has_the_transitional_id_of_qemu) { check_qemu_id(27, 0x1013); }
SIM_TEST_CASE(iommu_has_the_transitional_id_of_qemu) { check_qemu_id(23, 0x1014); }
SIM_TEST_CASE(mem_has_the_transitional_id_of_qemu) { check_qemu_id(24, 0x1015); }

// Header of 24 bytes (20 without MSI-X) and the configuration space, up to a power of two.
SIM_TEST_CASE(legacy_size_without_configuration) {
  check_legacy_size("", ", id: 4, config_size: 0", 32);
}
SIM_TEST_CASE(legacy_size_of_a_console) {
  check_legacy_size("", ", id: 3, config_size: 12", 64);
}
SIM_TEST_CASE(legacy_size_without_msix) {
  check_legacy_size(", vectors: 0", ", id: 3, config_size: 12", 32);
}

SIM_TEST_CASE(behind_a_port_functions_are_modern_and_express) {
  VirtioBench b("", "", true);
  BOOST_TEST((b.card.interface() == VirtioPci::Interface::Modern));
  check_chain(b, {0xdc, 0xc8, 0xb4, 0xa4, 0x94, 0x84, 0x7c, 0x40});
  BOOST_TEST(b.guest.get8(b.at + 0x40) == pci::kExpress);
  BOOST_TEST(b.guest.get8(b.at + 0x7c) == pci::kPowerManagement);
  check_structure(b, CapabilityType::Common, 0x84, 16, 4, 0x0000, 0x1000);
  check_structure(b, CapabilityType::Isr, 0x94, 16, 4, 0x1000, 0x1000);
  check_structure(b, CapabilityType::Device, 0xa4, 16, 4, 0x2000, 0x1000);
  check_structure(b, CapabilityType::Notify, 0xb4, 20, 4, 0x3000, 0x1000);
  check_structure(b, CapabilityType::PciAccess, 0xc8, 20, 0, 0, 0);
  BOOST_TEST(b.guest.get8(b.at + 0xdc) == pci::kMsiX);
  BOOST_TEST(b.get<std::uint16_t>(kNumQueues) == 2, "registers answer through the port");
}

SIM_TEST_CASE(a_page_per_queue_makes_a_big_register) {
  VirtioBench b(", page_per_vq: true");
  BOOST_TEST(b.guest.size_of(b.at, 4) == 0x800000u);
  check_structure(b, CapabilityType::Notify, 0x70, 20, 4, 0x3000, 0x400000);
  BOOST_TEST(b.guest.get32(b.at + 0x70 + kCapMultiplier) == 4096u);
}

SIM_TEST_CASE(a_doorbell_in_io_space_comes_first) {
  SPEC("pci.virtio-structure-pci-capabilities.2");
  VirtioBench b(", modern_pio_notify: true");
  check_chain(b, {0xac, 0x98, 0x84, 0x70, 0x60, 0x50, 0x40});
  check_structure(b, CapabilityType::Notify, 0x84, 20, 2, 0, 4);
  BOOST_TEST(b.guest.get32(b.at + 0x84 + kCapMultiplier) == 0u);
  BOOST_TEST(b.guest.size_of(b.at, 2) == 4u);
  BOOST_TEST((b.guest.get32(b.at + pci::kBar0 + 8) & 3) == 1u);
}

SIM_TEST_CASE(doorbells_suit_notification_data) {
  SPEC("pci.notification-capability.7");
  SPEC("pci.notification-capability.8");
  SPEC("pci.notification-capability.9");
  SPEC("pci.notification-capability.10");
  SPEC("pci.notification-capability.11");
  VirtioBench b("", ", notification_data: true, queues: 8");
  const unsigned at = find(b, CapabilityType::Notify).front();
  const std::uint32_t multiplier = b.guest.get32(b.at + at + kCapMultiplier);
  BOOST_TEST(multiplier % 4 == 0u);
  BOOST_TEST((multiplier & (multiplier - 1)) == 0u);
  BOOST_TEST(b.guest.get32(b.at + at + kCapOffset) % 4 == 0u);
  const std::uint32_t length = b.guest.get32(b.at + at + kCapBytes);
  for (std::uint16_t queue = 0; queue < 8; ++queue) {
    b.select(queue);
    BOOST_TEST(length >= b.get<std::uint16_t>(kQueueNotifyOff) * multiplier + 4);
  }
}

SIM_TEST_CASE(standard_vectors_of_block) {
  check_vectors(", id: 2, queues: 4", 5);
}
SIM_TEST_CASE(standard_vectors_of_net) {
  check_vectors(", id: 1, queues: 3", 4);
}
SIM_TEST_CASE(standard_vectors_of_console) {
  check_vectors(", id: 3, queues: 64", 2);
}
SIM_TEST_CASE(standard_vectors_of_scsi) {
  check_vectors(", id: 8, queues: 4", 5);
}

SIM_TEST_CASE(as_many_vectors_as_asked_for) {
  SPEC("pci.msi-x-vector-configuration.1");
  SPEC("pci.msi-x-vector-configuration.2");
  SPEC("pci.msi-x-vector-configuration.3");
  VirtioBench b(", vectors: 2048");
  BOOST_TEST(b.guest.get16(b.at + b.card.msix().capability() + 2) == 2047);
  BOOST_TEST(b.guest.size_of(b.at, 1) == 0x10000u);
}

SIM_TEST_CASE(without_vectors_there_is_no_msix) {
  VirtioBench b(", vectors: 0, interface: modern");
  check_chain(b, {0x84, 0x70, 0x60, 0x50, 0x40});
  b.guest.put32(b.at + pci::kBar0 + 4, 0xffffffff);
  BOOST_TEST(b.guest.get32(b.at + pci::kBar0 + 4) == 0u);
}

SIM_TEST_CASE(shared_memory_is_announced_and_mapped) {
  SPEC("pci.shared-memory-capability.1");
  SPEC("pci.shared-memory-capability.2");
  VirtioBench b("", ", shared_bytes: 0x5000");
  Offsets at = find(b, CapabilityType::SharedMemory);
  BOOST_REQUIRE(at.size() == 2u);
  std::reverse(at.begin(), at.end());
  check_structure(b, CapabilityType::SharedMemory, at[0], 24, 2, 0, 0x800);
  check_structure(b, CapabilityType::SharedMemory, at[1], 24, 2, 0x1000, 0x4000);
  BOOST_TEST(b.guest.get8(b.at + at[0] + kCapId) == 7);
  BOOST_TEST(b.guest.get8(b.at + at[1] + kCapId) == 9);
  BOOST_TEST(b.guest.get32(b.at + at[1] + kCapOffsetHigh) == 0u);
  BOOST_TEST(b.guest.get32(b.at + at[1] + kCapBytesHigh) == 0u);
  BOOST_TEST(b.guest.size_of(b.at, 2) == 0x8000u, "regions lie inside the register");
  b.guest.put32(VirtioBench::kShared + 0x1010, 0x01020304);
  BOOST_TEST(b.device.shared[0x1010] == 4);
  b.device.shared[5] = 0x77;
  BOOST_TEST(b.guest.get8(VirtioBench::kShared + 5) == 0x77);
  BOOST_TEST(b.guest.get8(VirtioBench::kShared + 0x900) == 0, "between the regions");
  tlm::tlm_dmi dmi;
  BOOST_REQUIRE(b.guest.cpu.direct(VirtioBench::kShared + 0x1000, dmi));
  BOOST_TEST(dmi.get_end_address() == VirtioBench::kShared + 0x4fff);
}

SIM_TEST_CASE(vendor_data_is_a_capability) {
  SPEC("pci.vendor-data-capability.1");
  SPEC("pci.vendor-data-capability.2");
  SPEC("pci.vendor-data-capability.3");
  VirtioBench b(", vendor_id: 0x1b36, vendor_data: [0xde, 0xad, 0xbe]");
  const Offsets at = find(b, CapabilityType::Vendor);
  BOOST_REQUIRE(at.size() == 1u);
  BOOST_TEST(b.guest.get8(b.at + at[0] + kCapLength) == 12);
  BOOST_TEST(b.guest.get16(b.at + at[0] + 4) == 0x1b36);
  for (int turn = 0; turn < 2; ++turn)
    BOOST_TEST(b.guest.get32(b.at + at[0] + 4) == 0xadde1b36u, "reading has no side effects");
  BOOST_TEST(b.guest.get32(b.at + at[0] + 8) == 0x000000beu);
  b.guest.put32(b.at + at[0] + 4, 0);
  BOOST_TEST(b.guest.get32(b.at + at[0] + 4) == 0xadde1b36u);
}

SIM_TEST_CASE(impossible_set_ups_are_refused) {
  SPEC("pci.vendor-data-capability.1");
  check_refused(", interface: legacy", ", id: 16", "asks for a legacy interface");
  check_refused(", interface: transitional", ", access_platform: true",
                "can't offer 'access_platform'");
  check_refused(", vendor_id: 0x1af4", "", "expected another vendor's number");
  check_refused(", modern_pio_notify: true", ", shared_bytes: 0x2000", "expected it to be off");
  check_refused("", ", queues: 1025", "expected at most 1024");
  check_refused(", vectors: 2049", "", "expected 0 to 2048");
}

SIM_TEST_CASE(vendor_data_that_does_not_fit_is_refused) {
  std::string data;
  for (int i = 0; i < 200; ++i) data += i ? ", 1" : "1";
  check_refused(", vendor_id: 1, vendor_data: [" + data + "]", "", "do not fit");
}

SIM_TEST_CASE(a_device_is_required) {
  const std::string text = errors_of(pci_platform("          card: {type: virtio-pci}\n"));
  BOOST_TEST(text.find("'device' of bus.pci.card (virtio-pci) is missing") != std::string::npos,
             text);
}

SIM_TEST_CASE(access_platform_makes_auto_modern) {
  VirtioBench b("", ", access_platform: true");
  BOOST_TEST((b.card.interface() == VirtioPci::Interface::Modern));
}
