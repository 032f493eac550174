// SPDX-License-Identifier: Apache-2.0
// A virtio device in RTL in a platform: in the place of a device and its ring engine, behind
// virtio-pci, which keeps configuration space, capabilities and MSI-X. A plugin registers its
// design as an implementation of a device type:
//
//   struct MyBlock {                                       // see RtlPart below
//     static constexpr RtlIdentity identity{"virtio-blk", "mine", "our block engine",
//                                           DeviceId::Block, 0x010000, 1};
//     explicit MyBlock(Model*) {}
//     std::unique_ptr<RtlDesign> make(DesignHost& host) const { return make_my_block(host); }
//   };
//   add_rtl_device<MyBlock>(registry);                     // then, in YAML: `impl: mine`
//
// make_my_block() is in a file of its own that includes the verilated header and
// cosim/rtl_device/verilated_design.h, and no SystemC. See README.md.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cosim/rtl_device/design.h"
#include "kit/registry.h"
#include "virtio/core/endpoint.h"

namespace ringside::cosim {

/// What a design is to drivers and to YAML.
struct RtlIdentity {
  const char* type;  ///< the device type whose place it takes: "virtio-blk"
  const char* impl;  ///< the word for `impl`: "rtl"
  const char* doc;
  virtio::DeviceId device_id;
  std::uint32_t class_code;  ///< PCI class, subclass and programming interface, 24 bits
  unsigned queues;
};

class RtlDevice : public virtio::RegisterDevice, private DesignHost {
 public:
  Param<Frequency> clock{this, "clock", Frequency{250e6},
                         Range<Frequency>{Frequency{1e3}, Frequency{1e10}}, "of the design"};
  Param<unsigned> quantum{this, "quantum", 32, Range<unsigned>{1, 4096},
                          "clocks that the design may run at once, ahead of simulated time; 1 is "
                          "strict lock step"};
  Param<unsigned> latency{
      this, "latency", 0, Range<unsigned>{0, 100000},
      "clocks from a burst's address (or last beat) until memory is asked, beside "
      "the time that memory takes in timed mode"};
  Param<unsigned> jitter{this, "jitter", 0, Range<unsigned>{0, 100000},
                         "up to so many clocks more, by chance"};
  Param<unsigned> stall{this, "stall", 0, Range<unsigned>{0, 90},
                        "percent of clocks in which a channel of the bus rests, by chance"};
  Param<bool> reorder{this, "reorder", false, "answer bursts of different ids in any order"};
  enum class OnViolation { Stop, GoOn };
  Choice<OnViolation> on_violation{this,
                                   "on_violation",
                                   {{"stop", OnViolation::Stop}, {"go-on", OnViolation::GoOn}},
                                   OnViolation::Stop,
                                   "end the run when a rule of AXI is broken, or count and go on"};

  Param<FilePath> waves{this, "waves", FilePath{},
                        "FST file for the signals of the design, for GTKWave; slows it down"};
  Param<sc_core::sc_time> waves_from{this, "waves_from", sc_core::SC_ZERO_TIME,
                                     "simulated time at which these begin"};
  Param<sc_core::sc_time> waves_to{this, "waves_to", sc_core::SC_ZERO_TIME,
                                   "simulated time at which they end; 0: when the run does"};

  Counter clocks{this, "clocks", "count", "clocks that the design ran; none while it rests"};
  Counter stalls{this, "stalls", "count",
                 "clocks in which it offered an address or data that memory did not take"};
  Counter register_accesses{this, "register_accesses", "count", "accesses on AXI4-Lite"};
  Counter register_clocks{this, "register_clocks", "count", "clocks that these took"};
  Counter read_bursts{this, "read_bursts", "count", "bursts that read memory"};
  Counter write_bursts{this, "write_bursts", "count", "bursts that wrote memory"};
  Counter read_bytes{this, "read_bytes", "bytes", "bytes that it read and asked for"};
  Counter write_bytes{this, "write_bytes", "bytes", "bytes that it wrote"};
  Counter memory_errors{this, "memory_errors", "count", "bursts that ended in SLVERR or DECERR"};
  Counter vectors_raised{this, "vectors_raised", "count", "interrupt vectors taken from it"};
  Counter violations{this, "violations", "count", "rules of AXI that it broke"};

  // VirtioEndpoint
  virtio::DeviceId device_id() const override { return identity_.device_id; }
  std::uint32_t class_code() const override { return identity_.class_code; }
  unsigned num_queues() const override { return identity_.queues; }
  unsigned all_queues() const override { return identity_.queues; }
  std::string queue_name(unsigned queue) const override;

  // RegisterDevice
  void attach(virtio::RegisterHost& host) override;
  std::uint64_t read_register(std::uint64_t offset, unsigned bytes) override;
  void write_register(std::uint64_t offset, unsigned bytes, std::uint64_t value) override;
  void reset_registers() override;

 protected:
  RtlDevice(const sc_core::sc_module_name& name, const ModelContext& context,
            const RtlIdentity& identity);
  virtual std::unique_ptr<RtlDesign> make_design(DesignHost& host) = 0;

 private:
  static constexpr unsigned kPatience = 10000;  ///< clocks for a register access
  static constexpr std::uint64_t kRegisterBytes = 0x10000;

  /// Something that the design did and that waits for simulated time to catch up (timed mode).
  struct Deed {
    bool is_interrupt = false;
    unsigned number = 0;  // vector or slot
    BusAccess access;
    std::uint8_t* data = nullptr;
  };
  struct Worker {
    sc_core::sc_event wake;
    bool busy = false;
    Deed deed;
    std::vector<std::uint8_t> data, strobes;
  };

  // DesignHost
  bool burst(unsigned slot, const BusAccess& access, std::uint8_t* data,
             Response& response) override;
  void interrupt(unsigned vector) override;
  void forget_bursts() override;

  void turn_clock();
  void work(Worker& worker);
  void hand_out();
  void catch_up();
  unsigned run(unsigned most);
  bool wait_for_turn();
  void after_clocks(unsigned clocks);
  bool access(std::uint32_t offset, unsigned bytes, bool is_write, std::uint32_t& value);
  std::uint32_t read_part(std::uint32_t offset, unsigned bytes);
  std::uint32_t offered(std::uint32_t features) const;
  Response move(const BusAccess& access, std::uint8_t* data, const std::uint8_t* strobes);
  Response write(const BusAccess& access, const std::uint8_t* data, const std::uint8_t* strobes);
  void report_violation();
  void refresh_statistics() override;
  void resolve() override;
  void finish() override;

  const RtlIdentity identity_;
  const sc_core::sc_time period_;
  virtio::RegisterHost* host_ = nullptr;
  std::unique_ptr<RtlDesign> design_;
  sc_core::sc_event wake_;   // something has come from outside
  std::uint64_t ahead_ = 0;  // clocks that the design is ahead of simulated time
  std::deque<Deed> deeds_;   // timed mode
  std::vector<std::unique_ptr<Worker>> workers_;
  std::uint64_t life_ = 0;            // between resets
  std::uint32_t feature_select_ = 0;  // as the driver has written it
  std::uint8_t isr_ = 0;
  bool deaf_ = false;  // a register access was not answered
  std::uint64_t reported_violations_ = 0;
  bool waves_on_ = false;
  sc_core::sc_process_handle turner_;  // whose call turns the clock right now
  sc_core::sc_event turned_;
};

/// A model type of a part: a class with `identity`, a constructor that takes the model (for
/// parameters of its own) and make(). What add_rtl_device() registers.
template <class Part>
class RtlDeviceOf final : public RtlDevice {
 public:
  RtlDeviceOf(const sc_core::sc_module_name& name, const ModelContext& context)
      : RtlDevice(name, context, Part::identity) {}

 private:
  // Qualified: the name is that of a private base here.
  std::unique_ptr<RtlDesign> make_design(cosim::DesignHost& host) override {
    return part_.make(host);
  }
  Part part_{this};
};

template <class Part>
void add_rtl_device(Registry& registry) {
  // The registry copies the name.
  const std::string name = std::string(Part::identity.type) + ":" + Part::identity.impl;
  registry.add<virtio::VirtioEndpoint, RtlDeviceOf<Part>>(name.c_str(), Part::identity.doc);
}

}  // namespace ringside::cosim
