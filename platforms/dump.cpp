// SPDX-License-Identifier: Apache-2.0
#include "dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "commands.h"
#include "exit_code.h"
#include "kit/irq.h"
#include "kit/port.h"
#include "session.h"

namespace ringside::program {
namespace {

/// File names hold wherever the dump is put, so they are written in full.
std::string full_path(const FilePath& file) {
  std::error_code error;
  if (file.path.empty()) return quoted_scalar("");
  const std::filesystem::path full = std::filesystem::absolute(file.path, error);
  return quoted_scalar(error ? file.path : full.lexically_normal().string());
}

std::string value_of(const ParamBase& param) {
  if (const auto* file = dynamic_cast<const Param<FilePath>*>(&param))
    return full_path(file->get());
  if (const auto* files = dynamic_cast<const Param<std::vector<FilePath>>*>(&param)) {
    std::string text;
    for (const FilePath& file : files->get()) text += (text.empty() ? "" : ", ") + full_path(file);
    return "[" + text + "]";
  }
  return param.type_name() == "choice" ? Node::scalar(param.value_text()).flow()
                                       : param.value_text();
}

bool is_default(const ParamBase& param) {
  return !param.is_required() && param.value_text() == param.default_text();
}

/// Parameters that mean "none" by not being there; their lines are comments.
bool is_absent(const Model& model, const ParamBase& param) {
  if (param.given()) return false;
  const std::string value = param.value_text();
  if (value == "\"\"" || value == "[]" || value == "{}") return true;
  for (const IrqOut* irq : model.irqs())
    if (&irq->param() == &param) return true;
  return false;
}

class Dumper {
 public:
  std::string dump(const Model& root) {
    model(root, 0);
    return std::move(text_);
  }

 private:
  void line(int depth, const std::string& what) {
    text_ += std::string(2 * static_cast<std::size_t>(depth), ' ') + what + "\n";
  }

  void model(const Model& model, int depth) {
    line(depth, fmt::format("type: {}", Node::scalar(model.type()).flow()));
    for (const ParamBase* param : model.params()) {
      line(depth,
           fmt::format("{}{}: {}  # {}{}", is_absent(model, *param) ? "# " : "", param->name(),
                       value_of(*param), is_default(*param) ? "(default) " : "", param->doc()));
    }
    for (const ChildSlotBase* slot : model.slots()) this->slot(*slot, depth);
  }

  void slot(const ChildSlotBase& slot, int depth) {
    if (slot.built().empty())
      return line(depth, fmt::format("# {}:  # {}", slot.name(), slot.doc()));
    line(depth, fmt::format("{}:  # {}", slot.name(), slot.doc()));
    for (const Model* child : slot.built()) {
      if (slot.holds_many()) line(depth + 1, child->model_name() + ":");
      model(*child, depth + (slot.holds_many() ? 2 : 1));
    }
  }

  std::string text_;
};

std::string address_map(const Platform& platform) {
  struct Window {
    std::uint64_t base;
    std::uint64_t bytes;
    std::string what;
  };
  std::vector<Window> windows;
  for (const Model* model : platform.models()) {
    for (const PortBase* port : model->ports()) {
      const auto* window = dynamic_cast<const MmioPort*>(port);
      if (!window || window->size() == 0) continue;
      windows.push_back(
          {window->base(), window->size(), fmt::format("{}: {}", model->label(), port->doc())});
    }
  }
  std::stable_sort(windows.begin(), windows.end(),
                   [](const Window& a, const Window& b) { return a.base < b.base; });
  if (windows.empty()) return "";
  std::string text = "\n# Address map\n";
  for (const Window& w : windows)
    text += fmt::format("#   {:#014x} - {:#014x}  {:>9}  {}\n", w.base, w.base + (w.bytes - 1),
                        format_size({w.bytes}), w.what);
  return text;
}

std::string interrupt_map(const Platform& platform) {
  std::map<unsigned, std::string> sources;
  for (const Model* model : platform.models()) {
    for (const IrqOut* irq : model->irqs()) {
      if (!irq->given()) continue;
      for (unsigned i = 0; i < irq->count(); ++i)
        sources[irq->first_source() + i] =
            fmt::format("{}: {}", model->label(), irq->param().doc());
    }
  }
  if (sources.empty()) return "";
  std::string text = "\n# Interrupt map\n";
  for (const auto& [source, what] : sources) text += fmt::format("#   {:>4}  {}\n", source, what);
  return text;
}

}  // namespace

std::string dump_text(const Platform& platform) {
  return "# A platform with all its values, as `ringside dump` writes it. Lines that start with "
         "'#' and\n"
         "# a key show what is not there but could be.\n" +
         Dumper().dump(*platform.root()) + address_map(platform) + interrupt_map(platform);
}

int dump(const Options& options) {
  if (!session().build(options)) return kBadConfig;
  const std::string text = dump_text(session().platform);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kOk;
}

}  // namespace ringside::program
