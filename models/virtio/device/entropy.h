// SPDX-License-Identifier: Apache-2.0
// The entropy device (virtio 1.4, section 5.4): one queue, no features, no configuration space.
#pragma once

#include "backend/entropy_source.h"
#include "virtio/core/device.h"

namespace ringside::virtio {

class Entropy final : public VirtioDevice {
 public:
  Entropy(const sc_core::sc_module_name& name, const ModelContext& context);

  DeviceId device_id() const override { return DeviceId::Entropy; }
  std::uint32_t class_code() const override { return 0x00ff00; }
  void read_config(std::size_t, std::uint8_t*, std::size_t) override {}
  void serve(unsigned queue) override;
  void on_reset() override;
  void on_queue_reset(unsigned) override { waiting_.reset(); }
  void on_suspend() override {
    if (waiting_) queue(kRequestQueue).unpop(std::move(waiting_));
  }

  Param<unsigned> queue_size{this, "queue_size", 8, Range<unsigned>{1, 32768},
                             "largest size of the request queue"};
  Param<Size> max_request{
      this, "max_request", Size{64 << 10}, Range<Size>{Size{1}, Size{1ull << 32}},
      "most bytes given to one request; the device may give less than asked (5.4.6.2)"};
  Param<Size> rate_bytes{this, "rate_bytes", Size{0}, "most bytes per rate_period; 0 for no limit"};
  Param<sc_core::sc_time> rate_period{this, "rate_period", sc_core::sc_time(1, sc_core::SC_SEC),
                                      "period of the rate limit"};
  ChildSlot<backend::EntropySource> backend{this, "backend", "seeded", "where the bytes come from"};

 private:
  static constexpr unsigned kRequestQueue = 0;

  /// Bytes that the rate limit still allows in this period; arranges a wake-up if there are none.
  std::uint64_t allowance();
  /// Gives up to `bytes` bytes to the request and says how many.
  std::uint64_t fill(DescriptorChain& request, std::uint64_t bytes);
  void wake() { queue(kRequestQueue).poke(); }

  ChainPtr waiting_;  // taken from the ring, but no bytes were there
  sc_core::sc_event period_over_;
  sc_core::sc_time period_start_;
  std::uint64_t given_ = 0;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace ringside::virtio
