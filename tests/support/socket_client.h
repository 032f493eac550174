// SPDX-License-Identifier: Apache-2.0
// The client's end of a Unix socket, which sends bytes and descriptors. Whatever it waits for, it
// waits for a bounded time; then it throws.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringside::test {

class SocketClient {
 public:
  using Bytes = std::vector<std::uint8_t>;
  static constexpr int kPatienceMs = 10000;

  /// Connects, and waits a while for somebody to listen.
  explicit SocketClient(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
    for (int tries = 0; tries < kPatienceMs; ++tries) {
      fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0) return;
      ::close(fd_);
      usleep(1000);
    }
    throw std::runtime_error("nobody listens at " + path);
  }
  /// Takes a connection that is there already.
  explicit SocketClient(int fd) : fd_(fd) {}
  ~SocketClient() { leave(); }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  /// Closes the connection.
  void leave() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }

  template <typename T>
  static Bytes bytes_of(const T& value) {
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }
  void send_raw(const Bytes& bytes, const std::vector<int>& fds = {}) {
    msghdr message{};
    iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Bytes control(CMSG_SPACE(sizeof(int) * fds.size()));
    if (!fds.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* const c = CMSG_FIRSTHDR(&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
      std::memcpy(CMSG_DATA(c), fds.data(), sizeof(int) * fds.size());
    }
    (void)!::sendmsg(fd_, &message, MSG_NOSIGNAL);  // who has been dropped notices when it waits
  }
  Bytes receive_bytes(std::size_t count) {
    Bytes bytes(count);
    std::size_t done = 0;
    while (done < count) {
      pollfd poll_fd{fd_, POLLIN, 0};
      if (::poll(&poll_fd, 1, kPatienceMs) <= 0) throw std::runtime_error("no reply came");
      const ssize_t got = ::recv(fd_, bytes.data() + done, count - done, 0);
      if (got <= 0) throw std::runtime_error("the other side closed the connection");
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }
  /// True if the other side has closed the connection, within the time.
  bool dropped(int patience_ms = kPatienceMs) {
    pollfd poll_fd{fd_, POLLIN, 0};
    std::uint8_t byte;
    while (::poll(&poll_fd, 1, patience_ms) > 0)
      if (::recv(fd_, &byte, 1, MSG_DONTWAIT) <= 0) return true;
    return false;
  }
  bool reply_waits(int patience_ms) {
    pollfd poll_fd{fd_, POLLIN, 0};
    return ::poll(&poll_fd, 1, patience_ms) > 0;
  }

  /// Waits for an eventfd and takes what has come.
  static bool wait_event(int fd, int patience_ms = kPatienceMs) {
    pollfd poll_fd{fd, POLLIN, 0};
    if (::poll(&poll_fd, 1, patience_ms) <= 0) return false;
    std::uint64_t count;
    return ::read(fd, &count, sizeof count) == sizeof count;
  }
  static void demand(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error("the other side refused " + what);
  }

 private:
  int fd_ = -1;
};

/// Eventfds by number, made when they are first asked for.
class EventFds {
 public:
  EventFds() = default;
  ~EventFds() {
    for (const auto& [number, fd] : fds_) ::close(fd);
  }
  EventFds(const EventFds&) = delete;
  EventFds& operator=(const EventFds&) = delete;
  int operator[](unsigned number) {
    const auto [entry, fresh] = fds_.emplace(number, -1);
    if (fresh) entry->second = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return entry->second;
  }

 private:
  std::map<unsigned, int> fds_;
};

}  // namespace ringside::test
