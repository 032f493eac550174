// SPDX-License-Identifier: Apache-2.0
// A file that is memory of the guest.
#pragma once

#include <string>

#include "kit/host_memory.h"
#include "kit/param.h"

namespace ringside {

/// Maps a whole file. Nothing is written or locked before the guest or lock() does it, so that
/// checking a configuration leaves no trace.
class ImageMemory {
 public:
  ImageMemory() = default;
  /// Throws ConfigError at the parameter's place if it can't be opened, is no file, or has no
  /// multiple of `granule` bytes. With Keep::No it is only read.
  ImageMemory(const Param<FilePath>& image, std::size_t granule, HostMemory::Keep keep);
  ~ImageMemory();
  ImageMemory(ImageMemory&& other) noexcept;
  ImageMemory& operator=(ImageMemory&& other) noexcept;
  ImageMemory(const ImageMemory&) = delete;
  ImageMemory& operator=(const ImageMemory&) = delete;

  HostMemory& memory() { return memory_; }
  const HostMemory& memory() const { return memory_; }
  /// One writer, or any number of readers, until the process ends. Says what is in the way; empty
  /// if nothing is, and on file systems without locks.
  std::string lock();

 private:
  HostMemory memory_;
  std::string path_;
  int file_ = -1;
  bool keeps_ = false;
};

}  // namespace ringside
