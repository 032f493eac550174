// SPDX-License-Identifier: Apache-2.0
#include "cosim/vfio_user/interrupts.h"

#include <errno.h>
#include <fmt/format.h>

#include "cosim/peer/event_fd.h"
#include "cosim/peer/refused.h"

namespace ringside::vfio {

using peer::OwnedFd;
using peer::Refused;

namespace {

bool is_one_bit(std::uint32_t bits) {
  return bits != 0 && (bits & (bits - 1)) == 0;
}

}  // namespace

Interrupts::Interrupts(const std::array<unsigned, kIrqs>& counts) {
  for (unsigned index = 0; index < kIrqs; ++index) lines_[index].resize(counts[index]);
}

// ---- the client's side ------------------------------------------------------------------------

IrqInfo Interrupts::info(std::uint32_t index) const {
  if (index >= kIrqs) throw Refused(fmt::format("interrupt index {} of {}", index, +kIrqs));
  IrqInfo info{sizeof info, 0, index, static_cast<std::uint32_t>(lines_[index].size())};
  if (info.count == 0) return info;
  info.flags = kIrqEventFd;
  if (index == kIntx) info.flags |= kIrqMaskable | kIrqAutomasked;
  if (index == kMsix) info.flags |= kIrqMaskable;
  return info;
}

void Interrupts::set(const IrqSet& set, const std::vector<std::uint8_t>& chosen,
                     std::vector<OwnedFd>& fds) {
  const std::uint32_t data = set.flags & kDataMask;
  const std::uint32_t action = set.flags & kActionsMask;
  if (set.index >= kIrqs) throw Refused(fmt::format("interrupt index {} of {}", set.index, +kIrqs));
  if ((set.flags & ~(kDataMask | kActionsMask)) != 0 || !is_one_bit(data) || !is_one_bit(action))
    throw Refused(fmt::format("flags {:#x}: expected one kind of data and one action", set.flags));
  if (data != kDataEventFd && !fds.empty()) throw Refused("descriptors that the flags do not tell");
  const std::size_t have = lines_[set.index].size();
  if (set.start > have || set.count > have - set.start)
    throw Refused(fmt::format("interrupts {} to {} of index {}, which has {}", set.start,
                              std::uint64_t{set.start} + set.count, set.index, have));
  if (set.count == 0) {
    if (set.start != 0 || data != kDataNone || action != kActionTrigger)
      throw Refused("no interrupts");
    return disable(set.index);
  }
  if (action != kActionTrigger && set.index != kIntx && set.index != kMsix)
    throw Refused(fmt::format("interrupts of index {} have no mask", set.index), ENOTSUP);
  if (data == kDataEventFd) {
    if (action == kActionTrigger) return assign(set.index, set.start, set.count, fds);
    if (action == kActionMask || set.index != kIntx)
      throw Refused("an eventfd can unmask the pin, but nothing else", ENOTSUP);
    if (fds.size() > 1) throw Refused("more than one eventfd for the pin");
    for (const OwnedFd& fd : fds) peer::check_event_fd(fd);
    if (on_unmask_fd) on_unmask_fd(fds.empty() ? OwnedFd() : std::move(fds.front()));
    return;
  }
  for (std::uint32_t i = 0; i < set.count; ++i) {
    if (data == kDataBool && chosen.at(i) == 0) continue;
    if (action == kActionTrigger)
      signal(lines_[set.index][set.start + i]);
    else
      set_masked(set.index, set.start + i, action == kActionMask);
  }
}

/// One eventfd for each, or none to take those away that are there.
void Interrupts::assign(std::uint32_t index, std::uint32_t start, std::uint32_t count,
                        std::vector<OwnedFd>& fds) {
  if (!fds.empty() && fds.size() != count)
    throw Refused(fmt::format("{} descriptors for {} interrupts", fds.size(), count));
  for (const OwnedFd& fd : fds) peer::check_event_fd(fd);
  for (std::uint32_t i = 0; i < count; ++i) {
    lines_[index][start + i].fd = fds.empty() ? OwnedFd() : std::move(fds[i]);
    changed(index, start + i);
  }
}

void Interrupts::set_masked(std::uint32_t index, std::uint32_t number, bool masked) {
  lines_[index][number].masked = masked;
  changed(index, number);
}

void Interrupts::disable(std::uint32_t index) {
  for (std::uint32_t i = 0; i < lines_[index].size(); ++i) {
    lines_[index][i] = Line{};
    changed(index, i);
  }
  if (index == kIntx && on_unmask_fd) on_unmask_fd(OwnedFd());
}

void Interrupts::changed(std::uint32_t index, std::uint32_t number) {
  if (index == kIntx) signal_pin();
  if (index == kMsix && on_vector) on_vector(number);
}

void Interrupts::unmask_pin() {
  if (!lines_[kIntx].empty()) set_masked(kIntx, 0, false);
}

void Interrupts::clear() {
  for (std::uint32_t index = 0; index < kIrqs; ++index) disable(index);
}

// ---- the function's side ----------------------------------------------------------------------

void Interrupts::signal(Line& line) {
  if (!line.fd) return;
  ++signals_;
  peer::signal_event(line.fd);
}

/// A level: while it is high, each unmasking is answered by a signal.
void Interrupts::signal_pin() {
  if (lines_[kIntx].empty()) return;
  Line& line = lines_[kIntx].front();
  if (!pin_high_ || line.masked || !line.fd) return;
  line.masked = true;
  signal(line);
}

void Interrupts::set_pin(bool high) {
  pin_high_ = high;
  signal_pin();
}

void Interrupts::message(Irq kind, unsigned number) {
  if (number < lines_[kind].size()) signal(lines_[kind][number]);
}

}  // namespace ringside::vfio
