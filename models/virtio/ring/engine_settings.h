// SPDX-License-Identifier: Apache-2.0
// How the engine that walks a device's rings works: what it fetches at once, how long it takes,
// when it publishes and when it interrupts. In functional mode engines are ideal: the defaults.
#pragma once

#include <systemc>

#include "kit/dma.h"

namespace ringside::virtio {

struct EngineSettings {
  static constexpr unsigned kMaxPrefetch = 16;
  static constexpr unsigned kMaxHeads = 32;

  unsigned outstanding_reads = DmaPort::kMaxOutstanding;  ///< of payload, under way at once
  unsigned descriptor_prefetch = 1;  ///< descriptors fetched in one read, 1 to kMaxPrefetch
  unsigned avail_batch = kMaxHeads;  ///< entries of the available ring in one read, 1 to kMaxHeads
  bool publish_each = false;         ///< before the next request is looked for
  unsigned used_batch = 1;           ///< requests that are waited for before they are published
  sc_core::sc_time used_delay;       ///< but no longer than this after the first was done
  unsigned interrupt_batch = 1;      ///< requests that are waited for before an interrupt
  sc_core::sc_time interrupt_delay;  ///< but no longer than this after the first was published
  sc_core::sc_time wake_time;        ///< from a doorbell to the first access, of an engine at rest
  sc_core::sc_time request_time;     ///< work for each request that is taken
  sc_core::sc_time publish_time;     ///< work for each batch that is published
};

}  // namespace ringside::virtio
