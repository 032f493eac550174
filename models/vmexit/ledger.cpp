// SPDX-License-Identifier: Apache-2.0
#include "vmexit/ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"
#include "kit/shipped.h"

namespace ringside::vmexit {

Ledger::Ledger(const sc_core::sc_module_name& name, const ModelContext& context)
    : ExitLedger(name, context) {
  if (platform().describing()) return;
  profile_ = read_profile(load_profile(), diagnostics());
  if (profile_.name.empty()) profile_.name = costs.given() ? "its own" : profile_param.get();
}

Node Ledger::load_profile() {
  if (costs.given()) return costs.get();
  const std::string& name = profile_param.get();
  const Location& where = profile_param.where();
  if (name.find_first_of("/.") != std::string::npos) {
    const std::size_t slash = where.file.rfind('/');
    const bool beside = name[0] != '/' && slash != std::string::npos;
    return Node::load(beside ? where.file.substr(0, slash + 1) + name : name);
  }
  const std::string shipped = find_shipped("exits", name);
  if (!shipped.empty()) return Node::load(shipped);
  throw ConfigError(where, fmt::format("there is no exit profile '{}'; expected one of those in "
                                       "yaml/exits, such as 'qemu-kvm', or the name of a file "
                                       "('./{}.yaml')",
                                       name, name));
}

sc_core::sc_time Ledger::charged(const sc_core::sc_time& time) const {
  return platform().timed() ? time : sc_core::SC_ZERO_TIME;
}

// ---- entries ----------------------------------------------------------------------------------

Ledger::Source& Ledger::source(const Model& model, unsigned part, const char* part_name) {
  const SourceKey key{&model, part};
  if (latest_ && latest_key_ == key) return *latest_;
  std::unique_ptr<Source>& found = sources_[key];
  if (!found) {
    found = std::make_unique<Source>();
    found->name = model.path();
    if (part != TransactionTag::kNoQueue) found->name += fmt::format(".{}{}", part_name, part);
  }
  latest_key_ = key;
  latest_ = found.get();
  return *found;
}

Ledger::Entry& Ledger::entry(Source& source, ExitClass kind) {
  Entry*& found = source.entries[static_cast<unsigned>(kind)];
  if (found) return *found;
  std::unique_ptr<StatGroup>& group = groups_[static_cast<unsigned>(kind)];
  if (!group) group = std::make_unique<StatGroup>(this, ringside::to_string(kind));
  entries_.push_back(std::make_unique<Entry>(group.get(), source.name));
  found = entries_.back().get();
  return *found;
}

sc_core::sc_time Ledger::book(Source& source, ExitClass kind) {
  const Cost& cost = profile_.of(kind);
  Entry& e = entry(source, kind);
  ++e.events;
  e.backend += nanoseconds(cost.backend);
  backend_time += nanoseconds(cost.backend);
  e.vcpu += nanoseconds(cost.vcpu);
  vcpu_time += nanoseconds(cost.vcpu);
  if (cost.handler == Handler::None) return charged(cost.vcpu);
  ++e.count;
  ++exits;
  ++(cost.handler == Handler::Kernel ? kernel_exits : user_exits);
  return charged(cost.vcpu);
}

// ---- events -----------------------------------------------------------------------------------

sc_core::sc_time Ledger::on_access(const TransactionTag& tag, bool is_write) {
  if (!tag.target) return sc_core::SC_ZERO_TIME;  // nothing there, or plain memory
  return book(source(*tag.target, tag.queue, "queue"), class_of(tag, is_write));
}

sc_core::sc_time Ledger::notify_delay(const Model& device, unsigned queue) {
  Source& s = source(device, queue, "queue");
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  const sc_core::sc_time& delay = profile_.of(ExitClass::Notify).delay;
  if (s.awake < now + delay) {  // else it is being woken already, and no faster for this one
    const bool asleep = !s.was_active || now - s.active >= profile_.asleep_after;
    s.awake = now + delay + (asleep ? profile_.wake_asleep : profile_.wake_warm);
  }
  s.was_active = true;
  s.active = now;
  return charged(s.awake - now);
}

sc_core::sc_time Ledger::on_hart(ExitClass kind, const Model& cpu, unsigned hart) {
  return book(source(cpu, hart, "hart"), kind);
}

ExitLedger::Injection Ledger::on_interrupt(const Model& device, unsigned queue) {
  Source& s = source(device, queue, "queue");
  s.was_active = true;
  s.active = sc_core::sc_time_stamp();
  book(s, ExitClass::Interrupt);
  return injection();
}

ExitLedger::Injection Ledger::injection() const {
  const Cost& cost = profile_.of(ExitClass::Interrupt);
  return {charged(cost.delay), charged(cost.vcpu)};
}

bool Ledger::serves_in_exit(const Model& device) const {
  const std::vector<std::string>& types = profile_.serves_in_exit;
  return platform().timed() && std::find(types.begin(), types.end(), device.type()) != types.end();
}

void Ledger::on_service(const TransactionTag& tag, const sc_core::sc_time& waited) {
  if (!tag.target) return;
  entry(source(*tag.target, tag.queue, "queue"), ExitClass::Notify).vcpu += nanoseconds(waited);
  vcpu_time += nanoseconds(waited);
}

// ---- other hypervisors ------------------------------------------------------------------------

std::vector<ExitLedger::Price> Ledger::price_elsewhere() const {
  std::array<std::uint64_t, kExitClasses> events{};
  for (const auto& [key, source] : sources_)
    for (unsigned kind = 0; kind < kExitClasses; ++kind)
      if (const Entry* entry = source->entries[kind]) events[kind] += entry->events.value();
  std::vector<Price> prices;
  for (const std::string& name : list_shipped("exits")) {
    Diagnostics findings;
    const Profile other = read_profile(Node::load(find_shipped("exits", name)), findings);
    Price price{name};
    for (unsigned kind = 0; kind < kExitClasses; ++kind) {
      const Cost& cost = other.of(static_cast<ExitClass>(kind));
      if (cost.handler != Handler::None) price.exits += events[kind];
      price.vcpu_ns += events[kind] * nanoseconds(cost.vcpu);
      price.backend_ns += events[kind] * nanoseconds(cost.backend);
    }
    prices.push_back(std::move(price));
  }
  return prices;
}

}  // namespace ringside::vmexit
