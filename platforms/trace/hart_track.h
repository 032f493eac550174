// SPDX-License-Identifier: Apache-2.0
// What one hart does, in order. A notification is held back, and what follows it, until it is known
// which requests it has started.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "trace/perfetto_file.h"

namespace ringside::trace {

/// A notification of a queue and the requests that it has started.
struct Kick {
  std::uint64_t at = 0;
  std::vector<std::uint64_t> flows;
  bool closed = false;  ///< no more requests come to it
};

class HartTrack {
 public:
  HartTrack(PerfettoFile& file, PerfettoFile::Track track) : file_(file), track_(track) {}

  void add(Slice slice, std::shared_ptr<Kick> kick = nullptr);
  /// Writes all that is held back.
  void flush();

 private:
  static constexpr std::size_t kMostHeld = 4096;
  struct Held {
    Slice slice;
    std::shared_ptr<Kick> kick;
  };
  void write_first();

  PerfettoFile& file_;
  PerfettoFile::Track track_;
  std::deque<Held> held_;
  std::uint64_t latest_ = 0;
};

}  // namespace ringside::trace
