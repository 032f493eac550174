// SPDX-License-Identifier: Apache-2.0
// One hart in SystemC time: a thread that runs a HartCore ahead of the simulation and lets it catch
// up before anything outside the hart can notice.
#pragma once

#include <string>
#include <systemc>
#include <tlm>

#include "cpu/hart_core.h"
#include "cpu/rounds.h"
#include "kit/exits.h"
#include "kit/irq.h"
#include "kit/model.h"
#include "kit/port.h"
#include "kit/tag.h"

namespace ringside::cpu {

class Rv64Hart final : public sc_core::sc_module,
                       public HartInterface,
                       private MemoryPort,
                       private TimePort,
                       private HypervisorPort,
                       private InterruptFile {
 public:
  struct Settings {
    HartOptions options;
    sc_core::sc_time period;  ///< of the clock
    uint64_t reset_vector = 0;
  };

  Rv64Hart(const sc_core::sc_module_name& name, Model& owner, BlockCache& code, Rounds& rounds,
           const Settings& settings);
  ~Rv64Hart() override;

  /// Back to the reset vector, at the next moment the hart is between two blocks.
  void reset();
  /// Copies the core's totals into the statistics.
  void update_statistics();

  HartCore& core() { return core_; }
  bool has_files() const { return core_.options().aia; }
  const TimeSource* time_source() const { return time_source_; }

  // HartInterface
  unsigned hart_id() const override { return static_cast<unsigned>(core_.options().hart_id); }
  void set_irq(HartIrq irq, bool high) override;
  void attach_interrupt_files(ringside::InterruptFile* machine,
                              ringside::InterruptFile* supervisor) override;
  void attach_time(TimeSource* time) override { time_source_ = time; }
  void lose_time(const sc_core::sc_time& time) override;
  std::string intc_phandle_name() const override;

 private:
  struct Statistics : StatGroup {
    Statistics(StatGroup* parent, const std::string& name) : StatGroup(parent, name) {}
    Counter instructions{this, "instructions", "count", "instructions retired"};
    Counter cycles{this, "cycles", "cycles", "clock cycles spent awake"};
    Counter exceptions{this, "exceptions", "count", "exceptions taken, environment calls too"};
    Counter interrupts{this, "interrupts", "count", "interrupts taken"};
    Counter sleeps{this, "sleeps", "count", "WFI instructions"};
    Counter tlb_misses{this, "tlb_misses", "count", "data accesses that needed a translation"};
    Counter page_walks{this, "page_walks", "count", "page table walks, for data and code"};
    Counter mmio_loads{this, "mmio_loads", "count", "loads that went to a device"};
    Counter mmio_stores{this, "mmio_stores", "count", "stores that went to a device"};
  };

  void thread();
  void sleep();
  void take_reset();
  /// Picoseconds after which the harts' own moments repeat; more than there are harts.
  static constexpr uint64_t kMoments = 16;
  sc_core::sc_time own_moment(const sc_core::sc_time& time) const;
  void take_time();
  void catch_up();
  void wake_if_pending();
  void stimer_due();
  sc_core::sc_time local_time(uint64_t cycles) const;
  uint64_t cycles_in(const sc_core::sc_time& span) const;
  bool transport(tlm::tlm_command command, uint64_t paddr, unsigned size, uint64_t& value);

  // MemoryPort
  bool direct(uint64_t paddr, DirectSpan& span) override;
  bool load(uint64_t paddr, unsigned size, uint64_t& value) override;
  bool store(uint64_t paddr, unsigned size, uint64_t value) override;
  // TimePort
  uint64_t mtime(uint64_t cycles) override;
  void set_stimecmp(uint64_t deadline) override;
  // HypervisorPort
  void environment_call() override { pay(ExitClass::Hypercall); }
  /// Books an event of the hart at its own time, and charges what it costs.
  void pay(ExitClass event);
  void pay_for_page();
  void wait_for_server();
  /// Books it and gives what it costs.
  sc_core::sc_time book(ExitClass event, const sc_core::sc_time& at);
  sc_core::sc_time own_time() const;
  // InterruptFile
  bool read(bool machine, unsigned select, uint64_t& value) override;
  bool write(bool machine, unsigned select, uint64_t value) override;
  uint32_t top(bool machine) override;
  void claim(bool machine) override;
  ringside::InterruptFile* file(bool machine) const {
    return machine ? machine_file_ : supervisor_file_;
  }

  Model& owner_;
  Rounds& rounds_;
  const sc_core::sc_time period_;
  const uint64_t reset_vector_;
  InitiatorPort port_;
  Statistics statistics_;

  TimeSource* time_source_ = nullptr;
  ringside::InterruptFile* machine_file_ = nullptr;
  ringside::InterruptFile* supervisor_file_ = nullptr;
  sc_core::sc_event wake_;
  sc_core::sc_event stimer_;
  bool reset_pending_ = true;
  bool sleeping_ = false;

  // The hart's own time: `synced_time_` when it had run `synced_cycles_`.
  sc_core::sc_time synced_time_;
  uint64_t synced_cycles_ = 0;

  tlm::tlm_generic_payload payload_;
  TransactionTag tag_;
  HartCore core_;  // last: its constructor calls back
};

}  // namespace ringside::cpu
