// SPDX-License-Identifier: Apache-2.0
#include "sweep/outcome.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exit_code.h"
#include "kit/units.h"
#include "statistics_file.h"

namespace ringside::sweep {
namespace {

using Json = nlohmann::json;

// A guest may print without end.
constexpr std::size_t kMostConsole = 4 << 20;
constexpr std::size_t kMostGuestFigures = 1000;
constexpr const char* kExitMark = "RINGSIDE-RUN exit=";

/// The file's text, or its last part if it is very long.
std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - static_cast<std::streamoff>(kMostConsole)));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::variant<std::int64_t, double> value_of(const Json& number) {
  if (number.is_number_unsigned() && number.get<std::uint64_t>() > INT64_MAX)
    return number.get<double>();
  if (number.is_number_integer()) return number.get<std::int64_t>();
  return number.get<double>();
}

void read_statistics(const Json& all, Outcome& outcome) {
  program::for_each_statistic(all.at("statistics"), [&](const std::string& path,
                                                        const std::string& name, const Json& leaf) {
    Figure figure{path, name, "", leaf.at("unit"), {}};
    for (const auto& [key, value] : leaf.items()) {
      if (!value.is_number()) continue;
      figure.field = key;
      figure.value = value_of(value);
      outcome.statistics.add(figure);
    }
  });
  outcome.accuracy = all.at("accuracy");
  outcome.host_seconds = all.at("host").at("seconds");
  outcome.reason = all.at("stop").at("reason");
  const double seconds = all.at("simulated_ps").get<double>() / 1e12;
  outcome.statistics.add({"run", "seconds", "value", "s", seconds});
  outcome.statistics.add({"run", "resets", "value", "count", value_of(all.at("resets"))});
}

void read_words(const std::string& line, Statistics& statistics) {
  std::istringstream words(line);
  std::string mark;
  std::string kind;
  words >> mark >> kind;
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || statistics.all().size() > kMostGuestFigures) continue;
    const std::string key = word.substr(0, equals);
    const std::string text = word.substr(equals + 1);
    std::variant<std::int64_t, double> value;
    if (const auto integer = parse_integer(text); integer && *integer <= INT64_MAX)
      value = static_cast<std::int64_t>(*integer);
    else if (const auto real = parse_real(text))
      value = *real;
    else
      continue;
    statistics.add({"guest", key, "value", "", value});
    statistics.add({"guest." + kind, key, "value", "", value});
  }
}

Outcome failed(Outcome outcome, std::string reason) {
  outcome.done = false;
  outcome.reason = std::move(reason);
  return outcome;
}

}  // namespace

int read_console(const std::string& text, Statistics& statistics) {
  Statistics guest;
  int code = -1;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.rfind("WORKLOAD ", 0) == 0) read_words(line, guest);
    if (line.rfind(kExitMark, 0) == 0) {
      const auto number = parse_integer(line.substr(std::string(kExitMark).size()));
      code = number && *number < 256 ? static_cast<int>(*number) : 255;
    }
  }
  for (const Figure& figure : guest.all()) statistics.add(figure);
  return code;
}

Outcome read_outcome(const std::string& folder, int exit_code, const std::string& reason,
                     bool has_workload) {
  Outcome outcome;
  outcome.exit_code = exit_code;
  if (!reason.empty()) return failed(std::move(outcome), reason);
  if (exit_code == program::kTimeout) return failed(std::move(outcome), "time limit on the wall");
  if (exit_code != 0) return failed(std::move(outcome), fmt::format("exit code {}", exit_code));
  try {
    read_statistics(Json::parse(text_of(folder + "/stats.json")), outcome);
  } catch (const Json::exception& error) {
    return failed(std::move(outcome), "it left no statistics that can be read");
  }
  const int guest = read_console(text_of(folder + "/" + kConsoleFile), outcome.statistics);
  if (has_workload && guest < 0)
    return failed(
        std::move(outcome),
        fmt::format("the workload did not end; the run stopped because: {}", outcome.reason));
  if (has_workload && guest > 0)
    return failed(std::move(outcome), fmt::format("the workload ended with exit code {}", guest));
  outcome.done = true;
  return outcome;
}

}  // namespace ringside::sweep
