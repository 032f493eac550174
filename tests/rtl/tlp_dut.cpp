// SPDX-License-Identifier: Apache-2.0
#include "rtl/tlp_dut.h"

#include <Vrtl_block_tlp.h>
#include <Vrtl_entropy_tlp.h>

#include <stdexcept>

#include "cosim/axi/clock.h"
#include "cosim/tlp/stream.h"

namespace ringside::test {

namespace {

using namespace cosim;

constexpr std::uint64_t kBar = 0x1'4000'0000, kMessages = 0xfee00000;

template <class Model>
class TlpDut final : public Dut {
 public:
  TlpDut(const DutSettings& settings, const TlpLimits& limits, FlatMemory& memory)
      : memory_(memory),
        link_(TlpFromDesign<Model>(model_), TlpToDesign<Model>(model_), memory_,
              host(settings, limits)) {
    reset_design(model_);
    link_.endpoint.observer = [this](const BusAccess& access) {
      if (observer) observer(access);
    };
    link_.endpoint.interrupt = [this](std::uint64_t, std::uint32_t vector) {
      if (interrupt) interrupt(vector);
    };
    link_.endpoint.finished = [this](unsigned, Response response) {
      finished_ = true;
      response_ = response;
    };
  }
  ~TlpDut() override { model_.final(); }

  std::uint32_t read(std::uint32_t address, unsigned bytes) override {
    std::uint32_t value = 0;
    link_.endpoint.start_read(kBar + address, reinterpret_cast<std::uint8_t*>(&value), bytes);
    finish_access();
    if (response_ != Response::Okay) throw std::runtime_error("a register read fails");
    return value;
  }
  /// Posted: it is on its way.
  void write(std::uint32_t address, unsigned bytes, std::uint32_t value) override {
    link_.endpoint.start_write(kBar + address, reinterpret_cast<const std::uint8_t*>(&value),
                               bytes);
    finish_access();
  }
  unsigned run(unsigned most) override {
    unsigned clocks = 0;
    while (clocks < most && !resting()) {
      clock_cycle(model_, link_);
      ++clocks;
    }
    return clocks;
  }
  bool resting() const override { return model_.resting && link_.idle(); }
  std::uint64_t cycle() const override { return link_.endpoint.cycle(); }
  unsigned device_id() const override { return model_.device_id; }
  std::string violations() const override {
    return link_.violations() + (model_.link_error ? "the design has seen a link error\n" : "");
  }

 private:
  static TlpSettings host(const DutSettings& settings, const TlpLimits& limits) {
    TlpSettings s;
    s.limits = limits;
    s.timing = settings.timing;
    s.interrupt_first = kMessages;
    s.interrupt_last = kMessages + 0xfff;
    return s;
  }
  void finish_access() {
    for (unsigned clocks = 0; !finished_; ++clocks) {
      if (clocks == 10'000) throw std::runtime_error("a register access is not answered");
      clock_cycle(model_, link_);
    }
    finished_ = false;
  }

  Model model_;
  TlpMemory<FlatMemory> memory_;
  TlpStream<TlpFromDesign<Model>, TlpToDesign<Model>> link_;
  bool finished_ = false;
  Response response_ = Response::Okay;
};

}  // namespace

std::unique_ptr<Dut> make_tlp_dut(const DutSettings& settings, FlatMemory& memory) {
  // Limits as the designs were verilated.
  switch (settings.device) {
    case Device::Entropy:
      return std::make_unique<TlpDut<Vrtl_entropy_tlp>>(settings, TlpLimits{256, 512, 64, 32},
                                                        memory);
    case Device::Block:
      return std::make_unique<TlpDut<Vrtl_block_tlp>>(settings, TlpLimits{128, 128, 64, 1}, memory);
    default:
      throw std::runtime_error("behind a link there are entropy and block device");
  }
}

}  // namespace ringside::test
