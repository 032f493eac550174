// SPDX-License-Identifier: Apache-2.0
#include "cpu/fp/host.h"

#include <cfenv>

#include "cpu/fp/fp.h"

namespace ringside::cpu::fp {

#if defined(__x86_64__)
namespace host {
namespace {

bool has_fma() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("fma") != 0;
}

}  // namespace

// False until this initialiser has run, which only means the slower way.
extern const bool kFma = has_fma();

}  // namespace host
#endif

void use_default_environment() {
  std::fesetenv(FE_DFL_ENV);
}

}  // namespace ringside::cpu::fp
