// SPDX-License-Identifier: Apache-2.0
// Slices that overlap, or come out of order, on as many tracks as that takes. They have one name,
// so they are shown as one.
#pragma once

#include <string>
#include <vector>

#include "trace/perfetto_file.h"

namespace ringside::trace {

class Lanes {
 public:
  Lanes(PerfettoFile& file, PerfettoFile::Track parent, std::string name)
      : file_(file), parent_(parent), name_(std::move(name)) {}

  /// A track that is free from `slice.begin` on, and taken until its end. With kMost taken, the one
  /// that comes free first, and the slice begins when it does.
  PerfettoFile::Track take(Slice& slice);

 private:
  static constexpr std::size_t kMost = 1024;
  struct Lane {
    PerfettoFile::Track track;
    std::uint64_t free_from;
  };
  PerfettoFile& file_;
  PerfettoFile::Track parent_;
  std::string name_;
  std::vector<Lane> lanes_;
};

}  // namespace ringside::trace
