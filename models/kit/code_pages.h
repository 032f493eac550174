// SPDX-License-Identifier: Apache-2.0
// Which pages of host memory hold guest code that somebody has decoded. Writers that bypass the
// harts (DMA through direct pointers, other harts, a loader) report here, so that stale code is
// dropped. No SystemC in this file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ringside {

/// Told when a page that holds decoded code has been written.
class CodePageListener {
 public:
  virtual ~CodePageListener() = default;
  /// `page` is the host address of the page's first byte. The page is unmarked already.
  virtual void code_page_written(const std::uint8_t* page) = 0;
};

class CodePages {
 public:
  static constexpr std::size_t kPageBytes = 4096;

  /// Memory that can hold code; `base` must be page aligned. Call before the simulation starts.
  void add_memory(const std::uint8_t* base, std::size_t bytes);
  void add_listener(CodePageListener* listener) { listeners_.push_back(listener); }

  /// Decoded code was taken from the page that contains `at`. Memory that nobody added is ignored.
  void mark(const std::uint8_t* at);
  bool is_marked(const std::uint8_t* at) const;

  /// `bytes` from `at` have been (or are about to be) written. Cheap when no code is there.
  void written(const std::uint8_t* at, std::size_t bytes) {
    for (Memory& memory : memories_) {
      const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(at) - memory.base;
      if (offset < memory.bytes) return written_in(memory, offset, bytes);
    }
  }

 private:
  struct Memory {
    std::uintptr_t base;
    std::size_t bytes;
    std::vector<std::uint8_t> marked;  // one per page
    std::size_t marks = 0;
  };
  void written_in(Memory& memory, std::size_t offset, std::size_t bytes);

  std::vector<Memory> memories_;
  std::vector<CodePageListener*> listeners_;
};

}  // namespace ringside
