// SPDX-License-Identifier: Apache-2.0
#include "memory/memory_path.h"

#include <fmt/format.h>

#include "kit/platform.h"
#include "kit/tag.h"
#include "kit/trace.h"

namespace ringside {

namespace {

bool is_ring(Step step) {
  switch (step) {
    case Step::AvailIndex:
    case Step::AvailRing:
    case Step::Descriptor:
    case Step::IndirectTable:
    case Step::UsedRing:
    case Step::UsedIndex:
    case Step::Suppression:
      return true;
    case Step::None:
    case Step::Payload:
    case Step::Interrupt:
    case Step::Config:
      return false;
  }
  return false;
}

}  // namespace

MemoryPath::MemoryPath(Model* owner)
    : latency(owner, "latency", sc_core::sc_time(60, sc_core::SC_NS),
              "time of an access before its first byte (timed mode, without a 'timing')"),
      bandwidth(owner, "bandwidth", BitRate{102.4e9}, Range<BitRate>{BitRate{1}, BitRate{1e15}},
                "rate at which the bytes of an access follow (timed mode, without a 'timing')"),
      timing(owner, "timing", nullptr,
             "DRAM that it is made of, instead of 'latency' and 'bandwidth' (timed mode)"),
      cache(owner, "cache", nullptr, "last-level cache that accesses pass (timed mode)"),
      owner_(*owner),
      simple_(latency, bandwidth),
      memory_(timing ? static_cast<AccessTimer&>(*timing) : simple_) {}

void MemoryPath::check_capacity(const ParamBase& size, std::uint64_t bytes) const {
  if (!timing || timing->diagnostics().failed() || bytes <= timing->capacity()) return;
  timing->diagnostics().error(
      size.where(),
      fmt::format("'{}' of {} is {}, but its timing stands for {}; expected at most that, or more "
                  "ranks, channels or rows",
                  size.name(), timing->parent()->label(), format_size(Size{bytes}),
                  format_size(Size{timing->capacity()})));
}

void MemoryPath::add_time(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t bytes = payload.get_data_length();
  if (bytes == 0) return;
  auto* tag = payload.get_extension<TransactionTag>();
  const std::uint64_t arrival = (sc_core::sc_time_stamp() + delay).value();
  std::uint64_t finish = 0;
  if (cache) {
    const CacheAccess access{payload.get_address(), bytes, payload.is_write(), tag != nullptr,
                             tag && is_ring(tag->step)};
    finish = cache->access(access, arrival, memory_);
  } else {
    finish = memory_.access(payload.get_address(), bytes, payload.is_write(), arrival);
  }
  if (Tracer* tracer = owner_.platform().tracer())
    tracer->busy(owner_, "accesses", payload.is_write() ? "write" : "read",
                 sc_core::sc_time::from_value(arrival), sc_core::sc_time::from_value(finish),
                 bytes);
  const sc_core::sc_time taken = sc_core::sc_time::from_value(finish - arrival);
  if (tag) tag->in_memory += taken;
  delay += taken;
}

}  // namespace ringside
