// SPDX-License-Identifier: Apache-2.0
// A device that does no more than a ring needs to be tested: it gives back what it was given.
#pragma once

#include <functional>
#include <vector>

#include "kit/registry.h"
#include "virtio/core/device.h"

namespace ringside::test {

/// Copies the readable part of each request, every byte inverted, to the start of its writable
/// part.
class Loopback : public virtio::VirtioDevice {
 public:
  Loopback(const sc_core::sc_module_name& name, const ModelContext& context);

  /// When requests are handed back.
  enum class Order {
    AtOnce,    ///< one after the other
    Together,  ///< all at the end of a round of service
    Reversed,  ///< the same, last first
    Later,     ///< by another process, some time after, shuffled
  };

  virtio::DeviceId device_id() const override { return virtio::DeviceId::Entropy; }
  std::uint32_t class_code() const override { return 0x00ff00; }
  virtio::FeatureSet device_features() const override { return {0, 1, 70}; }
  /// Bit 1 needs bit 0.
  bool accepts_features(const virtio::FeatureSet& chosen) const override {
    return !chosen.has(1) || chosen.has(0);
  }
  std::size_t config_bytes() const override { return sizeof config; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_driver_ok() override { ++starts; }
  void on_reset() override;
  void on_queue_reset(unsigned queue) override;

  Param<unsigned> queues{this, "queues", 1, Range<unsigned>{1, 8}, "number of queues"};
  Param<unsigned> queue_size{this, "queue_size", 32768, Range<unsigned>{1, 32768},
                             "largest size of each queue"};

  Order order = Order::AtOnce;
  /// Simulated time that the service of one request takes.
  sc_core::sc_time service_time;
  std::uint8_t config[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  unsigned starts = 0;
  unsigned resets = 0;
  unsigned queue_resets = 0;
  std::uint64_t failures = 0;  ///< chains whose payload could not be moved
  /// Called in serve() before anything else, if set; true if that is all.
  std::function<bool(unsigned queue)> instead;

  virtio::ChainPtr hold(unsigned queue) { return this->queue(queue).pop(); }

 private:
  struct Done {
    virtio::ChainPtr chain;
    std::uint32_t written;
  };
  std::uint32_t handle(virtio::DescriptorChain& chain);
  void finish_later();

  std::vector<std::vector<Done>> done_;   // by queue, handed back at the end of a round
  std::vector<std::vector<Done>> later_;  // by queue, handed back by finish_later()
  sc_core::sc_event later_event_;
  std::uint32_t random_ = 1;
};

/// With the engines and service times that it can have.
void register_loopback(Registry& registry);

}  // namespace ringside::test
