// SPDX-License-Identifier: Apache-2.0
#include "live/boot_milestones.h"

#include <string_view>

namespace ringside::live {

namespace {

struct Sign {
  const char* text;  ///< in a line of the console
  const char* milestone;
};

constexpr Sign kSigns[] = {
    {"OpenSBI v", "firmware"},
    {"U-Boot 20", "boot loader"},
    {"UEFI firmware", "boot loader"},
    {"Linux version ", "kernel"},
    {"Run /init as init process", "user space"},
    {"Run /sbin/init as init process", "user space"},
    {" login:", "login"},
};

}  // namespace

BootMilestones::BootMilestones(Platform& platform) : platform_(platform) {
  platform.on_console_output([this](const std::uint8_t* data, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) take(static_cast<char>(data[i]));
  });
}

void BootMilestones::take(char c) {
  if (c == '\n' || c == '\r') return line_.clear();
  if (line_.size() >= kLongestLine) return;
  line_.push_back(c);
  look();  // a prompt has no end of line
}

void BootMilestones::look() {
  if (resets_ != platform_.resets()) {
    resets_ = platform_.resets();
    told_.clear();
  }
  for (const Sign& sign : kSigns) {
    const std::string_view text = sign.text;
    if (line_.back() != text.back() || line_.size() < text.size()) continue;
    if (line_.compare(line_.size() - text.size(), text.size(), text) != 0) continue;
    if (told_.insert(sign.milestone).second) platform_.milestone(*platform_.root(), sign.milestone);
  }
}

}  // namespace ringside::live
