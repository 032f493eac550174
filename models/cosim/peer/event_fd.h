// SPDX-License-Identifier: Apache-2.0
// Eventfds that another process has sent.
#pragma once

#include "cosim/peer/owned_fd.h"

namespace ringside::peer {

/// Throws Refused unless the descriptor is an eventfd; makes it non-blocking.
void check_event_fd(const OwnedFd& fd);
/// Adds one. Does not wait: a counter that is full has been signalled already, and one that could
/// make us wait is not written. Its owner does not hear of it then.
void signal_event(const OwnedFd& fd);

}  // namespace ringside::peer
