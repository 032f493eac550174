// SPDX-License-Identifier: Apache-2.0
// Memory that another process shares can vanish while we look at it: it truncates the file, or the
// file system has no page left. The kernel then sends SIGBUS. Accesses to such memory are made
// under a LostPages, which has the signal put ordinary memory in its place, so that the access goes
// on, and says afterwards that what it read or wrote is void.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>

namespace ringside::peer {

class LostPages {
 public:
  /// Begins accesses to a mapping, whole pages. One at a time in the process, in one thread: the
  /// simulation's.
  LostPages(std::uint8_t* mapping, std::size_t bytes);
  ~LostPages();
  LostPages(const LostPages&) = delete;
  LostPages& operator=(const LostPages&) = delete;

  /// The memory was not there: the mapping is private memory from now on, and shares nothing.
  bool happened() const { return happened_ != 0; }

 private:
  static void install();
  static void on_signal(int number, siginfo_t* info, void* context);

  std::uint8_t* const mapping_;
  const std::size_t bytes_;
  volatile std::sig_atomic_t happened_ = 0;
};

}  // namespace ringside::peer
