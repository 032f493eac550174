// SPDX-License-Identifier: Apache-2.0
// How long a device works on a request, besides moving its data: the medium behind a disk, the wire
// behind a network. Types of one class, which differ in their defaults; timed mode only.
#pragma once

#include <vector>

#include "kit/calendar.h"
#include "kit/registry.h"

namespace ringside::virtio {

/// Channels that work on a request each, and a rate that they share. A request takes the channel
/// that is free first, for its latency and for the transfer of its bytes.
class ServiceModel final : public Model {
 public:
  static constexpr const char* kind = "service";
  static constexpr const char* kind_doc = "how long a virtio device works on a request";

  ServiceModel(const sc_core::sc_module_name& name, const ModelContext& context);

  /// When a request that is handed over now is done. `out` are bytes from the driver, `in` those to
  /// it. The present in functional mode.
  sc_core::sc_time end_of(std::uint32_t out, std::uint32_t in);
  void reset() override;

 private:
  struct Preset {
    unsigned channels = 1;
    sc_core::sc_time latency_in;
    sc_core::sc_time latency_out;
    BitRate rate{1e18};
  };
  static Preset preset_of(const std::string& type);
  const Preset preset_;  // before the parameters, which begin with it

 public:
  Param<unsigned> channels{this, "channels", preset_.channels, Range<unsigned>{1, 1024},
                           "requests that are worked on at the same time"};
  Param<sc_core::sc_time> latency_in{this, "latency_in", preset_.latency_in,
                                     "of a request that brings more bytes than it takes (a read)"};
  Param<sc_core::sc_time> latency_out{this, "latency_out", preset_.latency_out,
                                      "of any other (a write, a flush)"};
  Param<BitRate> rate{this, "rate", preset_.rate, "at which data pass, for all channels together"};

  Counter requests_served{this, "served", "count", "requests that have been worked on"};
  Counter busy{this, "busy_ps", "ps", "work of all channels together"};
  Histogram waiting{this, "waiting", "ns", "from handing a request over until a channel is free"};

 private:
  std::vector<std::uint64_t> free_;  // by channel, in picoseconds
  Calendar transfer_;
};

/// Registers the presets.
void register_services(Registry& registry);

}  // namespace ringside::virtio
