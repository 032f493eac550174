// SPDX-License-Identifier: Apache-2.0
// One simulated platform: its models, what they share, and its run.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "kit/code_pages.h"
#include "kit/device_tree.h"
#include "kit/diag.h"
#include "kit/host.h"
#include "kit/model.h"
#include "kit/override.h"
#include "kit/registry.h"

namespace ringside {

/// How much of time is modelled. What the guest sees in memory is the same in both.
enum class Accuracy {
  Functional,  ///< direct memory access everywhere; no waits inside rings; no performance figures
  Timed,       ///< each DMA is a transaction with latency and occupancy
};

/// When simulated time waits for the time of the host.
enum class Pacing {
  Auto,      ///< Idle if a live back end (terminal, network) is connected, None otherwise
  None,      ///< never: as fast as the host can
  Idle,      ///< while all harts sleep: simulated time does not run ahead of the clock on the wall
  Realtime,  ///< always: never ahead of the clock on the wall
};

/// Why a run ended.
struct StopReason {
  int exit_code = 0;
  std::string text;  ///< "guest powered off"
};

/// Something that happened in a model and that people outside may want to know at once.
struct Event {
  const Model& model;
  std::string what;  ///< one word: "unplugged"
  std::string detail;
};

/// How far the guest has come.
struct Milestone {
  sc_core::sc_time when;
  std::string name;  ///< "kernel", or a number of the software's own
};

class ExitLedger;
class Tracer;

class Platform {
 public:
  explicit Platform(Registry& registry);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  // -- building
  // -------------------------------------------------------------------------------------------------
  /// What build() shall change in the configuration; fill it before.
  Overrides& overrides() { return overrides_; }
  /// Builds the models of a configuration and connects them. Findings go to diagnostics(); false if
  /// any is an error.
  bool build(const Node& root);
  /// Builds one child. Reports an unknown type, a type of another kind, or what its constructor
  /// threw.
  Model* build(Model& parent, const std::string& kind, const std::string& name, const Node& node);
  /// Builds one model of a type with nothing configured, to read its declarations. Missing values
  /// are not reported.
  Model* build_for_description(const Registration& type);
  bool describing() const { return describing_; }

  Diagnostics& diagnostics() { return diagnostics_; }
  Registry& registry() { return registry_; }
  Model* root() const { return root_; }
  const std::vector<Model*>& models() const { return models_; }
  /// The model at a path ("bus.uart"), or nullptr.
  Model* find(const std::string& path) const;
  /// All models that are a T, in the order in which they were built.
  template <typename T>
  std::vector<T*> find_all() const {
    std::vector<T*> found;
    for (Model* model : models_)
      if (T* t = dynamic_cast<T*>(model)) found.push_back(t);
    return found;
  }
  /// The first model that is a T, or nullptr.
  template <typename T>
  T* find_first() const {
    for (Model* model : models_)
      if (T* t = dynamic_cast<T*>(model)) return t;
    return nullptr;
  }

  // -- settings, written by the machine model
  // ----------------------------------------------------------------------
  Accuracy accuracy = Accuracy::Functional;
  Pacing pacing = Pacing::Auto;
  std::uint64_t seed = 1;
  sc_core::sc_time quantum{100, sc_core::SC_US};  ///< how far a hart may run ahead

  bool timed() const { return accuracy == Accuracy::Timed; }
  /// A seed for one model's random numbers: depends on the machine's seed and the model's path
  /// only.
  std::uint64_t seed_for(const Model& model) const;

  // -- shared services
  // -----------------------------------------------------------------------------------------------
  CodePages& code_pages() { return code_pages_; }
  /// Who counts what would leave a virtual machine; nullptr on a real one.
  ExitLedger* exits() const { return exits_; }
  void attach_exits(ExitLedger* exits) { exits_ = exits; }
  /// Who draws the run on a time line; nullptr while nobody does.
  Tracer* tracer() const { return tracer_; }
  void attach_tracer(Tracer* tracer) { tracer_ = tracer; }
  HostBoundary& host() { return *host_; }
  /// The device tree of the guest, flattened; made anew at each call.
  std::vector<std::uint8_t> flatten_device_tree();

  /// Tells whoever listens (a control socket) that something has happened; the guest's world does
  /// not notice.
  void announce(const Model& model, std::string what, std::string detail = "");
  /// At most one listener; called in the simulation.
  void on_event(std::function<void(const Event&)> listener) { event_call_ = std::move(listener); }

  /// The guest has come so far. Told as an event "milestone", and kept: the first kMostMilestones.
  void milestone(const Model& model, std::string name);
  const std::vector<Milestone>& milestones() const { return milestones_; }
  static constexpr std::size_t kMostMilestones = 256;
  /// What the guest writes on a console, for who looks for milestones in it.
  void console_output(const std::uint8_t* data, std::size_t bytes) {
    if (console_call_) console_call_(data, bytes);
  }
  void on_console_output(std::function<void(const std::uint8_t*, std::size_t)> listener) {
    console_call_ = std::move(listener);
  }

  /// From any thread: has the observer called soon, between two stretches of a hart. There is no
  /// event for it, so that the guest's world stays as it is; it may read, and that is all.
  void ask_observer() { observer_asked_.store(true, std::memory_order_relaxed); }
  void on_observe(std::function<void()> observer) { observer_ = std::move(observer); }
  /// Has `sample` called between two stretches of a hart when simulated time has reached what it
  /// gave the last time, at first at once. No event is made for that either, so it may come later:
  /// when all harts sleep, when one wakes. The same run has it called at the same moments.
  void on_sample(std::function<sc_core::sc_time()> sample) {
    sample_ = std::move(sample);
    sample_due_ = sample_ ? sc_core::SC_ZERO_TIME : sc_core::sc_max_time();
  }
  /// For whoever is between two stretches.
  void serve_observer() {
    if (sc_core::sc_time_stamp() >= sample_due_ && sample_) sample_due_ = sample_();
    if (!observer_asked_.load(std::memory_order_relaxed)) return;
    observer_asked_.store(false, std::memory_order_relaxed);
    if (observer_) observer_();
  }

  /// The region of interest begins, said by the guest or from outside: statistics count from now on
  /// only. One that has begun already begins anew.
  void begin_region();
  /// It ends; without effect if none has begun. Statistics go on.
  void end_region();
  bool in_region() const { return in_region_; }
  /// When the statistics began: zero, or the begin of the latest region.
  const sc_core::sc_time& counted_since() const { return counted_since_; }
  /// Called in the simulation after a region has begun (true), and when it ends, statistics being
  /// up to date (false).
  void on_region(std::function<void(bool begins)> listener) {
    region_calls_.push_back(std::move(listener));
  }

  /// A hart goes to sleep or wakes; when all sleep, the host boundary may wait for the clock on the
  /// wall.
  void add_hart() { ++harts_; }
  void hart_sleeps();
  void hart_wakes() { --sleeping_harts_; }
  bool all_harts_sleep() const { return harts_ != 0 && sleeping_harts_ == harts_; }

  // -- running
  // -------------------------------------------------------------------------------------------------------
  /// Runs until somebody asks to stop, or until `limit` of simulated time has passed in this call.
  /// The first call resets all models. Afterwards stopped() tells which it was.
  void run(const sc_core::sc_time& limit = sc_core::sc_max_time());
  /// Ends run() soon. The first reason stands, but for a failure in finish() after a success.
  void request_stop(int exit_code, std::string reason);
  /// Resets all models at the present simulated time, before anything else happens.
  void request_reset();
  bool stopped() const { return stopped_; }
  const StopReason& stop_reason() const { return stop_reason_; }
  std::uint64_t resets() const { return resets_; }
  /// Has all models bring their statistics up to date, for who reads them while the run goes on.
  void refresh_statistics();
  /// Calls finish() of all models; once, after the last run().
  void finish();

 private:
  friend class Model;
  void enter(Model& model);
  /// A constructor threw: neither the model nor what it had built may be found any more.
  void leave(Model& model);
  Model* make(const Registration& type, const ModelContext& context);
  void resolve(Model& model);
  void check_ports();
  void reset_all();

  class Control;  // the SystemC side: starts, resets, stops

  Registry& registry_;
  Diagnostics diagnostics_;
  Overrides overrides_;
  CodePages code_pages_;
  ExitLedger* exits_ = nullptr;
  Tracer* tracer_ = nullptr;
  std::unique_ptr<HostBoundary> host_;
  std::unique_ptr<Control> control_;
  Model* root_ = nullptr;
  std::vector<Model*> models_;
  std::function<void(const Event&)> event_call_;
  std::vector<Milestone> milestones_;
  std::function<void(const std::uint8_t*, std::size_t)> console_call_;
  std::function<void()> observer_;
  std::atomic<bool> observer_asked_{false};
  std::function<sc_core::sc_time()> sample_;
  sc_core::sc_time sample_due_ = sc_core::sc_max_time();
  std::vector<std::function<void(bool)>> region_calls_;
  sc_core::sc_time counted_since_;
  bool in_region_ = false;
  bool describing_ = false;
  bool stopped_ = false;
  bool finished_ = false;
  StopReason stop_reason_;
  unsigned harts_ = 0;
  unsigned sleeping_harts_ = 0;
  std::uint64_t resets_ = 0;
};

}  // namespace ringside
