// SPDX-License-Identifier: Apache-2.0
#include "backend/vnc_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "backend/seat.h"
#include "backend/vnc_keys.h"
#include "backend/vnc_server.h"
#include "kit/platform.h"

namespace ringside::backend {

namespace {

// A message of the host: kind, screen, and three numbers of 4 bytes, little-endian.
constexpr std::size_t kMessageBytes = 14;

HostInput::Bytes encode(const VncEvent& event) {
  HostInput::Bytes bytes{static_cast<std::uint8_t>(event.kind), event.screen};
  for (const std::uint32_t word : {event.a, event.b, event.c})
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  return bytes;
}

VncEvent decode(const HostInput::Bytes& bytes) {
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{bytes[at + i]} << 8 * i;
    return value;
  };
  return {static_cast<VncEvent::Kind>(bytes[0]), bytes[1], word(2), word(6), word(10)};
}

// Bits of a pointer event (RFC 6143, 7.5.5).
struct Button {
  std::uint32_t bit;
  std::uint16_t code;
};
constexpr Button kButtons[] = {{1, kBtnLeft}, {2, kBtnMiddle}, {4, kBtnRight}};
// A turn of the wheel is a press of one of these.
struct Wheel {
  std::uint32_t bit;
  std::uint16_t axis;
  std::int32_t step;
};
constexpr Wheel kWheels[] = {
    {8, kRelWheel, 1}, {16, kRelWheel, -1}, {32, kRelHwheel, -1}, {64, kRelHwheel, 1}};

std::int32_t scaled(std::uint32_t at, unsigned size) {
  if (size < 2) return 0;
  return static_cast<std::int32_t>(std::uint64_t{std::min(at, size - 1)} * kAbsMax / (size - 1));
}

}  // namespace

VncDisplay::VncDisplay(const sc_core::sc_module_name& name, const ModelContext& context)
    : Display(name, context) {
  host_input_.on_message([this](const HostInput::Bytes& message) { received(message); });
  if (port != 0 && port + screens - 1 > 65535)
    diagnostics().error(
        port.where(), fmt::format("'port' of {} is {}, with {} screens; expected ports up to 65535",
                                  label(), port.get(), screens.get()));
}

VncDisplay::~VncDisplay() = default;

std::string VncDisplay::password() const {
  if (password_file->path.empty()) return {};
  std::ifstream file(password_file->path);
  std::string line;
  if (!std::getline(file, line) || line.empty())
    throw std::runtime_error(
        fmt::format("no password can be read from '{}'; expected its first "
                    "line to be one",
                    password_file->path));
  if (line.size() > VncServer::kMaxPassword)
    throw std::runtime_error(
        fmt::format("the password in '{}' has {} characters; the protocol looks "
                    "at {} at most",
                    password_file->path, line.size(), VncServer::kMaxPassword));
  return line;
}

VncSettings VncDisplay::settings() const {
  VncSettings all;
  all.name = "Ringside: " + label();
  all.password = password();
  all.max_clients = max_clients;
  all.view_only = view_only;
  for (unsigned i = 0; i < screens; ++i)
    all.addresses.push_back(
        path->path.empty()
            ? SocketAddress::tcp(host, static_cast<std::uint16_t>(port == 0 ? 0 : port + i))
            : SocketAddress::unix_path(i == 0 ? path->path : fmt::format("{}.{}", path->path, i)));
  return all;
}

void VncDisplay::start_of_simulation() {
  Display::start_of_simulation();
  if (platform().host().replaying()) return;  // the recording holds what the viewers did
  try {
    server_ = std::make_unique<VncServer>(
        settings(), [this](const VncEvent& event) { host_input_.post(encode(event)); });
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
    return;
  }
  for (unsigned i = 0; i < screens; ++i) {
    size_changed(i);
    if (path->path.empty())
      fmt::print(stderr, "{} shows scanout {} over VNC at {}:{}\n", label(), i, host.get(),
                 server_->port(i));
  }
  host_input_.set_live(true);
}

void VncDisplay::finish() {
  server_.reset();
  Display::finish();
}

// ---- what the model draws ------------------------------------------------------------------

void VncDisplay::size_changed(unsigned scanout) {
  if (shows(scanout)) server_->resize(scanout, picture(scanout));
}

void VncDisplay::drawn(unsigned scanout, const Rect& rect) {
  if (shows(scanout) && !rect.empty()) server_->draw(scanout, picture(scanout), rect);
}

void VncDisplay::cursor_changed(unsigned scanout) {
  if (!shows(scanout)) return;
  const Cursor& now = cursor(scanout);
  Cursor& sent = sent_cursors_[scanout];
  const bool same = now.picture.width == sent.picture.width &&
                    now.picture.height == sent.picture.height && now.hot_x == sent.hot_x &&
                    now.hot_y == sent.hot_y && now.picture.pixels == sent.picture.pixels;
  if (same) return server_->move_cursor(scanout, now.x, now.y);
  sent = now;
  server_->set_cursor(scanout, now);
}

// ---- what the viewers do -------------------------------------------------------------------

void VncDisplay::received(const HostInput::Bytes& message) {
  // A recording may be any file.
  if (message.size() != kMessageBytes || message[1] >= kMaxScanouts) return;
  const VncEvent event = decode(message);
  switch (event.kind) {
    case VncEvent::Kind::Key:
      return key(event.a, event.b != 0);
    case VncEvent::Kind::Pointer:
      return move(event);
    case VncEvent::Kind::Size:
      return wish_for_size(event.screen, event.a, event.b);
    case VncEvent::Kind::Clients:
      if (event.a > places_[event.screen].viewers) ++clients;
      places_[event.screen].viewers = event.a;
      return;
  }
}

void VncDisplay::key(std::uint32_t keysym, bool down) {
  const auto code = key_of_keysym(keysym);
  if (down) ++(code ? keys : unknown_keys);
  if (code) post({{kEvKey, *code, down ? 1 : 0}});
}

InputUpdate VncDisplay::position(const VncEvent& event) const {
  const Picture& shown = picture(event.screen);
  return {{kEvAbs, kAbsX, scaled(event.a, shown.width)},
          {kEvAbs, kAbsY, scaled(event.b, shown.height)}};
}

InputUpdate VncDisplay::movement(const Place& from, const VncEvent& event) {
  InputUpdate update;
  const auto step = [&](std::uint16_t axis, std::uint32_t before, std::uint32_t now) {
    if (now != before) update.push_back({kEvRel, axis, static_cast<std::int32_t>(now - before)});
  };
  step(kRelX, from.x, event.a);
  step(kRelY, from.y, event.b);
  return update;
}

InputUpdate VncDisplay::touch(Place& place, const VncEvent& event) const {
  if ((event.c & kButtons[0].bit) == 0) return place.finger.lift(0);
  const InputUpdate at = position(event);
  return place.finger.at(0, at[0].value, at[1].value);
}

InputUpdate VncDisplay::point(Place& place, const VncEvent& event) const {
  if (pointer == Pointer::Touch) return touch(place, event);
  InputUpdate update = pointer == Pointer::Position ? position(event) : movement(place, event);
  const std::uint32_t changed = place.buttons ^ event.c;
  for (const Button& button : kButtons)
    if (changed & button.bit)
      update.push_back({kEvKey, button.code, (event.c & button.bit) != 0 ? 1 : 0});
  for (const Wheel& wheel : kWheels)
    if (changed & event.c & wheel.bit) update.push_back({kEvRel, wheel.axis, wheel.step});
  return update;
}

void VncDisplay::move(const VncEvent& event) {
  Place& place = places_[event.screen];
  const InputUpdate update = point(place, event);
  place.x = event.a;
  place.y = event.b;
  place.buttons = event.c;
  if (!update.empty()) post(update);
}

void VncDisplay::post(const InputUpdate& update) {
  Seat::post(platform(), seat, update);
}

Json VncDisplay::addresses_json() const {
  Json all = Json::array();
  for (unsigned i = 0; server_ && i < screens; ++i)
    all.push_back(path->path.empty() ? fmt::format("{}:{}", host.get(), server_->port(i))
                  : i == 0           ? path->path
                                     : fmt::format("{}.{}", path->path, i));
  return all;
}

}  // namespace ringside::backend
