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
  for (;;) {
    ChainPtr request = waiting_ ? std::move(waiting_) : queue(index).pop();
    if (!request) return;
    const std::uint64_t wanted =
        std::min<std::uint64_t>(request->writable_bytes(), max_request->bytes);
    const std::uint64_t given = fill(*request, std::min(wanted, allowance()));
    if (!request->alive()) continue;  // reset while memory was waited for
    // At least one byte must be given (5.4.6.2), unless the driver left no room at all.
    if (given == 0 && wanted != 0) {
      waiting_ = std::move(request);
      return;
    }
    given_ += given;
    queue(index).push(std::move(request), static_cast<std::uint32_t>(given));
  }
}

std::uint64_t Entropy::fill(DescriptorChain& request, std::uint64_t bytes) {
  std::uint64_t done = 0;
  while (done < bytes) {
    const std::size_t got =
        backend->take(bytes_.data(), std::min<std::uint64_t>(bytes_.size(), bytes - done));
    if (got == 0 || !request.write(done, bytes_.data(), got)) break;
    done += got;
  }
  return done;
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
