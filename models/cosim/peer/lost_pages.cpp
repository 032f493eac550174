// SPDX-License-Identifier: Apache-2.0
#include "cosim/peer/lost_pages.h"

#include <errno.h>
#include <sys/mman.h>

#include <atomic>
#include <mutex>

namespace ringside::peer {

namespace {

std::atomic<LostPages*> current{nullptr};
static_assert(std::atomic<LostPages*>::is_always_lock_free, "it is read in a signal handler");

struct sigaction before;

}  // namespace

LostPages::LostPages(std::uint8_t* mapping, std::size_t bytes) : mapping_(mapping), bytes_(bytes) {
  static std::once_flag installed;
  std::call_once(installed, install);
  current.store(this, std::memory_order_relaxed);
  // The handler runs in this thread: it is the compiler alone that must not move the accesses.
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

LostPages::~LostPages() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current.store(nullptr, std::memory_order_relaxed);
}

void LostPages::install() {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &before);
}

void LostPages::on_signal(int, siginfo_t* info, void*) {
  const int error = errno;
  LostPages* const access = current.load(std::memory_order_relaxed);
  const auto* const at = static_cast<const std::uint8_t*>(info->si_addr);
  const bool ours = access && at >= access->mapping_ && at < access->mapping_ + access->bytes_;
  // The whole of it: a page of a huge page cannot be replaced by itself.
  if (ours && mmap(access->mapping_, access->bytes_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED) {
    access->happened_ = 1;
  } else {
    // Somebody else's: the access comes again, and meets who was there before us.
    sigaction(SIGBUS, &before, nullptr);
  }
  errno = error;
}

}  // namespace ringside::peer
