// SPDX-License-Identifier: Apache-2.0
#include "kit/exits.h"

namespace ringside {

const char* to_string(ExitClass kind) {
  static constexpr const char* kNames[kExitClasses] = {
      "config_read",   "config_write",     "common_read",  "common_write", "notify",
      "isr_read",      "device_read",      "device_write", "msix_read",    "msix_write",
      "register_read", "register_write",   "port_read",    "port_write",   "interrupt",
      "interrupt_ack", "end_of_interrupt", "timer",        "ipi",          "halt",
      "hypercall",     "page_fault"};
  return kNames[static_cast<unsigned>(kind)];
}

ExitClass class_of(const TransactionTag& tag, bool is_write) {
  const auto either = [&](ExitClass read, ExitClass write) { return is_write ? write : read; };
  switch (tag.region) {
    case Region::Config:
      return either(ExitClass::ConfigRead, ExitClass::ConfigWrite);
    case Region::Common:
      return either(ExitClass::CommonRead, ExitClass::CommonWrite);
    case Region::Notify:
      return ExitClass::Notify;
    case Region::Isr:
      return ExitClass::IsrRead;
    case Region::Device:
      return either(ExitClass::DeviceRead, ExitClass::DeviceWrite);
    case Region::Msix:
      return either(ExitClass::MsixRead, ExitClass::MsixWrite);
    case Region::Claim:
      return either(ExitClass::InterruptAck, ExitClass::EndOfInterrupt);
    case Region::Ipi:
      return ExitClass::Ipi;
    case Region::Memory:
      return ExitClass::PageFault;
    case Region::Registers:
      break;
  }
  return tag.port_io ? either(ExitClass::PortRead, ExitClass::PortWrite)
                     : either(ExitClass::RegisterRead, ExitClass::RegisterWrite);
}

}  // namespace ringside
