// SPDX-License-Identifier: Apache-2.0
#include "cosim/vhost_user/region.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <atomic>

#include "cosim/vhost_user/lost_pages.h"
#include "cosim/vhost_user/refused.h"

namespace ringside::vhost {

namespace {

bool wraps(std::uint64_t first, std::uint64_t bytes) {
  return first + (bytes - 1) < first;
}

bool overlap(std::uint64_t a, std::uint64_t a_bytes, std::uint64_t b, std::uint64_t b_bytes) {
  return a <= b + (b_bytes - 1) && b <= a + (a_bytes - 1);
}

void check_description(const RegionDescription& region) {
  if (region.bytes == 0) throw Refused("a memory region of 0 bytes");
  for (const std::uint64_t first : {region.guest_address, region.user_address, region.file_offset})
    if (wraps(first, region.bytes))
      throw Refused(fmt::format("a memory region of {:#x} bytes at {:#x} leaves the address space",
                                region.bytes, first));
}

/// The size of a page of the file. A file system that a process serves (FUSE) could have us wait
/// for ever at any access, so only memory of the kernel's will do.
std::uint64_t check_file(const RegionDescription& region, int file) {
  struct stat info {};
  struct statfs system {};
  if (fstat(file, &info) != 0 || fstatfs(file, &system) != 0 || !S_ISREG(info.st_mode))
    throw Refused("a memory region without a file");
  const auto type = static_cast<unsigned long>(system.f_type);
  if (type != TMPFS_MAGIC && type != HUGETLBFS_MAGIC)
    throw Refused(
        "the file of a memory region is not shared memory: expected one of memfd, tmpfs (/dev/shm) "
        "or hugetlbfs");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (region.file_offset > size || region.bytes > size - region.file_offset)
    throw Refused(fmt::format("a memory region of {:#x} bytes at {:#x} of a file of {:#x} bytes",
                              region.bytes, region.file_offset, size));
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return type == HUGETLBFS_MAGIC ? std::max(page, static_cast<std::uint64_t>(system.f_bsize))
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

Region::Region(const RegionDescription& description, const OwnedFd& file)
    : description_(description) {
  check_description(description);
  const std::uint64_t page = check_file(description, file.get());
  const std::uint64_t before = description.file_offset % page;
  if (description.bytes > SIZE_MAX - before - page) throw Refused("a memory region is too large");
  mapped_ = static_cast<std::size_t>((before + description.bytes + page - 1) / page * page);
  void* const at = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                        file.get(), static_cast<off_t>(description.file_offset - before));
  if (at == MAP_FAILED)
    throw Refused(fmt::format("cannot map a memory region of {:#x} bytes: {}", description.bytes,
                              strerror(errno)));
  mapping_ = static_cast<std::uint8_t*>(at);
  begin_ = mapping_ + before;
}

Region::~Region() {
  munmap(mapping_, mapped_);
}

bool Region::overlaps(const RegionDescription& other) const {
  const RegionDescription& own = description_;
  return overlap(own.guest_address, own.bytes, other.guest_address, other.bytes) ||
         overlap(own.user_address, own.bytes, other.user_address, other.bytes);
}

bool Region::read(std::uint64_t offset, std::uint8_t* to, std::size_t bytes, Order order) {
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

bool Region::write(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes) {
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

}  // namespace ringside::vhost
