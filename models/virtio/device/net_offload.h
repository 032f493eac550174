// SPDX-License-Identifier: Apache-2.0
// Transmit offloads (virtio 1.4, section 5.1.6.2): checksums filled in, large packets cut into
// frames that fit the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "virtio/device/net_header.h"
#include "virtio/device/net_packet.h"

namespace ringside::virtio::net {

using Frame = std::vector<std::uint8_t>;

/// Largest packet that a driver may hand over (5.1.6.3): an Ethernet header, an IPv6 header and
/// 65535 bytes; and room for a VLAN tag.
inline constexpr std::size_t kMaxPacket = 14 + 4 + 40 + 65535;

/// What became of a packet.
enum class TransmitResult {
  Plain,      ///< sent as it is (maybe with its checksum filled in)
  Segmented,  ///< cut into several frames, or a large packet that fits one
  Malformed,  ///< the header contradicts the packet, or asks for what was not negotiated
};

/// Turns a packet into the frames to send. `frames` is overwritten; the packet is consumed.
/// `features` are the negotiated ones.
TransmitResult prepare_transmit(const Header& header, Frame& packet, const FeatureSet& features,
                                std::vector<Frame>& frames);

}  // namespace ringside::virtio::net
