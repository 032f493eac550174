// SPDX-License-Identifier: Apache-2.0
// Translation of the addresses that devices use: what an IOMMU is to the bridge that DMA passes,
// and the bridge to it. Neither knows what the other is.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>

namespace ringside {

class Model;

/// What a device asks for.
struct DmaRequest {
  std::uint16_t requester_id = 0;
  std::uint64_t address = 0;
  bool is_write = false;
  /// Nobody has accessed anything yet (a direct pointer is asked for): no fault, no time.
  bool is_probe = false;
};

/// Device addresses first to last (inclusive) go to physical addresses from `target` on.
struct DmaRange {
  std::uint64_t first = 0;
  std::uint64_t last = ~std::uint64_t{0};
  std::uint64_t target = 0;
  bool may_read = false;
  bool may_write = false;

  std::uint64_t to_target(std::uint64_t address) const { return address - first + target; }
  std::uint64_t to_device(std::uint64_t physical) const { return physical - target + first; }
  bool allows(bool is_write) const { return is_write ? may_write : may_read; }
};

/// An IOMMU.
class DmaTranslator {
 public:
  virtual ~DmaTranslator() = default;
  /// The range that holds the address; false if the device may not make this access, which has been
  /// reported then. Adds what looking up costs to `delay`. Must not wait.
  virtual bool translate(const DmaRequest& request, DmaRange& range, sc_core::sc_time& delay) = 0;
  /// Name of the device tree node ("virtio_iommu") and its first compatible string.
  virtual std::string tree_name() const = 0;
  virtual std::string tree_compatible() const = 0;
};

/// Where DMA can be translated: a bridge. A translator finds it among the models above its own.
class DmaTranslationPoint {
 public:
  virtual ~DmaTranslationPoint() = default;
  /// Makes all devices below go through the translator, but for the one that `translator_model` is
  /// part of. Once, before the simulation; throws ConfigError where it can't be.
  virtual void attach_translator(DmaTranslator& translator, const Model& translator_model) = 0;
  /// True if such a device is there now and goes through the translator.
  virtual bool has_requester(std::uint16_t requester_id) const = 0;
  /// What device addresses first to last (inclusive) mean has changed: direct pointers that devices
  /// hold there are no longer good.
  virtual void translation_changed(std::uint64_t first, std::uint64_t last) = 0;
};

}  // namespace ringside
