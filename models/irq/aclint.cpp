// SPDX-License-Identifier: Apache-2.0
#include "irq/aclint.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside {

namespace {

constexpr std::uint64_t kCompare = 0x4000;
constexpr std::uint64_t kTime = 0xbff8;

/// Puts `bytes` of a part into a 64-bit register at a byte offset.
std::uint64_t merge(std::uint64_t old, std::uint64_t part, unsigned at, unsigned bytes) {
  const std::uint64_t mask =
      (bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1) << (8 * at);
  return (old & ~mask) | ((part << (8 * at)) & mask);
}

}  // namespace

Aclint::Aclint(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  tick_ = sc_core::sc_time(1.0 / timebase->hz, sc_core::SC_SEC);
  if (sswi) sswi_window.set_size(kSswiBytes);
  window.on_transport([this](auto& payload, auto& delay) { access(payload, delay); });
  sswi_window.on_transport([this](auto& payload, auto&) { access_sswi(payload); });
  SC_HAS_PROCESS(Aclint);
  SC_METHOD(check_timers);
  sensitive << due_;
  dont_initialize();
}

void Aclint::resolve() {
  for (HartContainer* container : platform().find_all<HartContainer>()) {
    for (HartInterface* hart : container->harts()) {
      hart->attach_time(this);
      if (hart->hart_id() >= kMaxHarts) continue;
      if (timers_.size() <= hart->hart_id()) timers_.resize(hart->hart_id() + 1);
      timers_[hart->hart_id()].hart = hart;
    }
  }
}

void Aclint::reset() {
  offset_ = 0;
  offset_ = 0 - ticks_at(sc_core::sc_time_stamp());
  due_.cancel();
  for (HartTimer& timer : timers_) {
    // The specification leaves MTIMECMP open; the highest value means no interrupt, as on QEMU.
    timer.compare = ~std::uint64_t{0};
    timer.software = timer.timer = false;
    if (!timer.hart) continue;
    timer.hart->set_irq(HartIrq::MachineSoftware, false);
    timer.hart->set_irq(HartIrq::MachineTimer, false);
  }
}

std::uint64_t Aclint::ticks_at(const sc_core::sc_time& when) const {
  return when.value() / tick_.value() + offset_;
}

sc_core::sc_time Aclint::time_of(std::uint64_t ticks) const {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t elapsed = now.value() / tick_.value();
  const std::uint64_t present = elapsed + offset_;
  if (ticks <= present) return now;
  const std::uint64_t ahead = ticks - present;
  const std::uint64_t reach = sc_core::sc_max_time().value() / tick_.value();
  if (elapsed >= reach || ahead > reach - elapsed) return sc_core::sc_max_time();
  return sc_core::sc_time::from_value((elapsed + ahead) * tick_.value());
}

void Aclint::access(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  const std::uint64_t offset = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  // Naturally aligned accesses of 4 or 8 bytes, as the specification asks for.
  if ((bytes != 4 && bytes != 8) || offset % bytes != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  const sc_core::sc_time when = sc_core::sc_time_stamp() + delay;
  std::uint64_t value = 0;
  if (payload.is_read()) {
    value = read(offset, when);
    if (bytes == 8 && offset < kCompare) value |= read(offset + 4, when) << 32;
    std::memcpy(payload.get_data_ptr(), &value, bytes);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), bytes);
    write(offset, bytes, value, when);
    if (bytes == 8 && offset < kCompare) write(offset + 4, 4, value >> 32, when);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::uint64_t Aclint::read(std::uint64_t offset, const sc_core::sc_time& when) const {
  if (offset < kCompare) {
    const std::size_t hart = offset / 4;
    return hart < timers_.size() && timers_[hart].software;
  }
  const unsigned shift = 8 * (offset % 8);
  if (offset >= kTime) return offset < kTime + 8 ? ticks_at(when) >> shift : 0;
  const std::size_t hart = (offset - kCompare) / 8;
  return hart < timers_.size() ? timers_[hart].compare >> shift : 0;
}

void Aclint::write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
                   const sc_core::sc_time& when) {
  if (offset < kCompare) {
    const std::size_t hart = offset / 4;
    if (hart >= timers_.size() || !timers_[hart].hart) return;
    HartTimer& timer = timers_[hart];
    if ((value & 1) && !timer.software) ++software_interrupts;
    timer.software = value & 1;
    timer.hart->set_irq(HartIrq::MachineSoftware, timer.software);
    return;
  }
  const unsigned at = offset % 8;
  if (offset >= kTime) {
    if (offset >= kTime + 8) return;
    const std::uint64_t present = ticks_at(when);
    offset_ += merge(present, value, at, bytes) - present;
    for (HartTimer& timer : timers_) update(timer, when);
    return;
  }
  const std::size_t hart = (offset - kCompare) / 8;
  if (hart >= timers_.size()) return;
  timers_[hart].compare = merge(timers_[hart].compare, value, at, bytes);
  update(timers_[hart], when);
}

void Aclint::update(HartTimer& timer, const sc_core::sc_time& when) {
  if (!timer.hart) return;
  const bool high = ticks_at(when) >= timer.compare;
  if (high && !timer.timer) ++timer_interrupts;
  timer.timer = high;
  timer.hart->set_irq(HartIrq::MachineTimer, high);
  if (high) return;
  const sc_core::sc_time due = time_of(timer.compare);
  // An earlier notification stands; check_timers() looks at all timers and asks anew.
  if (due != sc_core::sc_max_time()) due_.notify(due - sc_core::sc_time_stamp());
}

void Aclint::check_timers() {
  for (HartTimer& timer : timers_)
    if (!timer.timer) update(timer, sc_core::sc_time_stamp());
}

void Aclint::access_sswi(tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address();
  if (payload.get_data_length() != 4 || offset % 4 != 0)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  std::uint32_t value = 0;
  if (payload.is_read()) {
    // SETSSIP always reads 0.
    std::memcpy(payload.get_data_ptr(), &value, sizeof value);
  } else if (payload.is_write()) {
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    const std::size_t hart = offset / 4;
    if ((value & 1) && hart < timers_.size() && timers_[hart].hart) {
      ++software_interrupts;
      // An edge: the pending bit is the hart's own, and software clears it there.
      timers_[hart].hart->set_irq(HartIrq::SupervisorSoftware, true);
      timers_[hart].hart->set_irq(HartIrq::SupervisorSoftware, false);
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Aclint::device_tree(DeviceTree& tree) {
  tree.root().child("cpus").cell("timebase-frequency",
                                 static_cast<std::uint32_t>(std::lround(timebase->hz)));
  std::vector<std::uint32_t> machine;
  std::vector<std::uint32_t> supervisor;
  for (const HartTimer& timer : timers_) {
    if (!timer.hart) continue;
    const std::uint32_t intc = tree.phandle(timer.hart->intc_phandle_name());
    for (HartIrq irq : {HartIrq::MachineSoftware, HartIrq::MachineTimer})
      machine.insert(machine.end(), {intc, static_cast<std::uint32_t>(irq)});
    supervisor.insert(supervisor.end(),
                      {intc, static_cast<std::uint32_t>(HartIrq::SupervisorSoftware)});
  }
  tree.soc()
      .child(fmt::format("clint@{:x}", window.base()))
      .texts("compatible", {"sifive,clint0", "riscv,clint0"})
      .wide("reg", {window.base(), kWindowBytes})
      .cells("interrupts-extended", machine);
  if (!sswi) return;
  tree.soc()
      .child(fmt::format("sswi@{:x}", sswi_window.base()))
      .text("compatible", "riscv,aclint-sswi")
      .wide("reg", {sswi_window.base(), kSswiBytes})
      .cells("interrupts-extended", supervisor)
      .empty("interrupt-controller")
      .cell("#interrupt-cells", 0);
}

}  // namespace ringside
