// SPDX-License-Identifier: Apache-2.0
// The front end's guest memory as a target of DMA: regions that it has shared, by guest-physical
// address.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "cosim/vhost_user/region.h"

namespace ringside::vhost {

/// Direct pointers are never granted: each access must be ordered against those of the guest, which
/// runs at the same time, and survive the memory's vanishing.
class GuestMemory final : private tlm::tlm_fw_transport_if<> {
 public:
  /// `latency` is what a transaction takes.
  GuestMemory(const char* name, const sc_core::sc_time& latency);

  tlm::tlm_target_socket<> socket;

  /// In the place of all regions there are; or one more. Throw Refused, and then nothing has
  /// changed: a region cannot be mapped, overlaps another, or there are too many.
  void replace(const std::vector<RegionDescription>& regions, const std::vector<OwnedFd>& files);
  void add(const RegionDescription& region, const OwnedFd& file);
  /// The region of these addresses and this size. Throws Refused if there is none.
  void remove(const RegionDescription& region);
  void clear() { regions_.clear(); }

  /// Where a range of the front end's addresses lies in guest memory; nothing if no region holds
  /// all of it. `bytes` is not 0.
  std::optional<std::uint64_t> guest_address(std::uint64_t user, std::uint64_t bytes) const;
  /// True if one region holds all of this range of guest-physical addresses.
  bool holds(std::uint64_t guest, std::uint64_t bytes) const;
  /// Reads beside all time and all books: what a queue's used index is when it starts.
  bool peek(std::uint64_t guest, void* to, std::size_t bytes);
  /// The front end has taken a region's memory away.
  bool any_lost() const;

 private:
  using Regions = std::vector<std::unique_ptr<Region>>;
  void insert(Regions& regions, const RegionDescription& region, const OwnedFd& file) const;
  Region* at(std::uint64_t guest);
  bool access(tlm::tlm_generic_payload& payload);

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned int transport_dbg(tlm::tlm_generic_payload&) override { return 0; }

  const sc_core::sc_time latency_;
  Regions regions_;
};

}  // namespace ringside::vhost
