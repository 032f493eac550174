// SPDX-License-Identifier: Apache-2.0
// A log played to a verilated device: its bus, registers and interrupts are the player's, its clock
// is a loop. No SystemC.
//
//   Vmine dut;
//   Player player("run.log");
//   RtlReplay<Vmine> replay(dut, player);
//   replay.run();
//   std::cout << player.outcome().str();
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "cosim/axi/axi_lite_manager.h"
#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/clock.h"
#include "cosim/check/bus_transaction.h"
#include "cosim/check/registers.h"
#include "cosim/replay/pace.h"
#include "cosim/replay/player.h"

namespace ringside::cosim {

struct RtlReplaySettings {
  AxiTiming timing;             ///< of the memory; an access is held for its turn after that
  std::uint64_t period = 4000;  ///< of the clock, ps
  /// Clocks without any progress until the device is said to stand still.
  unsigned patience = 20000;
  /// Clocks for which an access may wait for a register access that the log has before it, and that
  /// is not due.
  unsigned early = 4096;
  /// Clocks for which a record waits for its time at most, if the device is not at rest.
  unsigned most_wait = 10000;
};

/// Where a replay is in time, and what may happen now.
class ReplayTurn {
 public:
  ReplayTurn(Player& player, const RtlReplaySettings& settings)
      : player(player), settings_(settings) {}

  Player& player;
  std::uint64_t now() const { return cycles_ * settings_.period + skipped_; }
  /// The present record may happen as far as time is concerned.
  bool is_due() {
    return player.next() != Player::Next::Over &&
           (pace_.is_due(now(), player.record().time) || clocks_here_ >= settings_.most_wait);
  }
  /// Just before something happens.
  void happens() { pace_.happened(now(), player.record().time); }
  void begin() {
    if (player.next() != Player::Next::Over) pace_.begin(now(), player.record().time);
  }
  void skip_to_due() {
    const std::uint64_t due = pace_.due(player.record().time);
    if (!is_due()) skipped_ += due - now();
  }
  /// A clock has passed.
  void clock() {
    ++cycles_;
    ++clocks_here_;
    if (seen_ == player.moves()) return;
    seen_ = player.moves();
    clocks_here_ = 0;
  }
  /// Clocks since anything happened.
  unsigned clocks_here() const { return clocks_here_; }

 private:
  RtlReplaySettings settings_;
  Pace pace_;
  std::uint64_t cycles_ = 0, skipped_ = 0;
  std::uint64_t seen_ = 0;
  unsigned clocks_here_ = 0;
};

/// Memory for an AxiSubordinate: each access takes effect at its turn.
class ReplayMemory {
 public:
  static constexpr bool kDeferred = true;
  static constexpr unsigned kSlots = 64;

  explicit ReplayMemory(ReplayTurn& turn) : turn_(turn) {}

  void start(unsigned slot, const BusAccess& access) {
    Held& held = slots_.at(slot);
    held.on = true;
    held.order = ++started_;
    held.checked = 0;
    held.data.assign(access.data, access.data + (access.is_write ? access.bytes : 0));
    held.strobes.assign(access.strobes,
                        access.strobes ? access.strobes + access.bytes : access.strobes);
    BusAccess own = access;
    own.data = held.data.data();
    own.strobes = access.strobes ? held.strobes.data() : nullptr;
    held.t = transaction_of(own, 1, 0);
  }
  bool finished(unsigned slot, Response& response, std::uint8_t* bytes) {
    Held& held = slots_.at(slot);
    if (!held.on) return false;
    Player& player = turn_.player;
    if (held.t.length == 0) {  // no strobe at all
      held.on = false;
      response = Response::Okay;
      return true;
    }
    if (held.checked != player.moves() + 1) {
      held.turn = player.turn(held.t);
      held.checked = player.moves() + 1;
    }
    if (held.turn == Player::Turn::Never) player.extra(held.t, turn_.now());
    if (held.turn == Player::Turn::Dropped) {
      if (!held.t.is_write()) std::memset(bytes, 0, held.t.length);
      held.on = false;
      response = Response::Okay;
      return true;
    }
    if (held.turn != Player::Turn::Now || !turn_.is_due()) return false;
    turn_.happens();
    const AccessStatus status = player.take(held.t, bytes, turn_.now());
    response = status == AccessStatus::Ok             ? Response::Okay
               : status == AccessStatus::AddressError ? Response::DecodeError
                                                      : Response::SlaveError;
    held.on = false;
    return true;
  }
  void forget() {
    for (Held& held : slots_) held.on = false;
  }
  /// The access that is held longest, or nullptr.
  const Transaction* waiting() const {
    const Held* oldest = nullptr;
    for (const Held& held : slots_)
      if (held.on && (!oldest || held.order < oldest->order)) oldest = &held;
    return oldest ? &oldest->t : nullptr;
  }

 private:
  struct Held {
    bool on = false;
    std::uint64_t order = 0;
    std::uint64_t checked = 0;  // moves() + 1 for which `turn` holds
    Player::Turn turn = Player::Turn::Later;
    Transaction t;
    std::vector<std::uint8_t> data, strobes;
  };
  ReplayTurn& turn_;
  std::array<Held, kSlots> slots_;
  std::uint64_t started_ = 0;
};

/// Which queues a vector stands for, from what the driver writes.
class VectorMap {
 public:
  void written(std::uint64_t offset, std::uint64_t value) {
    constexpr std::uint64_t kConfigVector = 0x10, kQueueVector = 0x1a;
    if (offset == kRegDeviceStatus && value == 0) {
      of_queue_.clear();
      hidden_.clear();
    }
    if (offset == kRegNotificationsHidden) hidden_.insert(static_cast<std::uint16_t>(value));
    if (offset == kRegQueueSelect) selected_ = static_cast<std::uint16_t>(value);
    if (offset == kConfigVector) set(Transaction::kNoQueue, value);
    if (offset == kQueueVector) set(selected_, value);
  }
  std::vector<std::uint16_t> queues(unsigned vector) const {
    std::vector<std::uint16_t> found;
    for (const auto& [queue, of] : of_queue_)
      if (of == vector) found.push_back(queue);
    return found;
  }
  /// The log does not tell of this vector.
  bool is_hidden(unsigned vector) const {
    for (const std::uint16_t queue : queues(vector))
      if (hidden_.count(queue) != 0) return true;
    return false;
  }
  /// Without one, the device cannot say that it would interrupt.
  bool has_vector(std::uint16_t queue) const { return of_queue_.count(queue) != 0; }

 private:
  void set(std::uint16_t queue, std::uint64_t vector) {
    constexpr std::uint64_t kNoVector = 0xffff;
    if (vector == kNoVector)
      of_queue_.erase(queue);
    else
      of_queue_[queue] = static_cast<unsigned>(vector);
  }
  std::map<std::uint16_t, unsigned> of_queue_;
  std::set<std::uint16_t> hidden_;
  std::uint16_t selected_ = 0;
};

/// Takes a vector at the turn of its interrupt.
template <class Port>
class HeldInterrupts {
 public:
  HeldInterrupts(Port port, ReplayTurn& turn, const VectorMap& vectors)
      : port_(port), turn_(turn), vectors_(vectors) {
    port_.ready(false);
  }
  bool waiting() const { return port_.valid(); }
  void sample() {
    if (!port_.valid() || !port_.ready() || vectors_.is_hidden(port_.vector())) return;
    turn_.happens();
    turn_.player.interrupt(queue_, turn_.now());
  }
  void drive() {
    bool now = port_.valid() && vectors_.is_hidden(port_.vector());
    if (port_.valid() && !now) {
      // What the driver has not given a vector has none.
      const std::vector<std::uint16_t> queues = vectors_.queues(port_.vector());
      const Player::Turn turn = turn_.player.interrupt_turn(queues, queue_);
      if (turn == Player::Turn::Never)
        turn_.player.extra_interrupt(queues.empty() ? Transaction::kNoQueue : queues.front(),
                                     turn_.now());
      now = turn == Player::Turn::Now && turn_.is_due();
    }
    port_.ready(now);
  }

 private:
  Port port_;
  ReplayTurn& turn_;
  const VectorMap& vectors_;
  std::uint16_t queue_ = Transaction::kNoQueue;
};

/// `Parts` are further cores that the design needs, such as a device part on its streams.
template <class Model, class... Parts>
class RtlReplay {
 public:
  RtlReplay(Model& model, Player& player, const RtlReplaySettings& settings = {}, Parts&... parts)
      : model_(model),
        settings_(settings),
        turn_(player, settings),
        memory_(turn_),
        bus_(AxiPort<Model>(model), memory_, settings.timing),
        registers_(AxiLitePort<Model>(model)),
        interrupts_(InterruptPort<Model>(model), turn_, vectors_),
        parts_(parts...) {
    reset_design(model_);
  }

  /// Called after each clock, for a waveform of the design's own.
  std::function<void(std::uint64_t picoseconds)> each_clock;

  /// To the end of the log, or to what ends it before; then player.outcome() is complete.
  void run() {
    Player& player = turn_.player;
    turn_.begin();
    while (player.next() != Player::Next::Over) {
      if (player.next() == Player::Next::Register && turn_.is_due())
        access_register();
      else
        wait_for_device();
    }
    // What the device does without being asked belongs to nothing in the log.
    for (unsigned i = 0; i < kAfterEnd && !(model_.resting && bus_.idle()); ++i) clock();
    if (memory_.waiting() || interrupts_.waiting()) player.after_end();
    player.finish();
  }

  std::uint64_t clocks() const { return bus_.cycle(); }
  /// Of the bus, one a line.
  std::string violations() const { return bus_.violations().str(); }

 private:
  static constexpr unsigned kAfterEnd = 1000;  // clocks
  static constexpr unsigned kGrace = 8;  // clocks until `resting` shows what an access has done

  void clock() {
    std::apply(
        [this](auto&... parts) { clock_cycle(model_, bus_, registers_, interrupts_, parts...); },
        parts_);
    turn_.clock();
    if (each_clock) each_clock(turn_.now());
  }

  void wait_for_device() {
    Player& player = turn_.player;
    const bool rests =
        model_.resting && bus_.idle() && !interrupts_.waiting() && turn_.clocks_here() >= kGrace;
    if (player.next() == Player::Next::Register) {
      if (rests) return turn_.skip_to_due();
      if (memory_.waiting() && turn_.clocks_here() > settings_.early)
        return player.too_early(*memory_.waiting(), turn_.now());
      return clock();
    }
    const Transaction& record = player.record();
    if (record.kind == Kind::Interrupt && !vectors_.has_vector(record.queue)) {
      // The driver has given it no vector, so that there is nothing to see.
      turn_.happens();
      return player.interrupt(record.queue, turn_.now());
    }
    if (rests || turn_.clocks_here() > settings_.patience)
      return player.stands_still(memory_.waiting(), turn_.now());
    clock();
  }

  void access_register() {
    Player& player = turn_.player;
    const Transaction record = player.record();  // its data are not used once it is done
    turn_.happens();
    if (record.kind == Kind::RegisterRead) {
      std::uint64_t value = 0;
      for (unsigned at = 0; at < record.length; at += piece(record, at))
        value |= std::uint64_t{transfer(false, record, at, 0)} << (8 * at);
      const unsigned clocks = turn_.clocks_here();
      if (!player.register_read(value, turn_.now()) && clocks > settings_.patience)
        player.stands_still(nullptr, turn_.now());
      return;
    }
    std::uint64_t value = 0;
    for (unsigned i = 0; i < record.length; ++i) value |= std::uint64_t{record.data[i]} << (8 * i);
    player.register_written(turn_.now());
    vectors_.written(record.address, value);
    if (!is_real_register(record.address)) return;
    for (unsigned at = 0; at < record.length; at += piece(record, at))
      transfer(true, record, at, static_cast<std::uint32_t>(value >> (8 * at)));
  }
  /// The bus has words of 32 bits.
  static unsigned piece(const Transaction& record, unsigned at) {
    const auto in_word = static_cast<unsigned>(record.address + at) & 3;
    const unsigned most = std::min(4 - in_word, record.length - at);
    return most == 3 ? 2 : most;
  }
  std::uint32_t transfer(bool is_write, const Transaction& record, unsigned at,
                         std::uint32_t value) {
    const auto address = static_cast<std::uint32_t>(record.address + at);
    if (is_write)
      registers_.start_write(address, piece(record, at), value);
    else
      registers_.start_read(address, piece(record, at));
    registers_.drive();
    model_.eval();
    for (unsigned clocks = 0; registers_.busy(); ++clocks) {
      if (clocks > settings_.patience) {
        turn_.player.give_up("a register access is not answered");
        return 0;
      }
      clock();
    }
    clock();  // what it did is seen in `resting` from here on
    return registers_.value();
  }

  Model& model_;
  RtlReplaySettings settings_;
  ReplayTurn turn_;
  VectorMap vectors_;
  ReplayMemory memory_;
  AxiSubordinate<AxiPort<Model>, ReplayMemory> bus_;
  AxiLiteManager<AxiLitePort<Model>> registers_;
  HeldInterrupts<InterruptPort<Model>> interrupts_;
  std::tuple<Parts&...> parts_;
};

}  // namespace ringside::cosim
