// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of the socket device (virtio 1.4, section 5.10).
#pragma once

#include <cstddef>
#include <cstdint>

#include "virtio/device/bytes.h"

namespace ringside::virtio {

/// Feature bits (5.10.3).
enum VsockFeature : unsigned {
  kVsockStream = 0,
  kVsockSeqpacket = 1,
  kVsockNoImpliedStream = 2,
};

/// Operations (5.10.6).
enum class VsockOp : std::uint16_t {
  Invalid = 0,
  Request = 1,
  Response = 2,
  Rst = 3,
  Shutdown = 4,
  Rw = 5,
  CreditUpdate = 6,
  CreditRequest = 7,
};

/// Flags of SHUTDOWN (5.10.6.6) and RW (5.10.6.7).
enum VsockFlag : std::uint32_t {
  kVsockShutdownReceive = 1 << 0,
  kVsockShutdownSend = 1 << 1,
  kVsockEndOfMessage = 1 << 0,
  kVsockEndOfRecord = 1 << 1,
};

/// Events (5.10.6.8).
inline constexpr std::uint32_t kVsockTransportReset = 0;

/// The host's context id.
inline constexpr std::uint64_t kVsockHostCid = 2;

/// True for an id that a guest can have (5.10.4): the others are reserved, and the upper half is 0.
inline bool vsock_cid_usable(std::uint64_t cid) {
  return cid > kVsockHostCid && cid < 0xffffffff;
}

/// struct virtio_vsock_hdr
struct VsockHeader {
  static constexpr std::size_t kBytes = 44;

  std::uint64_t src_cid = 0;
  std::uint64_t dst_cid = 0;
  std::uint32_t src_port = 0;
  std::uint32_t dst_port = 0;
  std::uint32_t len = 0;
  std::uint16_t type = 0;
  VsockOp op = VsockOp::Invalid;
  std::uint32_t flags = 0;
  std::uint32_t buf_alloc = 0;
  std::uint32_t fwd_cnt = 0;

  static VsockHeader parse(const std::uint8_t* bytes) {
    VsockHeader header;
    header.src_cid = get_le64(bytes);
    header.dst_cid = get_le64(bytes + 8);
    header.src_port = get_le32(bytes + 16);
    header.dst_port = get_le32(bytes + 20);
    header.len = get_le32(bytes + 24);
    header.type = get_le16(bytes + 28);
    header.op = static_cast<VsockOp>(get_le16(bytes + 30));
    header.flags = get_le32(bytes + 32);
    header.buf_alloc = get_le32(bytes + 36);
    header.fwd_cnt = get_le32(bytes + 40);
    return header;
  }
  void put(std::uint8_t* bytes) const {
    put_le64(bytes, src_cid);
    put_le64(bytes + 8, dst_cid);
    put_le32(bytes + 16, src_port);
    put_le32(bytes + 20, dst_port);
    put_le32(bytes + 24, len);
    put_le16(bytes + 28, type);
    put_le16(bytes + 30, static_cast<std::uint16_t>(op));
    put_le32(bytes + 32, flags);
    put_le32(bytes + 36, buf_alloc);
    put_le32(bytes + 40, fwd_cnt);
  }
};

}  // namespace ringside::virtio
