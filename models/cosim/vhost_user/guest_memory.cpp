// SPDX-License-Identifier: Apache-2.0
#include "cosim/vhost_user/guest_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/tag.h"

namespace ringside::vhost {

GuestMemory::GuestMemory(const char* name, const sc_core::sc_time& latency)
    : socket(name), latency_(latency) {
  socket.bind(*this);
}

// ---- regions ----------------------------------------------------------------------------------

void GuestMemory::insert(Regions& regions, const RegionDescription& region,
                         const OwnedFd& file) const {
  if (regions.size() >= kMaxRegions)
    throw Refused(fmt::format("more than {} memory regions", kMaxRegions));
  auto fresh = std::make_unique<Region>(region, file);
  for (const auto& other : regions)
    if (other->overlaps(region))
      throw Refused(fmt::format("memory regions at {:#x} and {:#x} overlap",
                                other->description().guest_address, region.guest_address));
  regions.push_back(std::move(fresh));
}

void GuestMemory::replace(const std::vector<RegionDescription>& regions,
                          const std::vector<OwnedFd>& files) {
  Regions fresh;
  for (std::size_t i = 0; i < regions.size(); ++i) insert(fresh, regions[i], files[i]);
  regions_ = std::move(fresh);
}

void GuestMemory::add(const RegionDescription& region, const OwnedFd& file) {
  insert(regions_, region, file);
}

void GuestMemory::remove(const RegionDescription& region) {
  const auto found = std::find_if(regions_.begin(), regions_.end(), [&](const auto& there) {
    const RegionDescription& own = there->description();
    return own.guest_address == region.guest_address && own.bytes == region.bytes &&
           own.user_address == region.user_address;
  });
  if (found == regions_.end())
    throw Refused(fmt::format("there is no memory region of {:#x} bytes at {:#x}", region.bytes,
                              region.guest_address));
  regions_.erase(found);
}

std::optional<std::uint64_t> GuestMemory::guest_address(std::uint64_t user,
                                                        std::uint64_t bytes) const {
  for (const auto& region : regions_) {
    const RegionDescription& own = region->description();
    if (region->holds_user(user, bytes)) return own.guest_address + (user - own.user_address);
  }
  return std::nullopt;
}

bool GuestMemory::holds(std::uint64_t guest, std::uint64_t bytes) const {
  return std::any_of(regions_.begin(), regions_.end(),
                     [&](const auto& region) { return region->holds_guest(guest, bytes); });
}

Region* GuestMemory::at(std::uint64_t guest) {
  for (const auto& region : regions_)
    if (region->holds_guest(guest, 1)) return region.get();
  return nullptr;
}

bool GuestMemory::any_lost() const {
  return std::any_of(regions_.begin(), regions_.end(),
                     [](const auto& region) { return region->pages().lost(); });
}

bool GuestMemory::peek(std::uint64_t guest, void* to, std::size_t bytes) {
  Region* const region = at(guest);
  if (!region || !region->holds_guest(guest, bytes)) return false;
  return region->pages().read(guest - region->description().guest_address,
                              static_cast<std::uint8_t*>(to), bytes);
}

// ---- accesses ---------------------------------------------------------------------------------

/// A request's buffer may lie across regions that follow each other.
bool GuestMemory::access(tlm::tlm_generic_payload& payload) {
  std::uint64_t address = payload.get_address();
  std::uint8_t* data = payload.get_data_ptr();
  const auto* const tag = payload.get_extension<TransactionTag>();
  const bool is_descriptor = tag && tag->step == Step::Descriptor;
  const auto order =
      is_descriptor ? peer::SharedPages::Order::UpperWordFirst : peer::SharedPages::Order::Any;
  for (std::uint64_t left = payload.get_data_length(); left != 0;) {
    Region* const region = at(address);
    if (!region) return false;
    const RegionDescription& own = region->description();
    const std::uint64_t offset = address - own.guest_address;
    const std::uint64_t now = std::min(left, own.bytes - offset);
    const bool done = payload.is_write() ? region->pages().write(offset, data, now)
                                         : region->pages().read(offset, data, now, order);
    if (!done) return false;
    address += now;
    data += now;
    left -= now;
  }
  return true;
}

void GuestMemory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += latency_;
  payload.set_response_status(access(payload) ? tlm::TLM_OK_RESPONSE
                                              : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

tlm::tlm_sync_enum GuestMemory::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                                sc_core::sc_time&) {
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  return tlm::TLM_COMPLETED;
}

}  // namespace ringside::vhost
