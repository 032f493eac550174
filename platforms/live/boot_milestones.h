// SPDX-License-Identifier: Apache-2.0
// How far a guest has booted, from what it writes on its consoles.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "kit/platform.h"

namespace ringside::live {

class BootMilestones {
 public:
  /// Listens until the platform is gone.
  explicit BootMilestones(Platform& platform);
  BootMilestones(const BootMilestones&) = delete;
  BootMilestones& operator=(const BootMilestones&) = delete;

 private:
  static constexpr std::size_t kLongestLine = 256;
  void take(char c);
  void look();

  Platform& platform_;
  std::string line_;
  std::set<std::string> told_;  ///< since the latest reset of the machine
  std::uint64_t resets_ = 0;
};

}  // namespace ringside::live
