// SPDX-License-Identifier: Apache-2.0
// The block device (virtio 1.4, section 5.2).
#pragma once

#include <array>
#include <vector>

#include "backend/block_backend.h"
#include "virtio/core/device.h"

namespace ringside::virtio {

/// Feature bits (5.2.3).
enum BlockFeature : unsigned {
  kBlkSizeMax = 1,
  kBlkSegMax = 2,
  kBlkGeometry = 4,
  kBlkRo = 5,
  kBlkBlkSize = 6,
  kBlkFlush = 9,
  kBlkTopology = 10,
  kBlkConfigWce = 11,
  kBlkMq = 12,
  kBlkDiscard = 13,
  kBlkWriteZeroes = 14,
  kBlkLifetime = 15,
  kBlkSecureErase = 16,
};

/// Request types (5.2.6).
enum class BlockRequest : std::uint32_t {
  In = 0,
  Out = 1,
  Flush = 4,
  GetId = 8,
  GetLifetime = 10,
  Discard = 11,
  WriteZeroes = 13,
  SecureErase = 14,
};

enum class BlockStatus : std::uint8_t { Ok = 0, IoError = 1, Unsupported = 2 };

class Block final : public VirtioDevice {
 public:
  Block(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Block; }
  std::uint32_t class_code() const override { return 0x010000; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override { return kConfigBytes; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_driver_ok() override;
  void on_reset() override;
  void finish() override;

  Param<unsigned> queues{this, "queues", 1, Range<unsigned>{1, 256},
                         "request queues (VIRTIO_BLK_F_MQ if more than one)"};
  Param<unsigned> queue_size{this, "queue_size", 256, Range<unsigned>{4, 32768},
                             "largest size of each queue"};
  Param<std::string> serial{this, "serial", "",
                            "identification given to GET_ID, at most 20 characters"};
  Param<Size> block_size{this, "block_size", Size{512}, Range<Size>{Size{512}, Size{64 << 10}},
                         "logical block size, a power of 2"};
  Param<unsigned> physical_block_exp{this, "physical_block_exp", 0, Range<unsigned>{0, 16},
                                     "log2 of the logical blocks in a physical block"};
  Param<unsigned> alignment_offset{this, "alignment_offset", 0, Range<unsigned>{0, 255},
                                   "logical blocks before the first aligned physical block"};
  Param<unsigned> min_io_blocks{this, "min_io_blocks", 1, Range<unsigned>{0, 65535},
                                "smallest good transfer, in logical blocks"};
  Param<unsigned> opt_io_blocks{this, "opt_io_blocks", 0,
                                "best transfer, in logical blocks; 0 for none"};
  Param<unsigned> size_max{this, "size_max", 0,
                           "largest segment in bytes (VIRTIO_BLK_F_SIZE_MAX); 0 not to offer it"};
  Param<bool> discard{this, "discard", true, "offer VIRTIO_BLK_F_DISCARD"};
  Param<bool> write_zeroes{this, "write_zeroes", true, "offer VIRTIO_BLK_F_WRITE_ZEROES"};
  Param<bool> secure_erase{this, "secure_erase", false,
                           "offer VIRTIO_BLK_F_SECURE_ERASE: the range is overwritten with zeroes"};
  Param<bool> lifetime{this, "lifetime", false, "offer VIRTIO_BLK_F_LIFETIME"};
  Param<bool> write_cache{this, "write_cache", true,
                          "start with a volatile write cache (VIRTIO_BLK_F_FLUSH, CONFIG_WCE)"};
  ChildSlot<backend::BlockBackend> backend{this, "backend", required, "what holds the contents"};

 private:
  static constexpr std::size_t kConfigBytes = 96;
  static constexpr std::uint32_t kSectorBytes = 512;
  static constexpr std::size_t kBounceBytes = 128 << 10;
  static constexpr std::uint32_t kMaxRangeSectors =
      0x3fffff;  // discard, write zeroes, secure erase: per segment
  static constexpr std::uint32_t kMaxRangeSegments = 16;
  static constexpr std::uint32_t kIdBytes = 20;

  struct Header {
    std::uint32_t type;
    std::uint32_t reserved;
    std::uint64_t sector;
  };
  /// What one request came to.
  struct Outcome {
    BlockStatus status = BlockStatus::Ok;
    std::uint32_t written = 0;  ///< data bytes put into the writable part
  };

  void handle(unsigned queue, ChainPtr chain);
  Outcome perform(unsigned queue, const Header& header, DescriptorChain& chain);
  Outcome read_data(unsigned queue, std::uint64_t sector, DescriptorChain& chain);
  Outcome write_data(unsigned queue, std::uint64_t sector, DescriptorChain& chain);
  Outcome get_id(DescriptorChain& chain);
  Outcome get_lifetime(DescriptorChain& chain);
  BlockStatus ranges(BlockRequest type, DescriptorChain& chain);
  BlockStatus one_range(BlockRequest type, std::uint64_t sector, std::uint32_t sectors,
                        std::uint32_t flags);
  bool inside(std::uint64_t sector, std::uint64_t bytes) const;
  bool must_write_through() const;
  std::array<std::uint8_t, kConfigBytes> config() const;

  std::vector<std::vector<std::uint8_t>>
      bounce_;  // one per queue: their threads take turns while they wait
  bool cache_on_ = true;
};

}  // namespace ringside::virtio
