// SPDX-License-Identifier: Apache-2.0
#include "rtl/dut.h"

#include <Vrtl_block.h>
#include <Vrtl_core_128.h>
#include <Vrtl_core_256.h>
#include <Vrtl_core_64.h>
#include <Vrtl_entropy.h>
#include <Vrtl_net.h>

#include <stdexcept>

#include "cosim/axi/axi_lite_manager.h"
#include "cosim/axi/clock.h"
#include "cosim/axi/interrupts.h"
#include "rtl/loopback_part.h"
#include "rtl/pins_dut.h"
#include "rtl/tlp_dut.h"

namespace ringside::test {

namespace {

using namespace cosim;

/// The device part is in RTL.
template <class Model>
struct OwnPart {
  OwnPart(Model& model, const DutSettings&, Dut&) : model(model) {}
  void sample() {}
  void drive() {}
  unsigned device_id() const { return model.device_id; }
  std::string violations() const { return {}; }
  Model& model;
};

template <class Model>
using Loopback = LoopbackPart<Model, Dut>;

template <class Model, template <class> class Part>
class DutOf final : public Dut {
 public:
  DutOf(const DutSettings& settings, FlatMemory& memory)
      : memory_(AxiPort<Model>(model_), memory, settings.timing),
        registers_(AxiLitePort<Model>(model_)),
        part_(model_, settings, *this),
        interrupts_(InterruptPort<Model>(model_), settings.interrupt_stall,
                    settings.timing.seed + 3) {
    reset_design(model_);
    memory_.observer = [this](const BusAccess& access) {
      if (observer) observer(access);
    };
    interrupts_.taken = [this](unsigned vector) {
      if (interrupt) interrupt(vector);
    };
  }
  ~DutOf() override { model_.final(); }

  std::uint32_t read(std::uint32_t address, unsigned bytes) override {
    registers_.start_read(address, bytes);
    finish_access();
    return registers_.value();
  }
  void write(std::uint32_t address, unsigned bytes, std::uint32_t value) override {
    registers_.start_write(address, bytes, value);
    finish_access();
  }
  unsigned run(unsigned most) override {
    unsigned clocks = 0;
    while (clocks < most && !resting()) {
      cycle_once();
      ++clocks;
    }
    return clocks;
  }
  bool resting() const override { return model_.resting && memory_.idle(); }
  std::uint64_t cycle() const override { return memory_.cycle(); }
  unsigned device_id() const override { return part_.device_id(); }
  std::string violations() const override {
    return memory_.violations().str() + part_.violations() + interrupts_.violations().str();
  }

 private:
  void cycle_once() { clock_cycle(model_, memory_, registers_, part_, interrupts_); }
  void finish_access() {
    registers_.drive();
    model_.eval();
    for (unsigned clocks = 0; registers_.busy(); ++clocks) {
      if (clocks == 1000) throw std::runtime_error("a register access is not answered");
      cycle_once();
    }
    cycle_once();  // what it did is seen in `resting` from here on
  }

  Model model_;
  AxiSubordinate<AxiPort<Model>, FlatMemory> memory_;
  AxiLiteManager<AxiLitePort<Model>> registers_;
  Part<Model> part_;
  InterruptSink<InterruptPort<Model>> interrupts_;
};

}  // namespace

std::unique_ptr<Dut> Dut::make(const DutSettings& settings, FlatMemory& memory) {
  if (settings.pins) return make_pins_dut(settings, memory);
  if (settings.tlp) return make_tlp_dut(settings, memory);
  switch (settings.device) {
    case Device::Entropy:
      return std::make_unique<DutOf<Vrtl_entropy, OwnPart>>(settings, memory);
    case Device::Net:
      return std::make_unique<DutOf<Vrtl_net, OwnPart>>(settings, memory);
    case Device::Block:
      return std::make_unique<DutOf<Vrtl_block, OwnPart>>(settings, memory);
    case Device::Loopback:
      break;
  }
  switch (settings.width) {
    case 64:
      return std::make_unique<DutOf<Vrtl_core_64, Loopback>>(settings, memory);
    case 128:
      return std::make_unique<DutOf<Vrtl_core_128, Loopback>>(settings, memory);
    case 256:
      return std::make_unique<DutOf<Vrtl_core_256, Loopback>>(settings, memory);
    default:
      throw std::runtime_error("no such width");
  }
}

}  // namespace ringside::test
