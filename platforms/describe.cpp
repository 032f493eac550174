// SPDX-License-Identifier: Apache-2.0
#include "describe.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

#include "commands.h"
#include "exit_code.h"
#include "kit/command.h"
#include "kit/irq.h"
#include "kit/port.h"
#include "kit/reg.h"
#include "session.h"
#include "text.h"

namespace ringside::program {
namespace {

void add_statistics(Description& out, const std::string& path, const StatGroup& group) {
  for (const Counter* c : group.counters())
    out.statistics.push_back({path, c->name(), c->unit(), c->doc()});
  for (const Histogram* h : group.histograms())
    out.statistics.push_back({path, h->name(), h->unit(), h->doc()});
  for (const StatGroup* inner : group.stat_groups())
    add_statistics(out, path.empty() ? inner->stat_name() : path + "." + inner->stat_name(),
                   *inner);
}

Description::Command description_of(const CommandBase& command) {
  Description::Command out{command.name(), command.doc(),
                           command.effect() == CommandEffect::Changes, {}};
  for (const CommandBase::Argument& a : command.arguments()) {
    const std::string words =
        a.words.empty() ? "" : quoted_list({a.words.begin(), a.words.end()});
    out.arguments.push_back({a.name, a.type, words, a.doc, a.required});
  }
  return out;
}

const char* access_text(RegAccess access) {
  switch (access) {
    case RegAccess::ReadOnly:
      return "ro";
    case RegAccess::WriteOnly:
      return "wo";
    case RegAccess::ReadWrite:
      return "rw";
  }
  return "";
}

std::string document(const std::vector<Description>& all, const std::string& format) {
  std::string text;
  if (format == "json") {
    for (const Description& d : all) text += (text.empty() ? "" : ",\n") + to_json(d);
    return "[" + text + "]\n";
  }
  for (const Description& d : all) {
    if (!text.empty()) text += "\n";
    text += format == "markdown" ? to_markdown(d) : to_text(d);
  }
  return text;
}

}  // namespace

Description describe_type(Platform& platform, const Registration& type) {
  Description out;
  out.kind = type.kind;
  out.name = type.name;
  out.family = type.family;
  out.doc = type.doc;
  const Model& model = *platform.build_for_description(type);
  for (const ParamBase* p : model.params())
    out.parameters.push_back({p->name(), p->type_name(), p->default_text(), p->limits_text(),
                              p->doc(), p->is_required()});
  for (const ChildSlotBase* s : model.slots())
    out.slots.push_back({s->name(), s->kind(), s->standard_type(), s->doc(), s->is_required(),
                         s->holds_many()});
  for (const PortBase* p : model.ports()) out.ports.push_back({p->port_name(), p->kind(), p->doc()});
  for (const IrqOut* irq : model.irqs())
    out.ports.push_back({irq->param().name(), "interrupt", irq->param().doc()});
  for (const RegisterBank* bank : model.register_banks())
    for (const RegisterBase* r : bank->registers())
      out.registers.push_back({bank->name(), r->name(), access_text(r->access()),
                               format_hex(r->reset_value()), r->doc(), r->offset(), r->width()});
  add_statistics(out, "", model);
  for (const CommandBase* command : model.commands())
    out.commands.push_back(description_of(*command));
  return out;
}

int describe(const Options& options) {
  const Registry& registry = session().registry;
  std::vector<const Registration*> types;
  if (options.type.empty()) {
    if (options.format == "text") return list_types(registry);
    types = registry.of_kind("");
  } else {
    std::vector<std::string> names;
    for (const Registration* type : registry.of_kind("")) {
      names.push_back(type->name);
      if (type->name == options.type) types.push_back(type);
    }
    if (types.empty())
      throw std::runtime_error(fmt::format("there is no type '{}'; expected one of {}{}",
                                           options.type, quoted_list(names),
                                           did_you_mean(options.type, names)));
  }
  std::vector<Description> all;
  for (const Registration* type : types) {
    try {
      all.push_back(describe_type(session().platform, *type));
    } catch (const std::exception& e) {
      throw std::runtime_error(
          fmt::format("type '{}' cannot be built with its defaults: {}", type->name, e.what()));
    }
  }
  const std::string text = document(all, options.format);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kOk;
}

}  // namespace ringside::program
