// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ringside::program {

/// Remembers how the terminal on standard input is set, and has it set back whenever the program
/// ends: by returning from main(), by exit(), or by a signal that ends it. A console back end may
/// then switch the terminal to raw mode without fear for the user's shell.
void guard_terminal();
/// Sets it back now. Safe to call in a signal handler.
void restore_terminal();

}  // namespace ringside::program
