// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/iommu.h"

#include <fmt/format.h>

#include <cstring>

#include "kit/irq.h"
#include "kit/platform.h"

namespace ringside::virtio {

Iommu::Iommu(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context),
      domains_({max_domains, max_mappings}),
      tlb_(iotlb_entries),
      bypass_field_(boot_bypass) {
  check_parameters();
  regions_.parse(reserved, label());
  add_queue("requestq", queue_size);
  add_queue("eventq", queue_size);
}

void Iommu::check_parameters() {
  const auto reject = [this](const ParamBase& wrong, const std::string& text) {
    diagnostics().error(wrong.where(), fmt::format("'{}' of {} {}", wrong.name(), label(), text));
  };
  if (page_size_mask == 0u) reject(page_size_mask, "is 0; expected at least one page size");
  if (input_end < input_start.get()) reject(input_end, "lies below 'input_start'");
  if (domain_end < domain_start.get()) reject(domain_end, "lies below 'domain_start'");
}

void Iommu::resolve() {
  for (Model* above = parent(); above && !bridge_; above = above->parent())
    bridge_ = dynamic_cast<DmaTranslationPoint*>(above);
  if (!bridge_)
    throw ConfigError(node().where(), fmt::format("{} has no host bridge above it; expected it "
                                                  "below a pci-host",
                                                  label()));
  bridge_->attach_translator(*this, *this);
  const auto* messages = platform().find_first<MsiController>();
  if (const auto doorbells = messages ? messages->doorbells() : std::nullopt;
      doorbells && msi_region && !regions_.has_msi() &&
      !regions_.add({doorbells->first, doorbells->last, ReservedMemory::Msi}))
    throw ConfigError(
        reserved.where(),
        fmt::format("'reserved' of {} covers the doorbells for messages, {} to {}; "
                    "expected other addresses, or 'msi_region' to be false",
                    label(), format_hex(doorbells->first), format_hex(doorbells->last)));
  properties_ = regions_.properties();
  if (properties_.size() > probe_size)
    throw ConfigError(probe_size.where(),
                      fmt::format("'probe_size' of {} is {}; expected at least {} for its regions",
                                  label(), probe_size.get(), properties_.size()));
  properties_.resize(probe_size);
}

FeatureSet Iommu::device_features() const {
  FeatureSet features{kIommuInputRange, kIommuDomainRange, kIommuMapUnmap};
  features.set(kIommuBypass, bypass == Bypass::Negotiated);
  features.set(kIommuProbe, probe);
  features.set(kIommuMmio, mmio);
  features.set(kIommuBypassConfig, bypass == Bypass::Config);
  return features;
}

// ---- configuration ----------------------------------------------------------------------------

IommuConfig Iommu::config() const {
  IommuConfig config{};
  config.page_size_mask = page_size_mask;
  config.input_start = input_start;
  config.input_end = input_end;
  config.domain_start = domain_start;
  config.domain_end = domain_end;
  config.probe_size = probe ? probe_size.get() : 0;
  config.bypass = bypass == Bypass::Config && bypass_field_;
  return config;
}

void Iommu::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  const IommuConfig now = config();
  std::memcpy(to, reinterpret_cast<const std::uint8_t*>(&now) + offset, bytes);
}

void Iommu::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  constexpr std::size_t kAt = offsetof(IommuConfig, bypass);
  if (!has(kIommuBypassConfig) || offset > kAt || kAt - offset >= bytes) return;
  const std::uint8_t value = from[kAt - offset];
  if (value > 1 || (value != 0) == bypass_field_) return;
  bypass_field_ = value != 0;
  everything_changed();
}

// ---- life -------------------------------------------------------------------------------------

void Iommu::reset() {
  bypass_field_ = boot_bypass;  // a reset of the device alone leaves it (5.13.4)
  VirtioDevice::reset();
}

void Iommu::on_reset() {
  faults_lost += pending_faults_.size();
  pending_faults_.clear();
  domains_.clear();
  everything_changed();
}

void Iommu::everything_changed() {
  tlb_.clear();
  if (bridge_) bridge_->translation_changed(0, ~std::uint64_t{0});
}

void Iommu::serve(unsigned index) {
  if (index == kRequestQueue) return serve_requests();
  serve_events();
}

// ---- translation ------------------------------------------------------------------------------

bool Iommu::unattached_bypass() const {
  return bypass == Bypass::Config ? bypass_field_ : has(kIommuBypass);
}

bool Iommu::translate(const DmaRequest& request, DmaRange& range, sc_core::sc_time& delay) {
  const IommuDomains::Domain* domain = domains_.domain_of(request.requester_id);
  if (domain ? domain->bypass() : unattached_bypass()) {
    range = {0, ~std::uint64_t{0}, 0, true, true};
    return true;
  }
  if (!domain)
    return refuse(request, exists(request.requester_id) ? IommuFaultReason::Domain
                                                        : IommuFaultReason::Unknown);
  if (const IommuRegion* region = regions_.find(request.address)) {
    // Messages are writes; nothing else comes through, whatever lies there (5.13.6.6.1).
    const bool is_msi = region->subtype == ReservedMemory::Msi;
    range = {region->first, region->last, region->first, false, is_msi};
  } else if (const auto* mapping = domain->find(request.address)) {
    const std::uint32_t flags = mapping->second.flags;
    range = {mapping->first, mapping->second.last, mapping->second.target, (flags & kMapRead) != 0,
             (flags & kMapWrite) != 0};
    if (platform().timed() && !request.is_probe) add_walk(*domain, request.address, range, delay);
  } else {
    return refuse(request, IommuFaultReason::Mapping);
  }
  return range.allows(request.is_write) || refuse(request, IommuFaultReason::Mapping);
}

void Iommu::add_walk(const IommuDomains::Domain& domain, std::uint64_t address,
                     const DmaRange& range, sc_core::sc_time& delay) {
  if (tlb_.lookup(domain.id(), address)) {
    ++iotlb_hits;
    return;
  }
  ++iotlb_misses;
  delay += walk_latency;
  const IommuPage page =
      largest_page(page_size_mask, address, range.first, range.last, range.target);
  tlb_.insert(domain.id(), page.first, page.last);
}

// ---- faults -----------------------------------------------------------------------------------

bool Iommu::refuse(const DmaRequest& request, IommuFaultReason reason) {
  if (request.is_probe) return false;
  ++faults;
  if (!driver_ok() || pending_faults_.size() >= max_faults) {
    ++faults_lost;
    return false;
  }
  IommuFault fault{};
  fault.reason = static_cast<std::uint8_t>(reason);
  fault.flags = kFaultAddress | (request.is_write ? kFaultWrite : kFaultRead);
  fault.endpoint = request.requester_id;
  fault.address = request.address;
  pending_faults_.push_back(fault);
  queue(kEventQueue).poke();
  return false;
}

void Iommu::serve_events() {
  while (!pending_faults_.empty()) {
    ChainPtr buffer = queue(kEventQueue).pop();
    if (pending_faults_.empty()) break;  // reset while memory was waited for
    const IommuFault fault = pending_faults_.front();
    pending_faults_.pop_front();
    if (!buffer) {
      ++faults_lost;  // no buffer: dropped, as the specification allows (5.13.6.8)
      continue;
    }
    const bool told = buffer->write(0, &fault, sizeof fault);
    if (!told) ++faults_lost;
    queue(kEventQueue).push(std::move(buffer), told ? sizeof fault : 0);
  }
}

}  // namespace ringside::virtio
