// SPDX-License-Identifier: Apache-2.0
// One libslirp instance and the host thread that it lives in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "backend/frame_batch.h"
#include "backend/host_thread.h"
#include "backend/user_net.h"

struct pollfd;
struct Slirp;

namespace ringside::backend {

class SlirpThread {
 public:
  /// `receive` gets frames for the guest, in batches, in this object's thread. Throws
  /// std::runtime_error if a port can't be forwarded.
  SlirpThread(const SlirpSettings& settings,
              std::function<void(std::vector<std::uint8_t>&&)> receive);
  ~SlirpThread();
  SlirpThread(const SlirpThread&) = delete;
  SlirpThread& operator=(const SlirpThread&) = delete;

  /// A frame from the guest; from any thread. Dropped if kMaxWaiting bytes wait already.
  void send(const std::uint8_t* frame, std::size_t bytes);

  static constexpr std::size_t kMaxWaiting = 8 << 20;

 private:
  struct Timer;
  struct Callbacks;

  void open(const SlirpSettings& settings);
  void close();
  void loop();
  void pass_on();
  void flush();
  void fire_timers();
  int timeout_ms(std::uint32_t slirp_ms) const;

  std::function<void(std::vector<std::uint8_t>&&)> receive_;
  Slirp* slirp_ = nullptr;
  std::vector<pollfd> fds_;
  std::vector<std::unique_ptr<Timer>> timers_;
  FrameBatch to_guest_;
  WakePipe wake_;

  std::mutex mutex_;
  FrameBatch from_guest_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ringside::backend
