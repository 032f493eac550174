// SPDX-License-Identifier: Apache-2.0
#include "memory/rom.h"

#include <fmt/format.h>

#include <fstream>

#include "kit/platform.h"
#include "memory/memory_access.h"

namespace ringside {

Rom::Rom(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
  if (size->bytes % CodePages::kPageBytes != 0)
    throw ConfigError(size.where(), fmt::format("'size' of {} is {}; expected a multiple of 4KiB",
                                                label(), size.value_text()));
  window.set_size(size->bytes);
  window.on_transport([this](auto& payload, auto& delay) {
    memory_access(payload, memory_.data(), memory_.size(), false);
    if (platform().timed()) delay += latency.get();
  });
  window.on_direct([this](auto&, auto& dmi) {
    dmi.set_dmi_ptr(memory_.data());
    dmi.set_start_address(0);
    dmi.set_end_address(memory_.size() - 1);
    dmi.set_read_latency(latency);
    dmi.allow_read();
    return true;
  });
  if (platform().describing()) return;
  memory_ = HostMemory(size->bytes);
  platform().code_pages().add_memory(memory_.data(), memory_.size());
  if (image.given()) load();
}

void Rom::load() {
  std::ifstream file(image->path, std::ios::binary | std::ios::ate);
  const std::streamoff bytes = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (bytes < 0)
    throw ConfigError(image.where(), fmt::format("'image' of {}: cannot read '{}'; expected a file",
                                                 label(), image->path));
  if (static_cast<std::uint64_t>(bytes) > memory_.size())
    throw ConfigError(image.where(),
                      fmt::format("'image' of {}: '{}' has {} bytes; expected at most {} ('size')",
                                  label(), image->path, bytes, memory_.size()));
  file.seekg(0);
  if (!file.read(reinterpret_cast<char*>(memory_.data()), bytes))
    throw ConfigError(image.where(),
                      fmt::format("'image' of {}: cannot read '{}'", label(), image->path));
}

}  // namespace ringside
