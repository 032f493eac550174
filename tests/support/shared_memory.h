// SPDX-License-Identifier: Apache-2.0
// Guest memory of a front end: a memfd, mapped here and shared with a back end. Accesses are
// ordered as those of a guest's driver are, because both sides run at the same time.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "driver/access.h"

namespace ringside::test {

class SharedMemory final : public GuestMemory {
 public:
  /// A range of guest-physical addresses and where it lies in the file.
  struct Part {
    std::uint64_t guest;
    std::uint64_t bytes;
    std::uint64_t offset;
  };
  /// The address in the front end's process is made up: nobody but the back end is told.
  static constexpr std::uint64_t kUserBase = 0x7f00'0000'0000;

  explicit SharedMemory(std::vector<Part> parts) : parts_(std::move(parts)) {
    for (const Part& part : parts_)
      if (part.offset + part.bytes > size_) size_ = part.offset + part.bytes;
    fd_ = memfd_create("guest", MFD_CLOEXEC);
    if (fd_ < 0 || ftruncate(fd_, static_cast<off_t>(size_)) != 0)
      throw std::runtime_error("no memfd");
    void* const at = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) throw std::runtime_error("cannot map the memfd");
    bytes_ = static_cast<std::uint8_t*>(at);
  }
  ~SharedMemory() override {
    munmap(bytes_, size_);
    close(fd_);
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  int fd() const { return fd_; }
  const std::vector<Part>& parts() const { return parts_; }
  static std::uint64_t user_address(std::uint64_t guest) { return kUserBase + guest; }

  void read(std::uint64_t address, void* to, std::size_t bytes) override {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    each(address, bytes, [&](std::uint8_t* at, std::size_t done, std::size_t now) {
      std::memcpy(static_cast<std::uint8_t*>(to) + done, at, now);
    });
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  void write(std::uint64_t address, const void* from, std::size_t bytes) override {
    std::atomic_thread_fence(std::memory_order_release);
    each(address, bytes, [&](std::uint8_t* at, std::size_t done, std::size_t now) {
      std::memcpy(at, static_cast<const std::uint8_t*>(from) + done, now);
    });
  }

 private:
  template <typename F>
  void each(std::uint64_t address, std::size_t bytes, F f) {
    for (std::size_t done = 0; done < bytes;) {
      const Part* part = nullptr;
      for (const Part& p : parts_)
        if (address + done - p.guest < p.bytes) part = &p;
      if (!part) throw std::runtime_error("the test driver left its memory");
      const std::uint64_t inside = address + done - part->guest;
      const auto now =
          static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, part->bytes - inside));
      f(bytes_ + part->offset + inside, done, now);
      done += now;
    }
  }

  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
  int fd_ = -1;
  std::uint8_t* bytes_ = nullptr;
};

}  // namespace ringside::test
