// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "control/protocol.h"

namespace ringside::control {

/// A result for people: maps as "name  value" lines, lists of alike maps as tables. Ends with a
/// line break unless there is nothing to show.
std::string show(const Json& value);
/// What `list` gives: each model's commands with their arguments.
std::string show_commands(const Json& list);

}  // namespace ringside::control
