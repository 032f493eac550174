// SPDX-License-Identifier: Apache-2.0
// Against the data sheet of the PC16550D.
#include "board/uart16550.h"

#include <boost/test/unit_test.hpp>
#include <string>

using ringside::Uart16550;

namespace {

enum Register : unsigned { kData, kIer, kIir, kLcr, kMcr, kLsr, kMsr, kScratch };
constexpr unsigned kFcr = kIir;

struct Port {
  Port() : chip(line()) { chip.reset(); }
  Uart16550::Line line() {
    Uart16550::Line line;
    line.send = [this](std::uint8_t byte) {
      if (room == 0) return false;
      --room;
      out += static_cast<char>(byte);
      return true;
    };
    line.receive = [this](std::uint8_t& byte) {
      if (in.empty()) return false;
      byte = static_cast<std::uint8_t>(in[0]);
      in.erase(0, 1);
      return true;
    };
    line.interrupt = [this](bool high) { irq = high; };
    line.timeout = [this](unsigned bits) { timeout_bits = bits; };
    return line;
  }
  void type(const std::string& text) {
    in += text;
    chip.input_waiting();
  }
  unsigned cause() { return chip.read(kIir) & 0x0f; }
  unsigned lsr() { return chip.read(kLsr); }

  std::string in, out;
  unsigned room = 1000;
  bool irq = false;
  unsigned timeout_bits = 0;
  Uart16550 chip;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(after_reset_nothing_is_pending_and_the_transmitter_is_empty, Port) {
  BOOST_TEST(chip.read(kIer) == 0);
  BOOST_TEST(chip.read(kIir) == 1);
  BOOST_TEST(chip.read(kLcr) == 0);
  BOOST_TEST(chip.read(kMcr) == 0);
  BOOST_TEST(lsr() == 0x60u);
  BOOST_TEST(!irq);
}

BOOST_FIXTURE_TEST_CASE(bytes_are_sent_and_received_in_order, Port) {
  for (char c : std::string("hello")) chip.write(kData, static_cast<std::uint8_t>(c));
  BOOST_TEST(out == "hello");
  type("abc");
  for (char c : std::string("abc")) {
    BOOST_TEST((lsr() & 1) == 1u);
    BOOST_TEST(chip.read(kData) == c);
  }
  BOOST_TEST((lsr() & 1) == 0u);
}

BOOST_FIXTURE_TEST_CASE(the_divisor_hides_behind_its_latch_bit, Port) {
  chip.write(kIer, 0x05);
  chip.write(kLcr, 0x80);
  chip.write(kData, 0x34);
  chip.write(kIer, 0x12);
  BOOST_TEST(chip.read(kData) == 0x34);
  BOOST_TEST(chip.read(kIer) == 0x12);
  BOOST_TEST(chip.divisor() == 0x1234u);
  chip.write(kLcr, 0x03);
  BOOST_TEST(chip.read(kIer) == 0x05);
  BOOST_TEST(out.empty());
}

BOOST_FIXTURE_TEST_CASE(a_divisor_of_zero_counts_as_one, Port) {
  chip.write(kLcr, 0x80);
  chip.write(kData, 0);
  BOOST_TEST(chip.divisor() == 1u);
}

BOOST_FIXTURE_TEST_CASE(scratch_and_status_registers_behave, Port) {
  chip.write(kScratch, 0xa5);
  BOOST_TEST(chip.read(kScratch) == 0xa5);
  chip.write(kLsr, 0);
  BOOST_TEST(lsr() == 0x60u);
  chip.write(kIer, 0xff);
  BOOST_TEST(chip.read(kIer) == 0x0f);
}

BOOST_FIXTURE_TEST_CASE(the_transmitter_interrupt_is_raised_and_cleared, Port) {
  chip.write(kIer, 2);
  BOOST_TEST(irq);
  BOOST_TEST(cause() == 2u);
  BOOST_TEST(!irq);
  BOOST_TEST(cause() == 1u);
  chip.write(kData, 'x');  // sent at once: empty again
  BOOST_TEST(irq);
  BOOST_TEST(cause() == 2u);
  chip.write(kIer, 0);
  chip.write(kIer, 2);
  BOOST_TEST(irq);
}

BOOST_FIXTURE_TEST_CASE(a_line_without_room_holds_the_transmitter, Port) {
  chip.write(kFcr, 1);
  chip.write(kIer, 2);
  cause();
  room = 1;
  for (int i = 0; i < 20; ++i) chip.write(kData, static_cast<std::uint8_t>('a' + i));
  BOOST_TEST(out == "a");
  BOOST_TEST((lsr() & 0x60) == 0u);
  cause();
  BOOST_TEST(!irq);
  room = 100;
  chip.output_possible();
  BOOST_TEST(out == "abcdefghijklmnopq");  // one, and the 16 of the FIFO; the rest was lost
  BOOST_TEST((lsr() & 0x60) == 0x60u);
  BOOST_TEST(irq);
}

BOOST_FIXTURE_TEST_CASE(received_data_interrupts_at_the_trigger_level, Port) {
  chip.write(kFcr, 0x81);  // FIFO, trigger at 8
  chip.write(kIer, 1);
  type("1234567");
  BOOST_TEST(!irq);
  type("8");
  BOOST_TEST(irq);
  BOOST_TEST(cause() == 4u);
  BOOST_TEST((chip.read(kIir) & 0xc0) == 0xc0);
  chip.read(kData);
  BOOST_TEST(!irq);
}

BOOST_FIXTURE_TEST_CASE(fewer_bytes_interrupt_after_four_frames_of_silence, Port) {
  chip.write(kLcr, 0x03);  // 8 data bits, no parity, 1 stop bit
  chip.write(kFcr, 0xc1);
  chip.write(kIer, 1);
  type("12");
  BOOST_TEST(timeout_bits == 40u);
  BOOST_TEST(!irq);
  chip.receive_timeout();
  BOOST_TEST(irq);
  BOOST_TEST(cause() == 0xcu);
  chip.read(kData);
  BOOST_TEST(!irq);
  BOOST_TEST(timeout_bits == 40u);  // one byte is left: again
  chip.read(kData);
  BOOST_TEST(timeout_bits == 0u);
  chip.receive_timeout();
  BOOST_TEST(!irq);
}

BOOST_FIXTURE_TEST_CASE(the_frame_has_stop_and_parity_bits, Port) {
  chip.write(kFcr, 1);
  chip.write(kLcr, 0x04 | 0x08);  // 5 data bits, 2 stop bits, parity
  type("1");
  BOOST_TEST(timeout_bits == 4 * (1 + 5 + 1 + 2u));
}

BOOST_FIXTURE_TEST_CASE(input_beyond_the_fifo_waits_on_the_line, Port) {
  chip.write(kFcr, 1);
  type("0123456789abcdefXYZ");
  BOOST_TEST(in == "XYZ");
  std::string got;
  while (lsr() & 1) got += static_cast<char>(chip.read(kData));
  BOOST_TEST(got == "0123456789abcdefXYZ");
}

BOOST_FIXTURE_TEST_CASE(without_fifo_one_byte_waits, Port) {
  chip.write(kIer, 1);
  type("ab");
  BOOST_TEST(in == "b");
  BOOST_TEST(irq);
  BOOST_TEST((chip.read(kIir) & 0xc0) == 0);
  BOOST_TEST(chip.read(kData) == 'a');
  BOOST_TEST(irq);  // the next one has come
}

BOOST_FIXTURE_TEST_CASE(fifo_control_clears_fifos, Port) {
  chip.write(kFcr, 1);
  type("abc");
  chip.write(kFcr, 0x03);
  BOOST_TEST((lsr() & 1) == 0u);
  room = 0;
  chip.write(kData, 'x');
  BOOST_TEST((lsr() & 0x20) == 0u);
  chip.write(kFcr, 0x05);
  BOOST_TEST((lsr() & 0x20) == 0x20u);
  type("d");
  chip.write(kFcr, 0);  // switching it off clears it, too
  BOOST_TEST((lsr() & 1) == 0u);
}

BOOST_FIXTURE_TEST_CASE(loop_back_returns_bytes_and_modem_outputs, Port) {
  chip.write(kMcr, 0x10);
  type("outside");
  BOOST_TEST((lsr() & 1) == 0u);
  chip.write(kData, 'L');
  BOOST_TEST(out.empty());
  BOOST_TEST(chip.read(kData) == 'L');
  chip.write(kMcr, 0x10 | 0x0a);  // the probe that Linux makes: RTS and OUT2
  BOOST_TEST((chip.read(kMsr) & 0xf0) == 0x90);
  chip.write(kMcr, 0);
  BOOST_TEST(chip.read(kData) == 'o');
  BOOST_TEST((chip.read(kMsr) & 0xf0) == 0xb0);
}

BOOST_FIXTURE_TEST_CASE(loop_back_overruns_are_reported_and_interrupt_first, Port) {
  chip.write(kMcr, 0x10);
  chip.write(kIer, 0x05);
  chip.write(kData, 'a');
  chip.write(kData, 'b');
  BOOST_TEST(cause() == 6u);
  BOOST_TEST((lsr() & 2) == 2u);
  BOOST_TEST((lsr() & 2) == 0u);  // cleared by reading
  BOOST_TEST(cause() == 4u);
  BOOST_TEST(chip.read(kData) == 'b');
}

BOOST_FIXTURE_TEST_CASE(modem_changes_are_noted_until_read, Port) {
  chip.write(kIer, 8);
  chip.read(kMsr);
  chip.set_connected(false);
  BOOST_TEST(irq);
  BOOST_TEST(cause() == 0u);
  BOOST_TEST(chip.read(kMsr) == 0x0b);  // CTS, DSR and carrier have changed
  BOOST_TEST(!irq);
  BOOST_TEST(chip.read(kMsr) == 0);
}

BOOST_FIXTURE_TEST_CASE(only_the_end_of_ringing_counts, Port) {
  chip.write(kMcr, 0x10);
  chip.read(kMsr);
  chip.write(kMcr, 0x14);
  BOOST_TEST((chip.read(kMsr) & 0x4f) == 0x40);
  chip.write(kMcr, 0x10);
  BOOST_TEST((chip.read(kMsr) & 0x4f) == 0x04);
}

BOOST_FIXTURE_TEST_CASE(a_break_is_a_zero_with_an_error, Port) {
  chip.write(kFcr, 1);
  chip.write(kIer, 5);
  chip.receive_break();
  BOOST_TEST(cause() == 6u);
  const unsigned status = lsr();
  BOOST_TEST((status & 0x91) == 0x91u);
  BOOST_TEST(chip.read(kData) == 0);
  BOOST_TEST((lsr() & 0x91) == 0u);
}

BOOST_FIXTURE_TEST_CASE(any_accesses_leave_it_working, Port) {
  std::uint32_t state = 7;
  for (int i = 0; i < 200000; ++i) {
    state = state * 1664525 + 1013904223;
    room = 4;
    if (state & 0x100000)
      chip.write(state >> 8 & 7, static_cast<std::uint8_t>(state >> 24));
    else
      chip.read(state >> 8 & 7);
    if ((state & 0x7000) == 0) type("x");
    if ((state & 0x70000) == 0) chip.receive_timeout();
    if ((state & 0x7f0000) == 0) chip.receive_break();
  }
  in.clear();
  chip.reset();
  out.clear();
  room = 10;
  chip.write(kFcr, 7);
  chip.write(kData, 'k');
  BOOST_TEST(out == "k");
}
