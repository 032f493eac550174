// SPDX-License-Identifier: Apache-2.0
// The serial port: a 16550A on the bus, with a terminal, socket or file at its other end.
#pragma once

#include "backend/char_backend.h"
#include "board/uart16550.h"
#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"
#include "kit/reg.h"

namespace ringside {

/// Registers of one byte each, at consecutive addresses. Bytes pass without delay in both accuracy
/// modes; only the receive timeout takes the time of four frames at the programmed rate.
class Ns16550a final : public Model {
 public:
  static constexpr std::uint64_t kWindowBytes = 0x100;

  Ns16550a(const sc_core::sc_module_name& name, const ModelContext& context);
  void reset() override;
  void device_tree(DeviceTree& tree) override;

  Param<Frequency> clock{this, "clock", Frequency{3686400},
                         Range<Frequency>{Frequency{16}, Frequency{1e9}},
                         "input clock; 16 times the bit rate with a divisor of 1"};
  MmioPort window{
      this, "window", "base", Address{0x10000000}, kWindowBytes, "address of the registers"};
  IrqOut irq{this, "irq", "interrupt source"};
  ChildSlot<ringside::backend::CharBackend> backend{this, "backend", "null",
                                                    "what is at the other end of the line"};

  RegisterBank bank{this, "regs", "16550A registers"};
  using Byte = Register<std::uint8_t>;
  static constexpr RegAccess kRw = RegAccess::ReadWrite;
  Byte data{&bank, "RBR_THR_DLL", 0, kRw, 0, "received byte, byte to send, or divisor low"};
  Byte interrupt_enable{&bank, "IER_DLM", 1, kRw, 0, "interrupt enables, or divisor high"};
  Byte cause{&bank, "IIR_FCR", 2, kRw, 1, "interrupt cause; FIFO control when written"};
  Byte line_control{&bank, "LCR", 3, kRw, 0, "frame format, break, divisor access"};
  Byte modem_control{&bank, "MCR", 4, kRw, 0, "modem outputs, loop back"};
  Byte line_status{&bank, "LSR", 5, kRw, 0x60, "receiver and transmitter status"};
  Byte modem_status{&bank, "MSR", 6, kRw, 0, "modem inputs and their changes"};
  Byte scratch{&bank, "SCR", 7, kRw, 0, "a byte for the programmer"};

  Counter sent{this, "sent", "B", "bytes the guest has sent"};
  Counter received{this, "received", "B", "bytes the guest has received"};

 private:
  Uart16550::Line line();
  /// Has receive_timeout() called after so many bit times; 0 takes the request back.
  void arm(unsigned bits);
  void receive_timeout();

  Uart16550 chip_{line()};
  sc_core::sc_event timeout_;
};

}  // namespace ringside
