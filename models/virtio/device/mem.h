// SPDX-License-Identifier: Apache-2.0
// The memory device (virtio 1.4, section 5.15): a region of which the driver plugs and unplugs
// blocks, as many as the device asks for.
//
//   bus children:  hot: {type: device-memory, base: 0x1_0000_0000, size: 4GiB}
//   device:        {type: virtio-mem, memory: bus.hot, requested_size: 512MiB}
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kit/command.h"
#include "kit/device_memory.h"
#include "virtio/core/device.h"

namespace ringside::virtio {

/// Feature bits (5.15.3).
enum MemFeature : unsigned {
  kMemAcpiPxm = 0,
  kMemUnpluggedInaccessible = 1,
  kMemPersistentSuspend = 2,
};

/// Requests, responses and states (5.15.6).
enum class MemRequest : std::uint16_t { Plug = 0, Unplug = 1, UnplugAll = 2, State = 3 };
enum class MemResponse : std::uint16_t { Ack = 0, Nack = 1, Busy = 2, Error = 3 };
enum class MemState : std::uint16_t { Plugged = 0, Unplugged = 1, Mixed = 2 };

class Mem final : public VirtioDevice {
 public:
  Mem(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Memory; }
  std::uint32_t class_code() const override { return 0x00ff00; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override { return kConfigBytes; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void resolve() override;
  void serve(unsigned queue) override;
  void on_driver_ok() override;
  void on_reset() override;
  void reset() override;

  std::uint64_t region_size() const { return plugged_.size() * block_bytes_; }
  std::uint64_t usable_region_size() const { return usable_; }
  std::uint64_t plugged_size() const { return plugged_blocks_ * block_bytes_; }
  std::uint64_t requested_size() const { return requested_; }
  /// How much the guest shall have plugged. Throws CommandError if it is no multiple of the block
  /// size, or more than the region has.
  void request(Size size);

  Param<std::string> memory{this, "memory", required, "path of the device-memory that it manages"};
  Param<Size> block_size{this, "block_size", Size{2 << 20},
                         Range<Size>{Size{4096}, Size{std::uint64_t{1} << 30}},
                         "what is plugged as a whole, a power of 2"};
  Param<Size> initial_request{this, "requested_size", Size{0},
                              "memory that the guest shall plug at first, a multiple of "
                              "block_size"};
  Param<Size> usable_extra{this, "usable_extra", Size{256 << 20},
                           "how far the usable region goes beyond the requested size, to give the "
                           "driver a choice; nothing is usable while nothing is requested"};
  Param<unsigned> node_id{this, "node_id", 0, Range<unsigned>{0, 0xffff},
                          "proximity domain of the memory; if given, offers VIRTIO_MEM_F_ACPI_PXM"};
  Param<bool> unplugged_inaccessible{this, "unplugged_inaccessible", true,
                                     "offer VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE"};
  Param<bool> persistent_suspend{this, "persistent_suspend", true,
                                 "offer VIRTIO_MEM_F_PERSISTENT_SUSPEND"};
  Param<unsigned> queue_size{this, "queue_size", 128, Range<unsigned>{1, 32768},
                             "largest size of the request queue"};

  Counter blocks_plugged{this, "blocks_plugged", "blocks", "blocks that were plugged"};
  Counter blocks_unplugged{this, "blocks_unplugged", "blocks", "blocks that were unplugged"};
  Counter rejected{this, "rejected", "count", "requests that were not acknowledged"};

  Command<Size> set_requested_size{
      this,
      "set_requested_size",
      {{"size", "memory that the guest shall have plugged, a multiple of the block size"}},
      "asks the guest to plug or unplug memory",
      [this](Size size) { request(size); }};
  Command<> sizes{this,
                  "sizes",
                  {},
                  "requested, plugged, usable and whole size of the region in bytes",
                  [this] { return sizes_json(); },
                  CommandEffect::Reads};

 private:
  static constexpr std::size_t kConfigBytes = 56;
  static constexpr std::size_t kRequestBytes = 24;
  static constexpr std::size_t kResponseBytes = 10;
  static constexpr std::uint64_t kMaxBlocks = 1 << 20;

  /// Blocks of a request, by number from the region's start.
  struct Blocks {
    std::uint64_t first;
    std::uint64_t count;
  };

  std::string problem_with_memory() const;
  std::uint64_t usable_for(std::uint64_t requested) const;
  bool valid(std::uint64_t address, std::uint64_t count, Blocks& blocks) const;
  std::uint64_t plugged_among(const Blocks& blocks) const;
  MemResponse handle(const std::uint8_t* request, MemState& state);
  MemResponse plug(const Blocks& blocks);
  MemResponse unplug(const Blocks& blocks);
  void unplug_all();
  void forget(const Blocks& blocks);
  void show(const Blocks& blocks);
  Json sizes_json() const;

  DeviceMemory* region_ = nullptr;
  std::uint64_t block_bytes_ = 0;
  std::vector<bool> plugged_;
  std::uint64_t plugged_blocks_ = 0;
  std::uint64_t usable_ = 0;
  std::uint64_t requested_ = 0;
  bool unplugged_readable_ = false;  // the driver has not negotiated UNPLUGGED_INACCESSIBLE
};

}  // namespace ringside::virtio
