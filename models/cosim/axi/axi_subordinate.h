// SPDX-License-Identifier: Apache-2.0
// Memory on the AXI4 manager of a device under test. Bursts are taken as long as there is room,
// wait their latency, take effect one at a time, by chance out of the order in which they came
// where AXI lets them (same id: in order), and are answered; beats of several reads may be mixed. A
// cycle is sample() before the rising edge and drive() after it.
//
// `Memory` says what is there: Response read(address, bytes*, n) and
// Response write(address, const bytes*, const strobes*, n). A read that fails still brings beats.
// Memory that takes its own time has kDeferred and instead: void start(slot, access), which keeps
// what it needs of the access, whose response is not known yet; bool finished(slot, Response&,
// bytes*), true once, with the data of a read; void forget(), at a reset: what was started is not
// asked for any more. Slots are 0 to 2 * kOutstanding - 1.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "cosim/axi/axi_rules.h"
#include "cosim/axi/bus_access.h"
#include "cosim/axi/random.h"

namespace ringside::cosim {

/// How a subordinate behaves in time. All zero: as fast as it can, in order.
struct AxiTiming {
  unsigned latency = 0;  ///< clocks from the address (writes: the last beat) until it takes effect
  unsigned jitter = 0;   ///< up to so many more, by chance
  unsigned stall = 0;    ///< percent of clocks in which a channel rests
  bool reorder = false;  ///< bursts of different ids take effect in any order
  std::uint64_t seed = 1;
};

template <class Memory, class = void>
struct IsDeferred : std::false_type {};
template <class Memory>
struct IsDeferred<Memory, std::void_t<decltype(Memory::kDeferred)>> : std::true_type {};

template <class Port, class Memory>
class AxiSubordinate {
 public:
  static constexpr unsigned kBytes = Port::kBytes;
  static constexpr unsigned kOutstanding = 16;      ///< bursts in each direction
  static constexpr unsigned kMostBytes = 2 * 4096;  ///< of a burst, legal or not

  AxiSubordinate(Port port, Memory& memory, const AxiTiming& timing = {})
      : port_(port), memory_(memory), timing_(timing), random_(timing.seed) {
    rest_pins();
  }

  /// While the design is in reset: what was out is forgotten, pins are idle.
  void reset() {
    for (Pool* pool : {&reads_, &writes_}) {
      for (Burst& burst : pool->bursts) burst.state = State::Free;
      pool->used = 0;
    }
    w_next_ = w_announced_ = 0;
    r_valid_ = b_valid_ = false;
    ar_waited_ = aw_waited_ = w_waited_ = false;
    ar_rule_.reset();
    aw_rule_.reset();
    w_rule_.reset();
    if constexpr (IsDeferred<Memory>::value) memory_.forget();
    rest_pins();
  }

  /// Called for each burst when it takes effect.
  std::function<void(const BusAccess&)> observer;
  /// AxUSER is {bytes, 16; queue, 8; step, 8} as the engine here has it; else it says nothing.
  bool user_tells = true;
  void set_timing(const AxiTiming& timing) {
    timing_ = timing;
    random_ = Random(timing.seed);
  }

  std::uint64_t cycle() const { return cycle_; }
  std::uint64_t bursts() const { return bursts_; }
  const Violations& violations() const { return violations_; }
  /// Nothing is out and nothing waits to be answered.
  bool idle() const { return reads_.used == 0 && writes_.used == 0; }
  bool writing() const { return writes_.used != 0; }

  void sample() {
    ++cycle_;
    sample_read_address();
    sample_write_address();
    sample_write_data();
    if (r_valid_ && port_.rready()) {
      r_valid_ = false;
      Burst& burst = reads_.at(r_burst_);
      if (++burst.beat > burst.from.length) reads_.release(r_burst_);
    }
    if (b_valid_ && port_.bready()) {
      b_valid_ = false;
      writes_.release(b_burst_);
    }
  }

  void drive() {
    if (reads_.used != 0) {
      take_effect(reads_);
      if (!r_valid_) answer_read();
    }
    if (writes_.used != 0) {
      take_effect(writes_);
      if (!b_valid_) answer_write();
    }
    port_.rvalid(r_valid_);
    port_.bvalid(b_valid_);
    port_.arready(reads_.used < kOutstanding && !stall());
    port_.awready(writes_.used < kOutstanding && !stall());
    // A beat has somewhere to go only if its address has come.
    port_.wready(w_next_ != w_announced_ && !stall());
  }

 private:
  enum class State : std::uint8_t { Free, Collecting, Waiting, Started, Done };
  struct Burst {
    State state = State::Free;
    BurstAddress from;
    std::uint64_t order = 0;  // in which it was announced
    std::uint64_t announced = 0;
    std::uint64_t due = 0;
    Response response = Response::Okay;
    unsigned beat = 0;
    std::array<std::uint8_t, kMostBytes> data;     // of whole beats, from the first lane
    std::array<std::uint8_t, kMostBytes> strobes;  // writes
    unsigned lane() const { return static_cast<unsigned>(from.address) & (kBytes - 1); }
  };
  struct Pool {
    std::array<Burst, kOutstanding> bursts;
    unsigned used = 0;
    bool is_write = false;
    Burst& at(unsigned i) { return bursts[i]; }
    unsigned take() {
      for (unsigned i = 0;; ++i)
        if (bursts[i].state == State::Free) {
          ++used;
          return i;
        }
    }
    void release(unsigned i) {
      bursts[i].state = State::Free;
      --used;
    }
  };

  void rest_pins() {
    port_.arready(true);
    port_.awready(true);
    port_.wready(false);
    port_.rvalid(false);
    port_.bvalid(false);
  }
  bool stall() { return timing_.stall != 0 && random_.percent(timing_.stall); }
  std::uint64_t due() {
    return cycle_ + timing_.latency + (timing_.jitter != 0 ? random_.below(timing_.jitter + 1) : 0);
  }

  BurstAddress read_address() const {
    return {port_.araddr(), port_.arid(),    port_.arlen(),
            port_.arsize(), port_.arburst(), port_.aruser()};
  }
  BurstAddress write_address() const {
    return {port_.awaddr(), port_.awid(),    port_.awlen(),
            port_.awsize(), port_.awburst(), port_.awuser()};
  }

  unsigned announce(Pool& pool, const BurstAddress& from, State state, const char* channel) {
    check_burst(from, kBytes, cycle_, channel, violations_);
    if (from.size != log2_bytes())
      violations_.add(cycle_, std::string(channel) + ": narrow bursts are not done here");
    const unsigned i = pool.take();
    Burst& burst = pool.at(i);
    burst.state = state;
    burst.from = from;
    burst.order = ++announced_;
    burst.announced = cycle_;
    burst.due = due();
    burst.beat = 0;
    return i;
  }
  static constexpr unsigned log2_bytes() {
    unsigned log = 0;
    while ((1u << log) < kBytes) ++log;
    return log;
  }

  void sample_read_address() {
    const bool valid = port_.arvalid();
    if (!valid && !ar_waited_) return;
    const bool ready = port_.arready();
    const BurstAddress from = read_address();
    ar_rule_.sample(valid, ready, from, cycle_, "AR", violations_);
    ar_waited_ = valid && !ready;
    if (valid && ready) announce(reads_, from, State::Waiting, "AR");
  }

  void sample_write_address() {
    const bool valid = port_.awvalid();
    if (!valid && !aw_waited_) return;
    const bool ready = port_.awready();
    const BurstAddress from = write_address();
    aw_rule_.sample(valid, ready, from, cycle_, "AW", violations_);
    aw_waited_ = valid && !ready;
    if (valid && ready) {
      const unsigned i = announce(writes_, from, State::Collecting, "AW");
      w_queue_[w_announced_++ % kOutstanding] = i;
    }
  }

  void sample_write_data() {
    const bool valid = port_.wvalid();
    if (!valid && !w_waited_) return;
    const bool ready = port_.wready();
    WriteBeat<kBytes> beat;
    port_.wdata(beat.data);
    beat.strobes = port_.wstrb();
    beat.last = port_.wlast();
    w_rule_.sample(valid, ready, beat, cycle_, "W", violations_);
    w_waited_ = valid && !ready;
    if (!valid || !ready) return;
    const unsigned index = w_queue_[w_next_ % kOutstanding];
    Burst& burst = writes_.at(index);
    std::memcpy(&burst.data[burst.beat * kBytes], beat.data, kBytes);
    for (unsigned i = 0; i < kBytes; ++i)
      burst.strobes[burst.beat * kBytes + i] = (beat.strobes >> i) & 1;
    if (burst.beat == 0 && (beat.strobes & ((1ull << burst.lane()) - 1)) != 0)
      violations_.add(cycle_, "W: strobes before the first address");
    const bool expected_last = burst.beat == burst.from.length;
    if (beat.last != expected_last)
      violations_.add(cycle_, "W: WLAST is not at the burst's last beat");
    ++burst.beat;
    if (!expected_last) return;
    burst.state = State::Waiting;
    burst.due = due();
    ++w_next_;
  }

  /// The burst that may take effect now, or kOutstanding.
  unsigned choose(Pool& pool) {
    unsigned chosen = kOutstanding, candidates = 0;
    for (unsigned i = 0; i < kOutstanding; ++i) {
      const Burst& burst = pool.at(i);
      if (burst.state != State::Waiting || burst.due > cycle_ || !first_of_its_id(pool, burst))
        continue;
      if (chosen == kOutstanding) {
        chosen = i;
        candidates = 1;
      } else if (!timing_.reorder) {
        if (burst.order < pool.at(chosen).order) chosen = i;
      } else if (random_.below(++candidates) == 0) {
        chosen = i;
      }
    }
    return chosen;
  }
  bool first_of_its_id(Pool& pool, const Burst& burst) const {
    for (const Burst& other : pool.bursts) {
      if (other.state == State::Started && other.from.id == burst.from.id) return false;
      if (other.state != State::Waiting && other.state != State::Collecting) continue;
      if (other.order < burst.order && (!timing_.reorder || other.from.id == burst.from.id))
        return false;
    }
    return true;
  }

  void take_effect(Pool& pool) {
    if constexpr (IsDeferred<Memory>::value) {
      for (unsigned i = 0; i < kOutstanding; ++i)
        if (pool.at(i).state == State::Started) finish(pool, i);
    }
    const unsigned i = choose(pool);
    if (i == kOutstanding) return;
    Burst& burst = pool.at(i);
    BusAccess access = access_of(pool, burst);
    if (user_tells) tell(burst.from.user, access);
    if constexpr (IsDeferred<Memory>::value) {
      burst.state = State::Started;
      memory_.start(slot(pool, i), access);
    } else {
      if (access.is_write)
        burst.response =
            memory_.write(access.address, access.data, access.strobes, burst.from.bytes());
      else
        burst.response = memory_.read(access.address, &burst.data[burst.lane()], access.bytes);
      done(burst, access);
    }
  }
  void finish(Pool& pool, unsigned i) {
    Burst& burst = pool.at(i);
    if (!memory_.finished(slot(pool, i), burst.response, &burst.data[burst.lane()])) return;
    BusAccess access = access_of(pool, burst);
    if (user_tells) take_user(burst.from.user, access);
    done(burst, access);
  }
  unsigned slot(const Pool& pool, unsigned i) const {
    return (&pool == &writes_ ? kOutstanding : 0) + i;
  }

  BusAccess access_of(Pool& pool, Burst& burst) {
    BusAccess access;
    access.cycle = cycle_;
    access.announced = burst.announced;
    access.is_write = &pool == &writes_;
    access.address = burst.from.address;
    access.bytes = burst.from.bytes();
    access.id = static_cast<std::uint8_t>(burst.from.id);
    access.data = &burst.data[burst.lane()];
    access.strobes = access.is_write ? &burst.strobes[burst.lane()] : nullptr;
    return access;
  }
  void done(Burst& burst, BusAccess& access) {
    if (!access.is_write) {
      // Bytes that nobody asked for are noise, so that nobody comes to rely on them.
      const unsigned end = burst.lane() + access.bytes, all = (burst.from.length + 1) * kBytes;
      if (burst.response != Response::Okay)
        std::memset(burst.data.data(), 0xdb, all);
      else
        std::memset(&burst.data[end], 0xdb, all - end);
    }
    access.response = burst.response;
    burst.state = State::Done;
    burst.beat = 0;
    burst.order = ++effects_;
    ++bursts_;
    if (observer) observer(access);
  }
  void tell(std::uint32_t user, BusAccess& access) {
    const std::uint32_t wanted = user >> 16;
    if (wanted == 0 || wanted > access.bytes)
      violations_.add(cycle_, "AxUSER: more bytes than the burst has");
    take_user(user, access);
  }
  static void take_user(std::uint32_t user, BusAccess& access) {
    access.step = static_cast<std::uint8_t>(user & 0xff);
    access.queue = (user >> 8) & 0xff;
    const std::uint32_t wanted = user >> 16;
    // Of a write all of the burst is told: a strobe too many is to be seen.
    if (!access.is_write && wanted != 0 && wanted <= access.bytes) access.bytes = wanted;
  }

  /// The oldest that took effect, or any if the order may be mixed.
  unsigned choose_answer(Pool& pool) {
    unsigned chosen = kOutstanding, candidates = 0;
    for (unsigned i = 0; i < kOutstanding; ++i) {
      const Burst& burst = pool.at(i);
      if (burst.state != State::Done || !answers_first(pool, burst)) continue;
      if (chosen == kOutstanding) {
        chosen = i;
        candidates = 1;
      } else if (!timing_.reorder) {
        if (burst.order < pool.at(chosen).order) chosen = i;
      } else if (random_.below(++candidates) == 0) {
        chosen = i;
      }
    }
    return chosen;
  }
  bool answers_first(Pool& pool, const Burst& burst) const {
    for (const Burst& other : pool.bursts)
      if (other.state == State::Done && other.from.id == burst.from.id && other.order < burst.order)
        return false;
    return true;
  }

  void answer_read() {
    if (stall()) return;
    const unsigned i = choose_answer(reads_);
    if (i == kOutstanding) return;
    Burst& burst = reads_.at(i);
    r_burst_ = i;
    r_valid_ = true;
    port_.r(burst.from.id, &burst.data[burst.beat * kBytes], static_cast<unsigned>(burst.response),
            burst.beat == burst.from.length);
  }
  void answer_write() {
    if (stall()) return;
    const unsigned i = choose_answer(writes_);
    if (i == kOutstanding) return;
    b_burst_ = i;
    b_valid_ = true;
    port_.b(writes_.at(i).from.id, static_cast<unsigned>(writes_.at(i).response));
  }

  Port port_;
  Memory& memory_;
  AxiTiming timing_;
  Random random_;
  Pool reads_, writes_;
  std::uint64_t cycle_ = 0, announced_ = 0, effects_ = 0, bursts_ = 0;
  std::array<unsigned, kOutstanding> w_queue_{};  // bursts that await data, by address order
  unsigned w_next_ = 0, w_announced_ = 0;
  bool r_valid_ = false, b_valid_ = false;
  unsigned r_burst_ = 0, b_burst_ = 0;
  Violations violations_;
  bool ar_waited_ = false, aw_waited_ = false, w_waited_ = false;
  StableRule<BurstAddress> ar_rule_, aw_rule_;
  StableRule<WriteBeat<kBytes>> w_rule_;
};

}  // namespace ringside::cosim
