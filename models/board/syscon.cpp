// SPDX-License-Identifier: Apache-2.0
#include "board/syscon.h"

#include <fmt/format.h>

#include "kit/device_tree.h"
#include "kit/platform.h"

namespace ringside {

namespace {
constexpr std::uint32_t kPass = 0x5555;
constexpr std::uint32_t kFail = 0x3333;
constexpr std::uint32_t kReset = 0x7777;
}  // namespace

Syscon::Syscon(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  window.on_transport(bank.transport());
  finisher.on_write([this](std::uint32_t value) {
    const std::uint32_t code = value >> 16;
    switch (value & 0xffff) {
      case kPass:
        return platform().request_stop(0, "guest powered off");
      case kFail:
        return platform().request_stop(static_cast<int>(code),
                                       fmt::format("guest stopped with code {}", code));
      case kReset:
        return platform().request_reset();
      default:
        return;
    }
  });
}

void Syscon::device_tree(DeviceTree& tree) {
  const std::uint32_t phandle = tree.phandle(path());
  tree.soc()
      .child(fmt::format("test@{:x}", window.base()))
      .texts("compatible", {"sifive,test1", "sifive,test0", "syscon"})
      .wide("reg", {window.base(), kWindowBytes})
      .cell("phandle", phandle);
  const auto add = [&](const char* name, const char* compatible, std::uint32_t value) {
    tree.root()
        .child(name)
        .text("compatible", compatible)
        .cell("regmap", phandle)
        .cell("offset", 0)
        .cell("value", value);
  };
  add("poweroff", "syscon-poweroff", kPass);
  add("reboot", "syscon-reboot", kReset);
}

}  // namespace ringside
