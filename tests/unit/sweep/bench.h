// SPDX-License-Identifier: Apache-2.0
// A folder with a sweep in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "sweep/grid.h"
#include "sweep/reader.h"

/// A folder that is gone at the end of a test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ringside-sweep-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no folder");
    name_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(name_); }
  std::string path(const std::string& file) const { return name_ + "/" + file; }
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(file)).parent_path());
    std::ofstream(path(file)) << text;
  }

 private:
  std::string name_;
};

/// A sweep's file beside a platform, read.
struct Bench {
  explicit Bench(const std::string& text) {
    folder.write("machine.yaml", "type: machine\n");
    folder.write("a sweep.yaml", "base: machine.yaml\n" + text);
    sweep = ringside::sweep::read_sweep(folder.path("a sweep.yaml"), findings);
    if (sweep) points = ringside::sweep::points_of(*sweep, findings);
  }
  Folder folder;
  ringside::Diagnostics findings;
  std::optional<ringside::sweep::Sweep> sweep;
  std::vector<ringside::sweep::Point> points;
};
