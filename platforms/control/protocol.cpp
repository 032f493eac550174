// SPDX-License-Identifier: Apache-2.0
#include "control/protocol.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/diag.h"

namespace ringside::control {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxId = 128;

std::string text_of(const Incoming& request, const char* key, bool required) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) {
    if (!required) return "";
    throw CommandError(fmt::format("'{}' is missing; expected text", key));
  }
  if (!found->is_string()) throw CommandError(fmt::format("'{}' is no text; expected text", key));
  return found->get<std::string>();
}

Node convert(const Incoming& value, int depth) {
  if (depth > kMaxDepth)
    throw CommandError(fmt::format("the arguments are nested deeper than {} levels", kMaxDepth));
  switch (value.type()) {
    case Incoming::value_t::object: {
      std::vector<Node::Entry> entries;
      for (const auto& [key, inner] : value.items())
        entries.push_back({key, {}, convert(inner, depth + 1)});
      return Node::map(std::move(entries));
    }
    case Incoming::value_t::array: {
      std::vector<Node> items;
      for (const Incoming& inner : value) items.push_back(convert(inner, depth + 1));
      return Node::list(std::move(items));
    }
    case Incoming::value_t::string:
      return Node::scalar(value.get<std::string>());
    case Incoming::value_t::null:
      return Node::null({});
    default:
      return Node::scalar(line_of(value));
  }
}

}  // namespace

Request parse_request(const std::string& line, Json& id, bool& is_json) {
  is_json = false;
  Incoming value;
  try {
    value = Incoming::parse(line);
  } catch (const nlohmann::json::exception& e) {
    throw CommandError(fmt::format("{} is no JSON: {}", "'" + printable(line) + "'", e.what()));
  }
  if (!value.is_object())
    throw CommandError("expected a map, such as {\"id\": 1, \"command\": \"list\"}");
  is_json = true;

  const auto found = value.find("id");
  if (found != value.end()) {
    const bool usable =
        found->is_number() || found->is_null() ||
        (found->is_string() && found->get_ref<const std::string&>().size() <= kMaxId);
    if (!usable)
      throw CommandError(fmt::format("'id' is no number and no text of at most {} bytes", kMaxId));
    id = *found;
  }
  const std::vector<std::string> known{"id", "model", "command", "arguments"};
  for (const auto& [key, inner] : value.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw CommandError(fmt::format("unknown key '{}'; expected some of {}{}", printable(key),
                                     quoted_list(known), did_you_mean(key, known)));
  }
  Request request;
  request.id = id;
  request.model = text_of(value, "model", false);
  request.command = text_of(value, "command", true);
  const auto arguments = value.find("arguments");
  if (arguments != value.end()) request.arguments = *arguments;
  return request;
}

Node node_of(const Incoming& value) {
  return convert(value, 0);
}

std::string line_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string line_of(const Incoming& value) {
  return value.dump(-1, ' ', false, Incoming::error_handler_t::replace);
}

std::string result_line(const Json& id, const Json& result) {
  return line_of(Json{{"id", id}, {"result", result}});
}

std::string error_line(const Json& id, const std::string& message) {
  return line_of(Json{{"id", id}, {"error", {{"message", message}}}});
}

std::string event_line(const std::string& what, const std::string& model,
                       const std::string& detail) {
  return line_of(Json{{"event", what}, {"model", model}, {"detail", detail}});
}

}  // namespace ringside::control
