// SPDX-License-Identifier: Apache-2.0
// The right stamp and nothing behind it.
#include "kit/plugin.h"

extern "C" {
extern const char ringside_abi[];
__attribute__((used)) const char ringside_abi[] = RINGSIDE_ABI_MAGIC RINGSIDE_ABI_FIELDS;
}
