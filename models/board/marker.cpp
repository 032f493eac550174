// SPDX-License-Identifier: Apache-2.0
#include "board/marker.h"

#include <fmt/format.h>

#include "kit/device_tree.h"
#include "kit/platform.h"
#include "kit/tag.h"

namespace ringside {

Marker::Marker(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  window.on_transport([take = bank.transport()](tlm::tlm_generic_payload& payload,
                                                sc_core::sc_time& delay) mutable {
    take(payload, delay);
    if (auto* tag = payload.get_extension<TransactionTag>()) tag->target = nullptr;
  });
  region.on_write([this](std::uint32_t value) {
    region.set(value & 1);
    if (region.value() == 1)
      platform().begin_region();
    else
      platform().end_region();
  });
  milestone.on_write([this](std::uint32_t value) {
    ++milestones;
    platform().milestone(*this, fmt::format("{}", value));
  });
}

void Marker::device_tree(DeviceTree& tree) {
  tree.soc()
      .child(fmt::format("marker@{:x}", window.base()))
      .text("compatible", "ringside,marker")
      .wide("reg", {window.base(), kWindowBytes});
}

}  // namespace ringside
