// SPDX-License-Identifier: Apache-2.0
#include "kit/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"
#include "kit/registry.h"

namespace ringside {

Model::Model(const sc_core::sc_module_name& name, const ModelContext& context)
    : sc_core::sc_module(name),
      StatGroup(context.name),
      platform_(context.platform),
      parent_(context.parent),
      type_(context.type),
      name_(context.name),
      node_(context.node) {
  platform_->enter(*this);
}

Model::~Model() {
  platform_->leave(*this);
}

Diagnostics& Model::diagnostics() const {
  return platform_->diagnostics();
}

std::string Model::path() const {
  if (!parent_) return "";
  const std::string above = parent_->path();
  return above.empty() ? name_ : above + "." + name_;
}

std::string Model::label() const {
  const std::string where = path();
  return where.empty() ? "the machine" : fmt::format("{} ({})", where, type_);
}

void Model::check_keys() const {
  std::vector<std::string> known{"type"};
  for (const ParamBase* param : params_) known.push_back(param->name());
  for (const ChildSlotBase* slot : slots_) known.push_back(slot->name());
  for (const Node::Entry& entry : node_.entries()) {
    if (entry.key == "impl") continue;  // chose the type
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    diagnostics().error(
        entry.key_where,
        fmt::format("unknown key '{}' of {}; expected one of {}{}", printable(entry.key), label(),
                    quoted_list(known), did_you_mean(entry.key, known)));
  }
}

ChildSlotBase::ChildSlotBase(Model* owner, std::string name, std::string kind, std::string doc,
                             bool is_required, bool many)
    : owner_(owner),
      name_(std::move(name)),
      kind_(std::move(kind)),
      doc_(std::move(doc)),
      required_(is_required),
      many_(many) {
  owner_->declare(*this);
}

const Node* ChildSlotBase::written() const {
  const Node* node = owner_->node().find(name_);
  if (!node && required_ && !owner_->platform().describing()) {
    owner_->diagnostics().error(
        owner_->node().where(),
        fmt::format("'{}' of {} is missing; expected {}: {{type: ...}} ({})", name_,
                    owner_->label(), name_, doc_));
  }
  return node;
}

Node ChildSlotBase::with_type(const Node& node, const char* standard) {
  if (!standard || !node.is_map() || node.find("type")) return node;
  std::vector<Node::Entry> entries = node.entries();
  entries.push_back({"type", node.where(), Node::scalar(standard, node.where())});
  return Node::map(std::move(entries), node.where());
}

Model* ChildSlotBase::build(const std::string& name, const Node& node) {
  Model* model = owner_->platform().build(*owner_, kind_, name, node);
  if (model) built_.push_back(model);
  return model;
}

void ChildSlotBase::reject(const Node& found, const std::string& expected) const {
  owner_->diagnostics().error(found.where(),
                              fmt::format("'{}' of {} is {}; expected {}", name_, owner_->label(),
                                          found.describe(), expected));
}

}  // namespace ringside
