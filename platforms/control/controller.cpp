// SPDX-License-Identifier: Apache-2.0
#include "control/controller.h"

#include <fmt/format.h>

namespace ringside::control {

namespace {

const char* const kMachine = "machine";  // another way to say ""

CommandBase* find_command(const Model& model, const std::string& name) {
  for (CommandBase* command : model.commands())
    if (command->name() == name) return command;
  return nullptr;
}

std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const CommandBase* command : model.commands()) names.push_back(command->name());
  return names;
}

}  // namespace

Controller::Controller(Platform& platform)
    : platform_(platform), input_(platform.root(), "control") {
  for (Model* model : platform.models()) models_[model->path()] = model;
  input_.on_message([this](const HostInput::Bytes& message) { run_recorded(message); });
  input_.serve_while_held();
}

Model& Controller::model(const std::string& path) const {
  const auto found = models_.find(path == kMachine ? "" : path);
  if (found != models_.end()) return *found->second;
  std::vector<std::string> paths;
  for (const auto& [known, model] : models_)
    if (!known.empty()) paths.push_back(known);
  throw CommandError(
      fmt::format("there is no model '{}'{}", printable(path), did_you_mean(path, paths)));
}

/// A device's commands are easily asked of the function that carries it.
std::string Controller::hint_below(const Model& model, const std::string& command) const {
  for (const Model* child : model.children()) {
    if (find_command(*child, command)) return fmt::format("; '{}' has that command", child->path());
  }
  return "";
}

CommandBase& Controller::command_of(const Request& request) const {
  const Model& owner = model(request.model);
  if (CommandBase* command = find_command(owner, request.command)) return *command;
  const std::vector<std::string> names = names_of(owner);
  std::string hint = did_you_mean(request.command, names);
  if (hint.empty()) hint = hint_below(owner, request.command);
  throw CommandError(fmt::format("{} has no command '{}'; expected {}{}", owner.label(),
                                 printable(request.command),
                                 names.empty() ? "none" : "one of " + quoted_list(names), hint));
}

void Controller::handle(std::uint64_t ticket, const std::string& line) {
  Json id;
  bool is_json = false;
  try {
    const Request request = parse_request(line, id, is_json);
    submit(ticket, request, command_of(request));
  } catch (const CommandError& e) {
    reply_(ticket, error_line(id, e.what()), !is_json);
  }
}

void Controller::submit(std::uint64_t ticket, const Request& request, CommandBase& command) {
  if (command.effect() == CommandEffect::Reads) {
    platform_.host().call([this, ticket, request, &command] {
      reply_(ticket, run(ticket, request, command), false);
    });
    return;
  }
  const std::string text = line_of(Incoming{{"ticket", ticket},
                                            {"id", request.id},
                                            {"model", request.model},
                                            {"command", request.command},
                                            {"arguments", request.arguments}});
  if (input_.post({text.begin(), text.end()})) return;
  throw CommandError(platform_.host().replaying()
                         ? "a recording is played: only commands that read are taken"
                         : "too many commands are waiting");
}

void Controller::run_recorded(const HostInput::Bytes& message) {
  std::uint64_t ticket = 0;
  try {
    const Incoming value = Incoming::parse(message.begin(), message.end());
    // A recording's ticket is nobody's.
    if (!platform_.host().replaying()) ticket = value.at("ticket").get<std::uint64_t>();
    const Request request{value.at("id"), value.at("model").get<std::string>(),
                          value.at("command").get<std::string>(), value.at("arguments")};
    const std::string line = run(ticket, request, command_of(request));
    if (ticket != 0) reply_(ticket, line, false);
  } catch (const std::exception& e) {
    // A recording from elsewhere, or edited: its commands are as lost as its other input.
    SC_REPORT_WARNING("control",
                      fmt::format("a recorded command is of no use: {}", e.what()).c_str());
  }
}

std::string Controller::run(std::uint64_t ticket, const Request& request, CommandBase& command) {
  running_ = ticket;
  std::string line;
  try {
    line = result_line(request.id, command.call(node_of(request.arguments)));
  } catch (const CommandError& e) {
    line = error_line(request.id, e.what());
  }
  running_ = 0;
  return line;
}

}  // namespace ringside::control
