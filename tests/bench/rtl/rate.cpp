// SPDX-License-Identifier: Apache-2.0
// How fast the verilated engine runs with the cores around it: clocks per second while it is busy,
// CPU time per chain and per register access. Called directly, and through pins of SystemC. At rest
// no clock runs.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "rtl/bench.h"

using namespace ringside::test;

namespace {

constexpr std::uint64_t kBase = 0x80000000;
constexpr std::size_t kBytes = 1 << 20;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Setup {
  explicit Setup(const DutSettings& settings)
      : dut(Dut::make(settings, memory.bus)), access(*dut), driver(access, memory, arena) {}
  SharedMemory memory{kBase, kBytes};
  Arena arena{kBase, kBytes};
  std::unique_ptr<Dut> dut;
  RtlAccess access;
  Driver driver;
};

struct Rate {
  double clocks = 0;  ///< per second
  double clocks_per_chain = 0;
  double seconds_per_chain = 0;
};

Rate run_chains(Setup& s, const DutSettings& settings, bool packed, unsigned batch,
                unsigned count) {
  s.arena.release_all();
  Driver::Bits bits{32, 29};
  if (packed) bits.push_back(34);
  if (!s.driver.bring_up(bits, 32)) throw std::runtime_error("the device does not start");
  const std::uint64_t data = s.arena.take(1024, 64);
  const bool loopback = settings.device == Device::Loopback;
  const std::uint64_t first = s.dut->cycle();
  const double start = cpu_seconds();
  for (unsigned done = 0; done < count;) {
    for (unsigned i = 0; i < batch; ++i) {
      if (loopback)
        s.driver.queue().add({{data, 256}}, {{data + 256, 256}}, i, Form::Direct);
      else
        s.driver.queue().add({}, {{data + 256, 256}}, i, Form::Direct);
    }
    s.driver.submit();
    while (s.dut->run(256) != 0) {
    }
    for (unsigned i = 0; i < batch; ++i, ++done)
      if (!s.driver.queue().next_used()) throw std::runtime_error("a request did not come back");
  }
  const double seconds = cpu_seconds() - start;
  const auto clocks = static_cast<double>(s.dut->cycle() - first);
  return {clocks / seconds, clocks / count, seconds / count};
}

void print(const char* name, bool packed, unsigned batch, const Rate& rate) {
  std::printf("%-28s %s, batch %2u: %5.1f M clocks/s, %4.0f clocks and %5.2f us a chain\n", name,
              packed ? "packed" : "split ", batch, rate.clocks / 1e6, rate.clocks_per_chain,
              rate.seconds_per_chain * 1e6);
}

void chains(const char* name, const DutSettings& settings, bool packed, unsigned batch,
            unsigned count) {
  Setup s(settings);
  print(name, packed, batch, run_chains(s, settings, packed, batch, count));
}

/// Both skins in turn, three times; the best of each.
void both(const char* name, Setup& pins, const DutSettings& settings, unsigned count) {
  Setup direct(settings);
  Rate best, best_of_pins;
  for (unsigned i = 0; i < 3; ++i) {
    const Rate rate = run_chains(direct, settings, false, 16, count);
    if (rate.clocks > best.clocks) best = rate;
    const Rate rate_of_pins = run_chains(pins, settings, false, 16, count);
    if (rate_of_pins.clocks > best_of_pins.clocks) best_of_pins = rate_of_pins;
  }
  std::printf("%s direct %5.1f, pins %5.1f M clocks/s: ratio %4.1f\n", name, best.clocks / 1e6,
              best_of_pins.clocks / 1e6, best.clocks / best_of_pins.clocks);
}

double registers(Setup& s, unsigned count) {
  s.dut->read(0x12, 2);
  const double start = cpu_seconds();
  for (unsigned i = 0; i < count; ++i)
    if (s.dut->read(0x12, 2) != Dut::kQueues) throw std::runtime_error("num_queues is wrong");
  return (cpu_seconds() - start) / count;
}

struct Bench : sc_core::sc_module {
  Bench(const sc_core::sc_module_name& name, unsigned chains) : sc_module(name), count(chains) {
    SC_HAS_PROCESS(Bench);
    SC_THREAD(run);
    for (unsigned width : {64u, 128u, 256u}) {
      DutSettings settings;
      settings.width = width;
      settings.pins = true;
      pins.push_back(std::make_unique<Setup>(settings));
    }
  }
  void run() {
    for (unsigned width : {64u, 128u, 256u}) {
      DutSettings settings;
      settings.width = width;
      const std::string name = std::to_string(width) + " bits, 256 B in, 256 out,";
      for (unsigned batch : {1u, 16u})
        for (bool packed : {false, true}) chains(name.c_str(), settings, packed, batch, count);
    }
    DutSettings rough;
    rough.timing = {20, 10, 10, true, 1};
    chains("64 bits, slow memory,", rough, false, 16, count);
    DutSettings entropy;
    entropy.device = Device::Entropy;
    chains("64 bits, entropy, 256 B,", entropy, false, 16, count);
    unsigned i = 0;
    for (const char* name : {"64 bits: ", "128 bits:", "256 bits:"}) {
      DutSettings settings;
      settings.width = 64u << i;
      both(name, *pins[i++], settings, count / 32 * 16);
    }
    Setup direct(DutSettings{});
    std::printf("register read: direct %.2f, pins %.2f us\n", registers(direct, count * 4) * 1e6,
                registers(*pins[0], count) * 1e6);
    sc_core::sc_stop();
  }
  unsigned count;  // a multiple of 16
  std::vector<std::unique_ptr<Setup>> pins;
};

}  // namespace

int sc_main(int argc, char** argv) {
  unsigned count =
      argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) / 16 * 16 : 32'000;
  if (count < 32) count = 32;
  Bench bench("bench", count);
  sc_core::sc_start();
  return 0;
}

int main(int argc, char** argv) {
  return sc_core::sc_elab_and_sim(argc, argv);
}
