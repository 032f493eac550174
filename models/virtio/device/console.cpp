// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

Console::Console(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_port(backend.get(), "", true);
  for (backend::CharBackend* stream : ports) {
    const std::string& port_name = stream->model_name();
    const bool console = std::count(console_ports->begin(), console_ports->end(), port_name) != 0;
    add_port(stream, port_name, console);
  }
  if (ports_.size() > kMaxPorts)
    diagnostics().error(node().where(),
                        fmt::format("'ports' of {} has {} entries; expected at most {}", label(),
                                    ports.size(), kMaxPorts - 1));
  if (multiport == Multiport::Off && ports.size() != 0)
    diagnostics().error(multiport.where(),
                        fmt::format("'multiport' of {} is off, but it has 'ports'", label()));
  for (const std::string& wanted : console_ports.get())
    if (std::none_of(ports_.begin(), ports_.end(), [&](const Port& p) { return p.name == wanted; }))
      diagnostics().error(console_ports.where(),
                          fmt::format("'console_ports' of {} names '{}', which is not one of its "
                                      "ports",
                                      label(), wanted));
  make_queues();
}

void Console::add_port(backend::CharBackend* stream, std::string name, bool console) {
  const unsigned index = max_ports();
  Port port;
  port.backend = stream;
  port.name = std::move(name);
  port.console = console;
  ports_.push_back(std::move(port));
  if (!stream) return;  // the configuration is wrong, and has been reported
  stream->on_input([this, index] { queue(receive_queue(index)).poke(); });
  stream->on_writable([this, index] { queue(transmit_queue(index)).poke(); });
  stream->on_open_change([this, index](bool) { host_opened(index); });
  stream->on_resize([this, index](unsigned, unsigned) {
    ports_[index].chosen_size.reset();
    resized(index);
  });
}

void Console::make_queues() {
  add_queue("receiveq0", queue_size);
  add_queue("transmitq0", queue_size);
  if (!offers_multiport()) return;
  add_queue("control_receiveq", control_queue_size);
  add_queue("control_transmitq", control_queue_size);
  for (unsigned port = 1; port < std::min(max_ports(), kMaxPorts); ++port) {
    add_queue(fmt::format("receiveq{}", port), queue_size);
    add_queue(fmt::format("transmitq{}", port), queue_size);
  }
}

bool Console::offers_multiport() const {
  return multiport == Multiport::On || (multiport == Multiport::Auto && ports.size() != 0);
}

FeatureSet Console::device_features() const {
  FeatureSet features;
  features.set(kConsoleSize, size);
  features.set(kConsoleMultiport, offers_multiport());
  features.set(kConsoleEmergWrite, emergency_write);
  return features;
}

// ---- configuration -------------------------------------------------------------------------

unsigned Console::columns_of(const Port& port) const {
  if (port.chosen_size) return port.chosen_size->first;
  return port.backend->columns() ? port.backend->columns() : columns.get();
}

unsigned Console::rows_of(const Port& port) const {
  if (port.chosen_size) return port.chosen_size->second;
  return port.backend->rows() ? port.backend->rows() : rows.get();
}

std::array<std::uint8_t, Console::kConfigBytes> Console::config() const {
  std::array<std::uint8_t, kConfigBytes> bytes{};
  put_le16(&bytes[0], columns_of(ports_[0]));
  put_le16(&bytes[2], rows_of(ports_[0]));
  put_le32(&bytes[4], max_ports());
  return bytes;
}

void Console::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::memcpy(to, config().data() + offset, bytes);
}

void Console::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  // At any time, whatever has been negotiated (5.3.5); all other fields are read-only.
  const bool has_low_byte = offset <= kEmergWrite && kEmergWrite < offset + bytes;
  if (!emergency_write || !has_low_byte) return;
  const std::uint8_t character = from[kEmergWrite - offset];
  if (ports_[0].backend->write(character) == 0) ++ports_[0].backend->bytes_lost;
}

// ---- life ----------------------------------------------------------------------------------

void Console::forget_driver(Port& port) {
  port.announced = port.ready = port.guest_open = false;
  port.tell_add = port.tell_remove = port.tell_console = false;
  port.tell_name = port.tell_size = port.tell_open = false;
  port.sending.reset();
  port.sent = 0;
}

void Console::on_reset() {
  for (Port& port : ports_) forget_driver(port);
}

void Console::on_queue_reset(unsigned queue) {
  Port& port = ports_[port_of(queue)];
  const bool is_control = queue == kControlReceive || queue == kControlTransmit;
  if (is_control || queue % 2 == 0) return;
  port.sending.reset();
  port.sent = 0;
}

void Console::on_driver_ok() {
  // Without control messages there is one port, and it is open.
  if (!multiported()) ports_[0].ready = ports_[0].guest_open = true;
}

void Console::serve(unsigned queue) {
  if (queue == kControlReceive) return serve_control_receive();
  if (queue == kControlTransmit) return serve_control_transmit();
  if (queue % 2 == 0) return serve_receive(port_of(queue));
  serve_transmit(port_of(queue));
}

// ---- data ----------------------------------------------------------------------------------

void Console::serve_receive(unsigned index) {
  Port& port = ports_[index];
  Virtqueue& receive = queue(receive_queue(index));
  // Input for a port that the driver has not opened waits in the back end.
  while (port.guest_open && port.plugged && port.backend->pending() != 0) {
    ChainPtr chain = receive.pop();
    if (!chain) return;
    std::size_t at = 0;
    while (at < chain->writable_bytes()) {
      std::uint8_t bytes[kPiece];
      const std::size_t room = chain->writable_bytes() - at;
      const std::size_t got = port.backend->read(bytes, std::min(room, sizeof bytes));
      if (got == 0 || !chain->write(at, bytes, got)) break;
      at += got;
    }
    receive.push(std::move(chain), static_cast<std::uint32_t>(at));
  }
}

void Console::serve_transmit(unsigned index) {
  Port& port = ports_[index];
  Virtqueue& transmit = queue(transmit_queue(index));
  for (;;) {
    // Held here, not in the port, while memory is read: a reset meanwhile drops what the port
    // holds.
    ChainPtr chain = std::move(port.sending);
    std::size_t sent = port.sent;
    if (!chain) {
      chain = transmit.pop();
      sent = 0;
    }
    if (!chain) return;
    const bool done = send_some(port, *chain, sent);
    if (!chain->alive()) return;
    if (!done) {  // the back end calls when it has room
      port.sending = std::move(chain);
      port.sent = sent;
      return;
    }
    transmit.push(std::move(chain), 0);
  }
}

/// Hands over as much of the chain as the back end takes; true if nothing is left.
bool Console::send_some(Port& port, DescriptorChain& chain, std::size_t& sent) {
  while (sent < chain.readable_bytes()) {
    std::uint8_t data[kPiece];
    const std::size_t bytes = std::min<std::size_t>(chain.readable_bytes() - sent, sizeof data);
    if (!chain.read(sent, data, bytes)) return true;
    const std::size_t taken = port.plugged ? port.backend->write(data, bytes) : bytes;
    if (&port == &ports_.front()) platform().console_output(data, taken);
    sent += taken;
    if (taken < bytes) return false;
  }
  return true;
}

// ---- control -------------------------------------------------------------------------------

void Console::serve_control_transmit() {
  Virtqueue& transmit = queue(kControlTransmit);
  while (ChainPtr chain = transmit.pop()) {
    std::uint8_t bytes[8];
    if (chain->read(0, bytes, sizeof bytes))
      control(get_le32(bytes), get_le16(bytes + 4), get_le16(bytes + 6));
    else
      ++bad_control;
    transmit.push(std::move(chain), 0);
  }
}

void Console::control(std::uint32_t id, std::uint16_t event, std::uint16_t value) {
  if (event == static_cast<std::uint16_t>(ConsoleEvent::DeviceReady)) {
    if (value == 0) return;  // the driver has failed: nothing to tell it
    for (Port& port : ports_) port.tell_add = port.plugged && !port.announced;
    return tell();
  }
  if (id >= ports_.size() || !ports_[id].announced) {
    ++bad_control;
    return;
  }
  Port& port = ports_[id];
  switch (static_cast<ConsoleEvent>(event)) {
    case ConsoleEvent::PortReady:
      port.ready = value != 0;
      if (port.ready) port_became_ready(port);
      return;
    case ConsoleEvent::PortOpen:
      port.guest_open = value != 0;
      if (port.guest_open) queue(receive_queue(id)).poke();
      return;
    default:
      ++bad_control;
  }
}

void Console::port_became_ready(Port& port) {
  port.tell_console = port.console;
  port.tell_name = !port.name.empty();
  port.tell_size = port.console && has(kConsoleSize) && columns_of(port) != 0;
  port.tell_open = port.backend->is_open();
  tell();
}

void Console::tell() {
  if (multiported()) queue(kControlReceive).poke();
}

Console::Message Console::message(unsigned port, ConsoleEvent event, unsigned value) const {
  Message bytes(8);
  put_le32(&bytes[0], port);
  put_le16(&bytes[4], static_cast<std::uint16_t>(event));
  put_le16(&bytes[6], value);
  return bytes;
}

/// The next message that waits, port by port and in the order in which a driver needs them.
bool Console::next_message(Message& bytes) {
  const auto take = [](bool& flag) {
    const bool was = flag;
    flag = false;
    return was;
  };
  for (unsigned i = 0; i < max_ports(); ++i) {
    Port& port = ports_[i];
    if (take(port.tell_remove)) {
      port.announced = false;
      bytes = message(i, ConsoleEvent::DeviceRemove, 0);
      return true;
    }
    if (take(port.tell_add)) {
      port.announced = true;
      bytes = message(i, ConsoleEvent::DeviceAdd, 0);
      return true;
    }
    if (take(port.tell_console)) {
      bytes = message(i, ConsoleEvent::ConsolePort, 1);
      return true;
    }
    if (take(port.tell_name)) {
      bytes = message(i, ConsoleEvent::PortName, 1);
      bytes.insert(bytes.end(), port.name.begin(), port.name.end());
      return true;
    }
    if (take(port.tell_size)) {
      bytes = message(i, ConsoleEvent::Resize, 0);
      bytes.resize(12);
      put_le16(&bytes[resize_rows_first ? 10 : 8], columns_of(port));
      put_le16(&bytes[resize_rows_first ? 8 : 10], rows_of(port));
      return true;
    }
    if (take(port.tell_open)) {
      bytes = message(i, ConsoleEvent::PortOpen, port.backend->is_open() ? 1 : 0);
      return true;
    }
  }
  return false;
}

void Console::serve_control_receive() {
  Virtqueue& receive = queue(kControlReceive);
  for (;;) {
    const bool anything = std::any_of(ports_.begin(), ports_.end(), [](const Port& p) {
      return p.tell_remove || p.tell_add || p.tell_console || p.tell_name || p.tell_size ||
             p.tell_open;
    });
    if (!anything) return;
    ChainPtr chain = receive.pop();
    if (!chain) return;
    Message bytes;
    if (!next_message(bytes)) return receive.unpop(std::move(chain));
    // A buffer that is too short gets the beginning, as any short buffer does.
    const std::size_t fits = std::min<std::size_t>(bytes.size(), chain->writable_bytes());
    if (!chain->write(0, bytes.data(), fits)) return;
    receive.push(std::move(chain), static_cast<std::uint32_t>(fits));
  }
}

// ---- what happens on the host --------------------------------------------------------------

void Console::host_opened(unsigned index) {
  Port& port = ports_[index];
  if (!multiported() || !port.ready) return;
  port.tell_open = true;
  tell();
}

void Console::resized(unsigned index) {
  if (index == 0 && size) config_changed();
  Port& port = ports_[index];
  if (!multiported() || !port.ready || !port.console || !has(kConsoleSize)) return;
  port.tell_size = true;
  tell();
}

unsigned Console::port_named(const std::string& name) const {
  std::vector<std::string> names;
  for (unsigned i = 1; i < max_ports(); ++i) {
    if (ports_[i].name == name) return i;
    names.push_back(ports_[i].name);
  }
  throw CommandError(
      fmt::format("there is no port '{}'; expected {}{}", printable(name),
                  names.empty() ? "none" : "one of " + quoted_list(names), did_you_mean(name, names)));
}

void Console::set_size(unsigned port, unsigned width, unsigned height) {
  if (width > 0xffff || height > 0xffff)
    throw CommandError("columns and rows are 0 to 65535");
  if (!ports_[port].console && port != 0)
    throw CommandError(fmt::format("port '{}' is no console", ports_[port].name));
  ports_[port].chosen_size = {width, height};
  resized(port);
}

void Console::plug(unsigned index) {
  if (index == 0 || index >= max_ports() || ports_[index].plugged) return;
  Port& port = ports_[index];
  port.plugged = true;
  if (!multiported() || !ports_[0].announced) return;  // told when the driver is ready
  port.tell_add = true;
  tell();
}

void Console::unplug(unsigned index) {
  if (index == 0 || index >= max_ports() || !ports_[index].plugged) return;
  Port& port = ports_[index];
  const bool known = port.announced;
  ChainPtr sending = std::move(port.sending);
  const bool removal_untold = port.tell_remove;
  forget_driver(port);
  port.plugged = false;
  port.announced = known;
  port.tell_remove = known || removal_untold;
  port.sending = std::move(sending);  // given back by the queue's thread, its rest is lost
  if (port.sending) queue(transmit_queue(index)).poke();
  tell();
}

}  // namespace ringside::virtio
