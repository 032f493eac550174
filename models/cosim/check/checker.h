// SPDX-License-Identifier: Apache-2.0
// Judges one device by its transactions: registers, DMA, interrupts. Nothing else is needed: what
// the driver has done is learnt from what the device reads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cosim/check/reference.h"

namespace ringside::cosim {

class Checker final : public Listener, private RegisterListener {
 public:
  explicit Checker(const CheckSettings& settings = {}) : settings_(settings), registers_(*this) {}

  /// Settings of one queue instead of the device's; from the queue's next life on.
  void set(unsigned queue, const CheckSettings& settings) { of_queue_[queue] = settings; }
  void see(const Transaction& transaction) override;
  /// All is quiet: reports what should have come and has not.
  void finish();

  const Findings& findings() const { return findings_; }
  void clear_findings() { findings_.clear(); }
  std::uint64_t transactions() const { return transactions_; }
  /// Totals over all lives of all queues.
  std::uint64_t requests() const;
  std::uint64_t used() const;
  std::uint64_t predicted_bytes() const;

 private:
  enum class Life : std::uint8_t { Never, On, Ending, Ended };
  struct Queue {
    Life life = Life::Never;
    std::unique_ptr<RingReference> ring;  // nullptr while on: a layout that cannot be judged
  };

  void queue_enabled(unsigned queue, const RingSetup& setup) override;
  void queue_resetting(unsigned queue) override;
  void queue_reset(unsigned queue) override;
  void status_read(std::uint8_t status) override;
  void device_resetting() override;
  void device_reset() override;
  void notified(unsigned queue, std::uint16_t next) override;
  void notifications_hidden(unsigned queue) override;
  void dma(const Transaction& transaction);
  void interrupt(const Transaction& transaction);
  Queue* of(const Transaction& transaction);
  void retire(Queue& queue);
  void find(const Transaction& transaction, Rule rule, const char* expected);
  void learn_error(const Transaction& transaction, const Queue& queue);
  /// The device has requests to serve that came before the driver's fault.
  bool busy_before_error() const;

  /// What the device has to tell the driver by DEVICE_NEEDS_RESET and a configuration change.
  struct Error {
    Transaction at;
    std::uint64_t since = 0;  // the device has nothing else to do first
    bool of_memory = false;
    bool settled = false;   // the device has had its time
    bool notified = false;  // a configuration change has been told since
    bool judged = false;
  };

  CheckSettings settings_;
  std::map<unsigned, CheckSettings> of_queue_;
  Registers registers_;
  Findings findings_;
  std::vector<Queue> queues_;
  std::optional<Error> error_;
  bool reset_ = false;  // by the driver, and not brought up again
  Transaction last_;
  std::uint64_t transactions_ = 0;
  std::uint64_t requests_ = 0, used_ = 0, predicted_bytes_ = 0;  // of lives that are over
};

}  // namespace ringside::cosim
