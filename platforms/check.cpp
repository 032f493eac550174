// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "commands.h"
#include "exit_code.h"
#include "session.h"

namespace ringside::program {

int check(const Options& options) {
  if (!session().build(options)) return kBadConfig;
  std::printf("%s: no mistakes found; %zu models\n", options.file.c_str(),
              session().platform.models().size());
  return kOk;
}

}  // namespace ringside::program
