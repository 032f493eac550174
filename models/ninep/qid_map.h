// SPDX-License-Identifier: Apache-2.0
// Inode numbers for clients. A qid's path has to be unique in the whole tree, but inode numbers are
// only so within one file system of the host.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ringside::ninep {

/// The root's file system keeps its inode numbers; those of the others get the number of the file
/// system, by order of appearance, in bits 63:48. Inode numbers that need those bits themselves are
/// replaced by numbers handed out one by one (bits 63:48 all ones).
class QidMap {
 public:
  static constexpr std::size_t kMostDevices = 4096;
  static constexpr std::size_t kMostReplaced = 1 << 20;

  explicit QidMap(std::uint64_t root_device = 0) : devices_{root_device} {}
  /// False if there are more file systems or long inode numbers than it can tell apart.
  bool path(std::uint64_t device, std::uint64_t inode, std::uint64_t& out);

 private:
  static constexpr unsigned kShift = 48;
  struct Hash {
    std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& key) const {
      return static_cast<std::size_t>(key.second * 0x9e3779b97f4a7c15ull ^ key.first);
    }
  };
  std::vector<std::uint64_t> devices_;
  std::unordered_map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t, Hash> replaced_;
};

}  // namespace ringside::ninep
