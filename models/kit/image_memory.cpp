// SPDX-License-Identifier: Apache-2.0
#include "kit/image_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace ringside {

ImageMemory::ImageMemory(const Param<FilePath>& image, std::size_t granule, HostMemory::Keep keep)
    : path_(image->path), keeps_(keep == HostMemory::Keep::Yes) {
  // O_NONBLOCK: a named pipe must not make us wait for its other end before we can refuse it.
  file_ = open(path_.c_str(), (keeps_ ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  if (file_ < 0)
    throw ConfigError(image.where(),
                      fmt::format("cannot open the image '{}': {}; expected a file that can be {}",
                                  path_, std::strerror(errno), keeps_ ? "written" : "read"));
  struct stat info {};
  const bool is_file = fstat(file_, &info) == 0 && S_ISREG(info.st_mode);
  const auto bytes = is_file ? static_cast<std::size_t>(info.st_size) : 0;
  try {
    if (!is_file) throw ConfigError(image.where(), fmt::format("'{}' is not a file", path_));
    if (bytes == 0 || bytes % granule != 0)
      throw ConfigError(image.where(),
                        fmt::format("the image '{}' has {}; expected a multiple of "
                                    "{}, and not 0",
                                    path_, format_size(Size{bytes}), format_size(Size{granule})));
    memory_ = HostMemory(file_, bytes, keep);
  } catch (...) {
    close(file_);  // the destructor does not run when the constructor throws
    throw;
  }
}

ImageMemory::~ImageMemory() {
  if (file_ >= 0) close(file_);
}

ImageMemory::ImageMemory(ImageMemory&& other) noexcept
    : memory_(std::move(other.memory_)),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      keeps_(other.keeps_) {}

ImageMemory& ImageMemory::operator=(ImageMemory&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(keeps_, other.keeps_);
  return *this;
}

std::string ImageMemory::lock() {
  if (file_ < 0) return "";
  // The lock belongs to the open file, so two models of one platform exclude each other too.
  struct flock request {};
  request.l_type = static_cast<short>(keeps_ ? F_WRLCK : F_RDLCK);
  request.l_whence = SEEK_SET;
  if (fcntl(file_, F_OFD_SETLK, &request) == 0) return "";
  if (errno != EAGAIN && errno != EACCES) return "";
  return fmt::format("the image '{}' is in use by another program or another model; expected {}",
                     path_, keeps_ ? "that nobody else has it open" : "that nobody writes it");
}

}  // namespace ringside
