// SPDX-License-Identifier: Apache-2.0
// The host boundary: delivery, bounds, pacing, and that a recording plays back exactly.
#include "kit/host.h"

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/sim.h"

using namespace ringside;
using sc_core::sc_time;

namespace {

const sc_time kQuantum(10, sc_core::SC_US);

/// A hart in miniature: runs a quantum at a time, cut at the next event, in steps of 1 ns that the
/// kernel does not see; a message shows at the step that runs when it has been delivered.
struct Hart : Model {
  Hart(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    input.on_message([this](const HostInput::Bytes& bytes) {
      inbox.insert(inbox.end(), bytes.begin(), bytes.end());
      if (platform().all_harts_sleep()) platform().hart_wakes();
      wake.notify();
    });
    SC_HAS_PROCESS(Hart);
    SC_THREAD(main);
    platform().add_hart();
  }
  void main() {
    const sc_time step(1, sc_core::SC_NS);
    for (;;) {
      const sc_time now = sc_core::sc_time_stamp();
      sc_time slice = kQuantum;
      if (sc_core::sc_pending_activity_at_future_time())
        slice = std::min(slice, sc_core::sc_time_to_pending_activity());
      sc_time local;
      for (; local < slice; local += step) {
        ++steps;
        for (std::uint8_t byte : inbox) trace << steps << ':' << int{byte} << '@' << (now + local).value() << ' ';
        taken += inbox.size();
        inbox.clear();
      }
      if (taken >= expected) platform().request_stop(0, "all taken");
      wait(local);
      // Sleep now and then, until a timer or a message comes.
      if (steps % 7 == 3 && sleeps) {
        platform().hart_sleeps();
        wait(sc_time(50, sc_core::SC_US), wake);
        if (platform().all_harts_sleep()) platform().hart_wakes();
      }
    }
  }
  HostInput input{this, "bytes"};
  std::vector<std::uint8_t> inbox;
  std::ostringstream trace;
  sc_core::sc_event wake;
  std::uint64_t steps = 0;
  std::size_t taken = 0;
  std::size_t expected = ~std::size_t{0};
  Param<bool> sleeps{this, "sleeps", false, "sleep between quanta"};
};

void register_types(Registry& registry) { registry.add<Model, Hart>("hart", "takes messages"); }

std::string yaml(const std::string& hart, const std::string& machine = "") {
  return machine + "quantum: 10us\nchildren: {h: {type: hart" + hart + "}}\n";
}

/// A file name that is removed at the end.
struct TempFile {
  TempFile() {
    char name[] = "/tmp/ringside-host-XXXXXX";
    const int fd = mkstemp(name);
    BOOST_REQUIRE_GE(fd, 0);
    close(fd);
    path = name;
  }
  ~TempFile() { unlink(path.c_str()); }
  std::string read() const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const { std::ofstream(path) << text; }
  std::string path;
};

const TempFile* g_recording;
const TempFile* g_trace;

void record_live() {
  test::Sim sim(yaml(", sleeps: true", "pacing: none\n"), register_types);
  Hart& hart = sim.model<Hart>("h");
  hart.expected = 200;
  hart.input.set_live(true);
  sim.platform.host().record(g_recording->path);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&hart, t] {
      for (int i = 0; i < 100; ++i) {
        hart.input.post({static_cast<std::uint8_t>(t * 100 + i)});
        std::this_thread::sleep_for(std::chrono::microseconds(50 + 37 * i % 200));
      }
    });
  }
  sim.run(sc_core::sc_max_time());
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(hart.taken == 200u);
  sim.platform.finish();
  g_trace->write(hart.trace.str() + std::to_string(sc_core::sc_time_stamp().value()));
}

void replay_once() {
  test::Sim sim(yaml(", sleeps: true", "pacing: none\n"), register_types);
  Hart& hart = sim.model<Hart>("h");
  hart.expected = 200;
  sim.platform.host().replay(g_recording->path);
  BOOST_TEST(!hart.input.post({1}));  // live input is not taken
  sim.run(sc_core::sc_max_time());
  BOOST_TEST(sim.platform.stop_reason().text == "all taken");
  BOOST_TEST(hart.trace.str() + std::to_string(sc_core::sc_time_stamp().value()) == g_trace->read());
}

}  // namespace

namespace {

void stop_from_outside() {
  test::Sim sim(yaml("", "pacing: none\n"), register_types);
  Hart& hart = sim.model<Hart>("h");
  hart.input.set_live(true);
  sim.platform.host().record(g_recording->path);
  std::thread other([&] {
    hart.input.post({9});
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    sim.platform.host().call([&] { sim.platform.request_stop(130, "interrupted"); });
  });
  sim.run(sc_core::sc_max_time());
  other.join();
  sim.platform.finish();
  g_trace->write(hart.trace.str() + std::to_string(sc_core::sc_time_stamp().value()));
}

void replay_to_the_end() {
  test::Sim sim(yaml("", "pacing: none\n"), register_types);
  sim.platform.host().replay(g_recording->path);
  sim.run(sc_core::sc_max_time());
  BOOST_TEST(sim.platform.stop_reason().text == "end of the recording");
  BOOST_TEST(sim.model<Hart>("h").trace.str() + std::to_string(sc_core::sc_time_stamp().value()) ==
             g_trace->read());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_replay_ends_where_the_host_ended_the_run) {
  const TempFile recording;
  const TempFile trace;
  g_recording = &recording;
  g_trace = &trace;
  test::run_in_child(stop_from_outside);
  test::run_in_child(replay_to_the_end);
}

BOOST_AUTO_TEST_CASE(a_recording_plays_back_at_the_same_instructions) {
  const TempFile recording;
  const TempFile trace;
  g_recording = &recording;
  g_trace = &trace;
  test::run_in_child(record_live);
  BOOST_TEST(trace.read().size() > 1000u);
  test::run_in_child(replay_once);
  test::run_in_child(replay_once);
}

SIM_TEST_CASE(messages_posted_before_the_start_arrive_in_order) {
  test::Sim sim(yaml(""), register_types);
  Hart& hart = sim.model<Hart>("h");
  hart.expected = 3;
  std::thread([&hart] { hart.input.post({1}); }).join();
  hart.input.post({2, 3});
  sim.run(sc_time(1, sc_core::SC_MS));
  const std::string trace = hart.trace.str();
  BOOST_TEST(hart.taken == 3u);
  BOOST_TEST(trace.find(":1@") < trace.find(":2@"));
  BOOST_TEST(trace.find(":2@") < trace.find(":3@"));
  // One quantum and a bit after the moment they were noticed.
  BOOST_TEST((sc_core::sc_time_stamp() >= kQuantum));
  BOOST_TEST((sc_core::sc_time_stamp() <= 4 * kQuantum));
}

SIM_TEST_CASE(what_nobody_takes_is_bounded) {
  test::Sim sim(yaml(""), register_types);
  Hart& hart = sim.model<Hart>("h");
  BOOST_TEST(hart.input.post(HostInput::Bytes(HostInput::kMaxQueued / 2)));
  BOOST_TEST(!hart.input.post(HostInput::Bytes(HostInput::kMaxQueued / 2)));
  std::size_t empty = 0;
  while (empty < HostInput::kMaxQueued && hart.input.post({})) ++empty;
  BOOST_TEST(empty < HostInput::kMaxQueued / 64);
  // Delivery makes room.
  sim.run(10 * kQuantum);
  BOOST_TEST(hart.input.post({1}));
}

SIM_TEST_CASE(calls_run_in_the_simulation) {
  test::Sim sim(yaml(""), register_types);
  const std::thread::id simulation = std::this_thread::get_id();
  std::atomic<bool> same{false};
  std::thread other([&] {
    sim.platform.host().call([&] {
      same = std::this_thread::get_id() == simulation;
      sim.platform.request_stop(3, "called");
    });
  });
  sim.run(sc_core::sc_max_time());
  other.join();
  BOOST_TEST(same.load());
  BOOST_TEST(sim.platform.stop_reason().exit_code == 3);
}

namespace {
/// Sleeps for good.
struct Sleeper : Model {
  Sleeper(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Sleeper);
    SC_THREAD(main);
    platform().add_hart();
  }
  void main() {
    platform().hart_sleeps();
    wait(never);
  }
  HostInput input{this, "in"};
  sc_core::sc_event never;
};
void register_sleeper(Registry& registry) { registry.add<Model, Sleeper>("sleeper", "sleeps"); }
}  // namespace

SIM_TEST_CASE(a_platform_that_nothing_can_wake_stops) {
  test::Sim sim("children: {s: {type: sleeper}}", register_sleeper);
  sim.run(sc_core::sc_max_time());
  BOOST_TEST(sim.platform.stopped());
  BOOST_TEST(sim.platform.stop_reason().exit_code == 1);
  BOOST_TEST(sim.platform.stop_reason().text == "all harts sleep and nothing is left that could wake them");
}

SIM_TEST_CASE(a_live_input_keeps_a_sleeping_platform_alive) {
  test::Sim sim("children: {s: {type: sleeper}}", register_sleeper);
  Sleeper& sleeper = sim.model<Sleeper>("s");
  sleeper.input.set_live(true);
  bool got = false;
  sleeper.input.on_message([&](const HostInput::Bytes&) {
    got = true;
    sleeper.input.set_live(false);
    sim.platform.request_stop(0, "message");
  });
  std::thread late([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    sleeper.input.post({1});
  });
  sim.run(sc_core::sc_max_time());
  late.join();
  BOOST_TEST(got);
  BOOST_TEST(sim.platform.stop_reason().text == "message");
}

SIM_TEST_CASE(idle_pacing_follows_the_wall) {
  test::Sim sim("pacing: idle\nchildren: {h: {type: hart, sleeps: true}}\n", register_types);
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  sim.run(sc_time(100, sc_core::SC_MS));
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  // Some of the time the hart computes, which takes as long as it takes.
  BOOST_TEST(wall > 0.005);
}

SIM_TEST_CASE(idle_pacing_goes_on_after_a_message_that_wakes_nobody) {
  test::Sim sim("pacing: idle\nchildren: {s: {type: sleeper}}\n", register_sleeper);
  Sleeper& sleeper = sim.model<Sleeper>("s");
  int got = 0;
  sleeper.input.on_message([&](const HostInput::Bytes&) { ++got; });
  sc_core::sc_event alarm;
  alarm.notify(sc_time(100, sc_core::SC_MS));
  std::thread early([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    sleeper.input.post({1});
  });
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  sim.run(sc_time(99, sc_core::SC_MS));
  early.join();
  BOOST_TEST(got == 1);
  BOOST_TEST(std::chrono::duration<double>(Clock::now() - start).count() >= 0.09);
}

SIM_TEST_CASE(realtime_pacing_is_never_ahead_of_the_wall) {
  test::Sim sim("pacing: realtime\nchildren: {s: {type: sleeper}}\n", register_sleeper);
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  sim.run(sc_time(50, sc_core::SC_MS));
  BOOST_TEST(std::chrono::duration<double>(Clock::now() - start).count() >= 0.045);
}

SIM_TEST_CASE(realtime_pacing_is_not_hurried_by_messages) {
  test::Sim sim("pacing: realtime\nquantum: 1us\nchildren: {s: {type: sleeper}}\n", register_sleeper);
  Sleeper& sleeper = sim.model<Sleeper>("s");
  std::atomic<bool> over{false};
  int got = 0;
  sleeper.input.on_message([&](const HostInput::Bytes&) { ++got; });
  std::thread talker([&] {
    while (!over) {
      sleeper.input.post({1});
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  sim.run(sc_time(50, sc_core::SC_MS));
  over = true;
  talker.join();
  BOOST_TEST(std::chrono::duration<double>(Clock::now() - start).count() >= 0.045);
  BOOST_TEST(got > 10);
}

SIM_TEST_CASE(recordings_that_are_none_are_refused) {
  test::Sim sim(yaml(""), register_types);
  HostBoundary& host = sim.platform.host();
  const TempFile file;
  const std::string header = "ringside host input, 1 unit = 1 ps\n";
  for (const char* text : {"", "something else\n", "ringside host input, 1 unit = 1 ns\n"}) {
    file.write(text);
    BOOST_CHECK_THROW(host.replay(file.path), std::runtime_error);
  }
  for (const char* line : {"x", "1", "1 h:bytes", "1 h:bytes 0", "1 h:bytes 0g", "-1 h:bytes 00", " 1 h:bytes 00"}) {
    file.write(header + line + "\n");
    BOOST_CHECK_THROW(host.replay(file.path), std::runtime_error);
  }
  BOOST_CHECK_THROW(host.replay("/no/such/file"), std::runtime_error);
  BOOST_CHECK_THROW(host.record("/no/such/folder/file"), std::runtime_error);
}
