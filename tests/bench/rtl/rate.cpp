// SPDX-License-Identifier: Apache-2.0
// How fast the verilated engine runs with the cores around it, called directly: clocks per second
// while it is busy, CPU time per chain and per register access. At rest no clock runs.
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

void chains(const char* name, const DutSettings& settings, bool packed, unsigned batch,
            unsigned count) {
  Setup s(settings);
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
  std::printf("%-28s %s, batch %2u: %5.1f M clocks/s, %4.0f clocks and %5.2f us a chain\n", name,
              packed ? "packed" : "split ", batch, clocks / seconds / 1e6, clocks / count,
              seconds / count * 1e6);
}

void registers(unsigned count) {
  Setup s(DutSettings{});
  const double start = cpu_seconds();
  for (unsigned i = 0; i < count; ++i)
    if (s.dut->read(0x12, 2) != Dut::kQueues) throw std::runtime_error("num_queues is wrong");
  std::printf("register read: %.2f us\n", (cpu_seconds() - start) / count * 1e6);
}

}  // namespace

/// SystemC's library asks for it; no simulation runs here.
int sc_main(int, char**) {
  return 0;
}

int main(int argc, char** argv) {
  const unsigned count =
      argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) / 16 * 16 : 32'000;
  for (unsigned width : {64u, 128u, 256u}) {
    DutSettings settings;
    settings.width = width;
    const std::string name = std::to_string(width) + " bits, 256 B in, 256 out,";
    for (unsigned batch : {1u, 16u})
      for (bool packed : {false, true}) chains(name.c_str(), settings, packed, batch, count);
  }
  DutSettings rough;
  rough.timing = {20, 10, 10, true, 1};
  chains("64 bits, slow memory,", rough, false, 16, count / 16 * 16);
  DutSettings entropy;
  entropy.device = Device::Entropy;
  chains("64 bits, entropy, 256 B,", entropy, false, 16, count);
  registers(count * 4);
}
