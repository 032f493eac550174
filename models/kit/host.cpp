// SPDX-License-Identifier: Apache-2.0
#include "kit/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "kit/model.h"
#include "kit/platform.h"

namespace ringside {

/// Wakes the SystemC kernel from another thread (async_request_update is the one call that other
/// threads may make).
class HostBoundary::Doorbell final : public sc_core::sc_prim_channel {
 public:
  explicit Doorbell(HostBoundary& boundary)
      : sc_core::sc_prim_channel("doorbell"), boundary_(boundary) {}
  void ring() { async_request_update(); }
  void keep_alive(bool on) {
    if (on)
      async_attach_suspending();
    else
      async_detach_suspending();
  }

 private:
  void update() override {
    boundary_.schedule(boundary_.platform_.quantum + sc_core::sc_time::from_value(1));
  }
  HostBoundary& boundary_;
};

HostInput::HostInput(Model* owner, const char* name)
    : boundary_(owner->platform().host()), path_(owner->path() + ":" + name) {
  boundary_.inputs_[path_] = this;
}

HostInput::~HostInput() {
  boundary_.inputs_.erase(path_);
}

void HostInput::set_live(bool live) {
  if (live == live_) return;
  live_ = live;
  boundary_.live_ += live ? 1 : -1;
  if (boundary_.live_ == (live ? 1u : 0u)) boundary_.doorbell_->keep_alive(live);
}

bool HostInput::post(Bytes message) {
  return boundary_.post(*this, std::move(message));
}

HostBoundary::HostBoundary(const sc_core::sc_module_name& name, Platform& platform)
    : sc_core::sc_module(name), platform_(platform), doorbell_(std::make_unique<Doorbell>(*this)) {
  SC_HAS_PROCESS(HostBoundary);
  SC_METHOD(deliver);
  sensitive << arrived_;
  dont_initialize();
  SC_METHOD(deliver_recorded);
  sensitive << recorded_due_;
  SC_METHOD(pace_idle);
  sensitive << idle_;
  dont_initialize();
  SC_METHOD(pace_realtime);
  sensitive << realtime_;
}

HostBoundary::~HostBoundary() = default;

// What a waiting message costs besides its bytes, so that empty ones are bounded too.
static constexpr std::size_t kMessageOverhead = 64;

bool HostBoundary::post(HostInput& input, HostInput::Bytes&& bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::size_t cost = bytes.size() + kMessageOverhead;
    if (replaying_ || input.queued_ + cost > HostInput::kMaxQueued) return false;
    input.queued_ += cost;
    inbox_.push_back({&input, std::move(bytes)});
  }
  wake();
  return true;
}

void HostBoundary::call(std::function<void()> function) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    calls_.push_back(std::move(function));
  }
  wake();
}

void HostBoundary::wake() {
  posted_.notify_all();
  doorbell_->ring();
}

static const char* const kEnd = "end";
// A delivery that brought nothing the guest can see. It still is an event, which bounds how far
// harts run ahead, so a replay has one at the same time.
static const char* const kTick = "tick";

static void write_end(std::ofstream& recording, const sc_core::sc_time& when) {
  recording << when.value() << ' ' << kEnd << " \n";
}

void HostBoundary::schedule(const sc_core::sc_time& delay) {
  // An event keeps only its earliest notification, so a later one must not disturb a stamp that is
  // set.
  if (scheduled_) return;
  scheduled_ = true;
  arrived_.notify(delay);
}

void HostBoundary::deliver() {
  scheduled_ = false;
  bool delivered = deliver_once();
  while (held_ && !platform_.stopped()) {
    wait_while_held();
    delivered |= deliver_once();
  }
  held_ = false;
  if (!delivered && recording_.is_open())
    recording_ << sc_core::sc_time_stamp().value() << ' ' << kTick << " \n";
  // The host has ended the run: the recording ends here.
  if (platform_.stopped() && recording_.is_open()) write_end(recording_, sc_core::sc_time_stamp());
}

bool HostBoundary::anything_to_do() const {
  if (!calls_.empty()) return true;
  return std::any_of(inbox_.begin(), inbox_.end(), [this](const Message& message) {
    return !held_ || message.input->served_while_held_;
  });
}

void HostBoundary::wait_while_held() {
  std::unique_lock<std::mutex> lock(mutex_);
  posted_.wait(lock, [this] { return anything_to_do(); });
}

bool HostBoundary::deliver_once() {
  std::deque<Message> messages;
  std::deque<std::function<void()>> calls;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    calls.swap(calls_);
    const auto kept = std::stable_partition(
        inbox_.begin(), inbox_.end(),
        [this](const Message& message) { return held_ && !message.input->served_while_held_; });
    messages.assign(std::make_move_iterator(kept), std::make_move_iterator(inbox_.end()));
    inbox_.erase(kept, inbox_.end());
    for (const Message& message : messages)
      message.input->queued_ -= message.bytes.size() + kMessageOverhead;
  }
  for (const auto& function : calls) function();
  for (const Message& message : messages) hand_over(*message.input, message.bytes);
  return !messages.empty();
}

void HostBoundary::hand_over(HostInput& input, const HostInput::Bytes& bytes) {
  if (recording_.is_open()) {
    recording_ << sc_core::sc_time_stamp().value() << ' ' << input.path() << ' ';
    for (std::uint8_t byte : bytes) recording_ << fmt::format("{:02x}", byte);
    recording_ << std::endl;  // a crash must not lose what led to it
  }
  if (input.handler_) input.handler_(bytes);
}

// A recording is text: a header that gives the time resolution, then "time input hex-bytes" a line;
// lines with the input "tick" bring nothing; the last line has the input "end" and no bytes, and so
// has the line where the host ended the run.
static const char* const kRecordingHeader = "ringside host input, 1 unit = ";

void HostBoundary::record(const std::string& file) {
  recording_name_ = file;
  recording_.open(file, std::ios::binary | std::ios::trunc);
  if (!recording_) throw std::runtime_error(fmt::format("{}: cannot write the recording", file));
  recording_ << kRecordingHeader << sc_core::sc_get_time_resolution().to_string() << '\n';
}

void HostBoundary::replay(const std::string& file) {
  if (file.empty()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    replaying_ = true;
    inbox_.clear();
    return;
  }
  std::ifstream in(file, std::ios::binary);
  std::string line;
  const std::string header = kRecordingHeader + sc_core::sc_get_time_resolution().to_string();
  if (!std::getline(in, line) || line != header)
    throw std::runtime_error(fmt::format(
        "{}: not a recording of host input; expected the first line '{}'", file, header));
  for (int number = 2; std::getline(in, line); ++number) {
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string::npos ? first : line.find(' ', first + 1);
    const bool hex_ok = second != std::string::npos && (line.size() - second - 1) % 2 == 0 &&
                        line.find_first_not_of("0123456789abcdef", second + 1) == std::string::npos;
    const auto when = parse_integer(line.substr(0, first));
    if (!hex_ok || !when)
      throw std::runtime_error(
          fmt::format("{}:{}:1: expected 'time input bytes-in-hex'", file, number));
    Recorded recorded{
        sc_core::sc_time::from_value(*when), line.substr(first + 1, second - first - 1), {}};
    for (std::size_t i = second + 1; i < line.size(); i += 2)
      recorded.bytes.push_back(
          static_cast<std::uint8_t>(std::stoi(line.substr(i, 2), nullptr, 16)));
    script_.push_back(std::move(recorded));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  replaying_ = true;
  inbox_.clear();
}

void HostBoundary::finish() {
  if (!recording_.is_open()) return;
  // A guest that has stopped by itself does so again at this very moment when the recording is
  // played. The end is for a run that does not, and late enough not to cut a hart's last stretch.
  write_end(recording_,
            sc_core::sc_time_stamp() + platform_.quantum + sc_core::sc_time::from_value(1));
  recording_.close();
  if (!recording_)
    throw std::runtime_error(
        fmt::format("{}: the recording is incomplete; is the disk full?", recording_name_));
}

void HostBoundary::deliver_recorded() {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  while (!script_.empty() && script_.front().when <= now) {
    const Recorded recorded = std::move(script_.front());
    script_.pop_front();
    if (recorded.path == kEnd) return platform_.request_stop(0, "end of the recording");
    const auto input = inputs_.find(recorded.path);
    if (input != inputs_.end()) hand_over(*input->second, recorded.bytes);
  }
  if (!script_.empty()) recorded_due_.notify(script_.front().when - now);
}

bool HostBoundary::pacing_idle() const {
  if (replaying_) return false;
  return platform_.pacing == Pacing::Idle || (platform_.pacing == Pacing::Auto && live_ != 0);
}

bool HostBoundary::pacing_realtime() const {
  return platform_.pacing == Pacing::Realtime && !replaying_;
}

sc_core::sc_time HostBoundary::sleep(const sc_core::sc_time& time) {
  using Clock = std::chrono::steady_clock;
  // An hour is as good as for ever, and keeps the conversion in range.
  const double seconds = std::min(time.to_seconds(), 3600.0);
  const Clock::time_point start = Clock::now();
  std::unique_lock<std::mutex> lock(mutex_);
  posted_.wait_for(lock, std::chrono::duration<double>(seconds),
                   [this] { return !inbox_.empty() || !calls_.empty(); });
  const double slept = std::chrono::duration<double>(Clock::now() - start).count();
  return sc_core::sc_time(slept, sc_core::SC_SEC);
}

void HostBoundary::pace_idle() {
  platform_.serve_observer();
  if (!platform_.all_harts_sleep() || platform_.stopped()) return;
  // Others may still run at this very moment and wake a hart: look again when they have.
  if (sc_core::sc_pending_activity_at_current_time()) return idle_.notify(sc_core::SC_ZERO_TIME);

  const bool pending = sc_core::sc_pending_activity_at_future_time();
  const bool may_come = replaying_ ? !script_.empty() : live_ != 0;
  if (!pending && !may_come)
    return platform_.request_stop(1, "all harts sleep and nothing is left that could wake them");
  if (!pending || !pacing_idle())
    return;  // without events the kernel itself waits for the doorbell

  const sc_core::sc_time gap = sc_core::sc_time_to_pending_activity();
  const sc_core::sc_time slept = sleep(gap);
  // A message that came early is stamped with the time that has really passed.
  const sc_core::sc_time step = std::max(std::min(slept, gap), sc_core::sc_time::from_value(1));
  if (slept < gap) schedule(step);
  // What happens then need not wake a hart (a message that only says there is room again), and the
  // time after it has to be waited for as well.
  idle_.notify(step);
}

void HostBoundary::pace_realtime() {
  if (!pacing_realtime()) return;
  // Once a simulated millisecond: wait until the wall has caught up.
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> simulated(sc_core::sc_time_stamp().to_seconds());
  const Clock::time_point now = Clock::now();
  const double ahead =
      realtime_started_ ? (simulated - std::chrono::duration<double>(now - realtime_last_)).count()
                        : 0;
  // What the host was too slow for is not made up for.
  if (!realtime_started_ || ahead < 0)
    realtime_last_ = now - std::chrono::duration_cast<Clock::duration>(simulated);
  realtime_started_ = true;
  sc_core::sc_time next(1, sc_core::SC_MS);
  if (ahead > 0) {
    const sc_core::sc_time gap(ahead, sc_core::SC_SEC);
    // A message has come early: when it has been handed over, the rest is waited for.
    if (sleep(gap) < gap) {
      schedule(platform_.quantum + sc_core::sc_time::from_value(1));
      next = std::min(next, platform_.quantum + sc_core::sc_time::from_value(2));
    }
  }
  realtime_.notify(next);
}

}  // namespace ringside
