// SPDX-License-Identifier: Apache-2.0
#include "vmexit/ledger.h"

#include <map>

#include "support/pci.h"
#include "support/steps.h"
#include "unit/virtio-pci/bench.h"

using namespace ringside;
using namespace ringside::vmexit;
using ringside::test::Guest;
using ringside::test::VirtioBench;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

namespace {

void register_models(Registry& registry) {
  test::register_virtio_pci_models(registry);
  registry.add<ExitLedger, Ledger>("vm-exits", "ledger");
}

std::string profile(const std::string& more) {
  return "exits: {type: vm-exits, costs: {" + more + "kernel_exit: 500ns, user_exit: 2us, wake_warm: 5us, "
    "wake_asleep: 50us, asleep_after: 100us, classes: {notify: {to: kernel, delay: 1us}, "
    "common_read: user, common_write: user, isr_read: user, config_read: user, msix_write: user, "
    "interrupt: {to: kernel, vcpu: 1us, backend: 300ns, delay: 700ns}, timer: kernel}}}\n";
}

struct Bench {
  explicit Bench(const std::string& accuracy = "timed", const std::string& more = "")
      : sim(test::virtio_platform("", "", false, "accuracy: " + accuracy + "\n" + profile(more)),
            register_models),
        ledger(sim.model<Ledger>("exits")),
        card(sim.model<virtio::VirtioPci>("bus.pci.card")),
        guest(sim) {
    sim.run(sc_time(1, SC_NS));
    guest.put32(at + pci::kBar0 + 20, VirtioBench::kModern >> 32);
    guest.put16(at + pci::kCommand, pci::kMemoryEnable | pci::kBusMaster);
  }
  /// An access as a hart makes it; what it loses.
  sc_time access(std::uint64_t address, unsigned bytes, bool is_write) {
    std::uint8_t data[8] = {};
    tlm::tlm_generic_payload payload;
    payload.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    TransactionTag tag;
    tag.of_hart = true;
    payload.set_extension(&tag);
    sc_time delay;
    guest.cpu.port.socket->b_transport(payload, delay);
    payload.clear_extension(&tag);
    reached = tag;
    return ledger.on_access(tag, is_write);
  }
  /// A counter of a group "KIND.SOURCE" of the ledger; 0 if there is none.
  std::uint64_t count(const std::string& kind, const std::string& source, const char* counter) {
    for (const StatGroup* group : ledger.stat_groups())
      if (group->stat_name() == kind)
        for (const StatGroup* entry : group->stat_groups())
          if (entry->stat_name() == source) return entry->find_counter(counter)->value();
    return 0;
  }

  test::Sim sim;
  Ledger& ledger;
  virtio::VirtioPci& card;
  Guest guest;
  TransactionTag reached;
  const std::uint64_t at = Guest::place(0, 1);
};

}  // namespace

SIM_TEST_CASE(each_region_of_a_function_has_its_kind) {
  Bench b;
  BOOST_TEST(b.access(VirtioBench::kCommon + virtio::kDeviceStatus, 1, false) == sc_time(2, SC_US));
  BOOST_TEST(b.access(VirtioBench::kCommon + virtio::kQueueSelect, 2, true) == sc_time(2, SC_US));
  BOOST_TEST(b.access(VirtioBench::kIsr, 1, false) == sc_time(2, SC_US));
  BOOST_TEST(b.access(VirtioBench::kDevice, 4, false) == sc_core::SC_ZERO_TIME, "not named");
  BOOST_TEST(b.access(VirtioBench::kNotify + 4, 2, true) == sc_time(500, SC_NS));
  BOOST_TEST(b.access(b.at, 4, false) == sc_time(2, SC_US));
  b.guest.put32(b.at + pci::kBar0 + 4, VirtioBench::kTable);
  BOOST_TEST(b.access(VirtioBench::kTable, 4, true) == sc_time(2, SC_US));
  BOOST_TEST(b.count("common_read", "bus.pci.card", "count") == 1u);
  BOOST_TEST(b.count("common_write", "bus.pci.card", "count") == 1u);
  BOOST_TEST(b.count("isr_read", "bus.pci.card", "count") == 1u);
  BOOST_TEST(b.count("device_read", "bus.pci.card", "events") == 1u);
  BOOST_TEST(b.count("device_read", "bus.pci.card", "count") == 0u);
  BOOST_TEST(b.count("notify", "bus.pci.card.queue1", "count") == 1u);
  BOOST_TEST(b.count("config_read", "bus.pci.card", "vcpu_ns") == 2000u);
  BOOST_TEST(b.count("msix_write", "bus.pci.card", "count") == 1u);
}

SIM_TEST_CASE(memory_and_nothing_are_no_events) {
  Bench b;
  BOOST_TEST(b.access(Guest::kRam, 4, false) == sc_core::SC_ZERO_TIME);
  BOOST_TEST(b.access(0x10, 4, false) == sc_core::SC_ZERO_TIME);
  BOOST_TEST(!b.reached.target);
  BOOST_TEST(b.ledger.exits.value() == 0u);
}

SIM_TEST_CASE(totals_are_the_sums_of_the_entries) {
  Bench b;
  for (unsigned i = 0; i < 5; ++i) b.access(VirtioBench::kNotify, 2, true);
  for (unsigned i = 0; i < 3; ++i) b.access(VirtioBench::kIsr, 1, false);
  b.ledger.on_hart(ExitClass::Timer, b.card, 0);
  b.ledger.on_hart(ExitClass::Halt, b.card, 0);
  b.ledger.on_interrupt(b.card, 1);
  std::map<std::string, std::uint64_t> sums;
  for (const StatGroup* group : b.ledger.stat_groups())
    for (const StatGroup* entry : group->stat_groups())
      for (const Counter* counter : entry->counters()) sums[counter->name()] += counter->value();
  BOOST_TEST(sums["events"] == 11u);
  BOOST_TEST(sums["count"] == b.ledger.exits.value());
  BOOST_TEST(b.ledger.exits.value() == 10u);
  BOOST_TEST(b.ledger.kernel_exits.value() == 7u);
  BOOST_TEST(b.ledger.user_exits.value() == 3u);
  BOOST_TEST(sums["vcpu_ns"] == b.ledger.vcpu_time.value());
  BOOST_TEST(b.ledger.vcpu_time.value() == 5 * 500u + 3 * 2000 + 500 + 1000);
  BOOST_TEST(sums["backend_ns"] == 300u);
}

SIM_TEST_CASE(a_back_end_that_sleeps_is_woken_more_slowly) {
  Bench b;
  test::run_steps(
      b.sim,
      [&] {
        BOOST_TEST(b.ledger.notify_delay(b.card, 0) == sc_time(51, SC_US), "the first time");
        sc_core::wait(sc_time(10, SC_US));
        BOOST_TEST(b.ledger.notify_delay(b.card, 0) == sc_time(41, SC_US), "it is being woken");
        sc_core::wait(sc_time(60, SC_US));
        BOOST_TEST(b.ledger.notify_delay(b.card, 0) == sc_time(6, SC_US));
        BOOST_TEST(b.ledger.notify_delay(b.card, 1) == sc_time(51, SC_US), "another queue");
        sc_core::wait(sc_time(90, SC_US));
        b.ledger.on_interrupt(b.card, 0);
        sc_core::wait(sc_time(90, SC_US));
        BOOST_TEST(b.ledger.notify_delay(b.card, 0) == sc_time(6, SC_US), "it has worked since");
        sc_core::wait(sc_time(100, SC_US));
        BOOST_TEST(b.ledger.notify_delay(b.card, 0) == sc_time(51, SC_US));
      },
      sc_time(10, sc_core::SC_MS));
}

SIM_TEST_CASE(a_back_end_in_the_harts_thread_is_told_at_once_and_the_hart_waits) {
  Bench b("timed", "serves_in_exit: [test-device], ");
  b.access(VirtioBench::kNotify + 4, 2, true);
  BOOST_REQUIRE(b.reached.server);
  BOOST_TEST(!b.reached.server->at_work(), "there is no such queue yet");
  b.access(VirtioBench::kIsr, 1, false);
  BOOST_TEST(!b.reached.server);
  b.ledger.on_service(b.reached, sc_time(3, SC_US));
  BOOST_TEST(b.count("notify", "bus.pci.card", "vcpu_ns") == 3000u);
}

SIM_TEST_CASE(a_back_end_of_another_type_works_in_its_own_thread) {
  Bench b("timed", "serves_in_exit: [virtio-blk], ");
  b.access(VirtioBench::kNotify, 2, true);
  BOOST_TEST(!b.reached.server);
}

SIM_TEST_CASE(nobody_waits_in_a_functional_run) {
  Bench b("functional", "serves_in_exit: [test-device], ");
  b.access(VirtioBench::kNotify, 2, true);
  BOOST_TEST(!b.reached.server);
}

SIM_TEST_CASE(an_interrupt_takes_time_and_costs_the_hart) {
  Bench b;
  const ExitLedger::Injection injection = b.ledger.on_interrupt(b.card, 2);
  BOOST_TEST(injection.delay == sc_time(700, SC_NS));
  BOOST_TEST(injection.hart == sc_time(1, SC_US));
  BOOST_TEST(b.count("interrupt", "bus.pci.card.queue2", "backend_ns") == 300u);
}

SIM_TEST_CASE(functional_runs_count_the_same_and_charge_nothing) {
  Bench b("functional");
  BOOST_TEST(b.access(VirtioBench::kNotify, 2, true) == sc_core::SC_ZERO_TIME);
  BOOST_TEST(b.ledger.notify_delay(b.card, 0) == sc_core::SC_ZERO_TIME);
  BOOST_TEST(b.ledger.on_interrupt(b.card, 0).delay == sc_core::SC_ZERO_TIME);
  BOOST_TEST(b.count("notify", "bus.pci.card.queue0", "count") == 1u);
  BOOST_TEST(b.count("notify", "bus.pci.card.queue0", "vcpu_ns") == 500u);
}

SIM_TEST_CASE(a_profile_that_is_not_there_is_a_mistake) {
  Registry registry;
  register_models(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(
      test::virtio_platform("", "", false, "exits: {type: vm-exits, profile: qemukvm}\n"),
      "test.yaml")));
  const std::string text = platform.diagnostics().str();
  BOOST_TEST(text.find("there is no exit profile 'qemukvm'") != std::string::npos, text);
  BOOST_TEST(text.find("test.yaml:1:") != std::string::npos, text);
}
