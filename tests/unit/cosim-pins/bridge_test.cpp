// SPDX-License-Identifier: Apache-2.0
// A TLM platform that is wired with pins: socket, AXI4 manager, wires, AXI4 subordinate, socket.
#include <array>
#include <vector>

#include "cosim/axi/flat_memory.h"
#include "cosim/pins/stoppable_clock.h"
#include "cosim/pins/tlm_memory.h"
#include "cosim/pins/tlm_to_axi.h"
#include "support/steps.h"

using namespace ringside;
using namespace ringside::cosim;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kBase = 0x10000;
constexpr std::uint32_t kSize = 0x8000;

/// Calls a socket from test steps.
struct Caller : sc_core::sc_module, tlm::tlm_bw_transport_if<> {
  explicit Caller(const sc_core::sc_module_name& name) : sc_module(name) { socket.bind(*this); }
  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, void* data,
                                  unsigned bytes, std::vector<std::uint8_t>* enables = nullptr) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    if (enables) {
      payload.set_byte_enable_ptr(enables->data());
      payload.set_byte_enable_length(static_cast<unsigned>(enables->size()));
    }
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
  tlm::tlm_response_status read(std::uint64_t address, void* data, unsigned bytes) {
    return access(tlm::TLM_READ_COMMAND, address, data, bytes);
  }
  tlm::tlm_response_status write(std::uint64_t address, void* data, unsigned bytes) {
    return access(tlm::TLM_WRITE_COMMAND, address, data, bytes);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  tlm::tlm_initiator_socket<> socket{"socket"};
};

/// Memory with an address that fails; it waits or says how long it takes, by turns.
struct Target : sc_core::sc_module, tlm::tlm_fw_transport_if<> {
  explicit Target(const sc_core::sc_module_name& name) : sc_module(name) { socket.bind(*this); }
  void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) override {
    ++accesses;
    if (accesses % 3 == 0) wait(sc_core::sc_time(50, sc_core::SC_NS));
    if (accesses % 3 == 1) delay += sc_core::sc_time(40, sc_core::SC_NS);
    if (const auto* tag = p.get_extension<TransactionTag>()) last_tag = *tag;
    const std::uint64_t first = p.get_address(), last = first + p.get_data_length() - 1;
    if (first < kBase || last >= kBase + kSize)
      return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (first <= bad && bad <= last) return p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    std::uint8_t* at = &bytes[first - kBase];
    if (p.is_read())
      std::memcpy(p.get_data_ptr(), at, p.get_data_length());
    else
      std::memcpy(at, p.get_data_ptr(), p.get_data_length());
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
  tlm::tlm_target_socket<> socket{"socket"};
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kSize);
  std::uint64_t bad = 0;
  unsigned accesses = 0;
  TransactionTag last_tag;
};

template <unsigned kBits>
struct Bench {
  using Shape = Axi4Shape<kBits>;
  explicit Bench(const AxiManagerSettings& settings = {}, const AxiTiming& timing = {})
      : sim("children: {}\n"), up("up", settings), down("down", timing, 0x0108) {
    caller.socket.bind(up.socket);
    down.memory.socket.bind(target.socket);
    up.aclk(aclk), up.aresetn(aresetn);
    down.bus.aclk(aclk), down.bus.aresetn(aresetn);
    clock.aclk(aclk), clock.aresetn(aresetn);
    up.axi.bind(wires);
    down.bus.axi.bind(wires);
    down.bus.core.user_tells = false;
    clock.at_rest = [this] { return up.core.idle() && down.bus.core.idle(); };
    up.woken = [this] { clock.wake(); };
  }
  void run(const std::function<void()>& steps) {
    run_steps(sim, steps, {1, sc_core::SC_SEC});
    BOOST_TEST(up.core.violations().str() == "");
    BOOST_TEST(down.bus.core.violations().str() == "");
  }
  Sim sim;
  Wire<bool> aclk{"aclk"}, aresetn{"aresetn"};
  StoppableClock clock{"clock", {4, sc_core::SC_NS}};
  Axi4Wires<Shape> wires;
  Caller caller{"caller"};
  TlmToAxi<Shape> up;
  AxiToTlm<Shape> down;
  Target target{"target"};
};

/// Threads that read and write stretches of their own, over pages, with byte enables.
template <unsigned kBits>
void random_traffic(const AxiManagerSettings& settings, const AxiTiming& timing) {
  Bench<kBits> bench(settings, timing);
  constexpr unsigned kThreads = 3;
  constexpr std::uint32_t kStretch = kSize / kThreads;
  unsigned done = 0, wrong = 0;
  std::vector<std::uint8_t> model(kSize);
  const auto traffic = [&](unsigned thread) {
    Random random(settings.seed * 10 + thread);
    for (unsigned i = 0; i < 150; ++i) {
      const std::uint32_t bytes = 1 + random.below(random.below(4) == 0 ? 6000 : 100);
      const std::uint32_t at = thread * kStretch + random.below(kStretch - bytes + 1);
      std::vector<std::uint8_t> data(bytes), enables(1 + random.below(bytes));
      for (auto& e : enables) e = random.below(3) != 0 ? 0xff : 0;
      const bool partly = random.below(2) == 0;
      const auto enabled = [&](std::uint32_t k) { return !partly || enables[k % enables.size()]; };
      if (random.below(2) == 0) {
        for (auto& byte : data) byte = static_cast<std::uint8_t>(random.below(256));
        for (std::uint32_t k = 0; k < bytes; ++k)
          if (enabled(k)) model[at + k] = data[k];
        wrong += bench.caller.access(tlm::TLM_WRITE_COMMAND, kBase + at, data.data(), bytes,
                                     partly ? &enables : nullptr) != tlm::TLM_OK_RESPONSE;
      } else {
        data.assign(bytes, 0xa5);
        wrong += bench.caller.access(tlm::TLM_READ_COMMAND, kBase + at, data.data(), bytes,
                                     partly ? &enables : nullptr) != tlm::TLM_OK_RESPONSE;
        for (std::uint32_t k = 0; k < bytes; ++k)
          wrong += data[k] != (enabled(k) ? model[at + k] : 0xa5);
      }
      if (random.below(4) == 0) sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
    }
    ++done;
  };
  bench.run([&] {
    for (unsigned t = 1; t < kThreads; ++t) sc_core::sc_spawn([&, t] { traffic(t); });
    traffic(0);
    while (done != kThreads) sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
  });
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(bench.target.bytes == model);
  BOOST_TEST(bench.target.last_tag.requester_id == 0x0108);
}

}  // namespace

SIM_TEST_CASE(tlm_through_pins_of_64_bits) {
  random_traffic<64>({}, {});
}
SIM_TEST_CASE(tlm_through_pins_of_128_bits_rough) {
  random_traffic<128>({8, 7, 20, 3}, {3, 15, 20, true, 4});
}
SIM_TEST_CASE(tlm_through_pins_of_256_bits_rough) {
  random_traffic<256>({16, 64, 10, 5}, {0, 9, 10, true, 6});
}

SIM_TEST_CASE(errors_come_back_as_they_were) {
  Bench<64> bench;
  bench.target.bad = kBase + 0x104;
  std::uint8_t data[16] = {};
  bench.run([&] {
    BOOST_TEST(bench.caller.read(0, data, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    BOOST_TEST(bench.caller.write(kBase + kSize, data, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    BOOST_TEST(bench.caller.read(kBase + 0x100, data, 8) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    BOOST_TEST(bench.caller.write(kBase + 0x104, data, 1) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    BOOST_TEST(bench.caller.read(kBase + 0x108, data, 8) == tlm::TLM_OK_RESPONSE);
    BOOST_TEST(bench.caller.read(kBase, data, 0) == tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

SIM_TEST_CASE(the_clock_stops_when_there_is_nothing_to_do) {
  Bench<64> bench;
  std::uint8_t data[8] = {};
  bench.run([&] {
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    BOOST_TEST(bench.clock.stopped());
    BOOST_TEST(bench.clock.cycles() < 10u);
    BOOST_TEST(bench.caller.read(kBase, data, 8) == tlm::TLM_OK_RESPONSE);
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    BOOST_TEST(bench.clock.stopped());
    BOOST_TEST(bench.clock.cycles() > 4u);
    BOOST_TEST(bench.clock.cycles() < 60u);
  });
}

namespace {

/// A clock without a rest, and a reset that the test drives; two managers are two more clocks.
struct Reset {
  using Shape = Axi4Shape<64>;
  Reset() : sim("children: {}\n") {
    caller.socket.bind(up.socket);
    down.memory.socket.bind(target.socket);
    up.aclk(aclk), up.aresetn(aresetn);
    down.bus.aclk(aclk), down.bus.aresetn(aresetn);
    up.axi.bind(wires);
    down.bus.axi.bind(wires);
    down.bus.core.user_tells = false;
  }
  Sim sim;
  sc_core::sc_clock aclk{"aclk", {4, sc_core::SC_NS}};
  Wire<bool> aresetn{"aresetn"};
  Axi4Wires<Shape> wires;
  Caller caller{"caller"};
  TlmToAxi<Shape> up{"up"};
  AxiToTlm<Shape> down{"down"};
  Target target{"target"};
};

}  // namespace

SIM_TEST_CASE(a_reset_ends_what_is_under_way) {
  Reset bench;
  unsigned failed = 0, ended = 0;
  run_steps(bench.sim,
            [&] {
              bench.aresetn.write(true);
              sc_core::wait(sc_core::sc_time(100, sc_core::SC_NS));
              for (unsigned i = 0; i < 12; ++i)  // more than there are commands
                sc_core::sc_spawn([&, i] {
                  std::vector<std::uint8_t> data(4000);
                  failed += bench.caller.read(kBase + 4096 * (i % 4), data.data(), 4000) !=
                            tlm::TLM_OK_RESPONSE;
                  ++ended;
                });
              sc_core::wait(sc_core::sc_time(300, sc_core::SC_NS));
              bench.aresetn.write(false);
              sc_core::wait(sc_core::sc_time(100, sc_core::SC_NS));
              BOOST_TEST(ended == 12u);
              BOOST_TEST(failed == 12u);
              BOOST_TEST(!bench.wires.arvalid.read());
              BOOST_TEST(!bench.wires.rvalid.read());
              bench.aresetn.write(true);
              sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));  // late answers of before
              for (unsigned i = 0; i < kSize; ++i)
                bench.target.bytes[i] = static_cast<std::uint8_t>(i);
              std::vector<std::uint8_t> data(256);
              BOOST_TEST(bench.caller.read(kBase, data.data(), 256) == tlm::TLM_OK_RESPONSE);
              for (unsigned i = 0; i < 256; ++i) BOOST_TEST(data[i] == i);
            },
            {1, sc_core::SC_MS});
  BOOST_TEST(bench.up.core.violations().str() == "");
  BOOST_TEST(bench.down.bus.core.violations().str() == "");
}

namespace {

/// An AXI4-Lite subordinate with 16 words, a word that fails, and READYs that come late.
struct LiteRegisters : Clocked {
  explicit LiteRegisters(const sc_core::sc_module_name& name) : Clocked(name) {}
  AxiLiteSubordinatePins<> axil;
  std::array<std::uint32_t, 16> words{};
  Random random{3};
  unsigned accesses = 0;

 private:
  void clock() override {
    if (axil.bvalid.read() && axil.bready.read()) axil.bvalid.write(false);
    if (axil.rvalid.read() && axil.rready.read()) axil.rvalid.write(false);
    if (axil.awvalid.read() && axil.awready.read()) address_ = axil.awaddr.read(), has_ |= 1;
    if (axil.wvalid.read() && axil.wready.read()) has_ |= 2;
    axil.awready.write(has_ == 0 && axil.awvalid.read() && !axil.awready.read() &&
                       random.below(2) == 0);
    if ((has_ & 1) != 0 && (has_ & 2) == 0) axil.wready.write(!axil.wready.read());
    if (axil.wvalid.read() && axil.wready.read()) {
      axil.wready.write(false);
      for (unsigned i = 0; i < 4; ++i)
        if ((axil.wstrb.read() >> i) & 1) {
          const std::uint32_t mask = 0xffu << (8 * i);
          std::uint32_t& word = words[address_ / 4 % 16];
          word = (word & ~mask) | (axil.wdata.read() & mask);
        }
      axil.bresp.write(address_ / 4 == 9 ? 2 : address_ >= 64 ? 3 : 0);
      axil.bvalid.write(true);
      has_ = 0;
      ++accesses;
    }
    if (axil.arvalid.read() && axil.arready.read()) {
      const std::uint32_t at = axil.araddr.read();
      axil.rdata.write(words[at / 4 % 16]);
      axil.rresp.write(at / 4 == 9 ? 2 : at >= 64 ? 3 : 0);
      axil.rvalid.write(true);
      ++accesses;
    }
    axil.arready.write(axil.arvalid.read() && !axil.arready.read() && !axil.rvalid.read() &&
                       random.below(3) == 0);
  }
  void reset() override {
    axil.awready.write(false), axil.wready.write(false), axil.arready.write(false);
    axil.bvalid.write(false), axil.rvalid.write(false);
    has_ = 0;
  }
  std::uint32_t address_ = 0;
  unsigned has_ = 0;
};

struct LiteBench {
  LiteBench() : sim("children: {}\n") {
    caller.socket.bind(bridge.socket);
    bridge.aclk(aclk), bridge.aresetn(aresetn);
    registers.aclk(aclk), registers.aresetn(aresetn);
    clock.aclk(aclk), clock.aresetn(aresetn);
    bridge.axil.bind(wires);
    registers.axil.bind(wires);
    clock.at_rest = [this] {
      return !bridge.core.busy() && !wires.bvalid.read() && !wires.rvalid.read();
    };
    bridge.woken = [this] { clock.wake(); };
  }
  Sim sim;
  Wire<bool> aclk{"aclk"}, aresetn{"aresetn"};
  StoppableClock clock{"clock", {4, sc_core::SC_NS}};
  AxiLiteWires<> wires;
  Caller caller{"caller"};
  TlmToAxiLite<> bridge{"bridge"};
  LiteRegisters registers{"registers"};
};

}  // namespace

SIM_TEST_CASE(registers_behind_axi_lite_pins) {
  LiteBench bench;
  run_steps(
      bench.sim,
      [&] {
        std::uint8_t model[36] = {};
        Random random(4);
        for (unsigned i = 0; i < 300; ++i) {
          unsigned bytes = 1u << random.below(5);  // up to four words
          const std::uint64_t at =
              random.below(36 / (bytes < 4 ? bytes : 4)) * (bytes < 4 ? bytes : 4);
          if (at + bytes > 36) bytes = 4;
          std::uint8_t data[16];
          if (random.below(2) == 0) {
            for (auto& byte : data) byte = static_cast<std::uint8_t>(random.below(256));
            std::memcpy(model + at, data, bytes);
            BOOST_TEST(bench.caller.write(at, data, bytes) == tlm::TLM_OK_RESPONSE);
          } else {
            BOOST_TEST(bench.caller.read(at, data, bytes) == tlm::TLM_OK_RESPONSE);
            BOOST_TEST(std::memcmp(data, model + at, bytes) == 0);
          }
        }
        std::uint8_t data[8] = {};
        BOOST_TEST(bench.caller.read(36, data, 4) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        BOOST_TEST(bench.caller.write(36, data, 4) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        BOOST_TEST(bench.caller.read(64, data, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        const unsigned before = bench.registers.accesses;
        BOOST_TEST(bench.caller.read(1, data, 4) == tlm::TLM_BURST_ERROR_RESPONSE);
        BOOST_TEST(bench.caller.read(0, data, 3) == tlm::TLM_BURST_ERROR_RESPONSE);
        BOOST_TEST(bench.caller.read(0xffffffff0, data, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        std::vector<std::uint8_t> enables{0xff};
        BOOST_TEST(bench.caller.access(tlm::TLM_READ_COMMAND, 0, data, 4, &enables) ==
                   tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        BOOST_TEST(bench.registers.accesses == before);
        // Four threads at once: one after the other.
        unsigned done = 0;
        for (unsigned t = 0; t < 4; ++t)
          sc_core::sc_spawn([&, t] {
            std::uint32_t value = t + 1, back = 0;
            for (unsigned i = 0; i < 10; ++i) {
              value += 16;
              BOOST_TEST(bench.caller.write(4 * t, &value, 4) == tlm::TLM_OK_RESPONSE);
              BOOST_TEST(bench.caller.read(4 * t, &back, 4) == tlm::TLM_OK_RESPONSE);
              BOOST_TEST(back == value);
            }
            ++done;
          });
        sc_core::wait(sc_core::sc_time(20, sc_core::SC_US));
        BOOST_TEST(done == 4u);
        BOOST_TEST(bench.clock.stopped());
      },
      {1, sc_core::SC_MS});
}

namespace {

/// Source and sink with wires between.
struct StreamBench {
  using Shape = AxiStreamShape<128>;
  StreamBench() : sim("children: {}\n") {
    for (Clocked* module : {static_cast<Clocked*>(&source), static_cast<Clocked*>(&sink)}) {
      module->aclk(aclk);
      module->aresetn(aresetn);
    }
    clock.aclk(aclk), clock.aresetn(aresetn);
    source.axis.bind(wires);
    sink.axis.bind(wires);
    clock.at_rest = [this] { return source.core.idle(); };
    source.woken = [this] { clock.wake(); };
    sink.sampled = [this] {
      if (!sink.core.complete()) return;
      received = sink.core.bytes();
      sink.core.take();
      came.notify(sc_core::SC_ZERO_TIME);
    };
  }
  Sim sim;
  Wire<bool> aclk{"aclk"}, aresetn{"aresetn"};
  StoppableClock clock{"clock", {4, sc_core::SC_NS}};
  AxiStreamWires<Shape> wires;
  AxiStreamSourceModule<Shape> source{"source", 20, 5};
  AxiStreamSinkModule<Shape> sink{"sink", 20, 6};
  std::vector<std::uint8_t> received;
  sc_core::sc_event came;
};

}  // namespace

SIM_TEST_CASE(packets_through_pins_without_user_and_clear) {
  StreamBench bench;
  run_steps(bench.sim,
            [&] {
              bench.source.await_reset();
              for (std::size_t length = 1; length < 100; ++length) {
                std::vector<std::uint8_t> bytes, sent;
                for (std::size_t i = 0; i < length; ++i)
                  bytes.push_back(static_cast<std::uint8_t>(i * 3 + length));
                sent = bytes;
                bench.source.send(bytes);
                sc_core::wait(sc_core::sc_time(1, sc_core::SC_US), bench.came);
                BOOST_TEST(bench.received == sent, boost::test_tools::per_element());
              }
            },
            {1, sc_core::SC_MS});
  BOOST_TEST(bench.sink.core.violations().str() == "");
}
