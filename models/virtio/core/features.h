// SPDX-License-Identifier: Apache-2.0
// Feature bits, status bits and device numbers of virtio 1.4 that all devices share.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace ringside::virtio {

/// Reserved feature bits (virtio 1.4, section 6) and the legacy ones (6.3).
enum FeatureBit : unsigned {
  kNotifyOnEmpty = 24,  ///< legacy
  kAnyLayout = 27,      ///< legacy
  kIndirectDesc = 28,
  kEventIdx = 29,
  kVersion1 = 32,
  kAccessPlatform = 33,
  kRingPacked = 34,
  kInOrder = 35,
  kOrderPlatform = 36,
  kSrIov = 37,
  kNotificationData = 38,
  kNotifConfigData = 39,
  kRingReset = 40,
  kAdminVq = 41,
  kSuspend = 43,
};

/// 128 feature bits: pages 0 to 3 of the common configuration.
class FeatureSet {
 public:
  static constexpr unsigned kBits = 128;

  constexpr FeatureSet() = default;
  constexpr FeatureSet(std::initializer_list<unsigned> bits) {
    for (unsigned bit : bits) set(bit);
  }
  constexpr bool has(unsigned bit) const {
    return bit < kBits && (words_[bit / 32] >> (bit % 32) & 1);
  }
  constexpr void set(unsigned bit, bool on = true) {
    if (bit >= kBits) return;
    const std::uint32_t mask = 1u << (bit % 32);
    words_[bit / 32] = on ? words_[bit / 32] | mask : words_[bit / 32] & ~mask;
  }
  /// 32 bits from page * 32 on; zero for pages from 4 on.
  constexpr std::uint32_t page(unsigned page) const { return page < 4 ? words_[page] : 0; }
  constexpr void set_page(unsigned page, std::uint32_t bits) {
    if (page < 4) words_[page] = bits;
  }
  constexpr FeatureSet operator|(const FeatureSet& other) const {
    return combine(other, [](auto a, auto b) { return a | b; });
  }
  constexpr FeatureSet operator&(const FeatureSet& other) const {
    return combine(other, [](auto a, auto b) { return a & b; });
  }
  /// Bits in this set that are not in the other.
  constexpr FeatureSet without(const FeatureSet& other) const {
    return combine(other, [](auto a, auto b) { return a & ~b; });
  }
  constexpr bool empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  constexpr bool operator==(const FeatureSet& other) const {
    return words_[0] == other.words_[0] && words_[1] == other.words_[1] &&
           words_[2] == other.words_[2] && words_[3] == other.words_[3];
  }
  /// "5 28 29 32"
  std::string str() const;

 private:
  template <typename F>
  constexpr FeatureSet combine(const FeatureSet& other, F f) const {
    FeatureSet result;
    for (unsigned i = 0; i < 4; ++i)
      result.words_[i] = static_cast<std::uint32_t>(f(words_[i], other.words_[i]));
    return result;
  }
  std::uint32_t words_[4] = {0, 0, 0, 0};
};

/// Device status bits (2.1).
enum Status : std::uint8_t {
  kAcknowledge = 1,
  kDriver = 2,
  kDriverOk = 4,
  kFeaturesOk = 8,
  kSuspendStatus = 16,
  kNeedsReset = 64,
  kFailed = 128,
};

/// Device numbers (section 5).
enum class DeviceId : std::uint16_t {
  Net = 1,
  Block = 2,
  Console = 3,
  Entropy = 4,
  Balloon = 5,
  Scsi = 8,
  NineP = 9,
  Gpu = 16,
  Input = 18,
  Vsock = 19,
  Iommu = 23,
  Memory = 24,
  Pmem = 27,
};

}  // namespace ringside::virtio
