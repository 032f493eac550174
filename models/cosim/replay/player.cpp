// SPDX-License-Identifier: Apache-2.0
#include "cosim/replay/player.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cosim/check/registers.h"

namespace ringside::cosim {

namespace {

constexpr std::uint8_t kNoise = 0xdb;  // bytes of a read that nobody has asked for
constexpr unsigned kVersion1 = 32;     // feature bit
constexpr std::uint64_t kDriverOk = 4;

CheckSettings counting() {
  CheckSettings settings;
  settings.predict = false;
  return settings;
}

/// "dma write queue 0 used_ring 0x80001004 +8", without number and time.
std::string name_of(const Transaction& t) {
  std::string out = to_string(t.kind);
  if (t.queue != Transaction::kNoQueue) out += fmt::format(" queue {}", t.queue);
  if (t.is_dma()) out += fmt::format(" {}", to_string(t.purpose));
  if (t.kind != Kind::Interrupt) out += fmt::format(" {:#x} +{}", t.address, t.length);
  return out;
}

std::string hex(const std::uint8_t* data, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += fmt::format("{}{:02x}", i ? " " : "", data[i]);
  return out;
}

std::uint64_t value_of(const Transaction& t) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < t.length; ++i) value |= std::uint64_t{t.data[i]} << (8 * i);
  return value;
}

bool may_be_of(std::uint16_t queue, std::uint16_t other) {
  return queue == other || queue == Transaction::kNoQueue || other == Transaction::kNoQueue;
}

/// Not done, whatever it is.
bool is_open(const ScriptRecord& record) {
  if (record.t.kind == Kind::Interrupt) return !record.heard;
  return record.left != 0 || !record.t.is_dma();
}

/// Payload is moved in any order: nobody looks at it before the request is used.
bool in_any_order(const Transaction& record, const Transaction& access) {
  return record.is_dma() && record.purpose == Purpose::Payload &&
         access.purpose == Purpose::Payload && may_be_of(record.queue, access.queue);
}

}  // namespace

Player::Player(const std::string& log)
    : script_(log), checker_(std::make_unique<Checker>(counting())) {}

Checker& Player::check(const CheckSettings& settings) {
  checker_ = std::make_unique<Checker>(settings);
  checked_ = true;
  return *checker_;
}

Player::Next Player::next() {
  if (over_) return Next::Over;
  const ScriptRecord* record = script_.at(0);
  if (!record) {
    outcome_.error = script_.error();
    over_ = true;
    ++moves_;
    return Next::Over;
  }
  const Kind kind = record->t.kind;
  return kind == Kind::RegisterWrite || kind == Kind::RegisterRead ? Next::Register : Next::Device;
}

const Transaction& Player::record() {
  return script_.at(0)->t;
}

// ---- records that are done

/// Takes away what is done at the head of the log.
void Player::settle(std::uint64_t now) {
  ++moves_;
  while (ScriptRecord* record = script_.at(0)) {
    const Kind kind = record->t.kind;
    const bool is_done = kind == Kind::Interrupt                           ? record->heard
                         : kind == Kind::DmaRead || kind == Kind::DmaWrite ? record->left == 0
                                                                           : false;
    if (!is_done) return;
    if (kind == Kind::DmaWrite) compare(*record, now);
    done(*record, now);
  }
}

void Player::done(ScriptRecord& record, std::uint64_t now) {
  recorded_.see(record.t);
  Transaction t = record.t;
  t.time = now;
  if (!record.made.empty() && !record.hashed) t.data = record.made.data();
  made_.see(t);
  if (record.hashed) t.data = record.made.data();  // known by now
  ++outcome_.records;
  if (t.is_dma()) {
    ++outcome_.dma;
    outcome_.bytes += t.length;
  } else if (t.kind == Kind::Interrupt) {
    ++outcome_.interrupts;
  } else {
    ++outcome_.registers;
  }
  checker_->see(t);
  for (Listener* listener : listeners_) listener->see(t);
  script_.pop();
  if (checked_ && !checker_->findings().empty()) fault();
}

void Player::compare(const ScriptRecord& record, std::uint64_t now) {
  const Transaction& t = record.t;
  if (record.hashed) {
    Hash hash;
    hash.add(record.made.data(), record.made.size());
    if (hash.value() == record.hash) return;
    return add_difference(Difference::Kind::WrittenBytes, t,
                          fmt::format("{} with hash {:016x}", name_of(t), record.hash),
                          fmt::format("hash {:016x}", hash.value()), now);
  }
  std::uint32_t at = 0;
  while (at < t.length && (!t.writes(at) || record.made[at] == t.data[at])) ++at;
  if (at == t.length) return;
  const std::uint32_t shown = std::min(8u, t.length - at);
  add_difference(Difference::Kind::WrittenBytes, t,
                 fmt::format("{}, from byte {} on {}", name_of(t), at, hex(t.data + at, shown)),
                 hex(record.made.data() + at, shown), now);
}

// ---- registers

void Player::register_written(std::uint64_t now) {
  ScriptRecord& record = *script_.at(0);
  note_register(record.t);
  if (over_) return;
  done(record, now);
  settle(now);
}

bool Player::register_read(std::uint64_t value, std::uint64_t now) {
  ScriptRecord& record = *script_.at(0);
  const std::uint64_t expected = value_of(record.t);
  if (value != expected && ends_reset(record.t)) {
    // A reset takes the time that it takes: it may have ended earlier, but has to end.
    if (expected == 0) return false;
    if (value == 0) value = expected;
  }
  for (unsigned i = 0; i < record.t.length; ++i)
    record.made[i] = static_cast<std::uint8_t>(value >> (8 * i));
  if (value != expected)
    add_difference(Difference::Kind::RegisterValue, record.t,
                   fmt::format("{} with {:#x}", name_of(record.t), expected),
                   fmt::format("{:#x}", value), now);
  note_register(record.t);
  done(record, now);
  settle(now);
  return true;
}

/// What was under way when a reset began may end.
bool Player::in_reset(const Transaction& access) const {
  return resetting_ || (queue_resetting_ && may_be_of(access.queue, reset_queue_));
}

bool Player::ends_reset(const Transaction& read) const {
  if (read.kind != Kind::RegisterRead) return false;
  return (read.address == kRegDeviceStatus && read.length == 1 && resetting_) ||
         (read.address == kRegQueueReset && read.length == 2 && queue_resetting_);
}

void Player::note_register(const Transaction& t) {
  const std::uint64_t value = value_of(t);
  if (t.kind == Kind::RegisterWrite) return note_write(t.address, value);
  if (value != 0) return;
  if (t.address == kRegDeviceStatus) resetting_ = false;
  if (t.address == kRegQueueReset) queue_resetting_ = false;
}

void Player::note_write(std::uint64_t offset, std::uint64_t value) {
  switch (offset) {
    case kRegDriverFeatureSelect:
      feature_page_ = value;
      break;
    case kRegDriverFeature:
      if (feature_page_ == kVersion1 / 32) modern_ = (value >> (kVersion1 % 32) & 1) != 0;
      break;
    case kRegDeviceStatus:
      // An impatient driver goes on without looking.
      resetting_ = value == 0;
      if (value == 0) modern_ = false;
      if ((value & kDriverOk) && !modern_)
        give_up(
            fmt::format("record {}: the driver uses the legacy interface (no VERSION_1), which "
                        "is not played",
                        record().number));
      break;
    case kRegQueueSelect:
      selected_ = static_cast<std::uint16_t>(value);
      break;
    case kRegQueueReset:
      queue_resetting_ = value == 1;
      reset_queue_ = selected_;
      break;
    case kRegRingPosition:
      give_up(fmt::format("record {}: a ring goes on from an earlier session, which is not played",
                          record().number));
      break;
    default:
      break;
  }
}

// ---- the device

/// Gives the bytes of an access that nobody has yet to a record, as far as they are open there.
void Player::assign(ScriptRecord& record, const Transaction& access) {
  const std::uint64_t first = std::max(record.t.address, access.address);
  const std::uint64_t behind =
      std::min(record.t.address + record.t.length, access.address + access.length);
  for (std::uint64_t at = first; at < behind;) {
    const auto in_record = static_cast<std::uint32_t>(at - record.t.address);
    const auto in_access = static_cast<std::uint32_t>(at - access.address);
    std::uint32_t bytes = 0;
    while (at + bytes < behind && record.open[in_record + bytes] && !assigned_[in_access + bytes])
      assigned_[in_access + bytes++] = 1;
    if (bytes != 0) parts_.push_back({&record, in_record, in_access, bytes});
    at += bytes + 1;
  }
}

/// `until_reset`: only up to the end of the reset that is under way.
Player::Turn Player::match(const Transaction& access, bool until_reset) {
  parts_.clear();
  // What most accesses are: the present record as it is.
  if (ScriptRecord* head = script_.at(0);
      head && head->t.kind == access.kind && head->t.address == access.address &&
      head->t.length == access.length && head->left == access.length && !access.strobes &&
      may_be_of(head->t.queue, access.queue)) {
    parts_.push_back({head, 0, 0, access.length});
    return Turn::Now;
  }
  assigned_.assign(access.length, 0);
  std::uint32_t left = access.length;
  for (std::uint32_t i = 0; i < access.length; ++i)
    if (access.is_write() && !access.writes(i)) {
      assigned_[i] = 1;
      --left;
    }
  bool blocked = false;
  bool now = true;
  for (std::size_t ahead = 0; left != 0; ++ahead) {
    ScriptRecord* record = script_.at(ahead);
    if (!record || (until_reset && ends_reset(record->t) && value_of(record->t) == 0)) break;
    const std::size_t before = parts_.size();
    if (record->t.kind == access.kind && may_be_of(record->t.queue, access.queue) &&
        record->left != 0)
      assign(*record, access);
    if (parts_.size() != before) {
      for (std::size_t i = before; i < parts_.size(); ++i) left -= parts_[i].bytes;
      now = now && !blocked;
    } else if (is_open(*record) && !in_any_order(record->t, access)) {
      blocked = true;
    }
  }
  if (left != 0) {
    // Only what lies behind the last byte that is meant may be too much.
    const bool tail =
        !access.is_write() && left <= slack_ && !parts_.empty() &&
        std::all_of(assigned_.end() - left, assigned_.end(), [](std::uint8_t a) { return a == 0; });
    if (!tail) return Turn::Never;
  }
  return now ? Turn::Now : Turn::Later;
}

Player::Turn Player::turn(const Transaction& access) {
  if (next() == Next::Over) return Turn::Later;
  if (!in_reset(access)) return match(access, false);
  const Turn turn = match(access, true);
  return turn == Turn::Never ? Turn::Dropped : turn;
}

AccessStatus Player::take(const Transaction& access, std::uint8_t* to, std::uint64_t now) {
  if (over_ || match(access, false) != Turn::Now) return AccessStatus::BusError;
  AccessStatus status = AccessStatus::Ok;
  if (!access.is_write()) std::memset(to, kNoise, access.length);
  for (const Part& part : parts_) {
    ScriptRecord& record = *part.record;
    if (access.is_write())
      std::memcpy(&record.made[part.in_record], access.data + part.in_access, part.bytes);
    else
      std::memcpy(to + part.in_access, &record.data[part.in_record], part.bytes);
    std::memset(&record.open[part.in_record], 0, part.bytes);
    record.left -= part.bytes;
    if (status == AccessStatus::Ok) status = record.t.status;
  }
  settle(now);
  return status;
}

/// The record of an interrupt that may be this one, or nullptr. What a queue has been told to be
/// used comes before it.
ScriptRecord* Player::find_interrupt(const std::vector<std::uint16_t>& queues) {
  for (std::size_t ahead = 0; ScriptRecord* record = script_.at(ahead); ++ahead) {
    const Transaction& t = record->t;
    const bool concerned = std::find(queues.begin(), queues.end(), t.queue) != queues.end();
    if (t.kind == Kind::Interrupt && concerned && !record->heard) return record;
    const bool uses = t.kind == Kind::DmaWrite &&
                      (t.purpose == Purpose::UsedRing || t.purpose == Purpose::UsedIndex);
    if (uses && concerned && record->left != 0) return nullptr;
  }
  return nullptr;
}

void Player::interrupt(std::uint16_t queue, std::uint64_t now) {
  if (next() == Next::Over) return after_end();
  ScriptRecord* record = find_interrupt({queue});
  if (!record) return extra_interrupt(queue, now);
  record->heard = true;
  settle(now);
}

Player::Turn Player::interrupt_turn(const std::vector<std::uint16_t>& queues,
                                    std::uint16_t& queue) {
  if (next() == Next::Over) return Turn::Later;
  const ScriptRecord* record = find_interrupt(queues);
  if (!record) return Turn::Never;
  queue = record->t.queue;
  return record == script_.at(0) ? Turn::Now : Turn::Later;
}

// ---- ends

void Player::add_difference(Difference::Kind kind, const Transaction& record, std::string expected,
                            std::string found, std::uint64_t now) {
  outcome_.differences.add({kind, record.number, now, record.queue, record.request,
                            std::move(expected), std::move(found)});
  fault();
}

void Player::fault() {
  if (faulty_) return;
  faulty_ = true;
  if (on_first_fault) on_first_fault();
}

void Player::end(Difference::Kind kind, std::string found, std::uint64_t now,
                 const Transaction* access) {
  if (over_) return;
  over_ = true;
  ++moves_;
  const ScriptRecord* head = script_.at(0);
  if (access) {
    // For waves: it is what was seen last.
    Transaction t = *access;
    t.time = now;
    t.number = head ? head->t.number : outcome_.records;
    for (Listener* listener : listeners_) listener->see(t);
  }
  static const Transaction kNone;
  add_difference(kind, head ? head->t : kNone, head ? name_of(head->t) : "nothing more",
                 std::move(found), now);
}

void Player::extra(const Transaction& access, std::uint64_t now) {
  end(Difference::Kind::Extra, name_of(access), now, &access);
}

void Player::extra_interrupt(std::uint16_t queue, std::uint64_t now) {
  Transaction t;
  t.kind = Kind::Interrupt;
  t.purpose = Purpose::Interrupt;
  t.queue = queue;
  end(Difference::Kind::Extra, name_of(t), now, &t);
}

void Player::too_early(const Transaction& access, std::uint64_t now) {
  end(Difference::Kind::Extra, name_of(access) + ", before that", now, &access);
}

void Player::stands_still(const Transaction* waiting, std::uint64_t now) {
  if (!waiting) return end(Difference::Kind::Missing, "nothing", now);
  end(Difference::Kind::Order, name_of(*waiting) + " before it", now, waiting);
}

void Player::give_up(const std::string& why) {
  if (over_) return;
  over_ = true;
  ++moves_;
  outcome_.error = why;
}

void Player::finish() {
  if (finished_) return;
  finished_ = true;
  const bool whole =
      outcome_.differences.empty() && outcome_.error.empty() && outcome_.after_end == 0;
  if (checked_ && whole) checker_->finish();
  outcome_.requests = checker_->used();
  outcome_.hash = made_.value();
  outcome_.recorded_hash = recorded_.value();
  if (checked_) outcome_.findings = checker_->findings();
}

std::string ReplayOutcome::str() const {
  std::string out = fmt::format(
      "  records          {}: {} register accesses, {} DMA accesses, {} interrupts\n"
      "  requests         {}\n"
      "  bytes            {}\n"
      "  hash             {:016x}{}\n",
      records, registers, dma, interrupts, requests, bytes, hash,
      hash == recorded_hash ? ", as recorded" : fmt::format(" (recorded: {:016x})", recorded_hash));
  if (after_end != 0) out += fmt::format("  after the end    {} accesses\n", after_end);
  if (!differences.empty())
    out += fmt::format("  differences      {}\n{}", differences.count(), differences.str());
  if (!findings.empty())
    out += fmt::format("  findings         {}\n{}", findings.count(), findings.str());
  if (!error.empty()) out += fmt::format("  not played       {}\n", error);
  if (good()) out += "  differences      none\n";
  return out;
}

}  // namespace ringside::cosim
