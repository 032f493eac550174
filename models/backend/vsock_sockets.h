// SPDX-License-Identifier: Apache-2.0
// The local sockets behind a socket device: who listens, who is connected, what waits. Lives in the
// reactor's thread, apart from the constructor; what it learns goes into the simulation by
// messages.
//
// An entry stays until the simulation has called close(), even if its socket has gone. So the
// messages that can wait are bounded by the number of entries, and those with data by a budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/byte_queue.h"
#include "backend/reactor.h"
#include "backend/vsock_backend.h"

namespace ringside::backend {

/// First byte of a message into the simulation; the connection's number follows, 4 bytes.
enum class VsockEvent : std::uint8_t {
  Connects,  ///< type, 1 byte; port of the guest, 4 bytes
  Accepted,
  Data,     ///< bytes
  Record,   ///< bytes, the last of a record
  Drained,  ///< number of bytes, 4 bytes
  Ended,    ///< the peer sends no more
  Deaf,     ///< the peer receives no more
  Gone,
};

class VsockSockets {
 public:
  using Id = VsockBackend::Id;
  using Message = std::vector<std::uint8_t>;

  struct Limits {
    unsigned clients = 1024;    ///< of the host at once
    int handshake_ms = 10000;   ///< for a client's first line
    int connect_retry_ms = 20;  ///< while a server's backlog is full
    int connect_tries = 100;
  };

  /// `post` hands a message to the simulation.
  VsockSockets(Reactor& reactor, std::string path, const Limits& limits,
               std::function<bool(Message)> post);
  ~VsockSockets() { close_all(); }
  VsockSockets(const VsockSockets&) = delete;
  VsockSockets& operator=(const VsockSockets&) = delete;

  /// From any thread, before the rest: listens. Throws std::runtime_error.
  void open(bool seqpacket);
  void begin();
  void close_all();
  /// Waits up to so many milliseconds for what has been written to go out.
  void flush(int milliseconds);

  void connect(Id id, VsockType type, std::uint32_t host_port);
  void accept(Id id, std::uint32_t host_port);
  void write(Id id, const std::vector<std::uint8_t>& bytes, VsockBoundary end);
  void consumed(Id id, std::size_t bytes);
  void shutdown(Id id, VsockShutdown what);
  void close(Id id);
  /// Messages with so many bytes of budget have reached the simulation.
  void delivered(std::size_t cost);

  /// What a message takes from the budget.
  static std::size_t cost(const Message& message) { return message.size() + kOverhead; }
  /// Bytes of data messages that wait for the simulation at most.
  static constexpr std::size_t kBudget = 8 << 20;

 private:
  static constexpr std::size_t kOverhead = 64;

  enum class State {
    Handshake,   // a client that has not said where it wants to go
    Asked,       // the simulation has been asked
    Connecting,  // to a server
    Open,
    Gone,  // no socket any more; waits for close()
  };
  struct Entry {
    Id id = 0;
    VsockType type = VsockType::Stream;
    int fd = -1;
    State state = State::Handshake;
    std::string line;        // Handshake
    std::uint32_t port = 0;  // Connecting
    int tries = 0;
    std::size_t credit = VsockBackend::kWindow;
    std::size_t next_message = 0;  // seqpacket: the length of one that needs more credit
    bool read_ended = false;
    bool deaf = false;  // what is written is dropped
    bool shut_after_output = false;
    ByteQueue out;
    std::deque<std::uint32_t> messages;  // seqpacket: lengths in out, the last one still growing
    bool message_open = false;
    std::size_t drained = 0;
  };

  void accept_clients(int listener, VsockType type);
  void try_connect(Entry& entry);
  void read_line(Entry& entry);
  void understand(Entry& entry);
  void events(Id id, short events);
  bool may_read(const Entry& entry) const;
  void read(Entry& entry);
  void read_end(Entry& entry);
  void send_output(Entry& entry);
  bool send_some(Entry& entry);
  void report_drained(Entry& entry);
  void gone(Entry& entry);
  void update(Entry& entry);
  void update_listeners();
  void watch(Entry& entry);
  void release_socket(Entry& entry);
  Entry* find(Id id);
  bool post(VsockEvent event, Id id, const std::uint8_t* payload = nullptr, std::size_t bytes = 0);
  unsigned clients() const;

  Reactor& reactor_;
  std::string path_;
  Limits limits_;
  std::function<bool(Message)> post_;
  int listeners_[2] = {-1, -1};  // stream, seqpacket
  bool paused_ = false;          // no more clients for the moment
  std::map<Id, std::unique_ptr<Entry>> entries_;
  Id next_client_ = VsockBackend::kFirstHostId;
  std::size_t budget_ = kBudget;
  std::vector<std::uint8_t> piece_;
  /// Timers can't be taken back, so they ask whether their owner is still there.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ringside::backend
