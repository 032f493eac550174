// SPDX-License-Identifier: Apache-2.0
#include "pci/bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/model.h"
#include "kit/units.h"
#include "pci/function.h"
#include "pci/link.h"
#include "pci/registers.h"

namespace ringside::pci {

void complete_unclaimed(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xff, payload.get_data_length());
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void DecodeTable::clear() {
  ranges_.clear();
  last_ = 0;
}

void DecodeTable::add(std::uint64_t first, std::uint64_t last, unsigned child) {
  if (first <= last) ranges_.push_back({first, last, child});
}

void DecodeTable::finish() {
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
    return a.first != b.first ? a.first < b.first : a.child < b.child;
  });
  std::vector<Range> disjoint;
  for (Range range : ranges_) {
    if (!disjoint.empty() && range.first <= disjoint.back().last) {
      if (range.last <= disjoint.back().last) continue;
      range.first = disjoint.back().last + 1;
    }
    disjoint.push_back(range);
  }
  ranges_ = std::move(disjoint);
  last_ = 0;
}

const DecodeTable::Range* DecodeTable::find(std::uint64_t address, std::uint64_t bytes) const {
  if (ranges_.empty()) return nullptr;
  const auto holds = [&](const Range& range) {
    return address >= range.first && address <= range.last && bytes - 1 <= range.last - address;
  };
  if (holds(ranges_[last_])) return &ranges_[last_];
  const auto next =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](std::uint64_t value, const Range& range) { return value < range.first; });
  if (next == ranges_.begin() || !holds(*(next - 1))) return nullptr;
  last_ = static_cast<std::size_t>(next - 1 - ranges_.begin());
  return &ranges_[last_];
}

/// The two seams between the bus and one function.
class PciBus::Attachment final : private tlm::tlm_fw_transport_if<>,
                                 private tlm::tlm_bw_transport_if<> {
 public:
  Attachment(PciBus& bus, PciFunction& function)
      : down(fmt::format("down_{}", function.model_name()).c_str()),
        up(fmt::format("up_{}", function.model_name()).c_str()),
        bus_(bus),
        link_(bus.link_of(function)) {
    down.bind(*static_cast<tlm::tlm_bw_transport_if<>*>(this));
    up.bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
    down.bind(function.socket);
    function.dma_port().socket.bind(up);
    function.dma_port().set_bound();
  }

  /// An access to the function, over the link if there is one.
  void deliver(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (link_) return link_->downstream(payload, delay, to_function_);
    down->b_transport(payload, delay);
  }

  tlm::tlm_initiator_socket<> down;
  tlm::tlm_target_socket<> up;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    if (link_) return link_->upstream(payload, delay, to_owner_);
    bus_.owner_.upstream(payload, delay);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time& delay) override {
    b_transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    return bus_.owner_.upstream_direct(payload, dmi);
  }
  unsigned int transport_dbg(tlm::tlm_generic_payload& payload) override {
    return bus_.owner_.upstream_debug(payload);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    return tlm::TLM_ACCEPTED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  PciBus& bus_;
  Link* const link_;
  const Link::Forward to_owner_ = [this](tlm::tlm_generic_payload& payload,
                                         sc_core::sc_time& delay) {
    bus_.owner_.upstream(payload, delay);
  };
  const Link::Forward to_function_ = [this](tlm::tlm_generic_payload& payload,
                                            sc_core::sc_time& delay) {
    down->b_transport(payload, delay);
  };
};

PciBus::PciBus(Model& bridge, BusOwner& owner) : model_(bridge), owner_(owner) {
  by_devfn_.fill(kNobody);
  by_bus_.fill(kNobody);
}

PciBus::~PciBus() = default;

namespace {

bool parse_slot(const std::string& text, unsigned& device, unsigned& function) {
  const std::size_t dot = text.find('.');
  const auto device_number = parse_integer(text.substr(0, dot));
  function = 0;
  if (dot != std::string::npos) {
    const auto number = parse_integer(text.substr(dot + 1));
    if (!number || *number > 7) return false;
    function = static_cast<unsigned>(*number);
  }
  if (!device_number || *device_number > 31) return false;
  device = static_cast<unsigned>(*device_number);
  return true;
}

std::string slot_text(unsigned place) {
  return fmt::format("{}.{}", place >> 3, place & 7);
}

}  // namespace

bool PciBus::choose_place(PciFunction& function, bool single_device, unsigned& place) {
  const std::string& text = function.slot.get();
  if (text == "auto") {
    // The next free device; below a port, which has one device only, the next free function.
    for (unsigned candidate = 0; candidate < (single_device ? 8u : 256u);
         candidate += single_device ? 1 : 8) {
      if (by_devfn_[candidate] != kNobody) continue;
      place = candidate;
      return true;
    }
    model_.diagnostics().error(
        function.node().where(),
        fmt::format("{} finds no free place on the bus of {}; expected at most {} there",
                    function.label(), model_.label(), single_device ? 8 : 32));
    return false;
  }
  unsigned device = 0;
  unsigned number = 0;
  if (!parse_slot(text, device, number)) {
    model_.diagnostics().error(
        function.slot.where(),
        fmt::format("'slot' of {} is '{}'; expected a device from 0 to 31, or device.function with "
                    "a function from 0 to 7, or 'auto'",
                    function.label(), text));
    return false;
  }
  if (single_device && device != 0) {
    model_.diagnostics().error(
        function.slot.where(),
        fmt::format("'slot' of {} is '{}'; expected device 0, the only one below a port",
                    function.label(), text));
    return false;
  }
  place = devfn(device, number);
  if (by_devfn_[place] == kNobody) return true;
  const PciFunction& other = *functions_[by_devfn_[place]];
  model_.diagnostics().error(
      function.slot.where(),
      fmt::format("slot {} of {} is in use already: by {} at {}; expected a slot of its own",
                  slot_text(place), function.label(), other.label(), other.slot.where().str()));
  return false;
}

void PciBus::attach(const std::vector<PciFunction*>& functions, bool single_device) {
  // Those with a place of their own come first, so that 'auto' never takes it from them.
  std::vector<unsigned> places;
  for (bool automatic : {false, true}) {
    for (PciFunction* function : functions) {
      if ((function->slot.get() == "auto") != automatic) continue;
      unsigned place = 0;
      if (!choose_place(*function, single_device, place)) continue;
      by_devfn_[place] = static_cast<std::uint16_t>(functions_.size());
      functions_.push_back(function);
      places.push_back(place);
    }
  }
  for (std::size_t i = 0; i < functions_.size(); ++i) {
    const unsigned device = places[i] >> 3;
    unsigned in_device = 0;
    for (unsigned other : places) in_device += (other >> 3) == device;
    if (by_devfn_[devfn(device, 0)] == kNobody)
      model_.diagnostics().error(
          functions_[i]->slot.where(),
          fmt::format(
              "{} is at {}, but function 0 of that device is missing, so no guest looks for "
              "it; expected something at {}.0",
              functions_[i]->label(), slot_text(places[i]), device));
    functions_[i]->place(owner_, device, places[i] & 7, in_device > 1);
    attachments_.push_back(std::make_unique<Attachment>(*this, *functions_[i]));
  }
}

Link* PciBus::link_of(const PciFunction& function) const {
  // A bridge's own link is the bus below it.
  if (owner_.is_root_bus()) return function.is_bridge() ? nullptr : function.link.get();
  return owner_.bus_link();
}

void PciBus::rebuild() {
  stale_ = false;
  memory_.clear();
  io_.clear();
  by_bus_.fill(kNobody);
  for (unsigned i = 0; i < functions_.size(); ++i) {
    functions_[i]->claim(memory_, io_, i);
    unsigned first = 0;
    unsigned last = 0;
    if (!functions_[i]->forwards_buses(first, last)) continue;
    for (unsigned bus = first; bus <= last; ++bus)
      if (by_bus_[bus] == kNobody) by_bus_[bus] = static_cast<std::uint16_t>(i);
  }
  memory_.finish();
  io_.finish();
}

const DecodeTable& PciBus::memory_table() {
  if (stale_) rebuild();
  return memory_;
}

void PciBus::access(PciSpace space, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (stale_) rebuild();
  if (space == PciSpace::Config) return access_config(payload, delay);
  const DecodeTable& table = space == PciSpace::Io ? io_ : memory_;
  const DecodeTable::Range* range = table.find(payload.get_address(), payload.get_data_length());
  if (!range) return complete_unclaimed(payload);
  attachments_[range->child]->deliver(payload, delay);
}

void PciBus::access_config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const auto bus = static_cast<std::uint8_t>(address >> 20);
  const std::uint16_t child = bus == owner_.secondary_bus()
                                  ? by_devfn_[static_cast<std::uint8_t>(address >> 12)]
                                  : by_bus_[bus];
  if (child == kNobody) return complete_unclaimed(payload);
  attachments_[child]->deliver(payload, delay);
}

bool PciBus::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  if (stale_) rebuild();
  const DecodeTable::Range* range = memory_.find(payload.get_address(), 1);
  return range && attachments_[range->child]->down->get_direct_mem_ptr(payload, dmi);
}

void PciBus::invalidate_upstream(std::uint64_t first, std::uint64_t last) {
  for (auto& attachment : attachments_) attachment->up->invalidate_direct_mem_ptr(first, last);
}

bool PciBus::has_requester(std::uint16_t requester_id) const {
  return std::any_of(functions_.begin(), functions_.end(), [&](const PciFunction* function) {
    return function->has_requester(requester_id);
  });
}

void PciBus::reset_functions() {
  for (PciFunction* function : functions_) function->reset();
}

bool PciBus::set_pin(unsigned device, unsigned pin, bool high, unsigned& wire) {
  wire = (device + pin - 1) % 4;
  const bool was_high = asserted_[wire] != 0;
  if (high) {
    ++asserted_[wire];
  } else {
    --asserted_[wire];
  }
  return was_high != (asserted_[wire] != 0);
}

}  // namespace ringside::pci
