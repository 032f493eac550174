// SPDX-License-Identifier: Apache-2.0
// From a request to the command of a model and back. Requests come in host threads; commands run in
// the simulation's:
//
//   Reads    HostBoundary::call(): soon, leaves no trace
//   Changes  HostInput::post(): recorded with all other input from the host, and played again
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "control/protocol.h"
#include "kit/platform.h"

namespace ringside::control {

class Controller {
 public:
  using Reply = std::function<void(std::uint64_t ticket, std::string line, bool garbled)>;

  /// The platform has been built. Also needed for a replay, where recorded commands arrive.
  explicit Controller(Platform& platform);

  /// Answers go to `reply`, from any thread. Call before the first request.
  void on_reply(Reply reply) { reply_ = std::move(reply); }
  /// One request; from any thread. Gives exactly one answer.
  void handle(std::uint64_t ticket, const std::string& line);
  /// While a command runs: the request that it came with; 0 in a replay.
  std::uint64_t running() const { return running_; }

  /// Says that commands may come while the simulation runs, so that it does not end for want of
  /// events.
  void set_live() { input_.set_live(true); }

  /// The model at a path; throws CommandError with the nearest name.
  Model& model(const std::string& path) const;
  const std::map<std::string, Model*>& models() const { return models_; }

 private:
  CommandBase& command_of(const Request& request) const;
  std::string hint_below(const Model& model, const std::string& command) const;
  void submit(std::uint64_t ticket, const Request& request, CommandBase& command);
  void run_recorded(const HostInput::Bytes& message);
  std::string run(std::uint64_t ticket, const Request& request, CommandBase& command);

  Platform& platform_;
  HostInput input_;
  std::map<std::string, Model*> models_;
  std::uint64_t running_ = 0;
  Reply reply_;
};

}  // namespace ringside::control
