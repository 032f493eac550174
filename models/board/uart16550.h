// SPDX-License-Identifier: Apache-2.0
// The logic of a National Semiconductor 16550A UART (data sheet PC16550D), apart from bus, wires
// and host. No SystemC in this file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ringside {

/// A queue of at most 16 entries, as both FIFOs of the chip are.
class UartFifo {
 public:
  struct Entry {
    std::uint8_t byte = 0;
    std::uint8_t errors = 0;  ///< LSR error bits that belong to the byte
  };
  static constexpr unsigned kDepth = 16;

  unsigned size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Entry& front() const { return entries_[first_]; }
  void clear() { size_ = 0; }
  /// The caller has seen to it that there is room.
  void push(Entry entry) { entries_[(first_ + size_++) % kDepth] = entry; }
  Entry pop() {
    const Entry entry = entries_[first_];
    first_ = (first_ + 1) % kDepth;
    --size_;
    return entry;
  }
  /// True if any entry has an error.
  bool has_errors() const {
    for (unsigned i = 0; i < size_; ++i)
      if (entries_[(first_ + i) % kDepth].errors) return true;
    return false;
  }

 private:
  std::array<Entry, kDepth> entries_{};
  unsigned first_ = 0;
  unsigned size_ = 0;
};

/// Bytes leave as soon as the line takes them and arrive as soon as there is room: the divisor sets
/// the length of the receive timeout only. Input is not lost for want of room, it waits on the
/// host's side.
class Uart16550 {
 public:
  /// What the chip is connected to. All have to be set.
  struct Line {
    std::function<bool(std::uint8_t)> send;      ///< false if there is no room now
    std::function<bool(std::uint8_t&)> receive;  ///< false if nothing waits
    std::function<void(bool)> interrupt;         ///< level of the interrupt output
    /// Asks for receive_timeout() after so many bit times; 0 takes the request back.
    std::function<void(unsigned bits)> timeout;
  };
  static constexpr unsigned kRegisters = 8;

  explicit Uart16550(Line line) : line_(std::move(line)) { clear(); }
  void reset();

  /// A register, with the side effects that a guest's access has. `index` is below kRegisters.
  std::uint8_t read(unsigned index);
  void write(unsigned index, std::uint8_t value);

  /// Input waits on the line.
  void input_waiting();
  /// The line takes output again.
  void output_possible();
  void receive_timeout();
  void receive_break();
  /// The other end is there (true) or not: data set ready, clear to send, carrier.
  void set_connected(bool connected);

  /// 16 times the bit rate is the clock divided by this.
  unsigned divisor() const { return divisor_ ? divisor_ : 1; }

 private:
  void clear();
  bool fifo_on() const { return fcr_ & 1; }
  unsigned trigger() const;
  void receive(UartFifo::Entry entry);
  void fill();
  void drain();
  void arm_timeout();
  void set_modem_lines(std::uint8_t lines);
  std::uint8_t looped_lines() const;
  std::uint8_t line_status() const;
  /// The cause that IIR shows, by priority.
  std::uint8_t cause() const;
  void update();

  std::uint8_t read_data();
  std::uint8_t read_cause();
  std::uint8_t read_line_status();
  std::uint8_t read_modem_status();
  void write_data(std::uint8_t value);
  void write_interrupt_enable(std::uint8_t value);
  void write_fifo_control(std::uint8_t value);
  void write_modem_control(std::uint8_t value);

  Line line_;
  UartFifo rx_;
  UartFifo tx_;
  std::uint8_t ier_, fcr_, lcr_, mcr_, msr_, scratch_;
  std::uint8_t errors_;  // LSR error bits that wait to be read
  std::uint16_t divisor_;
  bool thr_interrupt_;  // the transmitter has become empty and nobody has looked
  bool timed_out_;
  bool connected_ = true;
};

}  // namespace ringside
