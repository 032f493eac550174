// SPDX-License-Identifier: Apache-2.0
// Small things done with texts of a sweep.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ringside::sweep {

/// The number that a value of a parameter stands for: 64, true (1), 512MiB (bytes), 8ns (seconds),
/// 1GHz, 10Gbps; nothing for other text.
std::optional<double> number_of(const std::string& text);

/// The names in `${name}`, in order. `$${` is no such name, but a plain `${`.
std::vector<std::string> placeholders(const std::string& text);

/// The text with each `${name}` replaced by what `value` gives for the name; left as it is where
/// that is nothing. What is put in is not looked at again.
std::string substitute(const std::string& text,
                       const std::function<std::optional<std::string>(const std::string&)>& value);

/// A name of a file or folder that says the text: other characters than letters, digits and
/// "._=,+-" become %XX.
std::string file_name(const std::string& text);

/// A word for a POSIX shell, quoted if it has to be.
std::string shell_word(const std::string& word);
/// Words, separated by spaces.
std::string shell_line(const std::vector<std::string>& words);

/// Text as it has to stand in XML.
std::string xml_text(const std::string& text);

/// A number for people: 12.3k, 164M, 0.031.
std::string short_number(double value);

/// The last lines of a file, for a message; empty if it cannot be read.
std::vector<std::string> last_lines(const std::string& file, std::size_t count);

}  // namespace ringside::sweep
