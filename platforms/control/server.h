// SPDX-License-Identifier: Apache-2.0
// The host's side of the control socket: clients, lines, and bounds. Knows nothing of what the
// lines mean.
//
// Each client has at most one request on its way; the next is read when the answer to the last has
// been written. So memory is bounded by kMaxClients times a line and an answer, whatever clients
// send, and whether or not they read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "control/address.h"

namespace ringside::control {

class Server {
 public:
  /// One request; called in the server's thread, which must not wait. Exactly one reply() has to
  /// follow, in any thread, sooner or later.
  using OnLine = std::function<void(std::uint64_t ticket, const std::string& line)>;

  /// Listens; throws std::runtime_error if it cannot. Clients wait until start().
  Server(Address address, OnLine on_line);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();
  const Address& address() const { return address_; }

  // From any thread:
  /// Answers a request; dropped if the client has gone. `garbled` says that the line was none of
  /// our protocol: a client on TCP is then sent away, for it may be a web page's request.
  void reply(std::uint64_t ticket, std::string line, bool garbled = false);
  /// The client of this request gets events from now on.
  void subscribe(std::uint64_t ticket);
  /// A line for all subscribers. Those who do not read lose events, and are told how many.
  void publish(const std::string& line);
  /// Sends `last` to subscribers and to all who wait for an answer, waits up to half a second until
  /// they have it, and closes. Once.
  void close(const std::string& last_event, const std::string& last_answer);

  static constexpr std::size_t kMaxClients = 16;
  static constexpr std::size_t kMaxLine = 1 << 20;
  /// Unsent bytes above which events are dropped.
  static constexpr std::size_t kMaxUnsent = 256 << 10;

 private:
  struct Client {
    int fd = -1;
    std::string in;
    std::string out;
    std::size_t sent = 0;      ///< of out
    std::uint64_t ticket = 0;  ///< of the request on its way; 0: none
    std::uint64_t lost = 0;
    bool subscribed = false;
    bool ended = false;    ///< nothing more will come
    bool leaving = false;  ///< is sent away when `out` is written
    std::size_t unsent() const { return out.size() - sent; }
    bool quiet() const { return ticket == 0 && unsent() == 0; }
  };
  using Task = std::function<void()>;

  void close_listener();
  void run_in_thread(Task task);
  void loop();
  void run_tasks();
  short events_for(const Client& client) const;
  void serve(Client& client, short events);
  void accept_clients();
  void read_from(Client& client);
  void write_to(Client& client);
  void next_request(Client& client);
  void send_event(Client& client, const std::string& line);
  Client* find(std::uint64_t ticket);
  void drop(Client& client);
  bool all_sent() const;

  Address address_;
  OnLine on_line_;
  int listener_ = -1;
  int wake_read_ = -1;
  int wake_write_ = -1;
  std::map<int, Client> clients_;  // by descriptor; of the server's thread
  std::uint64_t last_ticket_ = 0;
  bool closing_ = false;

  std::mutex mutex_;
  std::vector<Task> tasks_;
  std::thread thread_;
};

}  // namespace ringside::control
