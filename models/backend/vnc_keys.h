// SPDX-License-Identifier: Apache-2.0
// Keys as a VNC client names them.
#pragma once

#include <cstdint>
#include <optional>

namespace ringside::backend {

/// The evdev code of the key that gives an X11 keysym (RFC 6143, 7.5.4) on a US keyboard; nothing
/// if no key does. Shifted characters give their key: the client presses Shift itself.
std::optional<std::uint16_t> key_of_keysym(std::uint32_t keysym);

}  // namespace ringside::backend
