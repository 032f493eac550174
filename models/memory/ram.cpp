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
  window.on_direct([this](auto& payload, auto& dmi) { return direct(payload, dmi); });
  if (platform().describing()) return;
  memory_ = HostMemory(size->bytes);
  if (platform().exits()) absent_ = AbsentPages(size->bytes);
  platform().code_pages().add_memory(memory_.data(), memory_.size());
}

void Ram::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  memory_access(payload, memory_.data(), memory_.size(), true);
  if (!payload.is_response_ok()) return;
  if (absent_.any()) absent_.touch(payload, payload.get_data_length(), *this);
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

bool Ram::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  AbsentPages::Range range{0, memory_.size() - 1};
  if (absent_.any()) {
    absent_.touch(payload, 1, *this);
    range = absent_.present_around(payload.get_address());
  }
  dmi.set_dmi_ptr(memory_.data() + range.first);
  dmi.set_start_address(range.first);
  dmi.set_end_address(range.last);
  dmi.set_read_latency(path.latency);
  dmi.set_write_latency(path.latency);
  dmi.allow_read_write();
  return true;
}

bool Ram::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (!holds(offset, bytes)) return false;
  memory_.discard(offset, bytes);
  leave(offset, bytes);
  platform().code_pages().written(memory_.data() + offset, bytes);
  return true;
}

std::uint64_t Ram::discard_zeros(std::uint64_t offset, std::uint64_t bytes) {
  if (!holds(offset, bytes)) return 0;
  return memory_.discard_zeros(offset, bytes, [this](auto at, auto part) { leave(at, part); });
}

/// These pages are the host's again.
void Ram::leave(std::uint64_t offset, std::uint64_t bytes) {
  if (absent_.leave(offset, bytes))
    window.invalidate_direct(offset, offset + bytes - 1);
}

void Ram::device_tree(DeviceTree& tree) {
  tree.root()
      .child(fmt::format("memory@{:x}", window.base()))
      .text("device_type", "memory")
      .wide("reg", {window.base(), memory_.size()});
}

}  // namespace ringside
