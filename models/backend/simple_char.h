// SPDX-License-Identifier: Apache-2.0
// Byte streams without a live host side.
#pragma once

#include <fstream>
#include <string>

#include "backend/char_backend.h"

namespace ringside::backend {

/// Nobody at the other end: output is lost, no input.
class NullChar final : public CharBackend {
 public:
  NullChar(const sc_core::sc_module_name& name, const ModelContext& context)
      : CharBackend(name, context) {}
  std::size_t write(const std::uint8_t*, std::size_t bytes) override {
    bytes_lost += bytes;
    return bytes;
  }
  using CharBackend::write;
};

/// Holds the latest output in memory and takes input from C++: for tests and for programs that
/// embed the simulator.
class MemoryChar final : public CharBackend {
 public:
  MemoryChar(const sc_core::sc_module_name& name, const ModelContext& context)
      : CharBackend(name, context) {
    set_open(open);
  }
  std::size_t write(const std::uint8_t* data, std::size_t bytes) override;
  using CharBackend::write;
  std::size_t room() const override;

  /// Gives bytes to the model, as if they came from the host; in the simulation or between runs.
  void feed(const std::string& bytes);
  /// What the model has written since the last take().
  const std::string& output() const { return output_; }
  std::string take();
  void connect(bool on) { set_open(on); }
  void resize(unsigned columns, unsigned rows) { set_size(columns, rows); }
  void send_break() { got_break(); }

  Param<bool> open{this, "open", true, "somebody is connected from the start"};
  Param<Size> capacity{this, "capacity", Size{1 << 20}, "output kept until it is taken"};

 private:
  std::string output_;
};

/// Output to a file; input from another, all of it there from the start. No live host side, so a
/// run is repeatable as it is.
class FileChar final : public CharBackend {
 public:
  FileChar(const sc_core::sc_module_name& name, const ModelContext& context);
  std::size_t write(const std::uint8_t* data, std::size_t bytes) override;
  using CharBackend::write;
  void finish() override;

  Param<FilePath> path{this, "path", FilePath{}, "file for output; empty: output is lost"};
  Param<bool> append{this, "append", false, "keep what is in the file"};
  Param<FilePath> input{this, "input", FilePath{}, "file with input; empty: no input"};

 private:
  void start_of_simulation() override;
  void feed();
  void on_consumed(std::size_t) override;

  std::ofstream out_;
  std::ifstream in_;
  sc_core::sc_event more_;
};

}  // namespace ringside::backend
