// SPDX-License-Identifier: Apache-2.0
#include "cosim/vfio_user/dma_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cosim/peer/refused.h"

namespace ringside::vfio {

using peer::Refused;

namespace {

constexpr std::size_t kMaxAtOnce = 64 << 10;
constexpr std::size_t kMaxPending = 1024;
constexpr std::size_t kFixed = sizeof(Header) + sizeof(DmaAccess);
constexpr std::size_t kShortFixed = kFixed - 4;

}  // namespace

void DmaMessages::begin(std::size_t max_transfer) {
  max_transfer_ = std::clamp<std::size_t>(max_transfer, 1, kMaxAtOnce);
  layout_ = Layout::Unknown;
}

void DmaMessages::end() {
  max_transfer_ = 0;
  for (const auto& [id, pending] : pending_) {
    pending->ok = false;
    pending->done = true;
  }
  pending_.clear();
  if (layout_ == Layout::Asking) layout_ = Layout::Unknown;
  answered_.notify(sc_core::SC_ZERO_TIME);
}

bool DmaMessages::can_wait() const {
  const sc_core::sc_process_handle now = sc_core::sc_get_current_process_handle();
  return now.valid() && now.proc_kind() == sc_core::SC_THREAD_PROC_ && now != server_;
}

bool DmaMessages::read(std::uint64_t address, std::uint8_t* to, std::size_t bytes) {
  if (!can_wait() || !settle_layout(address)) return false;
  while (bytes != 0) {
    const std::size_t now = std::min(bytes, max_transfer_);
    Pending pending{Command::DmaRead, to, now, {}};
    if (now == 0 || !exchange(pending, address, now, nullptr)) return false;
    address += now;
    to += now;
    bytes -= now;
  }
  return true;
}

bool DmaMessages::write(std::uint64_t address, const std::uint8_t* from, std::size_t bytes) {
  if (!can_wait() || !settle_layout(address)) return false;
  while (bytes != 0) {
    const std::size_t now = std::min(bytes, max_transfer_);
    Pending pending{Command::DmaWrite, nullptr, now, {}};
    if (now == 0 || !exchange(pending, address, now, from)) return false;
    address += now;
    from += now;
    bytes -= now;
  }
  return true;
}

/// Which of the two layouts the client has: a count whose lower half is 0 is nothing to do for one,
/// and far too much for the other.
bool DmaMessages::settle_layout(std::uint64_t address) {
  while (layout_ == Layout::Asking) sc_core::wait(answered_);
  if (max_transfer_ == 0) return false;
  if (layout_ != Layout::Unknown) return true;
  layout_ = Layout::Asking;
  Pending pending{Command::DmaRead, nullptr, 0, {}};
  const bool is_short = exchange(pending, address, std::uint64_t{1} << 32, nullptr);
  if (max_transfer_ == 0) return false;
  layout_ = is_short ? Layout::Short : Layout::Specified;
  answered_.notify(sc_core::SC_ZERO_TIME);
  return true;
}

std::size_t DmaMessages::data_at() const {
  return layout_ == Layout::Short ? kShortFixed : kFixed;
}

bool DmaMessages::exchange(Pending& pending, std::uint64_t address, std::uint64_t count,
                           const std::uint8_t* from) {
  if (pending_.size() >= kMaxPending) return false;
  while (pending_.count(next_id_) != 0) ++next_id_;
  const std::uint16_t id = next_id_++;
  std::vector<std::uint8_t> message(kFixed + (from ? pending.bytes : 0));
  const Header header{id, static_cast<std::uint16_t>(pending.command),
                      static_cast<std::uint32_t>(message.size()), 0, 0};
  const DmaAccess access{address, count};
  std::memcpy(message.data(), &header, sizeof header);
  std::memcpy(message.data() + sizeof header, &access, sizeof access);
  if (from) std::memcpy(message.data() + data_at(), from, pending.bytes);
  if (!send_(message.data(), message.size())) return false;
  ++sent_;
  pending.since = std::chrono::steady_clock::now();
  pending_.emplace(id, &pending);
  waiting_();
  while (!pending.done) sc_core::wait(answered_);
  return pending.ok;
}

void DmaMessages::answer(const std::uint8_t* message, std::size_t bytes) {
  Header header;
  std::memcpy(&header, message, sizeof header);
  const auto found = pending_.find(header.id);
  if (found == pending_.end()) throw Refused(fmt::format("reply {} to nothing", header.id));
  Pending& pending = *found->second;
  if (header.command != static_cast<std::uint16_t>(pending.command))
    throw Refused(fmt::format("reply {} to another command", header.id));
  const bool is_read = pending.command == Command::DmaRead;
  pending.ok = (header.flags & kError) == 0;
  if (pending.ok && is_read && bytes != kFixed + pending.bytes)
    throw Refused(fmt::format("reply of {} bytes to a read of {}; expected {}", bytes,
                              pending.bytes, kFixed + pending.bytes));
  if (pending.ok && is_read && pending.to)
    std::memcpy(pending.to, message + data_at(), pending.bytes);
  pending.done = true;
  pending_.erase(found);
  answered_.notify(sc_core::SC_ZERO_TIME);
}

std::chrono::steady_clock::duration DmaMessages::longest_wait() const {
  auto oldest = std::chrono::steady_clock::now();
  const auto now = oldest;
  for (const auto& [id, pending] : pending_) oldest = std::min(oldest, pending->since);
  return now - oldest;
}

}  // namespace ringside::vfio
