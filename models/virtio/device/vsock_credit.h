// SPDX-License-Identifier: Apache-2.0
// Buffer space of one connection (virtio 1.4, section 5.10.6.4). Counters are free-running and 32
// bits wide, so only differences mean anything.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringside::virtio {

/// What the driver has room for.
class VsockSendCredit {
 public:
  /// What a packet of the driver says. False if it says that it has forwarded more than it was
  /// sent, or less than it said before: the size of the buffer counts, the counter does not. (Linux
  /// stamps packets before it queues them, so an older counter may come after a newer one.)
  bool update(std::uint32_t buf_alloc, std::uint32_t fwd_cnt) {
    buf_alloc_ = buf_alloc;
    if (sent_ - fwd_cnt > in_flight()) return false;
    forwarded_ = fwd_cnt;
    return true;
  }
  void sent(std::uint32_t bytes) { sent_ += bytes; }
  std::uint32_t in_flight() const { return sent_ - forwarded_; }
  /// A driver may shrink its buffer below what is on its way.
  std::uint32_t free() const { return buf_alloc_ - std::min(buf_alloc_, in_flight()); }
  std::uint32_t buf_alloc() const { return buf_alloc_; }

 private:
  std::uint32_t sent_ = 0;  // tx_cnt
  std::uint32_t forwarded_ = 0;
  std::uint32_t buf_alloc_ = 0;
};

/// What the device has room for.
class VsockReceiveCredit {
 public:
  explicit VsockReceiveCredit(std::uint32_t buf_alloc) : buf_alloc_(buf_alloc) {}
  std::uint32_t buf_alloc() const { return buf_alloc_; }
  /// Bytes received and not forwarded.
  std::uint32_t held() const { return received_ - forwarded_; }
  std::uint32_t free() const { return buf_alloc_ - held(); }
  /// At most free() bytes have come.
  void received(std::uint32_t bytes) { received_ += bytes; }
  void forwarded(std::uint32_t bytes) { forwarded_ += std::min(bytes, held()); }
  /// The value for a packet, which tells the driver.
  std::uint32_t tell() {
    told_ = forwarded_;
    return told_;
  }
  /// The driver should be told: a quarter of the buffer is free and it does not know, or it
  /// believes that less than a quarter is free. So it never waits without cause.
  bool worth_telling() const {
    const std::uint32_t untold = forwarded_ - told_;
    const std::uint32_t believed = buf_alloc_ - (received_ - told_);
    return untold != 0 && (untold >= buf_alloc_ / 4 || believed < buf_alloc_ / 4);
  }

 private:
  std::uint32_t buf_alloc_;
  std::uint32_t received_ = 0;
  std::uint32_t forwarded_ = 0;  // fwd_cnt
  std::uint32_t told_ = 0;
};

}  // namespace ringside::virtio
