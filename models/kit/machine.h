// SPDX-License-Identifier: Apache-2.0
// The root of every platform file.
#pragma once

#include "kit/exits.h"
#include "kit/model.h"
#include "kit/platform.h"

namespace ringside {

/// Run-wide settings, and the models of the platform.
class Machine final : public Model {
 public:
  static constexpr const char* kind = "machine";
  static constexpr const char* kind_doc = "the root of a platform file";

  Machine(const sc_core::sc_module_name& name, const ModelContext& context);
  void device_tree(DeviceTree& tree) override;

  Param<std::string> title{this, "name", "ringside",
                           "what this platform is called; shown to the guest as its model"};
  Param<std::string> compatible{this, "compatible", "riscv-virtio",
                                "device tree compatible of the machine"};
  Choice<Accuracy> accuracy{this,
                            "accuracy",
                            {{"functional", Accuracy::Functional}, {"timed", Accuracy::Timed}},
                            Accuracy::Functional,
                            "how much of time is modelled"};
  Choice<Pacing> pacing{this,
                        "pacing",
                        {{"auto", Pacing::Auto},
                         {"none", Pacing::None},
                         {"idle", Pacing::Idle},
                         {"realtime", Pacing::Realtime}},
                        Pacing::Auto,
                        "when simulated time waits for the clock on the wall"};
  Param<std::uint64_t> seed{this, "seed", 1, "seed of everything random in the platform"};
  Param<sc_core::sc_time> quantum{this, "quantum", sc_core::sc_time(100, sc_core::SC_US),
                                  "how far a hart may run ahead of the other models"};

 private:
  struct Apply {
    explicit Apply(Machine& machine);
  } apply_{*this};  // before the children, which read the settings while they are built

 public:
  ChildSlot<ExitLedger> exits{this, "exits", nullptr,
                              "the hypervisor that the machine is thought to run under: counts VM "
                              "exits and charges them; without it, a real machine"};

 private:
  struct Attach {
    explicit Attach(Machine& machine);
  } attach_{*this};  // before the children, too

 public:
  Children<Model> models{this, "children", "the models of the platform, by name"};
};

}  // namespace ringside
