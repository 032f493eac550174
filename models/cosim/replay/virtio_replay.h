// SPDX-License-Identifier: Apache-2.0
// A log played to a virtio function in a platform: stands where a monitor does, and is the driver
// and the memory of the device. The platform needs no processor. With `accuracy: timed` accesses go
// to the bus as well, for the time that links and memory take; what they bring is the log's. What
// the function does beyond its device (messages) goes nowhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cosim/log/waves.h"
#include "cosim/replay/pace.h"
#include "cosim/replay/player.h"
#include "virtio/core/device.h"
#include "virtio/core/observer.h"

namespace ringside::pci {
class Link;
}
namespace ringside::virtio {
class VirtioPci;
}

namespace ringside::cosim {

class VirtioReplay final : public virtio::TransportMonitor {
 public:
  VirtioReplay(const sc_core::sc_module_name& name, const ModelContext& context);

  Param<FilePath> log{this, "log", required, "what a 'virtio-monitor' has recorded with all data"};
  Param<bool> check{this, "check", false, "judge the device by rules and reference as well"};
  Param<FilePath> waves{this, "waves", FilePath{}, "FST file for all transactions"};
  Param<FilePath> mismatch{
      this, "mismatch", FilePath{},
      "FST file for the transactions around the first difference; written only "
      "if there is one. If not given: the log's name and '.fst'"};
  Param<sc_core::sc_time> patience{
      this, "patience", sc_core::sc_time(1, sc_core::SC_SEC),
      Range<sc_core::sc_time>{sc_core::SC_ZERO_TIME, sc_core::sc_time(1000, sc_core::SC_SEC)},
      "simulated time after which a device that does not do what the "
      "log has next is said to stand still"};
  Param<sc_core::sc_time> early{this, "early", sc_core::sc_time(1, sc_core::SC_MS),
                                "simulated time for which an access may wait for a register access "
                                "that the log has before it"};

  Counter records{this, "records", "count", "records played"};
  Counter differences{this, "differences", "count", "where the device did something else"};
  Counter findings{this, "findings", "count", "rules broken, if asked for"};

  void watch(virtio::VirtioEndpoint& device, virtio::Transport& transport, DmaPort& dma) override;
  void on_register(bool, std::uint64_t, std::uint64_t, unsigned) override {}
  void on_notification(unsigned queue) override;

  const ReplayOutcome& outcome() const { return player_->outcome(); }

 private:
  /// The device's memory.
  class Memory final : public DmaInterface {
   public:
    explicit Memory(VirtioReplay& replay) : replay_(replay) {}
    DmaStatus read(std::uint64_t address, void* to, std::size_t bytes,
                   const TransactionTag& tag) override;
    DmaStatus write(std::uint64_t address, const void* from, std::size_t bytes,
                    const TransactionTag& tag) override;
    DmaStatus read_all(const DmaSegment* segments, std::size_t count, const TransactionTag& tag,
                       unsigned outstanding) override;
    DmaStatus write_all(const DmaSegment* segments, std::size_t count, const TransactionTag& tag,
                        unsigned outstanding) override;
    DmaStatus send(std::uint64_t address, const void* from, std::size_t bytes,
                   const TransactionTag& tag, sc_core::sc_time& delay) override;
    DmaStatus read_after(const sc_core::sc_time& delay, const DmaSegment* segments,
                         std::size_t count, const TransactionTag& tag,
                         unsigned outstanding) override;

   private:
    VirtioReplay& replay_;
  };
  struct Held {
    const Transaction* access;
    std::uint64_t since;
  };

  DmaStatus move(Kind kind, const DmaSegment* segments, std::size_t count,
                 const TransactionTag& tag, std::size_t& done);
  void pass_time_of_reads(const sc_core::sc_time& delay, const DmaSegment* segments,
                          std::size_t count, const TransactionTag& tag, unsigned outstanding);
  bool passes_time() const;
  DmaStatus access(const Transaction& access, std::uint8_t* to);
  DmaStatus perform(const Transaction& access, std::uint8_t* to);
  bool may_wait() const;
  bool is_due();
  sc_core::sc_time until_due();
  const Transaction* oldest_held() const { return held_.empty() ? nullptr : held_.front().access; }
  void play();
  void wait_for_device();
  void access_register();
  void read_register(const Transaction& record);
  void write_register(const Transaction& record);
  void set_up_function();
  void enable_msix();
  void write_config(unsigned offset, unsigned bytes, std::uint32_t value);
  std::uint64_t read_device(const Transaction& record);
  void transport(tlm::tlm_generic_payload& payload, TransactionTag& tag);
  void pass_links(std::size_t from, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void moved() { moved_.notify(sc_core::SC_ZERO_TIME); }

  void start_of_simulation() override;
  void refresh_statistics() override;
  void finish() override;
  void end_run();

  std::unique_ptr<Player> player_;  // none while it is described
  Pace pace_;
  virtio::VirtioPci* function_ = nullptr;
  Memory memory_{*this};
  std::vector<pci::Link*> links_;
  std::unique_ptr<Waves> waves_;
  std::unique_ptr<WaveWindow> window_;
  sc_core::sc_event moved_;
  sc_core::sc_process_handle driver_;  // of play()
  std::vector<Held> held_;  // accesses that wait for their turn, in the order in which they came
};

}  // namespace ringside::cosim
