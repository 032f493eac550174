// SPDX-License-Identifier: Apache-2.0
// RtlDesign of a verilated class with the ports of models/cosim/rtl/README.md (or others, by port
// classes). For files that include the class's header, and no SystemC.
#pragma once

#include <array>

#include "cosim/axi/axi_lite_manager.h"
#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/clock.h"
#include "cosim/axi/interrupts.h"
#include "cosim/axi/ports.h"
#include "cosim/rtl_device/design.h"
#include "cosim/rtl_device/design_waves.h"

namespace ringside::cosim {

/// Memory of AxiSubordinate that asks the host.
class HostMemory {
 public:
  static constexpr bool kDeferred = true;

  explicit HostMemory(DesignHost& host) : host_(host) {}

  void start(unsigned slot, const BusAccess& access) {
    Job& job = jobs_[slot];
    job.bytes = access.is_write ? 0 : access.bytes;
    // Data of a read come to where the host can put them until it is done.
    std::uint8_t* data = access.is_write ? const_cast<std::uint8_t*>(access.data) : job.data.data();
    job.done = host_.burst(slot, access, data, job.response);
    kept = kept || !job.done;
  }
  bool finished(unsigned slot, Response& response, std::uint8_t* data) {
    Job& job = jobs_[slot];
    if (!job.done) return false;
    job.done = false;
    response = job.response;
    if (response == Response::Okay) std::memcpy(data, job.data.data(), job.bytes);
    return true;
  }
  void forget() {
    for (Job& job : jobs_) job.done = false;
    host_.forget_bursts();
  }
  void finish(unsigned slot, Response response) {
    jobs_[slot].response = response;
    jobs_[slot].done = true;
  }
  bool kept = false;  ///< a burst was not done at once

 private:
  struct Job {
    bool done = false;
    Response response = Response::Okay;
    std::uint32_t bytes = 0;
    std::array<std::uint8_t, 2 * 4096> data;
  };
  DesignHost& host_;
  std::array<Job, RtlDesign::kSlots> jobs_;
};

/// Counts what is offered and not taken.
template <class Port>
class StallCounter {
 public:
  explicit StallCounter(Port port) : port_(port) {}
  void sample() {
    count_ += port_.arvalid() && !port_.arready();
    count_ += port_.awvalid() && !port_.awready();
    count_ += port_.wvalid() && !port_.wready();
  }
  void drive() {}
  std::uint64_t count() const { return count_; }

 private:
  Port port_;
  std::uint64_t count_ = 0;
};

template <class Verilated, template <class> class Memory = AxiPort,
          template <class> class Registers = AxiLitePort,
          template <class> class Interrupts = InterruptPort>
class VerilatedDesign : public RtlDesign {
 public:
  explicit VerilatedDesign(DesignHost& host)
      : waves_(model_),
        host_memory_(host),
        memory_(Memory<Verilated>(model_), host_memory_),
        stalls_(Memory<Verilated>(model_)),
        registers_(Registers<Verilated>(model_)),
        interrupts_(Interrupts<Verilated>(model_)) {
    interrupts_.taken = [this, &host](unsigned vector) {
      interrupted_ = true;
      host.interrupt(vector);
    };
  }
  ~VerilatedDesign() override {
    waves_.end();
    model_.final();
  }

  void reset() override {
    memory_.reset();
    registers_.reset();
    interrupts_.reset();
    reset_design(model_);
  }
  void set_timing(const AxiTiming& timing) override { memory_.set_timing(timing); }

  void start_read(std::uint32_t address, unsigned bytes) override {
    registers_.start_read(address, bytes);
    begin_access();
  }
  void start_write(std::uint32_t address, unsigned bytes, std::uint32_t value) override {
    registers_.start_write(address, bytes, value);
    begin_access();
  }
  bool access_under_way() const override { return registers_.busy(); }
  std::uint32_t value() const override { return registers_.value(); }
  bool refused() const override { return registers_.response() != 0; }

  unsigned run(unsigned most) override {
    const bool access = registers_.busy();
    host_memory_.kept = interrupted_ = false;
    unsigned clocks = 0;
    while (clocks < most && (registers_.busy() || !resting())) {
      turn();
      ++clocks;
      if (host_memory_.kept || interrupted_) break;
      if (!access || registers_.busy()) continue;
      turn();  // what it did shows in `resting` from here on
      return clocks + 1;
    }
    return clocks;
  }
  bool resting() const override { return model_.resting && memory_.idle(); }
  std::uint8_t isr_status() const override { return model_.isr_status; }
  void finish(unsigned slot, Response response) override { host_memory_.finish(slot, response); }

  std::uint64_t clocks() const override { return memory_.cycle(); }
  std::uint64_t stalls() const override { return stalls_.count(); }
  std::uint64_t violations() const override {
    return memory_.violations().count() + interrupts_.violations().count();
  }
  std::string violation_text() const override {
    return memory_.violations().str() + interrupts_.violations().str();
  }

  std::string begin_waves(const WaveFile& file) override { return waves_.begin(file); }
  void set_time(std::uint64_t picoseconds) override { waves_.set_time(picoseconds); }
  void end_waves() override { waves_.end(); }

 protected:
  Verilated& model() { return model_; }

 private:
  void turn() { clock_cycle(model_, waves_, memory_, stalls_, registers_, interrupts_); }
  void begin_access() {
    registers_.drive();
    model_.eval();
  }

  Verilated model_;
  DesignWaves<Verilated> waves_;
  HostMemory host_memory_;
  AxiSubordinate<Memory<Verilated>, HostMemory> memory_;
  StallCounter<Memory<Verilated>> stalls_;
  AxiLiteManager<Registers<Verilated>> registers_;
  InterruptSink<Interrupts<Verilated>> interrupts_;
  bool interrupted_ = false;
};

}  // namespace ringside::cosim
