// SPDX-License-Identifier: Apache-2.0
#include "trace/recorder.h"

#include <nlohmann/json.hpp>

#include "read_back.h"

using namespace ringside;
using namespace ringside::trace;

namespace {

struct Bench : test::Sim {
  Bench() : test::Sim("children: {}") {}
  void event() {
    if (Tracer* tracer = platform.tracer())
      tracer->hart_event(*platform.root(), 0, ExitClass::Timer, sc_core::sc_time_stamp(),
                         sc_core::sc_time_stamp());
  }
  test::TraceFile file;
};

std::string refused(Platform& platform, const TraceOptions& options) {
  try {
    Recorder recorder(platform, options);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

SIM_TEST_CASE(a_platform_is_traced_until_the_end) {
  Bench b;
  b.event();
  Recorder recorder(b.platform, {b.file.name, "", "", false, ""});
  b.event();
  BOOST_TEST(recorder.finish() == b.file.name + ": 1 slices; to be opened with Perfetto (ui.perfetto.dev)");
  b.event();
  BOOST_TEST(test::ReadBack(b.file.name).slices.size() == 1u);
}

SIM_TEST_CASE(regions_of_interest_are_traced) {
  Bench b;
  Recorder recorder(b.platform, {b.file.name, "", "", true, ""});
  b.run(sc_core::sc_time(1, sc_core::SC_NS));
  b.event();
  b.platform.begin_region();
  b.event();
  b.event();
  b.platform.end_region();
  b.event();
  recorder.finish();
  BOOST_TEST(test::ReadBack(b.file.name).slices.size() == 2u);
}

SIM_TEST_CASE(a_command_switches_it) {
  Bench b;
  Recorder recorder(b.platform, {b.file.name, "", "", false, ""});
  const auto command = [&](const char* state) {
    for (CommandBase* c : b.platform.root()->commands())
      if (c->name() == "trace") c->call(Node::parse(std::string("[") + state + "]", "x"));
  };
  b.event();
  command("'off'");
  b.event();
  command("'on'");
  b.event();
  recorder.finish();
  BOOST_TEST(test::ReadBack(b.file.name).slices.size() == 2u);
}

SIM_TEST_CASE(a_trace_that_is_cut_says_so) {
  Bench b;
  Recorder recorder(b.platform, {b.file.name, "", "", false, "1KiB"});
  for (unsigned i = 0; i < 100; ++i) b.event();
  BOOST_TEST(recorder.finish().find("cut where the file reached its limit") != std::string::npos);
}

SIM_TEST_CASE(wrong_options_are_refused) {
  Bench b;
  const std::string& name = b.file.name;
  BOOST_TEST(refused(b.platform, {name, "soon", "", false, ""}) ==
             "--trace-from is 'soon'; expected a time with a unit, such as 100ms");
  BOOST_TEST(refused(b.platform, {name, "2ms", "1ms", false, ""}) ==
             "--trace-to is '1ms'; expected a time after --trace-from, 2ms");
  BOOST_TEST(refused(b.platform, {name, "", "", false, "many"}) ==
             "--trace-limit is 'many'; expected a size with a unit, such as 256MiB");
  BOOST_TEST(refused(b.platform, {"/nowhere/x", "", "", false, ""}) ==
             "/nowhere/x: cannot write the trace");
}
