// SPDX-License-Identifier: Apache-2.0
#include "backend/unix_vsock.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "backend/vsock_sockets.h"
#include "kit/platform.h"

namespace ringside::backend {

namespace {

// The budget of messages is given back in steps.
constexpr std::size_t kStep = VsockSockets::kBudget / 32;

std::uint32_t get_le32(const std::uint8_t* at) {
  return at[0] | at[1] << 8 | at[2] << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

}  // namespace

UnixVsock::UnixVsock(const sc_core::sc_module_name& name, const ModelContext& context)
    : VsockBackend(name, context) {
  host_.on_message([this](const HostInput::Bytes& message) { handle(message); });
}

UnixVsock::~UnixVsock() = default;

void UnixVsock::start_of_simulation() {
  if (platform().host().replaying()) return;  // the recording holds what the peers did
  reactor_ = Reactor::get();
  VsockSockets::Limits limits;
  limits.clients = max_clients;
  limits.handshake_ms = static_cast<int>(std::min(handshake->to_seconds() * 1000, 3600e3));
  sockets_ = std::make_unique<VsockSockets>(
      *reactor_, path->path, limits,
      [this](std::vector<std::uint8_t> message) { return host_.post(std::move(message)); });
  try {
    sockets_->open(seqpacket);
  } catch (const std::runtime_error& e) {
    return platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
  }
  host_.set_live(true);
  reactor_->run([this] { sockets_->begin(); });
}

void UnixVsock::finish() {
  if (!reactor_) return;
  reactor_->run_and_wait([this] {
    sockets_->flush(1000);  // what the guest said last is worth a moment's waiting
    sockets_->close_all();
  });
  reactor_.reset();
}

template <typename F>
void UnixVsock::in_reactor(F task) {
  if (reactor_) reactor_->run(std::move(task));
}

bool UnixVsock::connect(Id id, VsockType type, std::uint32_t host_port, std::uint32_t) {
  in_reactor([=] { sockets_->connect(id, type, host_port); });
  return true;
}

void UnixVsock::accept(Id id, std::uint32_t host_port) {
  in_reactor([=] { sockets_->accept(id, host_port); });
}

void UnixVsock::write(Id id, const std::uint8_t* data, std::size_t bytes, VsockBoundary end) {
  in_reactor([this, id, end, copy = std::vector<std::uint8_t>(data, data + bytes)] {
    sockets_->write(id, copy, end);
  });
}

void UnixVsock::consumed(Id id, std::size_t bytes) {
  in_reactor([=] { sockets_->consumed(id, bytes); });
}

void UnixVsock::shutdown(Id id, VsockShutdown what) {
  in_reactor([=] { sockets_->shutdown(id, what); });
}

void UnixVsock::close(Id id) {
  in_reactor([=] { sockets_->close(id); });
}

void UnixVsock::handle(const HostInput::Bytes& message) {
  constexpr std::size_t kHeader = 5;
  if (message.size() < kHeader) return;
  const Id id = get_le32(&message[1]);
  const std::uint8_t* payload = message.data() + kHeader;
  const std::size_t bytes = message.size() - kHeader;
  const auto event = static_cast<VsockEvent>(message[0]);
  switch (event) {
    case VsockEvent::Connects:
      if (bytes == 5)
        guest_->host_connects(id, static_cast<VsockType>(payload[0]), get_le32(payload + 1));
      return;
    case VsockEvent::Accepted:
      return guest_->host_accepted(id);
    case VsockEvent::Ended:
      return guest_->host_shutdown(id, {false, true});
    case VsockEvent::Deaf:
      return guest_->host_shutdown(id, {true, false});
    case VsockEvent::Gone:
      return guest_->host_gone(id);
    case VsockEvent::Data:
    case VsockEvent::Record:
      guest_->host_data(id, payload, bytes, event == VsockEvent::Record);
      break;
    case VsockEvent::Drained:
      if (bytes == 4) guest_->host_drained(id, get_le32(payload));
      break;
    default:
      return;
  }
  delivered_ += VsockSockets::cost(message);
  if (delivered_ < kStep) return;
  in_reactor([this, cost = std::exchange(delivered_, 0)] { sockets_->delivered(cost); });
}

}  // namespace ringside::backend
