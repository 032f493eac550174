// SPDX-License-Identifier: Apache-2.0
// Reads a trace back: one line per slice, in the order of the file, which has to be that of time on
// each track: "track begin-end name [>flow ...] [>|flow ...]", inner slices after outer ones.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/sim.h"

namespace ringside::test {

class ReadBack {
 public:
  struct Slice {
    std::string track, name;
    std::uint64_t begin = 0, end = 0;
    std::vector<std::uint64_t> flows, flow_ends;
    std::map<std::string, std::string> arguments;
  };

  explicit ReadBack(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string data{std::istreambuf_iterator<char>(in), {}};
    for (const auto& [field, packet] : fields(data)) {
      BOOST_TEST_REQUIRE(field == 1u);
      read_packet(packet.text);
    }
    for (const auto& [track, stack] : open_) BOOST_TEST(stack.empty());
  }

  std::vector<Slice> slices;
  std::string lines() const {
    std::string text;
    for (const Slice& s : slices) {
      text += s.track + " " + std::to_string(s.begin) + "-" + std::to_string(s.end) + " " + s.name;
      for (const std::uint64_t flow : s.flows) text += " >" + std::to_string(flow & 0xffff);
      for (const std::uint64_t flow : s.flow_ends) text += " >|" + std::to_string(flow & 0xffff);
      text += "\n";
    }
    return text;
  }

 private:
  struct Value {
    std::uint64_t number = 0;
    std::string text;
  };
  using Fields = std::vector<std::pair<unsigned, Value>>;

  static std::uint64_t varint(const std::string& data, std::size_t& at) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(data.at(at++));
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
  static Fields fields(const std::string& data) {
    Fields all;
    for (std::size_t at = 0; at < data.size();) {
      const std::uint64_t key = varint(data, at);
      Value value;
      if ((key & 7) == 0) value.number = varint(data, at);
      if ((key & 7) == 1)
        for (unsigned i = 0; i < 8; ++i)
          value.number |= std::uint64_t{static_cast<std::uint8_t>(data.at(at++))} << 8 * i;
      if ((key & 7) == 2) {
        const std::uint64_t length = varint(data, at);
        BOOST_TEST_REQUIRE(at + length <= data.size());
        value.text = data.substr(at, length);
        at += length;
      }
      all.emplace_back(static_cast<unsigned>(key >> 3), value);
    }
    return all;
  }
  void read_packet(const std::string& packet) {
    std::uint64_t at = 0;
    for (const auto& [field, value] : fields(packet)) {
      if (field == 8) at = value.number;
      if (field == 60) read_track(value.text);
      if (field == 11) read_event(value.text, at);
    }
  }
  void read_track(const std::string& track) {
    std::uint64_t uuid = 0, parent = 0;
    std::string name;
    for (const auto& [field, value] : fields(track)) {
      if (field == 1) uuid = value.number;
      if (field == 2) name = value.text;
      if (field == 5) parent = value.number;
    }
    tracks_[uuid] = parent == 0 ? name : tracks_.at(parent) + "/" + name;
  }
  void read_event(const std::string& event, std::uint64_t at) {
    Slice slice;
    std::uint64_t type = 0, track = 0;
    for (const auto& [field, value] : fields(event)) {
      if (field == 9) type = value.number;
      if (field == 11) track = value.number;
      if (field == 23) slice.name = value.text;
      if (field == 47) slice.flows.push_back(value.number);
      if (field == 48) slice.flow_ends.push_back(value.number);
      if (field == 4) read_argument(value.text, slice);
    }
    std::vector<std::size_t>& stack = open_[track];
    BOOST_TEST(at >= latest_[track]);
    latest_[track] = at;
    if (type == 1) {
      slice.track = tracks_.at(track);
      slice.begin = at;
      stack.push_back(slices.size());
      slices.push_back(slice);
      return;
    }
    BOOST_TEST_REQUIRE(type == 2u);
    BOOST_TEST_REQUIRE(!stack.empty());
    slices[stack.back()].end = at;
    stack.pop_back();
  }
  static void read_argument(const std::string& annotation, Slice& slice) {
    std::string name, text;
    for (const auto& [field, value] : fields(annotation)) {
      if (field == 10) name = value.text;
      if (field == 3) text = std::to_string(value.number);
      if (field == 6) text = value.text;
    }
    slice.arguments[name] = text;
  }

  std::map<std::uint64_t, std::string> tracks_;
  std::map<std::uint64_t, std::vector<std::size_t>> open_;
  std::map<std::uint64_t, std::uint64_t> latest_;
};

/// A file that is gone afterwards.
struct TraceFile {
  TraceFile() {
    char pattern[] = "/tmp/ringside-trace-XXXXXX";
    const int fd = mkstemp(pattern);
    BOOST_REQUIRE(fd >= 0);
    ::close(fd);
    name = pattern;
  }
  ~TraceFile() { ::unlink(name.c_str()); }
  std::string name;
};

}  // namespace ringside::test
