// SPDX-License-Identifier: Apache-2.0
#include "kit/plugin.h"

#include "board/boot.h"
#include "board/fw_cfg.h"
#include "board/goldfish_rtc.h"
#include "board/marker.h"
#include "board/ns16550a.h"
#include "board/syscon.h"

static void register_types(ringside::Registry& registry) {
  using ringside::Model;
  registry.add<Model, ringside::Boot>("boot", "boot ROM and loader of firmware, kernel and initrd");
  registry.add<Model, ringside::FwCfg>("fw-cfg", "QEMU's firmware configuration items");
  registry.add<Model, ringside::GoldfishRtc>("goldfish-rtc", "real-time clock");
  registry.add<Model, ringside::Marker>("marker",
                                        "where software begins and ends the region of interest");
  registry.add<Model, ringside::Ns16550a>("ns16550a", "serial port");
  registry.add<Model, ringside::Syscon>("syscon", "power-off and reboot");
}
RINGSIDE_PLUGIN("board", register_types);
