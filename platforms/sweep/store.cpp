// SPDX-License-Identifier: Apache-2.0
#include "sweep/store.h"

#include <fmt/format.h>

#include <sstream>

#include "sweep/texts.h"
#include "text.h"

namespace ringside::sweep {
namespace {

// Of the tables. A database with another is made anew.
constexpr int kFormat = 1;

constexpr const char* kTables = R"(
CREATE TABLE sweep(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE axes(position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT, unit TEXT);
CREATE TABLE points(id INTEGER PRIMARY KEY, position INTEGER NOT NULL, label TEXT NOT NULL UNIQUE, seed INTEGER,
  state TEXT NOT NULL, reason TEXT NOT NULL, exit_code INTEGER, accuracy TEXT NOT NULL, host_seconds REAL,
  folder TEXT NOT NULL, command TEXT NOT NULL);
CREATE TABLE coordinates(point INTEGER NOT NULL REFERENCES points ON DELETE CASCADE, axis TEXT NOT NULL,
  label TEXT NOT NULL, number REAL, PRIMARY KEY(point, axis)) WITHOUT ROWID;
CREATE TABLE metrics(position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT, unit TEXT,
  expression TEXT NOT NULL);
CREATE TABLE measurements(point INTEGER NOT NULL REFERENCES points ON DELETE CASCADE, metric TEXT NOT NULL,
  value REAL, PRIMARY KEY(point, metric)) WITHOUT ROWID;
CREATE TABLE statistics(point INTEGER NOT NULL REFERENCES points ON DELETE CASCADE, path TEXT NOT NULL,
  name TEXT NOT NULL, field TEXT NOT NULL, unit TEXT NOT NULL, value NUMERIC NOT NULL,
  PRIMARY KEY(point, path, name, field)) WITHOUT ROWID;
CREATE TABLE jobs(name TEXT PRIMARY KEY, number TEXT NOT NULL, folders TEXT NOT NULL);
)";

std::int64_t format_of(Database& database) {
  Statement version(database, "PRAGMA user_version");
  return version.step() ? version.integer(0) : 0;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

Store::Store(const std::string& file, const Sweep& sweep, const std::vector<Point>& points)
    : sweep_(sweep), points_(points), database_(file) {
  database_.run("PRAGMA foreign_keys = ON");
  const std::int64_t format = format_of(database_);
  if (format != 0 && format != kFormat)
    throw std::runtime_error(
        fmt::format("{} is of another version of Ringside; remove it, or use "
                    "another --out",
                    file));
  Transaction transaction(database_);
  if (format == 0) make_tables();
  match();
  describe();
  transaction.commit();
  read_records();
}

void Store::make_tables() {
  database_.run(kTables);
  database_.run(fmt::format("PRAGMA user_version = {}", kFormat));
}

/// What does not depend on runs is written anew each time.
void Store::describe() {
  database_.run(
      "DELETE FROM sweep; DELETE FROM axes; DELETE FROM metrics; DELETE FROM coordinates");
  Statement key(database_, "INSERT INTO sweep VALUES(?, ?)");
  key.bind(std::string("name")).bind(sweep_.name).run();
  key.bind(std::string("title")).bind(sweep_.title).run();
  key.bind(std::string("description")).bind(sweep_.description).run();
  key.bind(std::string("file")).bind(sweep_.file).run();
  key.bind(std::string("source")).bind(sweep_.source).run();
  key.bind(std::string("base")).bind(sweep_.base).run();
  key.bind(std::string("base_source")).bind(sweep_.base_text).run();
  Statement axis(database_, "INSERT INTO axes VALUES(?, ?, ?, ?)");
  for (std::size_t i = 0; i < sweep_.axes.size(); ++i)
    axis.bind(static_cast<std::int64_t>(i))
        .bind(sweep_.axes[i].name)
        .bind(sweep_.axes[i].label)
        .bind(sweep_.axes[i].unit)
        .run();
  Statement metric(database_, "INSERT INTO metrics VALUES(?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < sweep_.metrics.size(); ++i)
    metric.bind(static_cast<std::int64_t>(i))
        .bind(sweep_.metrics[i].name)
        .bind(sweep_.metrics[i].label)
        .bind(sweep_.metrics[i].unit)
        .bind(sweep_.metrics[i].expression.text())
        .run();
  Statement place(database_,
                  "INSERT INTO coordinates SELECT id, ?, ?, ? FROM points WHERE label = ?");
  for (const Point& point : points_)
    for (std::size_t i = 0; i < sweep_.axes.size(); ++i) {
      const AxisValue& value = sweep_.axes[i].values[point.at[i]];
      place.bind(sweep_.axes[i].name).bind(value.label).bind(value.number).bind(point.label).run();
    }
  make_view();
}

/// Brings the points of the database and those of the sweep together.
void Store::match() {
  std::string base;
  {
    Statement old(database_, "SELECT value FROM sweep WHERE key = 'base_source'");
    if (old.step()) base = old.text(0);
  }
  // Another platform under the same name: nothing that was measured still holds.
  if (base != sweep_.base_text) database_.run("DELETE FROM points");
  database_.run("UPDATE points SET position = -1");
  Statement kept(database_, "UPDATE points SET position = ? WHERE label = ? AND command = ?");
  for (std::size_t i = 0; i < points_.size(); ++i)
    kept.bind(static_cast<std::int64_t>(i))
        .bind(points_[i].label)
        .bind(shell_line(points_[i].command))
        .run();
  database_.run("DELETE FROM points WHERE position < 0");
  Statement add(database_,
                "INSERT OR IGNORE INTO points(position, label, seed, state, reason, accuracy, "
                "folder, command) "
                "VALUES(?, ?, ?, 'waiting', '', '', ?, ?)");
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const Point& point = points_[i];
    add.bind(static_cast<std::int64_t>(i)).bind(point.label);
    if (point.seed)
      add.bind(static_cast<std::int64_t>(*point.seed));
    else
      add.bind(std::optional<double>());
    add.bind("points/" + point.folder).bind(shell_line(point.command)).run();
  }
  // One that failed gets another chance.
  database_.run(
      "UPDATE points SET state = 'waiting', reason = '', exit_code = NULL, accuracy = '', "
      "host_seconds = NULL WHERE state = 'failed'");
}

/// A table with a column for each axis and metric, for whoever opens the file.
void Store::make_view() {
  // Names of axes and metrics have letters, digits, '_' and '-' only.
  std::string columns;
  for (const Axis& axis : sweep_.axes)
    columns += fmt::format(
        ", (SELECT coalesce(number, label) FROM coordinates c WHERE c.point = p.id AND "
        "c.axis = '{}') AS {}",
        axis.name, sql_name(axis.name));
  for (const Metric& metric : sweep_.metrics)
    columns += fmt::format(
        ", (SELECT value FROM measurements m WHERE m.point = p.id AND m.metric = '{}') "
        "AS {}",
        metric.name, sql_name(metric.name));
  database_.run(
      "DROP VIEW IF EXISTS results; CREATE VIEW results AS SELECT p.label AS point, p.seed, "
      "p.state" +
      columns + " FROM points p ORDER BY p.position");
}

void Store::read_records() {
  records_.clear();
  Statement rows(
      database_,
      "SELECT id, state, reason, exit_code, accuracy, host_seconds FROM points ORDER BY position");
  while (rows.step()) {
    Record record;
    record.id = rows.integer(0);
    record.state = rows.text(1);
    record.reason = rows.text(2);
    record.exit_code = static_cast<int>(rows.integer(3));
    record.accuracy = rows.text(4);
    record.host_seconds = rows.real(5);
    records_.push_back(std::move(record));
  }
}

void Store::keep(std::size_t point, const Outcome& outcome) {
  Record& record = records_[point];
  record.state = outcome.done ? "done" : "failed";
  record.reason = outcome.reason;
  record.exit_code = outcome.exit_code;
  record.accuracy = outcome.accuracy;
  record.host_seconds = outcome.host_seconds;
  Transaction transaction(database_);
  Statement(database_, "DELETE FROM statistics WHERE point = ?").bind(record.id).run();
  Statement add(database_, "INSERT INTO statistics VALUES(?, ?, ?, ?, ?, ?)");
  for (const Figure& figure : outcome.statistics.all())
    add.bind(record.id)
        .bind(figure.path)
        .bind(figure.name)
        .bind(figure.field)
        .bind(figure.unit)
        .bind(figure.value)
        .run();
  Statement(
      database_,
      "UPDATE points SET state = ?, reason = ?, exit_code = ?, accuracy = ?, host_seconds = ? "
      "WHERE id = ?")
      .bind(record.state)
      .bind(record.reason)
      .bind(static_cast<std::int64_t>(record.exit_code))
      .bind(record.accuracy)
      .bind(outcome.host_seconds)
      .bind(record.id)
      .run();
  transaction.commit();
}

Statistics Store::statistics_of(std::int64_t id) {
  Statistics statistics;
  Statement rows(database_,
                 "SELECT path, name, field, unit, value FROM statistics WHERE point = ?");
  rows.bind(id);
  while (rows.step()) {
    Figure figure{rows.text(0), rows.text(1), rows.text(2), rows.text(3), {}};
    if (rows.is_integer(4))
      figure.value = rows.integer(4);
    else
      figure.value = rows.real(4).value_or(0);
    statistics.add(std::move(figure));
  }
  return statistics;
}

void Store::measure() {
  Transaction transaction(database_);
  database_.run("DELETE FROM measurements");
  Statement add(database_, "INSERT INTO measurements VALUES(?, ?, ?)");
  for (std::size_t i = 0; i < points_.size(); ++i) {
    Record& record = records_[i];
    record.metrics.clear();
    if (record.state != "done") continue;
    const Statistics statistics = statistics_of(record.id);
    for (const Metric& metric : sweep_.metrics) {
      std::optional<double> value =
          metric.expression.value([&](const std::string& name) -> std::optional<double> {
            const auto above = record.metrics.find(name);
            if (above != record.metrics.end()) return above->second;
            for (std::size_t a = 0; a < sweep_.axes.size(); ++a)
              if (sweep_.axes[a].name == name)
                return sweep_.axes[a].values[points_[i].at[a]].number;
            return statistics.find(name);
          });
      if (metric.is_performance() && record.accuracy != "timed") value.reset();
      record.metrics[metric.name] = value;
      add.bind(record.id).bind(metric.name).bind(value).run();
    }
  }
  transaction.commit();
}

std::vector<SubmittedJob> Store::jobs() {
  std::vector<SubmittedJob> jobs;
  Statement rows(database_, "SELECT name, number, folders FROM jobs ORDER BY name");
  while (rows.step()) jobs.push_back({rows.text(0), rows.text(1), lines_of(rows.text(2))});
  return jobs;
}

void Store::add_job(const SubmittedJob& job) {
  std::string folders;
  for (const std::string& folder : job.folders) folders += folder + "\n";
  Statement(database_, "INSERT INTO jobs VALUES(?, ?, ?)")
      .bind(job.name)
      .bind(job.number)
      .bind(folders)
      .run();
}

void Store::set_job_number(const std::string& name, const std::string& number) {
  Statement(database_, "UPDATE jobs SET number = ? WHERE name = ?").bind(number).bind(name).run();
}

void Store::remove_job(const std::string& name) {
  Statement(database_, "DELETE FROM jobs WHERE name = ?").bind(name).run();
}

std::string results_csv(const Sweep& sweep, const std::vector<Point>& points,
                        const std::vector<Record>& records) {
  using program::csv_field;
  std::string text;
  for (const Axis& axis : sweep.axes) text += csv_field(axis.name) + ",";
  text += "seed,state";
  for (const Metric& metric : sweep.metrics)
    text += "," + csv_field(metric.unit.empty() ? metric.name
                                                : fmt::format("{} ({})", metric.name, metric.unit));
  text += ",reason\n";
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t a = 0; a < sweep.axes.size(); ++a)
      text += csv_field(sweep.axes[a].values[points[i].at[a]].label) + ",";
    text += (points[i].seed ? fmt::format("{}", *points[i].seed) : "") + "," + records[i].state;
    for (const Metric& metric : sweep.metrics) {
      const auto value = records[i].metrics.find(metric.name);
      text += ",";
      if (value != records[i].metrics.end() && value->second)
        text += fmt::format("{:.10g}", *value->second);
    }
    text += "," + csv_field(records[i].reason) + "\n";
  }
  return text;
}

}  // namespace ringside::sweep
