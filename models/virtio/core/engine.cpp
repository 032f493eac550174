// SPDX-License-Identifier: Apache-2.0
#include "virtio/core/engine.h"

#include <fmt/format.h>

#include <array>

#include "kit/platform.h"

namespace ringside::virtio {

namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::SC_US;

struct Preset {
  const char* type;
  const char* doc;
  EngineSettings settings;
};

/// The times are of the order that such engines have; they are starting points to measure against,
/// not measurements. A host thread's wake-up, which depends on the hypervisor, is the exit
/// profile's.
const std::array<Preset, 5>& presets() {
  static const std::array<Preset, 5> all = [] {
    std::array<Preset, 5> p{{{"ideal", "takes no time, and everything at once", {}},
                             {"software-backend", "a host thread that copies with its loads", {}},
                             {"vhost", "a kernel thread of the host", {}},
                             {"smartnic", "hard-wired engine of a network card or DPU", {}},
                             {"fpga", "engine in programmable logic at about 250 MHz", {}}}};
    EngineSettings& software = p[1].settings;
    software.outstanding_reads = 1;
    software.request_time = sc_time(400, SC_NS);
    software.publish_time = sc_time(150, SC_NS);
    EngineSettings& vhost = p[2].settings;
    vhost.outstanding_reads = 1;
    vhost.request_time = sc_time(150, SC_NS);
    vhost.publish_time = sc_time(80, SC_NS);
    EngineSettings& smartnic = p[3].settings;
    smartnic.outstanding_reads = 64;
    smartnic.descriptor_prefetch = 8;
    smartnic.wake_time = sc_time(50, SC_NS);
    smartnic.request_time = sc_time(10, SC_NS);
    smartnic.publish_time = sc_time(10, SC_NS);
    EngineSettings& fpga = p[4].settings;
    fpga.outstanding_reads = 16;
    fpga.descriptor_prefetch = 4;
    fpga.avail_batch = 16;
    fpga.wake_time = sc_time(100, SC_NS);
    fpga.request_time = sc_time(60, SC_NS);
    fpga.publish_time = sc_time(40, SC_NS);
    return p;
  }();
  return all;
}

EngineSettings preset_of(const std::string& type) {
  for (const Preset& preset : presets())
    if (type == preset.type) return preset.settings;
  return {};
}

}  // namespace

QueueEngine::QueueEngine(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), preset_(preset_of(context.type)) {
  check(used_batch, used_delay);
  check(interrupt_batch, interrupt_delay);
  if (!platform().timed()) return;
  settings_.outstanding_reads = outstanding_reads;
  settings_.descriptor_prefetch = descriptor_prefetch;
  settings_.avail_batch = avail_batch;
  settings_.publish_each = publish_each;
  settings_.used_batch = used_batch;
  settings_.used_delay = used_delay;
  settings_.interrupt_batch = interrupt_batch;
  settings_.interrupt_delay = interrupt_delay;
  settings_.wake_time = wake_time;
  settings_.request_time = request_time;
  settings_.publish_time = publish_time;
  one_at_a_time_ = shared;
}

void QueueEngine::check(const Param<unsigned>& batch, const Param<sc_core::sc_time>& delay) {
  if (batch <= 1u || delay.get() != sc_core::SC_ZERO_TIME) return;
  diagnostics().error(
      batch.where(),
      fmt::format("'{}' of {} is {}, but '{}' is 0: nothing would be waited for; expected a time "
                  "there",
                  batch.name(), label(), batch.value_text(), delay.name()));
}

void register_engines(Registry& registry) {
  for (const Preset& preset : presets())
    registry.add<QueueEngine, QueueEngine>(preset.type, preset.doc);
}

}  // namespace ringside::virtio
