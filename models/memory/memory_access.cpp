// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_access.h"

#include <cstring>

namespace ringside {

namespace {

void copy_enabled(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes,
                  const tlm::tlm_generic_payload& payload) {
  const unsigned char* enable = payload.get_byte_enable_ptr();
  if (!enable) {
    std::memcpy(to, from, bytes);
    return;
  }
  const unsigned period = payload.get_byte_enable_length();
  for (std::size_t i = 0; i < bytes; ++i)
    if (enable[i % period] == TLM_BYTE_ENABLED) to[i] = from[i];
}

}  // namespace

void memory_access(tlm::tlm_generic_payload& payload, std::uint8_t* memory, std::size_t bytes,
                   bool writable) {
  const std::uint64_t at = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  if (at >= bytes || length > bytes - at)
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (payload.get_streaming_width() != 0 && payload.get_streaming_width() < length)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  if (payload.get_byte_enable_ptr() && payload.get_byte_enable_length() == 0)
    return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  if (payload.is_read()) {
    copy_enabled(payload.get_data_ptr(), memory + at, length, payload);
  } else if (payload.is_write()) {
    if (!writable) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    copy_enabled(memory + at, payload.get_data_ptr(), length, payload);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace ringside
