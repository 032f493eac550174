// SPDX-License-Identifier: Apache-2.0
// Interrupts by wire: counted at the device, delayed on the wire, charged to the hart that the controller signals.
#include "bus/bus.h"
#include "irq/aplic.h"
#include "irq/imsic.h"
#include "irq/plic.h"
#include "support/bus_master.h"
#include "support/sim.h"
#include "vmexit/ledger.h"

using namespace ringside;
using namespace ringside::vmexit;
using sc_core::SC_NS;
using sc_core::sc_time;
using test::BusMaster;
using test::FakeHarts;

namespace {

struct Device : Model {
  Device(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    if (relays) irq.relay();
  }
  Param<bool> relays{this, "relays", false, "carries others' interrupts"};
  IrqOut irq{this, "irq", "two wires", 2};
};

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Plic>("plic", "wired");
  registry.add<Model, Aplic>("aplic", "wired");
  registry.add<Model, Imsic>("imsic", "messages");
  registry.add<Model, Device>("device", "has wires");
  registry.add<ExitLedger, Ledger>("vm-exits", "ledger");
  test::register_bus_models(registry);
}

constexpr const char* kPlic = "plic: {type: plic, base: 0xc000000}";

std::string yaml(const std::string& accuracy, const std::string& controllers, const std::string& device) {
  return "accuracy: " + accuracy +
         "\nexits: {type: vm-exits, costs: {classes: {interrupt: {to: kernel, vcpu: 1us, delay: 700ns}}}}\n"
         "children:\n  bus:\n    type: bus\n    children:\n      m: {type: test-master}\n"
         "      h: {type: test-harts, count: 2}\n      d: {type: device, irq: 10" +
         device + "}\n      " + controllers + "\n";
}

struct Board : test::Sim {
  explicit Board(const std::string& accuracy = "timed", const std::string& controllers = kPlic,
                 const std::string& device = "")
      : Sim(yaml(accuracy, controllers, device), register_types) {
    run(sc_time(1, SC_NS));
  }
  /// Both sources for the supervisor of hart 1.
  void open_plic() {
    master.write32(0xc000000 + 4 * 10, 1);
    master.write32(0xc000000 + 4 * 11, 1);
    master.write32(0xc000000 + 0x2000 + 0x80 * 3, 3u << 10);
  }
  std::uint32_t claim() { return master.read32(0xc000000 + 0x200004 + 0x1000 * 3); }
  bool signalled() { return hart1.level(HartIrq::SupervisorExternal); }
  BusMaster& master = model<BusMaster>("bus.m");
  Device& device = model<Device>("bus.d");
  Ledger& ledger = model<Ledger>("exits");
  FakeHarts::Hart& hart0 = model<FakeHarts>("bus.h").all[0];
  FakeHarts::Hart& hart1 = model<FakeHarts>("bus.h").all[1];
};

}  // namespace

SIM_TEST_CASE(a_wire_rises_later_and_costs_the_hart_that_is_signalled) {
  Board b;
  b.open_plic();
  b.device.irq.set(true);
  b.run(sc_time(699, SC_NS));
  BOOST_TEST(!b.signalled());
  BOOST_TEST(b.hart1.lost == sc_core::SC_ZERO_TIME);
  b.run(sc_time(2, SC_NS));
  BOOST_TEST(b.signalled());
  BOOST_TEST(b.hart1.lost == sc_time(1000, SC_NS));
  BOOST_TEST(b.hart0.lost == sc_core::SC_ZERO_TIME);
  BOOST_TEST(b.ledger.exits.value() == 1u);
  BOOST_TEST(b.ledger.vcpu_time.value() == 1000u);
}

SIM_TEST_CASE(a_wire_falls_at_once) {
  Board b;
  b.open_plic();
  b.device.irq.set(true);
  b.run(sc_time(1, sc_core::SC_US));
  BOOST_TEST(b.claim() == 10u);
  b.device.irq.set(false);
  b.master.write32(0xc000000 + 0x200004 + 0x1000 * 3, 10);
  BOOST_TEST(!b.signalled(), "it would be high again");
  BOOST_TEST(b.hart1.lost == sc_time(1000, SC_NS));
}

SIM_TEST_CASE(a_wire_that_falls_in_time_signals_nobody) {
  Board b;
  b.open_plic();
  b.device.irq.set(true);
  b.run(sc_time(100, SC_NS));
  b.device.irq.set(false);
  b.run(sc_time(5, sc_core::SC_US));
  BOOST_TEST(b.hart1.rises[HartIrq::SupervisorExternal] == 0u);
  BOOST_TEST(b.hart1.lost == sc_core::SC_ZERO_TIME);
}

SIM_TEST_CASE(each_wire_has_its_own_time) {
  Board b;
  b.open_plic();
  b.device.irq.set(true, 0);
  b.run(sc_time(300, SC_NS));
  b.device.irq.set(true, 1);
  b.run(sc_time(500, SC_NS));
  BOOST_TEST(b.claim() == 10u);
  BOOST_TEST(b.claim() == 0u, "the second is on its way");
  b.run(sc_time(300, SC_NS));
  BOOST_TEST(b.claim() == 11u);
  BOOST_TEST(b.hart1.lost == sc_time(2000, SC_NS));
  BOOST_TEST(b.ledger.exits.value() == 2u);
}

SIM_TEST_CASE(an_interrupt_beside_one_that_waits_costs_nothing_more) {
  Board b;
  b.open_plic();
  b.device.irq.set(true, 0);
  b.device.irq.set(true, 1);
  b.run(sc_time(1, sc_core::SC_US));
  BOOST_TEST(b.claim() == 10u);
  BOOST_TEST(b.claim() == 11u);
  BOOST_TEST(b.hart1.lost == sc_time(1000, SC_NS));
}

SIM_TEST_CASE(what_is_relayed_has_been_counted) {
  Board b("timed", kPlic, ", relays: true");
  b.open_plic();
  b.device.irq.set(true);
  b.run(sc_time(699, SC_NS));
  BOOST_TEST(!b.signalled());
  b.run(sc_time(2, SC_NS));
  BOOST_TEST(b.signalled());
  BOOST_TEST(b.hart1.lost == sc_time(1000, SC_NS));
  BOOST_TEST(b.ledger.exits.value() == 0u);
}

SIM_TEST_CASE(a_functional_run_counts_wires_and_charges_nothing) {
  Board b("functional");
  b.open_plic();
  b.device.irq.set(true);
  BOOST_TEST(b.signalled());
  BOOST_TEST(b.hart1.lost == sc_core::SC_ZERO_TIME);
  BOOST_TEST(b.ledger.exits.value() == 1u);
}

SIM_TEST_CASE(a_message_for_a_wire_is_delayed_once_and_charged) {
  Board b("timed", "imsic: {type: imsic}\n      aplic: {type: aplic, base_m: 0xc000000, base_s: 0xd000000, delivery: msi}");
  InterruptFile& file = *b.hart1.supervisor;
  file.write(0x70, 1);
  file.write(0xc0, ~std::uint64_t{0});
  constexpr std::uint64_t kRoot = 0xc000000, kChild = 0xd000000;
  b.master.write32(kRoot + 0x1bc0, 0x24000);     // mmsiaddrcfg: page of hart 0
  b.master.write32(kRoot + 0x1bc4, 1u << 12);    // and of the others
  b.master.write32(kRoot + 0x1bc8, 0x28000);     // smsiaddrcfg
  b.master.write32(kRoot + 4 * 10, 1 << 10);     // delegated
  b.master.write32(kRoot, 1 << 8);               // interrupts on
  b.master.write32(kChild + 4 * 10, 6);          // level high
  b.master.write32(kChild + 0x3000 + 4 * 10, 1u << 18 | 33u);  // hart 1, identity 33
  b.master.write32(kChild + 0x1edc, 10);
  b.master.write32(kChild, 1 << 8);
  b.device.irq.set(true);
  b.run(sc_time(699, SC_NS));
  BOOST_TEST(!b.signalled());
  b.run(sc_time(2, SC_NS));
  BOOST_TEST(b.signalled());
  BOOST_TEST(file.top() >> 16 == 33u);
  BOOST_TEST(b.hart1.lost == sc_time(1000, SC_NS));
  BOOST_TEST(b.ledger.exits.value() == 1u);
}
