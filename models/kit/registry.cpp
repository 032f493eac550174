// SPDX-License-Identifier: Apache-2.0
#include "kit/registry.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "kit/machine.h"
#include "kit/plugin.h"

namespace ringside {

Registry::Registry() {
  add_kind(Model::kind, Model::kind_doc);
  add<Machine, Machine>("machine", "the root: run-wide settings and the models below");
}

void Registry::add(Registration registration) {
  if (const Registration* other = find(registration.kind, registration.name)) {
    throw std::runtime_error(
        fmt::format("type '{}' of kind '{}' is registered twice: by family '{}' and by family '{}'",
                    registration.name, registration.kind, other->family, registration.family));
  }
  types_.push_back(std::make_unique<Registration>(std::move(registration)));
}

void Registry::add_kind(const std::string& kind, const std::string& doc) {
  for (const auto& known : kinds_)
    if (known.first == kind) return;
  kinds_.emplace_back(kind, doc);
}

const Registration* Registry::find(const std::string& kind, const std::string& name) const {
  for (const auto& type : types_)
    if (type->kind == kind && type->name == name) return type.get();
  return nullptr;
}

std::vector<const Registration*> Registry::of_kind(const std::string& kind) const {
  std::vector<const Registration*> found;
  for (const auto& type : types_)
    if (kind.empty() || type->kind == kind) found.push_back(type.get());
  std::sort(found.begin(), found.end(), [](const Registration* a, const Registration* b) {
    return std::tie(a->kind, a->name) < std::tie(b->kind, b->name);
  });
  return found;
}

std::vector<std::string> Registry::names_of_kind(const std::string& kind) const {
  std::vector<std::string> names;
  for (const Registration* type : of_kind(kind)) names.push_back(type->name);
  return names;
}

std::vector<std::string> Registry::kinds_of(const std::string& name) const {
  std::vector<std::string> kinds;
  for (const auto& type : types_)
    if (type->name == name) kinds.push_back(type->kind);
  return kinds;
}

std::string own_abi_stamp() {
  const std::string fields = RINGSIDE_ABI_FIELDS;
  return fields.substr(0, fields.size() - 1);
}

std::string read_abi_stamp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf()))
    throw std::runtime_error(fmt::format("plugin {}: cannot read the file", file));
  const std::string content = bytes.str();
  // Spelled in two parts so that this library's own file does not look like a plugin.
  const std::string magic = std::string("RINGSIDE-PLUGIN") + "-ABI{";
  const std::size_t start = content.find(magic);
  if (start == std::string::npos) return "";
  const std::size_t end = content.find('}', start);
  if (end == std::string::npos || end - start > 200) return "";
  return content.substr(start + magic.size(), end - start - magic.size());
}

void Registry::load(const std::string& file) {
  const std::string stamp = read_abi_stamp(file);
  if (stamp.empty()) {
    throw std::runtime_error(
        fmt::format("plugin {}: no Ringside plugin stamp in this file; expected a shared library "
                    "with RINGSIDE_PLUGIN(...)",
                    file));
  }
  if (stamp != own_abi_stamp()) {
    throw std::runtime_error(fmt::format(
        "plugin {}: built for [{}], but this program is [{}]; build the plugin again with the same "
        "SystemC, C++ standard and Ringside headers",
        file, stamp, own_abi_stamp()));
  }
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!handle) throw std::runtime_error(fmt::format("plugin {}: {}", file, dlerror()));
  const auto entry = reinterpret_cast<const PluginInfo* (*)()>(dlsym(handle, "ringside_plugin"));
  if (!entry)
    throw std::runtime_error(
        fmt::format("plugin {}: has a stamp but no entry point 'ringside_plugin'", file));
  family_ = entry()->name;
  entry()->register_types(*this);
  family_ = "kit";
  plugins_.push_back(file);
}

void Registry::load_folder(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("libringside-", 0) != 0 || entry.path().extension() != ".so") continue;
    if (!read_abi_stamp(entry.path().string()).empty()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) load(file);
}

}  // namespace ringside
