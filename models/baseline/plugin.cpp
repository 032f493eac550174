// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

static void register_types(ringside::Registry&) {}
RINGSIDE_PLUGIN("baseline", register_types);
