// SPDX-License-Identifier: Apache-2.0
#include "driver/loopback.h"

#include <algorithm>
#include <cstring>

namespace ringside::test {

Loopback::Loopback(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  for (unsigned i = 0; i < queues; ++i) add_queue("q" + std::to_string(i), queue_size);
  done_.resize(queues);
  later_.resize(queues);
  SC_HAS_PROCESS(Loopback);
  SC_METHOD(finish_later);
  sensitive << later_event_;
  dont_initialize();
}

void Loopback::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::memcpy(to, config + offset, bytes);
}

void Loopback::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  std::memcpy(config + offset, from, bytes);
}

void Loopback::on_reset() {
  ++resets;
  for (auto& list : done_) list.clear();
  for (auto& list : later_) list.clear();
}

void Loopback::on_queue_reset(unsigned index) {
  ++queue_resets;
  done_[index].clear();
  later_[index].clear();
}

std::uint32_t Loopback::handle(virtio::DescriptorChain& chain) {
  const std::uint32_t bytes = std::min(chain.readable_bytes(), chain.writable_bytes());
  // Not a member: other queues' threads run while this one waits.
  std::vector<std::uint8_t> data(bytes);
  if (!chain.read(0, data.data(), bytes)) {
    ++failures;
    return 0;
  }
  for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(~byte);
  if (!chain.write(0, data.data(), bytes)) {
    ++failures;
    return 0;
  }
  return bytes;
}

void Loopback::serve(unsigned index) {
  if (instead && instead(index)) return;
  virtio::Virtqueue& q = queue(index);
  while (virtio::ChainPtr chain = q.pop()) {
    if (service_time != sc_core::SC_ZERO_TIME) sc_core::wait(service_time);
    const std::uint32_t written = handle(*chain);
    if (!driver_ok()) return;
    switch (order) {
      case Order::AtOnce:
        q.push(std::move(chain), written);
        q.flush();
        break;
      case Order::Together:
        q.push(std::move(chain), written);
        break;
      case Order::Reversed:
        done_[index].push_back({std::move(chain), written});
        break;
      case Order::Later:
        later_[index].push_back({std::move(chain), written});
        later_event_.notify(sc_core::sc_time(100, sc_core::SC_NS));
        break;
    }
  }
  auto& done = done_[index];
  for (auto d = done.rbegin(); d != done.rend(); ++d) q.push(std::move(d->chain), d->written);
  done.clear();
}

void Loopback::finish_later() {
  for (unsigned i = 0; i < queues; ++i) {
    auto& list = later_[i];
    for (std::size_t k = list.size(); k > 1; --k) {
      random_ = random_ * 1664525u + 1013904223u;
      std::swap(list[k - 1], list[random_ % k]);
    }
    for (Done& d : list) queue(i).push(std::move(d.chain), d.written);
    if (!list.empty()) queue(i).poke();
    list.clear();
  }
}

void register_loopback(Registry& registry) {
  registry.add<Model, Loopback>("loopback", "gives back what it is given, inverted");
  virtio::register_engines(registry);
  virtio::register_services(registry);
}

}  // namespace ringside::test
