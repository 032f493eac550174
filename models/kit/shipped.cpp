// SPDX-License-Identifier: Apache-2.0
#include "kit/shipped.h"

#include <dlfcn.h>

#include <filesystem>
#include <set>

namespace ringside {
namespace fs = std::filesystem;
namespace {

fs::path own_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&find_shipped), &info) == 0 || !info.dli_fname)
    return {};
  std::error_code error;
  const fs::path full = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : full;
}

}  // namespace

/// Where the YAML files that came with the kit may lie: build/lib/libringside-kit.so in a build
/// tree; lib/ringside, lib64/ringside or lib/<machine>/ringside below the prefix when installed.
static std::vector<fs::path> trees() {
  std::vector<fs::path> all;
  fs::path above = own_library().parent_path();
  for (int level = 0; level < 3 && above.has_relative_path(); ++level) {
    above = above.parent_path();
    for (const char* tree : {"share/ringside/yaml", "yaml"}) all.push_back(above / tree);
  }
  return all;
}

std::string find_shipped(const std::string& folder, const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos) return "";
  for (const fs::path& tree : trees()) {
    const fs::path file = tree / folder / (name + ".yaml");
    std::error_code error;
    if (fs::is_regular_file(file, error)) return file.string();
  }
  return "";
}

std::vector<std::string> list_shipped(const std::string& folder) {
  std::set<std::string> names;
  for (const fs::path& tree : trees()) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(tree / folder, error))
      if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
  }
  return {names.begin(), names.end()};
}

}  // namespace ringside
