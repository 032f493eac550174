// SPDX-License-Identifier: Apache-2.0
#include "backend/host_net.h"

#include <fmt/format.h>

#include <stdexcept>

#include "kit/platform.h"

namespace ringside::backend {

HostNet::HostNet(const sc_core::sc_module_name& name, const ModelContext& context)
    : NetBackend(name, context) {
  input_.on_message([this](const HostInput::Bytes& message) { handle(message); });
  SC_HAS_PROCESS(HostNet);
  SC_METHOD(send_pending);
  sensitive << send_;
  dont_initialize();
}

HostNet::~HostNet() = default;

void HostNet::start_of_simulation() {
  NetBackend::start_of_simulation();
  if (platform().host().replaying()) return;
  reactor_ = Reactor::get();
  try {
    start();
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
  }
}

void HostNet::finish() {
  if (reactor_) {
    send_pending();
    reactor_->run_and_wait([this] { close_host(); });
    reactor_.reset();
  }
  NetBackend::finish();
}

void HostNet::transmit(const std::uint8_t* frame, std::size_t bytes) {
  if (!reactor_) return;
  unsent_.add(frame, bytes);
  send_.notify(sc_core::SC_ZERO_TIME);
}

void HostNet::send_pending() {
  if (unsent_.empty() || !reactor_) return;
  reactor_->run([this, frames = unsent_.take()] {
    FrameBatch::for_each(
        frames, 0, [this](const std::uint8_t* frame, std::size_t bytes) { io_send(frame, bytes); });
  });
}

void HostNet::handle(const HostInput::Bytes& message) {
  if (message.empty()) return;
  switch (static_cast<Event>(message[0])) {
    case Event::Frames:
      return FrameBatch::for_each(message, 1, [this](const std::uint8_t* frame, std::size_t bytes) {
        deliver(frame, bytes);
      });
    case Event::Up:
      return set_link(true);
    case Event::Down:
      return set_link(false);
  }
}

void HostNet::io_received(const std::uint8_t* frame, std::size_t bytes) {
  if (io_batch_.size() >= kBatch) io_flush();
  io_batch_.add(frame, bytes);
}

void HostNet::io_flush() {
  if (io_batch_.empty()) return;
  std::vector<std::uint8_t> message = io_batch_.take();
  message.insert(message.begin(), static_cast<std::uint8_t>(Event::Frames));
  input_.post(std::move(message));
}

void HostNet::io_link(bool up) {
  io_flush();
  input_.post({static_cast<std::uint8_t>(up ? Event::Up : Event::Down)});
}

}  // namespace ringside::backend
