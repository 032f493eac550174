// SPDX-License-Identifier: Apache-2.0
#include "ninep/id_map.h"

#include <charconv>

namespace ringside::ninep {

bool IdMap::add(const std::string& text) {
  Span span{};
  const char *at = text.data(), *end = at + text.size();
  for (std::uint32_t* part : {&span.guest, &span.host, &span.count}) {
    if (part != &span.guest && (at == end || *at++ != ':')) return false;
    const auto [next, error] = std::from_chars(at, end, *part);
    if (error != std::errc()) return false;
    at = next;
  }
  // All ones is no id, on neither side.
  if (at != end || span.count == 0 || span.count - 1 >= 0xffffffff - span.guest ||
      span.count - 1 >= 0xffffffff - span.host)
    return false;
  spans_.push_back(span);
  return true;
}

bool IdMap::to_host(std::uint32_t guest, std::uint32_t& host) const {
  host = guest;
  if (spans_.empty() || guest == 0xffffffff) return true;
  for (const Span& span : spans_) {
    if (guest < span.guest || guest - span.guest >= span.count) continue;
    host = span.host + (guest - span.guest);
    return true;
  }
  return false;
}

std::uint32_t IdMap::to_guest(std::uint32_t host) const {
  if (spans_.empty()) return host;
  for (const Span& span : spans_)
    if (host >= span.host && host - span.host < span.count) return span.guest + (host - span.host);
  return kNobody;
}

}  // namespace ringside::ninep
