// SPDX-License-Identifier: Apache-2.0
#include "control/machine_commands.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kit/port.h"
#include "kit/reg.h"
#include "summary.h"
#include "walk.h"

namespace ringside::control {

namespace {

constexpr auto kReads = CommandEffect::Reads;

Json description_of(const CommandBase& command) {
  Json arguments = Json::array();
  for (const CommandBase::Argument& a : command.arguments()) {
    Json one{{"name", a.name}, {"type", a.type}, {"required", a.required}, {"doc", a.doc}};
    if (!a.words.empty()) one["words"] = a.words;
    arguments.push_back(std::move(one));
  }
  return {{"name", command.name()},
          {"doc", command.doc()},
          {"changes", command.effect() == CommandEffect::Changes},
          {"arguments", std::move(arguments)}};
}

Json description_of(const Model& model) {
  Json commands = Json::array();
  for (const CommandBase* command : model.commands()) commands.push_back(description_of(*command));
  return {{"model", model.path()}, {"type", model.type()}, {"commands", std::move(commands)}};
}

Json values_of(const StatGroup& group) {
  Json values = Json::object();
  for (const Counter* c : group.counters()) values[c->name()] = c->value();
  for (const Histogram* h : group.histograms())
    values[h->name()] = {{"count", h->count()},        {"min", h->min()},
                         {"mean", h->mean()},          {"p50", h->percentile(0.5)},
                         {"p99", h->percentile(0.99)}, {"max", h->max()}};
  return values;
}

/// Reads memory behind a window without side effects; gives how many bytes.
unsigned peek(MmioPort& window, std::uint64_t offset, std::vector<std::uint8_t>& to) {
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(offset);
  payload.set_data_ptr(to.data());
  payload.set_data_length(static_cast<unsigned>(to.size()));
  payload.set_streaming_width(payload.get_data_length());
  return window.socket.get_base_export()->transport_dbg(payload);
}

MmioPort* window_at(const Platform& platform, std::uint64_t address) {
  for (const Model* model : platform.models()) {
    for (PortBase* port : model->ports()) {
      auto* window = dynamic_cast<MmioPort*>(port);
      if (window && address - window->base() < window->size()) return window;
    }
  }
  return nullptr;
}

}  // namespace

MachineCommands::MachineCommands(Platform& platform, Controller& controller,
                                 std::function<void()> subscribe)
    : platform_(platform),
      controller_(controller),
      list_{platform.root(),
            "list",
            {{"model", "whose commands; those of all models if left out"}},
            "models, their commands and what those take",
            [this](const std::optional<std::string>& path) { return list(path); },
            kReads},
      models_{
          platform.root(), "models", {}, "all models and their types", [this] { return models(); },
          kReads},
      status_{platform.root(),
              "status",
              {},
              "simulated time, instructions, accuracy, paused or not",
              [this] { return status(); },
              kReads},
      statistics_{platform.root(),
                  "statistics",
                  {{"model", "whose statistics; those of all models if left out"}},
                  "counters and histograms so far",
                  [this](const std::optional<std::string>& path) { return statistics(path); },
                  kReads},
      registers_{platform.root(),
                 "registers",
                 {{"model", "whose registers"}},
                 "the registers of a model or of its harts",
                 [this](const std::string& path) { return registers(path); },
                 kReads},
      read_memory_{
          platform.root(),
          "read_memory",
          {{"address", "physical address"}, {"bytes", "how much, up to 64KiB"}},
          "memory as hexadecimal text; registers of devices are not read",
          [this](std::uint64_t address, Size bytes) { return read_memory(address, bytes); },
          kReads},
      pause_{platform.root(),
             "pause",
             {},
             "holds the simulation between two events; commands are still served",
             [this] { platform_.host().hold(true); },
             kReads},
      resume_{platform.root(),
              "resume",
              {},
              "lets a held simulation go on",
              [this] { platform_.host().hold(false); },
              kReads},
      reset_{platform.root(),
             "reset",
             {},
             "resets all models, as a reset button does",
             [this] { platform_.request_reset(); }},
      region_{platform.root(),
              "region",
              {{"state", "of the region of interest", {"begin", "end"}}},
              "statistics count from its begin on; its results are written when it ends",
              [this](const std::string& state) {
                if (state == "begin") return platform_.begin_region();
                if (!platform_.in_region())
                  throw CommandError("no region of interest has begun; begin one first");
                platform_.end_region();
              },
              kReads},
      quit_{platform.root(),
            "quit",
            {{"code", "exit code of the program; 0 if left out"}},
            "ends the run in order",
            [this](std::optional<unsigned> code) {
              if (code.value_or(0) > 255) throw CommandError("an exit code is 0 to 255");
              platform_.request_stop(static_cast<int>(code.value_or(0)), "control socket: quit");
            }},
      subscribe_{platform.root(),
                 "subscribe",
                 {},
                 "has events sent to this connection: reset, stopped, and those of models",
                 std::move(subscribe),
                 kReads} {}

Json MachineCommands::list(const std::optional<std::string>& path) {
  Json all = Json::array();
  if (path) {
    all.push_back(description_of(controller_.model(*path)));
    return all;
  }
  for (const Model* model : platform_.models())
    if (!model->commands().empty()) all.push_back(description_of(*model));
  return all;
}

Json MachineCommands::models() {
  Json all = Json::array();
  for (const Model* model : platform_.models())
    all.push_back({{"model", model->path()}, {"type", model->type()}});
  return all;
}

Json MachineCommands::status() {
  platform_.refresh_statistics();
  return {{"simulated_seconds", sc_core::sc_time_stamp().to_seconds()},
          {"instructions", program::sum_of(platform_, "instructions")},
          {"accuracy", platform_.timed() ? "timed" : "functional"},
          {"paused", platform_.host().held()},
          {"resets", platform_.resets()},
          {"replaying", platform_.host().replaying()}};
}

Json MachineCommands::statistics(const std::optional<std::string>& path) {
  platform_.refresh_statistics();
  const std::string root = path ? controller_.model(*path).path() : "";
  const std::string prefix = root.empty() ? "machine" : root;
  Json all = Json::object();
  program::for_each_group(platform_, [&](const std::string& at, const StatGroup& group) {
    if (path && at != prefix && at.rfind(prefix + ".", 0) != 0) return;
    Json values = values_of(group);
    if (!values.empty()) all[at] = std::move(values);
  });
  return all;
}

Json MachineCommands::registers(const std::string& path) {
  Model& model = controller_.model(path);
  if (&model != platform_.root()) {
    for (CommandBase* command : model.commands())
      if (command->name() == registers_.name()) return command->call(Node::null({}));
  }
  Json all = Json::object();
  for (const RegisterBank* bank : model.register_banks()) {
    for (const RegisterBase* r : bank->registers())
      all[bank->name()][r->name()] = fmt::format("{:#0{}x}", r->peek(), 2 * r->width() + 2);
  }
  if (all.empty()) throw CommandError(model.label() + " has no registers to show");
  return all;
}

Json MachineCommands::read_memory(std::uint64_t address, Size bytes) {
  if (bytes.bytes == 0 || bytes.bytes > kMaxRead)
    throw CommandError(
        fmt::format("'bytes' of read_memory is {}; expected 1B to 64KiB", format_size(bytes)));
  std::vector<std::uint8_t> data(bytes.bytes);
  MmioPort* window = window_at(platform_, address);
  const unsigned got = window ? peek(*window, address - window->base(), data) : 0;
  if (got == 0) throw CommandError(fmt::format("there is no memory at {}", format_hex(address)));
  std::string text;
  for (unsigned i = 0; i < got; ++i) text += fmt::format("{:02x}", data[i]);
  return {{"address", format_hex(address)}, {"bytes", got}, {"data", text}};
}

}  // namespace ringside::control
