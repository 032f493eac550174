// SPDX-License-Identifier: Apache-2.0
// Two ends of a link with pins between them, and a clock that stops.
#include <vector>

#include "cosim/axi/flat_memory.h"
#include "cosim/pins/stoppable_clock.h"
#include "cosim/pins/tlp_module.h"
#include "support/steps.h"

using namespace ringside;
using namespace ringside::cosim;
using namespace ringside::test;

namespace {

using Shape = AxiStreamShape<64>;
constexpr std::uint64_t kBase = 0x8000'0000;
constexpr std::uint32_t kSize = 0x4000;

TlpSettings settings(std::uint16_t id, std::uint64_t seed) {
  TlpSettings s;
  s.id = id;
  s.timing = {3, 20, 10, true, seed};
  return s;
}

struct Link {
  Link() : sim("children: {}\n") {
    for (Clocked* module : {static_cast<Clocked*>(&host), static_cast<Clocked*>(&device)}) {
      module->aclk(aclk);
      module->aresetn(aresetn);
      module->woken = [this] { clock.wake(); };
    }
    clock.aclk(aclk), clock.aresetn(aresetn);
    device.to_design.axis.bind(up);
    host.from_design.axis.bind(up);
    host.to_design.axis.bind(down);
    device.from_design.axis.bind(down);
    clock.at_rest = [this] { return host.core.idle() && device.core.idle(); };
    device.core.endpoint.finished = [this](unsigned, Response answer) {
      response = answer;
      finished.notify(sc_core::SC_ZERO_TIME);
    };
  }
  Response read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes) {
    device.core.endpoint.start_read(address, to, bytes);
    device.begin();
    sc_core::wait(finished);
    return response;
  }
  void write(std::uint64_t address, const std::uint8_t* from, std::uint32_t bytes) {
    device.core.endpoint.start_write(address, from, bytes);
    device.begin();
    sc_core::wait(finished);
  }

  Sim sim;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kSize);
  FlatMemory ram{kBase, kSize, bytes.data()}, none{0, 0, nullptr};
  cosim::TlpMemory<FlatMemory> of_host{ram}, of_device{none};
  Wire<bool> aclk{"aclk"}, aresetn{"aresetn"};
  StoppableClock clock{"clock", {4, sc_core::SC_NS}};
  AxiStreamWires<Shape> up, down;
  TlpModule<Shape> host{"host", of_host, settings(0, 3)};
  TlpModule<Shape> device{"device", of_device, settings(0x0100, 4)};
  Response response = Response::Okay;
  sc_core::sc_event finished;
};

}  // namespace

SIM_TEST_CASE(packets_between_pins) {
  Link link;
  run_steps(link.sim,
            [&] {
              link.device.await_reset();
              Random random(9);
              std::vector<std::uint8_t> model(kSize), data(kSize);
              for (unsigned i = 0; i < 200; ++i) {
                const std::uint32_t size = 1 + random.below(random.below(4) == 0 ? 3000 : 60);
                const std::uint32_t at = random.below(kSize - size);
                if (random.below(2) == 0) {
                  for (std::uint32_t k = 0; k < size; ++k)
                    model[at + k] = data[k] = static_cast<std::uint8_t>(random.below(256));
                  link.write(kBase + at, data.data(), size);
                } else {
                  BOOST_TEST((link.read(kBase + at, data.data(), size) == Response::Okay));
                  BOOST_TEST(std::memcmp(data.data(), &model[at], size) == 0);
                }
              }
              BOOST_TEST((link.read(0x1000, data.data(), 4) == Response::DecodeError));
              link.ram.fail(kBase, kBase);
              BOOST_TEST((link.read(kBase, data.data(), 4) == Response::SlaveError));
              sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
              BOOST_TEST(link.clock.stopped());
              BOOST_TEST((link.bytes == model));
              const std::uint64_t cycles = link.clock.cycles();
              sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
              BOOST_TEST(link.clock.cycles() == cycles);
            },
            {10, sc_core::SC_MS});
  BOOST_TEST(link.host.core.violations() == "");
  BOOST_TEST(link.device.core.violations() == "");
}
