// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "commands.h"
#include "exit_code.h"
#include "places.h"
#include "session.h"

namespace ringside::program {
namespace {

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

/// The platform files of a folder: those whose root is a machine. Others (profiles, sweeps) lie
/// there too.
std::vector<std::string> platforms_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".yaml") continue;
    try {
      const Node root = Node::load(entry.path().string());
      const Node* type = root.find("type");
      if (type && type->text() == "machine") files.push_back(entry.path().string());
    } catch (const ConfigError&) {
      // `ringside check` tells what is wrong with it.
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int list_types(const Registry& registry) {
  for (const auto& [kind, doc] : registry.kinds()) {
    const std::vector<const Registration*> types = registry.of_kind(kind);
    if (types.empty()) continue;
    print(fmt::format("{}: {}\n", kind, doc));
    for (const Registration* type : types)
      print(fmt::format("  {:<20} {} [{}]\n", type->name, type->doc, type->family));
    print("\n");
  }
  return kOk;
}

int list(const Options&) {
  list_types(session().registry);
  print("plugins\n");
  for (const std::string& plugin : session().registry.plugins()) print("  " + plugin + "\n");
  print("\nplatforms\n");
  for (const std::string& folder : platform_folders())
    for (const std::string& file : platforms_in(folder)) print("  " + file + "\n");
  return kOk;
}

}  // namespace ringside::program
