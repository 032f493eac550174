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
#include <utility>
#include <vector>

#include "kit/platform.h"

namespace ringside::backend {

FileBlock::FileBlock(const sc_core::sc_module_name& name, const ModelContext& context)
    : BlockBackend(name, context) {
  if (platform().describing() || !path.given()) return;
  open_file();
  make_overlay();
}

void FileBlock::make_overlay() {
  if (snapshot)
    overlay_ = std::make_unique<BlockOverlay>(
        [this](std::uint64_t offset, std::uint8_t* to, std::size_t bytes) {
          return read_file(offset, to, bytes);
        });
}

void FileBlock::change(const FilePath& file) {
  const FilePath old_path = path;
  const std::uint64_t old_bytes = bytes_;
  const int old_fd = std::exchange(fd_, -1);
  std::string problem;
  path.set(file);
  try {
    open_file();
    if (fd_ < 0)
      problem = fmt::format("there is no '{}'", file.path);
    else if (lock)
      problem = lock_file();
  } catch (const ConfigError& e) {
    problem = e.diagnostic().message;
    fd_ = -1;  // closed already
  }
  if (problem.empty()) {
    if (old_fd >= 0) close(old_fd);
    reported_ = false;
    return make_overlay();
  }
  if (fd_ >= 0) close(fd_);
  fd_ = old_fd;
  bytes_ = old_bytes;
  path.set(old_path);
  throw CommandError(problem);
}

FileBlock::~FileBlock() {
  if (fd_ >= 0) close(fd_);
}

// What is wrong with a path is found here, before the simulation; nothing is made or locked yet, so
// that checking a configuration leaves no trace.
void FileBlock::open_file() {
  const std::string& file = path->path;
  // O_NONBLOCK: a named pipe must not make us wait for its other end before we can refuse it.
  fd_ = open(file.c_str(), open_flags() | O_NONBLOCK);
  if (fd_ < 0 && errno == ENOENT && create->bytes != 0) {
    bytes_ = whole_sectors(create->bytes);
    return;
  }
  if (fd_ < 0)
    throw ConfigError(path.where(),
                      fmt::format("cannot open the image '{}': {}; expected a raw image that can "
                                  "be {}",
                                  file, std::strerror(errno), changes_file() ? "written" : "read"));
  struct stat info {};
  if (fstat(fd_, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISBLK(info.st_mode)))
    refuse(fmt::format("'{}' is neither a file nor a block device; expected a raw image", file));
  bytes_ = length(info);
  if (bytes_ == 0) bytes_ = whole_sectors(create->bytes);
  if (bytes_ == 0)
    refuse(
        fmt::format("the image '{}' is empty; expected a raw image, or 'create' with the size "
                    "to make it",
                    file));
}

void FileBlock::refuse(const std::string& why) {
  close(fd_);  // the destructor does not run when the constructor throws
  throw ConfigError(path.where(), why);
}

int FileBlock::open_flags() const {
  return O_CLOEXEC | (changes_file() ? O_RDWR : O_RDONLY);
}

std::uint64_t FileBlock::length(const struct ::stat& info) const {
  if (S_ISREG(info.st_mode)) return whole_sectors(static_cast<std::uint64_t>(info.st_size));
  std::uint64_t bytes = 0;
  return ioctl(fd_, BLKGETSIZE64, &bytes) == 0 ? bytes / kSector * kSector : 0;
}

void FileBlock::reset() {
  if (started_) return;
  started_ = true;
  const std::string problem = make_and_lock();
  if (!problem.empty()) platform().request_stop(1, path.where().str() + ": " + problem);
}

std::string FileBlock::make_and_lock() {
  if (create->bytes != 0) {
    const std::string problem = make_file();
    if (!problem.empty()) return problem;
  }
  return lock ? lock_file() : "";
}

std::string FileBlock::make_file() {
  struct stat info {};
  if (fd_ >= 0 && fstat(fd_, &info) == 0 && info.st_size != 0) return "";
  const std::string& file = path->path;
  const int made = open(file.c_str(), O_CLOEXEC | O_CREAT | O_RDWR, 0644);
  const bool sized = made >= 0 && fstat(made, &info) == 0 && S_ISREG(info.st_mode) &&
                     (info.st_size != 0 || ftruncate(made, static_cast<off_t>(bytes_)) == 0);
  if (!sized) {
    const std::string problem = fmt::format("cannot make the image '{}' with {}: {}", file,
                                            format_size(Size{bytes_}), std::strerror(errno));
    if (made >= 0) close(made);
    return problem;
  }
  if (fd_ >= 0) close(fd_);
  fd_ = made;
  return "";
}

std::string FileBlock::lock_file() {
  // One writer, or any number of readers. The lock belongs to the open file, so two disks of one
  // platform exclude each other too, and it ends with the process however that ends.
  struct flock request {};
  request.l_type = changes_file() ? F_WRLCK : F_RDLCK;
  request.l_whence = SEEK_SET;
  if (fcntl(fd_, F_OFD_SETLK, &request) == 0) return "";
  if (errno != EAGAIN && errno != EACCES) return "";  // a file system without locks
  return fmt::format(
      "the image '{}' is in use by another program or another disk; expected {} "
      "('lock: false' takes the risk)",
      path->path,
      changes_file() ? "that nobody else has it open; 'snapshot', 'read_only' or a "
                       "copy let several runs use it"
                     : "that nobody writes it meanwhile");
}

bool FileBlock::failed(const char* what) {
  if (!reported_)
    SC_REPORT_WARNING(label().c_str(),
                      fmt::format("cannot {} '{}': {}; the guest sees an I/O error", what,
                                  path->path, std::strerror(errno))
                          .c_str());
  reported_ = true;
  return false;
}

bool FileBlock::read_file(std::uint64_t offset, std::uint8_t* to, std::size_t bytes) {
  while (bytes != 0) {
    const ssize_t got = pread(fd_, to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read");
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
    if (put <= 0) return failed("write");
    from += put;
    offset += static_cast<std::uint64_t>(put);
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

bool FileBlock::read(std::uint64_t offset, void* to, std::size_t bytes) {
  auto* out = static_cast<std::uint8_t*>(to);
  return overlay_ ? overlay_->read(offset, out, bytes) : read_file(offset, out, bytes);
}

bool FileBlock::write(std::uint64_t offset, const void* from, std::size_t bytes) {
  if (is_read_only) return false;
  const auto* in = static_cast<const std::uint8_t*>(from);
  return overlay_ ? overlay_->write(offset, in, bytes) : write_file(offset, in, bytes);
}

bool FileBlock::flush() {
  if (!changes_file() || fdatasync(fd_) == 0) return true;
  return failed("flush");
}

bool FileBlock::allocate(int mode, std::uint64_t offset, std::uint64_t bytes) {
  int result = 0;
  do result = fallocate(fd_, mode, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  while (result != 0 && errno == EINTR);
  return result == 0;
}

bool FileBlock::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (is_read_only) return false;
  if (overlay_ || bytes == 0) return true;
  if (allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes)) return true;
  // Only a hint: a host that cannot do it ignores it.
  return errno == EOPNOTSUPP || errno == ENODEV || errno == EINVAL || failed("discard in");
}

bool FileBlock::write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) {
  if (is_read_only) return false;
  if (bytes == 0) return true;
  return overlay_ ? overlay_->write_zeroes(offset, bytes) : zero_file(offset, bytes, may_unmap);
}

bool FileBlock::zero_file(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) {
  constexpr int kHole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  constexpr int kZero = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
  if (may_unmap ? allocate(kHole, offset, bytes) : allocate(kZero, offset, bytes)) return true;
  // A file system without zero ranges may still do holes, which can be filled with storage again.
  if (allocate(kHole, offset, bytes) && allocate(FALLOC_FL_KEEP_SIZE, offset, bytes)) return true;
  static const std::vector<std::uint8_t> zeroes(64 << 10);
  while (bytes != 0) {
    const std::size_t now = std::min<std::uint64_t>(bytes, zeroes.size());
    if (!write_file(offset, zeroes.data(), now)) return false;
    offset += now;
    bytes -= now;
  }
  return true;
}

std::uint64_t FileBlock::next_data(std::uint64_t offset) {
  if (overlay_) return offset;
  const off_t found = lseek(fd_, static_cast<off_t>(offset), SEEK_DATA);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  return errno == ENXIO ? bytes_ : offset;
}

bool FileBlock::resize(std::uint64_t bytes) {
  if (!changes_file() || bytes == 0 || bytes % kSector != 0) return false;
  struct stat info {};
  if (fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return failed("resize");
  bytes_ = bytes;
  return true;
}

}  // namespace ringside::backend
