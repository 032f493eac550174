// SPDX-License-Identifier: Apache-2.0
// A PNG file that is gone afterwards, read with libpng.
#pragma once

#include <png.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "backend/picture.h"

namespace ringside::test {

struct PngFile {
  PngFile() {
    char name[] = "/tmp/ringside-png-XXXXXX";
    const int fd = mkstemp(name);
    if (fd < 0) throw std::runtime_error("no temporary file");
    close(fd);
    path = name;
  }
  ~PngFile() { unlink(path.c_str()); }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;

  backend::Picture read() const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_file(&image, path.c_str()))
      throw std::runtime_error(image.message);
    image.format = PNG_FORMAT_BGRA;
    backend::Picture picture;
    picture.resize(image.width, image.height);
    if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr))
      throw std::runtime_error(image.message);
    return picture;
  }

  std::string path;
};

}  // namespace ringside::test
