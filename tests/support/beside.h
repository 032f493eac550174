// SPDX-License-Identifier: Apache-2.0
// A simulation with another program's steps in a thread beside it.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "support/sim.h"

namespace ringside::test {

/// A folder for a socket of this name; both go with it.
struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-socket-XXXXXX";
    if (!mkdtemp(name)) throw std::runtime_error("no folder for the socket");
    path = name;
  }
  ~Folder() {
    unlink(socket().c_str());
    rmdir(path.c_str());
  }
  std::string socket() const { return path + "/socket"; }
  std::string path;
};

/// Runs the simulation while the steps run in a thread of their own; what they throw fails the
/// test.
inline void run_beside(Sim& sim, const std::function<void()>& steps) {
  std::exception_ptr thrown;
  std::thread thread([&] {
    try {
      steps();
    } catch (...) {
      thrown = std::current_exception();
    }
    sim.platform.host().call([&] { sim.platform.request_stop(0, "the steps are done"); });
  });
  std::exception_ptr failure;
  try {
    sim.platform.run();
  } catch (...) {
    failure = std::current_exception();
  }
  thread.join();  // what it waits for, it does not wait for ever
  if (failure) std::rethrow_exception(failure);
  sim.platform.finish();
  if (thrown) std::rethrow_exception(thrown);
}

/// From the steps: has something done in the simulation, and waits for it.
inline void do_in_simulation(Sim& sim, const std::function<void()>& work) {
  std::promise<void> done;
  sim.platform.host().call([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace ringside::test
