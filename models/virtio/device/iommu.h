// SPDX-License-Identifier: Apache-2.0
// The IOMMU device (virtio 1.4, section 5.13): translates the addresses of the functions that share
// its host bridge. Endpoint ids are PCI requester ids.
#pragma once

#include <deque>
#include <vector>

#include "kit/dma_translation.h"
#include "virtio/core/device.h"
#include "virtio/device/iommu_domains.h"
#include "virtio/device/iommu_protocol.h"
#include "virtio/device/iommu_regions.h"
#include "virtio/device/iommu_tlb.h"

namespace ringside::virtio {

class Iommu final : public VirtioDevice, public DmaTranslator {
 public:
  enum class Bypass { Config, Negotiated, None };

  Iommu(const sc_core::sc_module_name& name, const ModelContext& context);

  void resolve() override;
  DeviceId device_id() const override { return DeviceId::Iommu; }
  std::uint32_t class_code() const override { return 0x00ff00; }
  FeatureSet device_features() const override;
  std::size_t config_bytes() const override { return sizeof(IommuConfig); }
  void read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) override;
  void write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) override;
  void serve(unsigned queue) override;
  void on_reset() override;

  // DmaTranslator
  bool translate(const DmaRequest& request, DmaRange& range, sc_core::sc_time& delay) override;
  std::string tree_name() const override { return "virtio_iommu"; }
  std::string tree_compatible() const override { return "virtio,pci-iommu"; }

  const IommuDomains& domains() const { return domains_; }

  Param<unsigned> queue_size{this, "queue_size", 256, Range<unsigned>{1, 32768},
                             "largest size of both queues"};
  Param<std::uint64_t> page_size_mask{this, "page_size_mask", ~std::uint64_t{0xfff},
                                      "page sizes, a bit each; the lowest one is what mappings are "
                                      "multiples of"};
  Param<std::uint64_t> input_start{this, "input_start", 0, "first address that can be mapped"};
  Param<std::uint64_t> input_end{this, "input_end", ~std::uint64_t{0},
                                 "last address that can be mapped"};
  Param<unsigned> domain_start{this, "domain_start", 0, "first domain number"};
  Param<unsigned> domain_end{this, "domain_end", ~0u, "last domain number"};
  Param<bool> probe{this, "probe", true, "offer PROBE"};
  Param<unsigned> probe_size{this, "probe_size", 512, Range<unsigned>{0, 65536},
                             "bytes of properties in a PROBE request"};
  Param<bool> mmio{this, "mmio", true, "offer MMIO"};
  Choice<Bypass> bypass{
      this,
      "bypass",
      {{"config", Bypass::Config}, {"negotiated", Bypass::Negotiated}, {"none", Bypass::None}},
      Bypass::Config,
      "what endpoints without a domain may do: as the configuration field says "
      "(BYPASS_CONFIG), all if the driver accepts the deprecated BYPASS, nothing"};
  Param<bool> boot_bypass{this, "boot_bypass", true,
                          "the configuration field `bypass` after power-on"};
  Param<bool> msi_region{
      this, "msi_region", true,
      "let messages pass untranslated to the doorbells of the platform's message "
      "controller, and say so in a RESV_MEM property"};
  Param<Node> reserved{this, "reserved", Node(),
                       "further RESV_MEM properties: a map from any name to {start, end, subtype}, "
                       "subtype 'reserved' or 'msi'"};
  Param<unsigned> max_domains{this, "max_domains", 65536, Range<unsigned>{1, 1 << 20},
                              "more domains are refused with NOMEM"};
  Param<unsigned> max_mappings{this, "max_mappings", 1 << 20, Range<unsigned>{1, 1 << 26},
                               "more mappings, in all domains together, are refused with NOMEM"};
  Param<unsigned> max_faults{this, "max_faults", 64, Range<unsigned>{1, 65536},
                             "fault reports that wait to be written; further ones are lost"};
  Param<unsigned> iotlb_entries{this, "iotlb_entries", 64, Range<unsigned>{0, 4096},
                                "pages that are remembered (accuracy: timed)"};
  Param<sc_core::sc_time> walk_latency{
      this, "walk_latency", sc_core::sc_time(100, sc_core::SC_NS),
      "what finding a page that is not remembered takes (accuracy: "
      "timed)"};

  Counter maps{this, "maps", "count", "mappings made"};
  Counter unmaps{this, "unmaps", "count", "UNMAP requests that succeeded"};
  Counter faults{this, "faults", "count", "accesses refused"};
  Counter faults_lost{this, "faults_lost", "count",
                      "faults that were not reported: no driver, no buffer, or too many at once"};
  Counter iotlb_hits{this, "iotlb_hits", "count",
                     "translations of remembered pages (accuracy: timed)"};
  Counter iotlb_misses{this, "iotlb_misses", "count",
                       "translations that had to be found (accuracy: timed)"};

 private:
  static constexpr unsigned kRequestQueue = 0;
  static constexpr unsigned kEventQueue = 1;

  // requests (iommu_requests.cpp)
  void serve_requests();
  /// Bytes written to the request's writable part.
  std::uint32_t serve_request(DescriptorChain& request);
  std::uint32_t serve_probe(DescriptorChain& request);
  template <typename T>
  std::uint32_t answer(DescriptorChain& request, IommuStatus (Iommu::*handler)(const T&));
  std::uint32_t write_tail(DescriptorChain& request, std::uint32_t at, IommuStatus status);
  IommuStatus attach(const IommuAttach& request);
  IommuStatus detach(const IommuDetach& request);
  IommuStatus map(const IommuMap& request);
  IommuStatus unmap(const IommuUnmap& request);
  bool exists(std::uint32_t endpoint) const;

  // faults
  void serve_events();
  bool refuse(const DmaRequest& request, IommuFaultReason reason);

  void reset() override;
  void check_parameters();
  IommuConfig config() const;
  bool unattached_bypass() const;
  std::uint64_t granule() const { return page_size_mask & (~page_size_mask.get() + 1); }
  void everything_changed();
  void add_walk(const IommuDomains::Domain& domain, std::uint64_t address, const DmaRange& range,
                sc_core::sc_time& delay);

  IommuDomains domains_;
  IommuRegions regions_;
  IommuTlb tlb_;
  DmaTranslationPoint* bridge_ = nullptr;
  bool bypass_field_ = false;
  std::deque<IommuFault> pending_faults_;
  std::vector<std::uint8_t> properties_;  // filled up to probe_size
};

}  // namespace ringside::virtio
