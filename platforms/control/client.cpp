// SPDX-License-Identifier: Apache-2.0
#include "control/client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ringside::control {

Client::Client(const Address& address) {
  try {
    fd_ = connect_to(address);
  } catch (const std::runtime_error& e) {
    throw ConnectionError(e.what());
  }
}

Client::~Client() {
  close(fd_);
}

void Client::send_line(const std::string& line) {
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t put = send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0)
      throw ConnectionError(fmt::format("cannot send the command: {}", std::strerror(errno)));
    sent += static_cast<std::size_t>(put);
  }
}

bool Client::read_line(std::string& line) {
  for (;;) {
    const std::size_t end = in_.find('\n');
    if (end != std::string::npos) {
      line = in_.substr(0, end);
      in_.erase(0, end + 1);
      return true;
    }
    char data[65536];
    const ssize_t got = read(fd_, data, sizeof data);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    in_.append(data, static_cast<std::size_t>(got));
  }
}

Json Client::call(const std::string& model, const std::string& command, const Json& arguments) {
  Json request{{"id", 1}, {"command", command}};
  if (!model.empty()) request["model"] = model;
  if (!arguments.is_null()) request["arguments"] = arguments;
  send_line(line_of(request) + "\n");
  std::string line;
  while (read_line(line)) {
    const Json answer = Json::parse(line, nullptr, false);
    if (!answer.is_object()) break;
    if (answer.contains("event")) continue;
    if (answer.contains("result")) return answer["result"];
    if (!answer.contains("error")) break;
    throw CommandError(answer["error"].value("message", "refused"));
  }
  throw ConnectionError("the connection ended before the answer came");
}

std::optional<std::string> Client::next_event() {
  std::string line;
  if (!read_line(line)) return std::nullopt;
  return line;
}

}  // namespace ringside::control
