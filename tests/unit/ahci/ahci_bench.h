// SPDX-License-Identifier: Apache-2.0
// An AHCI adapter at 00:03.0 with a disk that the test watches, and a driver's view of registers,
// command lists and received frames. Numbers of registers and frames are written again here: the
// tests do not trust the model's.
#pragma once

#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "backend/block_backend.h"
#include "baseline/ahci.h"
#include "support/pci.h"
#include "virtio/core/service.h"

namespace ringside::test {

using Bytes = std::vector<std::uint8_t>;

/// A medium of bytes that says what was done with it, and fails when told to.
class Medium final : public backend::BlockBackend {
 public:
  Medium(const sc_core::sc_module_name& name, const ModelContext& context)
      : BlockBackend(name, context), data(size->bytes) {}

  std::uint64_t bytes() const override { return data.size(); }
  bool read_only() const override { return is_read_only; }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override {
    const std::uint8_t* from = at(offset, bytes);
    ++reads;
    if (detached || (offset < bad_end && bad < offset + bytes)) return false;
    std::memcpy(to, from, bytes);
    return true;
  }
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override {
    std::uint8_t* to = at(offset, bytes);
    ++writes;
    unstable = true;
    if (detached) return false;
    std::memcpy(to, from, bytes);
    return true;
  }
  bool flush() override {
    ++flushes;
    if (detached) return false;
    unstable = false;
    return true;
  }
  bool discard(std::uint64_t offset, std::uint64_t bytes) override {
    std::uint8_t* to = at(offset, bytes);
    ++discards;
    if (detached) return false;
    std::memset(to, 0xdd, bytes);
    return true;
  }
  bool write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool) override {
    std::memset(at(offset, bytes), 0, bytes);
    return !detached;
  }

  Param<Size> size{this, "size", Size{1 << 20}, "capacity"};
  Param<bool> is_read_only{this, "read_only", false, "refuses writes"};
  std::vector<std::uint8_t> data;
  unsigned reads = 0, writes = 0, flushes = 0, discards = 0;
  bool unstable = false;  ///< written since the latest flush
  bool detached = false;
  std::uint64_t bad = 0, bad_end = 0;  ///< bytes that can't be read

 private:
  // A disk that leaves its medium is a bug that no test may miss.
  std::uint8_t* at(std::uint64_t offset, std::uint64_t bytes) {
    if (offset > data.size() || bytes > data.size() - offset)
      throw std::runtime_error("the disk left its medium");
    return data.data() + offset;
  }
};

inline void register_ahci(Registry& registry) {
  register_pci_models(registry);
  registry.add<backend::BlockBackend, Medium>("medium", "what the test watches");
  registry.add<pci::PciFunction, Ahci>("ahci", "AHCI");
  registry.add<AtaDisk, AtaDisk>("ata-disk", "disk");
  registry.add<pci::Link, pci::Link>("pcie-link", "link");
  virtio::register_services(registry);
}

/// A piece of memory for a command's data.
struct Piece {
  std::uint64_t address;
  std::uint32_t bytes;
  bool interrupt = false;
};

/// A command as a driver gives it.
struct AtaCommand {
  std::uint8_t command = 0;
  std::uint64_t lba = 0;
  std::uint16_t count = 0;
  std::uint16_t features = 0;
  std::uint8_t device = 0x40;
  std::vector<Piece> data = {};
  bool write = false;
};

struct AhciBench {
  static constexpr std::uint64_t kRegisters = 0x40000000;
  static constexpr std::uint32_t kPortsBase = 0x1000;
  static constexpr std::uint64_t kList = Guest::kRam + 0x1000;
  static constexpr std::uint64_t kFis = Guest::kRam + 0x2000;
  static constexpr std::uint64_t kTables = Guest::kRam + 0x10000;  ///< 8 KiB for each slot
  static constexpr std::uint64_t kTableBytes = 0x2000;
  static constexpr std::uint64_t kData = Guest::kRam + 0x200000;

  enum Offset : unsigned { kCap = 0x0, kGhc = 0x4, kIs = 0x8, kPi = 0xc, kVs = 0x10, kCap2 = 0x24 };
  enum PortOffset : unsigned {
    kClb = 0x00,
    kClbu = 0x04,
    kFb = 0x08,
    kFbu = 0x0c,
    kPxIs = 0x10,
    kPxIe = 0x14,
    kCmd = 0x18,
    kTfd = 0x20,
    kSig = 0x24,
    kSsts = 0x28,
    kSctl = 0x2c,
    kSerr = 0x30,
    kSact = 0x34,
    kCi = 0x38,
  };
  enum Bit : std::uint32_t {
    kSt = 1u << 0,
    kClo = 1u << 3,
    kFre = 1u << 4,
    kFr = 1u << 14,
    kCr = 1u << 15,
    kDhrs = 1u << 0,
    kPss = 1u << 1,
    kSdbs = 1u << 3,
    kDps = 1u << 5,
    kPcs = 1u << 6,
    kPrcs = 1u << 22,
    kOfs = 1u << 24,
    kIfs = 1u << 27,
    kHbfs = 1u << 29,
    kTfes = 1u << 30,
  };
  enum Op : std::uint8_t {
    kDsm = 0x06,
    kReadSectors = 0x20,
    kReadDmaExt = 0x25,
    kReadLogExt = 0x2f,
    kWriteSectors = 0x30,
    kWriteDmaExt = 0x35,
    kReadLogDma = 0x47,
    kReadQueued = 0x60,
    kWriteQueued = 0x61,
    kReadDma = 0xc8,
    kWriteDma = 0xca,
    kFlush = 0xe7,
    kFlushExt = 0xea,
    kIdentify = 0xec,
    kSetFeatures = 0xef,
  };

  /// Parameters in YAML of the adapter, the disk, and the machine.
  explicit AhciBench(const std::string& adapter = "", const std::string& disk = "",
                     const std::string& machine = "", const std::string& medium = "")
      : sim(pci_platform("          hba: {type: ahci, slot: 3, ports: 2" + more(adapter) +
                             ", disks: {sda: {type: ata-disk, serial: \"T1\"" + more(disk) +
                             ", backend: {type: medium" + more(medium) + "}}}}\n",
                         "", machine),
            register_ahci),
        hba(sim.model<Ahci>("bus.pci.hba")),
        disk(sim.model<AtaDisk>("bus.pci.hba.sda")),
        medium(sim.model<Medium>("bus.pci.hba.sda.backend")),
        messages(sim.model<FakeMessages>("bus.messages")),
        guest(sim) {
    run(1);
    guest.put32(function + pci::kBar0 + 16, kPortsBase);
    guest.put32(function + pci::kBar0 + 20, kRegisters);
    guest.put16(function + pci::kCommand, pci::kIoEnable | pci::kMemoryEnable | pci::kBusMaster);
    for (std::size_t i = 0; i < this->medium.data.size(); ++i)
      this->medium.data[i] = static_cast<std::uint8_t>(i / 512 * 7 + i);
  }
  static std::string more(const std::string& text) { return text.empty() ? "" : ", " + text; }

  void run(double microseconds) { sim.run(sc_core::sc_time(microseconds, sc_core::SC_US)); }
  std::uint32_t get(unsigned offset) { return guest.get32(kRegisters + offset); }
  void put(unsigned offset, std::uint32_t value) { guest.put32(kRegisters + offset, value); }
  std::uint32_t port(unsigned offset, unsigned index = 0) {
    return get(0x100 + index * 0x80 + offset);
  }
  void set_port(unsigned offset, std::uint32_t value, unsigned index = 0) {
    put(0x100 + index * 0x80 + offset, value);
  }
  void write(std::uint64_t address, const Bytes& data) {
    guest.cpu.access(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(data.data()),
                     static_cast<unsigned>(data.size()));
  }
  Bytes read(std::uint64_t address, std::size_t bytes) {
    Bytes data(bytes);
    guest.cpu.access(tlm::TLM_READ_COMMAND, address, data.data(), static_cast<unsigned>(bytes));
    return data;
  }
  Bytes on_medium(std::uint64_t offset, std::size_t bytes) {
    return Bytes(medium.data.begin() + static_cast<std::ptrdiff_t>(offset),
                 medium.data.begin() + static_cast<std::ptrdiff_t>(offset + bytes));
  }

  /// As a driver begins: addresses, reception, the disk's signature, the engine.
  void start() {
    set_port(kClb, static_cast<std::uint32_t>(kList));
    set_port(kClbu, 0);
    set_port(kFb, static_cast<std::uint32_t>(kFis));
    set_port(kFbu, 0);
    set_port(kCmd, kFre);
    run(2000);
    set_port(kSerr, ~0u);
    set_port(kPxIs, ~0u);
    put(kIs, ~0u);
    set_port(kCmd, kFre | kSt);
    set_port(kPxIe, 0x7dc0007f);
    put(kGhc, get(kGhc) | 2);
    run(1);
  }
  /// What an error handler does with a port that has stopped.
  void restart() {
    set_port(kCmd, kFre);
    set_port(kSerr, ~0u);
    set_port(kPxIs, ~0u);
    put(kIs, ~0u);
    set_port(kCmd, kFre | kSt);
  }
  void com_reset() {
    set_port(kCmd, kFre);
    set_port(kSctl, 0x301);
    run(1000);
    set_port(kSctl, 0x300);
    run(2000);
    restart();
  }
  void enable_msi() {
    const std::uint64_t msi = function + guest.capability(function, pci::kMsi);
    guest.put32(msi + 4, Guest::kMessages);
    guest.put16(msi + 12, 0x21);
    guest.put16(msi + 2, 1);
  }

  /// Writes a slot: header, frame, descriptors.
  void fill(unsigned slot, const AtaCommand& c, std::uint32_t flags = 0) {
    const std::uint64_t table = kTables + slot * kTableBytes;
    Bytes fis(20);
    fis[0] = 0x27;
    fis[1] = 0x80;
    fis[2] = c.command;
    fis[3] = static_cast<std::uint8_t>(c.features);
    fis[11] = static_cast<std::uint8_t>(c.features >> 8);
    for (unsigned i = 0; i < 3; ++i) {
      fis[4 + i] = static_cast<std::uint8_t>(c.lba >> 8 * i);
      fis[8 + i] = static_cast<std::uint8_t>(c.lba >> (24 + 8 * i));
    }
    fis[7] = c.device;
    fis[12] = static_cast<std::uint8_t>(c.count);
    fis[13] = static_cast<std::uint8_t>(c.count >> 8);
    write(table, fis);
    for (std::size_t i = 0; i < c.data.size(); ++i) {
      const std::uint64_t at = table + 0x80 + i * 16;
      guest.put<std::uint64_t>(at, c.data[i].address);
      guest.put32(at + 8, 0);
      guest.put32(at + 12, (c.data[i].bytes - 1) | (c.data[i].interrupt ? 1u << 31 : 0u));
    }
    const std::uint64_t header = kList + slot * 32;
    guest.put32(header, 5u | (c.write ? 1u << 6 : 0u) | flags |
                            static_cast<std::uint32_t>(c.data.size()) << 16);
    guest.put32(header + 4, 0);
    guest.put32(header + 8, static_cast<std::uint32_t>(table));
    guest.put32(header + 12, 0);
  }
  void issue(unsigned slot, const AtaCommand& c) {
    fill(slot, c);
    if (c.command == kReadQueued || c.command == kWriteQueued) set_port(kSact, 1u << slot);
    set_port(kCi, 1u << slot);
  }
  /// Gives a command, and time. True if it has ended without an error.
  bool command(const AtaCommand& c, double microseconds = 50) {
    issue(0, c);
    run(microseconds);
    return port(kCi) == 0 && port(kSact) == 0 && !(port(kTfd) & 0x89);
  }
  static AtaCommand dma(bool write, std::uint64_t lba, unsigned count, std::uint64_t at = kData) {
    return {write ? kWriteDmaExt : kReadDmaExt,
            lba,
            static_cast<std::uint16_t>(count),
            0,
            0x40,
            {{at, count * 512}},
            write};
  }
  static AtaCommand queued(bool write, unsigned tag, std::uint64_t lba, unsigned count,
                           std::uint64_t at = kData) {
    return {write ? kWriteQueued : kReadQueued,
            lba,
            static_cast<std::uint16_t>(tag << 3),
            static_cast<std::uint16_t>(count),
            0x40,
            {{at, count * 512}},
            write};
  }
  static AtaCommand plain(std::uint8_t command, std::uint16_t features = 0,
                          std::uint16_t count = 0) {
    return {command, 0, count, features, 0x40, {}, false};
  }
  static AtaCommand log(std::uint8_t command, unsigned log, unsigned page = 0, unsigned count = 1) {
    return {command,
            log | page << 8,
            static_cast<std::uint16_t>(count),
            0,
            0xa0,
            {{kData, count * 512}},
            false};
  }
  /// The words of an IDENTIFY DEVICE.
  std::vector<unsigned> identify() {
    BOOST_REQUIRE(command({kIdentify, 0, 0, 0, 0xa0, {{kData, 512}}}));
    const Bytes page = read(kData, 512);
    std::vector<unsigned> words;
    for (unsigned i = 0; i < 256; ++i) words.push_back(page[2 * i] | page[2 * i + 1] << 8);
    return words;
  }
  static void call(CommandBase& command, const std::string& arguments = "{}") {
    command.call(Node::parse(arguments, "test"));
  }
  std::uint64_t count(const char* group, const char* name) {
    for (const StatGroup* g : hba.stat_groups())
      if (g->stat_name() == group) return g->find_counter(name)->value();
    return ~std::uint64_t{0};
  }

  Sim sim;
  Ahci& hba;
  AtaDisk& disk;
  Medium& medium;
  FakeMessages& messages;
  Guest guest;
  const std::uint64_t function = Guest::place(0, 3);
};

inline Bytes pattern(std::size_t bytes, unsigned seed) {
  Bytes data(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    data[i] = static_cast<std::uint8_t>(i * 31 + i / 256 + seed);
  return data;
}

}  // namespace ringside::test
