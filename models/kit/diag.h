// SPDX-License-Identifier: Apache-2.0
// Where a thing was written, and what is wrong with it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace ringside {

/// A place in a configuration file. Lines and columns count from 1; 0 means "not from a file".
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", or the file alone, or "(built in)".
  std::string str() const;
};

/// One finding about a configuration.
struct Diagnostic {
  enum class Severity { Error, Warning };
  Severity severity = Severity::Error;
  Location where;
  std::string message;

  /// "file:line:column: error: message"
  std::string str() const;
};

/// Collects findings, so that a user sees all mistakes of a file in one go.
class Diagnostics {
 public:
  void error(const Location& where, std::string message);
  void warning(const Location& where, std::string message);

  bool failed() const { return errors_ != 0; }
  std::size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  /// All findings, one per line.
  std::string str() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

/// Thrown where going on makes no sense (a file that cannot be read, say); carries the finding's
/// text.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(const Location& where, const std::string& message);
  const Diagnostic& diagnostic() const { return diagnostic_; }

 private:
  Diagnostic diagnostic_;
};

/// The candidate closest to `name` by edit distance, or empty if none is close enough to be a typo.
std::string nearest(const std::string& name, const std::vector<std::string>& candidates);

/// "; did you mean 'x'?" for the nearest candidate, or an empty string.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

/// Text from a file for a message: unprintable bytes escaped, and cut to 60 characters.
std::string printable(const std::string& text);

/// "a, b, c" with each entry in quotes.
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace ringside
