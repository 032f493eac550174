// SPDX-License-Identifier: Apache-2.0
// Memory of the host that stands for memory of the guest: page aligned, zero or a file's contents,
// and not taken from the host before it is touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace ringside {

class HostMemory {
 public:
  /// What becomes of changes to a file's contents.
  enum class Keep {
    Yes,  ///< they are the file's, at once for other programs and after sync() for good
    No,   ///< they are forgotten at the end
  };

  HostMemory() = default;
  /// Throws std::runtime_error if the host has no room for `bytes` of addresses.
  explicit HostMemory(std::size_t bytes);
  /// The first `bytes` of an open file, which must have as many; the descriptor is copied. Throws
  /// std::runtime_error if the host can't map it.
  HostMemory(int file, std::size_t bytes, Keep keep);
  ~HostMemory();
  HostMemory(HostMemory&& other) noexcept;
  HostMemory& operator=(HostMemory&& other) noexcept;
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::uint8_t* data() const { return data_; }
  std::size_t size() const { return bytes_; }

  /// Makes [offset, offset + bytes) read as zero and gives the host back the whole pages in it. Of
  /// a file, its storage. The range has to lie inside.
  void discard(std::size_t offset, std::size_t bytes);
  /// The same for those pages of the range that hold nothing but zeros already. Says how many bytes
  /// they were; `given` hears of each row of them (offset, bytes).
  std::size_t discard_zeros(std::size_t offset, std::size_t bytes,
                            const std::function<void(std::size_t, std::size_t)>& given = {});
  /// Waits until all changes are on the file's storage; false with errno if the host can't say so.
  /// True at once for what is no file or not kept.
  bool sync();

 private:
  bool give_back(std::size_t offset, std::size_t bytes);

  std::uint8_t* data_ = nullptr;
  std::size_t bytes_ = 0;
  int file_ = -1;  // only of a file whose changes are kept
  bool anonymous_ = true;
};

}  // namespace ringside
