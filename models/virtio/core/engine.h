// SPDX-License-Identifier: Apache-2.0
// The engine that walks a device's rings, as platforms describe it: parameters with a preset for
// each kind of engine there is. Types of one class, which differ in their defaults.
#pragma once

#include "kit/model.h"
#include "kit/registry.h"
#include "virtio/ring/engine_settings.h"

namespace ringside::virtio {

class QueueEngine final : public Model {
 public:
  static constexpr const char* kind = "engine";
  static constexpr const char* kind_doc = "what walks a virtio device's rings";

  QueueEngine(const sc_core::sc_module_name& name, const ModelContext& context);

  /// Those of an ideal engine in functional mode, where nothing takes time.
  const EngineSettings& settings() const { return settings_; }
  /// Held by a queue that works on its ring, if all queues share the engine; else nullptr.
  sc_core::sc_mutex* lock() { return one_at_a_time_ ? &lock_ : nullptr; }

 private:
  const EngineSettings preset_;  // of the type; before the parameters, which begin with it

 public:
  Param<unsigned> outstanding_reads{this, "outstanding_reads", preset_.outstanding_reads,
                                    Range<unsigned>{1, DmaPort::kMaxOutstanding},
                                    "reads of payload under way at once (behind a link)"};
  Param<unsigned> descriptor_prefetch{this, "descriptor_prefetch", preset_.descriptor_prefetch,
                                      Range<unsigned>{1, EngineSettings::kMaxPrefetch},
                                      "descriptors fetched in one read"};
  Param<unsigned> avail_batch{this, "avail_batch", preset_.avail_batch,
                              Range<unsigned>{1, EngineSettings::kMaxHeads},
                              "entries of the available ring fetched in one read"};
  Param<bool> publish_each{this, "publish_each", preset_.publish_each,
                           "publish each request before the next is looked for, not all when "
                           "none is left"};
  Param<unsigned> used_batch{this, "used_batch", preset_.used_batch, Range<unsigned>{1, 32768},
                             "requests that are collected before they are published as used"};
  Param<sc_core::sc_time> used_delay{this, "used_delay", preset_.used_delay,
                                     "longest time that a request waits to be published"};
  Param<unsigned> interrupt_batch{this, "interrupt_batch", preset_.interrupt_batch,
                                  Range<unsigned>{1, 32768},
                                  "requests that are collected before the driver is interrupted"};
  Param<sc_core::sc_time> interrupt_delay{this, "interrupt_delay", preset_.interrupt_delay,
                                          "longest time that an interrupt is held back"};
  Param<sc_core::sc_time> wake_time{
      this, "wake_time", preset_.wake_time,
      "from a notification to the first access of an engine that was at rest"};
  Param<sc_core::sc_time> request_time{this, "request_time", preset_.request_time,
                                       "work for each request that is taken"};
  Param<sc_core::sc_time> publish_time{this, "publish_time", preset_.publish_time,
                                       "work for each batch that is published"};
  Param<bool> shared{this, "shared", false,
                     "one engine for all queues of the device: it works on one ring at a time"};

 private:
  void check(const Param<unsigned>& batch, const Param<sc_core::sc_time>& delay);

  EngineSettings settings_;
  bool one_at_a_time_ = false;
  sc_core::sc_mutex lock_;
};

/// Registers the presets.
void register_engines(Registry& registry);

}  // namespace ringside::virtio
