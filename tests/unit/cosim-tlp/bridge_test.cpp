// SPDX-License-Identifier: Apache-2.0
// The bridge in RTL against packets by hand: what its BAR answers, and that nothing hostile stops
// it.
#include <Vrtl_entropy_tlp.h>

#include <boost/test/unit_test.hpp>
#include <vector>

#include "cosim/axi/clock.h"
#include "cosim/axi/random.h"
#include "cosim/tlp/stream.h"

using namespace ringside::cosim;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Model = Vrtl_entropy_tlp;

struct Bench {
  Bench() { reset_design(model); }
  ~Bench() { model.final(); }
  void cycle() {
    if (sink.complete()) {
      packets.push_back(sink.bytes());
      sink.take();
    }
    clock_cycle(model, sink, source);
  }
  void send(Bytes packet) {
    for (unsigned i = 0; !source.idle(); ++i) {
      BOOST_REQUIRE_MESSAGE(i < 20'000, "the bridge takes no more");
      cycle();
    }
    source.send(packet);
  }
  void send(const Tlp& tlp) {
    Bytes packet;
    encode_tlp(tlp, packet);
    send(packet);
  }
  void settle() {
    for (unsigned i = 0; i < 200 || !source.idle(); ++i) {
      BOOST_REQUIRE_MESSAGE(i < 20'000, "the bridge takes no more");
      cycle();
    }
  }
  /// The one packet that comes next.
  Tlp answer() {
    packets.clear();
    settle();
    BOOST_REQUIRE(packets.size() == 1u);
    Tlp tlp;
    const char* wrong = decode_tlp(packets[0].data(), packets[0].size(), tlp);
    BOOST_REQUIRE_MESSAGE(wrong == nullptr, wrong);
    BOOST_TEST(tlp.requester == 0x0007);
    BOOST_TEST(tlp.completer == 0x0100);
    BOOST_TEST(tlp.tag == 0x2a5);
    return tlp;
  }
  static Tlp request(TlpKind kind, std::uint64_t address, std::uint32_t bytes) {
    Tlp tlp;
    tlp.kind = kind;
    tlp.requester = 0x0007;
    tlp.tag = 0x2a5;
    set_extent(tlp, address, bytes);
    return tlp;
  }
  Tlp read(std::uint64_t address, std::uint32_t bytes) {
    send(request(TlpKind::MemoryRead, address, bytes));
    return answer();
  }
  void write(std::uint64_t address, const Bytes& whole, std::uint32_t bytes) {
    Tlp tlp = request(TlpKind::MemoryWrite, address, bytes);
    tlp.payload = whole.data();
    send(tlp);
    settle();
  }

  Model model;
  AxiStreamSink<TlpFromDesign<Model>> sink{TlpFromDesign<Model>(model), 20, 3};
  AxiStreamSource<TlpToDesign<Model>> source{TlpToDesign<Model>(model), 20, 4};
  std::vector<Bytes> packets;
};

constexpr std::uint64_t kBar = 0x1'4000'0000;

}  // namespace

BOOST_AUTO_TEST_CASE(registers_in_parts_and_in_rows) {
  Bench bench;
  Tlp tlp = bench.read(kBar + 0x12, 2);  // num_queues
  BOOST_TEST((tlp.kind == TlpKind::CompletionData));
  BOOST_TEST(tlp.byte_count == 2u);
  BOOST_TEST(tlp.lower_address == 0x12);
  BOOST_TEST(tlp.length == 1u);
  BOOST_TEST(tlp.payload[2] == 1);
  // Features by a row of two double words: driver_feature_select 1, driver_feature; read back.
  bench.write(kBar + 8, {1, 0, 0, 0, 1, 0, 0, 0}, 8);
  tlp = bench.read(0x4000'0008, 8);
  const Bytes expected{1, 0, 0, 0, 1, 0, 0, 0};
  BOOST_TEST(tlp.byte_count == 8u);
  BOOST_TEST(tlp.lower_address == 8);
  BOOST_TEST((std::equal(expected.begin(), expected.end(), tlp.payload)));
  // A byte in the middle; its neighbours stay.
  bench.write(kBar + 0x15, {0, 9, 0, 0}, 1);  // config_generation: not writable
  bench.write(kBar + 0x14, {1, 0, 0, 0}, 1);  // ACKNOWLEDGE
  tlp = bench.read(kBar + 0x13, 3);
  BOOST_TEST(tlp.byte_count == 3u);
  BOOST_TEST(tlp.lower_address == 0x13);
  BOOST_TEST(tlp.length == 2u);
  BOOST_TEST(tlp.payload[4] == 1);
  tlp = bench.read(kBar, 128);
  BOOST_TEST(tlp.byte_count == 128u);
  BOOST_TEST(tlp.length == 32u);
  BOOST_TEST(tlp.payload[0x12] == 1);
  BOOST_TEST(tlp.payload[0x14] == 1);
  BOOST_TEST(bench.model.link_error == 0);
}

BOOST_AUTO_TEST_CASE(what_is_not_served_is_said) {
  Bench bench;
  Tlp tlp = bench.read(kBar, 132);
  BOOST_TEST((tlp.kind == TlpKind::Completion));
  BOOST_TEST((tlp.status == CompletionStatus::CompleterAbort));
  BOOST_TEST(tlp.byte_count == 132u);
  tlp = bench.read(kBar + 4, 0);
  BOOST_TEST((tlp.kind == TlpKind::CompletionData));
  BOOST_TEST(tlp.byte_count == 1u);
  const Bytes data(4);
  for (TlpKind kind :
       {TlpKind::IoRead, TlpKind::IoWrite, TlpKind::ConfigRead, TlpKind::ConfigWrite}) {
    tlp = Bench::request(kind, 0x10, 4);
    tlp.payload = data.data();
    bench.send(tlp);
    tlp = bench.answer();
    BOOST_TEST((tlp.kind == TlpKind::Completion));
    BOOST_TEST((tlp.status == CompletionStatus::UnsupportedRequest));
    BOOST_TEST(tlp.byte_count == 4u);
  }
  tlp = Bench::request(TlpKind::Message, 0, 0);
  tlp.routing = 4;
  tlp.length = 0;
  bench.send(tlp);
  bench.packets.clear();
  bench.settle();
  BOOST_TEST(bench.packets.empty());
  BOOST_TEST(bench.model.link_error == 0);
}

BOOST_AUTO_TEST_CASE(packets_of_wrong_lengths_are_thrown_away) {
  for (unsigned words = 1; words < 9; ++words)
    for (TlpKind kind :
         {TlpKind::MemoryRead, TlpKind::MemoryWrite, TlpKind::CompletionData, TlpKind::ConfigWrite})
      for (std::uint64_t address : {std::uint64_t{0x4000'0000}, kBar}) {
        Bench bench;
        const Bytes data(8);
        Tlp tlp = Bench::request(kind, address, 8);
        tlp.payload = data.data();
        Bytes packet;
        encode_tlp(tlp, packet);
        if (kind == TlpKind::ConfigWrite) packet[3] = 2;
        if (packet.size() == 4 * words) continue;
        packet.resize(4 * words);
        bench.send(packet);
        bench.settle();
        // Data behind a read, or behind what is answered by UR whatever it has, are not told of.
        BOOST_TEST_CONTEXT(to_string(kind) << ", " << words << " double words")
        if (words < 3 || kind == TlpKind::MemoryWrite || kind == TlpKind::CompletionData)
          BOOST_TEST(bench.model.link_error == 1);
        BOOST_TEST(bench.read(kBar + 0x12, 2).payload[2] == 1);
      }
}

BOOST_AUTO_TEST_CASE(hostile_packets_do_not_stop_it) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Bench bench;
    Random random(seed);
    Bytes data(4096);
    for (unsigned i = 0; i < 300; ++i) {
      Bytes packet;
      if (random.below(3) == 0) {
        packet.resize(4 * (1 + random.below(12)));
        for (auto& byte : packet) byte = static_cast<std::uint8_t>(random.below(256));
      } else {
        Tlp tlp = Bench::request(static_cast<TlpKind>(random.below(10)), 0, 4);
        tlp.address = random.below(2) == 0 ? kBar + 4 * random.below(64) : 4 * random.below(64);
        tlp.length = 1 + random.below(random.below(10) == 0 ? 1024 : 4);
        tlp.first_be = static_cast<std::uint8_t>(random.below(16));
        tlp.last_be = static_cast<std::uint8_t>(random.below(16));
        tlp.byte_count = 1 + random.below(4096);
        tlp.status = static_cast<CompletionStatus>(random.below(8));
        tlp.tag = static_cast<std::uint16_t>(random.below(1024));
        tlp.payload = data.data();
        encode_tlp(tlp, packet);
        if (random.below(3) == 0) packet.resize(4 * (1 + random.below(8)));
      }
      bench.send(packet);
    }
    bench.settle();
    for (unsigned i = 0; i < 3000; ++i) bench.cycle();  // long answers
    BOOST_TEST(bench.model.link_error == 1);
    for (const Bytes& packet : bench.packets) {
      Tlp tlp;
      if (packet.size() >= 16) continue;
      BOOST_TEST(decode_tlp(packet.data(), packet.size(), tlp) == nullptr);
    }
    BOOST_TEST((bench.read(kBar + 0x12, 2).kind == TlpKind::CompletionData));
    BOOST_TEST(bench.sink.violations().str() == "");
  }
}
