// SPDX-License-Identifier: Apache-2.0
#include "backend/picture.h"

#include <fmt/format.h>
#include <png.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace ringside::backend {

void Picture::resize(unsigned new_width, unsigned new_height) {
  width = new_width;
  height = new_height;
  pixels.assign(std::size_t{width} * height, 0xff000000);
}

void write_png(const std::string& path, const Picture& picture) {
  if (picture.empty()) throw std::runtime_error(fmt::format("{}: the screen is off", path));
  std::vector<std::uint8_t> bytes(picture.pixels.size() * 3);
  std::uint8_t* to = bytes.data();
  for (const std::uint32_t pixel : picture.pixels) {
    *to++ = static_cast<std::uint8_t>(pixel >> 16);
    *to++ = static_cast<std::uint8_t>(pixel >> 8);
    *to++ = static_cast<std::uint8_t>(pixel);
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture.width;
  image.height = picture.height;
  image.format = PNG_FORMAT_RGB;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file)
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", path, strerror(errno)));
  const bool written = png_image_write_to_stdio(&image, file, 0, bytes.data(), 0, nullptr) != 0;
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed)
    throw std::runtime_error(
        fmt::format("{}: cannot be written: {}", path, written ? strerror(errno) : image.message));
}

}  // namespace ringside::backend
