// SPDX-License-Identifier: Apache-2.0
// The checker in a platform: a child of a transport that watches the device behind it under
// whatever guest there is, says where it breaks a rule, and leaves waves and a log.
#pragma once

#include <memory>
#include <string>

#include "cosim/check/checker.h"
#include "cosim/check/observe.h"
#include "cosim/log/log.h"
#include "cosim/log/waves.h"
#include "virtio/core/device.h"

namespace ringside::cosim {

class VirtioMonitor final : public virtio::TransportMonitor, private Listener {
 public:
  VirtioMonitor(const sc_core::sc_module_name& name, const ModelContext& context);

  enum class Rules { All, Passive, None };
  Choice<Rules> rules{this,
                      "rules",
                      {{"all", Rules::All}, {"passive", Rules::Passive}, {"none", Rules::None}},
                      Rules::All,
                      "what the device is judged by: rules and the bytes that a reference "
                      "predicts, rules alone, or nothing"};
  enum class OnFinding { Stop, GoOn };
  Choice<OnFinding> on_finding{this,
                               "on_finding",
                               {{"stop", OnFinding::Stop}, {"go-on", OnFinding::GoOn}},
                               OnFinding::Stop,
                               "end the run at the first finding, or count and go on"};
  Param<unsigned> exit_code{this, "exit_code", 3, Range<unsigned>{1, 125}, "of a run that ends so"};
  Param<sc_core::sc_time> linger{this, "linger", sc_core::sc_time(100, sc_core::SC_US),
                                 "simulated time from the first finding to the end of the run, so "
                                 "that the waves show what follows"};
  Param<FilePath> waves{this, "waves", FilePath{},
                        "FST file for the transactions around the first finding; written only if "
                        "there is one. If not given: the function's path and '.fst'"};
  Param<unsigned> waves_before{this, "waves_before", 1000, Range<unsigned>{1, 1000000},
                               "transactions in it before the finding"};
  Param<unsigned> waves_after{this, "waves_after", 200, Range<unsigned>{0, 1000000},
                              "transactions in it after the finding"};
  Param<FilePath> log{this, "log", FilePath{}, "file that gets every transaction"};
  Param<Size> log_data{this, "log_data", Size{LogWriter::kMostData},
                       Range<Size>{Size{0}, Size{LogWriter::kMostData}},
                       "data of longer transactions are logged as a hash"};
  Param<bool> hash{this, "hash", false, "print the hash of all transactions; on with 'log'"};
  Param<sc_core::sc_time> quiet{this, "quiet", sc_core::sc_time(1, sc_core::SC_MS),
                                "a device without transactions for so long when the run ends is "
                                "done: what it still owes is missing"};

  Counter registers{this, "registers", "count", "register accesses"};
  Counter accesses{this, "accesses", "count", "DMA accesses"};
  Counter notifications{this, "notifications", "count", "notifications of the driver"};
  Counter chains{this, "chains", "count", "requests that the device has taken"};
  Counter used_chains{this, "used_chains", "count", "requests that it has published as used"};
  Counter predicted_bytes{this, "predicted_bytes", "bytes",
                          "bytes that the device wrote as the reference predicted"};
  Counter findings{this, "findings", "count", "rules broken"};

  void watch(virtio::VirtioEndpoint& device, virtio::Transport& transport, DmaPort& dma) override;
  void on_register(bool is_write, std::uint64_t offset, std::uint64_t value,
                   unsigned bytes) override {
    transport_.on_register(is_write, offset, value, bytes);
  }
  void on_notification(unsigned queue) override { transport_.on_notification(queue); }

  /// All that is watched, for further listeners.
  TransactionStream& stream() { return stream_; }
  const Checker& checker() const { return checker_; }

 private:
  static constexpr unsigned kMostPrinted = 10;

  void see(const Transaction& transaction) override;
  void refresh_statistics() override;
  void resolve() override;
  void finish() override;
  void report();
  void print(const Finding& finding) const;
  void mark_waves();
  void end_run();
  void summarize();
  std::string waves_path() const;

  virtio::VirtioEndpoint* device_ = nullptr;
  virtio::Transport* carrier_ = nullptr;
  TransactionStream stream_;
  DmaWatch dma_{stream_};
  TransportWatch transport_{stream_, [this] { return carrier_->requester_id(); }};
  Checker checker_;
  std::unique_ptr<LogWriter> log_;
  std::unique_ptr<StreamHash> hash_;
  std::unique_ptr<WaveWindow> window_;
  std::uint64_t reported_ = 0;
  std::uint64_t transactions_ = 0;
  std::uint64_t last_ = 0;  // time of the latest transaction, ps
  sc_core::sc_event end_;
};

}  // namespace ringside::cosim
