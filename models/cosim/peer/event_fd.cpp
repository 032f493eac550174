// SPDX-License-Identifier: Apache-2.0
#include "cosim/peer/event_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>

#include <cstdint>
#include <string>

#include "cosim/peer/refused.h"

namespace ringside::peer {

void check_event_fd(const OwnedFd& fd) {
  char name[PATH_MAX] = {};
  const std::string link = fmt::format("/proc/self/fd/{}", fd.get());
  const ssize_t length = readlink(link.c_str(), name, sizeof name - 1);
  if (length < 0 || std::string(name) != "anon_inode:[eventfd]")
    throw Refused("a descriptor that is not an eventfd");
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
}

void signal_event(const OwnedFd& fd) {
  // The flags are shared with the other process.
  if ((fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0) return;
  const std::uint64_t one = 1;
  (void)!write(fd.get(), &one, sizeof one);
}

}  // namespace ringside::peer
