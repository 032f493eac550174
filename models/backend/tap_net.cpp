// SPDX-License-Identifier: Apache-2.0
#include "backend/tap_net.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace ringside::backend {

void TapNet::start() {
  if (interface->empty() || interface->size() >= IFNAMSIZ)
    throw std::runtime_error(fmt::format("'{}' is not a possible interface name", interface.get()));
  fd_ = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd_ < 0)
    throw std::runtime_error(fmt::format("cannot open /dev/net/tun: {}", strerror(errno)));
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  interface->copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(fd_, TUNSETIFF, &request) != 0) {
    const std::string why = strerror(errno);
    close(fd_);
    fd_ = -1;
    throw std::runtime_error(fmt::format("cannot use the interface {}: {}", interface.get(), why));
  }
  set_live();
  reactor().run([this] { reactor().watch(fd_, POLLIN, [this](short) { io_read(); }); });
}

void TapNet::close_host() {
  if (fd_ < 0) return;
  reactor().unwatch(fd_);
  close(fd_);
  fd_ = -1;
}

void TapNet::io_send(const std::uint8_t* frame, std::size_t bytes) {
  if (fd_ < 0) return;
  // The kernel's queue is full, or the interface is down: lost, as on any network.
  [[maybe_unused]] const ssize_t put = write(fd_, frame, bytes);
}

void TapNet::io_read() {
  std::vector<std::uint8_t> frame(kMaxFrame + 1);
  for (int i = 0; i < 64; ++i) {  // others want to be served as well
    const ssize_t got = read(fd_, frame.data(), frame.size());
    if (got <= 0) break;
    io_received(frame.data(), static_cast<std::size_t>(got));
  }
  io_flush();
}

}  // namespace ringside::backend
