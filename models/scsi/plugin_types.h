// SPDX-License-Identifier: Apache-2.0
// The types of this family, for tests that register them by hand.
#pragma once

namespace ringside {
class Registry;
namespace scsi {
void register_types(Registry& registry);
}
}  // namespace ringside
