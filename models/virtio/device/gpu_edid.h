// SPDX-License-Identifier: Apache-2.0
// The identification that a monitor would give: an EDID 1.4 base block (VESA Enhanced Extended
// Display Identification Data, release A revision 2). No SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace ringside::virtio {

/// What a monitor says of itself.
struct Monitor {
  unsigned width = 0;  ///< of its preferred mode, in pixels: 1 to kMaxEdidSize
  unsigned height = 0;
  std::string name;  ///< at most 13 characters are shown
  std::uint32_t serial = 0;
};

inline constexpr unsigned kEdidBytes = 128;
/// A detailed timing has 12 bits for each direction.
inline constexpr unsigned kMaxEdidSize = 4095;

std::array<std::uint8_t, kEdidBytes> make_edid(const Monitor& monitor);

}  // namespace ringside::virtio
