// SPDX-License-Identifier: Apache-2.0
#include "cosim/peer/shared_pages.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <atomic>

#include "cosim/peer/lost_pages.h"
#include "cosim/peer/refused.h"

namespace ringside::peer {

namespace {

/// The size of a page of the file.
std::uint64_t check_file(const OwnedFd& file, std::uint64_t offset, std::uint64_t bytes) {
  struct stat info {};
  struct statfs system {};
  if (fstat(file.get(), &info) != 0 || fstatfs(file.get(), &system) != 0 || !S_ISREG(info.st_mode))
    throw Refused("a memory region without a file");
  if (!SharedPages::is_kernel_memory(file))
    throw Refused(
        "the file of a memory region is not shared memory: expected one of memfd, tmpfs (/dev/shm) "
        "or hugetlbfs");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (offset > size || bytes > size - offset)
    throw Refused(fmt::format("a memory region of {:#x} bytes at {:#x} of a file of {:#x} bytes",
                              bytes, offset, size));
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return static_cast<unsigned long>(system.f_type) == HUGETLBFS_MAGIC
             ? std::max(page, static_cast<std::uint64_t>(system.f_bsize))
             : page;
}

template <typename Word>
void load(const std::uint8_t* from, std::uint8_t* to) {
  const Word word = __atomic_load_n(reinterpret_cast<const Word*>(from), __ATOMIC_ACQUIRE);
  memcpy(to, &word, sizeof word);
}

template <typename Word>
void store(const std::uint8_t* from, std::uint8_t* to) {
  Word word;
  memcpy(&word, from, sizeof word);
  __atomic_store_n(reinterpret_cast<Word*>(to), word, __ATOMIC_RELEASE);
}

bool is_aligned(const std::uint8_t* at, std::size_t bytes) {
  return reinterpret_cast<std::uintptr_t>(at) % bytes == 0;
}

/// Copies a word in one access if `shared` is one.
template <typename Two, typename Four, typename Eight>
bool in_one(const std::uint8_t* shared, std::size_t bytes, Two two, Four four, Eight eight) {
  if ((bytes != 2 && bytes != 4 && bytes != 8) || !is_aligned(shared, bytes)) return false;
  if (bytes == 2) two();
  if (bytes == 4) four();
  if (bytes == 8) eight();
  return true;
}

}  // namespace

bool SharedPages::is_kernel_memory(const OwnedFd& file) {
  struct statfs system {};
  if (fstatfs(file.get(), &system) != 0) return false;
  const auto type = static_cast<unsigned long>(system.f_type);
  return type == TMPFS_MAGIC || type == HUGETLBFS_MAGIC;
}

SharedPages::SharedPages(const OwnedFd& file, std::uint64_t offset, std::uint64_t bytes,
                         bool writable) {
  if (bytes == 0) throw Refused("a memory region of 0 bytes");
  if (offset + (bytes - 1) < offset)
    throw Refused(
        fmt::format("a memory region of {:#x} bytes at {:#x} of a file leaves the address "
                    "space",
                    bytes, offset));
  const std::uint64_t page = check_file(file, offset, bytes);
  const std::uint64_t before = offset % page;
  if (bytes > SIZE_MAX - before - page) throw Refused("a memory region is too large");
  mapped_ = static_cast<std::size_t>((before + bytes + page - 1) / page * page);
  void* const at =
      mmap(nullptr, mapped_, writable ? PROT_READ | PROT_WRITE : PROT_READ,
           MAP_SHARED | MAP_NORESERVE, file.get(), static_cast<off_t>(offset - before));
  if (at == MAP_FAILED) {
    const int error = errno;
    throw Refused(
        fmt::format("cannot map a memory region of {:#x} bytes: {}", bytes, strerror(error)),
        error);
  }
  mapping_ = static_cast<std::uint8_t*>(at);
  begin_ = mapping_ + before;
}

SharedPages::~SharedPages() {
  munmap(mapping_, mapped_);
}

bool SharedPages::read(std::uint64_t offset, std::uint8_t* to, std::size_t bytes, Order order) {
  if (lost_) return false;
  const std::uint8_t* const from = begin_ + offset;
  LostPages watch(mapping_, mapped_);
  // What was written before must be seen by the driver before this is read: it decides by that
  // whether to notify (2.7.13.4.1, 2.8.21.3.1).
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (order == Order::UpperWordFirst && bytes % 16 == 0 && is_aligned(from, 16)) {
    for (std::size_t i = 0; i < bytes; i += 16) {
      load<std::uint64_t>(from + i + 8, to + i + 8);
      load<std::uint64_t>(from + i, to + i);
    }
  } else if (!in_one(
                 from, bytes, [&] { load<std::uint16_t>(from, to); },
                 [&] { load<std::uint32_t>(from, to); }, [&] { load<std::uint64_t>(from, to); })) {
    memcpy(to, from, bytes);
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  lost_ = watch.happened();
  return !lost_;
}

bool SharedPages::write(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes) {
  if (lost_) return false;
  std::uint8_t* const to = begin_ + offset;
  LostPages watch(mapping_, mapped_);
  std::atomic_thread_fence(std::memory_order_release);
  if (!in_one(
          to, bytes, [&] { store<std::uint16_t>(from, to); },
          [&] { store<std::uint32_t>(from, to); }, [&] { store<std::uint64_t>(from, to); }))
    memcpy(to, from, bytes);
  lost_ = watch.happened();
  return !lost_;
}

}  // namespace ringside::peer
