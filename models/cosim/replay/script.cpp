// SPDX-License-Identifier: Apache-2.0
#include "cosim/replay/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace ringside::cosim {

ScriptRecord* Script::at(std::size_t ahead) {
  if (ahead >= kAhead) return nullptr;
  while (records_.size() <= ahead) {
    if (!records_.empty() && bytes_ >= kAheadBytes) return nullptr;
    if (!read_one()) return nullptr;
  }
  return records_[ahead].get();
}

void Script::pop() {
  bytes_ -= records_.front()->open.size();
  free_.push_back(std::move(records_.front()));
  records_.pop_front();
}

bool Script::read_one() {
  Transaction t;
  do {
    if (ended_) return false;
    try {
      ended_ = !reader_.next(t);
    } catch (const std::runtime_error& e) {
      ended_ = true;
      error_ = fmt::format("record {}: {}", read_, e.what());
    }
    if (ended_) return false;
    ++read_;
  } while (is_message(t));

  const auto refuse = [&](const std::string& why) {
    ended_ = true;
    error_ = fmt::format("record {} ({}): {}", read_ - 1, to_string(t), why);
    return false;
  };
  const bool is_register = t.kind == Kind::RegisterRead || t.kind == Kind::RegisterWrite;
  if (is_register && (t.length == 0 || t.length > 8 || !t.data))
    return refuse("a register access has 1 to 8 bytes, and this one has not");
  if (reader_.hashed() && t.kind != Kind::DmaWrite)
    return refuse("its data are in the log as a hash; a replay needs them as they are");
  if (t.is_dma() && t.length != 0 && !t.data && !reader_.hashed())
    return refuse("it has no data; a replay needs them");
  if (t.is_dma() && t.length > LogWriter::kMostData)
    return refuse("more data than a record can have");

  std::unique_ptr<ScriptRecord> record;
  if (free_.empty()) {
    record = std::make_unique<ScriptRecord>();
  } else {
    record = std::move(free_.back());
    free_.pop_back();
  }
  ScriptRecord& r = *record;
  r.t = t;
  r.hashed = reader_.hashed();
  r.hash = r.hashed ? reader_.hash() : 0;
  r.heard = false;
  r.data.assign(t.data, t.data ? t.data + t.length : t.data);
  r.strobes.assign(t.strobes, t.strobes ? t.strobes + t.length : t.strobes);
  r.t.data = t.data ? r.data.data() : nullptr;
  r.t.strobes = t.strobes ? r.strobes.data() : nullptr;
  const bool makes = t.kind == Kind::DmaWrite || t.kind == Kind::RegisterRead;
  r.made.assign(makes ? t.length : 0, 0);
  r.open.assign(t.is_dma() ? t.length : 0, 1);
  if (t.is_dma() && r.t.strobes) std::copy(r.strobes.begin(), r.strobes.end(), r.open.begin());
  r.left = static_cast<std::uint32_t>(std::count(r.open.begin(), r.open.end(), 1));
  bytes_ += r.open.size();
  records_.push_back(std::move(record));
  return true;
}

}  // namespace ringside::cosim
