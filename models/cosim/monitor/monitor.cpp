// SPDX-License-Identifier: Apache-2.0
#include "cosim/monitor/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "cosim/check/device_settings.h"
#include "kit/platform.h"

namespace ringside::cosim {

VirtioMonitor::VirtioMonitor(const sc_core::sc_module_name& name, const ModelContext& context)
    : TransportMonitor(name, context) {
  if (on_finding == OnFinding::GoOn && exit_code.given())
    diagnostics().error(exit_code.where(),
                        fmt::format("'exit_code' of {} has no meaning with 'on_finding: go-on'; "
                                    "expected 'stop'",
                                    label()));
  SC_HAS_PROCESS(VirtioMonitor);
  SC_METHOD(end_run);
  sensitive << end_;
  dont_initialize();
}

void VirtioMonitor::watch(virtio::VirtioEndpoint& device, virtio::Transport& transport,
                          DmaPort& dma) {
  device_ = &device;
  carrier_ = &transport;
  const auto type = static_cast<unsigned>(device.device_id());
  for (unsigned queue = 0; queue < device.all_queues(); ++queue) {
    CheckSettings settings = settings_for(type, queue, device.num_queues());
    settings.predict = rules == Rules::All;
    checker_.set(queue, settings);
  }
  dma.observe(&dma_);
  stream_.add(*this);
}

/// The first transaction is the reset at power-on.
void VirtioMonitor::resolve() {
  if (!device_) return;
  try {
    if (!log->path.empty())
      log_ = std::make_unique<LogWriter>(log->path, static_cast<std::uint32_t>(log_data->bytes));
  } catch (const std::runtime_error& e) {
    throw ConfigError(log.where(),
                      fmt::format("the log of {} cannot be written: {}; expected a file "
                                  "that can be made",
                                  label(), e.what()));
  }
  if (hash || log_) hash_ = std::make_unique<StreamHash>();
  if (rules != Rules::None && !waves_path().empty())
    window_ = std::make_unique<WaveWindow>(waves_path(),
                                           std::min(device_->all_queues(), Waves::kMaxQueues),
                                           waves_before, waves_after);
}

std::string VirtioMonitor::waves_path() const {
  return waves.given() ? waves->path : parent()->path() + ".fst";
}

// ---- while it runs

void VirtioMonitor::see(const Transaction& transaction) {
  last_ = transaction.time;
  ++transactions_;
  switch (transaction.kind) {
    case Kind::RegisterRead:
    case Kind::RegisterWrite:
      ++registers;
      break;
    case Kind::DmaRead:
    case Kind::DmaWrite:
      ++accesses;
      break;
    case Kind::Interrupt:
      ++notifications;
      break;
  }
  if (log_) log_->see(transaction);
  if (hash_) hash_->see(transaction);
  if (window_) window_->see(transaction);
  if (rules == Rules::None) return;
  checker_.see(transaction);
  if (checker_.findings().count() != reported_) report();
}

void VirtioMonitor::report() {
  const Findings& all = checker_.findings();
  const bool first = reported_ == 0;
  for (; reported_ < all.count(); ++reported_)
    if (reported_ < std::min<std::size_t>(kMostPrinted, all.kept().size()))
      print(all.kept()[reported_]);
  if (!first) return;
  mark_waves();
  if (on_finding == OnFinding::Stop && sc_core::sc_is_running()) end_.notify(linger);
}

void VirtioMonitor::print(const Finding& finding) const {
  const std::string queue =
      finding.queue < device_->all_queues() ? device_->queue_name(finding.queue) : "none";
  fmt::print(stderr, "{}: finding: {} ({}, queue {})\n", parent()->path(), finding.str(),
             device_->type(), queue);
  std::fflush(stderr);
}

void VirtioMonitor::mark_waves() {
  if (!window_) return;
  try {
    window_->mark();
    fmt::print(stderr, "{}: waves around it are in {}\n", parent()->path(), waves_path());
  } catch (const std::runtime_error& e) {
    window_.reset();
    fmt::print(stderr, "{}: waves around it cannot be written: {}\n", parent()->path(), e.what());
  }
}

void VirtioMonitor::end_run() {
  platform().request_stop(static_cast<int>(exit_code.get()),
                          fmt::format("{} found that a rule is broken: {}", label(),
                                      checker_.findings().kept().front().str()));
}

// ---- the end

void VirtioMonitor::refresh_statistics() {
  chains.set(checker_.requests());
  used_chains.set(checker_.used());
  predicted_bytes.set(checker_.predicted_bytes());
  findings.set(checker_.findings().count());
}

void VirtioMonitor::finish() {
  if (!device_) return;
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  if (rules != Rules::None && now - last_ >= quiet->value()) {
    checker_.finish();
    if (checker_.findings().count() != reported_) report();
  }
  if (!checker_.findings().empty() && on_finding == OnFinding::Stop) end_run();
  if (window_) window_->close();
  refresh_statistics();
  summarize();
}

void VirtioMonitor::summarize() {
  std::string text = fmt::format("{}: {} transactions", parent()->path(), transactions_);
  if (rules != Rules::None)
    text += fmt::format(", {} requests, {} used, {} findings", checker_.requests(), checker_.used(),
                        checker_.findings().count());
  if (hash_) text += fmt::format(", hash {:016x}", hash_->value());
  fmt::print(stderr, "{}\n", text);
  if (log_ && !log_->close())
    fmt::print(stderr, "{}: the log {} is not whole: the file could not be written\n",
               parent()->path(), log->path);
  std::fflush(stderr);
}

}  // namespace ringside::cosim
