// SPDX-License-Identifier: Apache-2.0
// A flattened device tree from a file, made to fit what is being booted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringside {

/// What goes into /chosen; empty or 0 leaves what the file says.
struct BootTreeChanges {
  std::string bootargs;
  std::uint64_t initrd_first = 0;
  std::uint64_t initrd_end = 0;
};

/// Reads a device tree and checks all of its structure. Throws std::runtime_error.
std::vector<std::uint8_t> read_device_tree(const std::string& path, std::size_t max_bytes);
/// The same tree with the changes, packed. Throws std::runtime_error.
std::vector<std::uint8_t> adapt_device_tree(const std::vector<std::uint8_t>& tree,
                                            const BootTreeChanges& changes);

}  // namespace ringside
