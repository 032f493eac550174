// SPDX-License-Identifier: Apache-2.0
// What each event costs under a hypervisor, from YAML.
#pragma once

#include <array>
#include <string>
#include <systemc>
#include <vector>

#include "kit/diag.h"
#include "kit/exits.h"
#include "kit/node.h"

namespace ringside::vmexit {

/// Where an event is handled.
enum class Handler : std::uint8_t {
  None,    ///< the guest goes on: no exit
  Kernel,  ///< in the hypervisor
  User,    ///< in the device emulator, a process
};

const char* to_string(Handler handler);

struct Cost {
  Handler handler = Handler::None;
  sc_core::sc_time vcpu;     ///< that the hart loses
  sc_core::sc_time backend;  ///< that the back end's thread spends
  sc_core::sc_time delay;    ///< until the event has its effect: a queue is looked at, an interrupt
                             ///< is pending
};

/// A profile: `serves_in_exit` lists types of devices; `kernel_exit` and `user_exit` are the usual
/// costs to a hart; `classes` names a handler for each kind of event, or a map {to, vcpu, backend,
/// delay} where it costs something else. What is not named does not exit.
struct Profile {
  std::string name;
  std::array<Cost, kExitClasses> costs;
  // A back end that is a thread of the host is woken by a notification.
  sc_core::sc_time wake_warm;     ///< if it has worked a moment ago
  sc_core::sc_time wake_asleep;   ///< if it has slept
  sc_core::sc_time asleep_after;  ///< when it sleeps
  /// Types of devices whose back end works in the hart's own thread instead, inside of a
  /// notification's exit.
  std::vector<std::string> serves_in_exit;

  const Cost& of(ExitClass kind) const { return costs[static_cast<unsigned>(kind)]; }
};

/// Reads a profile; everything that is wrong is reported, with its place.
Profile read_profile(const Node& node, Diagnostics& diagnostics);

}  // namespace ringside::vmexit
