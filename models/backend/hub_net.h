// SPDX-License-Identifier: Apache-2.0
// Networks inside the simulation: no host, so runs are repeatable.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "backend/net_backend.h"

namespace ringside::backend {

/// A place on a cable that is shared by all models with the same `network`. What one sends, the
/// others get, `latency` after its last bit has left at `rate`. Both are of the sender.
class SegmentNet : public NetBackend {
 public:
  SegmentNet(const sc_core::sc_module_name& name, const ModelContext& context);
  void resolve() override;
  void reset() override;

  Param<std::string> network{this, "network", required, "name of the cable"};
  Param<sc_core::sc_time> latency{this, "latency", sc_core::sc_time(1, sc_core::SC_US),
                                  "from one end to the other"};
  Param<BitRate> rate{this, "rate", BitRate{}, "bits per second that can be sent; 0 for no limit"};
  Param<unsigned> backlog{this, "backlog", 4096, Range<unsigned>{1, 1u << 20},
                          "frames on their way at most; more are dropped"};

 protected:
  /// How many others a frame goes to: any number for a hub.
  virtual std::size_t most_peers() const { return ~std::size_t{0}; }
  const std::vector<SegmentNet*>& peers() const { return peers_; }

 private:
  struct OnItsWay {
    sc_core::sc_time due;
    std::vector<std::uint8_t> frame;
  };
  void transmit(const std::uint8_t* frame, std::size_t bytes) override;
  void arrive();

  std::vector<SegmentNet*> peers_;
  std::deque<OnItsWay> on_its_way_;  // sent by this one, in order
  sc_core::sc_time free_at_;         // when the last frame's last bit has left
  sc_core::sc_event due_;
};

/// Any number of stations.
class HubNet final : public SegmentNet {
 public:
  using SegmentNet::SegmentNet;
};

/// Exactly two stations.
class LinkNet final : public SegmentNet {
 public:
  using SegmentNet::SegmentNet;
  void resolve() override;
};

/// Nobody: what is sent is lost.
class NoNet final : public NetBackend {
 public:
  NoNet(const sc_core::sc_module_name& name, const ModelContext& context)
      : NetBackend(name, context) {}
  Param<bool> up{this, "up", true, "the link is up"};

 private:
  void start_of_simulation() override {
    NetBackend::start_of_simulation();
    set_link(up);
  }
  void transmit(const std::uint8_t*, std::size_t) override {}
};

}  // namespace ringside::backend
