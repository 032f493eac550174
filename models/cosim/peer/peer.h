// SPDX-License-Identifier: Apache-2.0
// The other side of a Unix socket: one peer at a time, whose messages have a header that says how
// long they are. Its messages, and eventfds that it has sent, come in through the reactor's thread,
// which waits for all descriptors of the process, and enter the simulation as messages of a
// HostInput.
//
// One message is under way at a time: the next is read when the simulation says next(). So nothing
// piles up, and a message's descriptors need no queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/connection.h"
#include "cosim/peer/owned_fd.h"
#include "kit/host.h"

namespace ringside::peer {

class Peer {
 public:
  /// First byte of what is posted.
  enum class Event : std::uint8_t {
    Connected,
    Message,  ///< header and payload, as they came; take_descriptors() has the rest
    Signal,   ///< of an eventfd: its index, 2 bytes; take_signals() says how many
    Alarm,    ///< what alarm_after() has asked for
    Gone,     ///< why, as text; nothing more comes until release()
  };

  /// What messages look like.
  struct Shape {
    std::size_t header_bytes;
    std::size_t max_descriptors;  ///< that one message may bring, at most 64
    /// Bytes to the peer that may wait because it does not read. With 0 each has to go at once.
    std::size_t max_unsent;
    /// How long the message is that begins with this header, header included: at least that. Throws
    /// Refused to have the peer dropped. Called in the reactor's thread.
    std::function<std::size_t(const std::uint8_t* header)> message_bytes;
  };

  /// `signals` is how many eventfds are waited for at most.
  Peer(HostInput& input, Shape shape, unsigned signals);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Opens the socket and begins. Throws std::runtime_error with the reason why it can't.
  void open(backend::Connection::Role role, const backend::SocketAddress& address, int retry_ms);
  void close();

  // ---- from the simulation, between Connected and release()
  std::vector<OwnedFd> take_descriptors();
  std::uint64_t take_signals(unsigned index) { return signals_[index].exchange(0); }
  /// The message has been dealt with.
  void next();
  /// False if the peer does not take it: it has gone, or does not read.
  bool send(const void* bytes, std::size_t count);
  /// Waits for an eventfd instead of the one before. Without one, no more.
  void watch_signal(unsigned index, OwnedFd fd);
  /// Has an Alarm posted after so long on the wall, unless the peer has gone by then.
  void alarm_after(int milliseconds);
  /// Ends the connection; Gone follows.
  void hang_up(const std::string& why);
  /// After Gone: everything of the peer's has been let go, another one may come.
  void release();

 private:
  void connected(int fd);
  void ready(short events);
  bool read_piece();
  void message_complete();
  void flush();
  void update_events();
  void gone(const std::string& why);
  void signalled(unsigned index, short events);
  void forget_signal(unsigned index);
  void post(Event event, const void* payload = nullptr, std::size_t bytes = 0);

  HostInput& input_;
  const Shape shape_;
  std::shared_ptr<backend::Reactor> reactor_;
  std::unique_ptr<backend::Connection> connection_;
  std::atomic<int> peer_{-1};
  std::vector<std::atomic<std::uint64_t>> signals_;
  std::mutex mutex_;
  std::vector<OwnedFd> descriptors_;  // of the message under way, guarded by mutex_
  std::vector<std::uint8_t> unsent_;  // guarded by mutex_

  // of the reactor's thread
  std::vector<OwnedFd> signal_fds_;
  std::vector<std::uint8_t> message_;  // as far as it has come
  std::size_t have_ = 0;               // bytes of it
  std::vector<OwnedFd> arriving_;
  bool reading_ = false;
  std::uint64_t peers_ = 0;  // so far: an alarm is for the one that it was set for
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ringside::peer
