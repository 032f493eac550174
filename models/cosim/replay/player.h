// SPDX-License-Identifier: Apache-2.0
// Plays a log to a device: says what is next, answers the device's reads with what the recorded one
// has read, and holds what it does against what the log has. Free of SystemC: whoever drives the
// device (a thread of a simulation, a loop over a clock) asks and tells.
//
// DMA, register accesses and interrupts happen in the order of the log. A device's access that
// comes before its turn is held by the driver of the device until turn() says Now. How accesses are
// cut into bursts does not matter: they are matched byte by byte. Nor does the order of accesses to
// payload that are next to each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cosim/check/checker.h"
#include "cosim/log/log.h"
#include "cosim/replay/difference.h"
#include "cosim/replay/script.h"

namespace ringside::cosim {

/// What a replay has come to.
struct ReplayOutcome {
  std::uint64_t records = 0;                             ///< that were played whole
  std::uint64_t registers = 0, dma = 0, interrupts = 0;  ///< of these
  std::uint64_t bytes = 0;                               ///< of DMA
  std::uint64_t requests = 0;                            ///< used by the device
  std::uint64_t hash = 0;           ///< StreamHash of what the device has done, cut as in the log
  std::uint64_t recorded_hash = 0;  ///< of the same records in the log
  std::uint64_t after_end = 0;      ///< accesses and interrupts after the log's end
  Differences differences;
  Findings findings;  ///< of the checker, if it was asked for
  std::string error;  ///< why the log could not be played to its end
  bool good() const { return differences.empty() && findings.empty() && error.empty(); }
  /// Some lines for people.
  std::string str() const;
};

class Player {
 public:
  enum class Next : std::uint8_t {
    Register,  ///< record() is an access to a register, to be made by the driver of the device
    Device,    ///< record() is what the device has to do
    Over,      ///< the log is at its end, or played no further: outcome() says why
  };
  enum class Turn : std::uint8_t {
    Now,
    Later,
    Never,    ///< the log has no such access: a difference, and the replay is over
    Dropped,  ///< a reset is under way, and the recorded device has not come so far: it ends in
              ///< zeros, and is none of the replay's
  };

  /// Throws std::runtime_error if the file is no log.
  explicit Player(const std::string& log);

  /// Bytes that a read may bring beyond those that are meant: the rest of the last beat, of a
  /// design that does not say what it means. 0 for all others.
  void set_slack(std::uint32_t bytes) { slack_ = bytes; }
  /// Called at the first difference or finding; what it is about has been shown to listeners, or is
  /// the next that they see.
  std::function<void()> on_first_fault;
  /// Sees what the device has done, cut and numbered as in the log, at the times of the replay.
  void add(Listener& listener) { listeners_.push_back(&listener); }
  /// Adds the findings of a checker to the outcome; before anything is played. More settings are
  /// the checker's own.
  Checker& check(const CheckSettings& settings = {});

  Next next();
  /// The record that is next; not if next() is Over.
  const Transaction& record();
  /// Counts up whenever turn() may have changed.
  std::uint64_t moves() const { return moves_; }

  // ---- registers
  /// The access of record() is about to be made: what follows in the log may happen from now on.
  void register_written(std::uint64_t now);
  /// It has brought `value`. False: the end of a reset is awaited here, so read it again.
  bool register_read(std::uint64_t value, std::uint64_t now);

  // ---- the device: kind, address, length; of writes data and strobes; queue and purpose if known
  Turn turn(const Transaction& access);
  /// An access whose turn is now. `to` gets what a read brings, of writes it is not used. The
  /// status is the recorded one.
  AccessStatus take(const Transaction& access, std::uint8_t* to, std::uint64_t now);
  /// An interrupt that cannot be held: it may come before what the log has first, unless that is
  /// what it tells of, the use of a request of its queue.
  void interrupt(std::uint16_t queue, std::uint64_t now);
  /// For interrupts that can be held, of a vector that several queues may share. Now: it is
  /// `queue`'s.
  Turn interrupt_turn(const std::vector<std::uint16_t>& queues, std::uint16_t& queue);

  // ---- what ends a replay
  /// An access that turn() has found Never.
  void extra(const Transaction& access, std::uint64_t now);
  /// An interrupt that interrupt_turn() has found Never.
  void extra_interrupt(std::uint16_t queue, std::uint64_t now);
  /// Nothing moves any more; `waiting` is an access that is held, or nullptr.
  void stands_still(const Transaction* waiting, std::uint64_t now);
  /// An access that the log has after a register access, long before that has been made.
  void too_early(const Transaction& access, std::uint64_t now);
  /// Something that is not the device's fault.
  void give_up(const std::string& why);
  /// Accesses of the device are none of the log's any more. Counted: a log may end in the middle.
  void after_end() { ++outcome_.after_end; }

  /// Complete once next() is Over and finish() has been called, of which only the first counts.
  const ReplayOutcome& outcome() const { return outcome_; }
  void finish();

 private:
  struct Part {
    ScriptRecord* record;
    std::uint32_t in_record, in_access, bytes;
  };

  Turn match(const Transaction& access, bool until_reset);
  ScriptRecord* find_interrupt(const std::vector<std::uint16_t>& queues);
  void assign(ScriptRecord& record, const Transaction& access);
  void settle(std::uint64_t now);
  void done(ScriptRecord& record, std::uint64_t now);
  void compare(const ScriptRecord& record, std::uint64_t now);
  void end(Difference::Kind kind, std::string found, std::uint64_t now,
           const Transaction* access = nullptr);
  void add_difference(Difference::Kind kind, const Transaction& record, std::string expected,
                      std::string found, std::uint64_t now);
  void fault();
  bool in_reset(const Transaction& access) const;
  bool ends_reset(const Transaction& read) const;
  void note_register(const Transaction& t);
  void note_write(std::uint64_t offset, std::uint64_t value);

  Script script_;
  std::vector<Listener*> listeners_;
  StreamHash made_, recorded_;
  std::unique_ptr<Checker> checker_;  // counts requests in any case
  bool checked_ = false;
  bool faulty_ = false;
  std::uint32_t slack_ = 0;
  std::uint64_t moves_ = 0;
  bool over_ = false, finished_ = false;
  ReplayOutcome outcome_;

  std::vector<Part> parts_;             // of the access that was matched last
  std::vector<std::uint8_t> assigned_;  // its bytes

  // what the driver has said
  bool resetting_ = false, queue_resetting_ = false;
  std::uint16_t selected_ = 0, reset_queue_ = 0;
  std::uint64_t feature_page_ = 0;
  bool modern_ = false;
};

}  // namespace ringside::cosim
