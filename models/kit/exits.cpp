// SPDX-License-Identifier: Apache-2.0
#include "kit/exits.h"

namespace ringside {

const char* to_string(ExitClass kind) {
  static constexpr const char* kNames[kExitClasses] = {
      "config_read",   "config_write",     "common_read",  "common_write", "notify",
      "isr_read",      "device_read",      "device_write", "msix_read",    "msix_write",
      "register_read", "register_write",   "port_read",    "port_write",   "interrupt",
      "interrupt_ack", "end_of_interrupt", "timer",        "ipi",          "halt",
      "hypercall"};
  return kNames[static_cast<unsigned>(kind)];
}

}  // namespace ringside
