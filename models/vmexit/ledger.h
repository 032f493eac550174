// SPDX-License-Identifier: Apache-2.0
// Counts what would leave the guest under a hypervisor, and charges what it costs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kit/exits.h"
#include "kit/model.h"
#include "vmexit/profile.h"

namespace ringside::vmexit {

/// The machine's `exits`. Costs are charged in timed mode; counts are the same in both.
class Ledger final : public ExitLedger {
 public:
  Ledger(const sc_core::sc_module_name& name, const ModelContext& context);

  // ExitLedger
  std::string profile_name() const override { return profile_.name; }
  std::vector<Price> price_elsewhere() const override;
  sc_core::sc_time on_access(const TransactionTag& tag, bool is_write) override;
  sc_core::sc_time notify_delay(const Model& device, unsigned queue) override;
  sc_core::sc_time on_hart(ExitClass kind, const Model& cpu, unsigned hart) override;
  Injection on_interrupt(const Model& device, unsigned queue) override;
  Injection injection() const override;
  bool serves_in_exit(const Model& device) const override;
  void on_service(const TransactionTag& tag, const sc_core::sc_time& waited) override;

  const Profile& profile() const { return profile_; }

  Param<std::string> profile_param{
      this, "profile", "qemu-kvm",
      "a profile that comes with Ringside, or the name of a file with one ('./mine.yaml')"};
  Param<Node> costs{this, "costs", Node(), "a profile of its own, in the place of a named one"};

  Counter exits{this, "exits", "count", "events that left the guest"};
  Counter kernel_exits{this, "kernel_exits", "count", "of them, those handled in the hypervisor"};
  Counter user_exits{this, "user_exits", "count", "of them, those handled in the device emulator"};
  Counter vcpu_time{this, "vcpu_ns", "ns", "that harts lost"};
  Counter backend_time{this, "backend_ns", "ns", "that back ends spent"};

 private:
  /// Events of one kind, device and queue.
  struct Entry : StatGroup {
    Entry(StatGroup* parent, std::string name) : StatGroup(parent, std::move(name)) {}
    Counter events{this, "events", "count", "events, whether they exit or not"};
    Counter count{this, "count", "count", "events that left the guest"};
    Counter vcpu{this, "vcpu_ns", "ns", "that harts lost"};
    Counter backend{this, "backend_ns", "ns", "that back ends spent"};
  };
  /// Where entries of one source (a queue of a device, a hart) are; null until the first event.
  struct Source {
    std::string name;
    std::array<Entry*, kExitClasses> entries{};
    sc_core::sc_time active;  ///< when its back end last had something to do
    sc_core::sc_time
        awake;  ///< when it hears, or has heard, of the latest notification that woke it
    bool was_active = false;
  };
  using SourceKey = std::pair<const Model*, unsigned>;

  Node load_profile();
  Source& source(const Model& model, unsigned part, const char* part_name);
  Entry& entry(Source& source, ExitClass kind);
  /// Books an event; what the hart loses.
  sc_core::sc_time book(Source& source, ExitClass kind);
  static std::uint64_t nanoseconds(const sc_core::sc_time& time) { return time.value() / 1000; }
  /// What of a cost is charged.
  sc_core::sc_time charged(const sc_core::sc_time& time) const;

  Profile profile_;
  std::map<SourceKey, std::unique_ptr<Source>> sources_;  // looked up only; entries keep the order
  Source* latest_ = nullptr;
  SourceKey latest_key_{};
  std::array<std::unique_ptr<StatGroup>, kExitClasses> groups_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace ringside::vmexit
