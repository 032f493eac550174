// SPDX-License-Identifier: Apache-2.0
#include "cpu/rv64.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cpu/registers.h"
#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside::cpu {

namespace {

constexpr uint64_t kMaxCycles = 60000;
constexpr unsigned kCacheBlockBytes = 64;

std::vector<std::string> class_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < kOpClasses; ++i)
    names.emplace_back(op_class_name(static_cast<OpClass>(i)));
  return names;
}

std::string beside(const Location& where, const std::string& file) {
  const size_t slash = where.file.rfind('/');
  if (file.empty() || file[0] == '/' || slash == std::string::npos) return file;
  return where.file.substr(0, slash + 1) + file;
}

}  // namespace

Rv64::Rv64(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context),
      registers{this,
                "registers",
                {{"hart", "its number; all harts if left out"}},
                "program counter, privilege, x and f registers and the main CSRs",
                [this](std::optional<unsigned> hart) {
                  if (hart) return registers_of(core_of(hart));
                  Json all = Json::object();
                  for (const auto& one : harts_)
                    all[fmt::format("hart{}", one->hart_id())] = registers_of(one->core());
                  return all;
                },
                CommandEffect::Reads},
      code_(read_timing()),
      rounds_(platform().quantum, hart_count) {
  code_.attach(this);
  platform().code_pages().add_listener(this);
  Rv64Hart::Settings settings;
  settings.options.sstc = sstc;
  settings.options.svadu = svadu;
  settings.options.max_levels = mmu;
  settings.period = sc_core::sc_time(1.0 / clock->hz, sc_core::SC_SEC);
  settings.reset_vector = reset_vector->value;
  for (unsigned i = 0; i < hart_count; ++i) {
    settings.options.hart_id = i;
    const std::string hart_name = "hart" + std::to_string(i);
    harts_.push_back(
        std::make_unique<Rv64Hart>(hart_name.c_str(), *this, code_, rounds_, settings));
  }
}

Rv64::~Rv64() = default;

void Rv64::read_class(CycleTable& table, const std::string& name, const Node& value) {
  for (size_t i = 0; i < kOpClasses; ++i) {
    if (name != op_class_name(static_cast<OpClass>(i))) continue;
    const auto cycles = parse_integer(value.text());
    if (!value.is_scalar() || !cycles || *cycles < 1 || *cycles > kMaxCycles) {
      diagnostics().error(value.where(), "cycles of class '" + name + "' is " + value.describe() +
                                             "; expected a number from 1 to 60000");
      return;
    }
    table.cycles[i] = static_cast<uint16_t>(*cycles);
    return;
  }
  diagnostics().error(value.where(), "unknown instruction class '" + name + "'; expected one of " +
                                         quoted_list(class_names()) +
                                         did_you_mean(name, class_names()));
}

CycleTable Rv64::read_timing() {
  CycleTable table;
  Node profile = timing.get();
  if (profile.is_scalar()) {
    try {
      profile = Node::load(beside(profile.where(), profile.text()));
    } catch (const ConfigError& e) {
      diagnostics().error(timing.where(), e.what());
      return table;
    }
  }
  if (!profile.is_map()) {
    diagnostics().error(profile.where(), "timing is " + profile.describe() +
                                             "; expected a map from instruction class to cycles, "
                                             "or the name of a file with one");
    return table;
  }
  for (const Node::Entry& entry : profile.entries()) read_class(table, entry.key, entry.value);
  return table;
}

HartCore& Rv64::core_of(std::optional<unsigned> hart) {
  const unsigned index = hart.value_or(0);
  if (index < harts_.size()) return core(index);
  throw CommandError(
      fmt::format("there is no hart {}; expected 0 to {}", index, harts_.size() - 1));
}

void Rv64::reset() {
  for (const auto& hart : harts_) hart->reset();
}

void Rv64::refresh_statistics() {
  for (const auto& hart : harts_) hart->update_statistics();
  blocks_.set(code_.blocks_built());
  dropped_.set(code_.pages_dropped());
}

std::vector<HartInterface*> Rv64::harts() {
  std::vector<HartInterface*> all;
  for (const auto& hart : harts_) all.push_back(hart.get());
  return all;
}

void Rv64::code_page_added(uint64_t ppn, const uint8_t* host) {
  pages_[host] = ppn;
  platform().code_pages().mark(host);
}

void Rv64::code_page_written(const std::uint8_t* page) {
  const auto it = pages_.find(page);
  if (it != pages_.end()) code_.written(it->second << kPageShift, kPageSize);
}

std::vector<std::string> Rv64::isa_extensions() const {
  std::vector<std::string> list = {"i",           "m",      "a",      "f",      "d",     "c",
                                   "zicbom",      "zicboz", "zicntr", "zicond", "zicsr", "zifencei",
                                   "zihintpause", "zba",    "zbb",    "zbc",    "zbs"};
  if (harts_[0]->has_files()) {
    list.emplace_back("smaia");
    list.emplace_back("ssaia");
  }
  if (sstc) list.emplace_back("sstc");
  if (svadu) list.emplace_back("svadu");
  list.emplace_back("svinval");
  return list;
}

void Rv64::hart_node(DeviceTree& tree, Rv64Hart& hart) const {
  static const char* const kMmu[] = {"riscv,sv39", "riscv,sv48", "riscv,sv57"};
  const std::vector<std::string> extensions = isa_extensions();
  std::string isa = "rv64";
  for (const std::string& e : extensions) isa += (e.size() > 1 ? "_" : "") + e;
  const std::string id = std::to_string(hart.hart_id());
  DeviceTreeNode& node = tree.root().child("cpus").child("cpu@" + id);
  node.text("device_type", "cpu").cell("reg", hart.hart_id()).text("status", "okay");
  node.text("compatible", "riscv").text("riscv,isa", isa).text("riscv,isa-base", "rv64i");
  node.texts("riscv,isa-extensions", extensions).text("mmu-type", kMmu[mmu - 3]);
  node.cell("riscv,cbom-block-size", kCacheBlockBytes)
      .cell("riscv,cboz-block-size", kCacheBlockBytes);
  const uint32_t phandle = tree.phandle(path() + "/hart" + id);
  node.cell("phandle", phandle);
  DeviceTreeNode& intc = node.child("interrupt-controller");
  intc.cell("#interrupt-cells", 1).empty("interrupt-controller");
  intc.text("compatible", "riscv,cpu-intc").cell("phandle", tree.phandle(hart.intc_phandle_name()));
  tree.root()
      .child("cpus")
      .child("cpu-map")
      .child("cluster0")
      .child("core" + id)
      .cell("cpu", phandle);
}

void Rv64::device_tree(DeviceTree& tree) {
  tree.root().child("cpus").cell("#address-cells", 1).cell("#size-cells", 0);
  for (const auto& hart : harts_) hart_node(tree, *hart);
}

}  // namespace ringside::cpu
