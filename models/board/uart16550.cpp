// SPDX-License-Identifier: Apache-2.0
#include "board/uart16550.h"

#include <utility>

namespace ringside {

namespace {

enum Ier : std::uint8_t { kIerData = 1, kIerThr = 2, kIerLine = 4, kIerModem = 8 };
enum Iir : std::uint8_t {
  kIirModem = 0x0,
  kIirNone = 0x1,
  kIirThr = 0x2,
  kIirData = 0x4,
  kIirLine = 0x6,
  kIirTimeout = 0xc,
  kIirFifos = 0xc0,
};
enum Fcr : std::uint8_t { kFcrEnable = 1, kFcrClearRx = 2, kFcrClearTx = 4 };
enum Lcr : std::uint8_t { kLcrTwoStops = 4, kLcrParity = 8, kLcrDivisor = 0x80 };
enum Mcr : std::uint8_t { kMcrDtr = 1, kMcrRts = 2, kMcrOut1 = 4, kMcrOut2 = 8, kMcrLoop = 0x10 };
enum Lsr : std::uint8_t {
  kLsrData = 1,
  kLsrOverrun = 2,
  kLsrBreak = 0x10,
  kLsrErrors = 0x1e,
  kLsrThrEmpty = 0x20,
  kLsrIdle = 0x40,
  kLsrFifoError = 0x80,
};
enum Msr : std::uint8_t { kMsrCts = 0x10, kMsrDsr = 0x20, kMsrRing = 0x40, kMsrCarrier = 0x80 };
constexpr std::uint8_t kRingEnded = 4;  // TERI: only the trailing edge of RI counts

constexpr std::uint16_t kDivisorAfterReset = 12;

}  // namespace

void Uart16550::clear() {
  rx_.clear();
  tx_.clear();
  ier_ = fcr_ = lcr_ = mcr_ = scratch_ = errors_ = 0;
  msr_ = connected_ ? kMsrCts | kMsrDsr | kMsrCarrier : 0;
  divisor_ = kDivisorAfterReset;
  thr_interrupt_ = timed_out_ = false;
}

void Uart16550::reset() {
  clear();
  line_.timeout(0);
  fill();
  update();
}

std::uint8_t Uart16550::read(unsigned index) {
  const bool divisor = lcr_ & kLcrDivisor;
  switch (index) {
    case 0:
      return divisor ? static_cast<std::uint8_t>(divisor_) : read_data();
    case 1:
      return divisor ? static_cast<std::uint8_t>(divisor_ >> 8) : ier_;
    case 2:
      return read_cause();
    case 3:
      return lcr_;
    case 4:
      return mcr_;
    case 5:
      return read_line_status();
    case 6:
      return read_modem_status();
    default:
      return scratch_;
  }
}

void Uart16550::write(unsigned index, std::uint8_t value) {
  const bool divisor = lcr_ & kLcrDivisor;
  switch (index) {
    case 0:
      if (divisor)
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0xff00) | value);
      else
        write_data(value);
      break;
    case 1:
      if (divisor)
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0x00ff) | value << 8);
      else
        write_interrupt_enable(value);
      break;
    case 2:
      write_fifo_control(value);
      break;
    case 3:
      lcr_ = value;
      break;
    case 4:
      write_modem_control(value);
      break;
    case 7:
      scratch_ = value;
      break;
    default:  // LSR and MSR: writing them is a factory test, ignored here
      break;
  }
}

// -- receiver

unsigned Uart16550::trigger() const {
  static constexpr unsigned kLevels[4] = {1, 4, 8, 14};
  return fifo_on() ? kLevels[fcr_ >> 6] : 1;
}

void Uart16550::receive(UartFifo::Entry entry) {
  const unsigned depth = fifo_on() ? UartFifo::kDepth : 1;
  if (rx_.size() >= depth) {
    errors_ |= kLsrOverrun;
    // The FIFO keeps what it has; the single register takes the new byte.
    if (fifo_on()) return;
    rx_.pop();
  }
  rx_.push(entry);
  errors_ |= rx_.size() == 1 ? entry.errors : 0;
}

void Uart16550::fill() {
  if (mcr_ & kMcrLoop) return;  // the input pin is cut off
  const unsigned depth = fifo_on() ? UartFifo::kDepth : 1;
  std::uint8_t byte = 0;
  bool any = false;
  while (rx_.size() < depth && line_.receive(byte)) {
    receive({byte, 0});
    any = true;
  }
  if (any) arm_timeout();
}

void Uart16550::arm_timeout() {
  timed_out_ = false;
  if (!fifo_on() || rx_.empty()) return line_.timeout(0);
  const unsigned stops = lcr_ & kLcrTwoStops ? 2 : 1;
  const unsigned frame = 1 + (5 + (lcr_ & 3)) + (lcr_ & kLcrParity ? 1 : 0) + stops;
  line_.timeout(4 * frame);
}

void Uart16550::receive_timeout() {
  timed_out_ = fifo_on() && !rx_.empty();
  update();
}

void Uart16550::input_waiting() {
  fill();
  update();
}

void Uart16550::receive_break() {
  if (mcr_ & kMcrLoop) return;
  receive({0, kLsrBreak});
  arm_timeout();
  update();
}

std::uint8_t Uart16550::read_data() {
  if (rx_.empty()) return 0;
  const std::uint8_t byte = rx_.pop().byte;
  if (!rx_.empty()) errors_ |= rx_.front().errors;
  arm_timeout();
  fill();
  update();
  return byte;
}

// -- transmitter

void Uart16550::write_data(std::uint8_t value) {
  if (mcr_ & kMcrLoop) {
    receive({value, 0});
    arm_timeout();
    thr_interrupt_ = true;  // sent at once
    return update();
  }
  const unsigned depth = fifo_on() ? UartFifo::kDepth : 1;
  thr_interrupt_ = false;
  if (tx_.size() < depth) tx_.push({value, 0});
  drain();
  update();
}

void Uart16550::drain() {
  while (!tx_.empty() && line_.send(tx_.front().byte)) {
    tx_.pop();
    thr_interrupt_ = tx_.empty();
  }
}

void Uart16550::output_possible() {
  drain();
  update();
}

// -- status and interrupts

std::uint8_t Uart16550::line_status() const {
  std::uint8_t status = errors_;
  if (!rx_.empty()) status |= kLsrData;
  if (tx_.empty()) status |= kLsrThrEmpty | kLsrIdle;
  if (fifo_on() && rx_.has_errors()) status |= kLsrFifoError;
  return status;
}

std::uint8_t Uart16550::read_line_status() {
  const std::uint8_t status = line_status();
  errors_ = 0;
  update();
  return status;
}

std::uint8_t Uart16550::cause() const {
  if ((ier_ & kIerLine) && (errors_ & kLsrErrors)) return kIirLine;
  if ((ier_ & kIerData) && rx_.size() >= trigger()) return kIirData;
  if ((ier_ & kIerData) && timed_out_) return kIirTimeout;
  if ((ier_ & kIerThr) && thr_interrupt_) return kIirThr;
  if ((ier_ & kIerModem) && (msr_ & 0x0f)) return kIirModem;
  return kIirNone;
}

std::uint8_t Uart16550::read_cause() {
  const std::uint8_t now = cause();
  if (now == kIirThr) {
    thr_interrupt_ = false;
    update();
  }
  return now | (fifo_on() ? kIirFifos : 0);
}

void Uart16550::update() {
  line_.interrupt(cause() != kIirNone);
}

void Uart16550::write_interrupt_enable(std::uint8_t value) {
  const bool thr_newly = (value & kIerThr) && !(ier_ & kIerThr);
  ier_ = value & 0x0f;
  // Enabling the interrupt with the transmitter empty raises it.
  if (thr_newly) thr_interrupt_ = tx_.empty();
  update();
}

void Uart16550::write_fifo_control(std::uint8_t value) {
  const bool toggled = (value ^ fcr_) & kFcrEnable;
  if (toggled || (value & kFcrClearRx)) {
    rx_.clear();
    timed_out_ = false;
    line_.timeout(0);
  }
  if ((toggled || (value & kFcrClearTx)) && !tx_.empty()) {
    tx_.clear();
    thr_interrupt_ = true;
  }
  // The other bits have an effect only together with the enable bit.
  fcr_ = value & kFcrEnable ? value & 0xc1 : 0;
  fill();
  update();
}

// -- modem

std::uint8_t Uart16550::looped_lines() const {
  std::uint8_t lines = 0;
  if (mcr_ & kMcrRts) lines |= kMsrCts;
  if (mcr_ & kMcrDtr) lines |= kMsrDsr;
  if (mcr_ & kMcrOut1) lines |= kMsrRing;
  if (mcr_ & kMcrOut2) lines |= kMsrCarrier;
  return lines;
}

void Uart16550::set_modem_lines(std::uint8_t lines) {
  const std::uint8_t changed = (lines ^ msr_) & 0xf0;
  std::uint8_t delta = (changed >> 4) & ~kRingEnded;
  if (msr_ & changed & kMsrRing) delta |= kRingEnded;
  msr_ = static_cast<std::uint8_t>(lines | (msr_ & 0x0f) | delta);
}

void Uart16550::write_modem_control(std::uint8_t value) {
  mcr_ = value & 0x1f;
  set_modem_lines(mcr_ & kMcrLoop ? looped_lines()
                  : connected_    ? kMsrCts | kMsrDsr | kMsrCarrier
                                  : 0);
  fill();
  drain();
  update();
}

std::uint8_t Uart16550::read_modem_status() {
  const std::uint8_t status = msr_;
  msr_ &= 0xf0;
  update();
  return status;
}

void Uart16550::set_connected(bool connected) {
  connected_ = connected;
  if (mcr_ & kMcrLoop) return;
  set_modem_lines(connected ? kMsrCts | kMsrDsr | kMsrCarrier : 0);
  update();
}

}  // namespace ringside
