// SPDX-License-Identifier: Apache-2.0
// Client memory that is not shared: the client reads and writes it on our behalf, a message for
// each access. Whoever asks waits for the answer, so it has to be an SC_THREAD.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <systemc>

#include "cosim/vfio_user/protocol.h"

namespace ringside::vfio {

class DmaMessages {
 public:
  /// Sends a message; false if the client does not take it.
  using Send = std::function<bool(const void* bytes, std::size_t count)>;
  /// Something has begun to wait for an answer.
  using Waiting = std::function<void()>;

  DmaMessages(Send send, Waiting waiting) : send_(std::move(send)), waiting_(std::move(waiting)) {}

  /// A client is there; it takes at most so many bytes at once.
  void begin(std::size_t max_transfer);
  /// It has gone: all that waits for it fails.
  void end();
  /// Calls from this process fail, because it is the one that answers the client.
  void never_from(const sc_core::sc_process_handle& process) { server_ = process; }

  /// False: the client has refused, or has gone; or it is called from a process that can't wait.
  bool read(std::uint64_t address, std::uint8_t* to, std::size_t bytes);
  bool write(std::uint64_t address, const std::uint8_t* from, std::size_t bytes);

  /// A reply has come: the whole message. Throws Refused if nobody has asked for it, or it is not
  /// what was asked for.
  void answer(const std::uint8_t* message, std::size_t bytes);
  bool any_waiting() const { return !pending_.empty(); }
  /// The longest that an answer has been waited for.
  std::chrono::steady_clock::duration longest_wait() const;

  std::uint64_t sent() const { return sent_; }

 private:
  /// Where the data begin, behind header and address: QEMU 10.1 knows a count of 32 bits and puts
  /// the data behind it, but counts the padding at the end in the message's size.
  enum class Layout { Unknown, Asking, Specified, Short };
  struct Pending {
    Command command;
    std::uint8_t* to;  // of what is read
    std::size_t bytes;
    std::chrono::steady_clock::time_point since;
    bool done = false;
    bool ok = false;
  };

  bool can_wait() const;
  bool settle_layout(std::uint64_t address);
  bool exchange(Pending& pending, std::uint64_t address, std::uint64_t count,
                const std::uint8_t* from);
  std::size_t data_at() const;

  Send send_;
  Waiting waiting_;
  sc_core::sc_process_handle server_;
  std::size_t max_transfer_ = 0;  // 0: no client
  Layout layout_ = Layout::Unknown;
  std::uint16_t next_id_ = 0;
  std::map<std::uint16_t, Pending*> pending_;  // by id
  sc_core::sc_event answered_;
  std::uint64_t sent_ = 0;
};

}  // namespace ringside::vfio
