// SPDX-License-Identifier: Apache-2.0
// Texts for system calls, without allocation.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace ringside::ninep {

/// A bounded text with a NUL behind it; too long ones are cut (callers have checked the length).
template <std::size_t kMost>
class Terminated {
 public:
  explicit Terminated(std::string_view text) {
    const std::size_t bytes = std::min(text.size(), kMost);
    std::memcpy(text_, text.data(), bytes);
    text_[bytes] = '\0';
  }
  operator const char*() const { return text_; }  // NOLINT: it is one

 private:
  char text_[kMost + 1];
};

/// The path that stands for a descriptor: following it leads to exactly that file, whatever its
/// name is now, and no further.
class DescriptorPath {
 public:
  explicit DescriptorPath(int fd) { std::snprintf(text_, sizeof text_, "/proc/self/fd/%d", fd); }
  operator const char*() const { return text_; }  // NOLINT: it is one

 private:
  char text_[32];
};

}  // namespace ringside::ninep
