// SPDX-License-Identifier: Apache-2.0
// What networks with a host descriptor share: frames go to the reactor's thread and come from it in
// batches.
#pragma once

#include <memory>

#include "backend/frame_batch.h"
#include "backend/net_backend.h"
#include "backend/reactor.h"
#include "kit/host.h"

namespace ringside::backend {

class HostNet : public NetBackend {
 public:
  HostNet(const sc_core::sc_module_name& name, const ModelContext& context);
  ~HostNet() override;
  void finish() override;

 protected:
  // -- in the simulation
  /// Opens what the parameters name; may throw std::runtime_error. Not called when a recording is
  /// played.
  virtual void start() = 0;
  Reactor& reactor() { return *reactor_; }
  /// A host source is connected: the run waits for it.
  void set_live() { input_.set_live(true); }

  // -- in the reactor's thread
  virtual void close_host() = 0;
  /// Sends a frame to the host; what can't be sent now is lost.
  virtual void io_send(const std::uint8_t* frame, std::size_t bytes) = 0;
  /// A frame has come in; io_flush() passes all on.
  void io_received(const std::uint8_t* frame, std::size_t bytes);
  void io_flush();
  void io_link(bool up);

 private:
  /// First byte of a message from the host.
  enum class Event : std::uint8_t { Frames, Up, Down };
  static constexpr std::size_t kBatch = 64 << 10;

  void start_of_simulation() override;
  void transmit(const std::uint8_t* frame, std::size_t bytes) override;
  void send_pending();
  void handle(const HostInput::Bytes& message);

  HostInput input_{this, "frames"};
  std::shared_ptr<Reactor> reactor_;
  sc_core::sc_event send_;
  FrameBatch unsent_;  // of this delta cycle
  FrameBatch io_batch_;
};

}  // namespace ringside::backend
