// SPDX-License-Identifier: Apache-2.0
#include "design.h"

#include <Vmy_rng.h>

#include "cosim/rtl_device/verilated_design.h"

std::unique_ptr<ringside::cosim::RtlDesign> make_my_rng(ringside::cosim::DesignHost& host) {
  return std::make_unique<ringside::cosim::VerilatedDesign<Vmy_rng>>(host);
}
