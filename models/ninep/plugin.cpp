// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "ninep/folder.h"
#include "ninep/memory.h"
#include "ninep/plugin_types.h"

namespace ringside::ninep {

void register_types(Registry& registry) {
  registry.add<Tree, Folder>("folder", "a folder of the host");
  registry.add<Tree, Memory>("memory",
                             "files in memory, or a copy of a folder; the same in every run");
}

}  // namespace ringside::ninep

RINGSIDE_PLUGIN("ninep", ringside::ninep::register_types);
