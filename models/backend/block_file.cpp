// SPDX-License-Identifier: Apache-2.0
#include "backend/block_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "kit/platform.h"

namespace ringside::backend {

FileBlock::FileBlock(const sc_core::sc_module_name& name, const ModelContext& context)
    : BlockBackend(name, context) {
  if (!platform().describing() && path.given()) open_file();
}

FileBlock::~FileBlock() {
  if (fd_ >= 0) close(fd_);
}

void FileBlock::open_file() {
  const std::string& file = path->path;
  const bool writes = !is_read_only && !snapshot;
  int flags = (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  if (create->bytes != 0) flags |= O_CREAT | O_RDWR;
  fd_ = open(file.c_str(), flags, 0644);
  if (fd_ < 0)
    throw ConfigError(
        path.where(),
        fmt::format("cannot open the image '{}': {}; expected a raw image that can be {}", file,
                    std::strerror(errno), writes ? "written" : "read"));
  struct stat info {};
  if (fstat(fd_, &info) != 0 || S_ISDIR(info.st_mode))
    throw ConfigError(path.where(), fmt::format("'{}' is not a file or a block device", file));
  if (S_ISREG(info.st_mode) && info.st_size == 0 && create->bytes != 0) {
    if (ftruncate(fd_, static_cast<off_t>(create->bytes)) != 0)
      throw ConfigError(create.where(), fmt::format("cannot make '{}' {} long: {}", file,
                                                    format_size(create), std::strerror(errno)));
    info.st_size = static_cast<off_t>(create->bytes);
  }
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  if (S_ISBLK(info.st_mode)) ioctl(fd_, BLKGETSIZE64, &bytes_);
}

bool FileBlock::read_file(std::uint64_t offset, std::uint8_t* to, std::size_t bytes) {
  while (bytes != 0) {
    const ssize_t got = pread(fd_, to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) {  // past the end of an image that is no multiple of a sector
      std::memset(to, 0, bytes);
      return true;
    }
    to += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool FileBlock::write_file(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes) {
  while (bytes != 0) {
    const ssize_t put = pwrite(fd_, from, bytes, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from += put;
    offset += static_cast<std::uint64_t>(put);
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

std::uint8_t* FileBlock::overlay_block(std::uint64_t index) {
  Block& block = overlay_[index];
  if (block) return block.get();
  block = std::make_unique<std::uint8_t[]>(kBlock);
  if (read_file(index * kBlock, block.get(), kBlock)) return block.get();
  overlay_.erase(index);
  return nullptr;
}

bool FileBlock::read(std::uint64_t offset, void* to, std::size_t bytes) {
  auto* out = static_cast<std::uint8_t*>(to);
  if (overlay_.empty()) return read_file(offset, out, bytes);
  while (bytes != 0) {
    const std::size_t inside = offset % kBlock;
    const std::size_t now = std::min<std::size_t>(bytes, kBlock - inside);
    const auto block = overlay_.find(offset / kBlock);
    if (block != overlay_.end())
      std::memcpy(out, block->second.get() + inside, now);
    else if (!read_file(offset, out, now))
      return false;
    out += now;
    offset += now;
    bytes -= now;
  }
  return true;
}

bool FileBlock::write(std::uint64_t offset, const void* from, std::size_t bytes) {
  if (is_read_only) return false;
  const auto* in = static_cast<const std::uint8_t*>(from);
  if (!snapshot) return write_file(offset, in, bytes);
  while (bytes != 0) {
    const std::size_t inside = offset % kBlock;
    const std::size_t now = std::min<std::size_t>(bytes, kBlock - inside);
    std::uint8_t* block = overlay_block(offset / kBlock);
    if (!block) return false;
    std::memcpy(block + inside, in, now);
    in += now;
    offset += now;
    bytes -= now;
  }
  return true;
}

bool FileBlock::flush() {
  if (is_read_only || snapshot) return true;
  return fdatasync(fd_) == 0;
}

bool FileBlock::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (is_read_only) return false;
  if (snapshot || bytes == 0) return true;
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (fallocate(fd_, mode, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0) return true;
  return errno == EOPNOTSUPP ||
         errno == ENODEV;  // only a hint: a host that cannot do it ignores it
}

bool FileBlock::write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) {
  if (is_read_only) return false;
  if (bytes == 0) return true;
  if (!snapshot) {
    const int mode =
        (may_unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE) | FALLOC_FL_KEEP_SIZE;
    if (fallocate(fd_, mode, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0)
      return true;
  }
  return fill_zeroes(offset, bytes);
}

bool FileBlock::fill_zeroes(std::uint64_t offset, std::uint64_t bytes) {
  static const std::vector<std::uint8_t> zeroes(kBlock);
  while (bytes != 0) {
    const std::size_t now = std::min<std::uint64_t>(bytes, zeroes.size());
    if (!write(offset, zeroes.data(), now)) return false;
    offset += now;
    bytes -= now;
  }
  return true;
}

}  // namespace ringside::backend
