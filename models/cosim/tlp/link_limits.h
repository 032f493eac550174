// SPDX-License-Identifier: Apache-2.0
// Limits of a link of models/pci, for packets on a stream.
#pragma once

#include "cosim/tlp/tlp.h"
#include "pci/link_timing.h"

namespace ringside::cosim {

inline TlpLimits limits_of(const pci::LinkSettings& link) {
  return {link.max_payload, link.max_read_request, link.read_completion_boundary,
          link.tags < 256 ? link.tags : 256};
}

}  // namespace ringside::cosim
