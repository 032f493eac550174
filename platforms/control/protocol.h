// SPDX-License-Identifier: Apache-2.0
// The lines on a control socket: one JSON value each.
//
//   -> {"id": 1, "model": "bus.pci.net.device", "command": "set_link", "arguments": {"state":
//   "up"}}
//   <- {"id": 1, "result": null}
//   <- {"id": 1, "error": {"message": "..."}}
//   <- {"event": "reset", "model": "", "detail": ""}
//
// "id" is any text or number and may be missing; "model" is missing or "" for the machine itself;
// "arguments" is a map by name, a list in the order of declaration, or missing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "kit/command.h"
#include "kit/node.h"

namespace ringside::control {

/// What comes from outside: unlike Json, it finds a key among many quickly.
using Incoming = nlohmann::json;

struct Request {
  Json id;
  std::string model;
  std::string command;
  Incoming arguments;
};

/// Throws CommandError; `id` is set as soon as it is known. `is_json` tells whether the line was
/// JSON at all.
Request parse_request(const std::string& line, Json& id, bool& is_json);

/// What a command takes, from JSON: numbers and truth values become text, as in YAML. Throws
/// CommandError for trees that are nested too deeply.
Node node_of(const Incoming& value);

std::string result_line(const Json& id, const Json& result);
std::string error_line(const Json& id, const std::string& message);
std::string event_line(const std::string& what, const std::string& model,
                       const std::string& detail);

/// JSON in one line; bytes that are no UTF-8 are replaced.
std::string line_of(const Json& value);
std::string line_of(const Incoming& value);

}  // namespace ringside::control
