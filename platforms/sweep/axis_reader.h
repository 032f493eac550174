// SPDX-License-Identifier: Apache-2.0
// An axis, as a sweep's file has it: values, a range, or variants that set several parameters.
#pragma once

#include <vector>

#include "kit/node.h"
#include "sweep/sweep.h"

namespace ringside::sweep {

/// A name and what stands behind it. What is wrong becomes findings.
Axis read_axis(const Node::Entry& entry, Diagnostics& findings);

/// A map from paths of parameters to values.
void read_settings(const Node& map, const std::string& what, std::vector<Setting>& settings,
                   Diagnostics& findings);

}  // namespace ringside::sweep
