// SPDX-License-Identifier: Apache-2.0
// What each command of the client's does.
#include <errno.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cosim/vfio_user/vfio_user.h"

namespace ringside::vfio {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxVersionText = 64 << 10;
constexpr std::size_t kStandardTransfer = 1 << 20;

bool brings_descriptors(Command command) {
  return command == Command::DmaMap || command == Command::DeviceSetIrqs;
}

/// What the client proposes; an empty object if it does not.
Json proposed_capabilities(const Message& message) {
  const std::size_t bytes = message.payload_bytes() - sizeof(VersionHeader);
  if (bytes == 0) return Json::object();
  if (bytes > kMaxVersionText) throw Refused(fmt::format("a version text of {} bytes", bytes));
  const char* const text = reinterpret_cast<const char*>(message.payload() + sizeof(VersionHeader));
  if (text[bytes - 1] != '\0') throw Refused("a version text that does not end with NUL");
  const Json version = Json::parse(text, nullptr, false);
  if (!version.is_object()) throw Refused("a version text that is no object of JSON");
  const auto found = version.find("capabilities");
  if (found == version.end()) return Json::object();
  if (!found->is_object()) throw Refused("'capabilities' of the version is not an object");
  return *found;
}

}  // namespace

void VfioUser::reply(const Message& message, const void* payload, std::size_t bytes) {
  if (!message.wants_reply()) return;
  std::vector<std::uint8_t> text(sizeof(Header) + bytes);
  const Header header{message.header().id, message.header().command,
                      static_cast<std::uint32_t>(text.size()), kReply, 0};
  std::memcpy(text.data(), &header, sizeof header);
  if (bytes != 0) std::memcpy(text.data() + sizeof header, payload, bytes);
  if (!client_->send(text.data(), text.size())) client_->hang_up("it does not take replies");
}

void VfioUser::reply_error(const Message& message, int error) {
  const Header header{message.header().id, message.header().command, sizeof header, kReply | kError,
                      static_cast<std::uint32_t>(error)};
  if (!client_->send(&header, sizeof header)) client_->hang_up("it does not take replies");
}

void VfioUser::carry_out(Message& message) {
  if (!negotiated_ && message.command() != Command::Version)
    throw Refused("expected a version first");
  if (!message.descriptors().empty() && !brings_descriptors(message.command()))
    throw Refused("descriptors with a command that has none");
  switch (message.command()) {
    case Command::Version:
      return agree_on_version(message);
    case Command::DmaMap:
      windows_.map(message.as<DmaMapping>(), message.descriptors());
      return reply(message);
    case Command::DmaUnmap: {
      const auto range = message.as<DmaUnmapping>();
      windows_.unmap(range);
      return reply(message, range);
    }
    case Command::DeviceGetInfo:
      return tell_device(message);
    case Command::DeviceGetRegionInfo:
      return tell_region(message);
    case Command::DeviceGetIrqInfo:
      return tell_irq(message);
    case Command::DeviceSetIrqs:
      set_irqs(message);
      return reply(message);
    case Command::RegionRead:
      return read_region(message);
    case Command::RegionWrite:
      return write_region(message);
    case Command::RegionWriteMulti:
      return write_regions(message);
    case Command::DeviceReset:
      reset_device();
      return reply(message);
    case Command::DeviceGetRegionIoFds:
      throw Refused("no region is accessed by descriptors", ENOTSUP);
    case Command::DirtyPages:
    case Command::DeviceFeature:
    case Command::MigDataRead:
    case Command::MigDataWrite:
      throw Refused("there is no migration", ENOTSUP);
    case Command::DmaRead:
    case Command::DmaWrite:
      throw Refused("a command that a client does not send");
  }
  throw Refused("no such command is known here", ENOSYS);
}

/// The reply must not have capabilities that were not proposed.
void VfioUser::agree_on_version(const Message& message) {
  if (negotiated_) throw Refused("a second version");
  const auto version = message.front<VersionHeader>();
  if (version.major != 0)
    throw Refused(fmt::format("version {}.{}; expected 0.0", version.major, version.minor),
                  EPROTONOSUPPORT);
  const Json proposed = proposed_capabilities(message);
  std::size_t transfer = kStandardTransfer;
  if (const auto found = proposed.find("max_data_xfer_size"); found != proposed.end()) {
    if (!found->is_number_unsigned()) throw Refused("'max_data_xfer_size' is not a number");
    transfer = std::min<std::uint64_t>(found->get<std::uint64_t>(), kMaxTransfer);
    if (transfer == 0) throw Refused("'max_data_xfer_size' is 0");
  }
  Json agreed = Json::object();
  const Json own = {{"max_msg_fds", kMaxDescriptors},
                    {"max_data_xfer_size", kMaxTransfer},
                    {"max_dma_maps", kMaxWindows},
                    {"pgsizes", kPageSizes},
                    {"write_multiple", true}};
  for (const auto& [name, value] : own.items())
    if (proposed.contains(name)) agreed[name] = value;
  const std::string text = Json{{"capabilities", agreed}}.dump();
  std::vector<std::uint8_t> payload(sizeof(VersionHeader) + text.size() + 1);
  const VersionHeader answer{0, 0};
  std::memcpy(payload.data(), &answer, sizeof answer);
  std::memcpy(payload.data() + sizeof answer, text.c_str(), text.size() + 1);
  dma_messages_.begin(transfer);
  negotiated_ = true;
  reply(message, payload.data(), payload.size());
}

void VfioUser::tell_device(const Message& message) {
  const auto asked = message.as<DeviceInfo>();
  if (asked.argsz < sizeof asked) throw Refused(fmt::format("room for {} bytes", asked.argsz));
  reply(message, DeviceInfo{sizeof(DeviceInfo), kDeviceReset | kDevicePci, kRegions, kIrqs});
}

void VfioUser::tell_region(const Message& message) {
  const auto asked = message.as<RegionInfo>();
  if (asked.argsz < sizeof asked) throw Refused(fmt::format("room for {} bytes", asked.argsz));
  const std::uint64_t bytes = region_bytes(asked.index);
  const std::uint32_t flags = bytes != 0 ? kRegionReadable | kRegionWritable : 0;
  reply(message, RegionInfo{sizeof(RegionInfo), flags, asked.index, 0, bytes, 0});
}

void VfioUser::tell_irq(const Message& message) {
  const auto asked = message.as<IrqInfo>();
  if (asked.argsz < sizeof asked) throw Refused(fmt::format("room for {} bytes", asked.argsz));
  reply(message, interrupts_.info(asked.index));
}

void VfioUser::set_irqs(Message& message) {
  const auto set = message.front<IrqSet>();
  const std::size_t bytes = message.payload_bytes();
  const std::size_t bools = (set.flags & kDataMask) == kDataBool ? set.count : 0;
  if (bytes != sizeof set + bools || set.argsz != bytes)
    throw Refused(fmt::format("{} bytes, which are said to be {}; expected {}", bytes, set.argsz,
                              sizeof set + bools));
  const std::vector<std::uint8_t> chosen(message.payload() + sizeof set, message.payload() + bytes);
  interrupts_.set(set, chosen, message.descriptors());
}

/// Eventfds stay, as with VFIO.
void VfioUser::reset_device() {
  function->reset();
  program_vectors();
}

}  // namespace ringside::vfio
