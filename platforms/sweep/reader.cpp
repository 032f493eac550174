// SPDX-License-Identifier: Apache-2.0
#include "sweep/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "kit/node.h"
#include "places.h"
#include "sweep/axis_reader.h"
#include "sweep/fields.h"
#include "sweep/texts.h"

namespace ringside::sweep {
namespace fs = std::filesystem;
namespace {

std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class SweepReader {
 public:
  SweepReader(Sweep& sweep, Diagnostics& findings) : sweep_(sweep), findings_(findings) {}

  void read(const Node& root) {
    const Fields fields(root, "the sweep",
                        {"title", "description", "base", "set", "axes", "seeds", "run", "workload",
                         "metrics", "plots", "slurm"},
                        findings_);
    if (!root.is_map()) return;
    sweep_.title = fields.text("title", sweep_.name);
    sweep_.description = fields.text("description");
    read_base(fields);
    if (const Node* set = fields.find("set"))
      read_settings(*set, "set", sweep_.settings, findings_);
    if (const Node* axes = fields.need("axes")) read_axes(*axes);
    read_seeds(fields);
    if (const Node* run = fields.find("run")) read_run(*run);
    sweep_.run.workload = fields.text("workload");
    if (const Node* workload = fields.find("workload"))
      sweep_.run.workload_where = workload->where();
    if (const Node* metrics = fields.need("metrics")) read_metrics(*metrics);
    if (const Node* plots = fields.find("plots")) read_plots(*plots);
    if (const Node* slurm = fields.find("slurm")) read_slurm(*slurm);
    check_placeholders(fields);
  }

 private:
  void read_base(const Fields& fields) {
    const Node* base = fields.need("base");
    if (!base) return;
    // Relative to the sweep; else the name of a platform that comes with the program.
    const fs::path beside = fs::path(sweep_.file).parent_path() / fields.text("base");
    std::error_code error;
    const std::string found = fs::is_regular_file(beside, error)
                                  ? beside.string()
                                  : program::find_platform(fields.text("base"));
    const fs::path whole = fs::canonical(found, error);
    if (error) {
      findings_.error(base->where(), fmt::format("there is no platform file {}; expected a path "
                                                 "relative to this file, or the name of a platform "
                                                 "that comes with Ringside",
                                                 base->describe()));
      return;
    }
    sweep_.base = whole.string();
    sweep_.base_text = content_of(sweep_.base);
  }

  void read_axes(const Node& axes) {
    if (!axes.is_map() || axes.entries().empty()) {
      findings_.error(axes.where(), "'axes' has to be a map from names to axes");
      return;
    }
    for (const Node::Entry& entry : axes.entries()) {
      check_name(entry, "an axis");
      if (entry.key == "seed" || entry.key == "sweep")
        findings_.error(entry.key_where, fmt::format("the name '{}' is taken", entry.key));
      sweep_.axes.push_back(read_axis(entry, findings_));
    }
  }

  void read_seeds(const Fields& fields) {
    for (const Node& item : fields.nodes("seeds")) {
      const auto seed = parse_integer(item.text());
      if (!item.is_scalar() || !seed) {
        fields.wrong(item, "seeds", "a list of integers");
        continue;
      }
      if (std::find(sweep_.seeds.begin(), sweep_.seeds.end(), *seed) != sweep_.seeds.end())
        findings_.error(item.where(), fmt::format("seed {} is there twice", *seed));
      sweep_.seeds.push_back(*seed);
    }
  }

  void read_run(const Node& node) {
    const Fields fields(node, "run",
                        {"bios", "kernel", "initrd", "append", "limit", "timeout", "options"},
                        findings_);
    RunSettings& run = sweep_.run;
    for (const auto& [key, parameter] : {std::pair<const char*, const char*>{"bios", "firmware"},
                                         {"kernel", "kernel"},
                                         {"initrd", "initrd"},
                                         {"append", "append"}}) {
      const Node* value = fields.find(key);
      if (value) run.boot.push_back({parameter, fields.text(key), value->where().str(), "boot"});
    }
    run.limit = fields.text("limit");
    if (const Node* limit = fields.find("limit"))
      if (placeholders(run.limit).empty() && !parse_time(run.limit))
        fields.wrong(*limit, "limit", "a simulated time with a unit, such as 250ms");
    run.timeout = fields.seconds("timeout", run.timeout);
    run.options = fields.texts("options");
  }

  void read_metrics(const Node& metrics) {
    if (!metrics.is_map()) {
      findings_.error(metrics.where(), "'metrics' has to be a map from names to what they are");
      return;
    }
    for (const Node::Entry& entry : metrics.entries()) {
      check_name(entry, "a metric");
      Metric metric;
      metric.name = metric.label = entry.key;
      metric.where = entry.key_where;
      const Node* value = &entry.value;
      if (entry.value.is_map()) {
        const Fields fields(entry.value, fmt::format("metric '{}'", entry.key),
                            {"value", "unit", "label"}, findings_);
        metric.unit = fields.text("unit");
        metric.label = fields.text("label", entry.key);
        value = fields.need("value");
        if (!value) continue;
      }
      try {
        metric.expression = Expression::parse(value->text(), value->where());
      } catch (const ConfigError& error) {
        findings_.error(error.diagnostic().where, error.diagnostic().message);
        continue;
      }
      metric.where = value->where();
      check_words(metric);
      sweep_.metrics.push_back(std::move(metric));
    }
  }

  /// A name without a dot is an axis or a metric above.
  void check_words(const Metric& metric) {
    for (const std::string& name : metric.expression.names()) {
      if (name.find('.') != std::string::npos || sweep_.axis(name) || sweep_.metric(name)) continue;
      std::vector<std::string> known = axis_names();
      for (const Metric& other : sweep_.metrics) known.push_back(other.name);
      findings_.error(
          metric.where,
          fmt::format("'{}' in metric '{}' is no axis and no metric above; expected one "
                      "of {}, or the path of a statistic{}",
                      name, metric.name, quoted_list(known), did_you_mean(name, known)));
    }
  }

  void read_plots(const Node& plots) {
    std::set<std::string> names;
    for (const Node& item : plots.is_list() ? plots.items() : std::vector<Node>{plots}) {
      const Fields fields(
          item, "a plot",
          {"name", "title", "x", "y", "series", "each", "only", "x_scale", "y_scale"}, findings_);
      if (!item.is_map()) continue;
      Plot plot;
      plot.x = name_in(fields, "x", axis_names());
      std::vector<std::string> metrics;
      for (const Metric& metric : sweep_.metrics) metrics.push_back(metric.name);
      plot.y = name_in(fields, "y", metrics);
      plot.name = fields.text("name", plot.y);
      const Metric* y = sweep_.metric(plot.y);
      plot.title = fields.text("title", y ? y->label : plot.y);
      plot.x_scale =
          fields.choice("x_scale", {"linear", "log"}) == "log" ? Scale::Log : Scale::Linear;
      plot.y_scale =
          fields.choice("y_scale", {"linear", "log"}) == "log" ? Scale::Log : Scale::Linear;
      plot.series = axes_in(fields, "series");
      plot.each = axes_in(fields, "each");
      if (const Node* only = fields.find("only")) read_only(*only, plot);
      // Whatever is not named elsewhere tells the lines apart.
      if (!fields.find("series"))
        for (const Axis& axis : sweep_.axes)
          if (!uses(plot, axis.name)) plot.series.push_back(axis.name);
      for (const Axis& axis : sweep_.axes)
        if (!uses(plot, axis.name))
          findings_.error(item.where(),
                          fmt::format("the plot says nothing about axis '{}'; name it "
                                      "in 'series', 'each' or 'only'",
                                      axis.name));
      if (!names.insert(plot.name).second)
        findings_.error(item.where(),
                        fmt::format("two plots are called '{}'; give one a 'name'", plot.name));
      sweep_.plots.push_back(std::move(plot));
    }
  }

  static bool uses(const Plot& plot, const std::string& axis) {
    const auto has = [&axis](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), axis) != names.end();
    };
    for (const auto& [name, label] : plot.only)
      if (name == axis) return true;
    return plot.x == axis || has(plot.series) || has(plot.each);
  }

  void read_only(const Node& only, Plot& plot) {
    if (!only.is_map()) {
      findings_.error(only.where(), "'only' of a plot has to be a map from axes to a value");
      return;
    }
    for (const Node::Entry& entry : only.entries()) {
      const Axis* axis = sweep_.axis(entry.key);
      if (!axis) {
        unknown(entry.key_where, entry.key, "axis", axis_names());
        continue;
      }
      std::vector<std::string> labels;
      for (const AxisValue& value : axis->values) labels.push_back(value.label);
      if (std::find(labels.begin(), labels.end(), entry.value.text()) == labels.end())
        unknown(entry.value.where(), entry.value.text(),
                fmt::format("value of axis '{}'", axis->name), labels);
      plot.only.emplace_back(entry.key, entry.value.text());
    }
  }

  std::string name_in(const Fields& fields, const char* key,
                      const std::vector<std::string>& known) {
    const Node* value = fields.need(key);
    if (!value) return "";
    if (std::find(known.begin(), known.end(), value->text()) == known.end())
      unknown(value->where(), value->text(), key[0] == 'x' ? "axis" : "metric", known);
    return value->text();
  }

  std::vector<std::string> axes_in(const Fields& fields, const char* key) {
    for (const Node& item : fields.nodes(key))
      if (!sweep_.axis(item.text())) unknown(item.where(), item.text(), "axis", axis_names());
    return fields.texts(key);
  }

  void read_slurm(const Node& node) {
    const Fields fields(node, "slurm", {"partition", "account", "time", "extra", "poll", "program"},
                        findings_);
    SlurmSettings& slurm = sweep_.slurm;
    slurm.partition = fields.text("partition");
    slurm.account = fields.text("account");
    slurm.time = fields.text("time");
    slurm.extra = fields.texts("extra");
    slurm.poll = fields.seconds("poll", slurm.poll);
    slurm.program = fields.text("program");
  }

  /// Where nobody but us could fill in a name, it has to be one of ours; and an axis has to change
  /// something.
  void check_placeholders(const Fields& root) {
    std::vector<std::string> known = axis_names();
    known.insert(known.end(), {"sweep", "seed"});
    std::set<std::string> used;
    const auto look = [&](const std::string& text, const std::string& where) {
      for (const std::string& name : placeholders(text)) {
        used.insert(name);
        if (std::find(known.begin(), known.end(), name) == known.end())
          unknown({where, 0, 0}, name, "name in '${...}'", known);
      }
    };
    for (const Setting& setting : sweep_.run.boot)
      if (setting.path == "append") look(setting.value, setting.origin);
    look(sweep_.run.workload, sweep_.run.workload_where.str());
    if (const Node* run = root.find("run"))
      for (const std::string& option : sweep_.run.options) look(option, run->where().str());
    const auto note = [&used](const std::string& text) {
      for (const std::string& name : placeholders(text)) used.insert(name);
    };
    note(sweep_.run.limit);
    for (const Setting& setting : sweep_.run.boot) note(setting.value);
    for (const Setting& setting : sweep_.settings) note(setting.value);
    for (const Axis& axis : sweep_.axes)
      for (const AxisValue& value : axis.values)
        for (const Setting& setting : value.settings) note(setting.value);
    // An axis with mistakes may be one that has a path.
    if (findings_.failed()) return;
    for (const Axis& axis : sweep_.axes) {
      const bool sets = std::any_of(axis.values.begin(), axis.values.end(),
                                    [](const AxisValue& value) { return !value.settings.empty(); });
      if (!sets && used.count(axis.name) == 0)
        findings_.error(axis.where, fmt::format("axis '{}' changes nothing: it has no 'path', and "
                                                "nothing names ${{{}}}",
                                                axis.name, axis.name));
    }
  }

  void check_name(const Node::Entry& entry, const char* what) {
    const std::string& name = entry.key;
    bool good =
        !name.empty() && (std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_');
    for (char c : name)
      good = good && (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-');
    if (!good)
      findings_.error(entry.key_where,
                      fmt::format("'{}' is no name for {}; expected a letter, then "
                                  "letters, digits, '_' and '-'",
                                  printable(name), what));
    if (sweep_.axis(name))
      findings_.error(entry.key_where, fmt::format("'{}' is the name of an axis already", name));
  }

  void unknown(const Location& where, const std::string& name, const std::string& what,
               const std::vector<std::string>& known) {
    findings_.error(where,
                    fmt::format("unknown {} '{}'; expected one of {}{}", what, printable(name),
                                quoted_list(known), did_you_mean(name, known)));
  }

  std::vector<std::string> axis_names() const {
    std::vector<std::string> names;
    for (const Axis& axis : sweep_.axes) names.push_back(axis.name);
    return names;
  }

  Sweep& sweep_;
  Diagnostics& findings_;
};

}  // namespace

std::optional<Sweep> read_sweep(const std::string& file, Diagnostics& findings) {
  Sweep sweep;
  std::error_code error;
  const fs::path whole = fs::canonical(file, error);
  sweep.file = error ? file : whole.string();
  sweep.name = fs::path(file).stem().string();
  try {
    const Node root = Node::load(file);
    sweep.source = content_of(file);
    SweepReader(sweep, findings).read(root);
  } catch (const ConfigError& e) {
    findings.error(e.diagnostic().where, e.diagnostic().message);
  }
  if (findings.failed()) return std::nullopt;
  return sweep;
}

}  // namespace ringside::sweep
