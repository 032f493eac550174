// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "kit/platform.h"

namespace ringside {

using namespace e1000;

namespace {

/// Reads "52:54:00:12:34:56". False if it isn't of that form or is a group address.
bool parse_mac(const std::string& text, MacAddress& mac) {
  if (text.size() != 17) return false;
  if (text.find_first_not_of("0123456789abcdefABCDEF:") != std::string::npos) return false;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    unsigned byte = 0;
    int used = 0;
    if (std::sscanf(text.c_str() + 3 * i, "%2x%n", &byte, &used) != 1 || used != 2) return false;
    if (i + 1 < mac.size() && text[3 * i + 2] != ':') return false;
    mac[i] = static_cast<std::uint8_t>(byte);
  }
  return !(mac[0] & 1);
}

/// The address from the parameter or, without one, from the device's name.
MacAddress mac_of(const E1000& device) {
  MacAddress mac{};
  if (!device.mac->empty()) {
    parse_mac(device.mac, mac);
    return mac;
  }
  const std::uint64_t seed = device.platform().seed_for(device);
  return {0x52,
          0x54,
          0,
          static_cast<std::uint8_t>(seed >> 16),
          static_cast<std::uint8_t>(seed >> 8),
          static_cast<std::uint8_t>(seed)};
}

}  // namespace

E1000::E1000(const sc_core::sc_module_name& name, const ModelContext& context)
    : PciFunction(name, context),
      mac_(mac_of(*this)),
      eeprom_(mac_),
      interrupts_(interrupt_settings()),
      transmit_(Ring(regs_.transmit_base_low, regs_.transmit_base_high, regs_.transmit_length,
                     regs_.transmit_head, regs_.transmit_tail)),
      builder_([this](const std::uint8_t* frame, std::size_t bytes) { send(frame, bytes); }),
      receive_(Ring(regs_.receive_base_low, regs_.receive_base_high, regs_.receive_length,
                    regs_.receive_head, regs_.receive_tail)),
      arrived_(fifo) {
  MacAddress checked;
  if (!mac->empty() && !parse_mac(mac, checked))
    diagnostics().error(mac.where(), fmt::format("'mac' of {} is '{}'; expected an address of one "
                                                 "station such as 52:54:00:12:34:56",
                                                 label(), mac.get()));
  identify({0x8086, 0x100e, 3, 0x020000, 0x8086, 0x001e});
  add_pin(1);
  add_bar(kMemoryBar, pci::BarKind::Memory32, kMemoryBytes);
  add_bar(kPortBar, pci::BarKind::Io, kPortBytes);
  define_registers();
  if (backend) {
    backend->on_frame(
        [this](const std::uint8_t* frame, std::size_t bytes) { arrive(frame, bytes); });
    backend->on_link_change([this](bool) { plug(); });
  }
  SC_HAS_PROCESS(E1000);
  SC_THREAD(transmit_thread);
  SC_THREAD(receive_thread);
  SC_METHOD(negotiation_done);
  sensitive << negotiated_;
  dont_initialize();
  SC_METHOD(interrupt_deadline);
  sensitive << deadline_;
  dont_initialize();
}

Interrupts::Settings E1000::interrupt_settings() const {
  return {mitigation, timers, shortest_window->value(), timer_lateness->value()};
}

// ---- resets ---------------------------------------------------------------------------------

void E1000::on_reset() {
  phy_.reset();
  phy_.plug(cable_ && backend && backend->link_up());
  reset_mac();
  link_begins();
}

/// What CTRL.RST does; the transceiver goes on.
void E1000::reset_mac() {
  stop_transmit();
  stop_receive();
  regs_.bank.reset();
  port_address_ = 0;
  filter_.reset(eeprom_.mac());
  statistics_.clear();
  interrupts_.reset();
  builder_.settings = {false, static_cast<std::uint16_t>(regs_.vlan_type), false};
  show_link();
  show_interrupts();
}

void E1000::config_written(unsigned, unsigned) {
  if (!bus_master()) return;
  transmit_.kick();
  receive_.kick();
}

// ---- link -----------------------------------------------------------------------------------

void E1000::set_cable(bool in) {
  cable_ = in;
  plug();
}

void E1000::plug() {
  phy_.plug(cable_ && backend && backend->link_up());
  link_begins();
}

/// The transceiver may have begun to look for a link, or lost it.
void E1000::link_begins() {
  negotiated_.cancel();
  if (phy_.negotiating()) negotiated_.notify(negotiation);
  show_link();
}

void E1000::negotiation_done() {
  phy_.negotiated();
  show_link();
}

void E1000::show_link() {
  regs_.status.set(kFullDuplex | kGigabit | (phy_.link() ? kLinkUp : 0u));
  if (phy_.link() == link_shown_) return;
  link_shown_ = phy_.link();
  raise(kLinkChanged);
}

// ---- interrupts -----------------------------------------------------------------------------

void E1000::raise(std::uint32_t causes) {
  interrupts_.set(now(), causes);
  show_interrupts();
}

void E1000::show_interrupts() {
  const bool level = interrupts_.level();
  if (level && !level_shown_) {
    if (interrupts_.pending() & kTransmitCauses) ++tx.interrupts;
    if (interrupts_.pending() & kReceiveCauses) ++rx.interrupts;
  }
  level_shown_ = level;
  set_intx(level);
  // For whoever looks at the registers from outside.
  regs_.cause.set(interrupts_.causes());
  regs_.cause_set.set(interrupts_.causes());
  regs_.mask_set.set(interrupts_.mask());
  const std::uint64_t due = interrupts_.deadline().value_or(0);
  if (due == deadline_armed_) return;
  deadline_armed_ = due;
  deadline_.cancel();
  if (due != 0) deadline_.notify(sc_core::sc_time::from_value(due - std::min(due, now())));
}

void E1000::interrupt_deadline() {
  deadline_armed_ = 0;
  interrupts_.advance(now());
  show_interrupts();
}

// ---- what the engines share -----------------------------------------------------------------

void E1000::Engine::kick(const sc_core::sc_time& in) {
  kicked = true;
  wake.notify(in);
}

void E1000::Engine::begin_epoch() {
  ++epoch;
  fetched.clear();
}

void E1000::Engine::wait_for_kick() {
  while (!kicked) sc_core::wait(wake);
  kicked = false;
}

/// Lets the guest go on from time to time, whatever rings it has made.
void E1000::Engine::rest() {
  if (busy_at != sc_core::sc_time_stamp()) {
    busy_at = sc_core::sc_time_stamp();
    descriptors = bytes = 0;
  }
  if (++descriptors <= kBurstDescriptors && bytes <= kBurstBytes) return;
  sc_core::wait(1, sc_core::SC_US);
}

bool E1000::fetch(Engine& engine, std::uint16_t queue, Counter& counter, Words& words) {
  Fetched& fetched = engine.fetched;
  if (fetched.empty()) {
    const unsigned count = std::min(kFetch, engine.ring.owned_in_row());
    const unsigned epoch = engine.epoch;
    const DmaStatus status =
        dma().read(engine.ring.address(), fetched.words.data(), count * kDescriptorBytes,
                   tag(engine, queue, Step::Descriptor));
    if (epoch != engine.epoch) return false;
    if (status != DmaStatus::Ok) {
      ++dma_errors;
      return false;
    }
    fetched.next = 0;
    fetched.count = count;
    counter += count;
  }
  words = {fetched.words[2 * fetched.next], fetched.words[2 * fetched.next + 1]};
  ++fetched.next;
  return true;
}

TransactionTag E1000::tag(const Engine& engine, std::uint16_t queue, Step step) const {
  TransactionTag tag;
  tag.requester_id = requester_id();
  tag.queue = queue;
  tag.step = step;
  tag.request = engine.packets;
  return tag;
}

}  // namespace ringside
