// SPDX-License-Identifier: Apache-2.0
// What the e1000 does with a frame from the network: address and VLAN filters, checksums, check
// sequence. No SystemC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "baseline/e1000_descriptors.h"
#include "baseline/e1000_eeprom.h"

namespace ringside::e1000 {

/// The tables of the receive address filter, as the guest has written them.
struct ReceiveFilter {
  static constexpr unsigned kAddresses = 16;
  static constexpr std::uint32_t kAddressValid = 0x8000'0000;  ///< in the high half

  std::array<std::uint32_t, 2 * kAddresses> addresses{};  ///< RAL, RAH
  std::array<std::uint32_t, 128> multicast{};             ///< MTA, by 12 bits of the address
  std::array<std::uint32_t, 128> vlans{};                 ///< VFTA, by VLAN

  /// All empty but the first address.
  void reset(const MacAddress& own);

  enum class Match { None, Exact, Inexact };
  /// `control` is RCTL. The frame has at least the destination's six bytes.
  Match match(const std::uint8_t* frame, std::uint32_t control) const;
  bool has_vlan(std::uint16_t tag) const { return vlans[tag >> 5 & 0x7f] >> (tag & 31) & 1; }

 private:
  bool has_address(const std::uint8_t* frame) const;
};

bool is_group(const std::uint8_t* frame);
bool is_broadcast(const std::uint8_t* frame);

/// Verifies the IPv4 header's and the TCP or UDP checksum, as far as wanted, and sets what the
/// descriptor says of them. A VLAN tag may be in the frame.
void check_checksums(const std::uint8_t* frame, std::size_t bytes, bool ip, bool transport,
                     ReceiveStatus& status);

/// The frame check sequence, as it is stored: low byte first.
std::uint32_t frame_check_sequence(const std::uint8_t* frame, std::size_t bytes);

}  // namespace ringside::e1000
