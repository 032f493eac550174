// SPDX-License-Identifier: Apache-2.0
// Displays and pictures, without a device.
#include "backend/picture.h"

#include <png.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <stdexcept>

#include "backend/display.h"
#include "unit/gpu/png_file.h"

using namespace ringside::backend;

BOOST_AUTO_TEST_CASE(a_png_holds_every_pixel) {
  Picture picture;
  picture.resize(37, 19);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint32_t>(i * 2654435761u);
  const ringside::test::PngFile file;
  write_png(file.path, picture);
  const Picture again = file.read();
  BOOST_TEST(again.width == 37u);
  BOOST_TEST(again.height == 19u);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    BOOST_TEST_REQUIRE((again.pixels[i] & 0xffffff) == (picture.pixels[i] & 0xffffff));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_says_why) {
  Picture picture;
  BOOST_CHECK_EXCEPTION(write_png("x.png", picture), std::runtime_error, [](const auto& e) {
    return std::string(e.what()) == "x.png: the screen is off";
  });
  picture.resize(1, 1);
  BOOST_CHECK_EXCEPTION(
      write_png("/nowhere/x.png", picture), std::runtime_error, [](const auto& e) {
        return std::string(e.what()).find("/nowhere/x.png: cannot be written") == 0;
      });
}

BOOST_AUTO_TEST_CASE(rectangles_meet_without_wrapping) {
  const Rect met = intersection({10, 10, 20, 20}, {25, 5, 100, 10});
  BOOST_TEST((met.x == 25 && met.y == 10 && met.width == 5 && met.height == 5));
  BOOST_TEST(intersection({0, 0, 5, 5}, {5, 0, 5, 5}).empty());
  const Rect huge{0xfffffff0, 0, 0xffffffff, 1};
  BOOST_TEST(intersection(huge, {0, 0, 100, 100}).empty());
  BOOST_TEST(!huge.inside(100, 100));
  BOOST_TEST((Rect{0, 0, 100, 100}).inside(100, 100));
}
