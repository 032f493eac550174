// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/gpu_edid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "virtio/device/bytes.h"

namespace ringside::virtio {

namespace {

constexpr unsigned kDotsPerInch = 100;

unsigned millimetres(unsigned pixels) {
  return pixels * 254 / (kDotsPerInch * 10);
}

/// A mode with reduced blanking, as VESA's Coordinated Video Timings have it for flat panels.
struct Timing {
  static constexpr unsigned kHorizontalBlank = 160, kHorizontalFront = 48, kHorizontalSync = 32;
  static constexpr unsigned kVerticalFront = 3, kVerticalSync = 6, kVerticalBack = 6;
  static constexpr unsigned kVerticalBlankMicroseconds = 460;
  static constexpr unsigned kHighestClock = 65535;  // in 10 kHz: the field has 16 bits

  Timing(unsigned width, unsigned height) {
    // Larger pictures at lower rates, so that the clock fits its field.
    for (rate = 60; rate > 1; rate = rate * 2 / 3) {
      const double line_us = (1e6 / rate - kVerticalBlankMicroseconds) / height;
      const auto blank = static_cast<unsigned>(kVerticalBlankMicroseconds / line_us) + 1;
      vertical_blank = std::max(blank, kVerticalFront + kVerticalSync + kVerticalBack);
      const std::uint64_t pixels =
          std::uint64_t{width + kHorizontalBlank} * (height + vertical_blank);
      clock = static_cast<unsigned>(std::min<std::uint64_t>(pixels * rate / 10000, ~0u));
      if (clock <= kHighestClock) return;
    }
  }

  unsigned rate = 0;            // pictures per second
  unsigned clock = 0;           // in 10 kHz
  unsigned vertical_blank = 0;  // lines
};

void put_timing(std::uint8_t* to, const Monitor& monitor) {
  const Timing timing(monitor.width, monitor.height);
  const unsigned width_mm = std::min(millimetres(monitor.width), 4095u);
  const unsigned height_mm = std::min(millimetres(monitor.height), 4095u);
  const auto low = [](unsigned value) { return static_cast<std::uint8_t>(value); };
  const auto high_nibbles = [](unsigned upper, unsigned lower) {
    return static_cast<std::uint8_t>((upper >> 8 & 0xf) << 4 | (lower >> 8 & 0xf));
  };
  put_le16(to, timing.clock);
  to[2] = low(monitor.width);
  to[3] = low(Timing::kHorizontalBlank);
  to[4] = high_nibbles(monitor.width, Timing::kHorizontalBlank);
  to[5] = low(monitor.height);
  to[6] = low(timing.vertical_blank);
  to[7] = high_nibbles(monitor.height, timing.vertical_blank);
  to[8] = Timing::kHorizontalFront;
  to[9] = Timing::kHorizontalSync;
  to[10] = Timing::kVerticalFront << 4 | Timing::kVerticalSync;
  to[11] = 0;
  to[12] = low(width_mm);
  to[13] = low(height_mm);
  to[14] = high_nibbles(width_mm, height_mm);
  to[17] =
      0x1a;  // digital, separate syncs: horizontal positive, vertical negative (reduced blanking)
}

void put_text(std::uint8_t* to, std::uint8_t tag, const std::string& text) {
  constexpr std::size_t kRoom = 13;
  to[3] = tag;
  std::memset(to + 5, ' ', kRoom);
  const std::size_t bytes = std::min(text.size(), kRoom);
  std::memcpy(to + 5, text.data(), bytes);
  if (bytes < kRoom) to[5 + bytes] = '\n';
}

void put_range_limits(std::uint8_t* to) {
  to[3] = 0xfd;
  to[5] = 1;  // lowest and highest picture rate, in Hz
  to[6] = 125;
  to[7] = 1;  // line rate, in kHz
  to[8] = 255;
  to[9] = 66;  // highest pixel clock, in 10 MHz
  to[10] = 1;  // no secondary timing formula
  to[11] = '\n';
  std::memset(to + 12, ' ', 6);
}

}  // namespace

std::array<std::uint8_t, kEdidBytes> make_edid(const Monitor& monitor) {
  std::array<std::uint8_t, kEdidBytes> edid{};
  std::uint8_t* to = edid.data();
  std::fill_n(to + 1, 6, std::uint8_t{0xff});
  put_be16(to + 8, ('R' - '@') << 10 | ('S' - '@') << 5 | ('D' - '@'));  // manufacturer
  put_le16(to + 10, 1);                                                  // product
  put_le32(to + 12, monitor.serial);
  to[16] = 1;  // week
  to[17] = 2026 - 1990;
  to[18] = 1;  // version 1.4
  to[19] = 4;
  to[20] = 0xa5;  // digital, 8 bits per colour, DisplayPort
  to[21] = static_cast<std::uint8_t>(std::min(millimetres(monitor.width) / 10, 255u));
  to[22] = static_cast<std::uint8_t>(std::min(millimetres(monitor.height) / 10, 255u));
  to[23] = 120;   // gamma 2.2
  to[24] = 0x06;  // sRGB; the preferred timing is the native one
  // Chromaticity of sRGB (IEC 61966-2-1) in the EDID's packing.
  constexpr std::uint8_t kSrgb[] = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};
  std::copy(std::begin(kSrgb), std::end(kSrgb), to + 25);
  to[35] = 0x21;                              // 640x480 and 800x600 at 60 Hz
  to[36] = 0x08;                              // 1024x768 at 60 Hz
  std::fill_n(to + 38, 16, std::uint8_t{1});  // no standard timings
  put_timing(to + 54, monitor);
  put_range_limits(to + 72);
  put_text(to + 90, 0xfc, monitor.name);
  put_text(to + 108, 0xff, fmt::format("{:08}", monitor.serial));
  unsigned sum = 0;
  for (std::uint8_t byte : edid) sum += byte;
  to[127] = static_cast<std::uint8_t>(-sum);
  return edid;
}

}  // namespace ringside::virtio
