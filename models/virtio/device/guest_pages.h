// SPDX-License-Identifier: Apache-2.0
// The guest's memory by physical address, for devices that hear which of it nobody needs.
#pragma once

#include <cstdint>
#include <vector>

namespace ringside {
class MemoryRegion;
class Platform;
}  // namespace ringside

namespace ringside::virtio {

class GuestPages {
 public:
  static constexpr std::uint64_t kPageBytes = 4096;

  /// Finds the memories of the platform; call in resolve().
  void find(const Platform& platform);
  /// Main memory in total.
  std::uint64_t main_bytes() const { return main_bytes_; }

  /// Forgets the contents of the whole pages in [address, address + bytes), and gives them back to
  /// the host. What is not memory, or memory that has to stay, is left alone. Bytes given back.
  std::uint64_t discard(std::uint64_t address, std::uint64_t bytes);
  /// The same for pages that hold nothing but zeros: the guest sees no difference.
  std::uint64_t discard_zeros(std::uint64_t address, std::uint64_t bytes);

 private:
  template <typename F>
  std::uint64_t each_part(std::uint64_t address, std::uint64_t bytes, F give_back);

  std::vector<MemoryRegion*> regions_;
  std::uint64_t main_bytes_ = 0;
};

}  // namespace ringside::virtio
