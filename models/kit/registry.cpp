// SPDX-License-Identifier: Apache-2.0
#include "kit/registry.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <tuple>

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

namespace {

/// A file's bytes without reading all of it: plugins with debug information are large.
class MappedFile {
 public:
  explicit MappedFile(const std::string& file) {
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info = {};
    if (fd < 0 || fstat(fd, &info) != 0) fail(file, fd, std::strerror(errno));
    if (!S_ISREG(info.st_mode)) fail(file, fd, "not a file");
    bytes_ = static_cast<std::size_t>(info.st_size);
    if (bytes_ != 0) {
      void* at = mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (at == MAP_FAILED) fail(file, fd, std::strerror(errno));
      data_ = static_cast<const char*>(at);
    }
    close(fd);
  }
  ~MappedFile() {
    if (data_) munmap(const_cast<char*>(data_), bytes_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view view() const { return {data_, bytes_}; }

 private:
  [[noreturn]] static void fail(const std::string& file, int fd, const char* why) {
    if (fd >= 0) close(fd);
    throw std::runtime_error(
        fmt::format("plugin {}: cannot read the file: {}; expected a shared library", file, why));
  }
  const char* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace

std::string read_abi_stamp(const std::string& file) {
  const MappedFile mapped(file);
  const std::string_view content = mapped.view();
  // Spelled in two parts so that this library's own file does not look like a plugin.
  const std::string magic = std::string("RINGSIDE-PLUGIN") + "-ABI{";
  const std::size_t start = content.find(magic);
  if (start == std::string_view::npos) return "";
  const std::size_t end = content.substr(start, 200).find('}');
  if (end == std::string_view::npos) return "";
  return printable(std::string(content.substr(start + magic.size(), end - magic.size())));
}

void Registry::load(const std::string& file) {
  std::error_code error;
  const std::string full = std::filesystem::canonical(file, error).string();
  if (!error && std::find(plugins_.begin(), plugins_.end(), full) != plugins_.end()) return;
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
  void* handle = dlopen(full.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!handle) throw std::runtime_error(fmt::format("plugin {}: {}", file, dlerror()));
  const auto entry = reinterpret_cast<const PluginInfo* (*)()>(dlsym(handle, "ringside_plugin"));
  if (!entry)
    throw std::runtime_error(
        fmt::format("plugin {}: has a stamp but no entry point 'ringside_plugin'", file));
  family_ = entry()->name;
  try {
    entry()->register_types(*this);
  } catch (const std::exception& e) {
    throw std::runtime_error(fmt::format("plugin {}: {}", file, e.what()));
  }
  family_ = "kit";
  plugins_.push_back(full);
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
