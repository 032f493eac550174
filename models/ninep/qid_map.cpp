// SPDX-License-Identifier: Apache-2.0
#include "ninep/qid_map.h"

#include <algorithm>

namespace ringside::ninep {

bool QidMap::path(std::uint64_t device, std::uint64_t inode, std::uint64_t& out) {
  const auto found = std::find(devices_.begin(), devices_.end(), device);
  const auto index = static_cast<std::uint64_t>(found - devices_.begin());
  if (found == devices_.end()) {
    if (devices_.size() == kMostDevices) return false;
    devices_.push_back(device);
  }
  if (inode >> kShift == 0) {
    out = index << kShift | inode;
    return true;
  }
  const auto key = std::make_pair(device, inode);
  const auto known = replaced_.find(key);
  if (known == replaced_.end() && replaced_.size() == kMostReplaced) return false;
  const std::uint64_t number = known != replaced_.end()
                                   ? known->second
                                   : replaced_.emplace(key, replaced_.size()).first->second;
  out = 0xffffull << kShift | number;
  return true;
}

}  // namespace ringside::ninep
