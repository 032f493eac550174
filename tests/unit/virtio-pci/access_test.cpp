// SPDX-License-Identifier: Apache-2.0
// The PCI configuration access capability: registers without any address.
#include "bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

struct Window {
  explicit Window(VirtioBench& bench) : b(bench) {
    // The registers have no address: only configuration space is there.
    b.guest.put16(b.at + pci::kCommand, 0);
  }
  void aim(unsigned bar, std::uint32_t offset, std::uint32_t bytes) {
    b.guest.put8(at + kCapBar, static_cast<std::uint8_t>(bar));
    b.guest.put32(at + kCapOffset, offset);
    b.guest.put32(at + kCapBytes, bytes);
  }
  std::uint32_t read(unsigned bar, std::uint32_t offset, std::uint32_t bytes) {
    aim(bar, offset, bytes);
    return b.guest.get32(at + kCapData);
  }
  void write(unsigned bar, std::uint32_t offset, std::uint32_t bytes, std::uint32_t value) {
    aim(bar, offset, bytes);
    b.guest.put32(at + kCapData, value);
  }
  VirtioBench& b;
  const std::uint64_t at = b.at + 0x84;
};

}  // namespace

SIM_TEST_CASE(registers_are_read_through_the_window) {
  SPEC("pci.pci-configuration-access-capability.3");
  VirtioBench b;
  Window window(b);
  BOOST_TEST((window.read(4, kNumQueues, 2) & 0xffff) == 2u);
  BOOST_TEST(window.read(4, kDeviceFeature, 4) == b.device.offered_features().page(0));
  BOOST_TEST((window.read(4, kDeviceAt + 1, 1) & 0xff) == 2u);
  BOOST_TEST(b.guest.get8(window.at + kCapData) == 2);
  BOOST_TEST(b.guest.get8(window.at + kCapBar) == 4);
  BOOST_TEST(b.guest.get32(window.at + kCapOffset) == kDeviceAt + 1);
  BOOST_TEST(b.card.pci_cfg_accesses.value() == 4u);
}

SIM_TEST_CASE(registers_are_written_through_the_window) {
  SPEC("pci.pci-configuration-access-capability.2");
  VirtioBench b;
  Window window(b);
  window.write(4, kDeviceStatus, 1, kAcknowledge);
  BOOST_TEST(b.device.status() == kAcknowledge);
  window.write(4, kQueueSelect, 2, 0xffff0001);
  BOOST_TEST((window.read(4, kQueueNotifyOff, 2) & 0xffff) == 1u);
  window.write(4, kQueueDesc, 4, 0x12345000);
  BOOST_TEST(b.device.queue_setup(1).descriptor_area == 0x12345000u);
  window.write(4, kNotifyAt + 4, 2, 1);
  BOOST_TEST(b.card.notify_writes.value() == 1u);
}

SIM_TEST_CASE(what_no_structure_covers_is_not_reached) {
  VirtioBench b;
  Window window(b);
  window.write(4, kNumQueues, 2, 0);
  const std::uint64_t before = b.card.pci_cfg_accesses.value();
  for (std::uint32_t bytes : {0u, 3u, 8u, 0xffffffffu}) window.read(4, 0, bytes);
  window.read(4, 1, 2);
  window.read(4, kNotifyAt + 0x1000, 4);
  window.read(4, 0xfffffffc, 4);
  window.read(1, 0, 4);
  window.read(0, 0, 4);
  window.read(6, 0, 4);
  window.read(255, 0, 4);
  window.write(1, 12, 4, 0);
  BOOST_TEST(b.card.pci_cfg_accesses.value() == before);
  BOOST_TEST(b.card.msix().masked(0));
}

SIM_TEST_CASE(reading_other_bytes_has_no_effect) {
  VirtioBench b;
  Window window(b);
  b.device.config_changed();
  window.aim(4, kIsrAt, 1);
  const std::uint64_t before = b.card.isr_reads.value();
  for (unsigned offset = 0; offset < kCapData; offset += 4) b.guest.get32(window.at + offset);
  BOOST_TEST(b.card.isr_reads.value() == before);
  b.guest.get8(window.at + kCapData + 3);
  BOOST_TEST(b.card.isr_reads.value() == before + 1);
}
