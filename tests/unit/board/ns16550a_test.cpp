// SPDX-License-Identifier: Apache-2.0
#include "board/ns16550a.h"

#include "bus/bus.h"
#include "irq/plic.h"
#include "support/bus_master.h"
#include "support/sim.h"

using namespace ringside;
using sc_core::sc_time;
using test::BusMaster;

namespace {

constexpr std::uint64_t kBase = 0x10000000;

struct TestChar : backend::CharBackend {
  using CharBackend::CharBackend;
  std::size_t write(const std::uint8_t* data, std::size_t bytes) override {
    out.append(reinterpret_cast<const char*>(data), bytes);
    return bytes;
  }
  void type(const std::string& text) {
    put_input(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  void hang_up() {
    set_open(true);
    set_open(false);
  }
  void send_break() { got_break(); }
  std::string out;
};

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ns16550a>("ns16550a", "uart");
  registry.add<Model, Plic>("plic", "interrupts");
  registry.add<backend::CharBackend, TestChar>("test", "driven by the test");
  test::register_bus_models(registry);
}

struct Board : test::Sim {
  Board()
      : Sim("children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
            "      plic: {type: plic}\n"
            "      uart: {type: ns16550a, base: 0x10000000, irq: 10, backend: test}\n"
            "      second: {type: ns16550a, base: 0x10000100, backend: test}\n",
            register_types) {
    run(sc_core::SC_ZERO_TIME);
  }
  std::uint8_t read(unsigned reg) { return master.read<std::uint8_t>(kBase + reg); }
  void write(unsigned reg, std::uint8_t value) { master.write<std::uint8_t>(kBase + reg, value); }
  BusMaster& master = model<BusMaster>("bus.m");
  Ns16550a& uart = model<Ns16550a>("bus.uart");
  TestChar& line = model<TestChar>("bus.uart.backend");
};

}  // namespace

SIM_TEST_CASE(bytes_pass_between_bus_and_back_end) {
  Board board;
  board.write(0, 'h');
  board.write(0, 'i');
  BOOST_TEST(board.line.out == "hi");
  board.line.type("yo");
  BOOST_TEST(board.read(0) == 'y');
  BOOST_TEST(board.read(0) == 'o');
  BOOST_TEST(board.uart.sent.value() == 2u);
  BOOST_TEST(board.uart.received.value() == 2u);
}

SIM_TEST_CASE(input_raises_the_interrupt) {
  Board board;
  board.write(1, 1);
  board.line.type("x");
  BOOST_TEST(board.uart.irq.level());
  board.read(0);
  BOOST_TEST(!board.uart.irq.level());
}

SIM_TEST_CASE(the_receive_timeout_takes_four_frames_at_the_bit_rate) {
  Board board;
  board.write(3, 0x83);
  board.write(0, 2);  // 3.6864 MHz / 16 / 2 = 115200 bit/s
  board.write(1, 0);
  board.write(3, 0x03);
  board.write(2, 0xc1);
  board.write(1, 1);
  board.line.type("x");
  board.run(sc_time(347, sc_core::SC_US));  // 40 bits take 347.2 us
  BOOST_TEST(!board.uart.irq.level());
  board.run(sc_time(1, sc_core::SC_US));
  BOOST_TEST(board.uart.irq.level());
  BOOST_TEST(board.read(2) == 0xcc);
}

SIM_TEST_CASE(hanging_up_and_breaks_reach_the_status_registers) {
  Board board;
  board.read(6);
  board.line.hang_up();
  BOOST_TEST((board.read(6) & 0xb0) == 0);
  board.line.send_break();
  BOOST_TEST((board.read(5) & 0x11) == 0x11);
}

SIM_TEST_CASE(accesses_beyond_the_registers_read_zero) {
  Board board;
  BOOST_TEST(board.read(8) == 0);
  BOOST_TEST(board.read(0xff) == 0);
  board.write(8, 1);
  BOOST_TEST(board.line.out.empty());
}

SIM_TEST_CASE(a_reset_silences_the_interrupt) {
  Board board;
  board.write(1, 2);
  BOOST_TEST(board.uart.irq.level());
  board.platform.request_reset();
  board.run(sc_time(1, sc_core::SC_NS));
  BOOST_TEST(!board.uart.irq.level());
  BOOST_TEST(board.read(1) == 0);
}

SIM_TEST_CASE(the_first_serial_port_is_the_console) {
  Board board;
  DeviceTree tree;
  board.uart.device_tree(tree);
  board.model<Ns16550a>("bus.second").device_tree(tree);
  const std::string expected = "/soc/serial@10000000";
  const auto& path = tree.chosen().find_property("stdout-path")->value;
  BOOST_TEST(std::string(path.begin(), path.end() - 1) == expected);
  const auto& alias = tree.root().find("aliases")->find_property("serial0")->value;
  BOOST_TEST(std::string(alias.begin(), alias.end() - 1) == expected);
  BOOST_TEST(tree.soc().find("serial@10000000")->find_property("interrupts"));
  BOOST_TEST(!tree.soc().find("serial@10000100")->find_property("interrupts"));
}
