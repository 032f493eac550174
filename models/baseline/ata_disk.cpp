// SPDX-License-Identifier: Apache-2.0
#include "baseline/ata_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"

namespace ringside {

using namespace ata;

AtaDisk::AtaDisk(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), serial_(serial) {
  check_parameters();
  if (serial_.empty())
    serial_ = fmt::format("RS{:08x}", static_cast<std::uint32_t>(platform().seed_for(*this)));
}

void AtaDisk::check_parameters() {
  const auto reject = [this](const ParamBase& wrong, const std::string& expected) {
    diagnostics().error(wrong.where(), fmt::format("'{}' of {} is {}; expected {}", wrong.name(),
                                                   label(), wrong.value_text(), expected));
  };
  if (block() != 512 && block() != 4096) reject(block_size, "512B or 4096B");
  if (serial->size() > kSerialBytes) reject(serial, "at most 20 characters");
  if (model_number->size() > kModelBytes) reject(model_number, "at most 40 characters");
  if (backend && sectors() == 0)
    diagnostics().error(backend->node().where(),
                        fmt::format("'backend' of {} is smaller than a sector", label()));
}

std::uint64_t AtaDisk::sectors() const {
  return backend->bytes() / block();
}

bool AtaDisk::inside(std::uint64_t sector, std::uint64_t count) const {
  const std::uint64_t there = sectors();
  return sector <= there && count <= there - sector;
}

sc_core::sc_time AtaDisk::service_end(const Job& job) {
  if (!service) return sc_core::sc_time_stamp();
  const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(job.bytes, 0xffffffff));
  return is_in(job.protocol) ? service->end_of(0, bytes) : service->end_of(bytes, 0);
}

// ---- resets ---------------------------------------------------------------------------------

/// Power on.
void AtaDisk::reset() {
  cached_ = write_cache;
  look_ahead_ = true;
  multi_word_ = 0;
  ultra_ = 1u << 6;
  multiple_ = 0;
  queued_error_.fill(0);
  link_reset();
}

/// Settings survive, as with software settings preservation.
Answer AtaDisk::link_reset() {
  queue_failed_ = false;
  standby_ = false;
  Answer signature;
  signature.error = 1;  // diagnostics passed
  signature.lba = 1;
  signature.count = 1;
  return signature;
}

void AtaDisk::finish() {
  if (backend && !backend->read_only()) backend->flush();
}

void AtaDisk::set_plugged(bool in) {
  if (in == plugged_) return;
  plugged_ = in;
  if (in) reset();
  if (on_plug_) on_plug_();
}

// ---- the medium -----------------------------------------------------------------------------

void AtaDisk::make_defect(std::uint64_t sector, std::uint64_t count) {
  if (count == 0 || !inside(sector, count)) throw CommandError("the disk has no such sectors");
  if (defects_.size() >= kMostDefects) throw CommandError("the disk has too many defects");
  defects_.push_back({sector, sector + count});
}

bool AtaDisk::damaged(std::uint64_t sector, std::uint64_t count) const {
  return std::any_of(defects_.begin(), defects_.end(),
                     [&](const Defect& d) { return sector < d.end && d.first < sector + count; });
}

/// Sectors that are written are put elsewhere, as a disk does.
void AtaDisk::heal(std::uint64_t sector, std::uint64_t count) {
  const std::uint64_t end = sector + count;
  const std::size_t before = defects_.size();
  for (std::size_t i = 0; i < before; ++i) {
    Defect& d = defects_[i];
    if (end <= d.first || d.end <= sector) continue;
    const Defect behind{end, d.end};
    d.end = std::max(d.first, std::min(d.end, sector));
    // Where there is no room for two, the rest heals, too.
    if (behind.first < behind.end && defects_.size() < kMostDefects) defects_.push_back(behind);
  }
  const auto healed = [](const Defect& d) { return d.first >= d.end; };
  defects_.erase(std::remove_if(defects_.begin(), defects_.end(), healed), defects_.end());
}

bool AtaDisk::read_medium(std::uint64_t sector, std::uint8_t* to, std::uint64_t bytes) {
  if (!defects_.empty() && damaged(sector, bytes / block())) return false;
  return backend->read(sector * block(), to, bytes);
}

/// Whole sectors; the answer names the first that can't be read.
bool AtaDisk::read_or_fail(Job& job, std::uint64_t sector, std::uint8_t* to, std::uint64_t bytes) {
  // The disk may have shrunk meanwhile.
  if (!inside(sector, bytes / block())) {
    fail(job, kIdNotFound, sector);
    return false;
  }
  if (read_medium(sector, to, bytes)) return true;
  const std::uint64_t count = bytes / block();
  std::uint64_t good = 0;
  while (good + 1 < count && read_medium(sector + good, to, block())) ++good;
  fail(job, kUncorrectable, sector + good);
  return false;
}

bool AtaDisk::read(Job& job, std::uint64_t done, std::uint8_t* to, std::size_t bytes) {
  if (job.source == Job::Source::Medium)
    return read_or_fail(job, job.first + done / block(), to, bytes);
  for (std::size_t i = 0; i + kPageBytes <= bytes; i += kPageBytes)
    page(job, job.first + (done + i) / kPageBytes, to + i);
  return true;
}

bool AtaDisk::write(Job& job, std::uint64_t done, const std::uint8_t* from, std::size_t bytes) {
  if (job.source == Job::Source::Ranges) {
    std::memcpy(ranges_.data() + done, from, bytes);
    return true;
  }
  const std::uint64_t sector = job.first + done / block();
  const std::uint64_t count = bytes / block();
  if (!inside(sector, count)) {
    fail(job, kIdNotFound, sector);
    return false;
  }
  if (!backend->write(sector * block(), from, bytes)) {
    fail(job, kAborted, sector);
    return false;
  }
  if (!defects_.empty()) heal(sector, count);
  return true;
}

bool AtaDisk::verify(Job& job) {
  constexpr std::uint64_t kChunk = 64 << 10;
  scratch_.resize(kChunk);
  for (std::uint64_t done = 0; done < job.bytes; done += kChunk)
    if (!read_or_fail(job, job.first + done / block(), scratch_.data(),
                      std::min(kChunk, job.bytes - done)))
      return false;
  return true;
}

bool AtaDisk::flush(Job& job) {
  if (backend->flush()) return true;
  fail(job, kAborted, job.task.lba);
  return false;
}

bool AtaDisk::trim_ranges(Job& job) {
  const auto each = [&](auto&& action) {
    for (std::uint64_t at = 0; at + 8 <= job.bytes; at += 8) {
      std::uint64_t entry = 0;
      for (unsigned i = 0; i < 8; ++i) entry |= std::uint64_t{ranges_[at + i]} << 8 * i;
      const std::uint64_t first = entry & 0xffffffffffff;
      const std::uint64_t count = entry >> 48;
      if (count != 0 && !action(first, count)) return false;
    }
    return true;
  };
  // All are looked at before anything is done.
  const bool there = each([&](std::uint64_t first, std::uint64_t count) {
    if (inside(first, count)) return true;
    fail(job, kIdNotFound, first);
    return false;
  });
  return there && each([&](std::uint64_t first, std::uint64_t count) {
           if (backend->discard(first * block(), count * block())) return true;
           fail(job, kAborted, first);
           return false;
         });
}

// ---- ends -----------------------------------------------------------------------------------

void AtaDisk::finish(Job& job) {
  bool good = true;
  switch (job.task.command) {
    case Opcode::FlushCache:
    case Opcode::FlushCacheExt:
      good = flush(job);
      break;
    case Opcode::ReadVerify:
    case Opcode::ReadVerifyExt:
      good = verify(job);
      break;
    case Opcode::DataSetManagement:
      good = trim_ranges(job);
      break;
    default:
      break;
  }
  if (good && is_out(job.protocol) && (job.stable || !cached_)) flush(job);
  count(job);
}

void AtaDisk::count(const Job& job) {
  const auto is_flush = [](Opcode c) {
    return c == Opcode::FlushCache || c == Opcode::FlushCacheExt;
  };
  if (job.answer.failed())
    ++errors;
  else if (job.source == Job::Source::Ranges)
    ++trims;
  else if (job.source == Job::Source::Medium && is_in(job.protocol))
    ++reads;
  else if (is_out(job.protocol))
    ++writes;
  else if (is_flush(job.task.command))
    ++flushes;
  else
    ++others;
}

void AtaDisk::fail(Job& job, std::uint8_t error, std::uint64_t lba) {
  job.answer.status = kGood | kFailed;
  job.answer.error = error;
  job.answer.lba = lba;
}

bool AtaDisk::abort(Job& job) {
  fail(job, kAborted, job.task.lba);
  return false;
}

void AtaDisk::queue_failed(const Job& job, bool queued) {
  queue_failed_ = true;
  std::array<std::uint8_t, kPageBytes>& log = queued_error_;
  const Answer& answer = job.answer;
  log.fill(0);
  log[0] = static_cast<std::uint8_t>(queued ? job.task.tag() : 0x80);
  log[2] = answer.status;
  log[3] = answer.error;
  for (unsigned i = 0; i < 3; ++i) {
    log[4 + i] = static_cast<std::uint8_t>(answer.lba >> 8 * i);
    log[8 + i] = static_cast<std::uint8_t>(answer.lba >> (24 + 8 * i));
  }
  log[7] = answer.device;
  log[12] = static_cast<std::uint8_t>(answer.count);
  log[13] = static_cast<std::uint8_t>(answer.count >> 8);
  unsigned sum = 0;
  for (unsigned i = 0; i < 511; ++i) sum += log[i];
  log[511] = static_cast<std::uint8_t>(-sum);
}

}  // namespace ringside
