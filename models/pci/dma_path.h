// SPDX-License-Identifier: Apache-2.0
// The last part of the way that DMA of PCI functions takes: through an IOMMU, if the platform has
// one, and onto the processor's bus.
//
// Who is translated is in the access's TransactionTag: the requester id says for whom, and
// `physical` that it is for nobody. Direct pointers are granted for what one mapping covers, with
// the mapping's permissions, and taken back by whoever changes mappings (DmaTranslationPoint).
#pragma once

#include "kit/dma_translation.h"
#include "kit/port.h"
#include "kit/tag.h"

namespace ringside::pci {

class DmaPath {
 public:
  explicit DmaPath(InitiatorPort& port) : port_(port) {}

  void set_translator(DmaTranslator* translator) { translator_ = translator; }
  DmaTranslator* translator() const { return translator_; }

  /// An access with any length; one that crosses mappings is done in parts, in order, until one
  /// fails. What may not be done gets TLM_ADDRESS_ERROR_RESPONSE.
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned debug(tlm::tlm_generic_payload& payload);

 private:
  /// The tag of an access that has to be translated, else nullptr.
  const TransactionTag* to_translate(const tlm::tlm_generic_payload& payload) const {
    if (!translator_) return nullptr;
    const auto* tag = payload.get_extension<TransactionTag>();
    return tag && !tag->physical ? tag : nullptr;
  }
  void transport_parts(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                       const TransactionTag& tag);

  InitiatorPort& port_;
  DmaTranslator* translator_ = nullptr;
};

}  // namespace ringside::pci
