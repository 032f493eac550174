// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_window.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"
#include "memory/memory_access.h"

namespace ringside {

MemoryWindow::MemoryWindow(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), bytes_(size->bytes) {
  constexpr std::size_t kPage = CodePages::kPageBytes;
  if (!image.given() && !platform().describing() && (bytes_ == 0 || bytes_ % kPage != 0))
    throw ConfigError(size.where(), fmt::format("'size' of {} is {}; expected a multiple of 4KiB, "
                                                "or an 'image'",
                                                label(), size.value_text()));
  if (window.base() % kPage != 0)
    throw ConfigError(
        window.base_param().where(),
        fmt::format("'base' of {} is {}; expected an address that is a multiple of 4096", label(),
                    window.base_param().value_text()));
  window.on_transport([this](auto& payload, auto& delay) { transport(payload, delay); });
  window.on_direct([this](auto& payload, auto& dmi) { return direct(payload, dmi); });
  window.set_size(bytes_);
  if (platform().describing()) return;
  if (image.given()) {
    const bool keep = !read_only && !snapshot;
    image_ = ImageMemory(image, kPage, keep ? HostMemory::Keep::Yes : HostMemory::Keep::No);
    bytes_ = image_.memory().size();
    if (size.given() && size->bytes != bytes_)
      throw ConfigError(size.where(),
                        fmt::format("'size' of {} is {}, but the image has {}; expected the same, "
                                    "or no 'size'",
                                    label(), size.value_text(), format_size(Size{bytes_})));
  } else {
    memory_ = HostMemory(bytes_);
  }
  window.set_size(bytes_);
  path.check_capacity(size, bytes_);
  platform().code_pages().add_memory(memory().data(), bytes_);
  if (platform().exits() && !persistent()) absent_ = AbsentPages(bytes_);
  divide(kPage, MemoryAccess::All);
}

void MemoryWindow::reset() {
  if (locked_ || !lock) return;
  locked_ = true;
  const std::string problem = image_.lock();
  if (!problem.empty())
    platform().request_stop(
        1, fmt::format("{}: {} ('lock: false' takes the risk)", image.where().str(), problem));
}

bool MemoryWindow::claim(const Model& device) {
  if (owner_ && owner_ != &device) return false;
  owner_ = &device;
  return true;
}

// ---- access ------------------------------------------------------------------------------------

void MemoryWindow::divide(std::uint64_t block_bytes, MemoryAccess access) {
  block_bytes_ = block_bytes;
  access_.assign(bytes_ / block_bytes, access);
  if (access == MemoryAccess::None) absent_.leave(0, bytes_);
}

/// These pages are the host's, until somebody uses them.
void MemoryWindow::leave(std::uint64_t offset, std::uint64_t bytes) {
  if (absent_.leave(offset, bytes))
    window.invalidate_direct(offset, offset + bytes - 1);
}

void MemoryWindow::set_access(std::uint64_t offset, std::uint64_t bytes, MemoryAccess access) {
  const auto first = access_.begin() + static_cast<std::ptrdiff_t>(offset / block_bytes_);
  const auto last = first + static_cast<std::ptrdiff_t>(bytes / block_bytes_);
  if (std::all_of(first, last, [access](MemoryAccess now) { return now == access; })) return;
  std::fill(first, last, access);
  window.invalidate_direct(offset, offset + bytes - 1);
}

bool MemoryWindow::allows(std::uint64_t offset, std::uint64_t bytes, MemoryAccess access) const {
  if (bytes == 0 || bytes > bytes_ || offset > bytes_ - bytes) return false;
  for (std::uint64_t block = offset / block_bytes_; block <= (offset + bytes - 1) / block_bytes_;
       ++block)
    if (access_[block] < access) return false;
  return true;
}

void MemoryWindow::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t at = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  if (!allows(at, bytes, MemoryAccess::Read)) {
    ++refused;
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  const bool writable = !read_only && allows(at, bytes, MemoryAccess::All);
  memory_access(payload, memory().data(), bytes_, writable);
  if (!payload.is_response_ok()) {
    ++refused;
    return;
  }
  if (absent_.any()) absent_.touch(payload, bytes, *this);
  if (payload.is_write()) {
    ++writes;
    platform().code_pages().written(memory().data() + at, bytes);
  } else {
    ++reads;
  }
  payload.set_dmi_allowed(true);
  if (platform().timed()) path.add_time(payload, delay);
}

/// A pointer to all blocks around the address that may be used in the same way.
bool MemoryWindow::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t block = payload.get_address() / block_bytes_;
  if (block >= access_.size() || access_[block] == MemoryAccess::None) {
    // Says no more than it must: the neighbours may be accessible.
    dmi.set_start_address(payload.get_address());
    dmi.set_end_address(payload.get_address());
    return false;
  }
  std::uint64_t first = block;
  std::uint64_t last = block;
  while (first > 0 && access_[first - 1] == access_[block]) --first;
  while (last + 1 < access_.size() && access_[last + 1] == access_[block]) ++last;
  AbsentPages::Range range{first * block_bytes_, (last + 1) * block_bytes_ - 1};
  if (absent_.any()) {
    absent_.touch(payload, 1, *this);
    const AbsentPages::Range present = absent_.present_around(payload.get_address());
    range = {std::max(range.first, present.first), std::min(range.last, present.last)};
  }
  dmi.set_dmi_ptr(memory().data() + range.first);
  dmi.set_start_address(range.first);
  dmi.set_end_address(range.last);
  dmi.set_read_latency(path.latency);
  dmi.set_write_latency(path.latency);
  if (access_[block] == MemoryAccess::All && !read_only)
    dmi.allow_read_write();
  else
    dmi.allow_read();
  return true;
}

// ---- giving back -------------------------------------------------------------------------------

bool MemoryWindow::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (persistent() || read_only || !allows(offset, bytes, MemoryAccess::All)) return false;
  memory_.discard(offset, bytes);
  leave(offset, bytes);
  platform().code_pages().written(memory_.data() + offset, bytes);
  return true;
}

std::uint64_t MemoryWindow::discard_zeros(std::uint64_t offset, std::uint64_t bytes) {
  if (persistent() || !allows(offset, bytes, MemoryAccess::All)) return 0;
  return memory_.discard_zeros(offset, bytes, [this](auto at, auto part) { leave(at, part); });
}

}  // namespace ringside
