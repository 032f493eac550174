// SPDX-License-Identifier: Apache-2.0
#include "walk.h"

namespace ringside::program {
namespace {

using Visit = std::function<void(const std::string& path, const StatGroup&)>;

void visit_group(const std::string& path, const StatGroup& group, const Visit& visit) {
  visit(path, group);
  for (const StatGroup* inner : group.stat_groups())
    visit_group(path + "." + inner->stat_name(), *inner, visit);
}

}  // namespace

void for_each_group(const Platform& platform, const Visit& visit) {
  for (const Model* model : platform.models()) {
    const std::string path = model->path();
    visit_group(path.empty() ? "machine" : path, *model, visit);
  }
}

}  // namespace ringside::program
