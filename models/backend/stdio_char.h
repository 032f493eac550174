// SPDX-License-Identifier: Apache-2.0
// Standard input and output of the program.
#pragma once

#include "backend/host_char.h"

namespace ringside::backend {

/// In a terminal: raw mode, and Ctrl-A as escape key (x quits, h helps, b sends a break, Ctrl-A
/// sends itself). With pipes and files: bytes as they are; the end of input ends nothing.
/// Output is written at once and makes the simulation wait, not lose, when the reader is slow: the
/// guest sees the same whatever is at the other end.
class StdioChar final : public HostChar {
 public:
  StdioChar(const sc_core::sc_module_name& name, const ModelContext& context);

  std::size_t write(const std::uint8_t* data, std::size_t bytes) override;
  std::size_t room() const override { return kBuffer; }
  void resolve() override;

  enum class Escape { Auto, On, Off };
  Choice<Escape> escape{this,
                        "escape",
                        {{"auto", Escape::Auto}, {"on", Escape::On}, {"off", Escape::Off}},
                        Escape::Auto,
                        "Ctrl-A as escape key; auto: if the input is a terminal"};

 private:
  void start() override;
  void close_host() override;
  void io_received(const std::uint8_t* data, std::size_t bytes) override;
  void io_hung_up() override;
  bool io_reads_on() const override { return terminal_; }
  void io_escape(std::uint8_t key);
  void io_resized();

  bool terminal_ = false;
  bool escapes_ = false;
  bool output_failed_ = false;
  bool io_after_escape_ = false;
};

}  // namespace ringside::backend
