// SPDX-License-Identifier: Apache-2.0
// Transmit descriptors, as a driver makes them.
#pragma once

#include "baseline/e1000_descriptors.h"
#include "unit/net/frames.h"

namespace ringside::test {

inline e1000::TransmitDescriptor legacy_descriptor(std::uint64_t address, std::uint64_t bytes,
                                                   unsigned command) {
  return {address, bytes | static_cast<std::uint64_t>(command) << 24};
}

inline e1000::TransmitDescriptor data_descriptor(std::uint64_t address, std::uint64_t bytes,
                                                 unsigned command, unsigned options) {
  return {address, bytes | std::uint64_t{1} << 20 |
                       static_cast<std::uint64_t>(command | e1000::kExtended) << 24 |
                       static_cast<std::uint64_t>(options) << 40};
}

/// Says where a frame's checksums are.
inline e1000::TransmitDescriptor checksum_context(const FrameSpec& spec) {
  const std::uint64_t ip = spec.l3();
  const std::uint64_t transport = spec.l4();
  const std::uint64_t low = ip | (ip + 10) << 8 | (transport - 1) << 16 | transport << 32 |
                            static_cast<std::uint64_t>(checksum_at(spec)) << 40;
  const unsigned command = e1000::kExtended | (spec.tcp ? 1u : 0) | (spec.v6 ? 0 : 2u);
  return {low, static_cast<std::uint64_t>(command) << 24};
}

/// The same, and how to segment it.
inline e1000::TransmitDescriptor segment_context(const FrameSpec& spec, std::size_t segment) {
  e1000::TransmitDescriptor d = checksum_context(spec);
  d.high |= std::uint64_t{4} << 24 | static_cast<std::uint64_t>(spec.payload & 0xfffff) |
            static_cast<std::uint64_t>(spec.data()) << 40 |
            static_cast<std::uint64_t>(segment) << 48;
  return d;
}

}  // namespace ringside::test
