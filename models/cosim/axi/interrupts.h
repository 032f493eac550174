// SPDX-License-Identifier: Apache-2.0
// Takes the interrupt vectors of a device under test.
#pragma once

#include <cstdint>
#include <functional>

#include "cosim/axi/axi_rules.h"
#include "cosim/axi/random.h"

namespace ringside::cosim {

template <class Port>
class InterruptSink {
 public:
  InterruptSink(Port port, unsigned stall = 0, std::uint64_t seed = 1)
      : port_(port), stall_(stall), random_(seed) {
    port_.ready(true);
  }

  /// Called with the vector when one has been taken.
  std::function<void(unsigned vector)> taken;
  std::uint64_t count() const { return count_; }
  const Violations& violations() const { return violations_; }

  /// While the design is in reset.
  void reset() {
    rule_.reset();
    waited_ = false;
  }

  void sample() {
    ++cycle_;
    const bool valid = port_.valid(), ready = port_.ready();
    if (!valid && !waited_) return;
    const unsigned vector = port_.vector();
    rule_.sample(valid, ready, vector, cycle_, "interrupt", violations_);
    waited_ = valid && !ready;
    if (!valid || !ready) return;
    ++count_;
    if (taken) taken(vector);
  }
  void drive() { port_.ready(!(stall_ != 0 && random_.percent(stall_))); }

 private:
  Port port_;
  unsigned stall_;
  Random random_;
  std::uint64_t cycle_ = 0, count_ = 0;
  bool waited_ = false;
  StableRule<unsigned> rule_;
  Violations violations_;
};

}  // namespace ringside::cosim
