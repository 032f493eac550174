// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/named_memory.h"

#include <fmt/format.h>

#include <vector>

#include "kit/platform.h"

namespace ringside::virtio {

DeviceMemory* named_memory(Model& device, const Param<std::string>& memory) {
  Platform& platform = device.platform();
  std::vector<std::string> paths;
  for (const Model* model : platform.models())
    if (dynamic_cast<const DeviceMemory*>(model)) paths.push_back(model->path());
  const auto refuse = [&](const std::string& what) {
    device.diagnostics().error(
        memory.where(),
        fmt::format("'memory' of {} is '{}', {}; expected the path of a device-memory{}",
                    device.label(), memory.get(), what, did_you_mean(memory.get(), paths)));
    return nullptr;
  };
  Model* model = platform.find(memory);
  if (!model) return refuse("which is not there");
  auto* found = dynamic_cast<DeviceMemory*>(model);
  if (!found) return refuse(fmt::format("which is a {}", model->type()));
  if (!found->claim(device))
    return refuse(fmt::format("which belongs to {}", found->owner()->label()));
  return found;
}

}  // namespace ringside::virtio
