// SPDX-License-Identifier: Apache-2.0
// SQLite, as far as a sweep uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace ringside::sweep {

class Database;

/// One statement with its values. Errors of SQLite are std::runtime_error with its message.
class Statement {
 public:
  Statement(Database& database, const std::string& sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// The next `?`.
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(const std::string& value);
  Statement& bind(const std::optional<double>& value);
  Statement& bind(const std::variant<std::int64_t, double>& value);

  /// True while there is a row.
  bool step();
  /// Runs it to its end, ready to be bound anew.
  void run();

  std::int64_t integer(int column) const;
  std::optional<double> real(int column) const;
  std::string text(int column) const;
  bool is_integer(int column) const;

 private:
  void check(int result) const;

  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

class Database {
 public:
  /// Opens a file, or makes it.
  explicit Database(const std::string& file);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Statements without values or rows.
  void run(const std::string& sql);
  std::int64_t last_id() const;
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

/// All or nothing: what is done until commit() happens at once, or, without it, not at all.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {
    database.run("BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// A name in SQL, quoted.
std::string sql_name(const std::string& name);

}  // namespace ringside::sweep
