// SPDX-License-Identifier: Apache-2.0
// The terminal that the program runs in: raw mode, given back on every way out.
#pragma once

#include <functional>

namespace ringside::backend {

/// Owns the process's controlling terminal while raw. At most one at a time.
class Terminal {
 public:
  /// True if `fd` is a terminal and this process is in its foreground.
  static bool usable(int fd);

  /// Switches to raw mode: bytes as typed, no echo, no signals from keys. Restored by leave(), by
  /// exit() and by deadly signals; after a stop and continue the mode is set again.
  static void enter(int fd);
  static void leave();

  /// A descriptor that becomes readable when the window has another size (SIGWINCH); read it empty.
  static int resize_fd();
  /// False if the terminal does not know its size.
  static bool size(int fd, unsigned& columns, unsigned& rows);
};

}  // namespace ringside::backend
