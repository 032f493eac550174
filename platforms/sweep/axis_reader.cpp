// SPDX-License-Identifier: Apache-2.0
#include "sweep/axis_reader.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "sweep/fields.h"
#include "sweep/texts.h"

namespace ringside::sweep {
namespace {

constexpr std::size_t kMostValues = 10000;

/// The text of a value as `--set` takes it: a scalar as it is, a tree in YAML's flow style.
std::string value_text(const Node& value) {
  return value.is_scalar() ? value.text() : value.flow();
}

bool check_path(const Node& path, Diagnostics& findings) {
  const std::string& text = path.text();
  const bool good = path.is_scalar() && !text.empty() && text.front() != '.' &&
                    text.back() != '.' && text.find("..") == std::string::npos &&
                    text.find('=') == std::string::npos;
  if (!good)
    findings.error(path.where(), fmt::format("{} is not the path of a parameter; expected names "
                                             "joined by single dots, such as 'bus.uart.base'",
                                             path.describe()));
  return good;
}

/// "64KiB" is a number and a unit that goes on with each value.
struct Measure {
  double number = 0;
  std::string unit;
};

std::optional<Measure> measure(const std::string& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789.-_"), text.size());
  std::string digits;
  for (char c : text.substr(0, end))
    if (c != '_') digits += c;
  const std::optional<double> number = parse_real(digits);
  if (!number || !number_of(text)) return std::nullopt;
  return Measure{*number, text.substr(end)};
}

std::string plain(double number) {
  // Never with an exponent, which integers must not have.
  std::string text = fmt::format("{:.9f}", number);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

class AxisReader {
 public:
  AxisReader(Axis& axis, const Fields& fields) : axis_(axis), fields_(fields) {}

  void read() {
    const Node* path = fields_.find("path");
    if (path && check_path(*path, fields_.findings())) path_ = path->text();
    int ways = 0;
    for (const char* way : {"values", "range", "variants"}) ways += fields_.find(way) != nullptr;
    if (ways != 1)
      return fields_.findings().error(
          fields_.node().where(),
          fmt::format("{} has to have one of 'values', 'range' and 'variants'", fields_.what()));
    for (const Node& value : fields_.nodes("values")) add(value);
    if (const Node* range = fields_.find("range")) read_range(*range);
    if (const Node* variants = fields_.find("variants")) read_variants(*variants, path);
    if (axis_.values.empty() && !fields_.findings().failed())
      fields_.findings().error(fields_.node().where(),
                               fmt::format("{} has no values", fields_.what()));
  }

 private:
  void add(const Node& value) {
    if (!value.is_scalar())
      return fields_.findings().error(
          value.where(),
          fmt::format("{} is no value of an axis; expected text, or 'variants' with a "
                      "name for each",
                      value.describe()));
    add(value.text(), value.where());
  }

  void add(const std::string& text, const Location& where, std::vector<Setting> settings = {}) {
    if (!labels_.insert(text).second)
      return fields_.findings().error(
          where, fmt::format("'{}' is there twice in {}", printable(text), fields_.what()));
    if (!path_.empty()) settings.push_back({path_, text, where.str(), ""});
    axis_.values.push_back({text, number_of(text), std::move(settings)});
  }

  void read_range(const Node& node) {
    const Fields range(node, fmt::format("the range of {}", fields_.what()),
                       {"from", "to", "step", "factor"}, fields_.findings());
    const Node* from_node = range.need("from");
    const Node* to_node = range.need("to");
    if (!from_node || !to_node) return;
    const auto from = measure(from_node->text());
    const auto to = measure(to_node->text());
    if (!from)
      return range.wrong(*from_node, "from", "a number, with a unit if the parameter has one");
    if (!to || to->unit != from->unit || to->number < from->number)
      return range.wrong(
          *to_node, "to",
          fmt::format("a number that is not below 'from', with the unit '{}'", from->unit));
    const Node* factor = range.find("factor");
    const Node* step = range.find("step");
    if ((factor != nullptr) == (step != nullptr))
      return fields_.findings().error(
          node.where(), fmt::format("{} has to have one of 'step' and 'factor'", range.what()));
    const Node& by_node = factor ? *factor : *step;
    const auto by = measure(by_node.text());
    if (factor && (!by || !by->unit.empty() || by->number <= 1 || from->number <= 0))
      return range.wrong(by_node, "factor", "a number above 1, with 'from' above 0");
    if (step && (!by || by->unit != from->unit || by->number <= 0))
      return range.wrong(by_node, "step",
                         fmt::format("a number above 0 with the unit '{}'", from->unit));
    // Each from the start, so that errors do not add up; the last may miss `to` by rounding only.
    const double last = to->number * (1 + 1e-9) + 1e-9;
    for (std::size_t i = 0;; ++i) {
      const double value = factor ? from->number * std::pow(by->number, static_cast<double>(i))
                                  : from->number + by->number * static_cast<double>(i);
      if (value > last) return;
      if (i == kMostValues)
        return fields_.findings().error(
            node.where(), fmt::format("{} has more than {} values", range.what(), kMostValues));
      add(plain(value) + from->unit, node.where());
    }
  }

  void read_variants(const Node& variants, const Node* path) {
    if (path)
      fields_.findings().error(
          path->where(),
          fmt::format("{} has 'variants', which have paths of their own", fields_.what()));
    if (!variants.is_map())
      return fields_.wrong(variants, "variants", "a map from names to maps of parameters");
    for (const Node::Entry& entry : variants.entries()) {
      std::vector<Setting> settings;
      read_settings(entry.value, fmt::format("variant '{}'", entry.key), settings,
                    fields_.findings());
      add(entry.key, entry.key_where, std::move(settings));
    }
  }

  Axis& axis_;
  const Fields& fields_;
  std::string path_;
  std::set<std::string> labels_;
};

}  // namespace

Axis read_axis(const Node::Entry& entry, Diagnostics& findings) {
  Axis axis;
  axis.name = axis.label = entry.key;
  axis.where = entry.key_where;
  const Fields fields(entry.value, fmt::format("axis '{}'", entry.key),
                      {"path", "values", "range", "variants", "label", "unit"}, findings);
  if (!entry.value.is_map()) return axis;
  axis.label = fields.text("label", entry.key);
  axis.unit = fields.text("unit");
  AxisReader(axis, fields).read();
  return axis;
}

void read_settings(const Node& map, const std::string& what, std::vector<Setting>& settings,
                   Diagnostics& findings) {
  if (map.kind() == Node::Kind::Null) return;
  if (!map.is_map())
    return findings.error(map.where(),
                          fmt::format("{} is {}; expected a map from paths of parameters "
                                      "to values",
                                      what, map.describe()));
  for (const Node::Entry& entry : map.entries())
    if (check_path(Node::scalar(entry.key, entry.key_where), findings))
      settings.push_back({entry.key, value_text(entry.value), entry.value.where().str(), ""});
}

}  // namespace ringside::sweep
