// SPDX-License-Identifier: Apache-2.0
// The messages that QEMU's vfio-user-pci sends, in its order: what hw/vfio-user and hw/vfio/pci.c
// do when the device is realized, when the machine is reset, and when a guest sets its function up;
// without KVM. QEMU 11.1 was seen to send the same.
#pragma once

#include <set>

#include "support/vfio_client.h"

namespace ringside::test {

class VfioQemu : public VfioClient {
 public:
  using VfioClient::VfioClient;
  static constexpr std::uint64_t kRom = 0x1000;

  /// `shared` is false for a guest without memory-backend-memfd: windows come without descriptors.
  void realize(SharedMemory& memory, bool shared = true) {
    const Reply agreed = version();
    demand(agreed.error == 0, "the version");
    capabilities.assign(agreed.payload.begin() + 4, agreed.payload.end());
    // vfio_user_listener_begin() to _commit(): sent together, then waited for.
    // A ROM has no descriptor.
    std::set<std::uint16_t> sent{post(kDmaMap, bytes_of(DmaRange{32, 1, 0, kRom, 0xf000}))};
    for (const auto& part : memory.parts())
      sent.insert(post(kDmaMap, bytes_of(range_of(part)),
                       shared ? std::vector<int>{memory.fd()} : std::vector<int>{}));
    for (const std::uint16_t id : sent) demand(wait_reply(id).error == 0, "a DMA window");
    served.memory = &memory;

    const auto info = call(kGetInfo, DeviceInfo{16, 0, 0, 0}).as<DeviceInfo>();
    demand((info.flags & 2) != 0 && info.regions > kConfig && info.irqs > kMsix, "to be PCI");
    can_reset = info.flags & 1;
    // vfio_pci_populate_device()
    for (std::uint32_t bar = 0; bar < 6; ++bar) bars[bar] = region(bar);
    config_size = region(kConfig).size;
    irq(kErr);
    // vfio_pci_config_setup()
    config = read(kConfig, 0, static_cast<std::uint32_t>(config_size));
    size_rom();
    for (std::uint32_t bar = 0; bar < 6; ++bar)
      if (bars[bar].size != 0) get<std::uint32_t>(kConfig, 0x10 + 4 * bar);
    if ((msix_at = capability(0x11)) != 0) {
      vectors = (get<std::uint16_t>(kConfig, msix_at + 2) & 0x7ffu) + 1;
      get<std::uint32_t>(kConfig, msix_at + 4);
      get<std::uint32_t>(kConfig, msix_at + 8);
      const IrqInfo msix = irq(kMsix);
      demand(msix.count == vectors && (msix.flags & 1) != 0, "a vector for each in the table");
    }
    // vfio_pci_add_capabilities()
    if (const unsigned msi = capability(0x05)) get<std::uint16_t>(kConfig, msi + 2);
    // vfio_pci_interrupt_setup()
    if (get<std::uint8_t>(kConfig, 0x3d) != 0) enable_intx();
  }

  /// vfio_user_pci_reset(): the machine is reset.
  void reset_machine() {
    if (intx) disable_intx();
    if (msix) disable_msix();
    const auto command = get<std::uint16_t>(kConfig, 4);
    put<std::uint16_t>(kConfig, 4, command & ~7);
    if (const unsigned power = capability(0x01)) get<std::uint16_t>(kConfig, power + 4);
    if (can_reset) demand(call(kReset).error == 0, "a reset");
    enable_intx();
    for (unsigned bar = 0; bar < 6; ++bar) put<std::uint32_t>(kConfig, 0x10 + 4 * bar, 0);
  }

  // ---- what the guest does
  /// Sizes the registers and gives them addresses, as firmware does, and enables them.
  void enumerate() {
    std::uint32_t next = 0x4000'0000;
    for (unsigned bar = 0; bar < 6; ++bar) {
      if (bars[bar].size == 0) continue;
      const auto low = get<std::uint32_t>(kConfig, 0x10 + 4 * bar);
      put<std::uint32_t>(kConfig, 0x10 + 4 * bar, ~0u);
      get<std::uint32_t>(kConfig, 0x10 + 4 * bar);
      next += 0x10'0000;
      put<std::uint32_t>(kConfig, 0x10 + 4 * bar, next | (low & 0xf));
      if ((low & 7) == 4) put<std::uint32_t>(kConfig, 0x10 + 4 * ++bar, 0);
    }
    put<std::uint16_t>(kConfig, 4, get<std::uint16_t>(kConfig, 4) | 7);
  }
  /// Linux: MSI-X on with all masked, the table, which QEMU keeps to itself, then unmasked.
  void enable_msix(unsigned count) {
    write_msix_control(0xc000);
    write_msix_control(0x8000);
    for (unsigned vector = 0; vector < count; ++vector) use_vector(vector);
  }
  void write_msix_control(std::uint16_t control) {
    put<std::uint16_t>(kConfig, msix_at + 2, control);
    const bool on = control & 0x8000;
    if (on && !msix) {
      if (intx) disable_intx();
      msix = true;
      // vfio_enable_msix_no_vec()
      demand(set_irqs(kMsix, kEventFd | kTrigger, 0, 1).error == 0, "MSI-X without vectors");
    } else if (!on && msix) {
      disable_msix();
      enable_intx();
    }
  }
  /// vfio_msix_vector_do_use()
  void use_vector(unsigned vector) {
    demand(set_irqs(kMsix, kEventFd | kTrigger, vector, 1, {vector_fds[vector]}).error == 0,
           "an eventfd of a vector");
  }
  void disable_msix() {
    msix = false;
    demand(set_irqs(kMsix, kNone | kTrigger, 0, 0).error == 0, "MSI-X off");
  }
  void enable_intx() {
    if (get<std::uint8_t>(kConfig, 0x3d) == 0) return;
    demand(set_irqs(kIntx, kEventFd | kTrigger, 0, 1, {intx_fd()}).error == 0, "INTx on");
    intx = true;
  }
  void disable_intx() {
    intx = false;
    demand(set_irqs(kIntx, kNone | kTrigger, 0, 0).error == 0, "INTx off");
  }
  /// vfio_intx_eoi(): after each access to a base address register while the pin was told of.
  void end_of_interrupt() {
    demand(set_irqs(kIntx, kNone | kUnmask, 0, 1).error == 0, "to unmask INTx");
  }
  int intx_fd() { return intx_fds_[0]; }

  /// Offset of a capability in what was read of the configuration space; 0 if there is none.
  unsigned capability(std::uint8_t id, unsigned after = 0) const {
    unsigned at = after != 0 ? config.at(after + 1) : config.at(0x34);
    for (unsigned count = 0; at != 0 && count < 48; at = config.at(at + 1), ++count)
      if (config.at(at) == id) return at;
    return 0;
  }

  std::string capabilities;  ///< agreed on, as text
  RegionInfo bars[6] = {};
  std::uint64_t config_size = 0;
  Bytes config;
  unsigned msix_at = 0, vectors = 0;
  bool can_reset = false, intx = false, msix = false;
  EventFds vector_fds;

 private:
  /// vfio_pci_size_rom()
  void size_rom() {
    const auto before = get<std::uint32_t>(kConfig, 0x30);
    put<std::uint32_t>(kConfig, 0x30, 0xffff'f800);
    demand(get<std::uint32_t>(kConfig, 0x30) == 0, "to have no ROM");
    put<std::uint32_t>(kConfig, 0x30, before);
  }
  EventFds intx_fds_;
};

/// A driver of virtio-pci in that guest: the modern interface.
class VfioVirtio {
 public:
  explicit VfioVirtio(VfioQemu& qemu) : qemu_(qemu) {
    for (unsigned at = qemu.capability(9); at != 0; at = qemu.capability(9, at)) {
      const std::uint8_t type = qemu.config.at(at + 3);
      if (type == 0 || type > 4) continue;
      Place& place = places_[type];
      place.bar = qemu.config.at(at + 4);
      std::memcpy(&place.offset, &qemu.config.at(at + 8), sizeof place.offset);
      if (type == kNotify) std::memcpy(&multiplier_, &qemu.config.at(at + 16), sizeof multiplier_);
    }
  }

  /// Steps 1 to 8 of 3.1.1, with one queue of index 0 unless told otherwise. Vector 0 is for the
  /// configuration, and 1 + queue for a queue; without MSI-X there is the pin.
  void negotiate(std::uint64_t features) {
    reset();
    put<std::uint8_t>(kStatus, 1);
    put<std::uint8_t>(kStatus, 3);
    for (std::uint32_t page = 0; page < 2; ++page) {
      put<std::uint32_t>(8, page);
      put<std::uint32_t>(12, static_cast<std::uint32_t>(features >> 32 * page));
    }
    put<std::uint8_t>(kStatus, 11);
    SocketClient::demand((status() & 8) != 0, "the features");
    if (qemu_.msix) put<std::uint16_t>(16, 0);
  }
  void add_queue(unsigned queue, const QueuePlace& place) {
    put<std::uint16_t>(22, static_cast<std::uint16_t>(queue));
    put<std::uint16_t>(24, place.size);
    if (qemu_.msix) put<std::uint16_t>(26, static_cast<std::uint16_t>(1 + queue));
    put_address(32, place.descriptor_area);
    put_address(40, place.driver_area);
    put_address(48, place.device_area);
    put<std::uint16_t>(28, 1);
    notify_at_ = get<std::uint16_t>(30) * multiplier_;
  }
  void start() { put<std::uint8_t>(kStatus, 15); }
  void reset() {
    put<std::uint8_t>(kStatus, 0);
    for (int tries = 0; status() != 0; ++tries)
      if (tries == 1000) throw std::runtime_error("a reset that does not end");
  }
  std::uint8_t status() { return get<std::uint8_t>(kStatus); }
  std::uint8_t isr() { return qemu_.get<std::uint8_t>(places_[kIsr].bar, places_[kIsr].offset); }
  void kick(unsigned queue) {
    qemu_.post_write<std::uint16_t>(places_[kNotify].bar, places_[kNotify].offset + notify_at_,
                                    static_cast<std::uint16_t>(queue));
  }
  template <typename T>
  T device_config(unsigned offset) {
    return qemu_.get<T>(places_[kDevice].bar, places_[kDevice].offset + offset);
  }

  /// By vector 1 of MSI-X, or by the pin.
  bool wait_interrupt() {
    if (qemu_.msix) return qemu_.wait_and_serve(qemu_.vector_fds[1]);
    if (!qemu_.wait_and_serve(qemu_.intx_fd())) return false;
    isr();  // lowers the pin
    qemu_.end_of_interrupt();
    return true;
  }

 private:
  enum : std::uint8_t { kCommon = 1, kNotify, kIsr, kDevice };
  static constexpr unsigned kStatus = 20;
  struct Place {
    unsigned bar = 0;
    std::uint32_t offset = 0;
  };

  template <typename T>
  T get(unsigned field) {
    return qemu_.get<T>(places_[kCommon].bar, places_[kCommon].offset + field);
  }
  template <typename T>
  void put(unsigned field, T value) {
    qemu_.post_write<T>(places_[kCommon].bar, places_[kCommon].offset + field, value);
  }
  void put_address(unsigned field, std::uint64_t address) {
    put<std::uint32_t>(field, static_cast<std::uint32_t>(address));
    put<std::uint32_t>(field + 4, static_cast<std::uint32_t>(address >> 32));
  }

  VfioQemu& qemu_;
  Place places_[5];
  std::uint32_t multiplier_ = 0;
  std::uint32_t notify_at_ = 0;
};

}  // namespace ringside::test
