// SPDX-License-Identifier: Apache-2.0
// Reads what write_statistics() has written as JSON.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ringside::program {

/// The whole file; throws std::runtime_error if it is not one.
nlohmann::json read_statistics_file(const std::string& file);

/// Calls with each statistic: the path of its group ("bus.pci.disk.device.requestq"), its name, and
/// the leaf of the tree.
void for_each_statistic(const nlohmann::json& statistics,
                        const std::function<void(const std::string& path, const std::string& name,
                                                 const nlohmann::json& leaf)>& call);

}  // namespace ringside::program
