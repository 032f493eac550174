// SPDX-License-Identifier: Apache-2.0
#include "log.h"

#include <cstdio>
#include <systemc>

#include "kit/units.h"

namespace ringside::program {
namespace {

void print_report(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
  if (actions & sc_core::SC_DISPLAY) {
    static const char* const words[] = {"info", "warning", "error", "fatal"};
    std::fprintf(stderr, "[%s] %s: %s: %s\n", format_time(sc_core::sc_time_stamp()).c_str(),
                 words[report.get_severity()], report.get_msg_type(), report.get_msg());
  }
  if (actions & sc_core::SC_THROW) throw report;
}

}  // namespace

std::vector<std::string> log_levels() {
  return {"error", "warning", "info", "debug"};
}

void set_log_level(const std::string& level) {
  using namespace sc_core;
  sc_report_handler::set_handler(print_report);
  const bool info = level == "info" || level == "debug";
  sc_report_handler::set_actions(SC_INFO, info ? SC_DISPLAY : SC_DO_NOTHING);
  sc_report_handler::set_actions(SC_WARNING, level == "error" ? SC_DO_NOTHING : SC_DISPLAY);
  sc_report_handler::set_actions(SC_ERROR, SC_THROW);
  sc_report_handler::set_actions(SC_FATAL, SC_THROW);
  sc_report_handler::set_verbosity_level(level == "debug" ? SC_DEBUG : SC_MEDIUM);
}

}  // namespace ringside::program
