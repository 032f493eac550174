// SPDX-License-Identifier: Apache-2.0
// A device of a bench under the checker.
#pragma once

#include <cstdlib>
#include <memory>

#include "cosim/check/checker.h"
#include "cosim/check/device_settings.h"
#include "cosim/check/observe.h"
#include "driver/direct.h"
#include "support/sim.h"

namespace ringside::test {

/// Stands between a device and the test's memory, and says nothing until it is switched on. With
/// RINGSIDE_CHECKED=1 in the environment it is on in each bench that has one.
class Monitor {
 public:
  explicit Monitor(DmaInterface& memory) : dma(memory, stream) {}

  static bool wanted() {
    const char* text = std::getenv("RINGSIDE_CHECKED");
    return text && *text == '1';
  }
  /// Before the device is brought up.
  void watch(DirectAccess& access, const cosim::CheckSettings& settings = {}) {
    checker = std::make_unique<cosim::Checker>(settings);
    stream.add(*checker);
    access.watch.to(&stream);
  }
  /// The same, judged as devices of its type have to be.
  void watch(DirectAccess& access, const virtio::VirtioDevice& device) {
    watch(access);
    for (unsigned queue = 0; queue < device.all_queues(); ++queue)
      checker->set(queue, cosim::settings_for(static_cast<unsigned>(device.device_id()), queue,
                                              device.num_queues()));
  }
  /// Watches if RINGSIDE_CHECKED says so.
  void watch_if_wanted(DirectAccess& access, const virtio::VirtioDevice& device) {
    if (wanted()) watch(access, device);
  }
  /// After the run; nothing if it was not watched.
  void report() {
    if (!checker) return;
    BOOST_TEST(checker->findings().empty(), checker->findings().str());
  }

  cosim::TransactionStream stream;
  cosim::WatchedDma dma;
  std::unique_ptr<cosim::Checker> checker;
};

}  // namespace ringside::test
