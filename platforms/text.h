// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ringside::program {

/// A JSON string with its quotes.
std::string json_text(const std::string& text);
/// A CSV field: quoted if it has to be (RFC 4180).
std::string csv_field(const std::string& text);
/// Writes a whole file; throws std::runtime_error with the reason if that fails.
void write_file(const std::string& file, const void* data, std::size_t bytes);

}  // namespace ringside::program
