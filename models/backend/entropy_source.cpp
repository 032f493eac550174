// SPDX-License-Identifier: Apache-2.0
#include "backend/entropy_source.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"

namespace ringside::backend {

SeededEntropy::SeededEntropy(const sc_core::sc_module_name& name, const ModelContext& context)
    : EntropySource(name, context) {
  // splitmix64 spreads one word over the state, as the generator's authors recommend.
  std::uint64_t word = seed.get() ? seed.get() : platform().seed_for(*this);
  for (std::uint64_t& part : state_) {
    word += 0x9e3779b97f4a7c15ull;
    std::uint64_t mixed = word;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
    part = mixed ^ (mixed >> 31);
  }
}

namespace {
std::uint64_t rotate(std::uint64_t value, int by) {
  return (value << by) | (value >> (64 - by));
}
}  // namespace

std::uint64_t SeededEntropy::next() {
  const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate(state_[3], 45);
  return result;
}

std::size_t SeededEntropy::take(std::uint8_t* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes; done += 8) {
    const std::uint64_t word = next();
    std::memcpy(to + done, &word, std::min<std::size_t>(8, bytes - done));
  }
  return bytes;
}

HostEntropy::HostEntropy(const sc_core::sc_module_name& name, const ModelContext& context)
    : EntropySource(name, context) {
  input_.on_message([this](const HostInput::Bytes& bytes) {
    asked_ = false;
    pool_.insert(pool_.end(), bytes.begin(), bytes.end());
    ready();
  });
}

std::size_t HostEntropy::take(std::uint8_t* to, std::size_t bytes) {
  const std::size_t now = std::min(bytes, pool_.size());
  std::copy_n(pool_.end() - static_cast<std::ptrdiff_t>(now), now, to);
  pool_.resize(pool_.size() - now);
  if (now < bytes) refill();
  return now;
}

void HostEntropy::refill() {
  if (asked_) return;
  HostInput::Bytes bytes(kRefill);
  const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
  if (got <= 0) return;
  bytes.resize(static_cast<std::size_t>(got));
  asked_ = input_.post(std::move(bytes));
}

}  // namespace ringside::backend
