// SPDX-License-Identifier: Apache-2.0
// The network device (virtio 1.4, section 5.1). Offloads are done here, whatever the back end: the
// network behind it sees plain frames.
//
//   net_header   feature bits, the header before packets
//   net_packet   what is in a frame, checksums          net_offload  transmit: checksums, segments
//   net_filter   which frames are received              net_gro      receive: frames to packets
//   net_rss      hashes, tunnels                        net_control  control queue commands
//   net_notify   notification coalescing                net_stats    statistics for the driver
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "backend/net_backend.h"
#include "kit/command.h"
#include "virtio/core/device.h"
#include "virtio/device/net_control.h"
#include "virtio/device/net_filter.h"
#include "virtio/device/net_gro.h"
#include "virtio/device/net_header.h"
#include "virtio/device/net_notify.h"
#include "virtio/device/net_offload.h"
#include "virtio/device/net_rss.h"
#include "virtio/device/net_stats.h"

namespace ringside::virtio {

class Net final : public VirtioDevice {
 public:
  Net(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Net; }
  std::uint32_t class_code() const override { return 0x020000; }
  FeatureSet device_features() const override { return offered_; }
  FeatureSet legacy_features(const FeatureSet& modern) const override;
  bool accepts_features(const FeatureSet& chosen) const override;
  std::size_t config_bytes() const override { return kConfigBytes; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_driver_ok() override;
  void on_reset() override;
  void on_queue_reset(unsigned queue) override;

  /// Asks the driver to send gratuitous packets (VIRTIO_NET_F_GUEST_ANNOUNCE); also done when the
  /// link comes back.
  void announce();
  const net::MacAddress& mac_address() const { return filter_.mac; }

  ChildSlot<backend::NetBackend> backend{this, "backend", required, "the network"};
  Param<std::string> mac{this, "mac", "",
                         "address, such as 52:54:00:12:34:56; empty: made from the device's name"};
  Param<unsigned> pairs{this, "pairs", 1, Range<unsigned>{1, 128},
                        "pairs of queues (VIRTIO_NET_F_MQ if more than one)"};
  Param<unsigned> queue_size{this, "queue_size", 256, Range<unsigned>{4, 32768},
                             "largest size of receive and transmit queues"};
  Param<unsigned> control_queue_size{this, "control_queue_size", 64, Range<unsigned>{4, 32768},
                                     "largest size of the control queue"};
  Param<unsigned> fifo{this, "fifo", 1024, Range<unsigned>{1, 65536},
                       "received frames that wait for buffers, per queue"};
  Param<unsigned> mtu{this, "mtu", 0, Range<unsigned>{0, 65535},
                      "offer VIRTIO_NET_F_MTU with this value, 68 or more; 0 not to"};
  Param<BitRate> speed{this, "speed", BitRate{}, "offer VIRTIO_NET_F_SPEED_DUPLEX with this speed"};
  enum class Duplex : std::uint8_t { Half = 0, Full = 1, Unknown = 0xff };
  Choice<Duplex> duplex{
      this,
      "duplex",
      {{"half", Duplex::Half}, {"full", Duplex::Full}, {"unknown", Duplex::Unknown}},
      Duplex::Full,
      "with 'speed'"};

  // What is offered. A feature whose requirement is off is not offered either.
  Param<bool> csum{this, "csum", true, "offer CSUM: checksums of sent packets"};
  Param<bool> host_tso4{this, "host_tso4", true, "offer HOST_TSO4: segmentation, TCP over IPv4"};
  Param<bool> host_tso6{this, "host_tso6", true, "offer HOST_TSO6: segmentation, TCP over IPv6"};
  Param<bool> host_ecn{this, "host_ecn", true, "offer HOST_ECN: segmentation with ECN"};
  Param<bool> host_ufo{this, "host_ufo", true, "offer HOST_UFO: fragmentation of UDP"};
  Param<bool> host_uso{this, "host_uso", true, "offer HOST_USO: segmentation of UDP"};
  Param<bool> guest_csum{this, "guest_csum", true, "offer GUEST_CSUM: received checksums verified"};
  Param<bool> guest_tso4{this, "guest_tso4", true, "offer GUEST_TSO4: coalescing, TCP over IPv4"};
  Param<bool> guest_tso6{this, "guest_tso6", true, "offer GUEST_TSO6: coalescing, TCP over IPv6"};
  Param<bool> guest_ecn{this, "guest_ecn", true, "offer GUEST_ECN: coalescing with ECN"};
  Param<bool> guest_ufo{this, "guest_ufo", true,
                        "offer GUEST_UFO (fragments are never put together)"};
  Param<bool> guest_uso4{this, "guest_uso4", true, "offer GUEST_USO4: coalescing, UDP over IPv4"};
  Param<bool> guest_uso6{this, "guest_uso6", true, "offer GUEST_USO6: coalescing, UDP over IPv6"};
  Param<bool> guest_hdrlen{this, "guest_hdrlen", true, "offer GUEST_HDRLEN"};
  Param<bool> rsc_ext{this, "rsc_ext", false, "offer RSC_EXT: number of coalesced segments"};
  Param<bool> mrg_rxbuf{this, "mrg_rxbuf", true, "offer MRG_RXBUF"};
  Param<bool> link_status{this, "link_status", true, "offer STATUS"};
  Param<bool> ctrl_vq{this, "ctrl_vq", true, "offer CTRL_VQ, the control queue"};
  Param<bool> ctrl_rx{this, "ctrl_rx", true, "offer CTRL_RX: receive modes and address filter"};
  Param<bool> ctrl_rx_extra{this, "ctrl_rx_extra", true, "offer CTRL_RX_EXTRA"};
  Param<bool> ctrl_vlan{this, "ctrl_vlan", true, "offer CTRL_VLAN: VLAN filter"};
  Param<bool> ctrl_mac_addr{this, "ctrl_mac_addr", true, "offer CTRL_MAC_ADDR"};
  Param<bool> ctrl_guest_offloads{this, "ctrl_guest_offloads", true, "offer CTRL_GUEST_OFFLOADS"};
  Param<bool> guest_announce{this, "guest_announce", true, "offer GUEST_ANNOUNCE"};
  Param<bool> rss{this, "rss", false, "offer RSS"};
  Param<bool> hash_report{this, "hash_report", false, "offer HASH_REPORT"};
  Param<bool> hash_tunnel{this, "hash_tunnel", false, "offer HASH_TUNNEL"};
  Param<bool> notf_coal{this, "notf_coal", true, "offer NOTF_COAL"};
  Param<bool> vq_notf_coal{this, "vq_notf_coal", true, "offer VQ_NOTF_COAL"};
  Param<bool> device_stats{this, "device_stats", true, "offer DEVICE_STATS"};
  Param<bool> standby{this, "standby", false, "offer STANDBY"};

  Command<std::string> set_link{this,
                                "set_link",
                                {{"state", "of the cable", {"up", "down"}}},
                                "pulls the cable out or puts it back",
                                [this](const std::string& state) { set_cable(state == "up"); }};
  Command<> announce_command{this,
                             "announce",
                             {},
                             "asks the driver to tell the network where it is "
                             "(VIRTIO_NET_F_GUEST_ANNOUNCE)",
                             [this] { announce_if_possible(); }};

  Counter rx_filtered{this, "rx_filtered", "count", "frames for others"};
  Counter rx_dropped{this, "rx_dropped", "count", "frames for the driver that it could not get"};
  Counter tx_dropped{this, "tx_dropped", "count", "packets that could not be sent"};
  Counter tx_segments{this, "tx_segments", "count", "frames made from large packets"};
  Counter rx_coalesced{this, "rx_coalesced", "count", "frames that were appended to others"};
  Counter control_commands{this, "control_commands", "count", "commands on the control queue"};
  Counter control_errors{this, "control_errors", "count", "commands answered by an error"};

 protected:
  bool hold_back_notification(unsigned queue) override { return notify_.hold_back(queue); }

 private:
  friend class net::Control;

  static constexpr std::size_t kConfigBytes = 28;
  static constexpr std::uint16_t kLinkUp = 1;
  static constexpr std::uint16_t kAnnounce = 2;
  static constexpr std::size_t kFlows = 1024;
  /// Bytes that wait in a receive FIFO at most.
  static constexpr std::size_t kFifoBytes = 8 << 20;

  void set_cable(bool in);
  void announce_if_possible();
  bool link_up() const { return cable_ && backend && backend->link_up(); }
  bool cable_ = true;

  /// A received frame that waits for its queue's thread.
  struct Received {
    net::Frame frame;
    net::Packet packet;
    net::Hash hash;
  };
  /// A packet that waits for buffers.
  struct Ready {
    net::Frame data;
    net::Header header;
  };
  struct Pair {
    std::deque<Received> fifo;
    std::size_t fifo_bytes = 0;
    std::optional<Ready> ready;
    net::RxStats rx;
    net::TxStats tx;
  };
  enum class Steering { Automatic, Rss };

  void send_due_notifications();
  void read_mac();
  void check_parameters();
  FeatureSet wanted_features() const;
  std::array<std::uint8_t, kConfigBytes> config() const;
  std::uint32_t speed_mbps() const;
  void link_changed(bool up);

  unsigned active_layout_pairs() const;
  unsigned control_queue() const { return 2 * active_layout_pairs(); }

  void transmit(unsigned pair);
  void send_packet(unsigned pair, const net::Header& header, net::Frame& packet);

  void received(const std::uint8_t* frame, std::size_t bytes);
  bool too_long(const net::Packet& packet, std::size_t bytes) const;
  std::optional<unsigned> steer(const std::uint8_t* frame, const net::Packet& packet,
                                const net::Hash& hash) const;
  bool receives(unsigned pair) const;
  net::CoalesceKinds coalesce_kinds() const;
  void receive(unsigned pair);
  void make_ready(Pair& pair);
  bool place(unsigned pair);
  bool write_packet(Virtqueue& queue, std::vector<ChainPtr>& chains, const Ready& packet);
  static void give_back(Virtqueue& queue, std::vector<ChainPtr>& chains);
  void drop_ready(Pair& pair);

  void control();

  FeatureSet offered_;
  std::vector<Pair> pairs_;
  net::MacAddress own_mac_{};
  net::ReceiveFilter filter_;
  net::HashSettings hash_;
  net::ControlStats control_stats_;
  Steering steering_ = Steering::Automatic;
  unsigned active_pairs_ = 1;
  std::uint64_t offloads_ = 0;  ///< of the driver's, as CTRL_GUEST_OFFLOADS has them
  bool announcing_ = false;
  std::array<std::uint8_t, kFlows> flows_{};  ///< by flow: transmit pair + 1, 0 if unknown
  net::CoalesceSettings rx_coalesce_;
  net::CoalesceSettings tx_coalesce_;
  sc_core::sc_event notify_deadline_;
  net::NotificationCoalescer notify_;
  net::Control commands_{*this};
};

}  // namespace ringside::virtio
