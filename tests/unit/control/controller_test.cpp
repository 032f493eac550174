// SPDX-License-Identifier: Apache-2.0
// Commands reach a simulation that runs: at once those that read, as host input those that change.
#include "control/controller.h"

#include <atomic>
#include <fstream>
#include <thread>

#include "control/machine_commands.h"
#include "folder.h"
#include "kit/stat.h"
#include "support/sim.h"

using namespace ringside;
using namespace ringside::control;

namespace {

struct Lamp : Model {
  Lamp(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Lamp);
    SC_THREAD(burn);
  }
  void burn() {
    for (;;) {
      wait(sc_core::sc_time(10, sc_core::SC_US));
      if (lit) ++burnt;
    }
  }
  Command<std::string> set{this, "set", {{"state", "of the lamp", {"on", "off"}}}, "switches it",
                           [this](const std::string& state) {
                             lit = state == "on";
                             when.push_back(sc_core::sc_time_stamp());
                           }};
  Command<> look{this, "look", {}, "whether it is on", [this] { return lit; }, CommandEffect::Reads};
  Counter burnt{this, "burnt", "steps", "time it was on"};
  bool lit = false;
  std::vector<sc_core::sc_time> when;
};

void register_types(Registry& registry) { registry.add<Model, Lamp>("lamp", "shines"); }

struct Bench : test::Sim {
  Bench()
      : test::Sim("quantum: 10us\npacing: none\nchildren: {lamp: {type: lamp}}", register_types),
        lamp(model<Lamp>("lamp")),
        controller(platform),
        commands(platform, controller, [] {}) {
    controller.on_reply([this](std::uint64_t ticket, std::string line, bool) {
      const std::lock_guard<std::mutex> lock(mutex);
      answers[ticket] = line;
    });
  }
  /// From another thread: asks, and waits for the answer.
  std::string ask(const std::string& line) {
    const std::uint64_t ticket = ++last;
    controller.handle(ticket, line);
    for (int i = 0; i < 5000; ++i) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (answers.count(ticket) != 0) return answers[ticket];
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return "(nothing)";
  }
  std::string ask(const std::string& model, const std::string& command, const std::string& rest = "") {
    return ask(R"({"id":1,"model":")" + model + R"(","command":")" + command + "\"" + rest + "}");
  }
  /// Runs the simulation while another thread does something, then stops it.
  void run_with(const std::function<void()>& talk) {
    controller.set_live();
    std::thread other([&] {
      talk();
      platform.host().call([this] { platform.request_stop(0, "enough"); });
    });
    platform.run();
    other.join();
  }
  Lamp& lamp;
  Controller controller;
  MachineCommands commands;
  std::mutex mutex;
  std::map<std::uint64_t, std::string> answers;
  std::atomic<std::uint64_t> last{0};
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

SIM_TEST_CASE(commands_run_in_the_simulation) {
  Bench b;
  b.run_with([&] {
    BOOST_TEST(b.ask("lamp", "look") == R"({"id":1,"result":false})");
    BOOST_TEST(b.ask("lamp", "set", R"(,"arguments":["on"])") == R"({"id":1,"result":null})");
    BOOST_TEST(b.ask("lamp", "look") == R"({"id":1,"result":true})");
  });
  BOOST_TEST(b.lamp.lit);
}

SIM_TEST_CASE(wrong_names_get_the_nearest_right_one) {
  Bench b;
  b.run_with([&] {
    BOOST_TEST(says(b.ask("lmap", "look"), "there is no model 'lmap'; did you mean 'lamp'?"));
    BOOST_TEST(says(b.ask("lamp", "lok"), "lamp (lamp) has no command 'lok'; expected one of 'set', 'look'; "
                                          "did you mean 'look'?"));
    BOOST_TEST(says(b.ask("lamp", "set", R"(,"arguments":{"stat":"on"})"), "did you mean 'state'?"));
    BOOST_TEST(says(b.ask("lamp", "set", R"(,"arguments":{"state":"offf"})"), "did you mean 'off'?"));
    BOOST_TEST(says(b.ask("", "look"), "'lamp' has that command"));
    BOOST_TEST(says(b.ask("machine", "statu"), "did you mean 'status'?"));
    BOOST_TEST(says(b.ask("not JSON"), "is no JSON"));
  });
}

SIM_TEST_CASE(the_machine_tells_about_itself_and_its_models) {
  Bench b;
  b.run_with([&] {
    BOOST_TEST(says(b.ask("", "list"), R"("model":"lamp","type":"lamp")"));
    BOOST_TEST(says(b.ask("", "list", R"(,"arguments":["lamp"])"), R"("words":["on","off"])"));
    BOOST_TEST(says(b.ask("", "models"), R"({"model":"lamp","type":"lamp"})"));
    BOOST_TEST(says(b.ask("", "status"), R"("paused":false)"));
    BOOST_TEST(says(b.ask("", "statistics", R"(,"arguments":["lamp"])"), R"({"lamp":{"burnt":0}})"));
    BOOST_TEST(says(b.ask("", "registers", R"(,"arguments":["lamp"])"), "has no registers to show"));
    BOOST_TEST(says(b.ask("", "read_memory", R"(,"arguments":[0,"4B"])"), "there is no memory at 0x0"));
    BOOST_TEST(says(b.ask("", "read_memory", R"(,"arguments":[0,"1MiB"])"), "expected 1B to 64KiB"));
  });
}

SIM_TEST_CASE(a_paused_simulation_stands_still_and_answers) {
  Bench b;
  b.run_with([&] {
    b.ask("", "pause");
    const std::string then = b.ask("", "status");
    BOOST_TEST(says(then, R"("paused":true)"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    BOOST_TEST(b.ask("", "status") == then);
    // Commands that change something are done there and then.
    BOOST_TEST(says(b.ask("lamp", "set", R"(,"arguments":["on"])"), R"("result":null)"));
    BOOST_TEST(says(b.ask("lamp", "look"), "true"));
    b.ask("", "resume");
    BOOST_TEST(says(b.ask("", "status"), R"("paused":false)"));
  });
}

SIM_TEST_CASE(a_paused_simulation_can_be_ended) {
  Bench b;
  b.run_with([&] { b.ask("", "pause"); });
  BOOST_TEST(b.platform.stop_reason().text == "enough");
}

SIM_TEST_CASE(quit_and_reset_do_what_they_say) {
  Bench b;
  std::vector<std::string> events;
  b.platform.on_event([&](const Event& event) { events.push_back(event.what); });
  b.run_with([&] {
    b.ask("", "reset");
    BOOST_TEST(says(b.ask("", "status"), R"("resets":1)"));
    BOOST_TEST(says(b.ask("", "quit", R"(,"arguments":[256])"), "an exit code is 0 to 255"));
    b.ask("", "quit", R"(,"arguments":[3])");
  });
  BOOST_TEST(b.platform.stop_reason().exit_code == 3);
  BOOST_TEST(b.platform.stop_reason().text == "control socket: quit");
  BOOST_REQUIRE_EQUAL(events.size(), 1u);
  BOOST_TEST(events[0] == "reset");
}

namespace {

Folder* g_folder;

std::string trace_of(const Bench& b) {
  std::string text;
  for (const sc_core::sc_time& when : b.lamp.when) text += when.to_string() + " ";
  return text + std::to_string(b.lamp.burnt.value()) + " " + sc_core::sc_time_stamp().to_string() + " " +
         std::to_string(b.platform.stop_reason().exit_code);
}

void record() {
  Bench b;
  b.platform.host().record(g_folder->path("r"));
  b.run_with([&] {
    for (const char* state : {"on", "off", "on"}) {
      b.ask("lamp", "set", std::string(R"(,"arguments":[")") + state + "\"]");
      b.ask("", "status");
      b.ask("", "pause");
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      b.ask("lamp", "set", R"(,"arguments":["on"])");
      b.ask("", "resume");
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    b.ask("", "quit", R"(,"arguments":[5])");
  });
  b.platform.finish();
  BOOST_TEST(b.lamp.when.size() == 6u);
  BOOST_TEST(b.lamp.burnt.value() != 0u);
  std::ofstream(g_folder->path("t")) << trace_of(b);
}

void replay() {
  Bench b;
  b.platform.host().replay(g_folder->path("r"));
  std::thread other([&] {
    BOOST_TEST(says(b.ask("lamp", "set", R"(,"arguments":["off"])"), "only commands that read are taken"));
  });
  other.join();
  b.platform.run();
  std::ifstream in(g_folder->path("t"));
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  BOOST_TEST(trace_of(b) == expected);
}

void replay_nonsense() {
  std::ifstream in(g_folder->path("r"));
  std::string header;
  std::getline(in, header);
  std::string lines;
  for (const char* message : {"garbage", "{}", R"({"ticket":1,"id":1,"model":"x","command":"y","arguments":[]})"}) {
    lines += "1000 :control ";
    for (const char* c = message; *c; ++c) {
      char hex[3];
      std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned char>(*c));
      lines += hex;
    }
    lines += "\n";
  }
  std::ofstream(g_folder->path("n")) << header << "\n" << lines << "2000 end \n";
  Bench b;
  b.platform.host().replay(g_folder->path("n"));
  b.platform.run();
  BOOST_TEST(b.platform.stop_reason().text == "end of the recording");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_recording_plays_commands_at_their_times) {
  Folder folder;
  g_folder = &folder;
  test::run_in_child(record);
  test::run_in_child(replay);
  test::run_in_child(replay_nonsense);
}
