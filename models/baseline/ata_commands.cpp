// SPDX-License-Identifier: Apache-2.0
// What each command is: how data move, how many, from where.
#include <algorithm>

#include "baseline/ata_disk.h"

namespace ringside {

using namespace ata;

void AtaDisk::begin(const Taskfile& task, Job& job) {
  job = Job{};
  job.task = task;
  job.answer.lba = task.lba;
  job.answer.device = task.device;
  // Until the host knows which queued command failed, nothing else is done (ACS-3, 4.15).
  const bool asks = (task.command == Opcode::ReadLogExt || task.command == Opcode::ReadLogDmaExt) &&
                    static_cast<Log>(task.lba) == Log::QueuedError;
  const bool understood = !(queue_failed_ && !asks) && understand(job);
  if (!understood && !job.answer.failed()) abort(job);
  if (job.answer.failed()) count(job);
}

bool AtaDisk::understand(Job& job) {
  switch (job.task.command) {
    case Opcode::ReadSectors:
      return transfer(job, Protocol::PioIn, false);
    case Opcode::ReadSectorsExt:
      return transfer(job, Protocol::PioIn, true);
    case Opcode::WriteSectors:
      return transfer(job, Protocol::PioOut, false);
    case Opcode::WriteSectorsExt:
      return transfer(job, Protocol::PioOut, true);
    case Opcode::ReadMultiple:
      return multiple_ != 0 && transfer(job, Protocol::PioIn, false, multiple_);
    case Opcode::ReadMultipleExt:
      return multiple_ != 0 && transfer(job, Protocol::PioIn, true, multiple_);
    case Opcode::WriteMultiple:
      return multiple_ != 0 && transfer(job, Protocol::PioOut, false, multiple_);
    case Opcode::WriteMultipleExt:
      return multiple_ != 0 && transfer(job, Protocol::PioOut, true, multiple_);
    case Opcode::ReadDma:
      return transfer(job, Protocol::DmaIn, false);
    case Opcode::ReadDmaExt:
      return transfer(job, Protocol::DmaIn, true);
    case Opcode::WriteDma:
      return transfer(job, Protocol::DmaOut, false);
    case Opcode::WriteDmaExt:
      return transfer(job, Protocol::DmaOut, true);
    case Opcode::WriteDmaFuaExt:
      job.stable = true;
      return transfer(job, Protocol::DmaOut, true);
    case Opcode::ReadFpdmaQueued:
    case Opcode::WriteFpdmaQueued:
      return queued(job);
    case Opcode::ReadVerify:
    case Opcode::ReadVerifyExt:
      return transfer(job, Protocol::NonData, job.task.command == Opcode::ReadVerifyExt);
    case Opcode::IdentifyDevice:
      job.protocol = Protocol::PioIn;
      job.source = Job::Source::Pages;
      job.log = Log::IdentifyData;
      job.first = 1;  // a copy of what this command gives
      job.bytes = job.block = kPageBytes;
      return true;
    case Opcode::ReadLogExt:
      return read_log(job, Protocol::PioIn);
    case Opcode::ReadLogDmaExt:
      return read_log(job, Protocol::DmaIn);
    case Opcode::SetFeatures:
      return set_features(job);
    case Opcode::SetMultipleMode:
      return set_multiple(job);
    case Opcode::DataSetManagement:
      return data_set_management(job);
    case Opcode::ReadNativeMax:
      return native_max(job, false);
    case Opcode::ReadNativeMaxExt:
      return native_max(job, true);
    case Opcode::ExecuteDiagnostic:
      job.answer = link_reset();
      return true;
    case Opcode::CheckPowerMode:
      job.answer.count = standby_ ? 0x00 : 0xff;  // standby, active or idle
      return true;
    case Opcode::StandbyImmediate:
    case Opcode::Standby:
    case Opcode::Sleep:
      standby_ = true;
      return true;
    case Opcode::IdleImmediate:
    case Opcode::Idle:
      standby_ = false;
      return true;
    case Opcode::FlushCache:
    case Opcode::FlushCacheExt:
      return true;
    case Opcode::Nop:
      return false;
  }
  return false;
}

/// Sector and count of a command with registers of 28 or 48 bits.
void AtaDisk::address(Job& job, bool extended, std::uint64_t& count) {
  const Taskfile& task = job.task;
  if (extended) {
    job.first = task.lba;
    count = task.count != 0 ? task.count : 65536;
  } else {
    job.first = (task.lba & 0xffffff) | static_cast<std::uint64_t>(task.device & 0xf) << 24;
    count = (task.count & 0xff) != 0 ? task.count & 0xff : 256;
  }
}

bool AtaDisk::transfer(Job& job, Protocol protocol, bool extended, unsigned block_sectors) {
  if (!(job.task.device & kLbaMode)) return false;
  if (is_out(protocol) && backend->read_only()) return false;
  std::uint64_t count = 0;
  address(job, extended, count);
  if (!inside(job.first, count)) {
    fail(job, kIdNotFound, job.first);
    return true;
  }
  standby_ = false;
  job.protocol = protocol;
  job.bytes = count * block();
  job.block = static_cast<std::uint32_t>(block_sectors * block());
  return true;
}

bool AtaDisk::queued(Job& job) {
  const Taskfile& task = job.task;
  const bool write = task.command == Opcode::WriteFpdmaQueued;
  if (!ncq || !(task.device & kLbaMode)) return false;
  // A refusal, too, is for a command that has been queued.
  job.protocol = write ? Protocol::QueuedOut : Protocol::QueuedIn;
  if (write && backend->read_only()) return false;
  job.first = task.lba;
  job.stable = write && (task.device & kForceUnitAccess);
  const std::uint64_t count = task.features != 0 ? task.features : 65536;
  if (!inside(job.first, count)) {
    fail(job, kIdNotFound, job.first);
    return true;
  }
  standby_ = false;
  job.bytes = count * block();
  return true;
}

bool AtaDisk::read_log(Job& job, Protocol protocol) {
  const Taskfile& task = job.task;
  job.log = static_cast<Log>(task.lba);
  job.source = Job::Source::Pages;
  job.first = (task.lba >> 8 & 0xff) | (task.lba >> 32 & 0xff) << 8;
  const std::uint64_t pages = log_pages(job.log);
  if (task.count == 0 || job.first >= pages || task.count > pages - job.first) return false;
  if (job.log == Log::QueuedError) queue_failed_ = false;
  job.protocol = protocol;
  job.bytes = std::uint64_t{task.count} * kPageBytes;
  job.block = kPageBytes;
  return true;
}

bool AtaDisk::set_features(Job& job) {
  switch (static_cast<Feature>(job.task.features & 0xff)) {
    case Feature::WriteCacheOn:
      cached_ = true;
      return true;
    case Feature::WriteCacheOff:
      // What is cached now would otherwise stay so until a flush that may never come.
      cached_ = false;
      return flush(job) || job.answer.failed();
    case Feature::LookAheadOn:
      look_ahead_ = true;
      return true;
    case Feature::LookAheadOff:
      look_ahead_ = false;
      return true;
    case Feature::KeepDefaultsOn:
    case Feature::KeepDefaultsOff:
      return true;  // settings survive resets in any case
    case Feature::TransferMode:
      break;
    default:
      return false;
  }
  const unsigned mode = job.task.count >> 3 & 0x1f;
  const unsigned number = job.task.count & 7;
  if (mode <= 1) return mode == 0 ? number <= 1 : number <= 4;  // PIO
  if (mode == 4 && number <= 2) {
    multi_word_ = static_cast<std::uint8_t>(1u << number);
    ultra_ = 0;
    return true;
  }
  if (mode == 8 && number <= 6) {
    ultra_ = static_cast<std::uint8_t>(1u << number);
    multi_word_ = 0;
    return true;
  }
  return false;
}

bool AtaDisk::set_multiple(Job& job) {
  const unsigned sectors = job.task.count & 0xff;
  if (sectors > most_multiple() || (sectors & (sectors - 1)) != 0) return false;
  multiple_ = static_cast<std::uint8_t>(sectors);
  return true;
}

bool AtaDisk::native_max(Job& job, bool extended) {
  if (!(job.task.device & kLbaMode)) return false;
  const std::uint64_t last = sectors() - 1;
  job.answer.lba = extended ? last : std::min<std::uint64_t>(last, 0xfffffff);
  if (extended) return true;
  job.answer.device = static_cast<std::uint8_t>(kLbaMode | job.answer.lba >> 24);
  job.answer.lba &= 0xffffff;
  return true;
}

bool AtaDisk::data_set_management(Job& job) {
  constexpr std::uint16_t kTrim = 1;
  const unsigned pages = job.task.count;
  if (!trim || backend->read_only() || job.task.features != kTrim) return false;
  if (pages == 0 || pages > kRangePages) return false;
  job.protocol = Protocol::DmaOut;
  job.source = Job::Source::Ranges;
  job.bytes = std::uint64_t{pages} * kPageBytes;
  return true;
}

}  // namespace ringside
