// SPDX-License-Identifier: Apache-2.0
// What a transport can have behind it: a device whose queues are walked here (VirtioDevice), or one
// that has the registers of virtio-pci itself (RegisterDevice), such as a design in RTL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kit/dma.h"
#include "kit/model.h"
#include "virtio/core/features.h"

namespace ringside::virtio {

/// A region of device memory that the driver can map (5.7.. shared memory regions, 2.10).
struct SharedMemoryRegion {
  std::uint8_t id;
  std::uint64_t bytes;
  std::uint8_t* memory = nullptr;  ///< what is behind it; without it, reads give zeros
};

class VirtioEndpoint : public Model {
 public:
  static constexpr const char* kind = "virtio";
  static constexpr const char* kind_doc = "a virtio device, below a transport such as virtio-pci";

  virtual DeviceId device_id() const = 0;
  /// PCI class, subclass and programming interface, 24 bits.
  virtual std::uint32_t class_code() const = 0;
  /// Queues of the device type: without the administration virtqueue, whose index follows theirs.
  virtual unsigned num_queues() const = 0;
  virtual unsigned all_queues() const = 0;
  virtual std::string queue_name(unsigned queue) const = 0;
  virtual std::vector<SharedMemoryRegion> shared_memory() const { return {}; }

  // ---- ring features, the same for every device
  Param<bool> indirect{this, "indirect", true, "offer VIRTIO_F_INDIRECT_DESC"};
  Param<bool> event_idx{this, "event_idx", true, "offer VIRTIO_F_EVENT_IDX"};
  Param<bool> packed{this, "packed", false, "offer VIRTIO_F_RING_PACKED"};
  Param<bool> in_order{this, "in_order", false, "offer VIRTIO_F_IN_ORDER"};
  Param<bool> notification_data{this, "notification_data", false,
                                "offer VIRTIO_F_NOTIFICATION_DATA"};
  Param<bool> ring_reset{this, "ring_reset", true, "offer VIRTIO_F_RING_RESET"};

 protected:
  using Model::Model;
};

/// What a RegisterDevice needs of its transport.
class RegisterHost {
 public:
  virtual ~RegisterHost() = default;
  virtual DmaInterface& dma() = 0;
  virtual std::uint16_t requester_id() const = 0;
  /// An MSI-X vector as the device's registers name it; must not wait.
  virtual void raise_vector(unsigned vector) = 0;
  /// ISR status, which is the interrupt line while MSI-X is off; must not wait.
  virtual void show_isr(std::uint8_t bits) = 0;
  /// While an access is served: how long the device has been at it, for the time that it takes the
  /// driver.
  virtual void register_took(const sc_core::sc_time& time) = 0;
};

/// A device that has its registers, status machine and queues itself. Offsets are those of the
/// modern interface as virtio-pci lays it out: common configuration at 0, ISR status at 0x1000,
/// device configuration at 0x2000, the doorbell of queue q at 0x3000 + 4 q.
class RegisterDevice : public VirtioEndpoint {
 public:
  /// Once, before the simulation.
  virtual void attach(RegisterHost& host) = 0;
  /// 1, 2, 4 or 8 bytes. May not wait.
  virtual std::uint64_t read_register(std::uint64_t offset, unsigned bytes) = 0;
  virtual void write_register(std::uint64_t offset, unsigned bytes, std::uint64_t value) = 0;
  /// A reset of the function or the machine.
  virtual void reset_registers() = 0;

 protected:
  using VirtioEndpoint::VirtioEndpoint;
};

}  // namespace ringside::virtio
