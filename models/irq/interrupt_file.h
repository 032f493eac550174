// SPDX-License-Identifier: Apache-2.0
// The logic of one IMSIC interrupt file (RISC-V Advanced Interrupt Architecture 1.0, chapter 3),
// apart from the bus. No SystemC model in this file.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kit/irq.h"

namespace ringside {

/// Identities 1 to `ids`; lower numbers have higher priority. Delivery through a PLIC or APLIC
/// (eidelivery = 0x40000000) is not offered.
class ImsicFile final : public InterruptFile {
 public:
  static constexpr unsigned kMaxIds = 2047;

  /// `ids` is one less than a multiple of 64, at most kMaxIds (3.1).
  explicit ImsicFile(unsigned ids);
  /// Called when the signal to the hart changes.
  void on_signal(std::function<void(bool)> handler) { signal_call_ = std::move(handler); }
  void reset();

  /// A message: makes an identity pending. Identities that don't exist are ignored.
  void set_pending(std::uint32_t identity);

  bool read(unsigned select, std::uint64_t& value) override;
  bool write(unsigned select, std::uint64_t value) override;
  std::uint32_t top() const override { return top_; }
  void claim() override;

  unsigned ids() const { return ids_; }

 private:
  void update();

  unsigned ids_;
  std::vector<std::uint64_t> pending_;
  std::vector<std::uint64_t> enabled_;
  bool delivery_ = false;
  std::uint32_t threshold_ = 0;
  std::uint32_t top_ = 0;
  bool signal_ = false;
  std::function<void(bool)> signal_call_;
};

}  // namespace ringside
