// SPDX-License-Identifier: Apache-2.0
#include "cosim/vhost_user/vhost_user.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "cosim/check/registers.h"
#include "cosim/peer/event_fd.h"
#include "cosim/vhost_user/message.h"
#include "kit/platform.h"

namespace ringside::vhost {

namespace {

using peer::Peer;

constexpr const char* kLog = "/ringside/vhost-user";

std::size_t message_bytes(const std::uint8_t* bytes) {
  Header header;
  std::memcpy(&header, bytes, sizeof header);
  if (header.bytes > kMaxPayload)
    throw Refused(fmt::format("a message {} with a payload of {} bytes; expected at most {}",
                              header.request, header.bytes, kMaxPayload));
  return sizeof header + header.bytes;
}

/// An honest front end waits for each reply, so there is room for it.
Peer::Shape shape() {
  return {sizeof(Header), kTableRegions, 0, message_bytes};
}

}  // namespace

VhostUser::VhostUser(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  dma_port_.socket.bind(memory_.socket);
  dma_port_.set_bound();
  input_.on_message([this](const HostInput::Bytes& message) { take(message); });
  SC_HAS_PROCESS(VhostUser);
  SC_THREAD(serve);
  if (!endpoint) return;  // missing or broken: reported already
  if (!device) {
    diagnostics().error(
        endpoint->node().where(),
        fmt::format("{} has registers of its own, and vhost-user has none; expected "
                    "'impl: tlm'",
                    endpoint->label()));
    return;
  }
  device->attach(*this);
  if (monitor) monitor->watch(*device, *this, dma_port_);
  check_device();
  rings_.resize(device->num_queues());
  front_end_.emplace(input_, shape(), device->num_queues());
}

/// Features that need more of a transport than a front end passes on.
void VhostUser::check_device() {
  const auto refuse = [this](const Param<bool>& feature, const char* why) {
    if (feature)
      diagnostics().error(feature.where(), fmt::format("'{}' of {} is on; expected off, because {}",
                                                       feature.name(), device->label(), why));
  };
  refuse(device->access_platform, "vhost-user is spoken without an IOMMU here");
  refuse(device->notification_data, "an eventfd carries no data");
  refuse(device->notif_config_data, "an eventfd carries no data");
  refuse(device->suspend, "front ends do not know of it");
  refuse(device->admin_queue, "front ends do not know of it");
  if (device->num_queues() > kVringIndexMask + 1)
    diagnostics().error(device->node().where(),
                        fmt::format("{} has {} queues; expected at most {}", device->label(),
                                    device->num_queues(), kVringIndexMask + 1));
}

// ---- life -------------------------------------------------------------------------------------

void VhostUser::start_of_simulation() {
  if (!front_end_) return;
  if (platform().host().replaying()) {
    platform().request_stop(
        1, fmt::format("{}: a recording does not hold the memory of the front end's guest, so it "
                       "cannot be replayed",
                       label()));
    return;
  }
  using Role = backend::Connection::Role;
  const bool listens = mode == Mode::Listen;
  try {
    front_end_->open(listens ? Role::Listen : Role::Connect,
                     backend::SocketAddress::unix_path(socket->path),
                     static_cast<int>(std::min(retry->to_seconds() * 1000, 3600e3)));
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
    return;
  }
  input_.set_live(true);
  fmt::print(stderr, "{}: {} a vhost-user front end at {}\n", label(),
             listens ? "waits for" : "connects to", socket->path);
  std::fflush(stderr);
}

void VhostUser::finish() {
  if (front_end_) front_end_->close();
}

/// The front end's driver cannot know that the machine has been reset, so it has to begin anew.
void VhostUser::reset() {
  if (connected_) front_end_->hang_up("the machine has been reset");
}

// ---- from the host ----------------------------------------------------------------------------

void VhostUser::take(const HostInput::Bytes& message) {
  if (message.empty() || platform().host().replaying()) return;
  switch (static_cast<Peer::Event>(message[0])) {
    case Peer::Event::Connected:
      ++front_ends;
      connected_ = true;
      return;
    case Peer::Event::Message:
      request_.assign(message.begin() + 1, message.end());
      break;
    case Peer::Event::Gone:
      gone_ = std::string(message.begin() + 1, message.end());
      break;
    case Peer::Event::Alarm:
      return;  // none is ever set
    case Peer::Event::Signal: {
      std::uint16_t queue = 0;
      if (message.size() != 1 + sizeof queue) return;
      std::memcpy(&queue, message.data() + 1, sizeof queue);
      const std::uint64_t kicks = front_end_->take_signals(queue);
      if (kicks == 0 || !rings_[queue].running) return;
      if (monitor) tell(cosim::kRegNotify + 4u * queue, queue, 2);
      device->notify(queue, 0);
      device->queue(queue).kicks += kicks - 1;  // an eventfd adds them up
      return;
    }
  }
  progress_.notify(sc_core::SC_ZERO_TIME);
}

/// The thread in which requests are carried out, one after the other: some wait for a queue.
void VhostUser::serve() {
  for (;;) {
    if (gone_)
      part(*gone_);
    else if (!request_.empty())
      serve_request();
    else
      wait(progress_);
  }
}

void VhostUser::serve_request() {
  ++messages;
  Message message(std::exchange(request_, {}), front_end_->take_descriptors());
  const bool acknowledge =
      speaks(kReplyAck) && (message.flags() & kNeedReply) != 0;  // as it was before the request
  std::uint64_t failure = 0;
  try {
    carry_out(message);
  } catch (const Refused& refused) {
    if (gone_) return;
    ++refusals;
    failure = 1;
    const std::string why =
        fmt::format("message {} is refused: {}", message.number(), refused.what());
    SC_REPORT_WARNING(kLog, fmt::format("{}: {}", label(), why).c_str());
    // Without an acknowledgement the front end would never know.
    if (!acknowledge || message.answered()) return front_end_->hang_up(why);
  }
  if (acknowledge && !message.answered()) answer(message, failure);
  front_end_->next();
}

void VhostUser::part(const std::string& why) {
  if (!why.empty())
    SC_REPORT_WARNING(kLog, fmt::format("{}: front end dropped: {}", label(), why).c_str());
  forget_front_end();
  gone_.reset();
  request_.clear();
  connected_ = false;
  front_end_->release();
  if (once) platform().request_stop(0, "the front end has gone");
}

void VhostUser::forget_front_end() {
  if (memory_.any_lost()) ++memory_lost;
  reset_device();
  for (Ring& ring : rings_) ring = Ring{};
  memory_.clear();
  backend_channel_.reset();
  front_end_->take_descriptors();
  features_ = protocol_features_ = 0;
  rings_begin_enabled_ = true;
}

// ---- to the front end -------------------------------------------------------------------------

void VhostUser::notify_queue(unsigned queue) {
  if (monitor) monitor->on_notification(queue);
  if (!rings_[queue].call) return;
  ++calls;
  peer::signal_event(rings_[queue].call);
}

void VhostUser::notify_config() {
  if (monitor) monitor->on_notification(virtio::TransportObserver::kNoQueue);
  progress_.notify(sc_core::SC_ZERO_TIME);
  if (device->status() & virtio::kNeedsReset)
    for (const Ring& ring : rings_)
      if (ring.error) peer::signal_event(ring.error);
  if (!backend_channel_) return;
  ++config_messages;
  const Header header{static_cast<std::uint32_t>(BackendRequest::ConfigChange), kVersion, 0};
  // A front end that does not read its channel is not waited for; it has unread news already.
  (void)!::send(backend_channel_.get(), &header, sizeof header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace ringside::vhost
