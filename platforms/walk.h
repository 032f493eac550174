// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "kit/platform.h"

namespace ringside::program {

/// Visits every group of statistics: each model, then the groups inside it, with the path joined by
/// dots ("bus.pci.disk.queue0"; "machine" for the root).
void for_each_group(const Platform& platform,
                    const std::function<void(const std::string& path, const StatGroup&)>& visit);

}  // namespace ringside::program
