// SPDX-License-Identifier: Apache-2.0
// The one boundary through which anything from the host enters a simulation. Host threads post
// messages; each is handed to its model at one simulated moment, which is its stamp. The stamped
// messages can be written to a file and played again later, which makes a run with live input
// repeatable.
//
// The stamp lies more than a quantum ahead of the moment at which the simulation notices a message
// (while all harts sleep: as far as time has passed on the wall). No hart has run that far yet, so
// a hart meets the message at the same instruction whether it knew of it beforehand (replay) or not
// (live).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <systemc>
#include <vector>

namespace ringside {

class HostBoundary;
class Model;
class Platform;

/// Where host messages enter a model. A member of the model (or of its back end).
class HostInput {
 public:
  using Bytes = std::vector<std::uint8_t>;
  using Handler = std::function<void(const Bytes& message)>;

  HostInput(Model* owner, const char* name);
  ~HostInput();
  HostInput(const HostInput&) = delete;
  HostInput& operator=(const HostInput&) = delete;

  /// Called in the simulation, from an SC_METHOD: it must not wait.
  void on_message(Handler handler) { handler_ = std::move(handler); }
  /// Says that a host-side source is connected: the run then stays alive without pending events,
  /// and pacing "auto" waits.
  void set_live(bool live);

  /// Messages are handed over even while the simulation is held: they come from the one who holds
  /// it.
  void serve_while_held() { served_while_held_ = true; }

  /// From any thread, also before the start. False if the message was dropped: more than kMaxQueued
  /// bytes wait, or a recording is being played.
  bool post(Bytes message);

  /// Path of the model and name of the input: how recordings name it.
  const std::string& path() const { return path_; }
  static constexpr std::size_t kMaxQueued = 16 << 20;

 private:
  friend class HostBoundary;
  HostBoundary& boundary_;
  std::string path_;
  Handler handler_;
  std::size_t queued_ = 0;  // guarded by the boundary's mutex
  bool live_ = false;
  bool served_while_held_ = false;
};

class HostBoundary final : public sc_core::sc_module {
 public:
  HostBoundary(const sc_core::sc_module_name& name, Platform& platform);
  ~HostBoundary() override;

  /// Writes every message delivered from now on; throws std::runtime_error if the file cannot be
  /// written.
  void record(const std::string& file);
  /// Plays a recording instead of live input, and stops where it ended; throws std::runtime_error
  /// if the file is not one. Without a name nothing comes from the host, and nothing stops.
  void replay(const std::string& file);
  /// The run is over: closes the recording. Throws std::runtime_error if it could not be written.
  void finish();

  /// All harts sleep as of now.
  void idle() { idle_.notify(sc_core::SC_ZERO_TIME); }
  /// From any thread: has a function called in the simulation at the next opportunity (control,
  /// Ctrl-C); not recorded.
  void call(std::function<void()> function);
  /// Holds the simulation between two events, or lets it go on. From a function given to call(), or
  /// from a message. While it is held, such functions are called at once, and messages of inputs
  /// that want it are handed over; a request to stop ends the hold.
  void hold(bool on) { held_ = on; }
  bool held() const { return held_; }
  bool any_live() const { return live_ != 0; }
  /// True if input comes from a recording: live sources need not be opened.
  bool replaying() const { return replaying_; }

 private:
  friend class HostInput;
  struct Message {
    HostInput* input;
    HostInput::Bytes bytes;
  };
  struct Recorded {
    sc_core::sc_time when;
    std::string path;
    HostInput::Bytes bytes;
  };
  class Doorbell;  // the primitive channel behind async_request_update

  bool post(HostInput& input, HostInput::Bytes&& bytes);
  void wake();
  /// Has deliver() called `delay` from now, unless that is arranged already.
  void schedule(const sc_core::sc_time& delay);
  void deliver();
  /// Calls the functions and hands over the messages that have come; while the simulation is held,
  /// those that are served then. True if there was a message.
  bool deliver_once();
  void wait_while_held();
  bool anything_to_do() const;
  void deliver_recorded();
  void hand_over(HostInput& input, const HostInput::Bytes& bytes);
  void pace_idle();
  void pace_realtime();
  bool pacing_idle() const;
  bool pacing_realtime() const;
  /// Sleeps on the host until a message comes or `time` has passed on the wall; gives the time
  /// slept.
  sc_core::sc_time sleep(const sc_core::sc_time& time);

  Platform& platform_;
  std::unique_ptr<Doorbell> doorbell_;
  sc_core::sc_event arrived_;
  sc_core::sc_event idle_;
  sc_core::sc_event realtime_;
  sc_core::sc_event recorded_due_;

  bool scheduled_ = false;
  bool held_ = false;

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<Message> inbox_;
  std::deque<std::function<void()>> calls_;

  std::map<std::string, HostInput*> inputs_;
  unsigned live_ = 0;
  std::ofstream recording_;
  std::string recording_name_;
  bool replaying_ = false;
  std::deque<Recorded> script_;
  bool realtime_started_ = false;
  std::chrono::steady_clock::time_point realtime_last_;
};

}  // namespace ringside
