// SPDX-License-Identifier: Apache-2.0
// What tests of PCI models share: a platform with a bus, memory, interrupt controllers that note,
// and a host bridge; accesses as firmware makes them; a function with every kind of register.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "kit/device_tree.h"
#include "kit/irq.h"
#include "memory/ram.h"
#include "pci/express.h"
#include "pci/host.h"
#include "pci/registers.h"
#include "pci/root_port.h"
#include "support/bus_master.h"
#include "support/sim.h"

namespace ringside::test {

/// Type "test-wires": a wired interrupt controller that notes levels.
struct FakeWires : Model, WiredInterruptController {
  using Model::Model;
  void irq_level(unsigned line, bool high) override {
    levels[line] = high;
    if (high) ++rises[line];
  }
  unsigned sources() const override { return 95; }
  std::string phandle_name() const override { return "wires"; }
  std::vector<std::uint32_t> specifier(unsigned source) const override { return {source, 4}; }
  std::map<unsigned, bool> levels;
  std::map<unsigned, unsigned> rises;
};

/// Type "test-messages": an MSI controller; its window is a test-target's.
struct FakeMessages : Model, MsiController {
  FakeMessages(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {
    window.on_transport([this](tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
      std::uint32_t data = 0;
      std::memcpy(&data, payload.get_data_ptr(), std::min(4u, payload.get_data_length()));
      const auto* tag = payload.get_extension<TransactionTag>();
      messages.push_back(
          {payload.get_address(), data, payload.get_data_length(), tag ? *tag : TransactionTag()});
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    });
  }
  std::string msi_phandle_name() const override { return "messages"; }
  std::string machine_msi_phandle_name() const override { return "machine-messages"; }
  struct Message {
    std::uint64_t offset;
    std::uint32_t data;
    unsigned bytes;
    TransactionTag tag;
  };
  MmioPort window{this, "window", "base", Address{0x28000000}, 0x1000, "where"};
  std::vector<Message> messages;
};

/// Type "test-function": a function with memory, I/O and MSI-X registers that does what the test
/// says.
struct TestFunction final : pci::PciFunction {
  TestFunction(const sc_core::sc_module_name& name, const ModelContext& context)
      : PciFunction(name, context) {
    identify({0x1234, 0x5678, 3, 0x020000, 0xabcd, 0xef01});
    add_pin(pin);
    if (!on_root_bus()) {
      add_express(pci::ExpressType::Endpoint);
      add_power_management();
    }
    add_bar(0, pci::BarKind::Io, 32);
    add_bar(1, pci::BarKind::Memory32, 0x1000);
    add_bar(2, pci::BarKind::Memory64, 0x10000, true);
    if (vectors != 0) add_msix(4, vectors);
    if (messages != 0) add_msi(messages, true);
  }
  std::uint64_t read_bar(unsigned bar, std::uint64_t offset, unsigned bytes) override {
    ++reads;
    last = {bar, offset, bytes, 0};
    return 0x1122334455667788u;
  }
  void write_bar(unsigned bar, std::uint64_t offset, unsigned bytes, std::uint64_t value) override {
    ++writes;
    last = {bar, offset, bytes, value};
  }
  std::uint8_t* bar_memory(unsigned bar, std::uint64_t offset, std::uint64_t& room) override {
    if (bar != 2 || !has_memory) return nullptr;
    room = sizeof memory - offset;
    return memory + offset;
  }
  void on_reset() override { ++resets; }

  using PciFunction::dma;
  using PciFunction::raise_msi;
  using PciFunction::raise_msix;
  using PciFunction::set_intx;

  Param<unsigned> vectors{this, "vectors", 4, "MSI-X vectors"};
  Param<unsigned> messages{this, "messages", 0, "MSI messages"};
  Param<unsigned> pin{this, "pin", 1, "interrupt pin"};
  struct Access {
    unsigned bar;
    std::uint64_t offset;
    unsigned bytes;
    std::uint64_t value;
  };
  Access last{};
  unsigned reads = 0;
  unsigned writes = 0;
  unsigned resets = 0;
  bool has_memory = true;
  std::uint8_t memory[0x10000] = {};
};

inline void register_pci_models(Registry& registry) {
  register_bus_models(registry);
  registry.add<Model, Bus>("bus", "interconnect");
  registry.add<Model, Ram>("ram", "memory");
  registry.add<Model, FakeWires>("test-wires", "notes levels of wires");
  registry.add<Model, FakeMessages>("test-messages", "notes messages");
  registry.add<Model, pci::PciHost>("pci-host", "host bridge");
  registry.add<pci::PciFunction, pci::PciRootPort>("pci-root-port", "root port");
  registry.add<pci::PciFunction, TestFunction>("test-function", "function of the test");
}

/// A platform around `functions`: YAML of the host bridge's children, indented by ten blanks, or
/// {}.
inline std::string pci_platform(const std::string& functions, const std::string& settings = "",
                                const std::string& machine = "") {
  return machine +
         "children:\n"
         "  wires: {type: test-wires}\n"
         "  bus:\n"
         "    type: bus\n"
         "    children:\n"
         "      cpu: {type: test-master}\n"
         "      ram: {type: ram, base: 0x80000000, size: 16MiB}\n"
         "      messages: {type: test-messages}\n"
         "      pci:\n"
         "        type: pci-host\n"
         "        irq: 32\n" +
         settings + "        children:\n" + functions;
}

/// The processor's accesses.
struct Guest {
  static constexpr std::uint64_t kEcam = 0x30000000;
  static constexpr std::uint64_t kPorts = 0x03000000;
  static constexpr std::uint64_t kMemory32 = 0x40000000;
  static constexpr std::uint64_t kMemory64 = 0x400000000;
  static constexpr std::uint64_t kRam = 0x80000000;
  static constexpr std::uint64_t kMessages = 0x28000000;

  explicit Guest(Sim& sim) : Guest(sim.model<BusMaster>("bus.cpu")) {}
  explicit Guest(BusMaster& master) : cpu(master) {}

  static std::uint64_t place(unsigned bus, unsigned device, unsigned function = 0) {
    return kEcam | bus << 20 | device << 15 | function << 12;
  }
  template <typename T>
  T get(std::uint64_t address) {
    cpu.delay = sc_core::SC_ZERO_TIME;
    return cpu.read<T>(address);
  }
  template <typename T>
  void put(std::uint64_t address, T value) {
    cpu.delay = sc_core::SC_ZERO_TIME;
    cpu.write<T>(address, value);
  }
  std::uint8_t get8(std::uint64_t address) { return get<std::uint8_t>(address); }
  std::uint16_t get16(std::uint64_t address) { return get<std::uint16_t>(address); }
  std::uint32_t get32(std::uint64_t address) { return get<std::uint32_t>(address); }
  void put8(std::uint64_t address, std::uint8_t value) { put<std::uint8_t>(address, value); }
  void put16(std::uint64_t address, std::uint16_t value) { put<std::uint16_t>(address, value); }
  void put32(std::uint64_t address, std::uint32_t value) { put<std::uint32_t>(address, value); }

  /// The offset of the first capability of that number at or after `from` in the list; 0 if none.
  unsigned capability(std::uint64_t function, std::uint8_t id, unsigned after = 0) {
    bool seen = after == 0;
    for (unsigned at = get8(function + pci::kCapabilityPointer), n = 0; at && n < 48; ++n) {
      if (seen && get8(function + at) == id) return at;
      seen |= at == after;
      at = get8(function + at + 1);
    }
    return 0;
  }
  /// Sizes a 32-bit register, as firmware does.
  std::uint32_t size_of(std::uint64_t function, unsigned bar) {
    const std::uint64_t at = function + pci::kBar0 + 4 * bar;
    const std::uint32_t before = get32(at);
    put32(at, 0xffffffff);
    const std::uint32_t mask = get32(at);
    put32(at, before);
    return ~(mask & (mask & 1 ? ~3u : ~15u)) + 1;
  }

  BusMaster& cpu;
};

}  // namespace ringside::test
