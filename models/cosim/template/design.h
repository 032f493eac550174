// SPDX-License-Identifier: Apache-2.0
// What stands between the file that knows Verilator and the one that knows SystemC: each has a time
// of its own, so no file includes both.
#pragma once

#include <memory>

#include "cosim/rtl_device/design.h"

std::unique_ptr<ringside::cosim::RtlDesign> make_my_rng(ringside::cosim::DesignHost& host);
