// SPDX-License-Identifier: Apache-2.0
// Memory of the host that stands for memory of the guest: page aligned, zero, and not taken from
// the host before it is touched.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside {

class HostMemory {
 public:
  HostMemory() = default;
  /// Throws std::runtime_error if the host has no room for `bytes` of addresses.
  explicit HostMemory(std::size_t bytes);
  ~HostMemory();
  HostMemory(HostMemory&& other) noexcept;
  HostMemory& operator=(HostMemory&& other) noexcept;
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::uint8_t* data() const { return data_; }
  std::size_t size() const { return bytes_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace ringside
