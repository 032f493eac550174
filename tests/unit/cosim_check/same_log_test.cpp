// SPDX-License-Identifier: Apache-2.0
// The engine in RTL and our TLM engine, set to work as it does, do the same: 1,000 random chains
// from one seed leave the same log, record by record, but for what normal_form.h takes out.
#include <algorithm>
#include <iostream>

#include "checked_rtl.h"
#include "cosim/log/log.h"
#include "cosim/log/normal_form.h"
#include "driver/direct.h"
#include "driver/loopback.h"
#include "driver/test_memory.h"

using namespace ringside;
using namespace ringside::test;

namespace {

/// A log in memory: a line for each record, and the hash of all.
struct Log final : cosim::Listener {
  void see(const cosim::Transaction& t) override {
    hash.see(t);
    std::string line = cosim::to_string(t);
    cosim::Hash data;
    if (t.data) data.add(t.data, t.length);
    static const char kDigits[] = "0123456789abcdef";
    line += " =";
    for (std::uint32_t i = 0; t.data && i < std::min(t.length, 16u); ++i)
      line += {' ', kDigits[t.data[i] >> 4], kDigits[t.data[i] & 15]};
    if (t.length > 16) line += " ... hash " + std::to_string(data.value());
    lines.push_back(std::move(line));
    ++kinds[static_cast<unsigned>(t.kind)];
  }
  std::uint64_t count(cosim::Kind kind) const { return kinds[static_cast<unsigned>(kind)]; }
  std::vector<std::string> lines;
  std::array<std::uint64_t, 5> kinds{};
  cosim::StreamHash hash;
};

/// Empty, or where two logs part.
std::string difference(const Log& tlm, const Log& rtl) {
  const auto [a, b] =
      std::mismatch(tlm.lines.begin(), tlm.lines.end(), rtl.lines.begin(), rtl.lines.end());
  if (a == tlm.lines.end() && b == rtl.lines.end()) return {};
  std::string out = "the logs part at record " + std::to_string(a - tlm.lines.begin()) + "\n";
  for (auto before = a - std::min<std::ptrdiff_t>(6, a - tlm.lines.begin()); before != a; ++before)
    out += "  both " + *before + "\n";
  out += "  TLM  " + (a == tlm.lines.end() ? std::string("ends") : *a) + "\n";
  out += "  RTL  " + (b == rtl.lines.end() ? std::string("ends") : *b) + "\n";
  return out;
}

struct Script {
  bool packed = false;
  Form form = Form::Direct;
  bool event_idx = false;
  std::uint64_t seed = 1;
  unsigned chains = 1000;
};

/// A driver whose every step follows from the seed, not from time: it gives a batch, lets the
/// device come to rest, and takes the batch back.
class Steps {
 public:
  Steps(Driver& driver, GuestMemory& memory, Arena& arena, Log& log, const Script& script)
      : driver_(driver),
        memory_(memory),
        arena_(arena),
        log_(log),
        script_(script),
        random_(script.seed) {}

  void run() {
    arena_.release_all();
    base_ = arena_.take(kSlots * 2 * kHalf, 4096);
    Driver::Bits bits{32};
    if (script_.form != Form::Direct) bits.push_back(28);
    if (script_.event_idx) bits.push_back(29);
    if (script_.packed) bits.push_back(34);
    const auto size = static_cast<std::uint16_t>(8u << random_.below(3));
    if (!driver_.bring_up(bits, size)) throw std::runtime_error("bring-up");
    rest();  // engines may look at a queue that has just been enabled
    while (done_ < script_.chains) batch(std::min(1 + random_.below(4), script_.chains - done_));
  }

 private:
  static constexpr std::uint64_t kHalf = 8192;  // of a slot: readable, writable
  static constexpr unsigned kSlots = 4;

  void batch(unsigned most) {
    DriverQueue& queue = driver_.queue();
    unsigned given = 0;
    while (given < most && add(given)) ++given;
    // As the driver wishes before the batch, so it stays.
    const unsigned wish = random_.below(given + 1);
    if (wish == 0)
      queue.disable_interrupts();
    else
      queue.enable_interrupts(wish);
    driver_.submit();
    rest();
    for (unsigned back = 0; back < given; ++back) {
      const auto completion = queue.next_used();
      if (!completion) throw std::runtime_error("a request did not come back");
      const Request& r = requests_.at(completion->token);
      if (completion->written != std::min(r.readable, r.writable))
        throw std::runtime_error("used length");
    }
    done_ += given;
  }

  /// Nothing has happened for some time.
  void rest() {
    for (std::size_t before = ~std::size_t{0}; before != log_.lines.size();) {
      before = log_.lines.size();
      sc_core::wait(20, sc_core::SC_US);
    }
  }

  std::vector<Piece> place(std::uint64_t at, std::uint32_t& total) {
    std::vector<Piece> pieces;
    total = 0;
    std::uint32_t left = random_.below(5) == 0 ? 6000 : 300;
    for (unsigned i = 0, count = random_.below(4); i < count; ++i) {
      at += random_.below(40);
      const std::uint32_t bytes = random_.below(12) == 0 ? 0 : 1 + random_.below(left);
      pieces.push_back({at, bytes});
      at += bytes + 1;  // pieces of one request do not touch: joined or not, they are two
      left = std::max(1u, left - bytes);
      total += bytes;
    }
    return pieces;
  }

  bool add(unsigned slot) {
    const std::uint64_t in = base_ + 2 * kHalf * slot, out = in + kHalf;
    Request r;
    auto readable = place(in, r.readable), writable = place(out, r.writable);
    if (readable.empty() && writable.empty()) {
      writable.push_back({out, 1});
      r.writable = 1;
    }
    std::vector<std::uint8_t> bytes(kHalf);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(256));
    memory_.write(in, bytes.data(), kHalf);
    requests_.at(slot) = r;
    return driver_.queue().add(readable, writable, slot, script_.form);
  }

  struct Request {
    std::uint32_t readable = 0, writable = 0;
  };
  Driver& driver_;
  GuestMemory& memory_;
  Arena& arena_;
  Log& log_;
  Script script_;
  cosim::Random random_;
  std::uint64_t base_ = 0;
  std::array<Request, kSlots> requests_;
  unsigned done_ = 0;
};

/// As virtqueue_core works: one access at a time, nothing read ahead, each request published before
/// the next is looked for.
constexpr const char* kTlm =
    "accuracy: timed\nchildren:\n  d: {type: loopback, packed: true, engine: {type: ideal, "
    "publish_each: true, avail_batch: 1, descriptor_prefetch: 1, outstanding_reads: 1}}\n";

/// Both engines in one simulation, each with a memory of its own in the same place.
class BothEngines {
 public:
  explicit BothEngines(const DutSettings& settings)
      : rtl_(settings, kTlm, register_loopback),
        memory_(RtlBench::kBase, RtlBench::kBytes),
        arena_(RtlBench::kBase, RtlBench::kBytes),
        device_(rtl_.bench.sim.model<Loopback>("d")),
        dma_(memory_, stream_),
        access_(device_, dma_),
        driver_(access_, memory_, arena_) {
    memory_.latency = {13, sc_core::SC_NS};
    access_.watch.to(&stream_);
    device_.instead = [this](unsigned) {
      serve();
      return true;
    };
    stream_.add(tlm_tap_);
    rtl_.stream.add(rtl_tap_);
  }

  bool run(const std::function<void()>& steps) {
    return rtl_.bench.run(steps, {100, sc_core::SC_SEC});
  }
  /// What each has done with the script.
  void move(const Script& script) {
    tlm = log_of(tlm_tap_, driver_, memory_, arena_, script);
    rtl = log_of(rtl_tap_, rtl_.driver, rtl_.bench.memory, rtl_.bench.arena, script);
  }
  std::unique_ptr<Log> tlm, rtl;
  /// Another engine in RTL.
  void replace(const DutSettings& settings) { rtl_.replace(settings); }

 private:
  struct Tap final : cosim::Listener {
    void see(const cosim::Transaction& t) override {
      if (to) to->see(t);
    }
    cosim::Listener* to = nullptr;
  };
  static std::unique_ptr<Log> log_of(Tap& tap, Driver& driver, GuestMemory& memory, Arena& arena,
                                     const Script& script) {
    auto log = std::make_unique<Log>();
    cosim::NormalForm form(*log);
    tap.to = &form;
    try {
      Steps(driver, memory, arena, *log, script).run();
    } catch (const std::runtime_error& e) {
      log->lines.push_back(std::string("the driver: ") + e.what());
    }
    form.finish();
    tap.to = nullptr;
    return log;
  }
  /// As the part behind the engine in RTL: all is read, as much as fits is written.
  void serve() {
    virtio::Virtqueue& queue = device_.queue(0);
    while (virtio::ChainPtr chain = queue.pop()) {
      std::vector<std::uint8_t> data(chain->readable_bytes());
      bool good = chain->read(0, data.data(), data.size());
      for (auto& byte : data) byte = static_cast<std::uint8_t>(~byte);
      data.resize(std::min<std::size_t>(data.size(), chain->writable_bytes()));
      good = good && chain->write(0, data.data(), data.size());
      if (!good) return;
      queue.push(std::move(chain), static_cast<std::uint32_t>(data.size()));
      queue.flush();
    }
  }

  WatchedRtl rtl_;
  TestMemory memory_;
  Arena arena_;
  Loopback& device_;
  cosim::TransactionStream stream_;
  cosim::WatchedDma dma_;
  DirectAccess access_;
  Driver driver_;
  Tap tlm_tap_, rtl_tap_;
};

void same_logs(unsigned width) {
  const std::uint32_t seed = seed_of_run();
  std::cout << "RINGSIDE_SEED=" << seed << std::endl;
  DutSettings settings;
  settings.width = width;
  settings.timing = {3, 9, 10, true, seed};
  BothEngines engines(settings);
  std::mt19937 random(seed);
  unsigned runs = 0;
  engines.run([&] {
    for (bool packed : {false, true})
      for (Form form : {Form::Direct, Form::Indirect})
        for (bool event_idx : {false, true}) {
          engines.move({packed, form, event_idx, random(), 1000});
          const Log &tlm = *engines.tlm, &rtl = *engines.rtl;
          const std::string what = std::to_string(width) + " bits, " +
                                   (packed ? "packed" : "split") +
                                   (form == Form::Direct ? ", direct" : ", indirect") +
                                   (event_idx ? ", event index" : "");
          const std::string parted = difference(tlm, rtl);
          BOOST_TEST(parted == "", "RINGSIDE_SEED=" << seed << " " << what << ": " << parted);
          BOOST_TEST(tlm.hash.value() == rtl.hash.value());
          // Used element (and index), and interrupts that were asked for: all of it has happened.
          BOOST_TEST(tlm.count(cosim::Kind::DmaWrite) >= (packed ? 1000u : 2000u));
          BOOST_TEST(tlm.count(cosim::Kind::Interrupt) >= 200u);
          std::cout << what << ": " << tlm.lines.size() << " records, hash " << std::hex
                    << tlm.hash.value() << std::dec << std::endl;
          ++runs;
        }
  });
  BOOST_TEST(runs == 8u);
}

}  // namespace

SIM_TEST_CASE(tlm_and_rtl_64_bits) {
  same_logs(64);
}
SIM_TEST_CASE(tlm_and_rtl_128_bits) {
  same_logs(128);
}
SIM_TEST_CASE(tlm_and_rtl_256_bits) {
  same_logs(256);
}

/// The comparison sees what a driver does not.
SIM_TEST_CASE(logs_part_where_a_bug_is) {
  struct Case {
    unsigned bug;
    const char *tlm, *rtl;  // of the first record that differs
  };
  DutSettings settings;
  BothEngines engines(settings);
  engines.run([&] {
    engines.move({false, Form::Direct, false, 5, 20});
    BOOST_TEST(difference(*engines.tlm, *engines.rtl) == "");
    for (const Case& c : {Case{4, "dma write queue 0 used_ring", "dma write queue 0 used_index"},
                          Case{8, "register write 0x3000", "dma read queue 0 avail_ring"},
                          Case{16, "dma read queue 0 avail_ring", "interrupt queue 0"}}) {
      settings.bug = c.bug;
      engines.replace(settings);
      engines.move({false, Form::Direct, false, 5, 20});
      const std::string parted = difference(*engines.tlm, *engines.rtl);
      std::cout << "bug " << c.bug << ": " << parted;
      const auto tlm = parted.find("  TLM  "), rtl = parted.find("  RTL  ");
      BOOST_TEST_REQUIRE((tlm != std::string::npos && rtl != std::string::npos), parted);
      BOOST_TEST(parted.substr(tlm, rtl - tlm).find(c.tlm) != std::string::npos, parted);
      BOOST_TEST(parted.substr(rtl).find(c.rtl) != std::string::npos, parted);
    }
  });
}
