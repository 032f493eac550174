// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "cosim/vfio_user/plugin_types.h"

RINGSIDE_PLUGIN("vfio-user", ringside::vfio::register_types);
