// SPDX-License-Identifier: Apache-2.0
// The designs of models/cosim/rtl as implementations of their device types. A plugin of another
// design looks like this one.
#include "kit/plugin.h"

#include "cosim/rtl_device/designs.h"
#include "cosim/rtl_device/plugin_types.h"
#include "cosim/rtl_device/rtl_device.h"

namespace {

using namespace ringside;
using namespace ringside::cosim;

/// What the three have in common.
struct Part {
  explicit Part(Model* model)
      : bug(model, "bug", 0, Range<unsigned>{0, 18},
            "a planted bug, for tests of what should find it (models/cosim/rtl/README.md); 0: "
            "none") {}
  Param<unsigned> bug;
};

struct Block : Part {
  static constexpr RtlIdentity identity{"virtio-blk",
                                        "rtl",
                                        "block device in RTL with 32 MiB of memory of its own",
                                        virtio::DeviceId::Block,
                                        0x010000,
                                        1};
  using Part::Part;
  std::unique_ptr<RtlDesign> make(DesignHost& host) const { return make_block_rtl(host, bug); }
};

struct Net : Part {
  static constexpr RtlIdentity identity{
      "virtio-net",          "rtl",    "network device in RTL whose frames come back",
      virtio::DeviceId::Net, 0x020000, 2};
  using Part::Part;
  std::unique_ptr<RtlDesign> make(DesignHost& host) const { return make_net_rtl(host, bug); }
};

struct Entropy : Part {
  static constexpr RtlIdentity identity{"virtio-rng",
                                        "rtl",
                                        "entropy device in RTL; the same bytes in every run",
                                        virtio::DeviceId::Entropy,
                                        0x00ff00,
                                        1};
  using Part::Part;
  std::unique_ptr<RtlDesign> make(DesignHost& host) const { return make_entropy_rtl(host, bug); }
};

}  // namespace

void ringside::cosim::register_rtl_devices(Registry& registry) {
  add_rtl_device<Block>(registry);
  add_rtl_device<Net>(registry);
  add_rtl_device<Entropy>(registry);
}

RINGSIDE_PLUGIN("rtl-devices", ringside::cosim::register_rtl_devices);
