// SPDX-License-Identifier: Apache-2.0
// Reads files of waves back. Link ringside-fst.
#pragma once

#include <gtkwave/fstapi.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ringside::test {

/// Values by signal name, in the order of time.
using Seen = std::map<std::string, std::vector<std::pair<std::uint64_t, std::string>>>;

inline Seen read_waves(const char* path) {
  void* file = fstReaderOpen(path);
  BOOST_TEST_REQUIRE((file != nullptr));
  struct State {
    std::map<fstHandle, std::string> names;
    Seen seen;
  } state;
  std::string scope;
  while (const fstHier* at = fstReaderIterateHier(file)) {
    if (at->htyp == FST_HT_SCOPE) scope += std::string(at->u.scope.name) + ".";
    if (at->htyp == FST_HT_UPSCOPE)
      scope.erase(scope.size() < 2 ? 0 : scope.rfind('.', scope.size() - 2) + 1);
    if (at->htyp == FST_HT_VAR) state.names[at->u.var.handle] = scope + at->u.var.name;
  }
  fstReaderSetFacProcessMaskAll(file);
  const auto fixed = [](void* to, std::uint64_t time, fstHandle handle,
                        const unsigned char* value) {
    auto& s = *static_cast<State*>(to);
    s.seen[s.names[handle]].push_back({time, reinterpret_cast<const char*>(value)});
  };
  const auto text = [](void* to, std::uint64_t time, fstHandle handle, const unsigned char* value,
                       std::uint32_t length) {
    auto& s = *static_cast<State*>(to);
    s.seen[s.names[handle]].push_back(
        {time, std::string(reinterpret_cast<const char*>(value), length)});
  };
  fstReaderIterBlocks2(file, fixed, text, &state, nullptr);
  fstReaderClose(file);
  return state.seen;
}

}  // namespace ringside::test
