// SPDX-License-Identifier: Apache-2.0
#include "cpu/rv64_hart.h"

#include <algorithm>
#include <cstring>

#include "cpu/fp/fp.h"
#include "kit/platform.h"
#include "kit/trace.h"

namespace ringside::cpu {

namespace {
std::string port_name(uint64_t hart_id) {
  return "hart" + std::to_string(hart_id);
}
}  // namespace

Rv64Hart::Rv64Hart(const sc_core::sc_module_name& name, Model& owner, BlockCache& code,
                   Rounds& rounds, const Settings& settings)
    : sc_module(name),
      owner_(owner),
      rounds_(rounds),
      period_(settings.period),
      reset_vector_(settings.reset_vector),
      port_(&owner, port_name(settings.options.hart_id).c_str(), "fetches, loads and stores"),
      statistics_(&owner, port_name(settings.options.hart_id)),
      wake_("wake"),
      stimer_("stimer"),
      core_(settings.options, code, *this, *this) {
  SC_HAS_PROCESS(Rv64Hart);
  SC_THREAD(thread);
  SC_METHOD(stimer_due);
  sensitive << stimer_;
  dont_initialize();
  owner_.platform().add_hart();
  port_.on_invalidate(
      [this](uint64_t first, uint64_t last) { core_.invalidate_direct(first, last); });
  tag_.step = Step::None;
  tag_.of_hart = true;
  if (owner_.platform().exits()) core_.attach_hypervisor(this);
  payload_.set_extension(&tag_);
}

// The payload would free what is not its own.
Rv64Hart::~Rv64Hart() {
  payload_.clear_extension(&tag_);
}

// ---- time

sc_core::sc_time Rv64Hart::local_time(uint64_t cycles) const {
  return synced_time_ + sc_core::sc_time::from_value(period_.value() * (cycles - synced_cycles_));
}

uint64_t Rv64Hart::cycles_in(const sc_core::sc_time& span) const {
  return span.value() / period_.value();
}

// The first moment from `time` on at which this hart may be seen by others. Each hart has moments
// of its own, a few picoseconds apart: of two processes that wait for the same time, SystemC wakes
// the one or the other first depending on what else is scheduled, which a replay knows more of than
// the run did.
sc_core::sc_time Rv64Hart::own_moment(const sc_core::sc_time& time) const {
  if (!rounds_.shared()) return time;
  const uint64_t ahead = (hart_id() - time.value()) % kMoments;
  return time + sc_core::sc_time::from_value(ahead);
}

// Others have ended a round late, or this hart has slept: it stood still meanwhile.
void Rv64Hart::take_time() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (now > own_moment(synced_time_)) synced_time_ = now;
}

// Lets simulated time reach the hart's own.
void Rv64Hart::catch_up() {
  const uint64_t cycles = core_.cycles();
  const sc_core::sc_time target = local_time(cycles);
  const sc_core::sc_time moment = own_moment(target);
  synced_time_ = target;
  synced_cycles_ = cycles;
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (moment > now) wait(moment - now);
  take_time();
}

void Rv64Hart::thread() {
  fp::use_default_environment();
  rounds_.join();
  for (;;) {
    rounds_.enter();
    take_time();
    if (reset_pending_) take_reset();
    const uint64_t budget = cycles_in(rounds_.room());
    const RunExit exit = core_.run(std::max<uint64_t>(budget, 1));
    catch_up();
    owner_.platform().serve_observer();
    if (exit == RunExit::kWfi) sleep();
  }
}

void Rv64Hart::sleep() {
  if (core_.wake_pending() || reset_pending_) return;
  sleeping_ = true;
  rounds_.leave();
  bool halted = false;
  // Starting a round for the others may have taken a moment.
  if (!core_.wake_pending() && !reset_pending_) {
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    owner_.platform().hart_sleeps();
    wait(wake_);
    owner_.platform().hart_wakes();
    halted = true;
    if (Tracer* tracer = owner_.platform().tracer())
      tracer->hart_slept(owner_, hart_id(), begin, sc_core::sc_time_stamp());
  }
  if (halted) {
    const sc_core::sc_time lost = book(ExitClass::Halt, sc_core::sc_time_stamp());
    if (lost != sc_core::SC_ZERO_TIME) wait(lost);
  }
  sleeping_ = false;
  rounds_.join();
}

void Rv64Hart::wake_if_pending() {
  if (sleeping_ && core_.wake_pending()) wake_.notify(sc_core::SC_ZERO_TIME);
}

void Rv64Hart::reset() {
  reset_pending_ = true;
  core_.request_exit();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void Rv64Hart::take_reset() {
  reset_pending_ = false;
  core_.reset(reset_vector_);
}

uint64_t Rv64Hart::mtime(uint64_t cycles) {
  if (time_source_ == nullptr) return 0;
  // A hart that sleeps has not kept up with the simulation.
  return time_source_->ticks_at(std::max(local_time(cycles), sc_core::sc_time_stamp()));
}

void Rv64Hart::set_stimecmp(uint64_t deadline) {
  stimer_.cancel();
  if (time_source_ == nullptr) return;
  pay(ExitClass::Timer);
  sc_core::sc_time due = time_source_->time_of(deadline);
  if (due == sc_core::sc_max_time()) return;
  due = own_moment(due);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  stimer_.notify(due > now ? due - now : sc_core::SC_ZERO_TIME);
  const sc_core::sc_time local = local_time(core_.cycles());
  core_.limit_run(due > local ? cycles_in(due - local) : 0);
}

void Rv64Hart::stimer_due() {
  core_.timer_expired();
  wake_if_pending();
}

// ---- a hypervisor's time

sc_core::sc_time Rv64Hart::book(ExitClass event, const sc_core::sc_time& at) {
  ExitLedger* exits = owner_.platform().exits();
  const sc_core::sc_time lost =
      exits ? exits->on_hart(event, owner_, hart_id()) : sc_core::SC_ZERO_TIME;
  if (Tracer* tracer = owner_.platform().tracer())
    tracer->hart_event(owner_, hart_id(), event, at, at + lost);
  return lost;
}

void Rv64Hart::pay(ExitClass event) {
  lose_time(book(event, own_time()));
}

/// The page that the hart is about to use was not there: it is now.
void Rv64Hart::pay_for_page() {
  const sc_core::sc_time at = own_time();
  ExitLedger* exits = owner_.platform().exits();
  const sc_core::sc_time lost =
      exits ? exits->on_access(tag_, false) : sc_core::SC_ZERO_TIME;
  if (Tracer* tracer = owner_.platform().tracer())
    tracer->hart_access(owner_, hart_id(), tag_, false, at, at + lost);
  lose_time(lost);
}

sc_core::sc_time Rv64Hart::own_time() const {
  return std::max(local_time(core_.cycles()), sc_core::sc_time_stamp());
}

void Rv64Hart::lose_time(const sc_core::sc_time& time) {
  if (!sleeping_ && time != sc_core::SC_ZERO_TIME) core_.stall(cycles_in(time));
}

// ---- memory

bool Rv64Hart::direct(uint64_t paddr, DirectSpan& span) {
  payload_.set_command(tlm::TLM_READ_COMMAND);
  payload_.set_address(paddr);
  payload_.set_data_length(1);
  tag_.target = nullptr;
  tlm::tlm_dmi dmi;
  dmi.init();
  const bool granted = port_.socket->get_direct_mem_ptr(payload_, dmi);
  if (tag_.target) pay_for_page();
  if (!granted) return false;
  if (dmi.get_dmi_ptr() == nullptr || !dmi.is_read_allowed()) return false;
  span.host = dmi.get_dmi_ptr();
  span.base = dmi.get_start_address();
  span.size = dmi.get_end_address() - dmi.get_start_address() + 1;
  span.readable = true;
  span.writable = dmi.is_write_allowed();
  return true;
}

bool Rv64Hart::transport(tlm::tlm_command command, uint64_t paddr, unsigned size, uint64_t& value) {
  catch_up();
  // The machine was reset while this hart waited: what it was about to do does not happen.
  if (reset_pending_) return false;
  uint8_t bytes[8] = {};
  if (command == tlm::TLM_WRITE_COMMAND) std::memcpy(bytes, &value, size);
  payload_.set_command(command);
  payload_.set_address(paddr);
  payload_.set_data_ptr(bytes);
  payload_.set_data_length(size);
  payload_.set_streaming_width(size);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  tag_.target = nullptr;
  tag_.region = Region::Registers;
  tag_.queue = TransactionTag::kNoQueue;
  tag_.port_io = false;
  tag_.server = nullptr;
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  port_.socket->b_transport(payload_, delay);
  if (ExitLedger* exits = owner_.platform().exits())
    delay += exits->on_access(tag_, command == tlm::TLM_WRITE_COMMAND);
  if (tag_.server) wait_for_server();
  if (Tracer* tracer = owner_.platform().tracer(); tracer && tag_.target)
    tracer->hart_access(owner_, hart_id(), tag_, command == tlm::TLM_WRITE_COMMAND, begin,
                        sc_core::sc_time_stamp() + delay);
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (now > own_moment(synced_time_)) {
    core_.stall((now - synced_time_).value() / period_.value());
    synced_time_ = now;
    synced_cycles_ = core_.cycles();
  }
  // The access may have started something: do not run past it.
  core_.limit_run(cycles_in(rounds_.room()));
  if (command == tlm::TLM_READ_COMMAND) std::memcpy(&value, bytes, size);
  return payload_.is_response_ok() && !reset_pending_;
}

/// The back end works in this hart's thread.
void Rv64Hart::wait_for_server() {
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  while (tag_.server->at_work() && !reset_pending_) wait(tag_.server->rest_event());
  if (ExitLedger* exits = owner_.platform().exits())
    exits->on_service(tag_, sc_core::sc_time_stamp() - begin);
}

bool Rv64Hart::load(uint64_t paddr, unsigned size, uint64_t& value) {
  return transport(tlm::TLM_READ_COMMAND, paddr, size, value);
}

bool Rv64Hart::store(uint64_t paddr, unsigned size, uint64_t value) {
  return transport(tlm::TLM_WRITE_COMMAND, paddr, size, value);
}

// ---- interrupts

void Rv64Hart::set_irq(HartIrq irq, bool high) {
  core_.set_interrupt(static_cast<unsigned>(irq), high);
  wake_if_pending();
}

void Rv64Hart::attach_interrupt_files(ringside::InterruptFile* machine,
                                      ringside::InterruptFile* supervisor) {
  machine_file_ = machine;
  supervisor_file_ = supervisor;
  core_.attach_files(machine != nullptr || supervisor != nullptr ? this : nullptr);
}

std::string Rv64Hart::intc_phandle_name() const {
  return owner_.path() + "/hart" + std::to_string(hart_id()) + "/intc";
}

bool Rv64Hart::read(bool machine, unsigned select, uint64_t& value) {
  return file(machine) != nullptr && file(machine)->read(select, value);
}

bool Rv64Hart::write(bool machine, unsigned select, uint64_t value) {
  return file(machine) != nullptr && file(machine)->write(select, value);
}

uint32_t Rv64Hart::top(bool machine) {
  return file(machine) == nullptr ? 0 : file(machine)->top();
}

void Rv64Hart::claim(bool machine) {
  if (file(machine) == nullptr) return;
  if (Tracer* tracer = owner_.platform().tracer()) {
    const uint32_t identity = file(machine)->top() >> 16;
    if (identity != 0) tracer->hart_claims(owner_, hart_id(), machine, identity, own_time());
  }
  file(machine)->claim();
  pay(ExitClass::EndOfInterrupt);
}

void Rv64Hart::update_statistics() {
  const HartStats& s = core_.stats();
  statistics_.instructions.set(core_.instructions());
  statistics_.cycles.set(core_.cycles());
  statistics_.exceptions.set(s.exceptions);
  statistics_.interrupts.set(s.interrupts);
  statistics_.sleeps.set(s.wfi);
  statistics_.tlb_misses.set(s.data_tlb_misses);
  statistics_.page_walks.set(s.page_walks);
  statistics_.mmio_loads.set(s.mmio_loads);
  statistics_.mmio_stores.set(s.mmio_stores);
}

}  // namespace ringside::cpu
