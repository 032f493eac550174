// SPDX-License-Identifier: Apache-2.0
// Accesses to regions: configuration space and base address registers.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cosim/vfio_user/vfio_user.h"
#include "kit/platform.h"

namespace ringside::vfio {

namespace {

constexpr std::size_t kVectorBytes = 16;

/// The largest naturally aligned access, of 1, 2, 4 or 8 bytes, that begins here.
std::size_t piece_at(std::uint64_t offset, std::size_t left) {
  std::size_t bytes = sizeof(std::uint64_t);
  while (bytes > left || offset % bytes != 0) bytes /= 2;
  return bytes;
}

}  // namespace

std::uint64_t VfioUser::region_bytes(std::uint32_t region) const {
  if (region >= kRegions) throw Refused(fmt::format("region {} of {}", region, +kRegions));
  if (region < pci::PciFunction::kBars) return function->bar_bytes(region);
  if (region != kConfigRegion) return 0;  // no ROM, no VGA
  return function->express() ? pci::ConfigSpace::kBytes : pci::ConfigSpace::kConventionalBytes;
}

PciSpace VfioUser::space_of(std::uint32_t region) const {
  if (region == kConfigRegion) return PciSpace::Config;
  return function->bar_kind(region) == pci::BarKind::Io ? PciSpace::Io : PciSpace::Memory;
}

void VfioUser::read_region(const Message& message) {
  const auto access = message.as<RegionAccess>();
  if (access.count > kMaxTransfer)
    throw Refused(
        fmt::format("a read of {} bytes; expected at most {}", access.count, kMaxTransfer));
  std::vector<std::uint8_t> payload(sizeof access + access.count);
  std::memcpy(payload.data(), &access, sizeof access);
  access_region(false, access, payload.data() + sizeof access);
  reply(message, payload.data(), payload.size());
}

void VfioUser::write_region(Message& message) {
  const auto access = message.front<RegionAccess>();
  if (message.payload_bytes() != sizeof access + std::size_t{access.count})
    throw Refused(fmt::format("a write of {} bytes that brings {}", access.count,
                              message.payload_bytes() - sizeof access));
  access_region(true, access, message.payload() + sizeof access);
  reply(message, access);
}

void VfioUser::write_regions(Message& message) {
  const auto count = message.front<std::uint64_t>();
  if ((message.payload_bytes() - sizeof count) % sizeof(SmallWrite) != 0 ||
      count != (message.payload_bytes() - sizeof count) / sizeof(SmallWrite))
    throw Refused(fmt::format("{} writes in {} bytes", count, message.payload_bytes()));
  for (std::uint64_t i = 0; i < count; ++i) {
    SmallWrite write;
    std::memcpy(&write, message.payload() + sizeof count + i * sizeof write, sizeof write);
    if (write.count > sizeof write.data)
      throw Refused(fmt::format("a write of {} bytes among several", write.count));
    access_region(true, {write.offset, write.region, write.count}, write.data);
  }
  reply(message, count);
}

void VfioUser::access_region(bool is_write, const RegionAccess& access, std::uint8_t* data) {
  const std::uint64_t bytes = region_bytes(access.region);
  if (access.offset > bytes || access.count > bytes - access.offset)
    throw Refused(fmt::format("{} bytes at {:#x} of region {}, which has {:#x}", access.count,
                              access.offset, access.region, bytes));
  if (access.count == 0) return;
  if (access.region == kConfigRegion)
    return access_config(is_write, access.offset, data, access.count);
  access_bar(is_write, access.region, access.offset, data, access.count);
}

void VfioUser::access_config(bool is_write, std::uint64_t offset, std::uint8_t* data,
                             std::size_t bytes) {
  issue(is_write, kConfigRegion, offset, data, bytes);
  // A reset of the function (FLR) has taken them away, and may have been the purpose.
  if (is_write) program_vectors();
}

void VfioUser::access_bar(bool is_write, unsigned bar, std::uint64_t offset, std::uint8_t* data,
                          std::size_t bytes) {
  // Memory takes any length, registers do not.
  if (bytes > sizeof(std::uint64_t) && issue(is_write, bar, offset, data, bytes)) return;
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t now = piece_at(offset + done, bytes - done);
    if (!is_write || !is_vector_table(bar, offset + done, now))
      issue(is_write, bar, offset + done, data + done, now);
    done += now;
  }
}

/// One access on its way to the function, over the link if there is one, with its time. False if
/// the function does not take accesses of that length.
bool VfioUser::issue(bool is_write, std::uint32_t region, std::uint64_t offset, std::uint8_t* data,
                     std::size_t bytes) {
  TransactionTag tag;
  tag.step = Step::Config;
  tag.space = space_of(region);
  tlm::tlm_generic_payload payload;
  payload.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(offset);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_extension(&tag);
  sc_core::sc_time delay;
  if (tag.space == PciSpace::Config) {
    bus_.access(PciSpace::Config, payload, delay);
  } else if (link) {
    link->downstream(payload, delay, [&](tlm::tlm_generic_payload& arrived, sc_core::sc_time& at) {
      function->transport_to_bar(region, arrived, at);
    });
  } else {
    function->transport_to_bar(region, payload, delay);
  }
  payload.clear_extension(&tag);
  if (platform().timed() && delay != sc_core::SC_ZERO_TIME) wait(delay);
  return payload.get_response_status() == tlm::TLM_OK_RESPONSE;
}

// ---- MSI-X ------------------------------------------------------------------------------------

/// The client keeps the guest's table to itself; ours says which eventfd a vector ends in.
bool VfioUser::is_vector_table(unsigned bar, std::uint64_t offset, std::size_t bytes) const {
  const pci::MsiX& msix = function->msix();
  if (!msix.present() || bar != msix.place().bar) return false;
  const std::uint64_t end = msix.place().table + std::uint64_t{msix.vectors()} * kVectorBytes;
  return offset < end && offset + bytes > msix.place().table;
}

/// A vector that cannot be signalled is masked, so that it becomes pending instead of lost.
void VfioUser::program_vector(unsigned vector) {
  const pci::MsiX::Place& place = function->msix().place();
  const std::uint32_t entry[4] = {0, 0, vector, interrupts_.usable(vector) ? 0u : 1u};
  std::uint8_t bytes[sizeof entry];
  std::memcpy(bytes, entry, sizeof entry);
  for (std::size_t half = 0; half < sizeof entry; half += sizeof(std::uint64_t)) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(place.table + vector * kVectorBytes + half);
    payload.set_data_ptr(bytes + half);
    payload.set_data_length(sizeof(std::uint64_t));
    sc_core::sc_time delay;
    function->transport_to_bar(place.bar, payload, delay);
  }
}

void VfioUser::program_vectors() {
  for (unsigned vector = 0; vector < interrupts_.count(kMsix); ++vector)
    if (interrupts_.usable(vector)) program_vector(vector);
}

}  // namespace ringside::vfio
