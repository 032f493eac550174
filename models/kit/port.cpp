// SPDX-License-Identifier: Apache-2.0
#include "kit/port.h"

#include <algorithm>

#include "kit/model.h"
#include "kit/platform.h"
#include "kit/tag.h"

namespace ringside {

PortBase::PortBase(Model* owner, std::string name, std::string doc)
    : owner_(owner), name_(std::move(name)), doc_(std::move(doc)) {
  owner_->declare(*this);
}

MmioPort::MmioPort(Model* owner, const char* name, const char* param, std::uint64_t bytes,
                   const char* doc)
    : PortBase(owner, name, doc), socket(name), base_(owner, param, required, doc), bytes_(bytes) {
  socket.bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
}

MmioPort::MmioPort(Model* owner, const char* name, const char* param, Address standard,
                   std::uint64_t bytes, const char* doc)
    : PortBase(owner, name, doc), socket(name), base_(owner, param, standard, doc), bytes_(bytes) {
  socket.bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
}

void MmioPort::invalidate_direct(std::uint64_t first, std::uint64_t last) {
  socket->invalidate_direct_mem_ptr(first, last);
}

void MmioPort::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!direct_) {  // else it is memory, or more than one device
    auto* tag = payload.get_extension<TransactionTag>();
    if (tag && tag->step != Step::Interrupt) tag->target = &owner();
  }
  if (transport_) return transport_(payload, delay);
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

tlm::tlm_sync_enum MmioPort::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                             sc_core::sc_time& delay) {
  // A loosely timed target: the whole transaction happens at once (IEEE 1666-2011, 11.1.2.8).
  b_transport(payload, delay);
  return tlm::TLM_COMPLETED;
}

bool MmioPort::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return direct_ && direct_(payload, dmi);
}

unsigned int MmioPort::transport_dbg(tlm::tlm_generic_payload& payload) {
  // Only memory has no side effects; registers are not readable behind the guest's back.
  tlm::tlm_dmi dmi;
  dmi.init();
  const std::uint64_t at = payload.get_address();
  if (!direct_ || !direct_(payload, dmi)) return 0;
  if (at < dmi.get_start_address() || at > dmi.get_end_address()) return 0;
  const std::uint64_t room = dmi.get_end_address() - at + 1;
  const auto bytes =
      static_cast<unsigned>(std::min<std::uint64_t>(room, payload.get_data_length()));
  unsigned char* memory = dmi.get_dmi_ptr() + (at - dmi.get_start_address());
  if (payload.is_read()) {
    std::copy_n(memory, bytes, payload.get_data_ptr());
  } else {
    std::copy_n(payload.get_data_ptr(), bytes, memory);
    owner().platform().code_pages().written(memory, bytes);
  }
  return bytes;
}

InitiatorPort::InitiatorPort(Model* owner, const char* name, const char* doc)
    : PortBase(owner, name, doc), socket(name) {
  socket.bind(*static_cast<tlm::tlm_bw_transport_if<>*>(this));
}

tlm::tlm_sync_enum InitiatorPort::nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                                  sc_core::sc_time&) {
  return tlm::TLM_ACCEPTED;
}

void InitiatorPort::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  if (invalidate_) invalidate_(first, last);
}

}  // namespace ringside
