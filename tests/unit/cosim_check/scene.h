// SPDX-License-Identifier: Apache-2.0
// Hand-made streams: a device that does what the test says, step by step.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "cosim/check/checker.h"

namespace ringside::test {

class Scene {
 public:
  static constexpr std::uint64_t kDescriptors = 0x1000, kDriver = 0x2000, kDevice = 0x3000;
  static constexpr std::uint64_t kBuffers = 0x10000, kTables = 0x8000;
  static constexpr std::uint16_t kSize = 8;
  static constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
  using Bytes = std::vector<std::uint8_t>;

  explicit Scene(std::initializer_list<unsigned> features = {}, cosim::CheckSettings settings = {},
                 bool start = true)
      : checker(settings) {
    put(cosim::kRegDeviceStatus, 0, 1);
    get(cosim::kRegDeviceStatus, 0, 1);
    std::uint32_t pages[2] = {0, 1};
    for (unsigned bit : features) pages[bit / 32] |= 1u << (bit % 32);
    for (unsigned page = 0; page < 2; ++page) {
      put(cosim::kRegDriverFeatureSelect, page, 4);
      put(cosim::kRegDriverFeature, pages[page], 4);
    }
    enable();
    if (start) put(cosim::kRegDeviceStatus, 15, 1);
  }
  void enable() {
    put(cosim::kRegQueueSelect, 0, 2);
    put(cosim::kRegQueueSize, kSize, 2);
    put(cosim::kRegQueueDesc, kDescriptors, 4);
    put(cosim::kRegQueueDesc + 4, 0, 4);
    put(cosim::kRegQueueDriver, kDriver, 8);
    put(cosim::kRegQueueDevice, kDevice, 8);
    put(cosim::kRegQueueEnable, 1, 2);
  }

  // ---- registers
  void put(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
    reg(cosim::Kind::RegisterWrite, offset, value, bytes);
  }
  void get(std::uint64_t offset, std::uint64_t value, unsigned bytes) {
    reg(cosim::Kind::RegisterRead, offset, value, bytes);
  }

  // ---- DMA; the purpose is left to be told from the address
  void read(std::uint64_t address, const Bytes& data) { dma(cosim::Kind::DmaRead, address, data); }
  void write(std::uint64_t address, const Bytes& data, const Bytes& strobes = {}) {
    dma(cosim::Kind::DmaWrite, address, data, strobes);
  }
  void fail(std::uint64_t address) {
    dma(cosim::Kind::DmaRead, address, Bytes(2), {}, cosim::AccessStatus::BusError);
  }
  void interrupt() {
    cosim::Transaction t;
    t.kind = cosim::Kind::Interrupt;
    t.queue = 0;
    send(t);
  }

  void config_changed() {
    cosim::Transaction t;
    t.kind = cosim::Kind::Interrupt;
    send(t);
  }

  static Bytes word(std::uint32_t value) {
    return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
  }
  static Bytes words(std::initializer_list<std::uint32_t> values) {
    Bytes out;
    for (std::uint32_t value : values)
      for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return out;
  }
  /// A descriptor: address, length, and the two halves of the last word.
  static Bytes descriptor(std::uint32_t address, std::uint32_t length, std::uint32_t low,
                          std::uint32_t high) {
    return words({address, 0, length, low | high << 16});
  }

  // ---- a split ring
  void avail_index(unsigned index) { read(kDriver + 2, word(index)); }
  void head(unsigned slot, unsigned head) { read(kDriver + 4 + 2 * slot, word(head)); }
  void split(unsigned i, std::uint32_t address, std::uint32_t length, unsigned flags = 0,
             unsigned next = 0) {
    read(kDescriptors + 16 * i, descriptor(address, length, flags, next));
  }
  void element(unsigned slot, std::uint32_t id, std::uint32_t length) {
    write(kDevice + 4 + 8 * slot, words({id, length}));
  }
  void used_index(unsigned index) { write(kDevice + 2, word(index)); }
  void flags(unsigned value) { read(kDriver, word(value)); }
  void used_event(unsigned value) { read(kDriver + 4 + 2 * kSize, word(value)); }
  /// Fetches a chain of a readable buffer of 16 bytes and a writable one of 32, in descriptors
  /// `head` and `head` + 1.
  void fetch(unsigned position, unsigned head) {
    avail_index(position + 1);
    this->head(position % kSize, head);
    split(head, out(head), 16, kNext, head + 1);
    split(head + 1, in(head), 32, kWrite);
  }
  /// Moves its payload, `bytes` of it written.
  void serve(unsigned head, std::size_t bytes = 32) {
    read(out(head), Bytes(16, 1));
    if (bytes != 0) write(in(head), Bytes(bytes, 2));
  }
  static std::uint32_t out(unsigned n) { return static_cast<std::uint32_t>(kBuffers + 0x100 * n); }
  static std::uint32_t in(unsigned n) { return out(n) + 0x80; }

  // ---- a packed ring
  static constexpr std::uint16_t kAvail = 1 << 7, kUsed = 1 << 15;
  static unsigned available(bool wrap) { return wrap ? kAvail : kUsed; }
  static unsigned used(bool wrap) { return wrap ? kAvail | kUsed : 0; }
  void packed(unsigned slot, std::uint32_t address, std::uint32_t length, unsigned id,
              unsigned flags) {
    read(kDescriptors + 16 * slot, descriptor(address, length, id, flags));
  }
  void packed_used(unsigned slot, std::uint32_t length, unsigned id, unsigned flags) {
    write(kDescriptors + 16 * slot + 8, words({length, id | flags << 16}));
  }
  void wishes(unsigned position, unsigned flags) { read(kDriver, words({position | flags << 16})); }
  void device_event(unsigned position, unsigned flags) {
    write(kDevice, words({position | flags << 16}));
  }
  /// Two slots: 16 bytes readable, 32 writable.
  void fetch_packed(unsigned slot, unsigned id, bool wrap = true) {
    packed(slot, out(slot), 16, 0, available(wrap) | kNext);
    packed(slot + 1, in(slot), 32, id, available(wrap) | kWrite);
  }

  // ---- what was found
  /// Exactly these rules, in this order.
  void expect(std::initializer_list<cosim::Rule> rules) const {
    const auto& kept = checker.findings().kept();
    BOOST_TEST_REQUIRE(kept.size() == rules.size(), checker.findings().str());
    auto at = kept.begin();
    for (cosim::Rule rule : rules) BOOST_TEST((at++)->rule == rule, checker.findings().str());
  }
  /// One finding, with this text.
  void expect(const std::string& text) const {
    BOOST_TEST_REQUIRE(checker.findings().count() == 1u, checker.findings().str());
    BOOST_TEST(checker.findings().kept()[0].str() == text);
  }
  void quiet() {
    checker.finish();
    BOOST_TEST(checker.findings().empty(), checker.findings().str());
  }

  cosim::Checker checker;
  std::uint64_t number = 0;

 private:
  void send(cosim::Transaction& t) {
    t.number = number;
    t.time = 1000 * number++;
    checker.see(t);
  }
  void reg(cosim::Kind kind, std::uint64_t offset, std::uint64_t value, unsigned bytes) {
    std::uint8_t data[8];
    std::memcpy(data, &value, 8);
    cosim::Transaction t;
    t.kind = kind;
    t.address = offset;
    t.length = bytes;
    t.data = data;
    send(t);
  }
  void dma(cosim::Kind kind, std::uint64_t address, const Bytes& data, const Bytes& strobes = {},
           cosim::AccessStatus status = cosim::AccessStatus::Ok) {
    cosim::Transaction t;
    t.kind = kind;
    t.queue = 0;
    t.address = address;
    t.length = static_cast<std::uint32_t>(data.size());
    t.data = data.data();
    t.strobes = strobes.empty() ? nullptr : strobes.data();
    t.status = status;
    send(t);
  }
};

}  // namespace ringside::test

// Rules are printed by name.
namespace ringside::cosim {
inline std::ostream& operator<<(std::ostream& out, Rule rule) {
  return out << to_string(rule);
}
}  // namespace ringside::cosim
