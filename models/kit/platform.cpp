// SPDX-License-Identifier: Apache-2.0
#include "kit/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "kit/irq.h"
#include "kit/machine.h"
#include "kit/port.h"

namespace ringside {

/// Resets the models before anything else happens at the start, and whenever somebody asks.
class Platform::Control final : public sc_core::sc_module {
 public:
  Control(const sc_core::sc_module_name& name, Platform& platform)
      : sc_core::sc_module(name), platform_(platform) {
    SC_HAS_PROCESS(Control);
    SC_METHOD(reset);
    sensitive << reset_event;
    dont_initialize();
    SC_METHOD(stop_at_start);
  }
  sc_core::sc_event reset_event;

 private:
  void start_of_simulation() override { platform_.reset_all(); }
  // Somebody may have asked to stop while the models were reset, when the kernel cannot pause yet.
  void stop_at_start() {
    if (platform_.stopped_) sc_core::sc_pause();
  }
  void reset() {
    ++platform_.resets_;
    platform_.reset_all();
    platform_.announce(*platform_.root_, "reset");
  }
  Platform& platform_;
};

Platform::Platform(Registry& registry)
    : registry_(registry),
      host_(std::make_unique<HostBoundary>(sc_core::sc_gen_unique_name("host"), *this)),
      control_(std::make_unique<Control>(sc_core::sc_gen_unique_name("control"), *this)) {}

Platform::~Platform() = default;

void Platform::enter(Model& model) {
  models_.push_back(&model);
  if (model.parent_) {
    model.parent_->children_.push_back(&model);
  } else if (!root_) {
    root_ = &model;
  }
}

void Platform::leave(Model& model) {
  for (Model* child : std::vector<Model*>(model.children_)) leave(*child);
  models_.erase(std::remove(models_.begin(), models_.end(), &model), models_.end());
  if (root_ == &model) root_ = nullptr;
  if (!model.parent_) return;
  std::vector<Model*>& siblings = model.parent_->children_;
  siblings.erase(std::remove(siblings.begin(), siblings.end(), &model), siblings.end());
}

bool Platform::build(const Node& root) {
  if (!root.is_map()) {
    diagnostics_.error(
        root.where(),
        fmt::format("a platform is {}; expected a map such as 'type: machine'", root.describe()));
    return false;
  }
  const Node* type = root.find("type");
  const std::string name = type ? type->text() : "machine";
  const Registration* registration = registry_.find(Machine::kind, name);
  if (!registration) {
    diagnostics_.error(
        type->where(),
        fmt::format("the root is of type '{}'; expected one of {}{}", printable(name),
                    quoted_list(registry_.names_of_kind(Machine::kind)),
                    did_you_mean(name, registry_.names_of_kind(Machine::kind))));
    return false;
  }
  make(*registration, {this, nullptr, name, "machine", overrides_.apply("", root)});
  if (diagnostics_.failed()) return false;
  overrides_.report_unused(*this);
  check_ports();
  if (diagnostics_.failed()) return false;
  for (std::size_t i = 0; i < models_.size(); ++i) resolve(*models_[i]);
  return !diagnostics_.failed();
}

Model* Platform::make(const Registration& type, const ModelContext& context) {
  const auto label = [&] {
    return context.parent
               ? fmt::format("'{}' of {} ({})", context.name, context.parent->label(), context.type)
               : "the machine";
  };
  try {
    Model* model = type.make(context.name.c_str(), context);
    model->check_keys();
    return model;
  } catch (const ConfigError& e) {
    diagnostics_.error(e.diagnostic().where, e.diagnostic().message);
  } catch (const std::exception& e) {
    diagnostics_.error(context.node.where(), fmt::format("{}: {}", label(), e.what()));
  }
  return nullptr;
}

void Platform::resolve(Model& model) {
  try {
    model.resolve();
  } catch (const ConfigError& e) {
    diagnostics_.error(e.diagnostic().where, e.diagnostic().message);
  } catch (const std::exception& e) {
    diagnostics_.error(model.node().where(), fmt::format("{}: {}", model.label(), e.what()));
  }
}

namespace {

// A type may have implementations beside the standard one, which is TLM: they are registered as
// "TYPE:NAME", and `impl: NAME` chooses among them.
constexpr const char* kStandardImplementation = "tlm";

const Registration* implementation(const Registry& registry, const Registration& type,
                                   const Node& impl) {
  if (!impl.is_scalar()) return nullptr;
  if (impl.text() == kStandardImplementation) return &type;
  return registry.find(type.kind, type.name + ":" + impl.text());
}

std::vector<std::string> implementations(const Registry& registry, const std::string& kind,
                                         const std::string& type) {
  std::vector<std::string> names{kStandardImplementation};
  for (const std::string& name : registry.names_of_kind(kind))
    if (name.compare(0, type.size() + 1, type + ":") == 0)
      names.push_back(name.substr(type.size() + 1));
  return names;
}

}  // namespace

Model* Platform::build(Model& parent, const std::string& kind, const std::string& name,
                       const Node& written) {
  // To YAML, the word in "backend: null" is no text.
  if (written.kind() == Node::Kind::Null && registry_.find(kind, "null"))
    return build(parent, kind, name, Node::scalar("null", written.where()));
  const std::string above = parent.path();
  const Node node = overrides_.apply(above.empty() ? name : above + "." + name, written);
  const Node* type_node = node.is_map() ? node.find("type") : &node;
  const std::vector<std::string> names = registry_.names_of_kind(kind);
  if (!type_node || !type_node->is_scalar()) {
    diagnostics_.error(type_node ? type_node->where() : node.where(),
                       fmt::format("'{}' of {} has no type; expected 'type: ' and one of {}",
                                   printable(name), parent.label(), quoted_list(names)));
    return nullptr;
  }
  std::string type = type_node->text();
  const Registration* registration = registry_.find(kind, type);
  if (const Node* impl = node.is_map() ? node.find("impl") : nullptr; impl && registration) {
    registration = implementation(registry_, *registration, *impl);
    if (!registration) {
      const std::vector<std::string> known = implementations(registry_, kind, type);
      diagnostics_.error(
          impl->where(),
          fmt::format("'impl' of '{}' below {} is {}; expected an implementation of "
                      "type '{}': one of {}{}",
                      printable(name), parent.label(), impl->describe(), printable(type),
                      quoted_list(known), did_you_mean(impl->text(), known)));
      return nullptr;
    }
    type = registration->name;
  }
  if (!registration) {
    const std::vector<std::string> elsewhere = registry_.kinds_of(type);
    const std::string hint =
        elsewhere.empty() ? did_you_mean(type, names)
                          : fmt::format("; '{}' is of kind {}", type, quoted_list(elsewhere));
    diagnostics_.error(
        type_node->where(),
        fmt::format("'{}' of {} has the unknown type '{}'; expected a type of kind '{}': {}{}",
                    printable(name), parent.label(), printable(type), kind,
                    names.empty() ? "no plugin brings one" : "one of " + quoted_list(names), hint));
    return nullptr;
  }
  if (name.empty() ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
          std::string::npos) {
    diagnostics_.error(
        node.where(),
        fmt::format("the name '{}' below {} is not usable; expected letters, digits, '-' and '_'",
                    printable(name), parent.label()));
    return nullptr;
  }
  const Node own = node.is_map() ? node : Node::map({}, node.where());
  return make(*registration, {this, &parent, type, name, own});
}

Model* Platform::build_for_description(const Registration& type) {
  describing_ = true;
  struct Done {
    bool& flag;
    ~Done() { flag = false; }
  } done{describing_};
  const ModelContext context{this, nullptr, type.name, type.name, Node()};
  return type.make(sc_core::sc_gen_unique_name("described"), context);
}

Model* Platform::find(const std::string& path) const {
  for (Model* model : models_)
    if (model->path() == path) return model;
  return nullptr;
}

void Platform::check_ports() {
  for (const Model* model : models_) {
    for (const PortBase* port : model->ports()) {
      if (port->bound()) continue;
      diagnostics_.error(
          model->node().where(),
          fmt::format("{} '{}' of {} is not bound; expected the model below a bus ({})",
                      port->kind(), port->port_name(), model->label(), port->doc()));
    }
  }
  // Wires: every source of the controller has at most one driver.
  WiredInterruptController* controller = find_first<WiredInterruptController>();
  std::map<unsigned, const IrqOut*> drivers;
  for (Model* model : models_) {
    for (IrqOut* irq : model->irqs()) {
      if (!irq->given()) continue;
      if (!controller) {
        diagnostics_.error(
            irq->param().where(),
            fmt::format(
                "'{}' of {} names an interrupt, but the platform has no interrupt controller; "
                "add one (of type 'aplic' or 'plic') or take the interrupt away",
                irq->param().name(), model->label()));
        continue;
      }
      const unsigned last = irq->first_source() + irq->count() - 1;
      if (irq->first_source() == 0 || irq->first_source() > controller->sources() ||
          last > controller->sources()) {
        diagnostics_.error(
            irq->param().where(),
            fmt::format("'{}' of {} is {}; expected an interrupt source from 1 to {}",
                        irq->param().name(), model->label(), last, controller->sources()));
        continue;
      }
      for (unsigned source = irq->first_source(); source <= last; ++source) {
        const auto [entry, is_new] = drivers.emplace(source, irq);
        if (is_new) continue;
        diagnostics_.error(
            irq->param().where(),
            fmt::format(
                "interrupt {} of {} is in use already: by {} at {}; expected a source of its own",
                source, model->label(), entry->second->owner().label(),
                entry->second->param().where().str()));
      }
      irq->connect(controller);
    }
  }
}

std::uint64_t Platform::seed_for(const Model& model) const {
  // FNV-1a over the path, then one round of splitmix64, so that neighbours differ in all bits.
  std::uint64_t hash = 0xcbf29ce484222325ull ^ seed;
  for (char c : model.path()) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ull;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ull;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebull;
  return hash ^ (hash >> 31);
}

std::vector<std::uint8_t> Platform::flatten_device_tree() {
  DeviceTree tree;
  for (Model* model : models_) model->device_tree(tree);
  return tree.flatten();
}

void Platform::hart_sleeps() {
  ++sleeping_harts_;
  if (all_harts_sleep()) host_->idle();
}

void Platform::reset_all() {
  for (Model* model : models_) model->reset();
}

void Platform::run(const sc_core::sc_time& limit) {
  if (stopped_) return;
  // More than is left of simulated time is as good as no limit.
  if (limit >= sc_core::sc_max_time() - sc_core::sc_time_stamp())
    sc_core::sc_start();
  else
    sc_core::sc_start(limit, sc_core::SC_RUN_TO_TIME);
}

void Platform::request_stop(int exit_code, std::string reason) {
  const bool found_late = finished_ && exit_code != 0 && stop_reason_.exit_code == 0;
  if (stopped_ && !found_late) return;
  stopped_ = true;
  stop_reason_ = {exit_code, std::move(reason)};
  // Before the start there is nothing to pause: run() will return at once.
  if (sc_core::sc_is_running()) sc_core::sc_pause();
}

void Platform::request_reset() {
  control_->reset_event.notify(sc_core::SC_ZERO_TIME);
}

void Platform::announce(const Model& model, std::string what, std::string detail) {
  if (event_call_) event_call_({model, std::move(what), std::move(detail)});
}

void Platform::milestone(const Model& model, std::string name) {
  if (milestones_.size() < kMostMilestones) milestones_.push_back({sc_core::sc_time_stamp(), name});
  announce(model, "milestone", std::move(name));
}

void Platform::begin_region() {
  refresh_statistics();
  for (Model* model : models_) model->clear_stats();
  counted_since_ = sc_core::sc_time_stamp();
  in_region_ = true;
  for (const auto& call : region_calls_) call(true);
  announce(*root_, "region_begins");
}

void Platform::end_region() {
  if (!in_region_) return;
  in_region_ = false;
  refresh_statistics();
  for (const auto& call : region_calls_) call(false);
  announce(*root_, "region_ends");
}

void Platform::refresh_statistics() {
  for (Model* model : models_) model->refresh_statistics();
}

void Platform::finish() {
  if (finished_) return;
  finished_ = true;
  refresh_statistics();
  for (Model* model : models_) model->finish();
  host_->finish();
}

}  // namespace ringside
