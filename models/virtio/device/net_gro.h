// SPDX-License-Identifier: Apache-2.0
// Receive offload: frames of one flow that wait for the driver become one large packet (virtio 1.4,
// section 5.1.6.4).
#pragma once

#include <cstddef>
#include <cstdint>

#include "virtio/device/net_header.h"
#include "virtio/device/net_offload.h"
#include "virtio/device/net_packet.h"

namespace ringside::virtio::net {

/// What may be coalesced now (negotiated, and not switched off by the driver).
struct CoalesceKinds {
  bool tcp4 = false;
  bool tcp6 = false;
  bool ecn = false;
  bool udp4 = false;
  bool udp6 = false;
  bool any() const { return tcp4 || tcp6 || udp4 || udp6; }
};

/// A packet that grows by the frames that follow it. Only what a sender that segments could have
/// sent is put together: same headers but for sequence, lengths and checksums; all segments but the
/// last of one size; all checksums right.
class Coalescer {
 public:
  Coalescer(Frame first, const Packet& packet, const CoalesceKinds& kinds);

  /// Appends a frame; false, and nothing happens, if it does not follow.
  bool append(const Frame& frame, const Packet& packet);

  unsigned segments() const { return segments_; }
  /// Ends: fixes lengths, and the checksum field for NEEDS_CSUM. Fills the header's gso fields if
  /// more than one frame is in.
  Frame finish(Header& header);

 private:
  bool starts_flow() const;
  bool same_flow(const Frame& frame, const Packet& packet) const;
  bool headers_match(const Frame& frame, const Packet& packet) const;

  Frame data_;
  Packet packet_;
  CoalesceKinds kinds_;
  bool open_ = false;  // another frame may follow
  unsigned segments_ = 1;
  std::size_t segment_bytes_ = 0;
  std::uint32_t next_sequence_ = 0;
};

}  // namespace ringside::virtio::net
