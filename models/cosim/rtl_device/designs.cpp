// SPDX-License-Identifier: Apache-2.0
#include "cosim/rtl_device/designs.h"

#include <Vrtl_platform_block.h>
#include <Vrtl_platform_entropy.h>
#include <Vrtl_platform_net.h>

#include "cosim/rtl_device/verilated_design.h"

namespace ringside::cosim {

namespace {

template <class Verilated>
class WithBug final : public VerilatedDesign<Verilated> {
 public:
  WithBug(DesignHost& host, unsigned bug) : VerilatedDesign<Verilated>(host) {
    this->model().bug = static_cast<std::uint8_t>(bug);
  }
};

}  // namespace

std::unique_ptr<RtlDesign> make_block_rtl(DesignHost& host, unsigned bug) {
  return std::make_unique<WithBug<Vrtl_platform_block>>(host, bug);
}
std::unique_ptr<RtlDesign> make_net_rtl(DesignHost& host, unsigned bug) {
  return std::make_unique<WithBug<Vrtl_platform_net>>(host, bug);
}
std::unique_ptr<RtlDesign> make_entropy_rtl(DesignHost& host, unsigned bug) {
  return std::make_unique<WithBug<Vrtl_platform_entropy>>(host, bug);
}

}  // namespace ringside::cosim
