// SPDX-License-Identifier: Apache-2.0
#include "board/ns16550a.h"

#include <fmt/format.h>

#include <cmath>

#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside {

Ns16550a::Ns16550a(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  window.on_transport(bank.transport());
  unsigned index = 0;
  for (Byte* reg : {&data, &interrupt_enable, &cause, &line_control, &modem_control, &line_status,
                    &modem_status, &scratch}) {
    reg->on_read([this, index] { return chip_.read(index); });
    reg->on_write([this, index](std::uint8_t value) { chip_.write(index, value); });
    ++index;
  }
  if (backend) {
    backend->on_input([this] { chip_.input_waiting(); });
    backend->on_writable([this] { chip_.output_possible(); });
    backend->on_break([this] { chip_.receive_break(); });
    backend->on_open_change([this](bool open) { chip_.set_connected(open); });
  }
  SC_HAS_PROCESS(Ns16550a);
  SC_METHOD(receive_timeout);
  sensitive << timeout_;
  dont_initialize();
}

Uart16550::Line Ns16550a::line() {
  Uart16550::Line line;
  line.send = [this](std::uint8_t byte) {
    if (backend && backend->write(byte) == 0) return false;
    ++sent;
    platform().console_output(&byte, 1);
    return true;
  };
  line.receive = [this](std::uint8_t& byte) {
    if (!backend || backend->read(&byte, 1) == 0) return false;
    ++received;
    return true;
  };
  line.interrupt = [this](bool high) { irq.set(high); };
  line.timeout = [this](unsigned bits) { arm(bits); };
  return line;
}

void Ns16550a::arm(unsigned bits) {
  timeout_.cancel();
  if (bits == 0) return;
  const double bit_rate = clock->hz / 16 / chip_.divisor();
  timeout_.notify(sc_core::sc_time(bits / bit_rate, sc_core::SC_SEC));
}

void Ns16550a::receive_timeout() {
  chip_.receive_timeout();
}

void Ns16550a::reset() {
  chip_.reset();
}

void Ns16550a::device_tree(DeviceTree& tree) {
  const std::string name = fmt::format("serial@{:x}", window.base());
  DeviceTreeNode& node = tree.soc().child(name);
  node.text("compatible", "ns16550a")
      .wide("reg", {window.base(), kWindowBytes})
      .cell("clock-frequency", static_cast<std::uint32_t>(std::lround(clock->hz)));
  irq.describe(tree, node);
  // The first serial port is the console.
  DeviceTreeNode& aliases = tree.root().child("aliases");
  if (!aliases.find_property("serial0")) aliases.text("serial0", "/soc/" + name);
  if (!tree.chosen().find_property("stdout-path"))
    tree.chosen().text("stdout-path", "/soc/" + name);
}

}  // namespace ringside
