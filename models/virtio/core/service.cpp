// SPDX-License-Identifier: Apache-2.0
#include "virtio/core/service.h"

#include <algorithm>

#include "kit/platform.h"

namespace ringside::virtio {

using sc_core::sc_time;
using sc_core::SC_US;

// An SSD of the data sheets of the years around 2020 (4 KiB reads 80 us, writes into its buffer
// 20 us, 3.2 GB/s), and a cable of 10 Gbit/s.
ServiceModel::Preset ServiceModel::preset_of(const std::string& type) {
  Preset preset;
  if (type == "ssd") preset = {32, sc_time(80, SC_US), sc_time(20, SC_US), BitRate{25.6e9}};
  if (type == "wire") preset.rate = BitRate{10e9};
  return preset;
}

ServiceModel::ServiceModel(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), preset_(preset_of(context.type)), free_(channels, 0) {}

void ServiceModel::reset() {
  std::fill(free_.begin(), free_.end(), 0);
  transfer_ = Calendar();
}

sc_time ServiceModel::end_of(std::uint32_t out, std::uint32_t in) {
  const sc_time& now = sc_core::sc_time_stamp();
  if (!platform().timed()) return now;
  const auto channel = std::min_element(free_.begin(), free_.end());
  const std::uint64_t begin = std::max<std::uint64_t>(now.value(), *channel);
  std::uint64_t end = begin + (in > out ? latency_in : latency_out).get().value();
  const double picoseconds = std::max(in, out) * 8e12 / rate->bits_per_second;
  const auto duration = static_cast<std::uint64_t>(picoseconds + 0.5);
  end = transfer_.book(end, duration) + duration;
  *channel = end;
  ++requests_served;
  busy += end - begin;
  waiting.record((begin - now.value()) / 1000);
  return sc_time::from_value(end);
}

void register_services(Registry& registry) {
  registry.add<ServiceModel, ServiceModel>("service", "no time: a starting point for your own");
  registry.add<ServiceModel, ServiceModel>("ssd", "flash without seeks: 32 channels, 25.6 Gbit/s");
  registry.add<ServiceModel, ServiceModel>("wire",
                                           "a cable that what is sent has to pass: 10 Gbit/s");
}

}  // namespace ringside::virtio
