// SPDX-License-Identifier: Apache-2.0
// A transport whose driver sits in another program: the back end of the vhost-user protocol, for
// any virtio device. The front end (QEMU) has the guest, its registers and its interrupts; here are
// the rings and the device, which reach the guest's memory through regions that it shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cosim/peer/peer.h"
#include "cosim/vhost_user/guest_memory.h"
#include "cosim/vhost_user/protocol.h"
#include "kit/dma.h"
#include "kit/host.h"
#include "kit/model.h"
#include "virtio/core/device.h"
#include "virtio/core/observer.h"

namespace ringside::vhost {

class VhostUser final : public Model, public virtio::Transport {
 public:
  VhostUser(const sc_core::sc_module_name& name, const ModelContext& context);

  enum class Mode { Listen, Connect };
  Param<FilePath> socket{this, "socket", required, "Unix socket where front end and back end meet"};
  Choice<Mode> mode{this,
                    "mode",
                    {{"listen", Mode::Listen}, {"connect", Mode::Connect}},
                    Mode::Listen,
                    "wait for a front end, or connect to one that waits (QEMU: server=on)"};
  Param<sc_core::sc_time> retry{this, "retry", sc_core::sc_time(1, sc_core::SC_SEC),
                                "host time between attempts to connect; 0 for one attempt"};
  Param<bool> once{this, "once", false, "end the run when the first front end has gone"};
  Param<bool> status{this, "status", false,
                     "offer VHOST_USER_PROTOCOL_F_STATUS; a QEMU that knows it resets the device "
                     "whenever it pauses the guest"};
  Param<sc_core::sc_time> latency{this, "latency", sc_core::sc_time(100, sc_core::SC_NS),
                                  "what an access to the guest's memory takes, in timed mode"};
  ChildSlot<virtio::VirtioEndpoint> endpoint{this, "device", required, "the virtio device"};
  ChildSlot<virtio::TransportMonitor> monitor{
      this, "monitor", nullptr, "what watches the driver's requests, DMA and notifications"};

  Counter front_ends{this, "front_ends", "count", "front ends that have connected"};
  Counter messages{this, "messages", "count", "requests of front ends"};
  Counter refusals{this, "refusals", "count", "requests that were not carried out"};
  Counter calls{this, "calls", "count", "eventfd writes that told a driver of used buffers"};
  Counter config_messages{this, "config_messages", "count",
                          "messages that told a front end of a changed configuration"};
  Counter memory_lost{this, "memory_lost", "count",
                      "front ends that took memory away while it was in use"};

  virtio::VirtioDevice* const device = dynamic_cast<virtio::VirtioDevice*>(endpoint.get());

  // Transport
  DmaInterface& dma() override { return dma_port_; }
  std::uint16_t requester_id() const override { return 0; }
  void notify_queue(unsigned queue) override;
  void notify_config() override;
  bool legacy() const override { return legacy_; }
  void queue_drained(unsigned) override { progress_.notify(sc_core::SC_ZERO_TIME); }

 private:
  /// What the front end has said of a queue.
  struct Ring {
    std::uint32_t size = 0;
    std::optional<VringAddress> address;
    std::uint32_t base = 0;
    bool has_kick = false;
    OwnedFd call;
    OwnedFd error;
    bool enabled = false;
    bool running = false;
  };
  /// One request, taken apart.
  struct Message;

  // vhost_user.cpp: life
  void reset() override;
  void start_of_simulation() override;
  void finish() override;
  void check_device();
  void take(const HostInput::Bytes& message);
  void serve();
  void serve_request();
  void part(const std::string& why);
  void forget_front_end();

  // messages.cpp: one function a message, or a few that are alike
  void carry_out(Message& message);
  void answer(Message& message, const void* payload, std::size_t bytes);
  void answer(Message& message, std::uint64_t value) { answer(message, &value, sizeof value); }
  std::uint64_t offered_features() const;
  std::uint64_t offered_protocol_features() const;
  bool speaks(ProtocolFeature feature) const { return protocol_features_ >> feature & 1; }
  void set_features(std::uint64_t features);
  void set_protocol_features(std::uint64_t features);
  void set_memory(Message& message);
  void set_descriptor(Message& message, Request request);
  void set_backend_channel(Message& message);
  void get_config(Message& message);
  void set_config(const Message& message);
  void set_status(std::uint8_t status);

  // rings.cpp
  Ring& ring_at(std::uint64_t index);
  Ring& stopped_ring_at(std::uint64_t index);
  void set_address(const VringAddress& address);
  void set_enabled(const VringState& state);
  void start_if_ready(unsigned index);
  void settle_features();
  virtio::RingPosition position_of(const Ring& ring, std::uint64_t device_area);
  std::uint32_t stop_ring(unsigned index);
  bool any_running() const;
  bool begins_anew() const;
  void reset_device();

  // tell.cpp: to the monitor, as the registers that would do the same
  void tell(std::uint64_t offset, std::uint64_t value, unsigned bytes);
  void tell_reset();
  void tell_features();
  void tell_start(unsigned index);
  void tell_stop(unsigned index);
  void tell_status(std::uint8_t status);

  GuestMemory memory_{"guest_memory", latency};
  DmaPort dma_port_{this, "dma", "the guest's memory"};
  HostInput input_{this, "front_end"};
  std::optional<peer::Peer> front_end_;
  std::vector<Ring> rings_;
  OwnedFd backend_channel_;

  std::uint64_t features_ = 0;          // chosen by the driver
  std::uint64_t settled_features_ = 0;  // those that the device works with
  std::uint64_t protocol_features_ = 0;
  bool rings_begin_enabled_ = true;  // until there are protocol features
  bool legacy_ = false;
  bool connected_ = false;

  std::vector<std::uint8_t> request_;  // that waits for serve()
  std::optional<std::string> gone_;    // the front end has, and why
  sc_core::sc_event progress_;         // something to do, or a queue has drained
};

}  // namespace ringside::vhost
