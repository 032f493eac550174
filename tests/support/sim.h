// SPDX-License-Identifier: Apache-2.0
// Test cases that elaborate and run SystemC models. SystemC has one simulation per process, so each such case runs
// in a child process of its own:
//
//   SIM_TEST_CASE(kick_reaches_the_device) {
//     ringside::test::Sim sim("type: machine\nchildren: {...}");
//     ...
//     sim.run(sc_core::sc_time(1, sc_core::SC_US));
//     BOOST_TEST(...);
//   }
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/execution_monitor.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <iostream>
#include <string>

#include "kit/node.h"
#include "kit/platform.h"
#include "kit/registry.h"

namespace ringside::test {

/// Runs a case's body in a child process and passes its verdict on.
inline void run_in_child(void (*body)()) {
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = fork();
  BOOST_REQUIRE_GE(child, 0);
  if (child == 0) {
    alarm(100);  // a hang is a failure, not a stuck test run
    int code = 1;
    try {
      body();
      const auto id = boost::unit_test::framework::current_test_case().p_id;
      const auto& results = boost::unit_test::results_collector.results(id);
      code = results.p_assertions_failed.get() == 0 ? 0 : 1;
    } catch (const boost::execution_aborted&) {
      // BOOST_REQUIRE has reported already.
    } catch (const std::exception& e) {
      std::cout << "exception in the test case: " << e.what() << std::endl;
    }
    std::cout.flush();
    std::fflush(nullptr);
    _exit(code);
  }
  int status = 0;
  BOOST_REQUIRE_EQUAL(waitpid(child, &status, 0), child);
  BOOST_TEST(WIFEXITED(status), "the test's process died of signal " << WTERMSIG(status));
  BOOST_TEST(WEXITSTATUS(status) == 0, "failed in the child process; see above");
}

/// A platform made from YAML text.
struct Sim {
  explicit Sim(const std::string& yaml) : platform(registry) {
    const bool built = platform.build(Node::parse(yaml, "test.yaml"));
    BOOST_REQUIRE_MESSAGE(built, platform.diagnostics().str());
  }
  /// The same, with types registered by the test first.
  Sim(const std::string& yaml, void (*register_types)(Registry&)) : platform((register_types(registry), registry)) {
    const bool built = platform.build(Node::parse(yaml, "test.yaml"));
    BOOST_REQUIRE_MESSAGE(built, platform.diagnostics().str());
  }
  void run(const sc_core::sc_time& time) { platform.run(time); }
  template <typename T>
  T& model(const std::string& path) {
    T* found = dynamic_cast<T*>(platform.find(path));
    BOOST_REQUIRE_MESSAGE(found, "no such model: " + path);
    return *found;
  }

  Registry registry;
  Platform platform;
};

}  // namespace ringside::test

#define SIM_TEST_CASE(name)                                        \
  static void name##_body();                                       \
  BOOST_AUTO_TEST_CASE(name) { ringside::test::run_in_child(name##_body); } \
  static void name##_body()
