// SPDX-License-Identifier: Apache-2.0
// Where the program finds its plugins and platform files, in a build tree and when installed.
#pragma once

#include <string>
#include <vector>

#include "kit/registry.h"

namespace ringside::program {

/// Loads the plugins of all plugin folders, then the files given. Throws std::runtime_error.
void load_plugins(Registry& registry, const std::vector<std::string>& files);
/// The folders that load_plugins() looks into: next to the program, then RINGSIDE_PLUGIN_PATH.
std::vector<std::string> plugin_folders();
/// The folders that hold platform files.
std::vector<std::string> platform_folders();
/// `name` itself if there is such a file; else the platform file of that name ("riscv-virt" or
/// "riscv-virt.yaml") from the platform folders; else `name`, for the message that it is missing.
std::string find_platform(const std::string& name);

}  // namespace ringside::program
