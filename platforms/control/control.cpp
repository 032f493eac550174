// SPDX-License-Identifier: Apache-2.0
#include "control/control.h"

#include <fmt/format.h>

#include "control/controller.h"
#include "control/machine_commands.h"
#include "control/server.h"

namespace ringside::control {

struct Control::Parts {
  explicit Parts(Platform& p)
      : platform(p), controller(p), commands(p, controller, [this] {
          if (server) server->subscribe(controller.running());
        }) {}

  Platform& platform;
  Controller controller;
  MachineCommands commands;
  std::unique_ptr<Server> server;
};

Control::Control(Platform& platform, const std::string& address)
    : parts_(std::make_unique<Parts>(platform)) {
  if (address.empty()) return;
  Parts& parts = *parts_;
  parts.controller.on_reply([&parts](std::uint64_t ticket, std::string line, bool garbled) {
    parts.server->reply(ticket, std::move(line), garbled);
  });
  parts.server = std::make_unique<Server>(Address::parse(address),
                                          [&parts](std::uint64_t ticket, const std::string& line) {
                                            parts.controller.handle(ticket, line);
                                          });
  platform.on_event([&parts](const Event& event) {
    parts.server->publish(event_line(event.what, event.model.path(), event.detail));
  });
  if (!platform.host().replaying()) parts.controller.set_live();
  parts.server->start();
}

Control::~Control() = default;

std::string Control::address() const {
  return parts_->server ? parts_->server->address().text() : "";
}

void Control::close() {
  if (!parts_->server) return;
  const StopReason& reason = parts_->platform.stop_reason();
  parts_->server->close(event_line("stopped", "", reason.text),
                        error_line(nullptr, "the run has ended: " + reason.text));
}

}  // namespace ringside::control
