// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/transaction.h"

#include <fmt/format.h>

namespace ringside::cosim {

const char* to_string(Kind kind) {
  constexpr const char* kNames[] = {"register write", "register read", "dma read", "dma write",
                                    "interrupt"};
  const auto i = static_cast<unsigned>(kind);
  return i < std::size(kNames) ? kNames[i] : "?";
}

const char* to_string(Purpose purpose) {
  constexpr const char* kNames[] = {"unknown",     "avail_index", "avail_ring", "descriptor",
                                    "indirect",    "payload",     "used_ring",  "used_index",
                                    "suppression", "interrupt",   "config"};
  const auto i = static_cast<unsigned>(purpose);
  return i < std::size(kNames) ? kNames[i] : "?";
}

const char* to_string(AccessStatus status) {
  constexpr const char* kNames[] = {"ok", "address error", "bus error"};
  const auto i = static_cast<unsigned>(status);
  return i < std::size(kNames) ? kNames[i] : "?";
}

std::string to_string(const Transaction& t) {
  std::string out = fmt::format("{} {} ps {}", t.number, t.time, to_string(t.kind));
  if (t.queue != Transaction::kNoQueue) out += fmt::format(" queue {}", t.queue);
  if (t.request != Transaction::kNoRequest) out += fmt::format(" request {}", t.request);
  if (t.is_dma()) out += fmt::format(" {}", to_string(t.purpose));
  if (t.kind != Kind::Interrupt) out += fmt::format(" {:#x} +{}", t.address, t.length);
  if (t.status != AccessStatus::Ok) out += fmt::format(" {}", to_string(t.status));
  return out;
}

}  // namespace ringside::cosim
