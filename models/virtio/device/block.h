// SPDX-License-Identifier: Apache-2.0
// The block device (virtio 1.4, section 5.2).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "backend/block_backend.h"
#include "kit/command.h"
#include "virtio/core/device.h"
#include "virtio/device/block_params.h"
#include "virtio/device/block_protocol.h"
#include "virtio/device/block_zones.h"

namespace ringside::virtio {

class Block final : public VirtioDevice {
 public:
  Block(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Block; }
  std::uint32_t class_code() const override { return 0x010000; }
  FeatureSet device_features() const override;
  FeatureSet legacy_features(const FeatureSet& modern) const override;
  bool accepts_features(const FeatureSet& chosen) const override;
  std::size_t config_bytes() const override { return sizeof(BlockConfig); }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_driver_ok() override;
  void on_reset() override;
  void finish() override;

  /// Changes the disk's size at run time and tells the driver. False if the back end cannot, or if
  /// the disk has zones.
  bool resize(std::uint64_t bytes);

  BlockParams param{this};
  ChildSlot<backend::BlockBackend> backend{this, "backend", required, "what holds the contents"};

  Command<Size> resize_command{this,
                               "resize",
                               {{"bytes", "new capacity"}},
                               "makes the disk larger or smaller, and tells the driver",
                               [this](Size bytes) { resize_or_refuse(bytes.bytes); }};
  Command<FilePath> change_backend{this,
                                   "change_backend",
                                   {{"path", "another image"}},
                                   "puts another image behind the disk, and tells the driver its "
                                   "size; for a disk that nobody uses (unmounted, unplugged)",
                                   [this](const FilePath& path) { change_image(path); }};

  Counter reads{this, "reads", "count", "read requests that succeeded"};
  Counter writes{this, "writes", "count", "write requests that succeeded, with zone appends"};
  Counter flushes{this, "flushes", "count", "flush requests that succeeded"};
  Counter others{this, "others", "count", "other requests that succeeded"};
  Counter errors{this, "errors", "count", "requests that did not succeed, or are not supported"};

 private:
  static constexpr std::uint32_t kSectorBytes = 512;
  static constexpr std::size_t kBounceBytes = 128 << 10;
  static constexpr std::uint32_t kMaxRangeSectors = 0x3fffff;  // of a range, as QEMU offers it
  static constexpr std::uint32_t kMaxRanges = 16;              // of a request
  static constexpr std::uint32_t kIdBytes = 20;

  /// A request as it is worked on: header and status are taken off the data.
  struct Request {
    unsigned queue;
    DescriptorChain& chain;
    BlockRequest type;
    std::uint64_t sector;
    std::uint32_t data_out;  ///< bytes from the driver, behind the header
    std::uint32_t data_in;   ///< room before the status byte
    std::uint32_t written;   ///< bytes from the start of that room that have been filled
  };

  // block.cpp: what is offered and configured
  void check_parameters();
  void make_zones();
  void check_zones(const ZoneLayout& layout);
  BlockConfig config() const;
  void resize_or_refuse(std::uint64_t bytes);
  void change_image(const FilePath& path);
  std::uint64_t capacity() const;  // in sectors
  std::uint32_t seg_max() const;
  std::uint32_t erase_alignment() const;
  bool writeback() const;
  bool must_write_through() const;
  bool host_managed() const { return zones_ && zones_->layout().model == ZoneModel::HostManaged; }

  // block_requests.cpp
  void handle(unsigned queue, ChainPtr chain);
  BlockStatus perform(Request& request);
  BlockStatus read_data(Request& request);
  bool read_chunk(std::uint64_t sector, std::uint8_t* to, std::uint32_t bytes);
  BlockStatus write_data(Request& request);
  /// The data part of a write whose place has been checked.
  BlockStatus store(Request& request, std::uint64_t sector);
  BlockStatus flush();
  BlockStatus get_id(Request& request);
  BlockStatus get_lifetime(Request& request);
  BlockStatus ranges(Request& request);
  void warn_of_misplaced_ranges();
  BlockStatus check_range(BlockRequest type, const BlockRange& range) const;
  BlockStatus do_range(BlockRequest type, const BlockRange& range);
  bool inside(std::uint64_t sector, std::uint64_t bytes) const;
  void count(BlockRequest type, BlockStatus status);

  // block_zoned.cpp
  BlockStatus zone_request(Request& request);
  BlockStatus zone_append(Request& request);
  BlockStatus zone_report(Request& request);
  BlockStatus zone_reset(std::uint64_t sector, bool may_unmap);
  BlockStatus zone_reset_all();
  BlockStatus erase_zones(const BlockRange& range);
  /// What the disk holds at the start gives the write pointers.
  void find_write_pointers();
  std::uint32_t written_sectors(std::uint32_t zone);

  std::vector<std::vector<std::uint8_t>> bounce_;  // by queue: their threads take turns
  std::optional<bool> chosen_writeback_;           // what the driver wrote
  std::unique_ptr<ZoneTable> zones_;
  bool write_pointers_known_ = false;
  bool warned_ = false;
};

}  // namespace ringside::virtio
