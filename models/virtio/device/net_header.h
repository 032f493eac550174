// SPDX-License-Identifier: Apache-2.0
// Feature bits of the network device (virtio 1.4, section 5.1.3) and the header before each packet
// (5.1.6).
#pragma once

#include <cstddef>
#include <cstdint>

#include "virtio/core/features.h"

namespace ringside::virtio {

enum NetFeature : unsigned {
  kNetCsum = 0,
  kNetGuestCsum = 1,
  kNetCtrlGuestOffloads = 2,
  kNetMtu = 3,
  kNetMac = 5,
  kNetGso = 6,  ///< legacy
  kNetGuestTso4 = 7,
  kNetGuestTso6 = 8,
  kNetGuestEcn = 9,
  kNetGuestUfo = 10,
  kNetHostTso4 = 11,
  kNetHostTso6 = 12,
  kNetHostEcn = 13,
  kNetHostUfo = 14,
  kNetMrgRxbuf = 15,
  kNetStatus = 16,
  kNetCtrlVq = 17,
  kNetCtrlRx = 18,
  kNetCtrlVlan = 19,
  kNetCtrlRxExtra = 20,
  kNetGuestAnnounce = 21,
  kNetMq = 22,
  kNetCtrlMacAddr = 23,
  kNetDeviceStats = 50,
  kNetHashTunnel = 51,
  kNetVqNotfCoal = 52,
  kNetNotfCoal = 53,
  kNetGuestUso4 = 54,
  kNetGuestUso6 = 55,
  kNetHostUso = 56,
  kNetHashReport = 57,
  kNetGuestHdrlen = 59,
  kNetRss = 60,
  kNetRscExt = 61,
  kNetStandby = 62,
  kNetSpeedDuplex = 63,
  kNetRssContext = 64,
};

namespace net {

enum HeaderFlag : std::uint8_t {
  kNeedsCsum = 1,
  kDataValid = 2,
  kRscInfo = 4,
  kUdpTunnelCsum = 8,
};

enum GsoType : std::uint8_t {
  kGsoNone = 0,
  kGsoTcpV4 = 1,
  kGsoUdp = 3,
  kGsoTcpV6 = 4,
  kGsoUdpL4 = 5,
  kGsoTunnelV4 = 0x20,
  kGsoTunnelV6 = 0x40,
  kGsoEcn = 0x80,
};

/// struct virtio_net_hdr.
struct Header {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = kGsoNone;
  std::uint16_t hdr_len = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t csum_start = 0;
  std::uint16_t csum_offset = 0;
  std::uint16_t num_buffers = 0;
  std::uint32_t hash_value = 0;
  std::uint16_t hash_report = 0;

  static constexpr std::size_t kLargest = 20;
  /// 10 bytes for legacy drivers without mergeable buffers, 12, or 20 with hash reports.
  static std::size_t bytes(const FeatureSet& features);
  static Header decode(const std::uint8_t* from, std::size_t bytes);
  void encode(std::uint8_t* to, std::size_t bytes) const;
};

/// Clears the features whose requirements (5.1.3.1) are not in the set.
FeatureSet with_requirements(FeatureSet features);

}  // namespace net
}  // namespace ringside::virtio
