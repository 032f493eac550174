// SPDX-License-Identifier: Apache-2.0
#include "rtl/chains.h"

#include <algorithm>

namespace ringside::test {

namespace {

constexpr std::uint32_t kHalf = 12 * 1024;  // of a slot: readable, writable
constexpr unsigned kSlots = 16;
constexpr unsigned kMostPieces = 4;  // in each direction

class Mover {
 public:
  Mover(RtlBench& bench, const ChainsOptions& options)
      : bench_(bench), options_(options), random_(options.seed) {}

  void run() {
    bench_.arena.release_all();
    base_ = bench_.arena.take(std::uint64_t{2} * kHalf * kSlots, 4096);
    Driver::Bits bits{32};
    if (options_.form != Form::Direct) bits.push_back(28);
    if (options_.event_idx) bits.push_back(29);
    if (options_.packed) bits.push_back(34);
    require(bench_.driver.bring_up(bits, options_.size), "bring-up");
    for (unsigned i = kSlots; i-- > 0;) free_.push_back(i);
    while (done_ < options_.chains) {
      bool any = false;
      for (unsigned i = 0, batch = 1 + random_.below(4); i < batch; ++i) any = add() || any;
      if (any) bench_.driver.submit();
      collect();
    }
  }

 private:
  struct Request {
    std::vector<Piece> readable, writable;
    std::vector<std::uint8_t> sent;
    std::uint32_t room = 0;
  };

  static void require(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
  }
  std::uint64_t slot_base(unsigned slot) const { return base_ + std::uint64_t{2} * kHalf * slot; }

  /// Up to `most` pieces one after the other in a stretch, with gaps.
  std::vector<Piece> place(std::uint64_t at, unsigned most) {
    std::vector<Piece> pieces;
    std::uint32_t left =
        random_.below(5) == 0 ? options_.most_bytes : std::min(options_.most_bytes, 300u);
    const unsigned count = random_.below(most + 1);
    for (unsigned i = 0; i < count; ++i) {
      at += 1 + random_.below(40);
      const std::uint32_t bytes = random_.below(12) == 0 ? 0 : 1 + random_.below(left);
      pieces.push_back({at, bytes});
      at += bytes;
      left = std::max(1u, left - bytes);
    }
    return pieces;
  }

  bool add() {
    if (free_.empty() || sent_ == options_.chains) return false;
    const unsigned slot = free_.back();
    Request request;
    const unsigned most = options_.form == Form::Direct
                              ? std::min<unsigned>(kMostPieces, options_.size / 2)
                              : kMostPieces;
    const std::uint64_t in = slot_base(slot), out = in + kHalf;
    request.readable = place(in, most);
    request.writable = place(out, most);
    if (request.readable.empty() && request.writable.empty()) request.writable.push_back({out, 1});
    std::vector<std::uint8_t> bytes(kHalf);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(256));
    bench_.memory.write(in, bytes.data(), kHalf);
    bench_.memory.write(out, std::vector<std::uint8_t>(kHalf, 0xee).data(), kHalf);
    for (const Piece& p : request.readable)
      request.sent.insert(request.sent.end(), bytes.begin() + (p.address - in),
                          bytes.begin() + (p.address - in) + p.length);
    for (const Piece& p : request.writable) request.room += p.length;
    if (!bench_.driver.queue().add(request.readable, request.writable, slot, options_.form))
      return false;
    free_.pop_back();
    requests_[slot] = std::move(request);
    ++sent_;
    return true;
  }

  void collect() {
    DriverQueue& queue = bench_.driver.queue();
    if (queue.outstanding() == 0) return;
    const unsigned more = 1 + random_.below(static_cast<std::uint32_t>(queue.outstanding()));
    // A sleep that only its time-out ends is a lost interrupt, whatever has come back meanwhile.
    const sc_core::sc_time patience(2, sc_core::SC_MS), start = sc_core::sc_time_stamp();
    const bool woken = bench_.driver.wait_used(0, patience, more);
    require(woken && sc_core::sc_time_stamp() - start < patience, "no interrupt came");
    while (auto completion = queue.next_used()) check(*completion);
  }

  void check(const Completion& completion) {
    const auto slot = static_cast<unsigned>(completion.token);
    const Request& request = requests_[slot];
    const auto expected = std::min(static_cast<std::uint32_t>(request.sent.size()), request.room);
    require(completion.written == expected,
            "used length " + std::to_string(completion.written.value_or(0)) + " where " +
                std::to_string(expected) + " bytes were due");
    const std::uint64_t out = slot_base(slot) + kHalf;
    std::vector<std::uint8_t> is(kHalf), should(kHalf, 0xee);
    std::uint32_t i = 0;
    for (const Piece& p : request.writable)
      for (std::uint32_t k = 0; k < p.length && i < expected; ++k)
        should[p.address - out + k] = static_cast<std::uint8_t>(~request.sent[i++]);
    bench_.memory.read(out, is.data(), kHalf);
    const auto [a, b] = std::mismatch(is.begin(), is.end(), should.begin());
    require(a == is.end(), "byte " + std::to_string(a - is.begin()) + " of a writable half is " +
                               std::to_string(a == is.end() ? 0 : *a) + ", expected " +
                               std::to_string(a == is.end() ? 0 : *b));
    free_.push_back(slot);
    ++done_;
  }

  RtlBench& bench_;
  ChainsOptions options_;
  cosim::Random random_;
  std::uint64_t base_ = 0;
  std::vector<unsigned> free_;
  std::array<Request, kSlots> requests_;
  unsigned sent_ = 0, done_ = 0;
};

}  // namespace

std::string ChainsOptions::str() const {
  const char* forms[] = {"direct", "indirect", "mixed"};
  return std::string(packed ? "packed " : "split ") + forms[static_cast<int>(form)] +
         (event_idx ? " event_idx" : "") + " size " + std::to_string(size) + " seed " +
         std::to_string(seed);
}

std::string move_chains(RtlBench& bench, const ChainsOptions& options) {
  try {
    Mover(bench, options).run();
  } catch (const std::exception& e) {
    return options.str() + ": " + e.what();
  }
  return {};
}

}  // namespace ringside::test
