// SPDX-License-Identifier: Apache-2.0
// Protection information (T10 PI; SBC-3, 4.22): 8 bytes that go with each block, to find data that
// was changed or led astray on its way. No SystemC.
#pragma once

#include <cstddef>
#include <cstdint>

#include "scsi/protocol.h"

namespace ringside::scsi {

/// Guard (2 bytes: CRC of the block), application tag (2), reference tag (4), big-endian.
inline constexpr std::size_t kTupleBytes = 8;

enum class Protection {
  None,
  Type1,  ///< the reference tag is the low part of the block's address
  Type3,  ///< the reference tag is the initiator's
};

/// What a command's RDPROTECT or WRPROTECT field asks for (SBC-3, 4.22.6).
struct ProtectionUse {
  bool transfer = false;  ///< information goes along with the data
  bool guard = true;      ///< the guard is checked
  bool reference = true;  ///< the reference tag is checked
};
/// False if the field is none that the standard has.
bool protection_use(unsigned field, ProtectionUse& use);

/// CRC-16 of polynomial 8BB7h (SBC-3, 4.22.4).
std::uint16_t guard_of(const std::uint8_t* block, std::size_t bytes);

/// The information for a block that came without.
void make_tuple(std::uint8_t* tuple, std::uint16_t guard, std::uint64_t lba);
/// kNone, or what does not agree. An application tag of FFFFh (with a reference tag of FFFFFFFFh in
/// type 3) says not to look.
Sense check_tuple(const std::uint8_t* tuple, Protection type, const ProtectionUse& use,
                  const std::uint8_t* block, std::size_t bytes, std::uint64_t lba);

}  // namespace ringside::scsi
