// SPDX-License-Identifier: Apache-2.0
// A plugin as it should be. Built a second time as C++20, to be refused.
#include "kit/plugin.h"

namespace {

struct Widget : ringside::Model {
  Widget(const sc_core::sc_module_name& name, const ringside::ModelContext& context)
      : ringside::Model(name, context) {}
  ringside::Param<unsigned> size{this, "size", 3u, "how large"};
};

void register_types(ringside::Registry& registry) {
  registry.add<ringside::Model, Widget>("widget", "comes from a plugin");
}

}  // namespace

RINGSIDE_PLUGIN("good", register_types);
