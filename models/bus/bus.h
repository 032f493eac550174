// SPDX-License-Identifier: Apache-2.0
// The address-decoding interconnect. Its children's windows become its address map, its children's
// initiators its masters.
#pragma once

#include <memory>
#include <vector>

#include "bus/address_map.h"
#include "bus/data_path.h"
#include "kit/model.h"
#include "kit/port.h"

namespace ringside {

/// Routes each access to the window that it falls into, with the address made relative to it. An
/// access to no window, or over the end of one, gets TLM_ADDRESS_ERROR_RESPONSE. Windows of size 0
/// are left out. In timed mode an access takes one hop, and its bytes the data path, if that has a
/// width: a write before it is forwarded, a read when its target has answered.
class Bus final : public Model {
 public:
  Bus(const sc_core::sc_module_name& name, const ModelContext& context);
  ~Bus() override;

  /// What answers where; for reports. `ports()[window.target]` is the port behind a window.
  const AddressMap& address_map() const { return map_; }
  const std::vector<MmioPort*>& windows() const { return windows_; }

  Param<sc_core::sc_time> latency{
      this, "latency", sc_core::sc_time(5, sc_core::SC_NS),
      "time that decoding and forwarding add to an access (timed mode)"};
  Param<unsigned> width{this, "width", 0, Range<unsigned>{0, 65536},
                        "bits of the data path, a multiple of 8; 0: data takes no time here (timed "
                        "mode)"};
  Param<Frequency> clock{this, "clock", Frequency{1e9}, Range<Frequency>{{1e6}, {1e11}},
                         "rate of the data path; its width in each period"};
  Choice<Arbitration> arbitration{this,
                                  "arbitration",
                                  {{"none", Arbitration::None},
                                   {"fifo", Arbitration::Fifo},
                                   {"round-robin", Arbitration::RoundRobin}},
                                  Arbitration::None,
                                  "who of several masters has the data path: all at once, the "
                                  "first until it is done, or each in turn"};
  Children<Model> children{this, "children", "what is connected, by name"};

  Counter accesses{this, "accesses", "accesses", "transactions routed (direct accesses excluded)"};
  Counter errors{this, "errors", "accesses", "transactions that no window answers"};
  Counter bytes{this, "bytes", "bytes", "carried by the data path"};
  Counter busy_ps{this, "busy_ps", "ps", "time in which the data path carried them"};
  Counter wait_ps{this, "wait_ps", "ps", "time that transfers waited for others, all together"};

 private:
  class Master;  // one side towards an initiator
  class Target;  // one side towards a window

  void connect(PortBase& port);
  void add_window(MmioPort& port);
  void make_path();
  /// Tells all masters that direct pointers into a range of bus addresses are void.
  void invalidate(std::uint64_t first, std::uint64_t last);

  AddressMap map_;
  std::vector<MmioPort*> windows_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<std::unique_ptr<Target>> unmapped_;  // windows of size 0: bound, never reached
  std::vector<std::unique_ptr<Master>> masters_;
  sc_core::sc_time hop_;  // latency, or zero in functional mode
  DataPath path_;
  bool has_path_ = false;  // in timed mode, with a width
};

}  // namespace ringside
