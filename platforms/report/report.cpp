// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "dump.h"
#include "kit/exits.h"
#include "report/page.h"
#include "results.h"
#include "statistics.h"
#include "text.h"

namespace ringside::report {

namespace {

using Json = nlohmann::ordered_json;

Json series_of(const Sampler& sampler) {
  Json all{{"ps", Json::array()}, {"curves", Json::array()}};
  for (const sc_core::sc_time& time : sampler.times()) all["ps"].push_back(time.value());
  for (const Sampler::Series& one : sampler.series())
    all["curves"].push_back({{"path", one.path},
                             {"name", one.counter->name()},
                             {"doc", one.counter->doc()},
                             {"totals", one.totals}});
  return all;
}

Json prices_of(const Platform& platform) {
  Json all = Json::array();
  if (!platform.exits()) return all;
  for (const ExitLedger::Price& price : platform.exits()->price_elsewhere())
    all.push_back({{"profile", price.profile},
                   {"exits", price.exits},
                   {"vcpu_ns", price.vcpu_ns},
                   {"backend_ns", price.backend_ns}});
  return all;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The page, with what belongs into its gaps.
std::string page_of(const std::string& data) {
  std::string page = kPage;
  const auto fill = [&page](const std::string& gap, const std::string& with) {
    const std::size_t at = page.find(gap);
    if (at == std::string::npos) throw std::logic_error("the page has no place for " + gap);
    page.replace(at, gap.size(), with);
  };
  fill("/*STYLE*/", kStyle);
  fill("/*SCRIPT*/", kScript);
  fill("/*DATA*/", data);
  return page;
}

}  // namespace

std::string inside_script(std::string json) {
  // "</script>" and "<!--" would end it, and may be in a name.
  for (std::size_t at = 0; (at = json.find('<', at)) != std::string::npos;)
    json.replace(at, 1, "\\u003c");
  return json;
}

void write_report(const std::string& folder, const Platform& platform,
                  const program::RunFigures& figures, const Sampler& sampler) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw std::runtime_error(
        fmt::format("{}: the folder for the report cannot be made: {}", folder, error.message()));
  const auto write = [&](const char* name, const std::string& text) {
    program::write_file(program::numbered(folder + "/" + name, figures.region), text.data(),
                        text.size());
  };
  const std::string resolved = program::dump_text(platform);
  Json all = program::header_of(platform, figures);
  all["statistics"] = program::statistics_of(platform);
  write("statistics.json", all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  write("statistics.csv", program::statistics_csv(platform));
  write("platform.yaml", resolved);
  all["series"] = series_of(sampler);
  all["prices"] = prices_of(platform);
  all["platform_text"] = resolved;
  write("report.html", page_of(inside_script(text_of(all))));
}

}  // namespace ringside::report
