// SPDX-License-Identifier: Apache-2.0
#include "trace/perfetto_file.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ringside::trace {

namespace {

// Numbers of fields, by message.
namespace trace_message {
constexpr unsigned kPacket = 1;
}
namespace trace_packet {
constexpr unsigned kTimestamp = 8, kSequenceId = 10, kTrackEvent = 11, kTrackDescriptor = 60;
}
namespace track_descriptor {
constexpr unsigned kUuid = 1, kName = 2, kParentUuid = 5;
}
namespace track_event {
constexpr unsigned kDebugAnnotations = 4, kType = 9, kTrackUuid = 11, kCategories = 22, kName = 23,
                   kFlowIds = 47, kTerminatingFlowIds = 48;
constexpr unsigned kSliceBegin = 1, kSliceEnd = 2;  // values of type
}  // namespace track_event
namespace debug_annotation {
constexpr unsigned kUintValue = 3, kStringValue = 6, kName = 10;
}

constexpr unsigned kSequence = 1;  // all packets are of one writer

}  // namespace

PerfettoFile::PerfettoFile(const std::string& name, std::uint64_t limit)
    : name_(name), out_(name, std::ios::binary | std::ios::trunc), limit_(limit) {
  if (!out_) throw std::runtime_error(fmt::format("{}: cannot write the trace", name));
}

void PerfettoFile::put(const Message& packet) {
  outer_.clear();
  outer_.add(trace_message::kPacket, packet);
  written_ += outer_.bytes().size();
  full_ = written_ > limit_;
  out_.write(outer_.bytes().data(), static_cast<std::streamsize>(outer_.bytes().size()));
}

PerfettoFile::Track PerfettoFile::add_track(Track parent, const std::string& name) {
  const Track track = ++tracks_;
  part_.clear();
  part_.add(track_descriptor::kUuid, track);
  part_.add(track_descriptor::kName, name);
  if (parent != kNone) part_.add(track_descriptor::kParentUuid, parent);
  packet_.clear();
  packet_.add(trace_packet::kSequenceId, kSequence);
  packet_.add(trace_packet::kTrackDescriptor, part_);
  put(packet_);
  return track;
}

Message& PerfettoFile::new_event(unsigned type, Track track) {
  event_.clear();
  event_.add(track_event::kType, type);
  event_.add(track_event::kTrackUuid, track);
  return event_;
}

void PerfettoFile::put_event(std::uint64_t at) {
  packet_.clear();
  packet_.add(trace_packet::kTimestamp, at);
  packet_.add(trace_packet::kSequenceId, kSequence);
  packet_.add(trace_packet::kTrackEvent, event_);
  put(packet_);
}

bool PerfettoFile::begin(Track track, const Slice& slice) {
  if (full_) return false;
  Message& event = new_event(track_event::kSliceBegin, track);
  event.add(track_event::kName, slice.name);
  if (*slice.category) event.add(track_event::kCategories, slice.category);
  for (const auto& [name, value] : slice.numbers) {
    part_.clear();
    part_.add(debug_annotation::kName, name);
    part_.add(debug_annotation::kUintValue, value);
    event.add(track_event::kDebugAnnotations, part_);
  }
  for (const auto& [name, value] : slice.texts) {
    part_.clear();
    part_.add(debug_annotation::kName, name);
    part_.add(debug_annotation::kStringValue, value);
    event.add(track_event::kDebugAnnotations, part_);
  }
  for (const std::uint64_t flow : slice.flows) event.add_fixed64(track_event::kFlowIds, flow);
  for (const std::uint64_t flow : slice.flow_ends)
    event.add_fixed64(track_event::kTerminatingFlowIds, flow);
  put_event(slice.begin);
  return true;
}

void PerfettoFile::end(Track track, std::uint64_t at) {
  new_event(track_event::kSliceEnd, track);
  put_event(at);
}

void PerfettoFile::close() {
  out_.close();
  if (!out_)
    throw std::runtime_error(fmt::format("{}: the trace is incomplete; is the disk full?", name_));
}

}  // namespace ringside::trace
