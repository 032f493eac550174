// SPDX-License-Identifier: Apache-2.0
// A display: what a graphics device shows its pictures on. It keeps the latest picture of each
// scanout, so a screenshot needs no window; a back end with an audience hears of every change.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "backend/picture.h"
#include "kit/model.h"

namespace ringside::backend {

/// In pixels, from the top left.
struct Rect {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  bool empty() const { return width == 0 || height == 0; }
  /// True if it lies within an area of this size; sums do not wrap.
  bool inside(std::uint64_t area_width, std::uint64_t area_height) const {
    return std::uint64_t{x} + width <= area_width && std::uint64_t{y} + height <= area_height;
  }
};
/// What two rectangles have in common; empty if that is nothing.
Rect intersection(const Rect& a, const Rect& b);

/// A pointer's picture, drawn over the scanout.
struct Cursor {
  Picture picture;  ///< with alpha; empty: hidden
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::uint32_t hot_x = 0;
  std::uint32_t hot_y = 0;
};

class Display : public Model {
 public:
  static constexpr const char* kind = "display";
  static constexpr const char* kind_doc = "shows what a graphics device draws";
  static constexpr unsigned kMaxScanouts = 16;

  using Model::Model;

  // ---- for graphics devices
  /// From now on the scanout has this size and is black; 0 x 0: it is off.
  void set_size(unsigned scanout, unsigned width, unsigned height);
  /// New pixels for a rectangle, which has to be inside; lines are `stride` pixels apart.
  void update(unsigned scanout, const Rect& rect, const std::uint32_t* pixels, std::size_t stride);
  void set_cursor(unsigned scanout, Cursor cursor);
  void move_cursor(unsigned scanout, std::int32_t x, std::int32_t y);
  /// The user asks for another size of a scanout. Called in the simulation.
  using SizeWish = std::function<void(unsigned scanout, unsigned width, unsigned height)>;
  void on_size_wish(SizeWish wish) { size_wish_ = std::move(wish); }

  // ---- for who looks at it
  const Picture& picture(unsigned scanout) const { return pictures_[scanout]; }
  const Cursor& cursor(unsigned scanout) const { return cursors_[scanout]; }

  Counter updates{this, "updates", "count", "rectangles drawn"};
  Counter pixels_drawn{this, "pixels_drawn", "pixels", "pixels in them"};

 protected:
  // ---- for back ends; called after the change
  virtual void size_changed(unsigned) {}
  virtual void drawn(unsigned, const Rect&) {}
  virtual void cursor_changed(unsigned) {}
  void wish_for_size(unsigned scanout, unsigned width, unsigned height) {
    if (size_wish_) size_wish_(scanout, width, height);
  }

 private:
  std::array<Picture, kMaxScanouts> pictures_;
  std::array<Cursor, kMaxScanouts> cursors_;
  SizeWish size_wish_;
};

/// Type "none": nobody looks, but the picture is there for screenshots.
class NoDisplay final : public Display {
 public:
  using Display::Display;
};

}  // namespace ringside::backend
