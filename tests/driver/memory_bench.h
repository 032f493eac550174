// SPDX-License-Identifier: Apache-2.0
// A virtio device beside real memories on a bus, for devices that manage memory: the model driver,
// its rings and its data all live in the platform's RAM.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <systemc>
#include <vector>

#include "bus/bus.h"
#include "driver/device_bench.h"
#include "driver/direct.h"
#include "driver/driver.h"
#include "kit/command.h"
#include "kit/platform.h"
#include "memory/memory_window.h"
#include "memory/ram.h"
#include "support/sim.h"
#include "support/steps.h"

namespace ringside::test {

/// Type "test-dma": the access to memory that a transport would give its device, and the driver.
struct TestDma : Model, GuestMemory {
  TestDma(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}
  void read(std::uint64_t address, void* to, std::size_t bytes) override {
    if (try_read(address, to, bytes) != DmaStatus::Ok)
      throw std::runtime_error("memory does not answer");
  }
  void write(std::uint64_t address, const void* from, std::size_t bytes) override {
    if (try_write(address, from, bytes) != DmaStatus::Ok)
      throw std::runtime_error("memory does not answer");
  }
  DmaStatus try_read(std::uint64_t address, void* to, std::size_t bytes) {
    return dma.read(address, to, bytes, TransactionTag{});
  }
  DmaStatus try_write(std::uint64_t address, const void* from, std::size_t bytes) {
    return dma.write(address, from, bytes, TransactionTag{});
  }
  DmaPort dma{this, "dma", "to the bus"};
};

inline void register_memory_bench(Registry& registry) {
  registry.add<Model, Bus>("bus", "the bus");
  registry.add<Model, Ram>("ram", "main memory");
  registry.add<Model, MemoryWindow>("device-memory", "memory of a device");
  registry.add<Model, TestDma>("test-dma", "access to memory");
  register_holder(registry);
}

template <typename Device>
struct MemoryBench {
  static constexpr std::uint64_t kBase = 0x80000000;
  static constexpr std::uint64_t kBytes = 64 << 20;
  static constexpr std::uint64_t kPage = 4096;

  /// `memories` are further children of the bus, in flow style: "hot: {type: device-memory, ...}".
  static std::string yaml(const std::string& device_yaml, const std::string& memories = "",
                          const std::string& accuracy = "functional") {
    std::string text = "accuracy: " + accuracy +
                       "\nchildren:\n  bus:\n    type: bus\n    latency: 0\n    children:\n"
                       "      cpu: {type: test-dma}\n      dma: {type: test-dma}\n"
                       "      ram: {type: ram, base: 0x8000_0000, size: 64MiB}\n";
    if (!memories.empty()) text += "      " + memories + "\n";
    return text + "      d: {type: holder, device: " + device_yaml + "}\n";
  }

  MemoryBench(const std::string& device_yaml, void (*register_types)(Registry&),
              const std::string& memories = "", const std::string& accuracy = "functional")
      : sim(yaml(device_yaml, memories, accuracy), register_types),
        cpu(sim.model<TestDma>("bus.cpu")),
        arena(kBase, kBytes / 2),
        device(sim.model<Device>("bus.d.device")),
        monitor(sim.model<TestDma>("bus.dma").dma),
        access(device, monitor.dma),
        driver(access, cpu, arena) {
    monitor.watch_if_wanted(access, device);
  }

  /// Runs steps in a thread; false if they were not done within `limit` of simulated time.
  bool run(const std::function<void()>& steps,
           const sc_core::sc_time& limit = {100, sc_core::SC_SEC}) {
    const bool done = run_steps(sim, steps, limit);
    monitor.report();
    return done;
  }

  /// A request and its answer: bytes written, or -1 if it never came back.
  int ask(unsigned queue, const std::vector<Piece>& readable, const std::vector<Piece>& writable,
          const sc_core::sc_time& patience = {1, sc_core::SC_MS}) {
    if (!driver.queue(queue).add(readable, writable, 1, Form::Direct)) return -1;
    driver.submit(queue);
    if (!driver.wait_used(queue, patience)) return -1;
    return static_cast<int>(driver.queue(queue).next_used()->written.value_or(0));
  }
  template <typename T>
  Piece put(const std::vector<T>& items) {
    const Piece piece{arena.take(items.size() * sizeof(T) + 1, 16),
                      static_cast<std::uint32_t>(items.size() * sizeof(T))};
    cpu.write(piece.address, items.data(), piece.length);
    return piece;
  }
  void fill(std::uint64_t address, std::uint64_t bytes, std::uint8_t value) {
    const std::vector<std::uint8_t> data(bytes, value);
    cpu.write(address, data.data(), data.size());
  }
  bool holds(std::uint64_t address, std::uint64_t bytes, std::uint8_t value) {
    std::vector<std::uint8_t> data(bytes);
    cpu.read(address, data.data(), data.size());
    return data == std::vector<std::uint8_t>(bytes, value);
  }
  /// 4 KiB pages of this range that the host holds in its memory.
  unsigned resident(std::uint64_t address, std::uint64_t bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    tlm::tlm_dmi dmi;
    dmi.init();
    BOOST_REQUIRE(cpu.dma.socket->get_direct_mem_ptr(payload, dmi));
    std::uint8_t* host = dmi.get_dmi_ptr() + (address - dmi.get_start_address());
    std::vector<unsigned char> pages(bytes / kPage);
    BOOST_REQUIRE(mincore(host, bytes, pages.data()) == 0);
    unsigned count = 0;
    for (const unsigned char page : pages) count += page & 1;
    return count;
  }
  CommandBase& command(const std::string& name) {
    for (CommandBase* command : device.commands())
      if (command->name() == name) return *command;
    throw std::logic_error("no command " + name);
  }
  Json call(const std::string& name, const std::string& arguments = "") {
    return command(name).call(arguments.empty() ? Node::null({})
                                                : Node::parse(arguments, "arguments"));
  }
  std::uint32_t config32(std::size_t offset) {
    std::uint32_t value = 0;
    access.read_config(offset, &value, sizeof value);
    return value;
  }
  std::uint64_t config64(std::size_t offset) {
    std::uint64_t value = 0;
    access.read_config(offset, &value, sizeof value);
    return value;
  }

  Sim sim;
  TestDma& cpu;
  Arena arena;
  Device& device;
  Monitor monitor;
  DirectAccess access;
  Driver driver;
};

}  // namespace ringside::test
