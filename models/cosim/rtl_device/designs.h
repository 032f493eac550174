// SPDX-License-Identifier: Apache-2.0
// The designs of models/cosim/rtl, made by files that see no SystemC.
#pragma once

#include <memory>

#include "cosim/rtl_device/design.h"

namespace ringside::cosim {

/// `bug` is that of planted_bugs.svh.
std::unique_ptr<RtlDesign> make_block_rtl(DesignHost& host, unsigned bug);
std::unique_ptr<RtlDesign> make_net_rtl(DesignHost& host, unsigned bug);
std::unique_ptr<RtlDesign> make_entropy_rtl(DesignHost& host, unsigned bug);

}  // namespace ringside::cosim
