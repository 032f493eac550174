// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <systemc>

#include "commands.h"
#include "exit_code.h"
#include "interrupt.h"
#include "kit/plugin.h"
#include "log.h"
#include "session.h"
#include "terminal.h"

namespace ringside::program {
namespace {

void add_platform_options(CLI::App& command, Options& options) {
  command.add_option("FILE", options.file, "platform file, or the name of one that comes with it")
      ->required();
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [&options](const std::vector<std::string>& settings) {
            for (const std::string& setting : settings) {
              const std::size_t equals = setting.find('=');
              if (equals == std::string::npos)
                throw CLI::ValidationError("--set " + setting, "expected path=value");
              options.settings.push_back(
                  {setting.substr(0, equals), setting.substr(equals + 1), "--set " + setting, ""});
            }
          },
          "sets a parameter: bus.pci.disk.queue_size=64 (may be repeated)")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
}

/// Options that set a parameter of the platform's `boot` model, named as in QEMU.
void add_boot_options(CLI::App& command, Options& options) {
  struct Shortcut {
    const char* name;
    const char* key;
    const char* doc;
  };
  for (const Shortcut& s : {Shortcut{"--bios", "firmware", "machine-mode firmware"},
                            Shortcut{"--kernel", "kernel", "what the firmware starts"},
                            Shortcut{"--initrd", "initrd", "initial file system of the kernel"},
                            Shortcut{"--append", "append", "kernel command line"}}) {
    command
        .add_option_function<std::string>(
            s.name,
            [&options, s](const std::string& value) {
              options.settings.push_back(
                  {s.key, value, fmt::format("{} {}", s.name, value), "boot"});
            },
            fmt::format("{}; sets '{}' of the model of type 'boot'", s.doc, s.key))
        ->type_name(std::string(s.key) == "append" ? "TEXT" : "FILE");
  }
}

/// A profile in a file is found from the working directory; other names are those of profiles that
/// come with Ringside.
std::string profile_text(const std::string& value) {
  if (value.find_first_of("/.") == std::string::npos) return value;
  return std::filesystem::absolute(value).string();
}

/// Options that set something of the machine.
void add_machine_options(CLI::App& command, Options& options) {
  command
      .add_option_function<std::string>(
          "--accuracy",
          [&options](const std::string& value) {
            options.settings.push_back({"accuracy", value, "--accuracy " + value, ""});
          },
          "functional, or timed")
      ->type_name("MODE");
  command
      .add_option_function<std::string>(
          "--exits",
          [&options](const std::string& value) {
            options.settings.push_back(
                {"exits", fmt::format("{{type: vm-exits, profile: '{}'}}", profile_text(value)),
                 "--exits " + value, ""});
          },
          "count VM exits, and charge them, as under this hypervisor: a profile that comes with "
          "Ringside (qemu-kvm, vhost, ...) or a file")
      ->type_name("PROFILE");
}

void add_run_options(CLI::App& command, Options& options) {
  command.add_option("--limit", options.limit, "stop after this simulated time")->type_name("TIME");
  command.add_option("--timeout", options.timeout, "stop after this many seconds on the wall")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber);
  CLI::Option* record =
      command.add_option("--record", options.record, "write all input from the host to a file")
          ->type_name("FILE");
  command.add_option("--replay", options.replay, "play such a file instead of live input")
      ->type_name("FILE")
      ->excludes(record);
  command
      .add_option("--control", options.control,
                  "take commands from `ringside ctl`: unix:PATH or tcp:PORT (this machine only)")
      ->type_name("ADDRESS");
  command.add_option("--stats", options.stats, "write all statistics: JSON, or CSV for *.csv")
      ->type_name("FILE");
  command
      .add_option("--report", options.report,
                  "leave a report for people in this folder: report.html, statistics, platform")
      ->type_name("FOLDER");
  command.add_option("--dtb", options.dtb, "write the device tree that the guest gets")
      ->type_name("FILE");
  command
      .add_option("--live", options.live,
                  "show every so many seconds how the run goes (1 if no number is given)")
      ->type_name("SECONDS")
      ->expected(0, 1)
      ->default_str("1")
      ->check(CLI::Range(0.05, 1e6));
  command.add_flag("-q,--quiet", options.quiet, "no summary at the end");
  command.add_option("--log", options.log, "least severe messages to show")
      ->type_name("LEVEL")
      ->check(CLI::IsMember(log_levels()))
      ->capture_default_str();
}

void add_trace_options(CLI::App& command, Options& options) {
  trace::TraceOptions& trace = options.trace;
  CLI::Option* file = command
                          .add_option("--trace", trace.file,
                                      "write what harts, queues, links and memory do, for Perfetto")
                          ->type_name("FILE");
  command.add_option("--trace-from", trace.from, "trace from this simulated time on")
      ->type_name("TIME")
      ->needs(file);
  command.add_option("--trace-to", trace.to, "trace until this simulated time")
      ->type_name("TIME")
      ->needs(file);
  command.add_flag("--trace-region", trace.regions, "trace only regions of interest")->needs(file);
  command.add_option("--trace-limit", trace.limit, "end the trace at this size of the file (1GiB)")
      ->type_name("SIZE")
      ->needs(file);
}

void add_replay_options(CLI::App& command, Options& options) {
  command
      .add_option("--device", options.device,
                  "path of the function that the log is of: bus.pci.disk")
      ->type_name("PATH")
      ->required();
  command
      .add_option(
          "--host", options.replay,
          "input from the host of the recorded run (run --record); without it there is none")
      ->type_name("FILE");
  command.add_flag("--check", options.check, "judge the device by rules and reference as well");
  command.add_option("--waves", options.waves, "write all transactions as waves (FST)")
      ->type_name("FILE");
  command
      .add_option("--mismatch", options.mismatch,
                  "where waves around the first difference go; without it, LOG.fst")
      ->type_name("FILE");
  command
      .add_option("--patience", options.patience,
                  "simulated time after which the device is said to stand still (1s)")
      ->type_name("TIME");
  command.add_option("--timeout", options.timeout, "stop after this many seconds on the wall")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--log", options.log, "least severe messages to show")
      ->type_name("LEVEL")
      ->check(CLI::IsMember(log_levels()))
      ->capture_default_str();
}

void add_sweep_options(CLI::App& command, Options& options) {
  command.add_option("FILE", options.file, "the sweep")->required();
  command
      .add_option(
          "--out", options.out,
          "folder of the results; without it, NAME.sweep here. What is done there stays done")
      ->type_name("DIR");
  command.add_option("--engine", options.engine, "what runs the points: this machine, or Slurm")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  command
      .add_option("-j,--jobs", options.jobs,
                  "points at a time; without it, one for each processor, or as Slurm likes")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  CLI::Option* fresh = command.add_flag("--fresh", options.fresh, "forget earlier results");
  command
      .add_flag("--collect", options.collect,
                "run nothing; write table and figures of what is there")
      ->excludes(fresh);
  command.add_flag("--list", options.list, "print the points and their commands, and run nothing");
  command.add_flag("-q,--quiet", options.quiet, "say nothing but failures");
}

int parse_and_dispatch(int argc, char** argv) {
  Options options;
  CLI::App app{"Ringside: a SystemC/TLM-2.0 full-system emulator built around virtio", "ringside"};
  app.set_version_flag("--version",
                       fmt::format("ringside {} [{}]", RINGSIDE_VERSION, own_abi_stamp()));
  app.add_option("--plugin", options.plugins, "load one more plugin (may be repeated)")
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
  app.require_subcommand(1);
  app.fallthrough();

  CLI::App* run_command = app.add_subcommand("run", "simulate a platform");
  add_platform_options(*run_command, options);
  add_boot_options(*run_command, options);
  add_machine_options(*run_command, options);
  add_run_options(*run_command, options);
  add_trace_options(*run_command, options);
  CLI::App* replay_command = app.add_subcommand(
      "replay", "play a log of transactions (of a virtio-monitor) to a device, without the guest");
  replay_command->add_option("LOG", options.transactions, "the log")->required();
  add_platform_options(*replay_command, options);
  add_machine_options(*replay_command, options);
  add_replay_options(*replay_command, options);
  CLI::App* log_command =
      app.add_subcommand("log", "print a log of transactions as text, and its hash");
  log_command->add_option("LOG", options.transactions, "the log")->required();
  log_command->add_flag("--summary", options.summary, "print counts and hash only");
  CLI::App* check_command = app.add_subcommand("check", "report mistakes in a platform file");
  add_platform_options(*check_command, options);
  CLI::App* dump_command =
      app.add_subcommand("dump", "print a platform with all its values as commented YAML");
  add_platform_options(*dump_command, options);
  CLI::App* sweep_command = app.add_subcommand(
      "sweep",
      "run a platform at each point of a grid of parameters, and collect and plot results");
  add_sweep_options(*sweep_command, options);
  CLI::App* compare_command = app.add_subcommand(
      "compare",
      "print what differs between the statistics of two runs (run --stats), and how much");
  compare_command->add_option("BEFORE", options.file, "statistics of the first run, JSON")
      ->required();
  compare_command->add_option("AFTER", options.other_file, "of the second")->required();
  compare_command->add_option("--threshold", options.threshold, "smallest change that counts")
      ->type_name("PERCENT")
      ->check(CLI::NonNegativeNumber);
  compare_command->add_option("--filter", options.filter, "only statistics with this in their name")
      ->type_name("TEXT");
  compare_command->add_option("--format", options.format, "how to print it")
      ->check(CLI::IsMember({"text", "markdown", "json"}))
      ->capture_default_str();
  compare_command->add_flag("--fail", options.fail, "exit code 1 if anything differs");
  CLI::App* ctl_command = app.add_subcommand(
      "ctl", "give a command to a simulation that runs with --control; without one, list them");
  ctl_command->add_option("SOCKET", options.socket, "unix:PATH, a path, or tcp:PORT")->required();
  ctl_command->add_flag("--json", options.json, "print the result as JSON");
  ctl_command->add_flag("--complete", options.complete, "print the words that may come next");
  ctl_command->prefix_command()->fallthrough(false);
  ctl_command->footer(
      "COMMAND ARGUMENTS... for the machine, MODEL COMMAND ARGUMENTS... for a model");
  CLI::App* describe_command = app.add_subcommand("describe", "print what a type offers");
  describe_command->add_option("TYPE", options.type, "the type; without it, all types");
  describe_command->add_option("--format", options.format, "how to print it")
      ->check(CLI::IsMember({"text", "markdown", "json"}))
      ->capture_default_str();
  app.add_subcommand("list", "print the types, plugins and platform files there are");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kBadCommandLine;
  }
  if (ctl_command->parsed()) {
    options.words = ctl_command->remaining();
    return ctl(options);
  }
  if (compare_command->parsed()) return compare(options);
  if (log_command->parsed()) return transactions(options);
  session().load_types(options);
  if (run_command->parsed()) return run(options);
  if (replay_command->parsed()) return replay(options);
  if (check_command->parsed()) return check(options);
  if (dump_command->parsed()) return dump(options);
  if (sweep_command->parsed()) return sweep(options);
  if (describe_command->parsed()) return describe(options);
  return list(options);
}

}  // namespace
}  // namespace ringside::program

int main(int argc, char** argv) {
  using namespace ringside::program;
  block_stop_signals();
  int code = kBadConfig;
  try {
    code = parse_and_dispatch(argc, argv);
  } catch (const sc_core::sc_report& report) {
    std::fprintf(stderr, "ringside: SystemC: %s: %s\n", report.get_msg_type(), report.get_msg());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ringside: %s\n", error.what());
  }
  restore_terminal();
  std::fflush(nullptr);
  // Not by exit(): threads of back ends may still run, and SystemC would destroy models under them.
  std::_Exit(code);
}
