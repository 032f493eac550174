// SPDX-License-Identifier: Apache-2.0
#include "control/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>

#include "control/protocol.h"

namespace ringside::control {

namespace {

constexpr std::size_t kMaxTasks = 4096;  // events beyond are lost; answers are few
constexpr std::chrono::milliseconds kPatience{500};

}  // namespace

Server::Server(Address address, OnLine on_line)
    : address_(std::move(address)), on_line_(std::move(on_line)) {
  listener_ = listen_at(address_);
  int ends[2];
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
    ::close(listener_);
    throw std::runtime_error("no pipe for the control socket's thread");
  }
  wake_read_ = ends[0];
  wake_write_ = ends[1];
}

void Server::start() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);  // signals are for others
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { loop(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Server::~Server() {
  if (thread_.joinable())
    close("", "");
  else
    close_listener();
  ::close(wake_read_);
  ::close(wake_write_);
}

// ---- from any thread --------------------------------------------------------------------------

void Server::run_in_thread(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  const char byte = 0;
  // A full pipe is as good as one more byte in it.
  [[maybe_unused]] const ssize_t written = ::write(wake_write_, &byte, 1);
}

void Server::reply(std::uint64_t ticket, std::string line, bool garbled) {
  run_in_thread([this, ticket, line = std::move(line), garbled] {
    Client* client = find(ticket);
    if (!client) return;
    client->ticket = 0;
    client->out += line + "\n";
    client->leaving |= garbled && !address_.is_unix;
    write_to(*client);
  });
}

void Server::subscribe(std::uint64_t ticket) {
  run_in_thread([this, ticket] {
    if (Client* client = find(ticket)) client->subscribed = true;
  });
}

void Server::publish(const std::string& line) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (tasks_.size() > kMaxTasks) return;
  }
  run_in_thread([this, line] {
    for (auto& [fd, client] : clients_) send_event(client, line);
  });
}

void Server::close(const std::string& last_event, const std::string& last_answer) {
  run_in_thread([this, last_event, last_answer] {
    for (auto& [fd, client] : clients_) {
      if (!last_event.empty()) send_event(client, last_event);
      if (client.ticket != 0 && !last_answer.empty()) client.out += last_answer + "\n";
      client.ticket = 0;
      client.ended = true;
      write_to(client);
    }
    closing_ = true;
  });
  thread_.join();
}

void Server::close_listener() {
  if (listener_ < 0) return;
  ::close(listener_);
  listener_ = -1;
  if (address_.is_unix) unlink(address_.path.c_str());
}

// ---- in the server's thread -------------------------------------------------------------------

void Server::loop() {
  std::vector<pollfd> fds;
  auto deadline = std::chrono::steady_clock::time_point::max();
  for (;;) {
    run_tasks();
    if (closing_) {
      const auto now = std::chrono::steady_clock::now();
      if (deadline == std::chrono::steady_clock::time_point::max()) deadline = now + kPatience;
      if (all_sent() || now >= deadline) break;
    }
    fds.clear();
    fds.push_back({wake_read_, POLLIN, 0});
    fds.push_back({listener_, static_cast<short>(closing_ ? 0 : POLLIN), 0});
    for (const auto& [fd, client] : clients_) fds.push_back({fd, events_for(client), 0});
    if (poll(fds.data(), fds.size(), closing_ ? 50 : -1) < 0) continue;
    char drain[64];
    while (fds[0].revents && ::read(wake_read_, drain, sizeof drain) == sizeof drain) {
    }
    for (std::size_t i = 2; i < fds.size(); ++i) {
      const auto found = clients_.find(fds[i].fd);
      if (fds[i].revents != 0 && found != clients_.end()) serve(found->second, fds[i].revents);
    }
    if (fds[1].revents & POLLIN) accept_clients();
    for (auto next = clients_.begin(); next != clients_.end();) {
      Client& client = (next++)->second;
      if (client.quiet() && (client.ended || client.leaving)) drop(client);
    }
  }
  while (!clients_.empty()) drop(clients_.begin()->second);
  close_listener();
}

void Server::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const Task& task : tasks) task();
}

short Server::events_for(const Client& client) const {
  const bool reads = !client.ended && !client.leaving && client.quiet() && !closing_;
  return static_cast<short>((reads ? POLLIN : 0) | (client.unsent() != 0 ? POLLOUT : 0));
}

void Server::serve(Client& client, short events) {
  // Nobody is left who could read an answer.
  if (events & (POLLHUP | POLLERR)) return drop(client);
  if (events & POLLOUT) write_to(client);
  if (events & POLLIN) read_from(client);
}

void Server::accept_clients() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    Client& client = clients_[fd];
    client.fd = fd;
    if (clients_.size() <= kMaxClients) continue;
    const std::string line =
        error_line(nullptr, fmt::format("{} clients are here already", kMaxClients)) + "\n";
    [[maybe_unused]] const ssize_t sent = send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    drop(client);
  }
}

void Server::read_from(Client& client) {
  char data[65536];
  const ssize_t got = ::read(client.fd, data, sizeof data);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    client.ended = true;
    // The last line need not be terminated.
    if (!client.in.empty()) client.in += '\n';
  } else {
    client.in.append(data, static_cast<std::size_t>(got));
  }
  next_request(client);
}

void Server::next_request(Client& client) {
  while (client.quiet() && !client.leaving && !closing_) {
    const std::size_t end = client.in.find('\n');
    if (std::min(end, client.in.size()) > kMaxLine) {
      client.out +=
          error_line(nullptr, fmt::format("a line longer than {} bytes", kMaxLine)) + "\n";
      client.in.clear();
      client.leaving = true;
      return write_to(client);
    }
    if (end == std::string::npos) return;
    const std::string line = client.in.substr(0, end);
    client.in.erase(0, end + 1);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    client.ticket = ++last_ticket_;
    on_line_(client.ticket, line);
  }
}

void Server::write_to(Client& client) {
  while (client.unsent() != 0) {
    const ssize_t put =
        send(client.fd, client.out.data() + client.sent, client.unsent(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put <= 0) {
      client.out.clear();
      client.sent = 0;
      client.in.clear();
      client.ended = true;
      return;
    }
    client.sent += static_cast<std::size_t>(put);
  }
  client.out.clear();
  client.sent = 0;
  if (client.lost != 0) {
    client.out = event_line("lost", "", fmt::format("{} events", client.lost)) + "\n";
    client.lost = 0;
    return write_to(client);
  }
  next_request(client);
}

void Server::send_event(Client& client, const std::string& line) {
  if (!client.subscribed || client.ended) return;
  if (client.unsent() > kMaxUnsent) {
    ++client.lost;
    return;
  }
  client.out += line + "\n";
  write_to(client);
}

Server::Client* Server::find(std::uint64_t ticket) {
  for (auto& [fd, client] : clients_)
    if (client.ticket == ticket && ticket != 0) return &client;
  return nullptr;
}

void Server::drop(Client& client) {
  const int fd = client.fd;
  clients_.erase(fd);
  ::close(fd);
}

bool Server::all_sent() const {
  for (const auto& [fd, client] : clients_)
    if (client.unsent() != 0) return false;
  return true;
}

}  // namespace ringside::control
