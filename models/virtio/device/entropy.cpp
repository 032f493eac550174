// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/entropy.h"

#include <algorithm>

namespace ringside::virtio {

Entropy::Entropy(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  add_queue("requestq", queue_size);
  bytes_.resize(4096);
  if (backend) backend->on_ready([this] { wake(); });
  SC_HAS_PROCESS(Entropy);
  SC_METHOD(wake);
  sensitive << period_over_;
  dont_initialize();
}

void Entropy::on_reset() {
  waiting_.reset();
  given_ = 0;
  period_start_ = sc_core::sc_time_stamp();
}

void Entropy::serve(unsigned index) {
  Virtqueue& requests = queue(index);
  for (;;) {
    if (!waiting_) waiting_ = requests.pop();
    if (!waiting_ || !answer(*waiting_)) return;
  }
}

bool Entropy::answer(DescriptorChain& request) {
  const std::uint64_t wanted =
      std::min<std::uint64_t>(request.writable_bytes(), max_request->bytes);
  const std::uint64_t allowed = std::min(wanted, allowance());
  std::uint64_t done = 0;
  while (done < allowed) {
    const std::size_t got =
        backend->take(bytes_.data(), std::min<std::uint64_t>(bytes_.size(), allowed - done));
    if (got == 0) break;
    if (!request.write(done, bytes_.data(), got)) break;
    done += got;
  }
  if (!request.alive()) {  // reset while it was being answered
    waiting_.reset();
    return true;
  }
  // At least one byte must be given (5.4.6.1), unless the driver left no room at all.
  if (done == 0 && wanted != 0) return false;
  given_ += done;
  queue(kRequestQueue).push(std::move(waiting_), static_cast<std::uint32_t>(done));
  return true;
}

std::uint64_t Entropy::allowance() {
  const std::uint64_t limit = rate_bytes->bytes;
  if (limit == 0) return ~std::uint64_t{0};
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (now - period_start_ >= rate_period.get()) {
    period_start_ = now;
    given_ = 0;
  }
  if (given_ >= limit) period_over_.notify(period_start_ + rate_period.get() - now);
  return limit - std::min(limit, given_);
}

}  // namespace ringside::virtio
