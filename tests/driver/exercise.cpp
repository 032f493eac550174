// SPDX-License-Identifier: Apache-2.0
#include "driver/exercise.h"

#include <algorithm>
#include <stdexcept>

namespace ringside::test {

namespace {

constexpr std::uint32_t kSlotBytes = 256;  // of each direction, per request that is out
constexpr std::uint32_t kMostBytes = 200;

class Exerciser {
 public:
  Exerciser(Driver& driver, DeviceAccess& device, GuestMemory& memory, Arena& arena,
            const Combination& combination, std::uint32_t seed)
      : driver_(driver),
        device_(device),
        memory_(memory),
        combination_(combination),
        random_(seed | 1),
        slots_(combination.size) {
    arena.release_all();
    base_ = arena.take(std::uint64_t{2} * kSlotBytes * combination.size, 64);
  }

  Outcome run() {
    try {
      require(driver_.bring_up(combination_.bits(), combination_.size), "bring-up");
      for (std::size_t i = slots_.size(); i-- > 0;) free_.push_back(i);
      const std::uint64_t before = driver_.notifications;
      while (done_ < combination_.requests) {
        const unsigned rounds = 1 + random(2);
        for (unsigned i = 0; i < rounds; ++i) submit();
        collect();
      }
      require(driver_.queue().outstanding() == 0, "nothing out at the end");
      outcome_.notifications = driver_.notifications - before;
    } catch (const std::exception& e) {
      outcome_.ok = false;
      outcome_.why = combination_.str() + ": " + e.what() + " after " + std::to_string(done_) +
                     " of " + std::to_string(combination_.requests);
    }
    return outcome_;
  }

 private:
  struct Request {
    std::vector<Piece> readable, writable;
    std::uint32_t in = 0, out = 0;  // bytes the device may read and write
    bool busy = false;
  };

  static void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(std::string("failed: ") + what);
  }
  std::uint32_t random(std::uint32_t below) {
    random_ = random_ * 1664525u + 1013904223u;
    return static_cast<std::uint32_t>((std::uint64_t{random_ >> 8} * below) >> 24);
  }
  std::uint8_t pattern(std::size_t slot, std::uint32_t i) const {
    return static_cast<std::uint8_t>(slot * 7 + i * 3 + 1);
  }

  /// Cuts a stretch of memory into up to `most` pieces.
  std::vector<Piece> cut(std::uint64_t at, std::uint32_t bytes, unsigned most) {
    std::vector<Piece> pieces;
    while (bytes != 0) {
      const std::uint32_t now = pieces.size() + 1 >= most ? bytes : 1 + random(bytes);
      pieces.push_back({at, now});
      at += now;
      bytes -= now;
    }
    return pieces;
  }

  bool add() {
    if (free_.empty() || sent_ == combination_.requests) return false;
    const std::size_t slot = free_.back();
    Request& request = slots_[slot];
    const std::uint64_t in = base_ + 2 * kSlotBytes * slot, out = in + kSlotBytes;
    request.in = 1 + random(kMostBytes);
    request.out = 1 + random(kMostBytes);
    const unsigned most = combination_.form == Form::Direct ? combination_.size : 8;
    if (most == 1) (random(2) ? request.in : request.out) = 0;
    request.readable = cut(in, request.in, std::min(3u, most > 1 ? most / 2 : 1));
    request.writable = cut(out, request.out, std::min(3u, most > 1 ? most / 2 : 1));
    std::vector<std::uint8_t> bytes(kSlotBytes);
    for (std::uint32_t i = 0; i < kSlotBytes; ++i) bytes[i] = pattern(slot, i);
    memory_.write(in, bytes.data(), bytes.size());
    memory_.write(out, std::vector<std::uint8_t>(kSlotBytes, 0xee).data(), kSlotBytes);
    if (!driver_.queue().add(request.readable, request.writable, slot, combination_.form))
      return false;
    free_.pop_back();
    request.busy = true;
    ++sent_;
    return true;
  }

  void submit() {
    bool any = false;
    for (unsigned i = 0; i < combination_.batch && add(); ++i) any = true;
    if (!any) return;
    ++outcome_.submissions;
    driver_.submit();
  }

  void collect() {
    DriverQueue& queue = driver_.queue();
    if (queue.outstanding() == 0) return;
    const unsigned more =
        1 + random(static_cast<std::uint32_t>(std::min<std::size_t>(queue.outstanding(), 1000)));
    const std::uint64_t interrupts = device_.queue_interrupts(0);
    require(driver_.wait_used(0, {100, sc_core::SC_MS}, more), "an interrupt in time");
    if (device_.queue_interrupts(0) != interrupts) ++outcome_.sleeps;
    while (auto completion = queue.next_used()) check(*completion);
  }

  void check(const Completion& completion) {
    Request& request = slots_.at(completion.token);
    require(request.busy, "a request that was out");
    request.busy = false;
    const std::uint32_t expected = std::min(request.in, request.out);
    if (completion.written)
      require(*completion.written == expected, "the right length");
    else
      require(combination_.in_order && request.out == expected, "a batch skips full requests only");
    const std::uint64_t out = base_ + 2 * kSlotBytes * completion.token + kSlotBytes;
    std::vector<std::uint8_t> bytes(kSlotBytes);
    memory_.read(out, bytes.data(), bytes.size());
    for (std::uint32_t i = 0; i < kSlotBytes; ++i) {
      const auto inverted = static_cast<std::uint8_t>(~pattern(completion.token, i));
      require(bytes[i] == (i < expected ? inverted : 0xee), "the right bytes");
    }
    free_.push_back(completion.token);
    ++done_;
  }

  Driver& driver_;
  DeviceAccess& device_;
  GuestMemory& memory_;
  Combination combination_;
  std::uint32_t random_;
  std::uint64_t base_;
  std::vector<Request> slots_;
  std::vector<std::size_t> free_;
  unsigned sent_ = 0;
  unsigned done_ = 0;
  Outcome outcome_;
};

}  // namespace

std::string Combination::str() const {
  const char* forms[] = {"direct", "indirect", "mixed"};
  return std::string(packed ? "packed " : "split ") + forms[static_cast<int>(form)] +
         (event_idx ? " event_idx" : "") + (in_order ? " in_order" : "") +
         (notification_data ? " notification_data" : "") + " size " + std::to_string(size) +
         " batch " + std::to_string(batch);
}

Driver::Bits Combination::bits() const {
  Driver::Bits bits{32};
  if (form != Form::Direct) bits.push_back(28);
  if (event_idx) bits.push_back(29);
  if (platform_addresses) bits.push_back(33);
  if (packed) bits.push_back(34);
  if (in_order) bits.push_back(35);
  if (notification_data) bits.push_back(38);
  return bits;
}

Outcome exercise(Driver& driver, DeviceAccess& device, GuestMemory& memory, Arena& arena,
                 const Combination& combination, std::uint32_t seed) {
  return Exerciser(driver, device, memory, arena, combination, seed).run();
}

}  // namespace ringside::test
