// SPDX-License-Identifier: Apache-2.0
#include "cosim/log/waves.h"

#include <gtkwave/fstapi.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace ringside::cosim {

Waves::Waves(const std::string& path, unsigned queues, const std::string& top)
    : file_(fstWriterCreate(path.c_str(), 1)) {
  if (!file_) throw std::runtime_error(path + ": the file of waves cannot be made");
  fstWriterSetPackType(file_, FST_WR_PT_LZ4);
  fstWriterSetTimescaleFromString(file_, "1ps");
  fstWriterSetScope(file_, FST_ST_VCD_MODULE, top.c_str(), nullptr);
  registers_ = make("registers", false);
  for (unsigned i = 0; i < std::min(queues, kMaxQueues); ++i)
    queues_.push_back(make("queue" + std::to_string(i), true));
  fstWriterSetUpscope(file_);
}

Waves::~Waves() {
  if (begun_) fstWriterEmitTimeChange(file_, time_ + 1);
  fstWriterClose(file_);
}

Waves::Signals Waves::make(const std::string& scope, bool interrupts) {
  const auto number = [&](const char* name, unsigned bits) {
    return fstWriterCreateVar(file_, FST_VT_VCD_REG, FST_VD_IMPLICIT, bits, name, 0);
  };
  Signals s;
  fstWriterSetScope(file_, FST_ST_VCD_MODULE, scope.c_str(), nullptr);
  s.what = fstWriterCreateVar(file_, FST_VT_GEN_STRING, FST_VD_IMPLICIT, 0, "what", 0);
  s.request = number("request", 64);
  s.address = number("address", 64);
  s.length = number("length", 32);
  s.data = number("data", 64);
  s.count = number("count", 32);
  if (interrupts) s.interrupts = number("interrupts", 32);
  fstWriterSetUpscope(file_);
  return s;
}

void Waves::see(const Transaction& t) {
  Signals* s = &registers_;
  if (t.queue != Transaction::kNoQueue) {
    if (t.queue >= queues_.size()) return;
    s = &queues_[t.queue];
  }
  time_ = begun_ ? std::max(t.time, time_ + 1) : t.time;
  begun_ = true;
  fstWriterEmitTimeChange(file_, time_);
  if (t.kind == Kind::Interrupt) {
    if (s->interrupts != 0) fstWriterEmitValueChange64(file_, s->interrupts, 32, ++s->interrupted);
    return;
  }
  std::string what = to_string(t.kind);
  if (t.is_dma()) what += std::string(" ") + to_string(t.purpose);
  if (t.status != AccessStatus::Ok) what += std::string(": ") + to_string(t.status);
  fstWriterEmitVariableLengthValueChange(file_, s->what, what.data(),
                                         static_cast<std::uint32_t>(what.size()));
  std::uint64_t data = 0;
  if (t.data)
    for (std::uint32_t i = 0; i < std::min(t.length, 8u); ++i)
      data |= std::uint64_t{t.writes(i) ? t.data[i] : std::uint8_t{0}} << (8 * i);
  fstWriterEmitValueChange64(file_, s->request, 64, t.request);
  fstWriterEmitValueChange64(file_, s->address, 64, t.address);
  fstWriterEmitValueChange64(file_, s->length, 32, t.length);
  fstWriterEmitValueChange64(file_, s->data, 64, data);
  fstWriterEmitValueChange64(file_, s->count, 32, ++s->counted);
}

// ---- a window of them

void WaveWindow::see(const Transaction& t) {
  if (waves_) {
    waves_->see(t);
    if (--after_ == 0) close();
    return;
  }
  if (marked_) return;
  kept_.push_back({t, {}, {}});
  Kept& kept = kept_.back();
  const std::uint32_t bytes = std::min(t.length, kKeptData);
  if (t.data) std::memcpy(kept.data, t.data, bytes);
  if (t.strobes) std::memcpy(kept.strobes, t.strobes, bytes);
  if (kept_.size() > before_) kept_.pop_front();
}

void WaveWindow::mark() {
  if (marked_) return;
  marked_ = true;
  waves_ = std::make_unique<Waves>(path_, queues_);
  for (Kept& kept : kept_) {
    Transaction t = kept.transaction;
    if (t.data) t.data = kept.data;
    if (t.strobes) t.strobes = kept.strobes;
    waves_->see(t);
  }
  kept_.clear();
  if (after_ == 0) close();
}

}  // namespace ringside::cosim
