// SPDX-License-Identifier: Apache-2.0
#include "kit/reg.h"

#include "support/sim.h"

using namespace ringside;

namespace {

struct Device : Model {
  Device(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    port.on_transport(bank.transport());
    port.set_bound();
    command.on_write([this](std::uint8_t value) { commands.push_back(value); });
    status.on_read([this] { return static_cast<std::uint32_t>(0x100 + ++reads); });
  }
  // Out of order on purpose: the bank sorts.
  RegisterBank bank{this, "regs", "registers of the device"};
  Register<std::uint64_t> wide{&bank, "WIDE", 0x10, RegAccess::ReadWrite, 0x1122334455667788, "wide"};
  Register<std::uint32_t> data{&bank, "DATA", 0x00, RegAccess::ReadWrite, 0xaabbccdd, "data"};
  Register<std::uint32_t> status{&bank, "STATUS", 0x04, RegAccess::ReadOnly, 0, "status"};
  Register<std::uint8_t> command{&bank, "COMMAND", 0x08, RegAccess::WriteOnly, 0, "command"};
  MmioPort port{this, "port", "base", Address{0}, 0x20, "registers"};
  std::vector<unsigned> commands;
  unsigned reads = 0;
};

void register_types(Registry& registry) { registry.add<Model, Device>("device", "has registers"); }

struct Setup : test::Sim {
  Setup() : test::Sim("children: {d: {type: device}}", register_types), d(model<Device>("d")) {}
  Device& d;
};

}  // namespace

SIM_TEST_CASE(registers_are_sorted_and_described) {
  Setup s;
  const auto& all = s.d.bank.registers();
  BOOST_REQUIRE_EQUAL(all.size(), 4u);
  BOOST_TEST(all[0]->name() == std::string("DATA"));
  BOOST_TEST(all[3]->name() == std::string("WIDE"));
  BOOST_TEST(all[3]->width() == 8u);
}

SIM_TEST_CASE(registers_are_read_in_parts_and_across) {
  Setup s;
  BOOST_TEST(s.d.bank.read(0, 4) == 0xaabbccddu);
  BOOST_TEST(s.d.bank.read(1, 2) == 0xbbccu);
  BOOST_TEST(s.d.bank.read(0x14, 4) == 0x11223344u);
  BOOST_TEST(s.d.bank.read(0, 8) == 0x00000101'aabbccddu);
  BOOST_TEST(s.d.bank.read(0x09, 4) == 0u);   // a hole
  BOOST_TEST(s.d.bank.read(0x08, 1) == 0u);   // write only
  BOOST_TEST(s.d.bank.read(0x1e, 8) == 0u);   // past the end
}

SIM_TEST_CASE(registers_are_written_in_parts) {
  Setup s;
  s.d.bank.write(2, 1, 0x55);
  BOOST_TEST(s.d.data.value() == 0xaa55ccddu);
  s.d.bank.write(0x12, 4, 0xdeadbeef);
  BOOST_TEST(s.d.wide.value() == 0x1122dead'beef7788u);
  s.d.bank.write(4, 4, 1);  // read only
  BOOST_TEST(s.d.bank.read(4, 4) == 0x101u);
  s.d.bank.write(8, 4, 0x12345642);  // one byte of it is the register
  BOOST_REQUIRE_EQUAL(s.d.commands.size(), 1u);
  BOOST_TEST(s.d.commands[0] == 0x42u);
  s.d.bank.reset();
  BOOST_TEST(s.d.data.value() == 0xaabbccddu);
}

SIM_TEST_CASE(a_bank_answers_transactions) {
  Setup s;
  const MmioPort::Transport transport = s.d.bank.transport();
  std::uint8_t bytes[16] = {0x01, 0x02, 0x03, 0x04};
  tlm::tlm_generic_payload payload;
  sc_core::sc_time delay;
  payload.set_data_ptr(bytes);
  payload.set_address(0);
  payload.set_data_length(4);
  payload.set_write();
  transport(payload, delay);
  BOOST_TEST(payload.is_response_ok());
  BOOST_TEST(s.d.data.value() == 0x04030201u);
  payload.set_read();
  payload.set_address(1);
  payload.set_data_length(1);
  transport(payload, delay);
  BOOST_TEST(bytes[0] == 0x02);
  for (unsigned length : {0u, 9u, 16u}) {
    payload.set_data_length(length);
    transport(payload, delay);
    BOOST_TEST((payload.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE));
  }
}
