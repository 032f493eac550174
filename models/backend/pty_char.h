// SPDX-License-Identifier: Apache-2.0
// A pseudo terminal that the user attaches a terminal program to.
#pragma once

#include <memory>

#include "backend/host_char.h"

namespace ringside::backend {

/// Says the terminal's name on standard error; `link` gives it a name that stays the same. The
/// stream is open while somebody has the terminal open.
class PtyChar final : public HostChar {
 public:
  PtyChar(const sc_core::sc_module_name& name, const ModelContext& context)
      : HostChar(name, context) {}

  Param<FilePath> link{this, "link", FilePath{}, "symbolic link to the terminal"};

  const std::string& terminal() const { return terminal_; }

 private:
  void start() override;
  void close_host() override;
  void io_hung_up() override;
  void io_look_for_user();

  int master_ = -1;
  std::string terminal_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace ringside::backend
