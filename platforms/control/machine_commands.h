// SPDX-License-Identifier: Apache-2.0
// The commands of the machine itself: to look at any model, and to hold, reset and end the run.
#pragma once

#include <functional>

#include "control/controller.h"
#include "kit/command.h"

namespace ringside::control {

class MachineCommands {
 public:
  /// `subscribe` is what the command of that name does.
  MachineCommands(Platform& platform, Controller& controller, std::function<void()> subscribe);

  static constexpr std::uint64_t kMaxRead = 64 << 10;

 private:
  Json list(const std::optional<std::string>& path);
  Json models();
  Json status();
  Json statistics(const std::optional<std::string>& path);
  Json registers(const std::string& path);
  Json read_memory(std::uint64_t address, Size bytes);

  Platform& platform_;
  Controller& controller_;

  Command<std::optional<std::string>> list_;
  Command<> models_;
  Command<> status_;
  Command<std::optional<std::string>> statistics_;
  Command<std::string> registers_;
  Command<std::uint64_t, Size> read_memory_;
  Command<> pause_;
  Command<> resume_;
  Command<> reset_;
  Command<std::string> region_;
  Command<std::optional<unsigned>> quit_;
  Command<> subscribe_;
};

}  // namespace ringside::control
