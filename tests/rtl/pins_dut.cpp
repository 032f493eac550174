// SPDX-License-Identifier: Apache-2.0
#include "rtl/pins_dut.h"

#include <Vrtl_core_pins_128.h>
#include <Vrtl_core_pins_256.h>
#include <Vrtl_core_pins_64.h>

#include <stdexcept>

#include "cosim/pins/axi_modules.h"
#include "cosim/pins/stoppable_clock.h"

namespace ringside::test {

namespace {

using namespace cosim;

/// Answers each packet with its bytes inverted, cut to what the request has room for: both streams
/// in one module, so that a packet goes from one to the other within a clock.
template <class Shape>
class LoopbackModule final : public Clocked {
 public:
  struct Sink : sc_core::sc_module {
    explicit Sink(const sc_core::sc_module_name& name) : sc_module(name) {}
    AxiStreamSinkPins<Shape> axis;
  };
  struct Source : sc_core::sc_module {
    explicit Source(const sc_core::sc_module_name& name) : sc_module(name) {}
    AxiStreamSourcePins<Shape> axis;
  };
  Sink in{"in"};
  Source out{"out"};
  sc_core::sc_out<std::uint32_t> queue_serve{"queue_serve"};

  LoopbackModule(const sc_core::sc_module_name& name, const DutSettings& settings, Dut& dut)
      : Clocked(name),
        sink(AxiStreamSinkPinPort<AxiStreamSinkPins<Shape>>(in.axis), settings.stream_stall,
             settings.timing.seed + 1),
        source(AxiStreamSourcePinPort<AxiStreamSourcePins<Shape>>(out.axis), settings.stream_stall,
               settings.timing.seed + 2),
        dut_(dut) {
    queue_serve.initialize(3);
  }
  AxiStreamSink<AxiStreamSinkPinPort<AxiStreamSinkPins<Shape>>> sink;
  AxiStreamSource<AxiStreamSourcePinPort<AxiStreamSourcePins<Shape>>> source;

 private:
  void clock() override {
    sink.sample();
    source.sample();
    if (sink.complete() && source.idle() && !dut_.hold) answer();
    sink.drive();
    source.drive();
    queue_serve.write(dut_.serve & 3);
  }
  void reset() override {
    sink.reset();
    source.reset();
  }
  void answer() {
    const std::size_t room = sink.user() >> 32;
    response_.clear();
    for (std::size_t i = 0; i < sink.bytes().size() && i < room; ++i)
      response_.push_back(static_cast<std::uint8_t>(~sink.bytes()[i]));
    if (dut_.excess != 0) response_.resize(room + dut_.excess, 0xcc);
    source.send(response_);
    sink.take();
    ++dut_.requests;
  }

  Dut& dut_;
  std::vector<std::uint8_t> response_;
};

template <class Model, unsigned kBits>
class PinsDut final : public Dut {
  using Bus = Axi4Shape<kBits>;
  using Stream = AxiStreamShape<kBits>;

 public:
  PinsDut(const DutSettings& settings, FlatMemory& memory)
      : memory_(sc_core::sc_gen_unique_name("memory"), memory, settings.timing),
        part_(sc_core::sc_gen_unique_name("part"), settings, *this),
        interrupts_(sc_core::sc_gen_unique_name("interrupts"), settings.interrupt_stall,
                    settings.timing.seed + 3) {
    bind();
    bug_.write(settings.bug);
    config_data_.write(0x04030201);
    clock_.at_rest = [this] { return rests(); };
    registers_.woken = [this] { clock_.wake(); };
    memory_.core.observer = [this](const BusAccess& access) {
      if (observer) observer(access);
    };
    interrupts_.core.taken = [this](unsigned vector) {
      if (interrupt) interrupt(vector);
    };
  }
  ~PinsDut() override { model_.final(); }

  std::uint32_t read(std::uint32_t address, unsigned bytes) override {
    registers_.await_reset();
    registers_.core.start_read(address, bytes);
    finish_access();
    return registers_.core.value();
  }
  void write(std::uint32_t address, unsigned bytes, std::uint32_t value) override {
    registers_.await_reset();
    registers_.core.start_write(address, bytes, value);
    finish_access();
  }
  /// Until the clock stops, whatever `most` is.
  unsigned run(unsigned) override {
    const std::uint64_t before = cycle();
    while (!clock_.stopped()) sc_core::wait(clock_.stopped_event());
    return static_cast<unsigned>(cycle() - before);
  }
  bool resting() const override { return clock_.stopped(); }
  std::uint64_t cycle() const override { return memory_.core.cycle(); }
  unsigned device_id() const override { return 0; }
  std::string violations() const override {
    return memory_.core.violations().str() + part_.sink.violations().str() +
           interrupts_.core.violations().str();
  }

 private:
  void bind() {
    for (Clocked* module :
         std::initializer_list<Clocked*>{&memory_, &registers_, &part_, &interrupts_}) {
      module->aclk(aclk_);
      module->aresetn(aresetn_);
    }
    clock_.aclk(aclk_);
    clock_.aresetn(aresetn_);
    model_.aclk(aclk_);
    model_.aresetn(aresetn_);
    memory_.axi.bind(axi_);
    bind_m_axi(model_, axi_);
    registers_.axil.bind(axil_);
    bind_s_axil(model_, axil_);
    part_.in.axis.bind(request_);
    part_.in.axis.tuser(request_user_);
    part_.in.axis.clear(stream_reset_);
    part_.out.axis.bind(response_);
    part_.out.axis.clear(stream_reset_);
    part_.queue_serve(queue_serve_);
    model_.m_axis_request_tvalid(request_.tvalid);
    model_.m_axis_request_tready(request_.tready);
    model_.m_axis_request_tdata(request_.tdata);
    model_.m_axis_request_tkeep(request_.tkeep);
    model_.m_axis_request_tlast(request_.tlast);
    model_.m_axis_request_tuser(request_user_);
    model_.s_axis_response_tvalid(response_.tvalid);
    model_.s_axis_response_tready(response_.tready);
    model_.s_axis_response_tdata(response_.tdata);
    model_.s_axis_response_tkeep(response_.tkeep);
    model_.s_axis_response_tlast(response_.tlast);
    model_.stream_reset(stream_reset_);
    model_.queue_serve(queue_serve_);
    interrupts_.pins.valid(irq_valid_);
    interrupts_.pins.ready(irq_ready_);
    interrupts_.pins.vector(irq_vector_);
    model_.irq_valid(irq_valid_);
    model_.irq_ready(irq_ready_);
    model_.irq_vector(irq_vector_);
    model_.isr_status(isr_status_);
    model_.resting(resting_);
    model_.bug(bug_);
    model_.config_address(config_address_);
    model_.config_data(config_data_);
  }
  bool rests() {
    // A clock more after an access: what it did is seen in `resting` from then on.
    const bool accessed = std::exchange(accessed_, registers_.core.busy());
    return resting_.read() && memory_.core.idle() && !accessed && !accessed_;
  }
  void finish_access() {
    registers_.begin();
    while (registers_.core.busy()) sc_core::wait(registers_.ended_event());
    sc_core::wait(aclk_.posedge_event());
    sc_core::wait(aclk_.negedge_event());
  }

  Wire<bool> aclk_{"aclk"}, aresetn_{"aresetn"};
  Axi4Wires<Bus> axi_;
  AxiLiteWires<> axil_;
  AxiStreamWires<Stream> request_, response_;
  Wire<std::uint64_t> request_user_{"request_user"};
  Wire<bool> stream_reset_{"stream_reset"}, irq_valid_{"irq_valid"}, irq_ready_{"irq_ready"},
      resting_{"resting"};
  Wire<std::uint32_t> irq_vector_{"irq_vector"}, isr_status_{"isr_status"}, bug_{"bug"},
      config_address_{"config_address"}, config_data_{"config_data"}, queue_serve_{"queue_serve"};

  StoppableClock clock_{sc_core::sc_gen_unique_name("clock"), sc_core::sc_time(4, sc_core::SC_NS)};
  Model model_{sc_core::sc_gen_unique_name("model")};
  AxiSubordinateModule<Bus, FlatMemory> memory_;
  AxiLiteManagerModule<> registers_{sc_core::sc_gen_unique_name("registers")};
  LoopbackModule<Stream> part_;
  InterruptSinkModule interrupts_;
  bool accessed_ = false;
};

}  // namespace

std::unique_ptr<Dut> make_pins_dut(const DutSettings& settings, FlatMemory& memory) {
  if (settings.device != Device::Loopback)
    throw std::runtime_error("with pins there is the loopback only");
  switch (settings.width) {
    case 64:
      return std::make_unique<PinsDut<Vrtl_core_pins_64, 64>>(settings, memory);
    case 128:
      return std::make_unique<PinsDut<Vrtl_core_pins_128, 128>>(settings, memory);
    case 256:
      return std::make_unique<PinsDut<Vrtl_core_pins_256, 256>>(settings, memory);
    default:
      throw std::runtime_error("no such width");
  }
}

}  // namespace ringside::test
