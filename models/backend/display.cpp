// SPDX-License-Identifier: Apache-2.0
#include "backend/display.h"

#include <algorithm>
#include <utility>

namespace ringside::backend {

Rect intersection(const Rect& a, const Rect& b) {
  const std::uint64_t left = std::max(a.x, b.x);
  const std::uint64_t top = std::max(a.y, b.y);
  const std::uint64_t right = std::min(std::uint64_t{a.x} + a.width, std::uint64_t{b.x} + b.width);
  const std::uint64_t bottom =
      std::min(std::uint64_t{a.y} + a.height, std::uint64_t{b.y} + b.height);
  if (left >= right || top >= bottom) return {};
  return {static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top),
          static_cast<std::uint32_t>(right - left), static_cast<std::uint32_t>(bottom - top)};
}

void Display::set_size(unsigned scanout, unsigned width, unsigned height) {
  Picture& picture = pictures_[scanout];
  if (picture.width == width && picture.height == height) return;
  picture.resize(width, height);
  size_changed(scanout);
}

void Display::update(unsigned scanout, const Rect& rect, const std::uint32_t* pixels,
                     std::size_t stride) {
  Picture& picture = pictures_[scanout];
  for (std::uint32_t line = 0; line < rect.height; ++line)
    std::copy_n(pixels + line * stride, rect.width,
                &picture.pixels[std::size_t{rect.y + line} * picture.width + rect.x]);
  ++updates;
  pixels_drawn += std::uint64_t{rect.width} * rect.height;
  drawn(scanout, rect);
}

void Display::set_cursor(unsigned scanout, Cursor cursor) {
  cursors_[scanout] = std::move(cursor);
  cursor_changed(scanout);
}

void Display::move_cursor(unsigned scanout, std::int32_t x, std::int32_t y) {
  cursors_[scanout].x = x;
  cursors_[scanout].y = y;
  cursor_changed(scanout);
}

}  // namespace ringside::backend
