// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rtl/dut.h"

namespace ringside::test {

/// Dut::make() for DutSettings::tlp.
std::unique_ptr<Dut> make_tlp_dut(const DutSettings& settings, cosim::FlatMemory& memory);

}  // namespace ringside::test
