// SPDX-License-Identifier: Apache-2.0
// A file of track events as Perfetto reads it (ui.perfetto.dev, trace_processor): a sequence of
// TracePacket messages, protos/perfetto/trace/trace_packet.proto of the Perfetto project.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/protobuf.h"

namespace ringside::trace {

/// A piece of a track. Times are nanoseconds.
struct Slice {
  std::string name;
  const char* category = "";  ///< a word that stays where it is
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::vector<std::pair<const char*, std::uint64_t>> numbers;
  std::vector<std::pair<const char*, std::string>> texts;
  std::vector<std::uint64_t> flows;      ///< arrows that pass here
  std::vector<std::uint64_t> flow_ends;  ///< arrows that end here
};

class PerfettoFile {
 public:
  using Track = std::uint64_t;
  static constexpr Track kNone = 0;

  /// Throws std::runtime_error if the file cannot be written. Once there are `limit` bytes, nothing
  /// is added any more.
  PerfettoFile(const std::string& name, std::uint64_t limit);

  /// A track below another, or at the top. Tracks of one name and parent are shown as one.
  Track add_track(Track parent, const std::string& name);
  /// Slices of one track come in the order of time, and lie beside or inside each other.
  /// False if the file is full: then the slice has no end either.
  bool begin(Track track, const Slice& slice);
  void end(Track track, std::uint64_t at);
  /// A slice with nothing inside.
  void add(Track track, const Slice& slice) {
    if (begin(track, slice)) end(track, slice.end);
  }

  bool full() const { return full_; }
  /// Throws std::runtime_error if not everything could be written.
  void close();

 private:
  void put(const Message& packet);
  Message& new_event(unsigned type, Track track);
  void put_event(std::uint64_t at);

  std::string name_;
  std::ofstream out_;
  std::uint64_t limit_;
  std::uint64_t written_ = 0;
  bool full_ = false;
  Track tracks_ = 0;
  Message event_, packet_, part_, outer_;
};

}  // namespace ringside::trace
