// SPDX-License-Identifier: Apache-2.0
#include "sweep/engine.h"

#include <filesystem>

#include "sweep/outcome.h"
#include "sweep/texts.h"
#include "text.h"

namespace ringside::sweep {
namespace fs = std::filesystem;

std::string script_of(const Task& task) {
  return "#!/bin/sh\ncd " + shell_word(task.folder) + " && exec " + shell_line(task.command) + "\n";
}

void prepare_folder(const Task& task) {
  fs::remove_all(task.folder);
  fs::create_directories(task.folder);
  const std::string script = script_of(task);
  const std::string file = task.folder + "/" + kCommandFile;
  program::write_file(file, script.data(), script.size());
  fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add);
}

}  // namespace ringside::sweep
