// SPDX-License-Identifier: Apache-2.0
// The model rv64 in a simulation: time, interrupts, sleep, DMA to code, reset, configuration.
#define BOOST_TEST_MODULE cpu_rv64
#include "cpu/rv64.h"

#include <boost/test/unit_test.hpp>

#include "asm.h"
#include "bus/bus.h"
#include "irq/aclint.h"
#include "kit/device_tree.h"
#include "memory/ram.h"
#include "support/bus_master.h"
#include "support/sim.h"
#include "vmexit/ledger.h"

using namespace ringside;
using namespace ringside::cpu::as;
using sc_core::sc_time;
namespace csr = ringside::cpu::csr;

namespace {

constexpr uint64_t kRam = 0x80000000;
constexpr uint64_t kDevice = 0x10000000;
constexpr uint32_t kMtimecmp = 0x2004000;

const sc_time kNs(1, sc_core::SC_NS);
const sc_time kUs(1, sc_core::SC_US);

/// Notes when it is written, and raises an interrupt of hart 0 some time later. It can work for so long
/// on a write while the hart waits.
struct Probe : Model, Server {
  Probe(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Probe);
    SC_METHOD(raise);
    sensitive << due;
    dont_initialize();
    SC_METHOD(stop);
    sensitive << later;
    dont_initialize();
    window.on_transport([this](tlm::tlm_generic_payload& payload, sc_time& delay) {
      times.push_back(sc_core::sc_time_stamp() + delay);
      std::memset(payload.get_data_ptr(), 0, payload.is_read() ? payload.get_data_length() : 0);
      if (payload.is_write() && interrupt_after != sc_core::SC_ZERO_TIME)
        due.notify(interrupt_after);
      if (payload.is_write() && work != sc_core::SC_ZERO_TIME) {
        auto* tag = payload.get_extension<TransactionTag>();
        tag->target = this;
        tag->region = Region::Notify;
        tag->server = this;
        rests_at = sc_core::sc_time_stamp() + work;
        rest.notify(work / 2);  // not yet
        later.notify(work);
      }
      delay += latency;
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    });
  }
  void raise() {
    raised = sc_core::sc_time_stamp();
    platform().find_first<HartContainer>()->harts()[0]->set_irq(HartIrq::MachineExternal, true);
  }
  void stop() { rest.notify(sc_core::SC_ZERO_TIME); }
  bool at_work() const override { return sc_core::sc_time_stamp() < rests_at; }
  const sc_core::sc_event& rest_event() const override { return rest; }
  MmioPort window{this, "window", "base", 0x1000, "where"};
  sc_time work, rests_at;
  sc_core::sc_event rest, later;
  std::vector<sc_time> times;
  sc_time interrupt_after;
  sc_time latency;
  sc_time raised;
  sc_core::sc_event due;
};

/// Puts the program of the test into memory at each reset.
struct Loader : Model {
  Loader(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
  void reset() override {
    ++resets;
    for (const auto& [at, words] : parts) {
      std::vector<uint32_t> copy = words;
      tlm::tlm_generic_payload payload;
      payload.set_command(tlm::TLM_WRITE_COMMAND);
      payload.set_address(at);
      payload.set_data_ptr(reinterpret_cast<unsigned char*>(copy.data()));
      payload.set_data_length(static_cast<unsigned>(4 * copy.size()));
      port.socket->transport_dbg(payload);
    }
  }
  InitiatorPort port{this, "port", "loads"};
  std::vector<std::pair<uint64_t, std::vector<uint32_t>>> parts;
  int resets = 0;
};

void register_types(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "memory");
  registry.add<Model, Aclint>("aclint", "timer");
  registry.add<Model, cpu::Rv64>("rv64", "harts");
  registry.add<ExitLedger, vmexit::Ledger>("vm-exits", "ledger");
  registry.add<Model, Probe>("probe", "device");
  registry.add<Model, Loader>("loader", "program");
  test::register_bus_models(registry);
}

std::string yaml(const std::string& cpu) {
  return "children:\n  bus:\n    type: bus\n    children:\n      cpu: {type: rv64, reset_vector: "
         "0x80000000" +
         cpu +
         "}\n"
         "      ram: {type: ram, base: 0x8000_0000, size: 1MiB}\n"
         "      aclint: {type: aclint, base: 0x200_0000}\n"
         "      probe: {type: probe, base: 0x1000_0000}\n"
         "      m: {type: test-master}\n"
         "      loader: {type: loader}\n";
}

struct Board : test::Sim {
  explicit Board(const std::vector<uint32_t>& words, const std::string& cpu = "",
                 const std::string& machine = "")
      : Sim(machine + yaml(cpu), register_types) {
    loader.parts.push_back({kRam, words});
  }
  uint64_t reg(unsigned index, unsigned hart = 0) { return cpu.core(hart).reg(index); }
  cpu::Rv64& cpu = model<cpu::Rv64>("bus.cpu");
  Probe& probe = model<Probe>("bus.probe");
  Loader& loader = model<Loader>("bus.loader");
  test::BusMaster& master = model<test::BusMaster>("bus.m");
};

}  // namespace

SIM_TEST_CASE(a_device_is_reached_at_the_exact_time_and_without_delay) {
  Board b({lui(s0, kDevice), nop(), nop(), sw(zero, s0, 0), nop(), lw(a0, s0, 0), jal(zero, 0)});
  b.run(kUs);
  BOOST_REQUIRE(b.probe.times.size() == 2u);
  BOOST_TEST(b.probe.times[0] == 3 * kNs);
  BOOST_TEST(b.probe.times[1] == 5 * kNs);
}

SIM_TEST_CASE(a_slow_device_stalls_the_hart) {
  Board b(
      {lui(s0, kDevice), sw(zero, s0, 0), csrr(a0, csr::kMcycle), sw(zero, s0, 0), jal(zero, 0)});
  b.probe.latency = 100 * kNs;
  b.run(kUs);
  BOOST_REQUIRE(b.probe.times.size() == 2u);
  BOOST_TEST(b.reg(a0) == 102u);
  BOOST_TEST(b.probe.times[1] == 103 * kNs);
}

SIM_TEST_CASE(a_hart_waits_for_a_back_end_that_works_inside_of_its_exit) {
  Board b({lui(s0, kDevice), csrr(a0, csr::kMcycle), sw(zero, s0, 0), csrr(a1, csr::kMcycle), jal(zero, 0)}, "",
          "accuracy: timed\nexits: {type: vm-exits, costs: {classes: {notify: {to: user, vcpu: 300ns}}}}\n");
  b.probe.work = 4 * kUs;
  b.run(10 * kUs);
  const uint64_t inside = b.reg(a1) - b.reg(a0);
  BOOST_TEST(inside >= 4300u);
  BOOST_TEST(inside < 4310u, "and the bus");
  BOOST_TEST(b.model<vmexit::Ledger>("exits").vcpu_time.value() == 4300u);
}

SIM_TEST_CASE(memory_that_was_given_back_costs_its_first_touch) {
  Board b({auipc(s0, 0x10000), auipc(s1, 0x11000), auipc(s2, 0x12000), csrr(a0, csr::kMcycle),
           sw(zero, s0, 0), csrr(a1, csr::kMcycle), lw(t0, s0, 64), csrr(a2, csr::kMcycle),
           lw(t0, s1, 0), csrr(a3, csr::kMcycle), lw(t0, s2, 0), csrr(a4, csr::kMcycle),
           jal(zero, 0)},
          "",
          "accuracy: timed\nexits: {type: vm-exits, costs: {classes: {page_fault: {to: kernel, "
          "vcpu: 300ns}}}}\n");
  Ram& ram = b.model<Ram>("bus.ram");
  BOOST_REQUIRE(ram.discard(0x10000, 0x3000));
  b.master.write32(kRam + 0x12000, 1);  // a device's back end touches the third
  b.run(10 * kUs);
  const uint64_t none = b.reg(a2) - b.reg(a1);
  BOOST_TEST(none < 10u);
  BOOST_TEST(b.reg(a1) - b.reg(a0) == none + 300);
  BOOST_TEST(b.reg(a3) - b.reg(a2) == none + 300);
  BOOST_TEST(b.reg(a4) - b.reg(a3) == none);
  vmexit::Ledger& ledger = b.model<vmexit::Ledger>("exits");
  BOOST_TEST(ledger.kernel_exits.value() == 2u);
  // And what leaves while the hart has pointers to it.
  BOOST_REQUIRE(ram.discard(0, 0x1000));
  b.run(1000 * kUs);
  BOOST_TEST(ledger.kernel_exits.value() == 3u, "the page of the program itself");
}

SIM_TEST_CASE(the_clock_and_the_timing_profile_set_the_pace) {
  Board b({lui(s0, kDevice), r_type(0x33, 0, 1, a0, a0, a0), sw(zero, s0, 0), jal(zero, 0)},
          ", clock: 500MHz, timing: {mul: 4, alu: 2}");
  b.run(kUs);
  BOOST_REQUIRE(b.probe.times.size() == 1u);
  BOOST_TEST(b.probe.times[0] == 12 * kNs);
}

// The quantum is 100 us, but the hart never runs past what a device has scheduled.
SIM_TEST_CASE(an_interrupt_lands_when_it_is_due) {
  Board b({auipc(t0, 0), addi(t0, t0, 44), csrw(csr::kMtvec, t0), lui(t1, 0x1000),
           addiw(t1, t1, -2048), csrw(csr::kMie, t1), lui(s0, kDevice),
           csrrwi(zero, csr::kMstatus, 8), sw(zero, s0, 0), addi(a0, a0, 1), jal(zero, -4),
           csrr(a1, csr::kMcycle), jal(zero, 0)});
  b.probe.interrupt_after = 5 * kUs;
  b.run(50 * kUs);
  BOOST_TEST(b.probe.raised > 5 * kUs);
  const sc_time taken = static_cast<double>(b.reg(a1)) * kNs;
  BOOST_TEST(taken >= b.probe.raised);
  BOOST_TEST(taken < b.probe.raised + 10 * kNs);
}

SIM_TEST_CASE(a_sleeping_hart_is_woken_by_the_timer) {
  Board b({lui(s0, kMtimecmp), li(t0, 100), sd(t0, s0, 0), li(t1, 128), csrw(csr::kMie, t1), wfi(),
           lui(s1, kDevice), sw(zero, s1, 0), jal(zero, 0)});
  b.run(50 * kUs);  // 100 ticks of 10 MHz are 10 us
  BOOST_REQUIRE(b.probe.times.size() == 1u);
  BOOST_TEST(b.probe.times[0] >= 10 * kUs);
  BOOST_TEST(b.probe.times[0] < 10 * kUs + 20 * kNs);
  b.platform.finish();
  BOOST_TEST(b.cpu.core(0).stats().wfi == 1u);
}

SIM_TEST_CASE(decoded_code_follows_dma) {
  Board b({addi(a0, a0, 1), jal(zero, -4)});
  b.run(10 * kUs);
  const uint64_t before = b.reg(a0);
  BOOST_TEST(before > 1000u);
  b.master.write<uint32_t>(kRam, addi(a0, zero, 7));
  b.run(200 * kUs);
  BOOST_TEST(b.reg(a0) == 7u);
}

// Hart 1 waits for a word from hart 0 and answers; neither has a wait of its own.
SIM_TEST_CASE(harts_talk_through_memory) {
  Board b({csrr(t0, csr::kMhartid), lui(s0, kRam), slli(s0, s0, 32), srli(s0, s0, 32),
           addi(s0, s0, 1024), bne(t0, zero, 24),
           // hart 0: count up when the answer is there
           lw(a1, s0, 4), bne(a1, a0, -4), addi(a0, a0, 1), sw(a0, s0, 0), jal(zero, -16),
           // hart 1: copy
           lw(a0, s0, 0), sw(a0, s0, 4), jal(zero, -8)},
          ", harts: 2");
  // a0 is the hart's number at reset; both words are 0.
  b.run(5000 * kUs);
  BOOST_TEST(b.reg(a0, 0) >= 20u);
  BOOST_TEST(b.reg(a0, 1) + 1 >= b.reg(a0, 0));
}

SIM_TEST_CASE(a_reset_starts_again) {
  // The timer is due in 100 ms, so that the platform does not end while its only hart sleeps.
  Board b({addi(a1, a1, 1), csrr(a2, csr::kMcycle), lui(s0, kMtimecmp), lui(t0, 0x100000),
           sd(t0, s0, 0), wfi(), jal(zero, 0)});
  b.run(10 * kUs);
  BOOST_TEST(b.reg(a1) == 1u);
  BOOST_TEST(b.cpu.core(0).waiting());
  b.platform.request_reset();
  b.run(10 * kUs);
  BOOST_TEST(b.loader.resets == 2);
  BOOST_TEST(b.reg(a1) == 1u);
  BOOST_TEST(b.reg(a2) == 1u);
}

SIM_TEST_CASE(mistakes_in_a_timing_profile_are_reported) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(
      "children:\n  a: {type: rv64, timing: {mull: 3}}\n  b: {type: rv64, timing: {mul: 0}}\n"
      "  c: {type: rv64, timing: nowhere.yaml}\n  d: {type: rv64, harts: 9}\n",
      "x.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("did you mean 'mul'?") != std::string::npos, text);
  BOOST_TEST(text.find("expected a number from 1 to 60000") != std::string::npos, text);
  BOOST_TEST(text.find("nowhere.yaml") != std::string::npos, text);
  BOOST_TEST(text.find("1 to 8") != std::string::npos, text);
}

SIM_TEST_CASE(the_device_tree_names_the_harts) {
  Board b({jal(zero, 0)}, ", harts: 2, mmu: sv39, svadu: false");
  DeviceTree tree;
  b.cpu.device_tree(tree);
  const DeviceTreeNode* cpus = tree.root().find("cpus");
  BOOST_REQUIRE(cpus);
  const DeviceTreeNode* one = cpus->find("cpu@1");
  BOOST_REQUIRE(one);
  BOOST_TEST(one->find("interrupt-controller") != nullptr);
  const auto text = [&](const char* name) {
    const DeviceTreeNode::Property* p = one->find_property(name);
    BOOST_REQUIRE(p);
    return std::string(p->value.begin(), p->value.end());
  };
  BOOST_TEST(text("mmu-type") == std::string("riscv,sv39") + '\0');
  BOOST_TEST(text("riscv,isa").find("rv64imafdc_") == 0u);
  BOOST_TEST(text("riscv,isa").find("sstc") != std::string::npos);
  BOOST_TEST(text("riscv,isa").find("svadu") == std::string::npos);
  BOOST_TEST(text("riscv,isa").find("ssaia") == std::string::npos);
}
