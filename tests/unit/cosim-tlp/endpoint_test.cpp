// SPDX-License-Identifier: Apache-2.0
// Two ends of a link: host and device, each with memory, over streams of any width; and one end
// against hostile packets.
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <vector>

#include "cosim/axi/flat_memory.h"
#include "cosim/tlp/stream.h"

using namespace ringside::cosim;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Streams as a design has them; the other end sees them the other way round.
template <unsigned kBytes>
struct Wires {
  struct Data {
    std::uint8_t bytes[kBytes];
  };
  std::uint8_t m_axis_tlp_tvalid = 0, m_axis_tlp_tready = 0, m_axis_tlp_tlast = 0;
  std::uint8_t s_axis_tlp_tvalid = 0, s_axis_tlp_tready = 0, s_axis_tlp_tlast = 0;
  std::uint32_t m_axis_tlp_tkeep = 0, s_axis_tlp_tkeep = 0;
  Data m_axis_tlp_tdata{}, s_axis_tlp_tdata{};
};
template <unsigned kBytes>
struct Reversed {
  explicit Reversed(Wires<kBytes>& w)
      : m_axis_tlp_tvalid(w.s_axis_tlp_tvalid),
        m_axis_tlp_tready(w.s_axis_tlp_tready),
        m_axis_tlp_tlast(w.s_axis_tlp_tlast),
        s_axis_tlp_tvalid(w.m_axis_tlp_tvalid),
        s_axis_tlp_tready(w.m_axis_tlp_tready),
        s_axis_tlp_tlast(w.m_axis_tlp_tlast),
        m_axis_tlp_tkeep(w.s_axis_tlp_tkeep),
        s_axis_tlp_tkeep(w.m_axis_tlp_tkeep),
        m_axis_tlp_tdata(w.s_axis_tlp_tdata),
        s_axis_tlp_tdata(w.m_axis_tlp_tdata) {}
  std::uint8_t &m_axis_tlp_tvalid, &m_axis_tlp_tready, &m_axis_tlp_tlast;
  std::uint8_t &s_axis_tlp_tvalid, &s_axis_tlp_tready, &s_axis_tlp_tlast;
  std::uint32_t &m_axis_tlp_tkeep, &s_axis_tlp_tkeep;
  typename Wires<kBytes>::Data &m_axis_tlp_tdata, &s_axis_tlp_tdata;
};

constexpr std::uint32_t kSize = 0x8000;
constexpr std::uint64_t kHost = 0x1'0000'0000, kBar = 0x9000'0000;
constexpr std::uint16_t kHostId = 0, kDeviceId = 0x0113;

struct Memory {
  explicit Memory(std::uint64_t base) : flat(base, kSize, bytes.data()) {}
  Bytes bytes = Bytes(kSize);
  FlatMemory flat;
  TlpMemory<FlatMemory> target{flat};
};

template <unsigned kBytes>
struct Link {
  Link(const TlpSettings& host_settings, const TlpSettings& device_settings)
      : host(TlpFromDesign<W>(wires), TlpToDesign<W>(wires), ram.target, host_settings),
        device(TlpFromDesign<R>(reversed), TlpToDesign<R>(reversed), bar.target, device_settings) {}
  void cycle() {
    host.sample();
    device.sample();
    host.drive();
    device.drive();
  }
  using W = Wires<kBytes>;
  using R = Reversed<kBytes>;
  W wires;
  R reversed{wires};
  Memory ram{kHost}, bar{kBar};
  TlpStream<TlpFromDesign<W>, TlpToDesign<W>> host;
  TlpStream<TlpFromDesign<R>, TlpToDesign<R>> device;
};

/// Random reads and writes of one end, each in a region of its own, against a model of memory.
class Traffic {
 public:
  Traffic(TlpEndpoint& from, std::uint64_t base, std::uint64_t seed)
      : from_(from), base_(base), random_(seed) {
    from.finished = [this](unsigned command, Response response) { ended(command, response); };
  }
  static constexpr unsigned kCommands = 250;
  bool done() const { return ended_ == kCommands; }
  void step() {
    Running& r = running_[random_.below(kRegions)];
    if (started_ == kCommands || r.command != ~0u) return;
    const std::uint32_t bytes = 1 + random_.below(random_.below(3) == 0 ? kRegion : 60);
    r.at = static_cast<std::uint32_t>(&r - running_.data()) * kRegion +
           random_.below(kRegion - bytes + 1);
    r.write = random_.below(2) == 0;
    r.data.resize(bytes);
    if (r.write) {
      for (auto& byte : r.data) byte = static_cast<std::uint8_t>(random_.below(256));
      std::copy(r.data.begin(), r.data.end(), model.begin() + r.at);
      r.command = from_.start_write(base_ + r.at, r.data.data(), bytes);
    } else {
      r.command = from_.start_read(base_ + r.at, r.data.data(), bytes);
    }
    BOOST_REQUIRE(r.command != ~0u);
    ++started_;
  }
  Bytes model = Bytes(kSize);

 private:
  static constexpr unsigned kRegions = 4;
  static constexpr std::uint32_t kRegion = kSize / kRegions;
  struct Running {
    unsigned command = ~0u;
    bool write = false;
    std::uint32_t at = 0;
    Bytes data;
  };
  void ended(unsigned command, Response response) {
    BOOST_TEST((response == Response::Okay));
    for (Running& r : running_) {
      if (r.command != command) continue;
      if (!r.write) BOOST_TEST((std::memcmp(r.data.data(), &model[r.at], r.data.size()) == 0));
      r.command = ~0u;
      ++ended_;
      return;
    }
    BOOST_ERROR("a command that is not out has ended");
  }
  TlpEndpoint& from_;
  std::uint64_t base_;
  Random random_;
  std::array<Running, kRegions> running_;
  unsigned started_ = 0, ended_ = 0;
};

template <unsigned kBytes>
void both_directions(TlpSettings host_settings, TlpSettings device_settings) {
  host_settings.id = kHostId;
  device_settings.id = kDeviceId;
  Link<kBytes> link(host_settings, device_settings);
  Traffic dma(link.device.endpoint, kHost, device_settings.timing.seed + 10);
  Traffic bar(link.host.endpoint, kBar, host_settings.timing.seed + 20);
  for (unsigned clocks = 0; !dma.done() || !bar.done() || !link.host.idle(); ++clocks) {
    BOOST_REQUIRE(clocks < 4'000'000u);
    dma.step();
    bar.step();
    link.cycle();
  }
  for (unsigned i = 0; i < 5000; ++i) link.cycle();  // posted writes arrive
  BOOST_TEST((link.ram.bytes == dma.model));
  BOOST_TEST((link.bar.bytes == bar.model));
  BOOST_TEST(link.host.violations() == "");
  BOOST_TEST(link.device.violations() == "");
  BOOST_TEST(link.host.endpoint.lost_writes() == 0u);
}

TlpSettings settings(const TlpLimits& limits, const AxiTiming& timing) {
  TlpSettings s;
  s.limits = limits;
  s.timing = timing;
  return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_directions_at_once_32_bits) {
  both_directions<4>({}, {});
}
BOOST_AUTO_TEST_CASE(both_directions_at_once_64_bits_rough) {
  const TlpLimits limits{128, 512, 64, 8};
  both_directions<8>(settings(limits, {5, 30, 20, true, 3}),
                     settings(limits, {2, 10, 10, true, 4}));
}
BOOST_AUTO_TEST_CASE(both_directions_at_once_128_bits_one_tag) {
  const TlpLimits limits{512, 128, 128, 1};
  both_directions<16>(settings(limits, {0, 9, 0, true, 5}), settings(limits, {}));
}
BOOST_AUTO_TEST_CASE(both_directions_at_once_256_bits_largest) {
  const TlpLimits limits{4096, 4096, 128, 256};
  both_directions<32>(settings(limits, {10, 50, 5, true, 6}),
                      settings(limits, {10, 50, 5, true, 7}));
}

namespace {

/// Packets by hand, without streams.
struct Pair {
  explicit Pair(const TlpSettings& settings = {}) : end(memory.target, settings) {
    end.finished = [this](unsigned, Response response) { responses.push_back(response); };
  }
  void receive(const Tlp& tlp) {
    Bytes packet;
    encode_tlp(tlp, packet);
    end.receive(packet.data(), packet.size());
  }
  /// The next packet; fails if none comes.
  Tlp sent() {
    for (unsigned i = 0; i < 200; ++i) {
      end.clock();
      if (!end.next(packet)) continue;
      Tlp tlp;
      const char* wrong = decode_tlp(packet.data(), packet.size(), tlp);
      BOOST_REQUIRE_MESSAGE(wrong == nullptr, wrong);
      return tlp;
    }
    BOOST_FAIL("no packet came");
    return {};
  }
  bool complains(const char* what) const {
    return end.violations().str().find(what) != std::string::npos;
  }
  Memory memory{kHost};
  TlpEndpoint end;
  Bytes packet;
  std::vector<Response> responses;
};

Tlp read_of(std::uint64_t address, std::uint32_t bytes, unsigned tag = 1) {
  Tlp tlp;
  tlp.kind = TlpKind::MemoryRead;
  tlp.requester = kDeviceId;
  tlp.tag = static_cast<std::uint16_t>(tag);
  set_extent(tlp, address, bytes);
  return tlp;
}
Tlp write_of(std::uint64_t address, const Bytes& whole, std::uint32_t bytes) {
  Tlp tlp;
  tlp.kind = TlpKind::MemoryWrite;
  tlp.requester = kDeviceId;
  set_extent(tlp, address, bytes);
  tlp.payload = whole.data();
  return tlp;
}

}  // namespace

BOOST_AUTO_TEST_CASE(completions_are_cut_at_boundaries) {
  TlpSettings s;
  s.limits = {128, 512, 64, 8};
  Pair pair(s);
  for (std::uint32_t i = 0; i < kSize; ++i) pair.memory.bytes[i] = static_cast<std::uint8_t>(i * 7);
  pair.receive(read_of(kHost + 0x3d, 300));
  // 0x3d + 300 = 0x169: up to 128 bytes that end at a boundary (128 - 0x3d = 67), then 128, 105.
  const std::uint32_t sizes[] = {67, 128, 105};
  std::uint32_t at = 0x3d, left = 300;
  for (std::uint32_t size : sizes) {
    const Tlp tlp = pair.sent();
    BOOST_TEST((tlp.kind == TlpKind::CompletionData));
    BOOST_TEST(tlp.byte_count == left);
    BOOST_TEST(tlp.lower_address == (at & 0x7f));
    BOOST_TEST(tlp.length == ((at & 3) + size + 3) / 4);
    BOOST_TEST(tlp.requester == kDeviceId);
    BOOST_TEST(tlp.tag == 1);
    BOOST_TEST((std::memcmp(tlp.payload + (at & 3), &pair.memory.bytes[at], size) == 0));
    at += size;
    left -= size;
  }
  BOOST_TEST(left == 0u);
  BOOST_TEST(pair.end.idle());
}

BOOST_AUTO_TEST_CASE(statuses_of_completions) {
  Pair pair;
  pair.memory.flat.fail(kHost + 0x100, kHost + 0x100);
  pair.receive(read_of(0x5004, 4));
  Tlp tlp = pair.sent();
  BOOST_TEST((tlp.kind == TlpKind::Completion));
  BOOST_TEST((tlp.status == CompletionStatus::UnsupportedRequest));
  BOOST_TEST(tlp.byte_count == 4u);
  BOOST_TEST(tlp.lower_address == 4);
  pair.receive(read_of(kHost + 0xfe, 16));
  BOOST_TEST((pair.sent().status == CompletionStatus::CompleterAbort));
  // No bytes: a double word of anything, counted as one byte.
  pair.receive(read_of(kHost + 8, 0));
  tlp = pair.sent();
  BOOST_TEST((tlp.kind == TlpKind::CompletionData));
  BOOST_TEST(tlp.byte_count == 1u);
  BOOST_TEST(tlp.length == 1u);
  Tlp io;
  io.kind = TlpKind::IoRead;
  io.length = 1;
  io.first_be = 1;
  pair.receive(io);
  BOOST_TEST((pair.sent().status == CompletionStatus::UnsupportedRequest));
  Tlp config;
  config.kind = TlpKind::ConfigRead;
  config.length = 1;
  config.first_be = 0xf;
  config.config_register = 0x10;
  pair.receive(config);
  BOOST_TEST((pair.sent().status == CompletionStatus::UnsupportedRequest));
  pair.end.config = [](const Tlp& request, std::uint32_t& value) {
    value = 0xabc00000u + request.config_register;
    return true;
  };
  pair.receive(config);
  tlp = pair.sent();
  BOOST_TEST((tlp.kind == TlpKind::CompletionData));
  std::uint32_t value;
  std::memcpy(&value, tlp.payload, 4);
  BOOST_TEST(value == 0xabc00010u);
  config.kind = TlpKind::ConfigWrite;
  const Bytes data(4);
  config.payload = data.data();
  pair.receive(config);
  BOOST_TEST((pair.sent().kind == TlpKind::Completion));
  // Writes are posted: nobody is told.
  pair.receive(write_of(0x5000, data, 4));
  BOOST_TEST(pair.end.lost_writes() == 1u);
  BOOST_TEST(pair.end.violations().count() == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_enabled_stay) {
  Pair pair;
  std::fill(pair.memory.bytes.begin(), pair.memory.bytes.end(), 0x11);
  Bytes data{1, 2, 3, 4, 5, 6, 7, 8};
  Tlp tlp = write_of(kHost, data, 4);
  tlp.first_be = 0x5;
  pair.receive(tlp);
  const Bytes expected{1, 0x11, 3, 0x11};
  BOOST_TEST((std::equal(expected.begin(), expected.end(), pair.memory.bytes.begin())));
  tlp = write_of(kHost + 8, data, 8);
  tlp.first_be = 0x9;
  tlp.last_be = 0x6;
  pair.receive(tlp);
  const Bytes both{1, 0x11, 0x11, 4, 0x11, 6, 7, 0x11};
  BOOST_TEST((std::equal(both.begin(), both.end(), pair.memory.bytes.begin() + 8)));
  BOOST_TEST(pair.end.violations().str() == "");
}

BOOST_AUTO_TEST_CASE(interrupts_are_writes_to_an_address) {
  TlpSettings s;
  s.interrupt_first = 0xfee00000;
  s.interrupt_last = 0xfee00fff;
  Pair pair(s);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> came;
  pair.end.interrupt = [&](std::uint64_t address, std::uint32_t data) {
    came.push_back({address, data});
  };
  const Bytes data{0x21, 0x43, 0, 0, 0, 0, 0, 0};
  pair.receive(write_of(0xfee00010, data, 4));
  BOOST_REQUIRE(came.size() == 1u);
  BOOST_TEST(came[0].first == 0xfee00010u);
  BOOST_TEST(came[0].second == 0x4321u);
  pair.receive(write_of(0xfee00010, data, 2));
  BOOST_TEST(pair.complains("not one whole double word"));
}

BOOST_AUTO_TEST_CASE(completions_and_reads_do_not_pass_writes) {
  // A read has taken effect after a write was asked for: its completion comes after that write.
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    TlpSettings s;
    s.timing = {0, 0, 0, true, seed};
    Pair pair(s);
    const Bytes data(600);
    Bytes to(4);
    pair.end.start_write(kBar, data.data(), 600);
    pair.end.start_read(kBar, to.data(), 4);
    pair.receive(read_of(kHost, 4));
    for (unsigned i = 0; i < 3; ++i) BOOST_TEST((pair.sent().kind == TlpKind::MemoryWrite));
    bool completion = false, read = false;
    for (unsigned i = 0; i < 2; ++i) {
      const TlpKind kind = pair.sent().kind;
      completion |= kind == TlpKind::CompletionData;
      read |= kind == TlpKind::MemoryRead;
    }
    BOOST_TEST(completion);
    BOOST_TEST(read);
  }
}

BOOST_AUTO_TEST_CASE(reordering_mixes_reads_but_never_one_read) {
  bool mixed = false;
  for (std::uint64_t seed = 1; seed < 10; ++seed) {
    TlpSettings s;
    s.limits = {128, 512, 64, 8};
    s.timing = {0, 0, 0, true, seed};
    Pair pair(s);
    for (unsigned tag = 0; tag < 4; ++tag) pair.receive(read_of(kHost + 512 * tag, 512, tag));
    std::map<unsigned, std::uint32_t> left;
    unsigned last = 0;
    while (!pair.end.idle()) {
      const Tlp tlp = pair.sent();
      if (!left.count(tlp.tag)) left[tlp.tag] = 512;
      BOOST_TEST(tlp.byte_count == left[tlp.tag]);
      left[tlp.tag] -= 4 * tlp.length;
      mixed |= tlp.tag < last;
      last = tlp.tag;
    }
    for (const auto& [tag, bytes] : left) BOOST_TEST(bytes == 0u);
    BOOST_TEST(left.size() == 4u);
  }
  BOOST_TEST(mixed);
}

namespace {

Tlp completion_of(const Tlp& read, const Bytes& data, std::uint32_t byte_count) {
  Tlp tlp;
  tlp.kind = TlpKind::CompletionData;
  tlp.requester = read.requester;
  tlp.tag = read.tag;
  tlp.length = static_cast<std::uint32_t>(data.size() / 4);
  tlp.byte_count = byte_count;
  tlp.lower_address = extent_of(read).address & 0x7f;
  tlp.payload = data.data();
  return tlp;
}

}  // namespace

BOOST_AUTO_TEST_CASE(completions_that_do_not_fit_are_refused) {
  const auto play = [](const char* what, auto&& change) {
    Pair pair;
    Bytes to(256), data(256);
    pair.end.start_read(kBar, to.data(), 256);
    const Tlp read = pair.sent();
    Tlp tlp = completion_of(read, data, 256);
    change(tlp);
    pair.receive(tlp);
    BOOST_TEST_CONTEXT(what) BOOST_TEST(pair.complains(what), pair.end.violations().str());
    return pair.responses;
  };
  const std::vector<Response> failed{Response::SlaveError}, none;
  BOOST_TEST((play("byte count is not", [](Tlp& t) { t.byte_count = 300; }) == failed));
  BOOST_TEST((play("lower address", [](Tlp& t) { t.lower_address = 4; }) == failed));
  BOOST_TEST((play("no read completion boundary", [](Tlp& t) { t.length = 31; }) == failed));
  BOOST_TEST((play("without data", [](Tlp& t) { t.kind = TlpKind::Completion; }) == failed));
  BOOST_TEST((play("nothing was asked", [](Tlp& t) { t.tag = 9; }) == none));
  BOOST_TEST((play("nothing was asked", [](Tlp& t) { t.tag = 1000; }) == none));
  BOOST_TEST((play("another requester", [](Tlp& t) { t.requester = 7; }) == none));
}

BOOST_AUTO_TEST_CASE(statuses_end_a_read) {
  const auto play = [](CompletionStatus status, bool poisoned) {
    Pair pair;
    Bytes to(64), data(64);
    pair.end.start_read(kBar, to.data(), 64);
    Tlp tlp = completion_of(pair.sent(), data, 64);
    tlp.status = status;
    tlp.poisoned = poisoned;
    if (status != CompletionStatus::Successful) tlp.kind = TlpKind::Completion;
    pair.receive(tlp);
    BOOST_REQUIRE(pair.responses.size() == 1u);
    BOOST_TEST(pair.end.idle());
    return pair.responses[0];
  };
  BOOST_TEST((play(CompletionStatus::Successful, false) == Response::Okay));
  BOOST_TEST((play(CompletionStatus::Successful, true) == Response::SlaveError));
  BOOST_TEST((play(CompletionStatus::UnsupportedRequest, false) == Response::DecodeError));
  BOOST_TEST((play(CompletionStatus::CompleterAbort, false) == Response::SlaveError));
}

BOOST_AUTO_TEST_CASE(a_read_that_nobody_answers_is_given_up) {
  TlpSettings s;
  s.completion_timeout = 100;
  Pair pair(s);
  Bytes to(4), data(4);
  pair.end.start_read(kBar, to.data(), 4);
  const Tlp read = pair.sent();
  const Tlp late = completion_of(read, data, 4);
  for (unsigned i = 0; i < 99; ++i) pair.end.clock();
  BOOST_TEST(pair.responses.empty());
  for (unsigned i = 0; i < 3; ++i) pair.end.clock();
  BOOST_REQUIRE(pair.responses.size() == 1u);
  BOOST_TEST((pair.responses[0] == Response::SlaveError));
  pair.receive(late);
  BOOST_TEST(pair.complains("nothing was asked"));
}

BOOST_AUTO_TEST_CASE(limits_are_watched) {
  TlpSettings s;
  s.limits = {128, 256, 64, 8};
  Pair pair(s);
  const Bytes data(4096);
  pair.receive(write_of(kHost, data, 132));
  BOOST_TEST(pair.complains("Max_Payload_Size"));
  pair.receive(read_of(kHost, 260));
  BOOST_TEST(pair.complains("Max_Read_Request_Size"));
  pair.receive(read_of(kHost, 4));
  BOOST_TEST(pair.complains("a tag that is in use"));
}

/// Any bytes as packets: nothing is lost of what memory has, and it still answers after a reset.
BOOST_AUTO_TEST_CASE(hostile_packets_do_no_harm) {
  Random random(99);
  TlpSettings s;
  s.timing = {3, 20, 10, true, 5};
  s.id = 0x0007;
  Pair pair(s);
  Bytes to(4096), packet;
  const Bytes data(4096);
  unsigned answers = 0;
  for (unsigned i = 0; i < 60'000; ++i) {
    Tlp tlp;
    tlp.kind = static_cast<TlpKind>(random.below(10));
    tlp.length = 1 + random.below(random.below(8) == 0 ? 1024 : 8);
    tlp.first_be = static_cast<std::uint8_t>(random.below(16));
    tlp.last_be = static_cast<std::uint8_t>(tlp.length == 1 ? 0 : random.below(16));
    tlp.address = (random.below(2) == 0 ? kHost : 0) + 4 * random.below(kSize / 2);
    tlp.tag = static_cast<std::uint16_t>(random.below(1024));
    tlp.requester = random.below(2) == 0 ? 0x0007 : static_cast<std::uint16_t>(random.below(4));
    tlp.byte_count = 1 + random.below(4096);
    tlp.lower_address = static_cast<std::uint8_t>(random.below(128));
    tlp.routing = static_cast<std::uint8_t>(random.below(8));
    tlp.status = static_cast<CompletionStatus>(random.below(4) == 0 ? random.below(8) : 0);
    if (tlp.kind == TlpKind::Completion || tlp.kind == TlpKind::Message) tlp.length = 0;
    tlp.payload = data.data();
    encode_tlp(tlp, packet);
    if (random.below(4) == 0)
      packet[random.below(static_cast<std::uint32_t>(packet.size()))] ^=
          static_cast<std::uint8_t>(1u << random.below(8));
    if (random.below(16) == 0)
      packet.resize(random.below(static_cast<std::uint32_t>(packet.size())));
    const Bytes exact(packet);
    pair.end.receive(exact.data(), exact.size());
    if (random.below(50) == 0 && pair.end.has_room()) pair.end.start_read(kBar, to.data(), 4096);
    if (random.below(3) != 0) {
      pair.end.clock();
      answers += pair.end.next(pair.packet);
    }
  }
  BOOST_TEST(answers > 1000u);
  BOOST_TEST(pair.end.violations().text().size() == Violations::kKept);
  pair.end.reset();
  BOOST_TEST(pair.end.idle());
  pair.receive(read_of(kHost, 4));
  BOOST_TEST((pair.sent().kind == TlpKind::CompletionData));
}
