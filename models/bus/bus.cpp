// SPDX-License-Identifier: Apache-2.0
#include "bus/bus.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"

namespace ringside {

class Bus::Target final : private tlm::tlm_bw_transport_if<> {
 public:
  Target(Bus& bus, MmioPort& port, const AddressWindow& window)
      : socket(sc_core::sc_gen_unique_name("to")), bus_(bus), window_(window) {
    socket.bind(*static_cast<tlm::tlm_bw_transport_if<>*>(this));
    socket.bind(port.socket);
  }
  tlm::tlm_initiator_socket<> socket;

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override {
    const std::uint64_t end = window_.last - window_.first;
    if (first > end || last < first) return;
    bus_.invalidate(window_.first + first, window_.first + std::min<std::uint64_t>(last, end));
  }

  Bus& bus_;
  const AddressWindow window_;
};

class Bus::Master final : private tlm::tlm_fw_transport_if<> {
 public:
  Master(Bus& bus, InitiatorPort& port, std::size_t number)
      : socket(sc_core::sc_gen_unique_name("from")), bus_(bus), number_(number) {
    socket.bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
    port.socket.bind(socket);
  }
  tlm::tlm_target_socket<> socket;

 private:
  const AddressWindow* decode(std::uint64_t address) {
    // Most accesses of a master go where the last one went.
    if (last_ && last_->contains(address)) return last_;
    const AddressWindow* found = bus_.map_.find(address);
    if (found) last_ = found;
    return found;
  }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    const std::uint64_t address = payload.get_address();
    const AddressWindow* window = decode(address);
    ++bus_.accesses;
    delay += bus_.hop_;
    if (!window || !window->holds(address, payload.get_data_length())) {
      ++bus_.errors;
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    payload.set_address(address - window->first);
    if (bus_.has_path_ && payload.is_write()) transfer(payload, delay);
    bus_.targets_[window->target]->socket->b_transport(payload, delay);
    if (bus_.has_path_ && payload.is_read()) transfer(payload, delay);
    payload.set_address(address);
  }

  /// Carries the payload's bytes, and adds to the delay what that takes.
  void transfer(const tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t bytes = payload.get_data_length();
    const std::uint64_t ready = (sc_core::sc_time_stamp() + delay).value();
    const std::uint64_t taken = bus_.path_.transfer(number_, bytes, ready) - ready;
    const std::uint64_t alone = bus_.path_.duration(bytes);
    bus_.bytes += bytes;
    bus_.busy_ps += alone;
    bus_.wait_ps += taken - alone;
    delay += sc_core::sc_time::from_value(taken);
  }

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time& delay) override {
    b_transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }

  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    const std::uint64_t address = payload.get_address();
    const AddressWindow* window = decode(address);
    if (!window) {
      const AddressWindow gap = bus_.map_.gap(address);
      dmi.set_start_address(gap.first);
      dmi.set_end_address(gap.last);
      dmi.allow_none();
      return false;
    }
    dmi.set_start_address(0);
    dmi.set_end_address(window->last - window->first);
    payload.set_address(address - window->first);
    const bool granted = bus_.targets_[window->target]->socket->get_direct_mem_ptr(payload, dmi);
    payload.set_address(address);
    clamp(dmi, *window);
    dmi.set_read_latency(dmi.get_read_latency() + bus_.hop_);
    dmi.set_write_latency(dmi.get_write_latency() + bus_.hop_);
    return granted;
  }

  /// From offsets in a window to addresses on the bus, and never beyond the window.
  static void clamp(tlm::tlm_dmi& dmi, const AddressWindow& window) {
    const std::uint64_t end = window.last - window.first;
    const std::uint64_t first = std::min<std::uint64_t>(dmi.get_start_address(), end);
    const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), end);
    dmi.set_start_address(window.first + first);
    dmi.set_end_address(window.first + last);
  }

  unsigned int transport_dbg(tlm::tlm_generic_payload& payload) override {
    const std::uint64_t address = payload.get_address();
    const AddressWindow* window = decode(address);
    if (!window || payload.get_data_length() == 0) return 0;
    const unsigned wanted = payload.get_data_length();
    const std::uint64_t room = window->last - address;  // one less than the bytes there
    payload.set_address(address - window->first);
    if (wanted - 1 > room) payload.set_data_length(static_cast<unsigned>(room + 1));
    const unsigned done = bus_.targets_[window->target]->socket->transport_dbg(payload);
    payload.set_address(address);
    payload.set_data_length(wanted);
    return done;
  }

  Bus& bus_;
  const std::size_t number_;
  const AddressWindow* last_ = nullptr;
};

Bus::Bus(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
  if (platform().timed()) hop_ = latency;
  for (Model* child : children)
    for (PortBase* port : child->ports()) connect(*port);
  // The map is complete only now, and adding to it moves windows: targets are made last.
  targets_.resize(windows_.size());
  for (const AddressWindow& window : map_.windows())
    targets_[window.target] = std::make_unique<Target>(*this, *windows_[window.target], window);
  make_path();
}

void Bus::make_path() {
  if (width % 8 != 0)
    diagnostics().error(width.where(), fmt::format("'width' of {} is {}; expected a multiple of 8",
                                                   label(), width.get()));
  if (width == 0u && arbitration != Arbitration::None)
    diagnostics().error(
        arbitration.where(),
        fmt::format("'arbitration' of {} is '{}', but its data path has no width; expected 'width'",
                    label(), arbitration.value_text()));
  if (!platform().timed() || width < 8) return;
  has_path_ = true;
  path_ = DataPath(arbitration, width / 8, 1e12 / clock->hz, masters_.size());
}

Bus::~Bus() = default;

void Bus::connect(PortBase& port) {
  if (port.bound()) return;
  if (auto* window = dynamic_cast<MmioPort*>(&port)) return add_window(*window);
  auto* initiator = dynamic_cast<InitiatorPort*>(&port);
  if (!initiator) return;
  masters_.push_back(std::make_unique<Master>(*this, *initiator, masters_.size()));
  port.set_bound();
}

void Bus::add_window(MmioPort& port) {
  port.set_bound();
  if (port.size() == 0) {
    unmapped_.push_back(std::make_unique<Target>(*this, port, AddressWindow{}));
    return;
  }
  const std::uint64_t last = port.base() + (port.size() - 1);
  if (last < port.base()) {
    diagnostics().error(
        port.base_param().where(),
        fmt::format("'{}' of {}: a window of {} at {} goes beyond the end of the address space; "
                    "expected a lower address",
                    port.base_param().name(), port.owner().label(), format_size({port.size()}),
                    format_hex(port.base())));
    return;
  }
  const AddressWindow* taken = map_.add(port.base(), port.size(), windows_.size());
  if (!taken) {
    windows_.push_back(&port);
    return;
  }
  const MmioPort& other = *windows_[taken->target];
  diagnostics().error(
      port.base_param().where(),
      fmt::format("'{}' of {}: {} to {} overlaps '{}' of {}, {} to {}, at {}; expected addresses "
                  "of its own",
                  port.base_param().name(), port.owner().label(), format_hex(port.base()),
                  format_hex(last), other.base_param().name(), other.owner().label(),
                  format_hex(taken->first), format_hex(taken->last),
                  other.base_param().where().str()));
}

void Bus::invalidate(std::uint64_t first, std::uint64_t last) {
  for (const auto& master : masters_) master->socket->invalidate_direct_mem_ptr(first, last);
}

}  // namespace ringside
