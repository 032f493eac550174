// SPDX-License-Identifier: Apache-2.0
#include "backend/evdev_input.h"

#include <fmt/format.h>
#include <linux/input.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "kit/platform.h"

namespace ringside::backend {

namespace {
// Of an event in a message: type, code, value, little-endian.
constexpr std::size_t kEventBytes = 8;

void add(HostInput::Bytes& to, std::uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) to.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

std::uint32_t get(const HostInput::Bytes& from, std::size_t at, unsigned bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::uint32_t{from[at + i]} << 8 * i;
  return value;
}
}  // namespace

EvdevInput::EvdevInput(const sc_core::sc_module_name& name, const ModelContext& context)
    : InputSource(name, context) {
  host_input_.on_message([this](const HostInput::Bytes& message) { received(message); });
}

EvdevInput::~EvdevInput() = default;

void EvdevInput::start_of_simulation() {
  InputSource::start_of_simulation();
  if (platform().host().replaying()) return;  // the recording holds what the device is and did
  try {
    device_ = open_device();
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
    return;
  }
  const InputDescription description = device_->description();
  describe(description);
  // For recordings; the guest does not look so early.
  const std::string text = description.text();
  HostInput::Bytes message{static_cast<std::uint8_t>(Message::Description)};
  message.insert(message.end(), text.begin(), text.end());
  host_input_.post(std::move(message));
  host_input_.set_live(true);
  reactor_ = Reactor::get();
  reactor_->run([this] {
    reactor_->watch(device_->descriptor(), POLLIN, [this](short happened) { readable(happened); });
  });
}

void EvdevInput::finish() {
  if (reactor_)
    reactor_->run_and_wait([this] {
      if (!gone_) reactor_->unwatch(device_->descriptor());
    });
  reactor_.reset();
  device_.reset();
  InputSource::finish();
}

void EvdevInput::feedback(const InputEvent& event) {
  if (!device_) return;
  input_event out[2]{};
  out[0].type = event.type;
  out[0].code = event.code;
  out[0].value = event.value;
  out[1].type = EV_SYN;
  out[1].code = SYN_REPORT;
  // A light that the device does not take is no matter.
  [[maybe_unused]] const ssize_t put = ::write(device_->descriptor(), out, sizeof out);
}

// ---- in the reactor's thread ---------------------------------------------------------------

void EvdevInput::readable(short happened) {
  std::uint8_t bytes[64 * sizeof(input_event)];
  const ssize_t got = ::read(device_->descriptor(), bytes, sizeof bytes);
  if (got < 0 && (errno == EAGAIN || errno == EINTR) && (happened & POLLIN)) return;
  if (got <= 0) return lose();
  post(stream_.feed(bytes, static_cast<std::size_t>(got)));
  if (stream_.lost_some()) post(stream_.settle(device_->down()));
}

void EvdevInput::post(const std::vector<InputUpdate>& updates) {
  for (const InputUpdate& update : updates) {
    HostInput::Bytes message{static_cast<std::uint8_t>(Message::Update)};
    for (const InputEvent& event : update) {
      add(message, event.type, 2);
      add(message, event.code, 2);
      add(message, static_cast<std::uint32_t>(event.value), 4);
    }
    host_input_.post(std::move(message));
  }
}

void EvdevInput::lose() {
  gone_ = true;
  reactor_->unwatch(device_->descriptor());
  post(stream_.settle({}));
  host_input_.post({static_cast<std::uint8_t>(Message::Gone)});
}

// ---- in the simulation ---------------------------------------------------------------------

void EvdevInput::received(const HostInput::Bytes& message) {
  if (message.empty()) return;
  switch (static_cast<Message>(message[0])) {
    case Message::Description:
      if (const auto description =
              InputDescription::parse(std::string(message.begin() + 1, message.end())))
        describe(*description);
      return;
    case Message::Update:
      return receive_update(message);
    case Message::Gone:
      SC_REPORT_WARNING(
          label().c_str(),
          fmt::format("'{}' is gone; the guest keeps a device that says nothing more", path->path)
              .c_str());
      return;
  }
}

void EvdevInput::receive_update(const HostInput::Bytes& message) {
  InputUpdate update;
  for (std::size_t at = 1; at + kEventBytes <= message.size(); at += kEventBytes)
    update.push_back({static_cast<std::uint16_t>(get(message, at, 2)),
                      static_cast<std::uint16_t>(get(message, at + 2, 2)),
                      static_cast<std::int32_t>(get(message, at + 4, 4))});
  events += update.size();
  if (!update.empty()) give(update);
}

}  // namespace ringside::backend
