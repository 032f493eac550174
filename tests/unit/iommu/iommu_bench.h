// SPDX-License-Identifier: Apache-2.0
// The IOMMU by itself: a bridge that only notes what it is told, and a driver that sends requests.
#pragma once

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <systemc>
#include <vector>

#include "driver/direct.h"
#include "driver/driver.h"
#include "driver/monitor.h"
#include "driver/test_memory.h"
#include "kit/irq.h"
#include "support/sim.h"
#include "support/spec.h"
#include "support/steps.h"
#include "virtio/device/iommu.h"

namespace ringside::test {

/// Type "bridge": devices 8, 9 and 0x100 are there.
struct TestBridge final : Model, DmaTranslationPoint {
  TestBridge(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}
  void attach_translator(DmaTranslator& translator, const Model&) override { iommu = &translator; }
  bool has_requester(std::uint16_t id) const override { return present.count(id) != 0; }
  void translation_changed(std::uint64_t first, std::uint64_t last) override {
    changes.push_back({first, last});
  }
  ChildSlot<virtio::VirtioDevice> device{this, "device", required, "the device under test"};
  DmaTranslator* iommu = nullptr;
  std::set<std::uint16_t> present{8, 9, 0x100};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> changes;
};

/// Type "doorbells": a controller of messages at 0x28000000.
struct TestDoorbells final : Model, MsiController {
  TestDoorbells(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}
  std::string msi_phandle_name() const override { return "s"; }
  std::string machine_msi_phandle_name() const override { return "m"; }
  std::optional<Doorbells> doorbells() const override { return Doorbells{0x28000000, 0x280fffff}; }
};

inline void register_iommu(Registry& registry) {
  registry.add<Model, TestBridge>("bridge", "notes what it is told");
  registry.add<Model, TestDoorbells>("doorbells", "where messages go");
  registry.add<virtio::VirtioDevice, virtio::Iommu>("virtio-iommu", "the device");
}

/// Numbers of the specification, written again here: the tests do not trust the device's.
enum Status : int {
  kOk = 0,
  kIoErr = 1,
  kUnsupp = 2,
  kDevErr = 3,
  kInval = 4,
  kRange = 5,
  kNoEnt = 6,
  kFault = 7,
  kNoMem = 8,
  kUnwritten = -1,  ///< used length 0
  kNoAnswer = -2,
};
enum Bits : unsigned { kInput, kDomains, kMapUnmap, kOldBypass, kProbeBit, kMmioBit, kConfigBit };

/// Fields one after the other, little-endian.
class Bytes {
 public:
  Bytes& u8(std::uint8_t value) { return append(&value, 1); }
  Bytes& u32(std::uint32_t value) { return append(&value, 4); }
  Bytes& u64(std::uint64_t value) { return append(&value, 8); }
  Bytes& zeros(std::size_t count) {
    text_.append(count, '\0');
    return *this;
  }
  const std::string& str() const { return text_; }

 private:
  Bytes& append(const void* from, std::size_t bytes) {
    text_.append(static_cast<const char*>(from), bytes);
    return *this;
  }
  std::string text_;
};

struct IommuBench {
  static constexpr std::uint64_t kBase = 0x80000000;
  static constexpr std::size_t kBytes = 16 << 20;

  explicit IommuBench(const std::string& params = "", const std::string& others = "")
      : sim("children:\n  b: {type: bridge, device: {type: virtio-iommu" +
                (params.empty() ? "" : ", " + params) + "}}\n" + others,
            register_iommu),
        memory(kBase, kBytes),
        arena(kBase, kBytes),
        bridge(sim.model<TestBridge>("b")),
        device(sim.model<virtio::Iommu>("b.device")),
        monitor(memory),
        access(device, monitor.dma),
        driver(access, memory, arena) {
    monitor.watch_if_wanted(access, device);
  }

  bool run(const std::function<void()>& steps) {
    const bool done = run_steps(sim, steps, {10, sc_core::SC_SEC});
    monitor.report();
    return done;
  }
  /// All that the device offers, or these, and VERSION_1; both queues.
  bool bring_up() {
    return bring_up({kInput, kDomains, kMapUnmap, kProbeBit, kMmioBit, kConfigBit});
  }
  bool bring_up(Driver::Bits bits) {
    arena.release_all();
    bits.push_back(32);
    if (!driver.negotiate(bits) || !driver.add_queue(0, 64) || !driver.add_queue(1, 64))
      return false;
    driver.start();
    return true;
  }

  // -- requests
  int attach(std::uint32_t domain, std::uint32_t endpoint, std::uint32_t flags = 0,
             std::uint32_t reserved = 0) {
    return send(Bytes().u32(1).u32(domain).u32(endpoint).u32(flags).u32(reserved));
  }
  int detach(std::uint32_t domain, std::uint32_t endpoint, std::uint64_t reserved = 0) {
    return send(Bytes().u32(2).u32(domain).u32(endpoint).u64(reserved));
  }
  int map(std::uint32_t domain, std::uint64_t first, std::uint64_t last, std::uint64_t phys,
          std::uint32_t flags = 3) {
    return send(Bytes().u32(3).u32(domain).u64(first).u64(last).u64(phys).u32(flags));
  }
  int unmap(std::uint32_t domain, std::uint64_t first, std::uint64_t last,
            std::uint32_t reserved = 0) {
    return send(Bytes().u32(4).u32(domain).u64(first).u64(last).u32(reserved));
  }
  /// The answer is in `answer`: properties and tail.
  int probe(std::uint32_t endpoint, std::uint32_t room = 512) {
    return send(Bytes().u32(5).u32(endpoint).zeros(64), room + 4);
  }
  int send(const Bytes& request, std::uint32_t room = 4) { return send(request.str(), room); }
  int send(const std::string& request, std::uint32_t room) {
    std::vector<Piece> readable, writable;
    if (!request.empty()) readable.push_back(put(request));
    if (room != 0) writable.push_back(take(room));
    return send(readable, writable);
  }
  int send(const std::vector<Piece>& readable, const std::vector<Piece>& writable) {
    answer.clear();
    used = 0;
    if (!driver.queue(0).add(readable, writable, 1, Form::Direct)) return kNoAnswer;
    driver.submit(0);
    if (!driver.wait_used(0, {1, sc_core::SC_MS})) return kNoAnswer;
    const auto done = driver.queue(0).next_used();
    if (!done) return kNoAnswer;
    used = done->written.value_or(0);
    for (const Piece& piece : writable) answer += load(piece);
    if (used == 0) return kUnwritten;
    return static_cast<std::uint8_t>(answer[used - 4]);
  }
  std::string answer;
  std::uint32_t used = 0;

  // -- faults
  struct Fault {
    unsigned reason;
    std::uint32_t flags, endpoint;
    std::uint64_t address;
    bool reserved_zero;
  };
  void offer_event(std::uint32_t bytes = 24) {
    events.push_back(take(bytes));
    BOOST_REQUIRE(driver.queue(1).add({}, {events.back()}, events.size() - 1, Form::Direct));
    driver.submit(1);
  }
  /// The next report; the used length is in `used`.
  std::optional<Fault> next_fault() {
    if (!driver.wait_used(1, {1, sc_core::SC_MS})) return std::nullopt;
    const auto done = driver.queue(1).next_used();
    if (!done) return std::nullopt;
    used = done->written.value_or(0);
    const std::string text = load(events[done->token]);
    if (used < 24) return std::nullopt;
    Fault fault{};
    fault.reason = static_cast<std::uint8_t>(text[0]);
    std::uint32_t reserved1 = 0;
    std::memcpy(&fault.flags, &text[4], 4);
    std::memcpy(&fault.endpoint, &text[8], 4);
    std::memcpy(&reserved1, &text[12], 4);
    std::memcpy(&fault.address, &text[16], 8);
    fault.reserved_zero = text.substr(1, 3) == std::string(3, '\0') && reserved1 == 0;
    return fault;
  }
  std::vector<Piece> events;

  /// What an access comes to: the physical address, or kNowhere.
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
  std::uint64_t reach(std::uint16_t endpoint, std::uint64_t address, bool is_write) {
    DmaRange range;
    sc_core::sc_time delay;
    if (!bridge.iommu->translate({endpoint, address, is_write, false}, range, delay))
      return kNowhere;
    BOOST_TEST(range.first <= address);
    BOOST_TEST(range.last >= address);
    BOOST_TEST(range.allows(is_write));
    return range.to_target(address);
  }
  std::uint64_t load_from(std::uint16_t endpoint, std::uint64_t address) {
    return reach(endpoint, address, false);
  }
  std::uint64_t store_to(std::uint16_t endpoint, std::uint64_t address) {
    return reach(endpoint, address, true);
  }

  template <typename T>
  T config(std::size_t offset) {
    T value{};
    access.read_config(offset, &value, sizeof value);
    return value;
  }
  void set_bypass(std::uint8_t value) { access.write_config(36, &value, 1); }

  Piece put(const std::string& bytes) {
    const Piece piece = take(static_cast<std::uint32_t>(bytes.size()));
    memory.write(piece.address, bytes.data(), bytes.size());
    return piece;
  }
  /// Room that holds 0xee, so that what is not written shows.
  Piece take(std::uint32_t bytes) {
    const Piece piece{arena.take(bytes, 1), bytes};
    const std::string filler(bytes, '\xee');
    memory.write(piece.address, filler.data(), bytes);
    return piece;
  }
  std::string load(const Piece& piece) {
    std::string bytes(piece.length, '?');
    memory.read(piece.address, bytes.data(), bytes.size());
    return bytes;
  }

  Sim sim;
  TestMemory memory;
  Arena arena;
  TestBridge& bridge;
  virtio::Iommu& device;
  Monitor monitor;
  DirectAccess access;
  Driver driver;
};

inline void settle() {
  sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
}

}  // namespace ringside::test
