// SPDX-License-Identifier: Apache-2.0
// A picture in host memory, and the same as a PNG file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringside::backend {

/// Pixels from the top left, line by line; each is 0xAARRGGBB in the host's byte order.
struct Picture {
  unsigned width = 0;
  unsigned height = 0;
  std::vector<std::uint32_t> pixels;

  bool empty() const { return width == 0 || height == 0; }
  /// Another size; all black.
  void resize(unsigned new_width, unsigned new_height);
};

/// Writes a picture without its alpha channel. Throws std::runtime_error, with the reason, if it
/// has no pixels or the file cannot be written.
void write_png(const std::string& path, const Picture& picture);

}  // namespace ringside::backend
