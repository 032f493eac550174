// SPDX-License-Identifier: Apache-2.0
#include "trace/time_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kit/model.h"
#include "kit/tag.h"

namespace ringside::trace {

namespace {

constexpr const char* kEvent = "event";
constexpr const char* kHart = "hart";
constexpr const char* kRequest = "request";
constexpr const char* kBusy = "busy";
constexpr const char* kBytes = "bytes";

// Arrows that one slice has at most; a driver that lets more pile up is not readable anyway.
constexpr std::size_t kMostFlows = 4096;
constexpr unsigned kNumberBits = 40;

/// Simulated time is counted in picoseconds (kit README).
std::uint64_t nanoseconds(const sc_core::sc_time& time) {
  return time.value() / 1000;
}

std::uint64_t now() {
  return nanoseconds(sc_core::sc_time_stamp());
}

void append(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from) {
  const std::size_t room = kMostFlows - std::min(kMostFlows, to.size());
  to.insert(to.end(), from.begin(), from.begin() + std::min(room, from.size()));
}

Slice slice_of(const char* name, const char* category, std::uint64_t begin, std::uint64_t end) {
  Slice slice;
  slice.name = name;
  slice.category = category;
  slice.begin = begin;
  slice.end = std::max(begin, end);
  return slice;
}

void add_source(Slice& slice, const Model& target, unsigned queue) {
  slice.texts.emplace_back("device", target.path());
  if (queue != TransactionTag::kNoQueue) slice.numbers.emplace_back("queue", queue);
}

}  // namespace

// ---- tracks -----------------------------------------------------------------------------------

HartTrack& TimeLine::hart_track(const Model& cpu, unsigned hart) {
  std::unique_ptr<HartTrack>& track = harts_[{&cpu, hart}];
  if (track) return *track;
  const std::string name = fmt::format("{} hart {}", cpu.path(), hart);
  track = std::make_unique<HartTrack>(file_, file_.add_track(PerfettoFile::kNone, name));
  hart_tracks_.push_back(track.get());
  return *track;
}

PerfettoFile::Track TimeLine::group(const Model& model) {
  PerfettoFile::Track& track = groups_[&model];
  if (track == PerfettoFile::kNone) track = file_.add_track(PerfettoFile::kNone, model.path());
  return track;
}

Lanes& TimeLine::lanes(const Model& model, const std::string& name) {
  std::unique_ptr<Lanes>& found = lanes_[{&model, name}];
  if (!found) found = std::make_unique<Lanes>(file_, group(model), name);
  return *found;
}

void TimeLine::draw(Lanes& lanes, Slice& slice) {
  file_.add(lanes.take(slice), slice);
  ++slices_;
}

bool TimeLine::closed() {
  const bool open = window_.open() && !file_.full();
  if (was_open_ && !open) interrupt();
  was_open_ = open;
  return !open;
}

void TimeLine::interrupt() {
  for (auto& [key, state] : queues_) state = {};
  messages_.clear();
  pins_.clear();
  for (HartTrack* track : hart_tracks_) track->flush();
  for (const auto& part : busy_parts_) draw_busy(*part);
}

// ---- harts ------------------------------------------------------------------------------------

void TimeLine::hart_access(const Model& cpu, unsigned hart, const TransactionTag& tag,
                           bool is_write, const sc_core::sc_time& begin,
                           const sc_core::sc_time& end) {
  if (closed()) return;
  const ExitClass kind = class_of(tag, is_write);
  Slice slice = slice_of(to_string(kind), kEvent, nanoseconds(begin), nanoseconds(end));
  add_source(slice, *tag.target, tag.queue);
  std::shared_ptr<Kick> kick;
  if (kind == ExitClass::Notify) kick = adopt_kick(tag);
  if (kind == ExitClass::IsrRead) {
    slice.flow_ends = std::exchange(pins_[tag.target], {});
    append(slice.flow_ends, take_notified(*tag.target));
  }
  hart_track(cpu, hart).add(std::move(slice), std::move(kick));
  ++slices_;
}

void TimeLine::hart_event(const Model& cpu, unsigned hart, ExitClass kind,
                          const sc_core::sc_time& begin, const sc_core::sc_time& end) {
  if (closed()) return;
  hart_track(cpu, hart).add(
      slice_of(to_string(kind), kEvent, nanoseconds(begin), nanoseconds(end)));
  ++slices_;
}

void TimeLine::hart_slept(const Model& cpu, unsigned hart, const sc_core::sc_time& begin,
                          const sc_core::sc_time& end) {
  if (closed()) return;
  hart_track(cpu, hart).add(slice_of("sleep", kHart, nanoseconds(begin), nanoseconds(end)));
  ++slices_;
}

void TimeLine::hart_claims(const Model& cpu, unsigned hart, bool machine_level,
                           std::uint32_t identity, const sc_core::sc_time& at) {
  if (closed()) return;
  Slice slice = slice_of("take interrupt", kHart, nanoseconds(at), nanoseconds(at));
  slice.numbers.emplace_back("identity", identity);
  const auto found = messages_.find({hart, machine_level, identity});
  if (found != messages_.end()) slice.flow_ends = std::exchange(found->second, {});
  hart_track(cpu, hart).add(std::move(slice));
  ++slices_;
}

// ---- queues -----------------------------------------------------------------------------------

std::uint64_t TimeLine::flow_of(QueueState& state, std::uint64_t number) {
  if (state.life == 0) state.life = ++lives_;
  return state.life << kNumberBits | number;
}

void TimeLine::queue_kicked(const TracedQueue& queue) {
  if (closed()) return;
  QueueState& state = queue_state(queue);
  if (state.before) state.before->closed = true;
  state.before = std::move(state.latest);
  state.latest = std::make_shared<Kick>();
  state.latest->at = now();
  state.unseen.push_back(state.latest);
  if (state.unseen.size() > kMostFlows) state.unseen.pop_front();
}

/// The notification that an access has made.
std::shared_ptr<Kick> TimeLine::adopt_kick(const TransactionTag& tag) {
  QueueState& state = queue_state({tag.target, tag.queue});
  if (state.unseen.empty()) return nullptr;  // the queue is not enabled
  std::shared_ptr<Kick> kick = std::move(state.unseen.front());
  state.unseen.pop_front();
  return kick;
}

void TimeLine::request_taken(const TracedQueue& queue, std::uint64_t number,
                             const sc_core::sc_time& begun) {
  if (closed()) return;
  QueueState& state = queue_state(queue);
  const auto began_it = [&begun](const std::shared_ptr<Kick>& kick) {
    return kick && kick->at <= nanoseconds(begun);
  };
  Kick* kick = began_it(state.latest)   ? state.latest.get()
               : began_it(state.before) ? state.before.get()
                                        : nullptr;
  if (!kick || kick->flows.size() >= kMostFlows) return;
  const std::uint64_t flow = flow_of(state, number);
  if (kick->flows.empty() || kick->flows.back() != flow)
    kick->flows.push_back(flow);  // else put back and taken again
}

void TimeLine::request_used(const TracedQueue& queue, const std::string& queue_name,
                            const TracedRequest& request) {
  if (closed() || !queue.target) return;
  QueueState& state = queue_state(queue);
  const std::uint64_t flow = flow_of(state, request.number);
  Slice whole =
      slice_of("request", kRequest, nanoseconds(request.begun), nanoseconds(request.used));
  whole.numbers = {{"number", request.number},
                   {"bytes read", request.bytes_read},
                   {"bytes written", request.bytes_written}};
  whole.flows = {flow};
  const PerfettoFile::Track track = lanes(*queue.target, queue_name).take(whole);
  const auto inside = [&](const char* name, const sc_core::sc_time& from,
                          const sc_core::sc_time& to) {
    file_.add(track, slice_of(name, kRequest, std::max(nanoseconds(from), whole.begin),
                              std::max(nanoseconds(to), whole.begin)));
  };
  if (!file_.begin(track, whole)) return;
  inside("fetch", request.begun, request.taken);
  inside("service", request.taken, request.done);
  inside("complete", request.done, request.used);
  file_.end(track, whole.end);
  ++slices_;
  append(state.used, {flow});
}

void TimeLine::queue_notifies(const TracedQueue& queue) {
  if (closed()) return;
  QueueState& state = queue_state(queue);
  append(state.notified, std::exchange(state.used, {}));
}

void TimeLine::notification_suppressed(const TracedQueue& queue) {
  if (closed()) return;
  queue_state(queue).used.clear();
}

void TimeLine::queue_stopped(const TracedQueue& queue) {
  if (closed()) return;
  QueueState& state = queue_state(queue);
  for (Kick* kick : {state.before.get(), state.latest.get()})
    if (kick) kick->closed = true;
  state = {};
}

// ---- interrupts -------------------------------------------------------------------------------

TimeLine::Flows TimeLine::take_notified(const Model& target) {
  Flows flows;
  for (auto at = queues_.lower_bound({&target, 0});
       at != queues_.end() && at->first.first == &target; ++at)
    append(flows, std::exchange(at->second.notified, {}));
  return flows;
}

void TimeLine::draw_interrupt(const Model& target, unsigned queue, const Flows& flows) {
  Slice slice = slice_of(to_string(ExitClass::Interrupt), kEvent, now(), now());
  add_source(slice, target, queue);
  slice.flows = flows;
  draw(lanes(target, "interrupts"), slice);
}

void TimeLine::message_arrives(const TransactionTag& tag, unsigned hart, bool machine_level,
                               std::uint32_t identity) {
  if (closed()) return;
  const Flows flows = tag.queue == TransactionTag::kNoQueue
                          ? Flows()
                          : std::exchange(queue_state({tag.target, tag.queue}).notified, {});
  draw_interrupt(*tag.target, tag.queue, flows);
  append(messages_[{hart, machine_level, identity}], flows);
}

void TimeLine::pin_asserted(const Model& function) {
  if (closed()) return;
  const Flows flows = take_notified(function);
  draw_interrupt(function, TransactionTag::kNoQueue, flows);
  append(pins_[&function], flows);
}

// ---- links and memories -----------------------------------------------------------------------

void TimeLine::busy(const Model& model, const char* part, const char* what,
                    const sc_core::sc_time& begin, const sc_core::sc_time& end,
                    std::uint64_t bytes) {
  if (closed()) return;
  BusyPart*& found = busy_[{&model, part}];
  if (!found) {
    busy_parts_.push_back(std::make_unique<BusyPart>(file_, group(model), part));
    found = busy_parts_.back().get();
  }
  BusyPart& p = *found;
  const std::uint64_t from = nanoseconds(begin), to = nanoseconds(end);
  if (p.open && p.slice.end == from && p.slice.name == what) {
    p.slice.end = to;
    p.bytes += bytes;
    return;
  }
  draw_busy(p);
  p.slice = slice_of(what, kBusy, from, to);
  p.bytes = bytes;
  p.open = true;
}

void TimeLine::draw_busy(BusyPart& part) {
  if (!std::exchange(part.open, false)) return;
  part.slice.numbers.emplace_back(kBytes, part.bytes);
  draw(part.lanes, part.slice);
}

}  // namespace ringside::trace
