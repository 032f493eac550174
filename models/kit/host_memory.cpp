// SPDX-License-Identifier: Apache-2.0
#include "kit/host_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ringside {

namespace {

std::size_t host_page() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

bool is_zero(const std::uint8_t* at, std::size_t bytes) {
  return bytes == 0 || (at[0] == 0 && std::memcmp(at, at + 1, bytes - 1) == 0);
}

}  // namespace

HostMemory::HostMemory(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  // NORESERVE: a guest with 64 GiB that touches 200 MiB costs 200 MiB, also where the host does not
  // overcommit.
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    throw std::runtime_error(
        fmt::format("cannot map {} bytes of host memory: {}", bytes, std::strerror(errno)));
  data_ = static_cast<std::uint8_t*>(at);
}

HostMemory::HostMemory(int file, std::size_t bytes, Keep keep) : bytes_(bytes), anonymous_(false) {
  if (bytes == 0) return;
  const int sharing = keep == Keep::Yes ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE;
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing, file, 0);
  if (at == MAP_FAILED)
    throw std::runtime_error(
        fmt::format("cannot map {} bytes of the file: {}", bytes, std::strerror(errno)));
  data_ = static_cast<std::uint8_t*>(at);
  if (keep == Keep::Yes) file_ = fcntl(file, F_DUPFD_CLOEXEC, 0);
}

HostMemory::~HostMemory() {
  if (data_) munmap(data_, bytes_);
  if (file_ >= 0) close(file_);
}

HostMemory::HostMemory(HostMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      file_(std::exchange(other.file_, -1)),
      anonymous_(std::exchange(other.anonymous_, true)) {}

HostMemory& HostMemory::operator=(HostMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(file_, other.file_);
  std::swap(anonymous_, other.anonymous_);
  return *this;
}

bool HostMemory::give_back(std::size_t offset, std::size_t bytes) {
  // A private copy of a file would show the file's contents again.
  if (anonymous_) return madvise(data_ + offset, bytes, MADV_DONTNEED) == 0;
  return file_ >= 0 && fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0;
}

void HostMemory::discard(std::size_t offset, std::size_t bytes) {
  const std::size_t page = host_page();
  const std::size_t end = offset + bytes;
  const std::size_t first = (offset + page - 1) / page * page;
  const std::size_t last = end / page * page;
  if (first >= last) {
    std::memset(data_ + offset, 0, bytes);
    return;
  }
  std::memset(data_ + offset, 0, first - offset);
  std::memset(data_ + last, 0, end - last);
  // A host that keeps its pages (a file system without holes) still has to forget the contents.
  if (!give_back(first, last - first)) std::memset(data_ + first, 0, last - first);
}

std::size_t HostMemory::discard_zeros(
    std::size_t offset, std::size_t bytes,
    const std::function<void(std::size_t, std::size_t)>& given) {
  const std::size_t page = host_page();
  const std::size_t last = (offset + bytes) / page * page;
  std::size_t total = 0;
  for (std::size_t at = (offset + page - 1) / page * page; at < last;) {
    std::size_t end = at;
    while (end < last && is_zero(data_ + end, page)) end += page;
    if (end != at && give_back(at, end - at)) {
      total += end - at;
      if (given) given(at, end - at);
    }
    at = end + page;
  }
  return total;
}

bool HostMemory::sync() {
  // Since the size never changes, this is all that the file's storage needs (POSIX, msync).
  return file_ < 0 || msync(data_, bytes_, MS_SYNC) == 0;
}

}  // namespace ringside
