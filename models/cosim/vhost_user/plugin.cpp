// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "cosim/vhost_user/plugin_types.h"

RINGSIDE_PLUGIN("vhost-user", ringside::vhost::register_types);
