// SPDX-License-Identifier: Apache-2.0
// Which user of the host a user of the guest is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::ninep {

/// Ranges of ids as in the kernel's uid_map; without any, ids are the same on both sides.
class IdMap {
 public:
  static constexpr std::uint32_t kNobody = 65534;  ///< shown for ids that no range holds

  /// "guest:host:count", in decimal. False if it is not of that form.
  bool add(const std::string& text);
  /// False if no range holds it. "As it is" (all ones) stays what it is.
  bool to_host(std::uint32_t guest, std::uint32_t& host) const;
  std::uint32_t to_guest(std::uint32_t host) const;

 private:
  struct Span {
    std::uint32_t guest;
    std::uint32_t host;
    std::uint32_t count;
  };
  std::vector<Span> spans_;
};

}  // namespace ringside::ninep
