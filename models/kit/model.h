// SPDX-License-Identifier: Apache-2.0
// The base of every model, and how a model declares the children that YAML gives it.
//
// Life of a model:
//   constructor   parameters, ports, registers, statistics and children are members; their values
//   are there at once resolve()     the whole tree exists: look up other models, connect interrupts
//   (SystemC elaborates and starts)
//   reset()       at power-on and at each reset of the machine
//   finish()      after the last simulated moment: flush files
#pragma once

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "kit/node.h"
#include "kit/param.h"
#include "kit/stat.h"

namespace ringside {

class ChildSlotBase;
class CommandBase;
class DeviceTree;
class IrqOut;
class Model;
class Platform;
class PortBase;
class RegisterBank;

/// What a model is built from.
struct ModelContext {
  Platform* platform = nullptr;
  Model* parent = nullptr;
  std::string type;  ///< the name it is registered under
  std::string name;  ///< the key it is written under
  Node node;         ///< its parameters and children
};

class Model : public sc_core::sc_module, public StatGroup {
 public:
  /// The kind of models that stand below a machine or a bus; more special kinds are derived
  /// classes.
  static constexpr const char* kind = "component";
  static constexpr const char* kind_doc = "stands below a machine or a bus";

  Model(const sc_core::sc_module_name& name, const ModelContext& context);
  ~Model() override;

  /// Called once when all models exist and before the simulation starts.
  virtual void resolve() {}
  /// Back to the state after power-on. What back ends hold (a disk's contents) stays.
  virtual void reset() {}
  /// Adds this model's nodes and properties to the device tree that the guest will see.
  virtual void device_tree(DeviceTree&) {}
  /// Copies totals that are kept elsewhere into the statistics: before somebody reads them.
  virtual void refresh_statistics() {}
  /// The run is over.
  virtual void finish() {}

  Platform& platform() const { return *platform_; }
  Diagnostics& diagnostics() const;
  const Node& node() const { return node_; }
  const std::string& type() const { return type_; }
  const std::string& model_name() const { return name_; }
  Model* parent() const { return parent_; }
  /// Names from below the machine down, joined by dots: "bus.pci.disk". Empty for the machine
  /// itself.
  std::string path() const;
  /// "bus.pci.disk (virtio-pci)", for messages.
  std::string label() const;

  const std::vector<ParamBase*>& params() const { return params_; }
  const std::vector<PortBase*>& ports() const { return ports_; }
  const std::vector<IrqOut*>& irqs() const { return irqs_; }
  const std::vector<RegisterBank*>& register_banks() const { return banks_; }
  const std::vector<ChildSlotBase*>& slots() const { return slots_; }
  const std::vector<CommandBase*>& commands() const { return commands_; }
  const std::vector<Model*>& children() const { return children_; }

  // Used by the members' constructors.
  void declare(ParamBase& param) { params_.push_back(&param); }
  void declare(PortBase& port) { ports_.push_back(&port); }
  void declare(IrqOut& irq) { irqs_.push_back(&irq); }
  void declare(RegisterBank& bank) { banks_.push_back(&bank); }
  void declare(ChildSlotBase& slot) { slots_.push_back(&slot); }
  void declare(CommandBase& command) { commands_.push_back(&command); }

  /// Reports keys of the configuration that no parameter or slot has claimed. The builder calls it.
  void check_keys() const;

 private:
  friend class Platform;
  Platform* platform_;
  Model* parent_;
  std::string type_;
  std::string name_;
  Node node_;
  std::vector<ParamBase*> params_;
  std::vector<PortBase*> ports_;
  std::vector<IrqOut*> irqs_;
  std::vector<RegisterBank*> banks_;
  std::vector<ChildSlotBase*> slots_;
  std::vector<CommandBase*> commands_;
  std::vector<Model*> children_;
};

/// A place for children of one kind.
class ChildSlotBase {
 public:
  ChildSlotBase(const ChildSlotBase&) = delete;
  ChildSlotBase& operator=(const ChildSlotBase&) = delete;

  const std::string& name() const { return name_; }
  const std::string& kind() const { return kind_; }
  const std::string& doc() const { return doc_; }
  bool is_required() const { return required_; }
  bool holds_many() const { return many_; }
  /// The type that is built when nothing is written; empty if none is.
  virtual std::string standard_type() const { return ""; }
  /// The models in this slot.
  const std::vector<Model*>& built() const { return built_; }

 protected:
  ChildSlotBase(Model* owner, std::string name, std::string kind, std::string doc, bool is_required,
                bool many);
  virtual ~ChildSlotBase() = default;
  /// The node of this slot, or nullptr; reports a missing required one.
  const Node* written() const;
  /// The node with `standard` (may be nullptr) as its type if it is a map that names none.
  static Node with_type(const Node& node, const char* standard);
  /// Builds a child of this slot's kind, or reports why not and gives nullptr.
  Model* build(const std::string& name, const Node& node);
  void reject(const Node& found, const std::string& expected) const;

  Model* owner_;

 private:
  std::string name_;
  std::string kind_;
  std::string doc_;
  bool required_;
  bool many_;
  std::vector<Model*> built_;
};

/// One child of interface I under a key of its own: `backend: {type: file, path: disk.img}`, or
/// just `backend: stdio` when the type needs no parameters.
template <typename I>
class ChildSlot final : public ChildSlotBase {
 public:
  ChildSlot(Model* owner, const char* name, Required, const char* doc)
      : ChildSlotBase(owner, name, I::kind, doc, true, false) {
    make();
  }
  /// Optional; `standard` is the type built when nothing is written, or nullptr for none.
  ChildSlot(Model* owner, const char* name, const char* standard, const char* doc)
      : ChildSlotBase(owner, name, I::kind, doc, false, false), standard_(standard) {
    make();
  }

  std::string standard_type() const override { return standard_ ? standard_ : ""; }
  I* get() const { return child_; }
  I* operator->() const { return child_; }
  I& operator*() const { return *child_; }
  explicit operator bool() const { return child_ != nullptr; }

 private:
  void make() {
    const Node* node = written();
    if (node)
      child_ = dynamic_cast<I*>(build(name(), with_type(*node, standard_)));
    else if (standard_)
      child_ = dynamic_cast<I*>(build(name(), Node::scalar(standard_)));
  }

  const char* standard_ = nullptr;
  I* child_ = nullptr;
};

/// Any number of children of interface I, in a map from name to node.
template <typename I>
class Children final : public ChildSlotBase {
 public:
  Children(Model* owner, const char* name, const char* doc)
      : ChildSlotBase(owner, name, I::kind, doc, false, true) {
    const Node* node = written();
    if (!node || node->kind() == Node::Kind::Null) return;
    if (!node->is_map()) reject(*node, "a map from name to model");
    for (const Node::Entry& entry : node->entries())
      if (I* child = dynamic_cast<I*>(build(entry.key, entry.value))) children_.push_back(child);
  }

  const std::vector<I*>& all() const { return children_; }
  auto begin() const { return children_.begin(); }
  auto end() const { return children_.end(); }
  std::size_t size() const { return children_.size(); }

 private:
  std::vector<I*> children_;
};

}  // namespace ringside
