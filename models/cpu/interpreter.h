// SPDX-License-Identifier: Apache-2.0
// The threaded-code interpreter.
#pragma once

#include "cpu/block.h"

namespace ringside::cpu {

class HartCore;

struct Interpreter {
  /// Runs blocks until HartCore::service() says stop.
  static void run(HartCore& hart) { dispatch(&hart); }

  /// Code label of an operation.
  static const void* label(Op op);

 private:
  static const void* const* dispatch(HartCore* hart);
};

}  // namespace ringside::cpu
