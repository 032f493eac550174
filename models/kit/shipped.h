// SPDX-License-Identifier: Apache-2.0
// Files that come with Ringside and that models read by name: profiles, not platforms.
#pragma once

#include <string>
#include <vector>

namespace ringside {

/// The full path of `folder`/`name`.yaml ("timing", "ddr4-3200") among the YAML files that were
/// installed with the kit, or that lie in the source tree it was built in; empty if there is none.
/// They are found from where the kit's library lies, whichever program has loaded it. `name` is one
/// word: no '/'.
std::string find_shipped(const std::string& folder, const std::string& name);

/// The names that find_shipped() knows in that folder, in order.
std::vector<std::string> list_shipped(const std::string& folder);

}  // namespace ringside
