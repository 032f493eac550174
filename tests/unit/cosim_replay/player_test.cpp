// SPDX-License-Identifier: Apache-2.0
// The player by hand: accesses in order, cut otherwise, too early; each kind of difference; logs
// that cannot be played.
#include "cosim/replay/player.h"

#include "log_file.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::cosim;
using Kinds = Difference::Kind;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr std::uint64_t kAvail = 0x1000, kTable = 0x2000, kUsed = 0x3000, kBuffer = 0x4000;

Entry entry(Kind kind, std::uint64_t address, Bytes data, Purpose purpose = Purpose::Payload,
            std::uint16_t queue = 0) {
  Entry e;
  e.t.kind = kind;
  e.t.purpose = purpose;
  e.t.address = address;
  e.t.length = static_cast<std::uint32_t>(data.size());
  const bool is_register = kind == Kind::RegisterRead || kind == Kind::RegisterWrite;
  e.t.queue = is_register ? Transaction::kNoQueue : queue;
  e.data = std::move(data);
  return e;
}
Entry reg_write(std::uint64_t offset, Bytes data) {
  return entry(Kind::RegisterWrite, offset, std::move(data), Purpose::Config);
}
Entry reg_read(std::uint64_t offset, Bytes data) {
  return entry(Kind::RegisterRead, offset, std::move(data), Purpose::Config);
}
Entry interrupt(std::uint16_t queue = 0) {
  return entry(Kind::Interrupt, 0, {}, Purpose::Interrupt, queue);
}

std::vector<Entry> numbered(std::vector<Entry> entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].t.number = i;
    entries[i].t.time = 1000 * i;
  }
  return entries;
}

/// A request as a device sees it: notification, index, entry, descriptor, data, used, interrupt.
std::vector<Entry> session() {
  return numbered({
      reg_write(0x3000, {0, 0}),
      entry(Kind::DmaRead, kAvail, {0, 0, 1, 0}, Purpose::AvailIndex),
      entry(Kind::DmaRead, kTable, Bytes(16, 7), Purpose::Descriptor),
      entry(Kind::DmaWrite, kBuffer, {1, 2, 3, 4, 5, 6, 7, 8}),
      entry(Kind::DmaWrite, kUsed + 4, {0, 0, 0, 0, 8, 0, 0, 0}, Purpose::UsedRing),
      entry(Kind::DmaWrite, kUsed + 2, {1, 0}, Purpose::UsedIndex),
      interrupt(),
      reg_read(0x14, {15}),
  });
}

struct Played {
  explicit Played(const std::vector<Entry>& entries, std::uint32_t keep = LogWriter::kMostData) {
    write_log(file.path, entries, keep);
    player = std::make_unique<Player>(file.path);
  }

  /// What the recorded device did at an entry, done by this one.
  bool step(const Entry& e) {
    Transaction t = e.view();
    switch (t.kind) {
      case Kind::RegisterWrite:
        BOOST_TEST_REQUIRE((player->next() == Player::Next::Register));
        player->register_written(++now);
        return true;
      case Kind::RegisterRead: {
        BOOST_TEST_REQUIRE((player->next() == Player::Next::Register));
        std::uint64_t value = 0;
        for (unsigned i = 0; i < t.length; ++i) value |= std::uint64_t{t.data[i]} << (8 * i);
        return player->register_read(value, ++now);
      }
      case Kind::Interrupt:
        player->interrupt(t.queue, ++now);
        return true;
      default:
        return dma(t);
    }
  }
  bool dma(const Transaction& t) {
    const Player::Turn turn = player->turn(t);
    if (turn == Player::Turn::Never) player->extra(t, ++now);
    if (turn != Player::Turn::Now) return false;
    brought.assign(t.length, 0);
    status = player->take(t, brought.data(), ++now);
    return true;
  }
  void steps(const std::vector<Entry>& entries) {
    for (const Entry& e : entries) step(e);
  }
  const ReplayOutcome& outcome() {
    player->next();
    player->finish();
    return player->outcome();
  }
  /// The one difference that there has to be.
  const Difference& difference() {
    BOOST_TEST_REQUIRE(outcome().differences.count() == 1u, outcome().str());
    BOOST_TEST_MESSAGE(outcome().differences.str());
    return outcome().differences.kept().front();
  }

  TemporaryFile file;
  std::unique_ptr<Player> player;
  Bytes brought;
  AccessStatus status = AccessStatus::Ok;
  std::uint64_t now = 0;
};

std::uint64_t hash_of(const std::vector<Entry>& entries) {
  StreamHash hash;
  for (const Entry& e : entries) hash.see(e.view());
  return hash.value();
}

/// Two accesses instead of one.
std::vector<Entry> halves(const Entry& e) {
  Entry first = e, second = e;
  const auto middle = static_cast<long>(e.data.size() / 2);
  first.data.assign(e.data.begin(), e.data.begin() + middle);
  second.data.assign(e.data.begin() + middle, e.data.end());
  first.t.length = static_cast<std::uint32_t>(first.data.size());
  second.t.length = static_cast<std::uint32_t>(second.data.size());
  second.t.address += first.data.size();
  return {first, second};
}

}  // namespace

BOOST_AUTO_TEST_CASE(as_recorded) {
  const auto entries = session();
  Played played(entries);
  StreamHash seen;
  played.player->add(seen);
  for (const Entry& e : entries) {
    BOOST_TEST(played.step(e));
    if (e.t.kind == Kind::DmaRead) BOOST_TEST((played.brought == e.data));
  }
  const ReplayOutcome& outcome = played.outcome();
  BOOST_TEST((played.player->next() == Player::Next::Over));
  BOOST_TEST(outcome.good(), outcome.str());
  BOOST_TEST(outcome.records == 8u);
  BOOST_TEST(outcome.registers == 2u);
  BOOST_TEST(outcome.dma == 5u);
  BOOST_TEST(outcome.interrupts == 1u);
  BOOST_TEST(outcome.bytes == 4u + 16 + 8 + 8 + 2);
  BOOST_TEST(outcome.hash == hash_of(entries));
  BOOST_TEST(outcome.recorded_hash == outcome.hash);
  BOOST_TEST(seen.value() == outcome.hash);
}

BOOST_AUTO_TEST_CASE(cut_otherwise_is_the_same) {
  const auto entries = session();
  Played smaller(entries);
  for (const Entry& e : entries) {
    if (e.data.size() >= 4 && e.t.is_dma()) {
      auto parts = halves(e);
      if (e.t.kind == Kind::DmaWrite) std::swap(parts[0], parts[1]);
      for (const Entry& part : parts) BOOST_TEST(smaller.step(part));
    } else {
      BOOST_TEST(smaller.step(e));
    }
  }
  BOOST_TEST(smaller.outcome().good(), smaller.outcome().str());
  BOOST_TEST(smaller.outcome().hash == hash_of(entries));

  // And the other way round: the log has halves, the device whole accesses.
  std::vector<Entry> cut;
  for (const Entry& e : entries) {
    if (e.data.size() >= 4 && e.t.is_dma())
      for (const Entry& part : halves(e)) cut.push_back(part);
    else
      cut.push_back(e);
  }
  cut = numbered(cut);
  Played larger(cut);
  for (const Entry& e : entries) {
    BOOST_TEST(larger.step(e));
    if (e.t.kind == Kind::DmaRead) BOOST_TEST((larger.brought == e.data));
  }
  BOOST_TEST(larger.outcome().good(), larger.outcome().str());
  BOOST_TEST(larger.outcome().hash == hash_of(cut));
}

BOOST_AUTO_TEST_CASE(accesses_wait_for_their_turn) {
  const auto entries = session();
  Played played(entries);
  BOOST_TEST(!played.step(entries[1]));  // before the notification
  played.step(entries[0]);
  BOOST_TEST(!played.step(entries[2]));
  BOOST_TEST(played.step(entries[1]));
  BOOST_TEST(played.step(entries[2]));
  // Over the end of a record into one that is not next: not yet.
  Entry both = entry(Kind::DmaWrite, kUsed + 2, {1, 0, 0, 0, 0, 0, 8, 0, 0, 0}, Purpose::UsedRing);
  BOOST_TEST(!played.step(both));
  BOOST_TEST(played.step(entries[3]));
  BOOST_TEST(played.step(both));  // element and index in one
  BOOST_TEST(played.step(entries[6]));
  BOOST_TEST(played.step(entries[7]));
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  BOOST_TEST(played.outcome().hash == hash_of(entries));
}

BOOST_AUTO_TEST_CASE(statuses_are_played) {
  auto entries = session();
  entries[1].t.status = AccessStatus::AddressError;
  Played played(entries);
  played.step(entries[0]);
  played.step(entries[1]);
  BOOST_TEST((played.status == AccessStatus::AddressError));
}

BOOST_AUTO_TEST_CASE(strobes_count_by_byte) {
  auto entries = session();
  entries[3].strobes = {1, 1, 0, 0, 1, 1, 1, 1};
  Played played(entries);
  for (const Entry& e : entries) BOOST_TEST(played.step(e));
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  // A byte too many.
  Played more(entries);
  for (unsigned i = 0; i < 3; ++i) more.step(entries[i]);
  Entry clobbers = entries[3];
  clobbers.strobes[2] = 1;
  BOOST_TEST(!more.step(clobbers));
  BOOST_TEST((more.difference().kind == Kinds::Extra));
}

BOOST_AUTO_TEST_CASE(messages_are_left_out) {
  auto entries = session();
  entries.insert(entries.begin() + 6,
                 entry(Kind::DmaWrite, 0x28000000, {1, 0, 0, 0}, Purpose::Interrupt));
  Played played(numbered(entries));
  played.steps(session());
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  BOOST_TEST(played.outcome().hash == hash_of(session()));
}

BOOST_AUTO_TEST_CASE(large_writes_may_be_hashes) {
  const auto entries = session();
  Played played(entries, 16);
  for (const Entry& e : entries) BOOST_TEST(played.step(e));
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  auto large = session();
  large[3] = entry(Kind::DmaWrite, kBuffer, Bytes(17, 3));
  large = numbered(large);
  Played whole(large, 16);
  whole.steps(large);
  BOOST_TEST(whole.outcome().good(), whole.outcome().str());
  Played other(large, 16);
  large[3].data[16] = 4;
  other.steps(large);
  BOOST_TEST((other.difference().kind == Kinds::WrittenBytes));
  // What was read has to be there.
  large[2] = entry(Kind::DmaRead, kTable, Bytes(17, 3));
  Played reads(numbered(large), 16);
  for (unsigned i = 0; i < 3; ++i) reads.step(large[i]);
  BOOST_TEST(reads.outcome().error.find("record 2 ") == 0u, reads.outcome().error);
  BOOST_TEST(!reads.outcome().good());
}

BOOST_AUTO_TEST_CASE(payload_moves_in_any_order) {
  auto entries = session();
  entries.insert(entries.begin() + 4, {entry(Kind::DmaRead, kBuffer + 0x100, Bytes(8, 1)),
                                       entry(Kind::DmaWrite, kBuffer + 0x200, {9, 9})});
  entries = numbered(entries);
  Played played(entries);
  for (unsigned i : {0u, 1u, 2u, 5u, 4u}) BOOST_TEST(played.step(entries[i]));
  BOOST_TEST(!played.step(entries[6]));  // but all of it before the used element
  BOOST_TEST(played.step(entries[3]));
  for (unsigned i = 6; i < entries.size(); ++i) BOOST_TEST(played.step(entries[i]));
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  BOOST_TEST(played.outcome().hash == hash_of(entries));
}

// ---- differences

BOOST_AUTO_TEST_CASE(another_byte_in_a_write) {
  const auto entries = session();
  Played played(entries);
  for (Entry e : entries) {
    if (e.t.purpose == Purpose::UsedRing) e.data[5] = 1;
    played.step(e);
  }
  const Difference& d = played.difference();
  BOOST_TEST((d.kind == Kinds::WrittenBytes));
  BOOST_TEST(d.record == 4u);
  BOOST_TEST(d.queue == 0u);
  BOOST_TEST(
      d.str() ==
      "written-bytes: record 4 at 5 ps, queue 0: expected dma write queue 0 used_ring 0x3004 "
      "+8, from byte 5 on 00 00 00, found 01 00 00");
  // The rest of the log has been played.
  BOOST_TEST(played.outcome().records == 8u);
  BOOST_TEST(played.outcome().hash != hash_of(entries));
  BOOST_TEST(played.outcome().recorded_hash == hash_of(entries));
}

BOOST_AUTO_TEST_CASE(another_value_in_a_register) {
  auto entries = session();
  Played played(entries);
  entries.back().data[0] = 0x4f;
  played.steps(entries);
  BOOST_TEST((played.difference().kind == Kinds::RegisterValue));
  BOOST_TEST(played.difference().str().find("register read 0x14 +1 with 0xf, found 0x4f") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_interrupt) {
  const auto entries = session();
  Played played(entries);
  for (unsigned i = 0; i < 6; ++i) played.step(entries[i]);
  BOOST_TEST((played.player->next() == Player::Next::Device));
  played.player->stands_still(nullptr, 99);
  const Difference& d = played.difference();
  BOOST_TEST((d.kind == Kinds::Missing));
  BOOST_TEST(d.str() ==
             "missing: record 6 at 99 ps, queue 0: expected interrupt queue 0, found nothing");
}

BOOST_AUTO_TEST_CASE(an_interrupt_too_many) {
  const auto entries = session();
  Played played(entries);
  for (unsigned i = 0; i < 7; ++i) played.step(entries[i]);
  played.player->interrupt(0, 99);
  BOOST_TEST((played.difference().kind == Kinds::Extra));
  BOOST_TEST((played.player->next() == Player::Next::Over));
}

BOOST_AUTO_TEST_CASE(an_interrupt_before_the_used_index) {
  const auto entries = session();
  Played played(entries);
  for (unsigned i = 0; i < 5; ++i) played.step(entries[i]);
  played.step(entries[6]);
  BOOST_TEST((played.difference().kind == Kinds::Extra));
  BOOST_TEST(played.difference().record == 5u);
}

BOOST_AUTO_TEST_CASE(an_interrupt_before_what_does_not_matter) {
  auto entries = session();
  entries.insert(entries.begin() + 6,
                 {entry(Kind::DmaRead, kAvail, {0, 0, 1, 0}, Purpose::AvailIndex),
                  entry(Kind::DmaWrite, kUsed, {9}, Purpose::UsedRing, 1)});
  entries = numbered(entries);
  Played played(entries);
  for (unsigned i = 0; i < 6; ++i) played.step(entries[i]);
  played.step(entries[8]);
  for (unsigned i : {6u, 7u, 9u}) BOOST_TEST(played.step(entries[i]));
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  BOOST_TEST(played.outcome().hash == hash_of(entries));
}

BOOST_AUTO_TEST_CASE(a_read_too_many) {
  const auto entries = session();
  Played played(entries);
  for (unsigned i = 0; i < 3; ++i) played.step(entries[i]);
  BOOST_TEST(!played.step(entry(Kind::DmaRead, kAvail + 4, {0, 0}, Purpose::AvailRing)));
  const Difference& d = played.difference();
  BOOST_TEST((d.kind == Kinds::Extra));
  BOOST_TEST(
      d.str() ==
      "extra: record 3 at 4 ps, queue 0: expected dma write queue 0 payload 0x4000 +8, found "
      "dma read queue 0 avail_ring 0x1004 +2");
  // Nothing more is played.
  BOOST_TEST(!played.step(entries[3]));
  BOOST_TEST((played.player->next() == Player::Next::Over));
}

BOOST_AUTO_TEST_CASE(a_read_that_is_too_long) {
  const auto entries = session();
  Entry longer = entries[1];
  longer.data.resize(8);
  longer.t.length = 8;
  Played played(entries);
  played.step(entries[0]);
  BOOST_TEST(!played.step(longer));
  BOOST_TEST((played.difference().kind == Kinds::Extra));
  // A design that does not say what it means.
  Played slack(entries);
  slack.player->set_slack(7);
  slack.step(entries[0]);
  BOOST_TEST(slack.step(longer));
  BOOST_TEST((slack.brought == Bytes{0, 0, 1, 0, 0xdb, 0xdb, 0xdb, 0xdb}));
  for (unsigned i = 2; i < entries.size(); ++i) BOOST_TEST(slack.step(entries[i]));
  BOOST_TEST(slack.outcome().good(), slack.outcome().str());
}

BOOST_AUTO_TEST_CASE(wrong_order) {
  const auto entries = session();
  Played played(entries);
  for (unsigned i = 0; i < 4; ++i) played.step(entries[i]);
  BOOST_TEST(!played.step(entries[5]));  // the index first, and then nothing
  const Transaction waits = entries[5].view();
  played.player->stands_still(&waits, 99);
  const Difference& d = played.difference();
  BOOST_TEST((d.kind == Kinds::Order));
  BOOST_TEST(d.str() ==
             "order: record 4 at 99 ps, queue 0: expected dma write queue 0 used_ring 0x3004 +8, "
             "found dma write queue 0 used_index 0x3002 +2 before it");
}

BOOST_AUTO_TEST_CASE(queues_are_told_apart) {
  const auto entries = session();
  Played played(entries);
  played.step(entries[0]);
  Entry other = entries[1];
  other.t.queue = 1;
  BOOST_TEST(!played.step(other));
  BOOST_TEST((played.difference().kind == Kinds::Extra));
  Played unknown(entries);
  unknown.step(entries[0]);
  other.t.queue = Transaction::kNoQueue;
  BOOST_TEST(unknown.step(other));
}

// ---- resets

BOOST_AUTO_TEST_CASE(a_reset_takes_its_time) {
  const auto entries = numbered({reg_read(0x14, {3}), reg_write(0x14, {0}), reg_read(0x14, {15}),
                                 reg_read(0x14, {0}), reg_read(0x14, {0})});
  Played quick(entries);
  quick.step(entries[0]);
  quick.step(entries[1]);
  BOOST_TEST(quick.player->register_read(0, 5));  // sooner than recorded
  quick.step(entries[3]);
  quick.step(entries[4]);
  BOOST_TEST(quick.outcome().good(), quick.outcome().str());
  BOOST_TEST(quick.outcome().hash == hash_of(entries));
  Played slow(entries);
  for (unsigned i = 0; i < 3; ++i) slow.step(entries[i]);
  BOOST_TEST(!slow.player->register_read(15, 5));  // later: ask again
  BOOST_TEST(slow.player->register_read(0, 6));
  BOOST_TEST(slow.player->register_read(15, 7));  // but over is over
  BOOST_TEST((slow.difference().kind == Kinds::RegisterValue));
}

BOOST_AUTO_TEST_CASE(legacy_drivers_are_refused) {
  const auto entries = numbered({reg_write(0x08, {0, 0, 0, 0}), reg_write(0x0c, {1, 0, 0, 0}),
                                 reg_write(0x14, {7}), reg_write(0x3000, {0, 0})});
  Played played(entries);
  played.step(entries[0]);
  played.step(entries[1]);
  played.player->register_written(3);
  BOOST_TEST((played.player->next() == Player::Next::Over));
  BOOST_TEST(played.outcome().error.find("record 2: the driver uses the legacy interface") == 0u);
}

// ---- logs

BOOST_AUTO_TEST_CASE(a_log_that_is_cut_off) {
  const auto entries = session();
  Played played(entries);
  const std::string whole = played.file.bytes();
  played.file.put(whole.substr(0, whole.size() - 1));
  played.player = std::make_unique<Player>(played.file.path);
  for (unsigned i = 0; i < 7; ++i) BOOST_TEST(played.step(entries[i]));
  BOOST_TEST((played.player->next() == Player::Next::Over));
  BOOST_TEST(played.outcome().error == "record 7: the log is cut off");
  BOOST_TEST(!played.outcome().good());
  BOOST_TEST(played.outcome().records == 7u);
}

BOOST_AUTO_TEST_CASE(a_log_that_ends_early_is_no_difference) {
  auto entries = session();
  Played played({entries.begin(), entries.begin() + 4});
  for (unsigned i = 0; i < 4; ++i) BOOST_TEST(played.step(entries[i]));
  BOOST_TEST(!played.step(entries[4]));
  played.player->interrupt(0, 9);
  BOOST_TEST(played.outcome().good(), played.outcome().str());
  BOOST_TEST(played.outcome().after_end == 1u);
}

BOOST_AUTO_TEST_CASE(damaged_logs_do_no_harm) {
  const auto entries = session();
  Played source(entries);
  const std::string whole = source.file.bytes();
  std::uint32_t random = 1;
  const auto next = [&] { return random = random * 1664525u + 1013904223u; };
  for (unsigned i = 0; i < 500; ++i) {
    std::string bytes = whole;
    for (unsigned k = 0; k < 1 + i % 3; ++k)
      bytes[16 + next() % (bytes.size() - 16)] = static_cast<char>(next() >> 16);
    source.file.put(bytes);
    source.player = std::make_unique<Player>(source.file.path);
    for (const Entry& e : entries) {
      const Player::Next what = source.player->next();
      if (what == Player::Next::Over) break;
      if (what == Player::Next::Register) {
        if (source.player->record().kind == Kind::RegisterWrite)
          source.player->register_written(1);
        else
          source.player->register_read(1, 1);
      }
      if (e.t.is_dma()) source.dma(e.view());
      if (e.t.kind == Kind::Interrupt) source.player->interrupt(0, 1);
    }
    source.player->finish();
  }
  BOOST_CHECK_THROW(Player("no/such/file"), std::runtime_error);
  source.file.put("nothing");
  BOOST_CHECK_THROW(Player(source.file.path), std::runtime_error);
}
