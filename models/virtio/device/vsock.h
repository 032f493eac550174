// SPDX-License-Identifier: Apache-2.0
// The socket device (virtio 1.4, section 5.10): connections between programs of the guest and of
// the host, addressed by context id and port.
//
//   type: virtio-vsock
//   guest_cid: 3
//   backend: {type: unix, path: guest.vsock}
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "backend/vsock_backend.h"
#include "kit/command.h"
#include "virtio/core/device.h"
#include "virtio/device/vsock_connection.h"
#include "virtio/device/vsock_protocol.h"

namespace ringside::virtio {

class Vsock final : public VirtioDevice, private backend::VsockGuest {
 public:
  Vsock(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Vsock; }
  std::uint32_t class_code() const override { return 0x078000; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override { return 8; }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_reset() override;

  /// Another context id, or the same again: all connections end, and the driver is told by
  /// TRANSPORT_RESET, as after a migration. Throws CommandError for a reserved id.
  void change_cid(std::uint64_t cid);
  /// Connections that exist, those included that wait for an answer or for their end.
  std::size_t open_connections() const { return connections_.size(); }

  Param<std::uint64_t> guest_cid{this, "guest_cid", 3,
                                 Range<std::uint64_t>{kVsockHostCid + 1, 0xfffffffe},
                                 "context id of the guest"};
  Param<bool> stream{this, "stream", true, "offer VIRTIO_VSOCK_F_STREAM"};
  Param<bool> seqpacket{this, "seqpacket", true, "offer VIRTIO_VSOCK_F_SEQPACKET"};
  Param<bool> no_implied_stream{this, "no_implied_stream", true,
                                "offer VIRTIO_VSOCK_F_NO_IMPLIED_STREAM"};
  Param<Size> buffer{this, "buffer", Size{64 << 10}, Range<Size>{Size{1 << 10}, Size{16 << 20}},
                     "room for data that the host has not taken, per connection (buf_alloc)"};
  Param<unsigned> max_connections{this, "max_connections", 1024, Range<unsigned>{1, 65536},
                                  "connections at once; further ones are refused"};
  Param<unsigned> max_resets{this, "max_resets", 256, Range<unsigned>{1, 65536},
                             "RST packets for what is no connection that wait for receive buffers; "
                             "beyond, nothing more is taken from the transmit queue"};
  Param<sc_core::sc_time> connect_timeout{this, "connect_timeout",
                                          sc_core::sc_time(2, sc_core::SC_SEC),
                                          "how long the guest has to answer a connection request"};
  Param<sc_core::sc_time> close_timeout{
      this, "close_timeout", sc_core::sc_time(8, sc_core::SC_SEC),
      "how long a connection that ends waits for the other side before it is forgotten"};
  Param<unsigned> queue_size{this, "queue_size", 128, Range<unsigned>{1, 32768},
                             "largest size of each queue"};
  ChildSlot<backend::VsockBackend> backend{this, "backend", "null", "who is on the host"};

  Command<std::uint64_t> set_guest_cid{
      this,
      "set_guest_cid",
      {{"cid", "new context id of the guest"}},
      "ends all connections and tells the driver to read its context id again",
      [this](std::uint64_t cid) { change_cid(cid); }};

  Counter connects{this, "connects", "count", "connections opened by either side"};
  Counter refused{this, "refused", "count", "connections that did not come about"};
  Counter resets_sent{this, "resets_sent", "count", "RST packets for the driver"};
  Counter bytes_to_guest{this, "bytes_to_guest", "B", "payload sent to the driver"};
  Counter bytes_to_host{this, "bytes_to_host", "B", "payload of the driver for the host"};
  Counter bytes_lost{this, "bytes_lost", "B", "payload for a side that had stopped receiving"};
  Counter bad_packets{this, "bad_packets", "count", "packets of the driver that make no sense"};
  Counter credit_violations{this, "credit_violations", "count",
                            "data without credit, or after its end: the connection is reset"};
  Counter bad_credit{this, "bad_credit", "count",
                     "packets whose fwd_cnt is not between the last one and what was sent"};
  Counter stuck_messages{this, "stuck_messages", "count",
                         "messages longer than the guest's buffer: the connection is reset"};
  Counter timeouts{this, "timeouts", "count", "connections given up after a timeout"};

 private:
  enum Queue : unsigned { kRx, kTx, kEvent };
  using Id = VsockConnection::Id;
  using State = VsockConnection::State;
  using Ports = VsockConnection::Ports;

  // queues
  void serve_rx();
  void serve_tx();
  void serve_event();
  bool next_packet(std::size_t writable);
  bool take_packet(DescriptorChain& chain, VsockHeader& header);

  // what the driver sends (vsock_packets.cpp)
  bool type_in_use(std::uint16_t type) const;
  void handle(const VsockHeader& header);
  void handle_connected(VsockConnection& connection, const VsockHeader& header);
  void guest_connects(const VsockHeader& header);
  void guest_sends(VsockConnection& connection, const VsockHeader& header);
  void guest_shuts_down(VsockConnection& connection, std::uint32_t flags);
  void refuse(const VsockHeader& header);

  // VsockGuest
  void host_connects(Id id, backend::VsockType type, std::uint32_t guest_port) override;
  void host_accepted(Id id) override;
  void host_data(Id id, const std::uint8_t* data, std::size_t bytes, bool record_end) override;
  void host_drained(Id id, std::size_t bytes) override;
  void host_shutdown(Id id, backend::VsockShutdown what) override;
  void host_gone(Id id) override;

  // connections
  VsockConnection* find(Id id);
  VsockConnection& add(Id id, backend::VsockType type, const Ports& ports, State state);
  void remove(VsockConnection& connection);
  void drop_all();
  /// What has to be looked at after every change of a connection; it may be gone then.
  void changed(VsockConnection& connection);
  void give_up_after(VsockConnection& connection, const sc_core::sc_time& patience);
  void expire();
  std::uint32_t free_host_port(std::uint32_t guest_port);

  std::map<Ports, std::unique_ptr<VsockConnection>> connections_;
  std::map<Id, VsockConnection*> by_id_;
  std::set<Id> ready_;              // connections with a packet for the driver
  Id last_served_ = 0;              // they take turns
  std::deque<VsockHeader> strays_;  // RST packets that belong to no connection
  Id next_id_ = 0;
  std::uint32_t next_host_port_ = 0;
  bool transport_reset_ = false;  // the driver has to be told
  sc_core::sc_event deadline_;

  std::vector<std::uint8_t> packet_;   // the one that is being written to the driver
  std::vector<std::uint8_t> payload_;  // of the one that has been read
};

}  // namespace ringside::virtio
