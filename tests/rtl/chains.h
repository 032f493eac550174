// SPDX-License-Identifier: Apache-2.0
// Random chains through the engine in RTL: buffers of any alignment, from none to several KiB, with
// guard bytes around each, checked byte by byte.
#pragma once

#include <string>

#include "cosim/axi/random.h"
#include "rtl/bench.h"

namespace ringside::test {

struct ChainsOptions {
  bool packed = false;
  bool event_idx = false;
  Form form = Form::Direct;
  std::uint16_t size = 16;
  unsigned chains = 100;
  unsigned most_bytes = 6000;  ///< of a chain in each direction
  std::uint64_t seed = 1;
  std::string str() const;
};

/// Brings the device up and moves the chains; empty, or what went wrong. Runs in a thread of the
/// simulation.
std::string move_chains(RtlBench& bench, const ChainsOptions& options);

}  // namespace ringside::test
