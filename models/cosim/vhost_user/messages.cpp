// SPDX-License-Identifier: Apache-2.0
// What each request of the front end does.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "cosim/peer/event_fd.h"
#include "cosim/vhost_user/duties.h"
#include "cosim/vhost_user/message.h"

namespace ringside::vhost {

namespace {

constexpr std::uint64_t bit(unsigned number) {
  return std::uint64_t{1} << number;
}

bool brings_descriptors(Request request) {
  switch (request) {
    case Request::SetMemTable:
    case Request::AddMemReg:
    case Request::RemMemReg:
    case Request::SetVringKick:
    case Request::SetVringCall:
    case Request::SetVringErr:
    case Request::SetBackendReqFd:
      return true;
    default:
      return false;
  }
}

}  // namespace

void VhostUser::answer(Message& message, const void* payload, std::size_t bytes) {
  std::uint8_t reply[sizeof(Header) + sizeof(ConfigHeader) + kMaxConfigBytes];
  const Header header{message.number(), kVersion | kReply, static_cast<std::uint32_t>(bytes)};
  std::memcpy(reply, &header, sizeof header);
  std::memcpy(reply + sizeof header, payload, bytes);
  message.set_answered();
  if (!front_end_->send(reply, sizeof header + bytes))
    throw Refused("the front end does not take replies");
}

void VhostUser::carry_out(Message& message) {
  if ((message.flags() & kVersionMask) != kVersion || (message.flags() & kReply) != 0)
    throw Refused(fmt::format("flags {:#x} in the header", message.flags()));
  if (!message.descriptors().empty() && !brings_descriptors(message.request()))
    throw Refused("descriptors with a message that has none");
  switch (message.request()) {
    case Request::GetFeatures:
      return answer(message, offered_features());
    case Request::SetFeatures:
      return set_features(message.as<std::uint64_t>());
    case Request::GetProtocolFeatures:
      return answer(message, offered_protocol_features());
    case Request::SetProtocolFeatures:
      return set_protocol_features(message.as<std::uint64_t>());
    case Request::SetOwner:
      return;
    case Request::ResetOwner:
    case Request::ResetDevice:
      return reset_device();
    case Request::SetMemTable:
    case Request::AddMemReg:
    case Request::RemMemReg:
      return set_memory(message);
    case Request::GetMaxMemSlots:
      return answer(message, std::uint64_t{kMaxRegions});
    case Request::SetVringNum: {
      const auto state = message.as<VringState>();
      stopped_ring_at(state.index).size = state.number;
      return;
    }
    case Request::SetVringAddr:
      return set_address(message.as<VringAddress>());
    case Request::SetVringBase: {
      const auto state = message.as<VringState>();
      stopped_ring_at(state.index).base = state.number;
      return;
    }
    case Request::GetVringBase: {
      auto state = message.as<VringState>();
      ring_at(state.index);
      state.number = stop_ring(state.index);
      return answer(message, &state, sizeof state);
    }
    case Request::SetVringKick:
    case Request::SetVringCall:
    case Request::SetVringErr:
      return set_descriptor(message, message.request());
    case Request::SetVringEnable:
      return set_enabled(message.as<VringState>());
    case Request::GetQueueNum:
      return answer(message, queue_number(*device));
    case Request::SetBackendReqFd:
      return set_backend_channel(message);
    case Request::GetConfig:
      return get_config(message);
    case Request::SetConfig:
      return set_config(message);
    case Request::SetStatus:
      return set_status(static_cast<std::uint8_t>(message.as<std::uint64_t>()));
    case Request::GetStatus:
      return answer(message, device->status());
  }
  throw Refused("no such message is known here");
}

// ---- features ---------------------------------------------------------------------------------

std::uint64_t VhostUser::offered_features() const {
  const virtio::FeatureSet offered =
      device->offered_features().without(front_end_features(device->device_id()));
  return offered.page(0) | std::uint64_t{offered.page(1)} << 32 | bit(kProtocolFeatures);
}

std::uint64_t VhostUser::offered_protocol_features() const {
  return bit(kMq) | bit(kReplyAck) | bit(kBackendReq) | bit(kResetDevice) |
         bit(kConfigureMemSlots) | (device->config_bytes() != 0 ? bit(kConfig) : 0) |
         (status ? bit(kStatus) : 0);
}

void VhostUser::set_features(std::uint64_t features) {
  if (const std::uint64_t unknown = features & ~offered_features())
    throw Refused(fmt::format("feature bits {:#x} are not offered", unknown));
  rings_begin_enabled_ = (features & bit(kProtocolFeatures)) == 0;
  features &= ~bit(kProtocolFeatures);
  if (features != features_ && any_running())
    throw Refused("other features while rings are running");
  features_ = features;
}

void VhostUser::set_protocol_features(std::uint64_t features) {
  if (const std::uint64_t unknown = features & ~offered_protocol_features())
    throw Refused(fmt::format("protocol feature bits {:#x} are not offered", unknown));
  protocol_features_ = features;
}

// ---- memory -----------------------------------------------------------------------------------

void VhostUser::set_memory(Message& message) {
  if (message.request() == Request::RemMemReg) {
    // Some front ends send the region's file along, which is of no use.
    return memory_.remove(message.as<SingleRegion>().region);
  }
  if (message.request() == Request::AddMemReg) {
    const OwnedFd file = message.take_descriptor();
    return memory_.add(message.as<SingleRegion>().region, file);
  }
  const auto header = message.front<MemoryTableHeader>();
  if (header.regions == 0 || header.regions > kTableRegions ||
      message.payload_bytes() != sizeof header + header.regions * sizeof(RegionDescription))
    throw Refused(fmt::format("a memory table of {} regions in {} bytes", header.regions,
                              message.payload_bytes()));
  if (message.descriptors().size() != header.regions)
    throw Refused(fmt::format("a memory table of {} regions with {} descriptors", header.regions,
                              message.descriptors().size()));
  std::vector<RegionDescription> regions(header.regions);
  std::memcpy(regions.data(), message.payload() + sizeof header,
              header.regions * sizeof(RegionDescription));
  memory_.replace(regions, message.descriptors());
}

// ---- descriptors ------------------------------------------------------------------------------

void VhostUser::set_descriptor(Message& message, Request request) {
  const auto value = message.as<std::uint64_t>();
  const auto index = static_cast<unsigned>(value & kVringIndexMask);
  Ring& ring = ring_at(index);
  OwnedFd fd;
  if ((value & kVringNoDescriptor) == 0) {
    fd = message.take_descriptor();
    peer::check_event_fd(fd);
  } else if (!message.descriptors().empty()) {
    throw Refused("a descriptor with a message that says it has none");
  }
  if (request == Request::SetVringCall) {
    ring.call = std::move(fd);
    // What was sent to the descriptor before may never have reached the driver (QEMU has another
    // one while it masks interrupts), so it is asked to look.
    if (ring.call) peer::signal_event(ring.call);
  } else if (request == Request::SetVringErr) {
    ring.error = std::move(fd);
  } else {
    if (!fd) throw Refused("a ring that has to be polled");
    ring.has_kick = true;
    ring.enabled = ring.enabled || rings_begin_enabled_;
    front_end_->watch_signal(index, std::move(fd));
    start_if_ready(index);
  }
}

void VhostUser::set_backend_channel(Message& message) {
  OwnedFd fd = message.take_descriptor();
  struct stat info {};
  if (fstat(fd.get(), &info) != 0 || !S_ISSOCK(info.st_mode))
    throw Refused("a channel for the back end's requests that is not a socket");
  backend_channel_ = std::move(fd);
}

// ---- device configuration and status ----------------------------------------------------------

void VhostUser::get_config(Message& message) {
  const auto header = message.front<ConfigHeader>();
  if (header.bytes > kMaxConfigBytes || header.offset > kMaxConfigBytes - header.bytes ||
      message.payload_bytes() != sizeof header + header.bytes)
    throw Refused(fmt::format("{} bytes of configuration at {}", header.bytes, header.offset));
  std::uint8_t reply[sizeof header + kMaxConfigBytes] = {};
  std::memcpy(reply, &header, sizeof header);
  // Front ends ask for the layout that they know; what the device does not have is zero.
  const std::size_t size = device->config_bytes();
  if (header.offset < size)
    device->read_config(header.offset, reply + sizeof header,
                        std::min<std::size_t>(header.bytes, size - header.offset));
  answer(message, reply, sizeof header + header.bytes);
}

void VhostUser::set_config(const Message& message) {
  const auto header = message.front<ConfigHeader>();
  const std::size_t size = device->config_bytes();
  if (header.bytes > kMaxConfigBytes || message.payload_bytes() != sizeof header + header.bytes ||
      header.offset > size || header.bytes > size - header.offset)
    throw Refused(
        fmt::format("{} bytes of configuration at {} of {}", header.bytes, header.offset, size));
  if (header.bytes != 0)
    device->write_config(header.offset, message.payload() + sizeof header, header.bytes);
}

void VhostUser::set_status(std::uint8_t status) {
  if (status == 0) {
    // QEMU 7.2 asks for the rings' positions after this.
    for (unsigned i = 0; i < rings_.size(); ++i) stop_ring(i);
    return reset_device();
  }
  // Front ends set DRIVER_OK when they have started the rings, and some leave FEATURES_OK out.
  if (status & (virtio::kFeaturesOk | virtio::kDriverOk)) settle_features();
  device->write_status(status);
}

}  // namespace ringside::vhost
