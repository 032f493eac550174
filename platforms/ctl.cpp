// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "commands.h"
#include "control/client.h"
#include "control/show.h"
#include "control/words.h"
#include "exit_code.h"
#include "interrupt.h"

namespace ringside::program {
namespace {

using control::Client;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int follow_events(Client& client, bool json) {
  std::fflush(stdout);
  while (const auto line = client.next_event()) {
    const Json event = Json::parse(*line, nullptr, false);
    if (json || !event.is_object())
      print(*line + "\n");
    else
      print(event.value("event", "") + "  " + event.value("model", "") + "  " +
            event.value("detail", "") + "\n");
    std::fflush(stdout);
  }
  return kOk;
}

int talk(const Options& options) {
  Client client(control::Address::parse(options.socket));
  const Json list = client.call("", "list");
  if (options.complete) {
    for (const std::string& word : control::next_words(options.words, list)) print(word + "\n");
    return kOk;
  }
  if (options.words.empty()) {
    print(options.json ? control::line_of(list) + "\n" : control::show_commands(list));
    return kOk;
  }
  const control::Call call = control::call_from(options.words, list);
  const Json result = client.call(call.model, call.command, call.arguments);
  if (call.model.empty() && call.command == "subscribe") return follow_events(client, options.json);
  if (options.json)
    print(control::line_of(result) + "\n");
  else
    print(call.model.empty() && call.command == "list" ? control::show_commands(result)
                                                       : control::show(result));
  return kOk;
}

}  // namespace

int ctl(const Options& options) {
  allow_stop_signals();
  try {
    return talk(options);
  } catch (const CommandError& e) {
    std::fprintf(stderr, "ringside ctl: %s\n", e.what());
    return kRefused;
  } catch (const control::ConnectionError& e) {
    std::fprintf(stderr, "ringside ctl: %s\n", e.what());
    return kNoConnection;
  }
}

}  // namespace ringside::program
