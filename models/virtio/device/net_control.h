// SPDX-License-Identifier: Apache-2.0
// The commands of the network device's control queue (virtio 1.4, section 5.1.6.5).
#pragma once

#include <cstdint>
#include <vector>

#include "virtio/core/features.h"

namespace ringside::virtio {

class Net;

namespace net {

enum ControlClass : std::uint8_t {
  kCtrlRx = 0,
  kCtrlMac = 1,
  kCtrlVlan = 2,
  kCtrlAnnounce = 3,
  kCtrlMq = 4,
  kCtrlGuestOffloads = 5,
  kCtrlNotfCoal = 6,
  kCtrlHashTunnel = 7,
  kCtrlStats = 8,
};

inline constexpr std::uint8_t kControlOk = 0;
inline constexpr std::uint8_t kControlError = 1;

/// Takes commands apart and applies them to a device.
class Control {
 public:
  explicit Control(Net& device) : device_(device) {}

  using Bytes = std::vector<std::uint8_t>;
  /// Handles one command: `data` follows class and command; `result` is what goes behind the
  /// acknowledgement. True for VIRTIO_NET_OK.
  bool handle(std::uint8_t command_class, std::uint8_t command, const Bytes& data, Bytes& result);

  /// Longest data that any command needs; the rest of a longer one is not read.
  static constexpr std::size_t kMaxData = 128 << 10;

 private:
  bool receive_mode(std::uint8_t command, const Bytes& data);
  bool mac(std::uint8_t command, const Bytes& data);
  bool mac_table(const Bytes& data);
  bool vlan(std::uint8_t command, const Bytes& data);
  bool announce(std::uint8_t command);
  bool multiqueue(std::uint8_t command, const Bytes& data);
  bool queue_pairs(const Bytes& data);
  bool rss(const Bytes& data);
  bool hash(const Bytes& data);
  bool offloads(std::uint8_t command, const Bytes& data);
  bool coalescing(std::uint8_t command, const Bytes& data, Bytes& result);
  bool coalesce_queue(std::uint8_t command, const Bytes& data, Bytes& result);
  bool hash_tunnel(std::uint8_t command, const Bytes& data);
  bool stats(std::uint8_t command, const Bytes& data, Bytes& result);
  bool get_stats(const Bytes& data, Bytes& result);
  bool has(unsigned feature) const;

  Net& device_;
};

}  // namespace net
}  // namespace ringside::virtio
