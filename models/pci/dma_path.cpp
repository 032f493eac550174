// SPDX-License-Identifier: Apache-2.0
#include "pci/dma_path.h"

#include <algorithm>

namespace ringside::pci {

namespace {

DmaRequest request_of(const tlm::tlm_generic_payload& payload, const TransactionTag& tag,
                      bool is_probe) {
  return {tag.requester_id, payload.get_address(), payload.is_write(), is_probe};
}

}  // namespace

void DmaPath::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const TransactionTag* tag = to_translate(payload);
  if (tag) return transport_parts(payload, delay, *tag);
  port_.socket->b_transport(payload, delay);
}

void DmaPath::transport_parts(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                              const TransactionTag& tag) {
  const std::uint64_t address = payload.get_address();
  unsigned char* const data = payload.get_data_ptr();
  const unsigned bytes = payload.get_data_length();
  for (unsigned done = 0; done < bytes;) {
    payload.set_address(address + done);
    DmaRange range;
    if (!translator_->translate(request_of(payload, tag, false), range, delay)) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      break;
    }
    const std::uint64_t room = range.last - payload.get_address();  // one less than the bytes there
    const unsigned now = bytes - done - 1 <= room ? bytes - done : static_cast<unsigned>(room + 1);
    payload.set_address(range.to_target(address + done));
    payload.set_data_ptr(data + done);
    payload.set_data_length(now);
    payload.set_streaming_width(now);
    port_.socket->b_transport(payload, delay);
    if (!payload.is_response_ok()) break;
    done += now;
  }
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
}

bool DmaPath::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const TransactionTag* tag = to_translate(payload);
  if (!tag) return port_.socket->get_direct_mem_ptr(payload, dmi);
  const std::uint64_t address = payload.get_address();
  DmaRange range;
  sc_core::sc_time no_delay;
  if (!translator_->translate(request_of(payload, *tag, true), range, no_delay)) return false;
  payload.set_address(range.to_target(address));
  const bool granted = port_.socket->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  if (!granted) return false;
  // Both ranges hold the address, so they have a part in common.
  const std::uint64_t range_end = range.to_target(range.last);
  const std::uint64_t first = std::max<std::uint64_t>(dmi.get_start_address(), range.target);
  const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), range_end);
  dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
  dmi.set_start_address(range.to_device(first));
  dmi.set_end_address(range.to_device(last));
  const bool read = dmi.is_read_allowed() && range.may_read;
  const bool write = dmi.is_write_allowed() && range.may_write;
  dmi.set_granted_access(read && write ? tlm::tlm_dmi::DMI_ACCESS_READ_WRITE
                         : read        ? tlm::tlm_dmi::DMI_ACCESS_READ
                         : write       ? tlm::tlm_dmi::DMI_ACCESS_WRITE
                                       : tlm::tlm_dmi::DMI_ACCESS_NONE);
  return read || write;
}

unsigned DmaPath::debug(tlm::tlm_generic_payload& payload) {
  const TransactionTag* tag = to_translate(payload);
  if (!tag) return port_.socket->transport_dbg(payload);
  const std::uint64_t address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  DmaRange range;
  sc_core::sc_time no_delay;
  if (bytes == 0 || !translator_->translate(request_of(payload, *tag, true), range, no_delay))
    return 0;
  const std::uint64_t room = range.last - address;
  payload.set_address(range.to_target(address));
  if (bytes - 1 > room) payload.set_data_length(static_cast<unsigned>(room + 1));
  const unsigned done = port_.socket->transport_dbg(payload);
  payload.set_address(address);
  payload.set_data_length(bytes);
  return done;
}

}  // namespace ringside::pci
