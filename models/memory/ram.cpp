// SPDX-License-Identifier: Apache-2.0
#include "memory/ram.h"

#include <fmt/format.h>

#include "kit/device_tree.h"
#include "kit/platform.h"
#include "memory/memory_access.h"

namespace ringside {

Ram::Ram(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
  if (size->bytes % CodePages::kPageBytes != 0)
    throw ConfigError(size.where(), fmt::format("'size' of {} is {}; expected a multiple of 4KiB",
                                                label(), size.value_text()));
  if (window.base() % CodePages::kPageBytes != 0)
    throw ConfigError(
        window.base_param().where(),
        fmt::format("'base' of {} is {}; expected an address that is a multiple of 4096", label(),
                    window.base_param().value_text()));
  path.check_capacity(size, size->bytes);
  window.set_size(size->bytes);
  window.on_transport([this](auto& payload, auto& delay) { transport(payload, delay); });
  window.on_direct([this](auto&, auto& dmi) { return direct(dmi); });
  if (platform().describing()) return;
  memory_ = HostMemory(size->bytes);
  platform().code_pages().add_memory(memory_.data(), memory_.size());
}

void Ram::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  memory_access(payload, memory_.data(), memory_.size(), true);
  if (!payload.is_response_ok()) return;
  if (payload.is_write()) {
    ++writes;
    platform().code_pages().written(memory_.data() + payload.get_address(),
                                    payload.get_data_length());
  } else {
    ++reads;
  }
  payload.set_dmi_allowed(true);
  if (platform().timed()) path.add_time(payload, delay);
}

bool Ram::direct(tlm::tlm_dmi& dmi) {
  dmi.set_dmi_ptr(memory_.data());
  dmi.set_start_address(0);
  dmi.set_end_address(memory_.size() - 1);
  dmi.set_read_latency(path.latency);
  dmi.set_write_latency(path.latency);
  dmi.allow_read_write();
  return true;
}

bool Ram::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (!holds(offset, bytes)) return false;
  memory_.discard(offset, bytes);
  platform().code_pages().written(memory_.data() + offset, bytes);
  return true;
}

std::uint64_t Ram::discard_zeros(std::uint64_t offset, std::uint64_t bytes) {
  return holds(offset, bytes) ? memory_.discard_zeros(offset, bytes) : 0;
}

void Ram::device_tree(DeviceTree& tree) {
  tree.root()
      .child(fmt::format("memory@{:x}", window.base()))
      .text("device_type", "memory")
      .wide("reg", {window.base(), memory_.size()});
}

}  // namespace ringside
