// SPDX-License-Identifier: Apache-2.0
// Typed ports: windows of registers or memory on a bus, and initiators on it. A bus binds its
// children's ports.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "kit/param.h"

namespace ringside {

class Model;

/// What is common to ports: a name, documentation, and whether somebody has bound it.
class PortBase {
 public:
  PortBase(Model* owner, std::string name, std::string doc);
  virtual ~PortBase() = default;
  PortBase(const PortBase&) = delete;
  PortBase& operator=(const PortBase&) = delete;

  Model& owner() const { return *owner_; }
  const std::string& port_name() const { return name_; }
  const std::string& doc() const { return doc_; }
  bool bound() const { return bound_; }
  void set_bound() { bound_ = true; }
  /// "window", "initiator".
  virtual const char* kind() const = 0;

 private:
  Model* owner_;
  std::string name_;
  std::string doc_;
  bool bound_ = false;
};

/// A window of addresses that the model answers. It brings a parameter of its own: the address.
/// Payload addresses that arrive are offsets into the window; the bus has checked that the access
/// lies inside.
class MmioPort final : public PortBase, private tlm::tlm_fw_transport_if<> {
 public:
  using Transport = std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)>;
  using Direct = std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)>;

  /// `param` names the address parameter ("base", "ecam"); `bytes` 0 means that set_size() follows.
  MmioPort(Model* owner, const char* name, const char* param, std::uint64_t bytes, const char* doc);
  /// The same with a standard address.
  MmioPort(Model* owner, const char* name, const char* param, Address standard, std::uint64_t bytes,
           const char* doc);

  std::uint64_t base() const { return base_.get().value; }
  std::uint64_t size() const { return bytes_; }
  void set_size(std::uint64_t bytes) { bytes_ = bytes; }
  const ParamBase& base_param() const { return base_; }

  /// What answers accesses. Without a handler every access gets TLM_ADDRESS_ERROR_RESPONSE.
  void on_transport(Transport handler) { transport_ = std::move(handler); }
  /// Grants direct pointers (offsets relative to the window). Optional.
  void on_direct(Direct handler) { direct_ = std::move(handler); }
  /// Tells initiators that pointers into this range of offsets are no longer good.
  void invalidate_direct(std::uint64_t first, std::uint64_t last);

  tlm::tlm_target_socket<> socket;
  const char* kind() const override { return "window"; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override;
  unsigned int transport_dbg(tlm::tlm_generic_payload& payload) override;

  Param<Address> base_;
  std::uint64_t bytes_;
  Transport transport_;
  Direct direct_;
};

/// Issues accesses on a bus.
class InitiatorPort : public PortBase, private tlm::tlm_bw_transport_if<> {
 public:
  using Invalidate = std::function<void(std::uint64_t first, std::uint64_t last)>;

  InitiatorPort(Model* owner, const char* name, const char* doc);
  /// Called when direct pointers into [first, last] must be given up.
  void on_invalidate(Invalidate handler) { invalidate_ = std::move(handler); }

  tlm::tlm_initiator_socket<> socket;
  const char* kind() const override { return "initiator"; }

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

  Invalidate invalidate_;
};

}  // namespace ringside
