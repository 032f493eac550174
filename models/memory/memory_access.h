// SPDX-License-Identifier: Apache-2.0
// What all memories have in common: copying between a payload and host memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tlm>

namespace ringside {

/// Copies the payload's bytes from or to `memory` at the payload's address, honouring byte enables
/// (IEEE 1666-2011, 14.7). Sets the response: an error for an access beyond `bytes`, for a write
/// where `writable` is false, or for a streaming width shorter than the data.
void memory_access(tlm::tlm_generic_payload& payload, std::uint8_t* memory, std::size_t bytes,
                   bool writable);

}  // namespace ringside
