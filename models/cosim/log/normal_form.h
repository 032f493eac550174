// SPDX-License-Identifier: Apache-2.0
// Streams of two devices that do the same work made comparable: what the specification leaves to an
// engine (how it cuts its accesses, when it moves payload within a request) is taken out, all else
// stays in its order. Free of SystemC.
//
//   register writes, interrupts   as they are, in their place
//   register reads                left out: drivers poll
//   accesses of a ring            in their place; those of one kind and purpose that follow each
//                                 other with addresses that go on are one; a write is what its
//                                 strobes name
//   payload                       between two of the above: reads, then writes, by address, those
//                                 that touch joined
//   number                        counted anew; time, device and request are left out
//
// So equal normal forms mean: the same bytes of the ring read and written in the same order, the
// same payload moved between the same ring accesses, the same interrupts and register writes in the
// same places. One queue at a time, or queues that do not work at the same time.
#pragma once

#include <cstdint>
#include <vector>

#include "cosim/check/transaction.h"

namespace ringside::cosim {

class NormalForm final : public Listener {
 public:
  /// Payload that waits to be sorted; beyond it comes out as it is.
  static constexpr std::size_t kMostBytes = 16 << 20;

  explicit NormalForm(Listener& to) : to_(to) {}
  void see(const Transaction& transaction) override;
  /// The stream is at its end: what waits to be joined comes out.
  void finish();

 private:
  struct Access {
    Transaction t;
    std::vector<std::uint8_t> data;
  };
  void add(std::vector<Access>& to, const Transaction& t);
  void cut(std::vector<Access>& to, const Transaction& t);
  void ring(const Transaction& t);
  void send(Access& access);
  void send_ring();
  void send_sorted(std::vector<Access>& payload);
  void send_payload();

  Listener& to_;
  std::uint64_t next_ = 0;
  std::vector<Access> ring_;  // one kind and purpose, addresses in a row
  std::vector<Access> reads_, writes_;
  std::size_t held_ = 0;  // bytes of payload
};

}  // namespace ringside::cosim
