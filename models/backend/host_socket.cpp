// SPDX-License-Identifier: Apache-2.0
#include "backend/host_socket.h"

#include <errno.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>

namespace ringside::backend {

namespace {

constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;

const sockaddr* name_of(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

void set_option(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);
}

[[noreturn]] void fail(const char* what, const SocketAddress& address, int error) {
  throw std::runtime_error(fmt::format("cannot {} {}: {}", what, address.text, strerror(error)));
}

/// Removes a socket file whose listener has gone.
void remove_stale(const SocketAddress& address) {
  const char* path = reinterpret_cast<const sockaddr_un*>(&address.storage)->sun_path;
  struct stat info {};
  if (lstat(path, &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const int probe = socket(AF_UNIX, address.type | kFlags, 0);
  if (probe < 0) return;
  const bool refused =
      connect(probe, name_of(address), address.bytes) != 0 && errno == ECONNREFUSED;
  close(probe);
  if (refused) unlink(path);
}

}  // namespace

SocketAddress SocketAddress::unix_path(const std::string& path, int type) {
  SocketAddress address;
  address.type = type;
  address.text = "unix:" + path;
  auto* name = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.empty() || path.size() >= sizeof name->sun_path)
    throw std::runtime_error(fmt::format("'{}' is not a possible socket path: 1 to {} characters",
                                         path, sizeof name->sun_path - 1));
  name->sun_family = AF_UNIX;
  memcpy(name->sun_path, path.c_str(), path.size() + 1);
  address.bytes = sizeof *name;
  return address;
}

SocketAddress SocketAddress::tcp(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  address.text = fmt::format("tcp:{}:{}", host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    throw std::runtime_error(fmt::format("{}: {}", address.text, gai_strerror(error)));
  memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.bytes = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

int listen_on(const SocketAddress& address, int backlog) {
  if (address.is_unix()) remove_stale(address);
  const int fd = socket(address.storage.ss_family, address.type | kFlags, 0);
  if (fd < 0) fail("make a socket for", address, errno);
  if (!address.is_unix()) set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  if (bind(fd, name_of(address), address.bytes) != 0 || listen(fd, backlog) != 0) {
    const int error = errno;
    close(fd);
    fail("listen on", address, error);
  }
  return fd;
}

int start_connect(const SocketAddress& address) {
  const int fd = socket(address.storage.ss_family, address.type | kFlags, 0);
  if (fd < 0) return -1;
  if (!address.is_unix()) set_option(fd, IPPROTO_TCP, TCP_NODELAY);
  if (connect(fd, name_of(address), address.bytes) == 0 || errno == EINPROGRESS) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int connect_result(int fd) {
  int error = 0;
  socklen_t bytes = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0) return errno;
  return error;
}

int accept_client(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) set_option(fd, IPPROTO_TCP, TCP_NODELAY);  // fails for unix sockets, no matter
  return fd;
}

std::uint16_t local_port(int fd) {
  sockaddr_storage name{};
  socklen_t bytes = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes) != 0) return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&name)->sin6_port);
  return 0;
}

}  // namespace ringside::backend
