// SPDX-License-Identifier: Apache-2.0
// Step 2: the design as an implementation of a device type, for platforms: `impl: mine`.
#include "kit/plugin.h"

#include "cosim/rtl_device/rtl_device.h"
#include "design.h"

namespace {

using namespace ringside;

struct MyRng {
  static constexpr cosim::RtlIdentity identity{"virtio-rng",  // the type whose place it takes
                                               "mine",        // the word for `impl`
                                               "an entropy device in RTL",
                                               virtio::DeviceId::Entropy,
                                               0x00ff00,  // PCI class
                                               1};        // queues
  explicit MyRng(Model*) {}  // parameters of its own would be declared here
  std::unique_ptr<cosim::RtlDesign> make(cosim::DesignHost& host) const {
    return make_my_rng(host);
  }
};

void register_types(Registry& registry) {
  cosim::add_rtl_device<MyRng>(registry);
}

}  // namespace

RINGSIDE_PLUGIN("my-rng", register_types);
