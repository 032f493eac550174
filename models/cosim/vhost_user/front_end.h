// SPDX-License-Identifier: Apache-2.0
// The other side of the socket: one front end at a time. Its messages and its kicks come in through
// the reactor's thread, which waits for all descriptors of the process, and enter the simulation as
// messages of a HostInput.
//
// One request is under way at a time: the next is read when the simulation says next(). So nothing
// piles up, and a request's descriptors need no queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/connection.h"
#include "cosim/vhost_user/owned_fd.h"
#include "cosim/vhost_user/protocol.h"
#include "kit/host.h"

namespace ringside::vhost {

class FrontEnd {
 public:
  /// First byte of what is posted.
  enum class Event : std::uint8_t {
    Connected,
    Request,  ///< header and payload, as they came; take_descriptors() has the rest
    Kick,     ///< the queue's index, 2 bytes; take_kicks() says how many
    Gone,     ///< why, as text; nothing more comes until release()
  };
  /// Descriptors that a request may bring: those of a memory table.
  static constexpr std::size_t kMaxDescriptors = kTableRegions;

  FrontEnd(HostInput& input, unsigned queues);
  ~FrontEnd();
  FrontEnd(const FrontEnd&) = delete;
  FrontEnd& operator=(const FrontEnd&) = delete;

  /// Opens the socket and begins. Throws std::runtime_error with the reason why it can't.
  void open(backend::Connection::Role role, const backend::SocketAddress& address, int retry_ms);
  void close();

  // ---- from the simulation, between Connected and release()
  std::vector<OwnedFd> take_descriptors();
  std::uint64_t take_kicks(unsigned queue) { return kicks_[queue].exchange(0); }
  /// The request has been dealt with.
  void next();
  /// False if the front end does not take it: it has gone, or reads no replies.
  bool send(const void* bytes, std::size_t count);
  /// Waits for a queue's eventfd instead of the one before. Without one, no more.
  void watch_kick(unsigned queue, OwnedFd kick);
  /// Ends the connection; Gone follows.
  void hang_up(const std::string& why);
  /// After Gone: everything of the front end's has been let go, another one may come.
  void release();

 private:
  void connected(int fd);
  void readable(short events);
  bool read_piece();
  void request_complete();
  void gone(const std::string& why);
  void kicked(unsigned queue, short events);
  void forget_kick(unsigned queue);
  void post(Event event, const void* payload = nullptr, std::size_t bytes = 0);

  HostInput& input_;
  std::shared_ptr<backend::Reactor> reactor_;
  std::unique_ptr<backend::Connection> connection_;
  std::atomic<int> peer_{-1};
  std::vector<std::atomic<std::uint64_t>> kicks_;
  std::mutex mutex_;
  std::vector<OwnedFd> descriptors_;  // of the request under way, guarded by mutex_

  // of the reactor's thread
  std::vector<OwnedFd> kick_fds_;
  std::vector<std::uint8_t> request_;  // as far as it has come
  std::vector<OwnedFd> arriving_;
};

}  // namespace ringside::vhost
