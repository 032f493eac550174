// SPDX-License-Identifier: Apache-2.0
#include "pci/host.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/device_tree.h"
#include "kit/platform.h"
#include "pci/registers.h"

namespace ringside::pci {

/// The host bridge as a function of its own bus: has an identity and nothing else.
class HostFunction final : public PciFunction {
 public:
  HostFunction(const sc_core::sc_module_name& name, const ModelContext& context)
      : PciFunction(name, context) {
    slot.set("0");
    identify({0x1b36, 0x0008, 0, 0x060000, 0x1af4, 0x1100});
  }

 private:
  std::uint64_t read_bar(unsigned, std::uint64_t, unsigned) override { return 0; }
  void write_bar(unsigned, std::uint64_t, unsigned, std::uint64_t) override {}
};

PciHost::PciHost(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), bus_(*this, *this) {
  irq.relay();
  ecam.set_size(std::uint64_t{buses} << 20);
  pio.set_size(pio_size->bytes);
  mem32.set_size(mem32_size->bytes);
  mem64.set_size(mem64_size->bytes);
  ecam.on_transport([this](auto& payload, auto& delay) { serve_config(payload, delay); });
  pio.on_transport([this](auto& payload, auto& delay) { serve_io(payload, delay); });
  for (MmioPort* window : {&mem32, &mem64}) {
    window->on_transport(
        [this, window](auto& payload, auto& delay) { serve_memory(*window, payload, delay); });
    window->on_direct(
        [this, window](auto& payload, auto& dmi) { return serve_direct(*window, payload, dmi); });
  }
  dma.on_invalidate([this](std::uint64_t first, std::uint64_t last) {
    // Behind an IOMMU these addresses can be any others.
    if (iommu_) return bus_.invalidate_upstream(0, ~std::uint64_t{0});
    bus_.invalidate_upstream(first, last);
  });

  std::vector<PciFunction*> all;
  if (host_function && !platform().describing()) {
    ModelContext own{&platform(), this, "pci-host-function", "host_bridge",
                     Node::map({}, node().where())};
    host_ = new HostFunction("host_bridge", own);
    all.push_back(host_);
  }
  all.insert(all.end(), functions.begin(), functions.end());
  bus_.attach(all, false);
}

PciHost::~PciHost() = default;

void PciHost::resolve() {
  if (mem32.base() + mem32.size() > std::uint64_t{1} << 32)
    diagnostics().error(
        mem32.base_param().where(),
        fmt::format("'mem32' of {} ends at {}; expected the window to end below 4 GiB", label(),
                    format_hex(mem32.base() + mem32.size())));
}

void PciHost::bus_decode_changed() {
  bus_.decode_changed();
  if (!direct_given_) return;
  direct_given_ = false;
  for (MmioPort* window : {&mem32, &mem64}) window->invalidate_direct(0, window->size() - 1);
}

void PciHost::pin_changed(unsigned device, unsigned pin, bool high) {
  unsigned wire = 0;
  if (bus_.set_pin(device, pin, high, wire)) irq.set(bus_.wire(wire), wire);
}

// ---- upwards ----------------------------------------------------------------------------------

void PciHost::upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  dma_path_.transport(payload, delay);
}

bool PciHost::upstream_direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return dma_path_.direct(payload, dmi);
}

unsigned PciHost::upstream_debug(tlm::tlm_generic_payload& payload) {
  return dma_path_.debug(payload);
}

// ---- translation ------------------------------------------------------------------------------

namespace {

/// The function that a model is, or is a part of.
PciFunction* function_of(const Model& model) {
  for (Model* above = model.parent(); above; above = above->parent())
    if (auto* function = dynamic_cast<PciFunction*>(above)) return function;
  return nullptr;
}

}  // namespace

void PciHost::attach_translator(DmaTranslator& translator, const Model& translator_model) {
  PciFunction* function = function_of(translator_model);
  if (!function || !function->on_root_bus())
    throw ConfigError(translator_model.node().where(),
                      fmt::format("{} is not on the bus of {}; expected an IOMMU there, where the "
                                  "device tree can name it",
                                  translator_model.label(), label()));
  if (iommu_)
    throw ConfigError(translator_model.node().where(),
                      fmt::format("{} is the second IOMMU of {}, after {}; expected one at most",
                                  translator_model.label(), label(), iommu_->label()));
  iommu_ = function;
  function->leave_translation();
  dma_path_.set_translator(&translator);
}

bool PciHost::has_requester(std::uint16_t requester_id) const {
  return bus_.has_requester(requester_id);
}

void PciHost::translation_changed(std::uint64_t first, std::uint64_t last) {
  bus_.invalidate_upstream(first, last);
}

// ---- downwards --------------------------------------------------------------------------------

void PciHost::access_tagged(PciSpace space, tlm::tlm_generic_payload& payload,
                            sc_core::sc_time& delay) {
  if (auto* tag = payload.get_extension<TransactionTag>()) {
    const PciSpace before = tag->space;
    tag->space = space;
    // Until a function claims it.
    tag->target = this;
    tag->region = space == PciSpace::Config ? Region::Config : Region::Registers;
    tag->port_io = space == PciSpace::Io;
    bus_.access(space, payload, delay);
    tag->space = before;
    return;
  }
  TransactionTag tag;
  tag.step = Step::Config;
  tag.space = space;
  payload.set_extension(&tag);
  bus_.access(space, payload, delay);
  payload.clear_extension(&tag);
}

void PciHost::serve_config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++(payload.is_read() ? config_reads : config_writes);
  access_tagged(PciSpace::Config, payload, delay);
}

void PciHost::serve_io(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++io_accesses;
  access_tagged(PciSpace::Io, payload, delay);
}

void PciHost::serve_memory(MmioPort& window, tlm::tlm_generic_payload& payload,
                           sc_core::sc_time& delay) {
  ++memory_accesses;
  const std::uint64_t offset = payload.get_address();
  payload.set_address(window.base() + offset);
  if (payload.get_extension<TransactionTag>()) {
    access_tagged(PciSpace::Memory, payload, delay);  // peer to peer: made by another function
  } else {
    bus_.access(PciSpace::Memory, payload, delay);
  }
  payload.set_address(offset);
}

bool PciHost::serve_direct(MmioPort& window, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t offset = payload.get_address();
  payload.set_address(window.base() + offset);
  const bool granted = bus_.direct(payload, dmi);
  payload.set_address(offset);
  if (!granted) {
    // Says so for this page only: the next one may belong to another function.
    constexpr std::uint64_t kPage = 4096;
    dmi.set_start_address(offset / kPage * kPage);
    dmi.set_end_address(dmi.get_start_address() + (kPage - 1));
    return false;
  }
  direct_given_ = true;
  dmi.set_start_address(dmi.get_start_address() - window.base());
  dmi.set_end_address(dmi.get_end_address() - window.base());
  return true;
}

// ---- device tree ------------------------------------------------------------------------------

namespace {

/// Unit interrupt specifiers of devices 0 to 3, which repeat (the mask leaves two bits of the
/// device number), towards the platform's controller.
std::vector<std::uint32_t> interrupt_map(DeviceTree& tree, const IrqOut& irq,
                                         const WiredInterruptController& controller) {
  const std::uint32_t phandle = tree.phandle(controller.phandle_name());
  std::vector<std::uint32_t> cells;
  for (unsigned device = 0; device < 4; ++device) {
    for (unsigned pin = 1; pin <= 4; ++pin) {
      cells.insert(cells.end(), {device << 11, 0, 0, pin, phandle});
      cells.insert(cells.end(), controller.address_cells(), 0);
      const unsigned wire = (device + pin - 1) % 4;
      for (std::uint32_t cell : controller.specifier(irq.first_source() + wire))
        cells.push_back(cell);
    }
  }
  return cells;
}

}  // namespace

void PciHost::device_tree(DeviceTree& tree) {
  constexpr std::uint32_t kIo = 0x01000000;
  constexpr std::uint32_t kMemory32 = 0x02000000;
  constexpr std::uint32_t kMemory64 = 0x03000000;
  const auto high = [](std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); };
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };

  DeviceTreeNode& pci = tree.soc().child(fmt::format("pci@{:x}", ecam.base()));
  pci.cell("#address-cells", 3).cell("#interrupt-cells", 1).cell("#size-cells", 2);
  pci.text("compatible", "pci-host-ecam-generic").text("device_type", "pci");
  pci.cell("linux,pci-domain", domain).cells("bus-range", {0, buses - 1}).empty("dma-coherent");
  pci.wide("reg", {ecam.base(), ecam.size()});
  std::vector<std::uint32_t> ranges{
      kIo, 0, 0, high(pio.base()), low(pio.base()), high(pio.size()), low(pio.size())};
  for (const MmioPort* window : {&mem32, &mem64}) {
    const std::uint64_t base = window->base();
    const std::uint64_t size = window->size();
    ranges.insert(ranges.end(), {window == &mem32 ? kMemory32 : kMemory64, high(base), low(base),
                                 high(base), low(base), high(size), low(size)});
  }
  pci.cells("ranges", ranges);
  if (const auto* msi = platform().find_first<MsiController>())
    pci.cell("msi-parent", tree.phandle(msi->msi_phandle_name()));
  if (const WiredInterruptController* controller = irq.controller()) {
    pci.cells("interrupt-map", interrupt_map(tree, irq, *controller));
    pci.cells("interrupt-map-mask", {0x1800, 0, 0, 7});
  }
  if (iommu_) describe_iommu(tree, pci);
}

/// Device tree bindings pci-iommu and virtio,iommu: a range of requester ids per gap between the
/// functions that are not translated, each with endpoint ids of the same numbers.
void PciHost::describe_iommu(DeviceTree& tree, DeviceTreeNode& pci) const {
  const std::uint32_t phandle = tree.phandle(path() + "/iommu");
  std::vector<std::uint32_t> left_out;
  for (const PciFunction* function : bus_.functions())
    if (!function->is_translated()) left_out.push_back(function->requester_id());
  std::sort(left_out.begin(), left_out.end());
  left_out.push_back(0x10000);
  std::vector<std::uint32_t> map;
  std::uint32_t from = 0;
  for (std::uint32_t id : left_out) {
    if (id > from) map.insert(map.end(), {from, phandle, from, id - from});
    from = id + 1;
  }
  pci.cells("iommu-map", map);

  const DmaTranslator& translator = *dma_path_.translator();
  const std::uint32_t place = devfn(iommu_->device(), iommu_->function());
  DeviceTreeNode& node = pci.child(
      fmt::format("{}@{:x},{:x}", translator.tree_name(), iommu_->device(), iommu_->function()));
  node.texts("compatible", {translator.tree_compatible(),
                            fmt::format("pci{:x},{:x}", iommu_->config().get16(kVendorId),
                                        iommu_->config().get16(kDeviceId))});
  node.cells("reg", {place << 8, 0, 0, 0, 0}).cell("#iommu-cells", 1).cell("phandle", phandle);
}

}  // namespace ringside::pci
