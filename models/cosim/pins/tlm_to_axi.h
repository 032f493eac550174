// SPDX-License-Identifier: Apache-2.0
// A TLM socket in, pins of an AXI4 or AXI4-Lite manager out: registers or memory in a design, seen
// by a TLM platform. b_transport() waits until the design has answered, so it has to be called from
// an SC_THREAD; during a reset it waits for its end, and what is under way when one begins ends
// with TLM_GENERIC_ERROR_RESPONSE. SLVERR becomes that as well, DECERR TLM_ADDRESS_ERROR_RESPONSE.
// There are no direct pointers and no debug accesses.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <systemc>
#include <tlm>
#include <vector>

#include "cosim/pins/axi_modules.h"

namespace ringside::cosim {

inline tlm::tlm_response_status tlm_status(Response response) {
  switch (response) {
    case Response::DecodeError:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    case Response::SlaveError:
      return tlm::TLM_GENERIC_ERROR_RESPONSE;
    default:
      return tlm::TLM_OK_RESPONSE;
  }
}

/// The parts of a target that both bridges have in common.
class BridgeTarget : private tlm::tlm_fw_transport_if<> {
 public:
  tlm::tlm_target_socket<> socket{"socket"};

 protected:
  BridgeTarget() { socket.bind(*this); }
  ~BridgeTarget() override = default;
  /// Time has come to the payload's; it has data and no stream.
  virtual tlm::tlm_response_status access(tlm::tlm_generic_payload& payload) = 0;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    const bool plain = payload.get_data_length() != 0 &&
                       payload.get_streaming_width() >= payload.get_data_length();
    payload.set_response_status(payload.get_command() == tlm::TLM_IGNORE_COMMAND
                                    ? tlm::TLM_OK_RESPONSE
                                : plain ? access(payload)
                                        : tlm::TLM_BURST_ERROR_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned int transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
};

/// Onto AXI4: any address and length; byte enables become strobes. As many accesses are under way
/// as threads call, up to the core's kCommands.
template <class Shape>
class TlmToAxi final : public AxiManagerModule<Shape>, public BridgeTarget {
  using Core = decltype(AxiManagerModule<Shape>::core);

 public:
  explicit TlmToAxi(const sc_core::sc_module_name& name, const AxiManagerSettings& settings = {})
      : AxiManagerModule<Shape>(name, settings) {
    this->core.finished = [this](unsigned command, Response response) {
      running_[command].done = true;
      running_[command].response = response;
      running_[command].ended.notify(sc_core::SC_ZERO_TIME);
    };
  }

 private:
  struct Running {
    bool taken = false, done = false;
    Response response = Response::Okay;
    sc_core::sc_event ended;
  };

  tlm::tlm_response_status access(tlm::tlm_generic_payload& payload) override {
    this->await_reset();
    const std::uint32_t bytes = payload.get_data_length();
    std::vector<std::uint8_t> enables, whole;
    if (payload.get_byte_enable_ptr()) {
      if (payload.get_byte_enable_length() == 0) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
      for (std::uint32_t i = 0; i < bytes; ++i)
        enables.push_back(payload.get_byte_enable_ptr()[i % payload.get_byte_enable_length()]);
    }
    std::uint8_t* to = payload.get_data_ptr();
    if (payload.is_read() && !enables.empty()) {
      whole.resize(bytes);
      to = whole.data();
    }
    const Response response = run(payload.is_read(), payload.get_address(), to,
                                  enables.empty() ? nullptr : enables.data(), bytes);
    for (std::uint32_t i = 0; i < whole.size(); ++i)
      if (enables[i] != 0) payload.get_data_ptr()[i] = whole[i];
    return tlm_status(response);
  }
  Response run(bool is_read, std::uint64_t address, std::uint8_t* data, const std::uint8_t* enables,
               std::uint32_t bytes) {
    unsigned number = Core::kNone;
    for (;;) {
      // A number is free in the core before the thread that had it has looked.
      if (free_numbers()) {
        number = is_read ? this->core.start_read(address, data, bytes)
                         : this->core.start_write(address, data, enables, bytes);
        break;
      }
      sc_core::wait(freed_);
    }
    Running& running = running_[number];
    running.taken = true;
    this->begin();
    while (!running.done) sc_core::wait(running.ended);
    running.taken = running.done = false;
    freed_.notify(sc_core::SC_ZERO_TIME);
    return running.response;
  }
  /// The core takes its lowest free number; it must be free here as well.
  bool free_numbers() const {
    for (const Running& running : running_)
      if (running.taken && running.done) return false;
    return this->core.has_room();
  }

  std::array<Running, Core::kCommands> running_;
  sc_core::sc_event freed_;
};

/// Onto AXI4-Lite: whole words, or 1, 2 or 4 bytes within one; longer accesses word by word until
/// one fails. One access at a time, in the order of calls.
template <class Address = std::uint32_t>
class TlmToAxiLite final : public AxiLiteManagerModule<Address>, public BridgeTarget {
 public:
  explicit TlmToAxiLite(const sc_core::sc_module_name& name)
      : AxiLiteManagerModule<Address>(name) {}

 private:
  tlm::tlm_response_status access(tlm::tlm_generic_payload& payload) override {
    const std::uint64_t address = payload.get_address();
    const std::uint32_t bytes = payload.get_data_length();
    if (payload.get_byte_enable_ptr()) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    const bool part = (bytes == 1 || bytes == 2 || bytes == 4) && address % bytes == 0;
    if (!part && (bytes % 4 != 0 || address % 4 != 0)) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (address + bytes - 1 > 0xffffffffu || address + bytes < address)
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    this->await_reset();
    const std::uint64_t ticket = next_ticket_++;
    while (ticket != served_) sc_core::wait(next_);
    Response response = Response::Okay;
    for (std::uint32_t at = 0; at < bytes && response == Response::Okay; at += 4)
      response = word(payload.is_read(), static_cast<std::uint32_t>(address + at),
                      payload.get_data_ptr() + at, bytes < 4 ? bytes : 4);
    ++served_;
    next_.notify(sc_core::SC_ZERO_TIME);
    return tlm_status(response);
  }
  Response word(bool is_read, std::uint32_t address, std::uint8_t* data, unsigned bytes) {
    std::uint32_t value = 0;
    if (is_read) {
      this->core.start_read(address, bytes);
    } else {
      std::memcpy(&value, data, bytes);
      this->core.start_write(address, bytes, value);
    }
    this->begin();
    while (this->core.busy()) sc_core::wait(this->ended_event());
    value = this->core.value();
    const auto response = static_cast<Response>(this->core.response() & 3);
    if (is_read && response <= Response::ExclusiveOkay) std::memcpy(data, &value, bytes);
    return response == Response::ExclusiveOkay ? Response::Okay : response;
  }

  std::uint64_t next_ticket_ = 0, served_ = 0;
  sc_core::sc_event next_;
};

}  // namespace ringside::cosim
