// SPDX-License-Identifier: Apache-2.0
#include "control/address.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "kit/units.h"

namespace ringside::control {
namespace {

constexpr int kWaiting = 8;  // clients that have not been accepted yet

[[noreturn]] void fail(const char* what, const Address& address, int error) {
  throw std::runtime_error(
      fmt::format("cannot {} {}: {}", what, address.text(), std::strerror(error)));
}

std::uint16_t parse_port(const std::string& text, const std::string& whole) {
  const auto port = parse_integer(text);
  if (port && *port <= 0xffff) return static_cast<std::uint16_t>(*port);
  throw std::runtime_error(
      fmt::format("'{}' names no port; expected tcp:PORT with a number from 0 to 65535", whole));
}

sockaddr_un unix_name(const Address& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address.path.c_str(), address.path.size() + 1);
  return name;
}

sockaddr_in tcp_name(const Address& address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(address.port);
  return name;
}

template <typename Name, typename Call>
int with_name(const Name& name, Call call) {
  return call(reinterpret_cast<const sockaddr*>(&name), static_cast<socklen_t>(sizeof name));
}

/// bind(2) or connect(2) to the address.
template <typename Call>
int apply(const Address& address, Call call) {
  return address.is_unix ? with_name(unix_name(address), call) : with_name(tcp_name(address), call);
}

int make_socket(const Address& address, int flags) {
  const int fd = socket(address.is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) fail("make a socket for", address, errno);
  return fd;
}

int try_connect(int fd, const Address& address) {
  return apply(address,
               [fd](const sockaddr* name, socklen_t bytes) { return connect(fd, name, bytes); });
}

void remove_stale(const Address& address) {
  struct stat info {};
  if (lstat(address.path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const int probe = make_socket(address, SOCK_NONBLOCK);
  const bool refused = try_connect(probe, address) != 0 && errno == ECONNREFUSED;
  close(probe);
  if (refused) unlink(address.path.c_str());
}

}  // namespace

Address Address::parse(const std::string& text) {
  Address address;
  if (text.rfind("tcp:", 0) == 0) {
    address.is_unix = false;
    const std::string rest = text.substr(4);
    const std::size_t colon = rest.rfind(':');
    if (colon != std::string::npos) {
      const std::string host = rest.substr(0, colon);
      if (host != "localhost" && host != "127.0.0.1")
        throw std::runtime_error(fmt::format(
            "'{}': a control socket stays on this machine; expected tcp:127.0.0.1:PORT", text));
    }
    address.port = parse_port(rest.substr(colon == std::string::npos ? 0 : colon + 1), text);
    return address;
  }
  address.path = text.rfind("unix:", 0) == 0 ? text.substr(5) : text;
  constexpr std::size_t kLongest = sizeof(sockaddr_un{}.sun_path) - 1;
  if (address.path.empty() || address.path.size() > kLongest)
    throw std::runtime_error(fmt::format(
        "'{}' names no socket; expected unix:PATH with a path of 1 to {} characters, or "
        "tcp:PORT",
        text, kLongest));
  return address;
}

std::string Address::text() const {
  return is_unix ? "unix:" + path : fmt::format("tcp:127.0.0.1:{}", port);
}

int listen_at(Address& address) {
  if (address.is_unix) remove_stale(address);
  const int fd = make_socket(address, SOCK_NONBLOCK);
  const int on = 1;
  if (address.is_unix)
    fchmod(fd, S_IRUSR |
                   S_IWUSR);  // what bind() gives the file: never open to others, not even briefly
  else
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int bound =
      apply(address, [fd](const sockaddr* name, socklen_t bytes) { return bind(fd, name, bytes); });
  if (bound != 0 || listen(fd, kWaiting) != 0) {
    const int error = errno;
    close(fd);
    fail("listen on", address, error);
  }
  if (address.is_unix) return fd;
  sockaddr_in name{};
  socklen_t bytes = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes) == 0)
    address.port = ntohs(name.sin_port);
  return fd;
}

int connect_to(const Address& address) {
  const int fd = make_socket(address, 0);
  if (try_connect(fd, address) == 0) return fd;
  const int error = errno;
  close(fd);
  fail("connect to", address, error);
}

}  // namespace ringside::control
