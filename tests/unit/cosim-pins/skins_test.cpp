// SPDX-License-Identifier: Apache-2.0
// One engine, one driver, two skins: cores that are called directly on a verilated struct, and the
// same cores behind pins of a design that is verilated with --sc. 1,000 random chains give the same
// log, access by access, in the same clocks.
#include <iostream>

#include "cosim/check/bus_transaction.h"
#include "cosim/check/checker.h"
#include "cosim/log/log.h"
#include "driver/watch.h"
#include "rtl/bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

constexpr std::uint64_t kBase = 0x80000000;
constexpr std::size_t kBytes = 1 << 20;

struct Log {
  std::uint64_t hash = 0, transactions = 0, clocks = 0, interrupts = 0;
  std::string wrong;
  bool operator==(const Log& o) const {
    return hash == o.hash && transactions == o.transactions && clocks == o.clocks &&
           interrupts == o.interrupts;
  }
};

/// A driver that runs the engine until it rests, and looks: no time of SystemC is in it, so both
/// skins see the same driver.
class Play {
 public:
  explicit Play(const DutSettings& settings)
      : dut_(Dut::make(settings, memory_.bus)),
        inner_(*dut_),
        access_(inner_, stream_),
        driver_(access_, memory_, arena_),
        random_(settings.timing.seed) {
    stream_.add(hash_);
    stream_.add(checker_);
    dut_->observer = [this](const cosim::BusAccess& seen) {
      cosim::Transaction t = cosim::transaction_of(seen, 4000, 0);
      stream_.send(t);
    };
    dut_->interrupt = [this](unsigned vector) {
      ++log.interrupts;
      if (vector != 0) stream_.interrupt(0, vector - 1);
    };
  }

  void run(unsigned chains, bool packed, bool indirect, bool event_idx) {
    Driver::Bits bits{32};
    if (packed) bits.push_back(34);
    if (indirect) bits.push_back(28);
    if (event_idx) bits.push_back(29);
    if (!driver_.bring_up(bits, 16)) {
      log.wrong = "bring-up";
      return;
    }
    const std::uint64_t data = arena_.take(0x8000, 4096);
    for (unsigned sent = 0; sent < chains && log.wrong.empty();) {
      unsigned batch = 1 + random_.below(4);
      if (batch > chains - sent) batch = chains - sent;
      for (unsigned i = 0; i < batch; ++i, ++sent) add(data + 0x2000 * i, i, indirect);
      driver_.submit();
      while (dut_->run(256) != 0) {
      }
      for (unsigned i = 0; i < batch; ++i) {
        const auto completion = driver_.queue().next_used();
        if (!completion) {
          log.wrong = "chain " + std::to_string(sent) + " did not come back";
          return;
        }
      }
    }
    log.hash = hash_.value();
    log.transactions = checker_.transactions();
    log.clocks = dut_->cycle();
    checker_.finish();
    log.wrong += checker_.findings().str() + dut_->violations();
    if (checker_.used() != chains) log.wrong += "chains are missing";
  }
  Log log;

 private:
  void add(std::uint64_t at, unsigned token, bool indirect) {
    std::vector<Piece> readable, writable;
    for (unsigned i = 0, n = random_.below(3); i < n; ++i)
      readable.push_back({at + 0x800 * i + random_.below(64), 1 + random_.below(500)});
    for (unsigned i = 0, n = readable.empty() ? 1 + random_.below(2) : random_.below(3); i < n; ++i)
      writable.push_back({at + 0x1000 + 0x800 * i + random_.below(64), 1 + random_.below(500)});
    for (const Piece& piece : readable)
      for (std::uint32_t i = 0; i < piece.length; ++i) {
        const auto byte = static_cast<std::uint8_t>(random_.below(256));
        memory_.write(piece.address + i, &byte, 1);
      }
    driver_.queue().add(readable, writable, token, indirect ? Form::Indirect : Form::Direct);
  }

  SharedMemory memory_{kBase, kBytes};
  Arena arena_{kBase, kBytes};
  cosim::TransactionStream stream_;
  cosim::StreamHash hash_;
  cosim::Checker checker_;
  std::unique_ptr<Dut> dut_;
  RtlAccess inner_;
  WatchedAccess access_;
  Driver driver_;
  cosim::Random random_;
};

/// Both at once in one simulation.
void same(const DutSettings& settings, bool packed, bool indirect, bool event_idx) {
  Sim sim("children: {}\n");
  DutSettings with_pins = settings;
  with_pins.pins = true;
  Play direct(settings), pins(with_pins);
  run_steps(sim,
            [&] {
              direct.run(1000, packed, indirect, event_idx);
              pins.run(1000, packed, indirect, event_idx);
            },
            {10, sc_core::SC_SEC});
  BOOST_TEST(direct.log.wrong == "");
  BOOST_TEST(pins.log.wrong == "");
  std::cout << std::hex << "direct " << direct.log.hash << ", pins " << pins.log.hash << std::dec
            << ", " << pins.log.transactions << " transactions, " << pins.log.clocks << " clocks"
            << std::endl;
  BOOST_TEST(direct.log.hash == pins.log.hash);
  BOOST_TEST(direct.log.transactions == pins.log.transactions);
  BOOST_TEST(direct.log.interrupts == pins.log.interrupts);
  BOOST_TEST(direct.log.clocks == pins.log.clocks);
  BOOST_TEST(direct.log.transactions > 5000u);
}

DutSettings rough(unsigned width, std::uint64_t seed) {
  DutSettings settings;
  settings.width = width;
  settings.timing = {5, 20, 30, true, seed};
  settings.stream_stall = 20;
  settings.interrupt_stall = 20;
  return settings;
}

}  // namespace

SIM_TEST_CASE(both_skins_give_the_same_log_64_bits_split) {
  same({}, false, false, false);
}
SIM_TEST_CASE(both_skins_give_the_same_log_64_bits_packed_rough) {
  same(rough(64, 7), true, false, true);
}
SIM_TEST_CASE(both_skins_give_the_same_log_128_bits_indirect_rough) {
  same(rough(128, 8), false, true, true);
}
SIM_TEST_CASE(both_skins_give_the_same_log_256_bits_rough) {
  same(rough(256, 9), true, true, false);
}

SIM_TEST_CASE(another_seed_is_another_run) {
  Sim sim("children: {}\n");
  Play a(rough(64, 7)), b(rough(64, 8));
  run_steps(sim,
            [&] {
              a.run(50, false, false, false);
              b.run(50, false, false, false);
            },
            {1, sc_core::SC_SEC});
  BOOST_TEST(a.log.hash != b.log.hash);
}
