// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/finding.h"

#include <fmt/format.h>

namespace ringside::cosim {

const char* to_string(Rule rule) {
  constexpr const char* kNames[] = {"before-driver-ok",
                                    "after-reset",
                                    "after-error",
                                    "needs-reset",
                                    "outside",
                                    "not-published",
                                    "write-to-readable",
                                    "read-from-writable",
                                    "payload-after-used",
                                    "index-before-element",
                                    "unknown-id",
                                    "used-position",
                                    "used-length",
                                    "used-before-payload",
                                    "wrap-counter",
                                    "in-order",
                                    "interrupt-before-index",
                                    "interrupt-unchecked",
                                    "interrupt-suppressed",
                                    "interrupt-missing",
                                    "no-second-look",
                                    "read-extent",
                                    "write-bytes",
                                    "event-bytes",
                                    "payload-bytes",
                                    "written-length"};
  const auto i = static_cast<unsigned>(rule);
  return i < std::size(kNames) ? kNames[i] : "?";
}

std::string Finding::str() const {
  std::string out = fmt::format("{}: transaction {} at {} ps", to_string(rule), transaction, time);
  if (queue != Transaction::kNoQueue) out += fmt::format(", queue {}", queue);
  if (request != Transaction::kNoRequest) out += fmt::format(", request {}", request);
  return out + fmt::format(": expected {}, found {}", expected, found);
}

std::string Findings::str() const {
  std::string out;
  for (const Finding& finding : kept_) out += finding.str() + "\n";
  if (count_ > kept_.size()) out += fmt::format("and {} more\n", count_ - kept_.size());
  return out;
}

}  // namespace ringside::cosim
