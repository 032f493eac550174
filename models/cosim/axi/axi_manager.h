// SPDX-License-Identifier: Apache-2.0
// Reads and writes through the AXI4 subordinate of a design under test. A command of any address
// and length becomes bursts of INCR and full width, none over a 4 KiB boundary (AXI4, A3.4.1), each
// with an id of its own, so they may be answered in any order; W follows the order of AW. A cycle
// is sample() before the rising edge and drive() after it.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "cosim/axi/axi_rules.h"
#include "cosim/axi/bus_access.h"
#include "cosim/axi/random.h"

namespace ringside::cosim {

struct AxiManagerSettings {
  unsigned outstanding = 4;  ///< bursts in each direction, 1 to 16
  unsigned max_beats = 16;   ///< of a burst, 1 to 256
  unsigned stall = 0;        ///< percent of clocks in which a channel rests
  std::uint64_t seed = 1;
};

template <class Port>
class AxiManager {
 public:
  static constexpr unsigned kBytes = Port::kBytes;
  static constexpr unsigned kCommands = 8;
  static constexpr unsigned kMostBursts = 16;
  static constexpr unsigned kNone = ~0u;

  explicit AxiManager(Port port, const AxiManagerSettings& settings = {})
      : port_(port), settings_(settings), random_(settings.seed) {
    settings_.outstanding = clamp(settings.outstanding, kMostBursts);
    settings_.max_beats = clamp(settings.max_beats, 256);
    rest_pins();
  }

  /// Called when a command has ended, from sample() or reset(): its number, the worst response of
  /// its bursts. The number is free again after that.
  std::function<void(unsigned command, Response response)> finished;

  /// There is a place for a command.
  bool has_room() const { return commands_used_ < kCommands; }
  /// Give the command's number, or kNone without room. `bytes` is 1 or more, and buffers stay until
  /// the command has finished. Pins change at the next drive(). Bytes whose `enables` are 0 are not
  /// written; without, all are. `user` goes on AxUSER of each burst.
  unsigned start_read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes,
                      std::uint32_t user = 0) {
    return start({true, false, address, bytes, user, to, nullptr, nullptr, 0, 0, Response::Okay});
  }
  unsigned start_write(std::uint64_t address, const std::uint8_t* from, const std::uint8_t* enables,
                       std::uint32_t bytes, std::uint32_t user = 0) {
    return start({true, true, address, bytes, user, nullptr, from, enables, 0, 0, Response::Okay});
  }
  bool idle() const { return commands_used_ == 0; }
  std::uint64_t cycle() const { return cycle_; }
  std::uint64_t bursts() const { return bursts_; }
  const Violations& violations() const { return violations_; }

  /// While the design is in reset: commands end with SLVERR, pins are idle.
  void reset() {
    for (unsigned i = 0; i < kMostBursts; ++i) reads_[i].used = writes_[i].used = false;
    ar_ = aw_ = w_ = kNone;
    w_first_ = w_last_ = 0;
    r_waited_ = b_waited_ = false;
    r_rule_.reset();
    b_rule_.reset();
    rest_pins();
    for (unsigned i = 0; i < kCommands; ++i)
      if (commands_[i].used) end(i, Response::SlaveError);
  }

  void sample() {
    ++cycle_;
    if (idle() && !port_.rvalid() && !port_.bvalid()) return;
    if (ar_ != kNone && port_.arready()) ar_ = kNone;
    if (aw_ != kNone && port_.awready()) aw_ = kNone;
    if (w_ != kNone && port_.wready()) sent_beat();
    sample_read_data();
    sample_response();
  }

  void drive() {
    if (idle() && resting_) return;
    if (ar_ == kNone && !stall()) announce(false);
    if (aw_ == kNone && !stall()) announce(true);
    if (w_ == kNone && w_first_ != w_last_ && !stall()) put_beat();
    port_.arvalid(ar_ != kNone);
    port_.awvalid(aw_ != kNone);
    port_.wvalid(w_ != kNone);
    port_.rready(!stall());
    port_.bready(!stall());
    resting_ = idle() && settings_.stall == 0;
  }

 private:
  struct Command {
    bool used = false, write = false;
    std::uint64_t address = 0;
    std::uint32_t bytes = 0, user = 0;
    std::uint8_t* to = nullptr;
    const std::uint8_t* from = nullptr;
    const std::uint8_t* enables = nullptr;
    std::uint32_t announced = 0;  // bytes that bursts have been made of
    unsigned bursts = 0;          // out
    Response response = Response::Okay;
  };
  struct Burst {
    bool used = false;
    unsigned command = 0;
    std::uint32_t offset = 0, bytes = 0;  // in the command
    unsigned lane = 0, beats = 0, beat = 0;
  };
  struct ReadBeat {
    std::uint8_t data[kBytes] = {};
    unsigned id = 0, response = 0;
    bool last = false;
    bool operator==(const ReadBeat& o) const {
      return id == o.id && response == o.response && last == o.last &&
             std::memcmp(data, o.data, kBytes) == 0;
    }
  };
  using Bursts = std::array<Burst, kMostBursts>;

  static unsigned clamp(unsigned value, unsigned most) {
    return value < 1 ? 1 : value > most ? most : value;
  }
  static constexpr unsigned log2_bytes() {
    unsigned log = 0;
    while ((1u << log) < kBytes) ++log;
    return log;
  }
  bool stall() { return settings_.stall != 0 && random_.percent(settings_.stall); }
  void rest_pins() {
    port_.arvalid(false);
    port_.awvalid(false);
    port_.wvalid(false);
    port_.rready(true);
    port_.bready(true);
    resting_ = true;
  }

  unsigned start(const Command& command) {
    for (unsigned i = 0; i < kCommands; ++i)
      if (!commands_[i].used) {
        commands_[i] = command;
        ++commands_used_;
        resting_ = false;
        return i;
      }
    return kNone;
  }
  void end(unsigned i, Response response) {
    commands_[i].used = false;
    --commands_used_;
    if (finished) finished(i, response);
  }

  /// The next burst of a command in that direction onto its address channel; commands take turns.
  void announce(bool write) {
    Bursts& bursts = write ? writes_ : reads_;
    unsigned id = 0;
    while (id < settings_.outstanding && bursts[id].used) ++id;
    if (id == settings_.outstanding) return;
    unsigned& turn = write ? write_turn_ : read_turn_;
    for (unsigned n = 0; n < kCommands; ++n) {
      const unsigned i = (turn + n) % kCommands;
      Command& command = commands_[i];
      if (!command.used || command.write != write || command.announced == command.bytes) continue;
      turn = i + 1;
      make_burst(command, i, bursts[id]);
      const std::uint64_t address = command.address + bursts[id].offset;
      if (write) {
        aw_ = id;
        port_.aw(address, id, bursts[id].beats - 1, log2_bytes(), command.user);
        w_queue_[w_last_++ % kMostBursts] = id;
      } else {
        ar_ = id;
        port_.ar(address, id, bursts[id].beats - 1, log2_bytes(), command.user);
      }
      return;
    }
  }
  void make_burst(Command& command, unsigned i, Burst& burst) {
    const std::uint64_t address = command.address + command.announced;
    burst = {};
    burst.used = true;
    burst.command = i;
    burst.offset = command.announced;
    burst.lane = static_cast<unsigned>(address & (kBytes - 1));
    const std::uint32_t by_beats = settings_.max_beats * kBytes - burst.lane;
    const std::uint32_t by_page = 4096 - static_cast<std::uint32_t>(address & 4095);
    const std::uint32_t left = command.bytes - command.announced;
    const std::uint32_t most = by_beats < by_page ? by_beats : by_page;
    burst.bytes = left < most ? left : most;
    burst.beats = (burst.lane + burst.bytes + kBytes - 1) / kBytes;
    command.announced += burst.bytes;
    ++command.bursts;
    ++bursts_;
  }

  /// Bytes of a beat: first of them in the burst, how many, and their first lane.
  struct Part {
    std::uint32_t first, count;
    unsigned lane;
  };
  static Part part(const Burst& burst, unsigned beat) {
    const unsigned lane = beat == 0 ? burst.lane : 0;
    const std::uint32_t first = beat == 0 ? 0 : beat * kBytes - burst.lane;
    const std::uint32_t room = kBytes - lane, left = burst.bytes - first;
    return {first, left < room ? left : room, lane};
  }

  void put_beat() {
    w_ = w_queue_[w_first_ % kMostBursts];
    const Burst& burst = writes_[w_];
    const Command& command = commands_[burst.command];
    const Part bytes = part(burst, burst.beat);
    std::uint8_t beat[kBytes] = {};
    std::uint32_t strobes = 0;
    for (std::uint32_t i = 0; i < bytes.count; ++i) {
      const std::uint32_t at = burst.offset + bytes.first + i;
      beat[bytes.lane + i] = command.from[at];
      if (!command.enables || command.enables[at] != 0) strobes |= 1u << (bytes.lane + i);
    }
    port_.w(beat, strobes, burst.beat + 1 == burst.beats);
  }
  void sent_beat() {
    Burst& burst = writes_[w_];
    if (++burst.beat == burst.beats) ++w_first_;
    w_ = kNone;
  }

  void sample_read_data() {
    const bool valid = port_.rvalid();
    if (!valid && !r_waited_) return;
    const bool ready = port_.rready();
    ReadBeat beat;
    port_.rdata(beat.data);
    beat.id = port_.rid();
    beat.response = port_.rresp();
    beat.last = port_.rlast();
    r_rule_.sample(valid, ready, beat, cycle_, "R", violations_);
    r_waited_ = valid && !ready;
    if (!valid || !ready) return;
    if (beat.id >= kMostBursts || !reads_[beat.id].used || beat.id == ar_)
      return violations_.add(cycle_, "R: no burst of this id is out");
    Burst& burst = reads_[beat.id];
    Command& command = commands_[burst.command];
    const Part bytes = part(burst, burst.beat);
    std::memcpy(command.to + burst.offset + bytes.first, beat.data + bytes.lane, bytes.count);
    note(command, beat.response);
    const bool expected_last = ++burst.beat == burst.beats;
    if (beat.last != expected_last)
      violations_.add(cycle_, "R: RLAST is not at the burst's last beat");
    if (expected_last) release(burst);
  }

  void sample_response() {
    const bool valid = port_.bvalid();
    if (!valid && !b_waited_) return;
    const bool ready = port_.bready();
    const unsigned id = port_.bid(), response = port_.bresp();
    b_rule_.sample(valid, ready, id | response << 16, cycle_, "B", violations_);
    b_waited_ = valid && !ready;
    if (!valid || !ready) return;
    if (id >= kMostBursts || !writes_[id].used || id == aw_ ||
        writes_[id].beat != writes_[id].beats)
      return violations_.add(cycle_, "B: no burst of this id awaits it");
    note(commands_[writes_[id].command], response);
    release(writes_[id]);
  }

  /// DECERR is worse than SLVERR.
  static void note(Command& command, unsigned response) {
    const auto got = static_cast<Response>(response & 3);
    if (got > Response::ExclusiveOkay && got > command.response) command.response = got;
  }
  void release(Burst& burst) {
    burst.used = false;
    Command& command = commands_[burst.command];
    if (--command.bursts == 0 && command.announced == command.bytes)
      end(burst.command, command.response);
  }

  Port port_;
  AxiManagerSettings settings_;
  Random random_;
  std::array<Command, kCommands> commands_{};
  unsigned commands_used_ = 0;
  Bursts reads_{}, writes_{};
  unsigned read_turn_ = 0, write_turn_ = 0;
  unsigned ar_ = kNone, aw_ = kNone, w_ = kNone;  // bursts on the pins
  std::array<unsigned, kMostBursts> w_queue_{};   // bursts whose data are to be sent, by AW
  unsigned w_first_ = 0, w_last_ = 0;
  bool resting_ = false;  // pins are as they stay
  std::uint64_t cycle_ = 0, bursts_ = 0;
  bool r_waited_ = false, b_waited_ = false;
  StableRule<ReadBeat> r_rule_;
  StableRule<unsigned> b_rule_;
  Violations violations_;
};

}  // namespace ringside::cosim
