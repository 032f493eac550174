// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cpu/hart_core.h"
#include "kit/command.h"

namespace ringside::cpu {

/// What a person wants to see of a hart that stands still: a map from name to value. Values are
/// text in hexadecimal, because they have 64 bits.
Json registers_of(HartCore& core);

}  // namespace ringside::cpu
