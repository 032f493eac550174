// SPDX-License-Identifier: Apache-2.0
// Names of keys, and what a US keyboard types for a text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/input_source.h"

namespace ringside::backend {

/// The evdev code of a key: "a", "f1", "ctrl", "enter", "shift_r"; nothing if there is none.
std::optional<std::uint16_t> key_code(const std::string& name);
/// The key that types a printable ASCII character on a US keyboard, with or without Shift.
std::optional<std::uint16_t> key_typing(char character);
/// "left", "right", "middle", "side", "extra".
std::optional<std::uint16_t> button_code(const std::string& name);
/// One update per press and release for keys held together: "ctrl-alt-f1". Throws
/// std::invalid_argument that names the key that is unknown.
std::vector<InputUpdate> press_keys(const std::string& keys);
/// The same for a text of printable ASCII, tabs and newlines on a US keyboard; throws
/// std::invalid_argument for anything else.
std::vector<InputUpdate> type_text(const std::string& text);

}  // namespace ringside::backend
