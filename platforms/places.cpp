// SPDX-License-Identifier: Apache-2.0
#include "places.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace ringside::program {
namespace fs = std::filesystem;
namespace {

/// The folder that holds the program, or empty if the system does not tell.
fs::path own_folder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : self.parent_path();
}

void add_if_there(std::vector<std::string>& folders, const fs::path& folder) {
  std::error_code error;
  const fs::path full = fs::canonical(folder, error);
  if (error || !fs::is_directory(full, error)) return;
  for (const std::string& known : folders)
    if (known == full.string()) return;
  folders.push_back(full.string());
}

}  // namespace

std::vector<std::string> plugin_folders() {
  std::vector<std::string> folders;
  const fs::path top = own_folder() / "..";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(top, error)) {
    // lib in a build tree; lib/ringside, lib64/ringside or lib/<machine>/ringside when installed.
    const std::string name = entry.path().filename().string();
    if (name.rfind("lib", 0) != 0) continue;
    add_if_there(folders, entry.path() / "ringside");
    std::error_code inner_error;
    for (const auto& inner : fs::directory_iterator(entry.path(), inner_error))
      add_if_there(folders, inner.path() / "ringside");
  }
  if (folders.empty()) add_if_there(folders, top / "lib");
  if (const char* path = std::getenv("RINGSIDE_PLUGIN_PATH")) {
    std::istringstream parts(path);
    for (std::string part; std::getline(parts, part, ':');)
      if (!part.empty()) add_if_there(folders, part);
  }
  return folders;
}

void load_plugins(Registry& registry, const std::vector<std::string>& files) {
  for (const std::string& folder : plugin_folders()) registry.load_folder(folder);
  for (const std::string& file : files) registry.load(file);
}

std::vector<std::string> platform_folders() {
  std::vector<std::string> folders;
  add_if_there(folders, own_folder() / "../share/ringside/yaml");
  add_if_there(folders, own_folder() / "../../yaml");
  return folders;
}

std::string find_platform(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error) || name.find('/') != std::string::npos) return name;
  for (const std::string& folder : platform_folders()) {
    for (const char* suffix : {"", ".yaml"}) {
      const fs::path file = fs::path(folder) / (name + suffix);
      if (fs::is_regular_file(file, error)) return file.string();
    }
  }
  return name;
}

}  // namespace ringside::program
