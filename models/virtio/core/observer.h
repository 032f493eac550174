// SPDX-License-Identifier: Apache-2.0
// Watching a device: what passes between a driver and the device, beside DMA, in one form whatever
// transport carries it. DMA is seen at the transport's DmaPort.
#pragma once

#include <cstdint>

#include "kit/dma.h"
#include "kit/model.h"

namespace ringside::virtio {

class Transport;
class VirtioEndpoint;

/// Told of registers and notifications, in the order in which they take effect. May not change
/// anything, nor wait.
///
/// Registers have the offsets of the modern interface as virtio-pci lays it out (virtio/pci/
/// layout.h): common configuration at 0, ISR status at 0x1000, device configuration at 0x2000, the
/// notification register of queue q at 0x3000 + 4 q. A transport that has others (the legacy
/// interface, vhost-user) tells what its driver does as the modern registers that would do the
/// same.
class TransportObserver {
 public:
  /// For on_register(): where a ring goes on that does not begin anew, written before queue_enable.
  /// Available position in bits 15:0, used position in 31:16, as in RingPosition. No register of
  /// virtio.
  static constexpr std::uint64_t kRingPositionAt = 0x0ffc;
  /// Likewise, the number of a queue whose notifications cannot be told apart from others until it
  /// is reset: on a line, or on a vector that it shares. They are not told then.
  static constexpr std::uint64_t kNotificationsHiddenAt = 0x0ff8;
  static constexpr unsigned kNoQueue = 0xffff;

  virtual ~TransportObserver() = default;
  /// A write before it takes effect, a read with what it has brought; 1 to 8 bytes.
  virtual void on_register(bool is_write, std::uint64_t offset, std::uint64_t value,
                           unsigned bytes) = 0;
  /// The device notifies the driver: of used buffers of a queue, or, with kNoQueue, of a change of
  /// its configuration. Whether a message goes out is up to vectors and masks.
  virtual void on_notification(unsigned queue) = 0;
};

/// A model that watches a device: the child `monitor` of a transport.
class TransportMonitor : public Model, public TransportObserver {
 public:
  static constexpr const char* kind = "monitor";
  static constexpr const char* kind_doc = "watches a virtio device, below its transport";

  /// Once, when the transport and its device have been built.
  virtual void watch(VirtioEndpoint& device, Transport& transport, DmaPort& dma) = 0;

 protected:
  using Model::Model;
};

}  // namespace ringside::virtio
