// SPDX-License-Identifier: Apache-2.0
#include "cosim/vfio_user/dma_windows.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>

#include "cosim/peer/refused.h"
#include "kit/tag.h"

namespace ringside::vfio {

using peer::OwnedFd;
using peer::Refused;
using peer::SharedPages;

void DmaWindows::map(const DmaMapping& mapping, std::vector<OwnedFd>& descriptors) {
  const std::uint64_t first = mapping.address;
  const std::uint64_t last = first + (mapping.bytes - 1);
  if (mapping.bytes == 0 || last < first)
    throw Refused(fmt::format("a window of {:#x} bytes at {:#x}", mapping.bytes, first));
  if ((mapping.flags & ~(kReadable | kWritable)) != 0)
    throw Refused(fmt::format("flags {:#x} of a window", mapping.flags));
  if (descriptors.size() > 1) throw Refused("more than one descriptor for a window");
  if (windows_.size() >= kMaxWindows)
    throw Refused(fmt::format("more than {} windows", kMaxWindows), ENOSPC);
  const auto after = windows_.upper_bound(last);
  if (after != windows_.begin()) {
    const auto& [at, other] = *std::prev(after);
    if (at + (other.bytes - 1) >= first)
      throw Refused(fmt::format("windows at {:#x} and {:#x} overlap", at, first), EEXIST);
  }
  Window window{mapping.bytes, mapping.flags, nullptr};
  if (!descriptors.empty() && SharedPages::is_kernel_memory(descriptors.front()))
    window.pages = std::make_unique<SharedPages>(descriptors.front(), mapping.offset, mapping.bytes,
                                                 (mapping.flags & kWritable) != 0);
  windows_.emplace(first, std::move(window));
}

void DmaWindows::unmap(const DmaUnmapping& range) {
  if (range.flags == kUnmapAll) {
    if (range.address != 0 || range.bytes != 0)
      throw Refused("all windows, and a range as well; expected one of them");
    return clear();
  }
  if (range.flags & kGetDirtyBitmap) throw Refused("dirty pages are not tracked", ENOTSUP);
  if (range.flags != 0) throw Refused(fmt::format("flags {:#x}", range.flags));
  const std::uint64_t last = range.address + (range.bytes - 1);
  if (range.bytes == 0 || last < range.address)
    throw Refused(fmt::format("a range of {:#x} bytes at {:#x}", range.bytes, range.address));
  const auto begin = windows_.lower_bound(range.address);
  const auto end = windows_.upper_bound(last);
  const auto is_cut = [](const Windows::value_type& window, std::uint64_t at) {
    return window.first < at && window.first + (window.second.bytes - 1) >= at;
  };
  const bool cut_begin = begin != windows_.begin() && is_cut(*std::prev(begin), range.address);
  const bool cut_end =
      begin != end && std::prev(end)->first + (std::prev(end)->second.bytes - 1) > last;
  if (cut_begin || cut_end)
    throw Refused(fmt::format("a range of {:#x} bytes at {:#x}, which cuts a window in two",
                              range.bytes, range.address));
  if (begin == end)
    throw Refused(
        fmt::format("there is no window in {:#x} bytes at {:#x}", range.bytes, range.address),
        ENOENT);
  windows_.erase(begin, end);
}

void DmaWindows::clear() {
  windows_.clear();
}

bool DmaWindows::any_lost() const {
  return std::any_of(windows_.begin(), windows_.end(), [](const auto& window) {
    return window.second.pages && window.second.pages->lost();
  });
}

DmaWindows::Windows::iterator DmaWindows::holding(std::uint64_t address) {
  const auto after = windows_.upper_bound(address);
  if (after == windows_.begin()) return windows_.end();
  const auto window = std::prev(after);
  return address - window->first < window->second.bytes ? window : windows_.end();
}

bool DmaWindows::move_piece(tlm::tlm_generic_payload& payload, Windows::iterator window,
                            std::uint64_t address, std::uint8_t* data, std::size_t bytes) {
  const Window& there = window->second;
  if ((there.flags & (payload.is_write() ? kWritable : kReadable)) == 0) return false;
  if (!there.pages)
    return payload.is_write() ? messages_.write(address, data, bytes)
                              : messages_.read(address, data, bytes);
  const std::uint64_t offset = address - window->first;
  if (payload.is_write()) return there.pages->write(offset, data, bytes);
  const auto* const tag = payload.get_extension<TransactionTag>();
  const bool is_descriptor = tag && tag->step == Step::Descriptor;
  return there.pages->read(
      offset, data, bytes,
      is_descriptor ? SharedPages::Order::UpperWordFirst : SharedPages::Order::Any);
}

bool DmaWindows::move(tlm::tlm_generic_payload& payload) {
  std::uint64_t address = payload.get_address();
  std::uint8_t* data = payload.get_data_ptr();
  for (std::uint64_t left = payload.get_data_length(); left != 0;) {
    // Each time anew: while a message was waited for, windows may have come and gone.
    const auto window = holding(address);
    if (window == windows_.end()) return false;
    const std::uint64_t now = std::min(left, window->second.bytes - (address - window->first));
    if (!move_piece(payload, window, address, data, static_cast<std::size_t>(now))) return false;
    address += now;
    data += now;
    left -= now;
  }
  return true;
}

void DmaWindows::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += latency_;
  payload.set_response_status(move(payload) ? tlm::TLM_OK_RESPONSE
                                            : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace ringside::vfio
