// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

/// A folder that is gone at the end of a test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ringside-control-XXXXXX").string();
    name_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(name_); }
  std::string path(const std::string& file) const { return name_ + "/" + file; }

 private:
  std::string name_;
};
