// SPDX-License-Identifier: Apache-2.0
// Parameters of the block device.
#pragma once

#include <string>
#include <vector>

#include "kit/model.h"
#include "virtio/device/block_zones.h"

namespace ringside::virtio {

/// Members of a Block, gathered here to keep its own header readable.
struct BlockParams {
  explicit BlockParams(Model* model) : owner(model) {}
  Model* owner;

  Param<unsigned> queues{owner, "queues", 1, Range<unsigned>{1, 256},
                         "request queues (VIRTIO_BLK_F_MQ if more than one)"};
  Param<unsigned> queue_size{owner, "queue_size", 256, Range<unsigned>{4, 32768},
                             "largest size of each queue"};
  Param<std::string> serial{owner, "serial", "",
                            "identification given to GET_ID, at most 20 characters"};

  Param<Size> block_size{owner, "block_size", Size{512}, Range<Size>{Size{512}, Size{64 << 10}},
                         "logical block size, a power of 2"};
  Param<unsigned> physical_block_exp{owner, "physical_block_exp", 0, Range<unsigned>{0, 16},
                                     "log2 of the logical blocks in a physical block"};
  Param<unsigned> alignment_offset{owner, "alignment_offset", 0, Range<unsigned>{0, 255},
                                   "logical blocks before the first aligned physical block"};
  Param<unsigned> min_io_blocks{owner, "min_io_blocks", 1, Range<unsigned>{0, 65535},
                                "smallest good transfer, in logical blocks"};
  Param<unsigned> opt_io_blocks{owner, "opt_io_blocks", 0,
                                "best transfer, in logical blocks; 0 for none"};
  Param<unsigned> size_max{owner, "size_max", 0,
                           "largest segment in bytes (VIRTIO_BLK_F_SIZE_MAX); 0 not to offer it"};
  Param<unsigned> seg_max{
      owner, "seg_max", 0,
      "most segments of a request (VIRTIO_BLK_F_SEG_MAX); 0 for queue_size - 2"};

  Param<bool> flush{owner, "flush", true,
                    "offer VIRTIO_BLK_F_FLUSH; without it nothing is promised to survive a crash"};
  Param<bool> config_wce{owner, "config_wce", true, "offer VIRTIO_BLK_F_CONFIG_WCE, with flush"};
  Param<bool> write_cache{owner, "write_cache", true,
                          "start with a volatile write cache; false: every write is stable"};
  Param<bool> discard{owner, "discard", true, "offer VIRTIO_BLK_F_DISCARD"};
  Param<bool> write_zeroes{owner, "write_zeroes", true, "offer VIRTIO_BLK_F_WRITE_ZEROES"};
  Param<bool> secure_erase{owner, "secure_erase", false,
                           "offer VIRTIO_BLK_F_SECURE_ERASE: the range is overwritten with zeroes"};

  Param<bool> lifetime{owner, "lifetime", false,
                       "offer VIRTIO_BLK_F_LIFETIME, with the three values below"};
  Param<unsigned> pre_eol_info{owner, "pre_eol_info", 1, Range<unsigned>{0, 3},
                               "use of spare blocks: 0 unknown, 1 normal, 2 warning, 3 urgent"};
  Param<unsigned> lifetime_a{owner, "lifetime_a", 1, Range<unsigned>{0, 11},
                             "wear of SLC cells in tenths; 0 unknown, 11 exceeded"};
  Param<unsigned> lifetime_b{owner, "lifetime_b", 1, Range<unsigned>{0, 11},
                             "wear of MLC cells in tenths; 0 unknown, 11 exceeded"};

  Choice<ZoneModel> zoned{owner,
                          "zoned",
                          {{"none", ZoneModel::None},
                           {"host_managed", ZoneModel::HostManaged},
                           {"host_aware", ZoneModel::HostAware}},
                          ZoneModel::None,
                          "zoned disk (VIRTIO_BLK_F_ZONED); zones are laid over any back end"};
  Param<Size> zone_size{owner, "zone_size", Size{16 << 20},
                        "of each zone; the last may be smaller"};
  Param<Size> zone_capacity{owner, "zone_capacity", Size{0},
                            "part of a zone that can be written; 0 for all of it"};
  Param<unsigned> conventional_zones{owner, "conventional_zones", 0,
                                     "zones at the start of the disk without a write pointer"};
  Param<unsigned> max_open_zones{owner, "max_open_zones", 0, "0 for no limit"};
  Param<unsigned> max_active_zones{owner, "max_active_zones", 0, "0 for no limit"};
  Param<Size> max_append{owner, "max_append", Size{64 << 10},
                         "largest zone append; 0 if there are to be none"};
  Param<Size> write_granularity{owner, "write_granularity", Size{0},
                                "of writes to sequential zones; 0 for the block size"};
  Param<std::vector<unsigned>> read_only_zones{owner, "read_only_zones", std::vector<unsigned>{},
                                               "numbers of zones that have failed to be written"};
  Param<std::vector<unsigned>> offline_zones{owner, "offline_zones", std::vector<unsigned>{},
                                             "numbers of zones that have failed altogether"};
};

}  // namespace ringside::virtio
