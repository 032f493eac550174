// SPDX-License-Identifier: Apache-2.0
// From the words of a command line to a request, by what `list` says of the commands there are.
#pragma once

#include <string>
#include <vector>

#include "control/protocol.h"

namespace ringside::control {

struct Call {
  std::string model;
  std::string command;
  Json arguments;
};

/// `words` is COMMAND ARGUMENTS... for the machine, or MODEL COMMAND ARGUMENTS...; an argument is a
/// value or name=value. File names become absolute: the simulator may run elsewhere. Throws
/// CommandError for what cannot be a request; the simulator finds the rest.
Call call_from(const std::vector<std::string>& words, const Json& list);

/// What may follow the words so far, for completion in a shell.
std::vector<std::string> next_words(const std::vector<std::string>& words, const Json& list);

}  // namespace ringside::control
