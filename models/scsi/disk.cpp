// SPDX-License-Identifier: Apache-2.0
// Reading, writing, comparing, and what a disk says of itself.
#include "scsi/disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"

namespace ringside::scsi {

namespace {

constexpr std::uint8_t kErrorRecoveryPage = 0x01, kGeometryPage = 0x04, kCachingPage = 0x08;
constexpr std::uint8_t kWriteCacheEnabled = 0x04;    // byte 2 of the caching page
constexpr std::uint8_t kApplicationTagOwner = 0x80;  // byte 5 of the control page (ATO)
constexpr unsigned kHeads = 16, kSectors = 63;

/// Bytes 8 and following of the CDB's first byte group say how long it is (SPC-4, 4.2.5.1).
unsigned group(std::uint8_t opcode) {
  return opcode >> 5;
}

}  // namespace

Disk::Disk(const sc_core::sc_module_name& name, const ModelContext& context)
    : LogicalUnit(name, context) {
  if ((block_size & (block_size - 1)) != 0)
    diagnostics().error(block_size.where(),
                        fmt::format("'block_size' of {} is {}; expected 512, 1024, 2048 or 4096",
                                    label(), block_size.get()));
  modes().add({kErrorRecoveryPage, 10, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {});
  std::vector<std::uint8_t> geometry(24);
  geometry[0] = kGeometryPage;
  geometry[1] = 22;
  const std::uint64_t cylinders = std::min<std::uint64_t>(blocks() / (kHeads * kSectors), 0xffffff);
  geometry[2] = static_cast<std::uint8_t>(cylinders >> 16);
  put16(&geometry[3], cylinders & 0xffff);
  geometry[5] = kHeads;
  put16(&geometry[20], rotation_rate);
  modes().add(geometry, {});
  std::vector<std::uint8_t> caching(20);
  caching[0] = kCachingPage;
  caching[1] = 18;
  caching[2] = write_cache ? kWriteCacheEnabled : 0;
  modes().add(caching, {0, 0, kWriteCacheEnabled});
  check_tags();
  // The initiator's application tags are kept as they come.
  if (store_) modes().set_bits(kControlPage, 5, kApplicationTagOwner);
}

void Disk::on_hard_reset() {
  stopped_ = false;
  ejected_ = false;
  removal_prevented_ = false;
}

Sense Disk::ready() const {
  if (ejected_) return sense::kNoMedium;
  return stopped_ ? sense::kBecomingReady : sense::kNone;
}

bool Disk::execute_own(Task& task) {
  switch (task.opcode()) {
    case kRead6:
    case kRead10:
    case kRead12:
    case kRead16:
      read(task);
      return true;
    case kWrite6:
    case kWrite10:
    case kWrite12:
    case kWrite16:
    case kWriteAndVerify10:
    case kWriteAndVerify12:
    case kWriteAndVerify16:
      write(task);
      return true;
    case kVerify10:
    case kVerify12:
    case kVerify16:
      verify(task);
      return true;
    case kCompareAndWrite:
      compare_and_write(task);
      return true;
    case kSynchronizeCache10:
    case kSynchronizeCache16:
      synchronize(task);
      return true;
    case kWriteSame10:
    case kWriteSame16:
      write_same(task);
      return true;
    case kUnmap:
      unmap(task);
      return true;
    case kReadCapacity10:
      read_capacity_10(task);
      return true;
    case kServiceActionIn16:
      if ((task.cdb[1] & 0x1f) == kReadCapacity16)
        read_capacity_16(task);
      else
        task.fail(sense::kInvalidField);
      return true;
    case kStartStopUnit:
      start_stop(task);
      return true;
    case kPreventAllow:
      prevent_allow(task);
      return true;
    default:
      return false;
  }
}

// ---- ranges --------------------------------------------------------------------------------

Disk::Blocks Disk::blocks_of(const Cdb& cdb) {
  switch (group(cdb[0])) {
    case 0: {
      const std::uint64_t first =
          (std::uint64_t{cdb[1]} & 0x1f) << 16 | std::uint64_t{cdb[2]} << 8 | cdb[3];
      return {first, cdb[4] == 0 ? 256u : cdb[4]};
    }
    case 1:
    case 2:
      return {get32(&cdb[2]), get16(&cdb[7])};
    case 5:
      return {get32(&cdb[2]), get32(&cdb[6])};
    default:
      return {get64(&cdb[2]), get32(&cdb[10])};
  }
}

unsigned Disk::protect_field(const Cdb& cdb) {
  return group(cdb[0]) == 0 ? 0 : cdb[1] >> 5;
}

bool Disk::accessible(Task& task, const Blocks& range, bool protected_too) const {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) {
    task.fail(why);
    return false;
  }
  // Without protection information RDPROTECT and WRPROTECT have to be 0 (SBC-3, 5.11).
  if (!protected_too && protect_field(task.cdb) != 0) {
    task.fail(sense::kInvalidField);
    return false;
  }
  if (range.first > blocks() || range.count > blocks() - range.first) {
    task.fail(sense::kOutOfRange);
    return false;
  }
  return true;
}

bool Disk::writable(Task& task) const {
  if (!backend->read_only()) return true;
  task.fail(sense::kWriteProtected);
  return false;
}

bool Disk::cached() const {
  return modes().current(kCachingPage, 2) & kWriteCacheEnabled;
}

// ---- data ----------------------------------------------------------------------------------

void Disk::read(Task& task) {
  const Blocks range = blocks_of(task.cdb);
  ProtectionUse use;
  if (!accessible(task, range, true) || !protection_of(task, use)) return;
  const std::uint64_t bytes = range.count * block_size;
  if (bytes > task.data.in_bytes()) {
    task.overrun = true;
    return;
  }
  Buffer buffer(*this);
  while (task.in_done < bytes) {
    const std::size_t part = std::min<std::uint64_t>(bytes - task.in_done, kBufferBytes);
    if (!backend->read(range.first * block_size + task.in_done, buffer.data(), part))
      return task.fail(sense::kReadError);
    const std::uint64_t before = task.in_done / block_size;
    if (store_ &&
        !check_read(task, use, {range.first + before, part / block_size}, buffer.data(), before))
      return;
    if (!task.data.write(task.in_done, buffer.data(), part)) {
      task.lost = true;
      return;
    }
    task.in_done += part;
  }
}

/// Writes a range from the initiator's data.
bool Disk::store(Task& task, std::uint64_t data_at, const Blocks& range, const ProtectionUse& use) {
  const std::uint64_t bytes = range.count * block_size;
  Buffer buffer(*this);
  for (std::uint64_t done = 0; done < bytes;) {
    const std::size_t part = std::min<std::uint64_t>(bytes - done, kBufferBytes);
    if (!task.data.read(data_at + done, buffer.data(), part)) {
      task.lost = true;
      return false;
    }
    const Blocks blocks{range.first + done / block_size, part / block_size};
    Tuples tuples;
    if (store_ && !take_tuples(task, use, blocks, buffer.data(), done / block_size, tuples))
      return false;
    // From here on nobody else has a turn, so data and information stay together.
    if (!backend->write(range.first * block_size + done, buffer.data(), part) ||
        (store_ && !store_->write(blocks.first, blocks.count, tuples.data()))) {
      task.fail(sense::kWriteError);
      return false;
    }
    done += part;
    task.out_done += part;
  }
  return true;
}

bool Disk::flush_all() {
  const bool data = backend->flush();
  return (!store_ || store_->flush()) && data;
}

void Disk::durable(Task& task, bool at_once) {
  if ((at_once || !cached()) && !flush_all()) task.fail(sense::kWriteError);
}

void Disk::write(Task& task) {
  const Blocks range = blocks_of(task.cdb);
  ProtectionUse use;
  if (!accessible(task, range, true) || !protection_of(task, use) || !writable(task)) return;
  if (range.count * block_size > task.data.out_bytes()) {
    task.overrun = true;
    return;
  }
  if (!store(task, 0, range, use)) return;
  const bool verifies = (task.opcode() & 0x1f) == 0x0e;  // WRITE AND VERIFY: to the medium
  const bool forced = group(task.opcode()) != 0 && (task.cdb[1] & 0x08) != 0;  // FUA
  durable(task, verifies || forced);
}

bool Disk::compare(Task& task, const Blocks& range, bool& same) {
  const std::uint64_t bytes = range.count * block_size;
  Buffer mine(*this), theirs(*this);
  same = true;
  for (std::uint64_t done = 0; done < bytes && same;) {
    const std::size_t part = std::min<std::uint64_t>(bytes - done, kBufferBytes);
    if (!task.data.read(done, theirs.data(), part)) {
      task.lost = true;
      return false;
    }
    if (!backend->read(range.first * block_size + done, mine.data(), part)) {
      task.fail(sense::kReadError);
      return false;
    }
    same = std::memcmp(mine.data(), theirs.data(), part) == 0;
    done += part;
    task.out_done = done;
  }
  return true;
}

void Disk::verify(Task& task) {
  const Blocks range = blocks_of(task.cdb);
  if (!accessible(task, range)) return;
  const unsigned check = task.cdb[1] >> 1 & 3;
  if (check == 0) {  // the medium alone: the back end would fail a read anyway
    scrub(task, range);
    return;
  }
  if (check != 1) return task.fail(sense::kInvalidField);
  if (range.count * block_size > task.data.out_bytes()) {
    task.overrun = true;
    return;
  }
  bool same = false;
  if (compare(task, range, same) && !same) task.fail(sense::kMiscompare);
}

/// Checks the protection information of blocks, if there is any.
void Disk::scrub(Task& task, const Blocks& range) {
  if (!store_) return;
  Buffer buffer(*this);
  const std::uint64_t most = kBufferBytes / block_size;
  for (std::uint64_t done = 0; done < range.count;) {
    const Blocks part{range.first + done, std::min(range.count - done, most)};
    if (!backend->read(part.first * block_size, buffer.data(), part.count * block_size))
      return task.fail(sense::kReadError);
    if (!check_read(task, {}, part, buffer.data(), done)) return;
    done += part.count;
  }
}

void Disk::compare_and_write(Task& task) {
  const Blocks range{get64(&task.cdb[2]), task.cdb[13]};
  if (!accessible(task, range) || !writable(task)) return;
  const std::uint64_t bytes = range.count * block_size;
  if (2 * bytes > task.data.out_bytes()) {
    task.overrun = true;
    return;
  }
  bool same = false;
  if (!compare(task, range, same)) return;
  if (!same) return task.fail(sense::kMiscompare);
  if (store(task, bytes, range, {})) durable(task, (task.cdb[1] & 0x08) != 0);
}

void Disk::synchronize(Task& task) {
  Blocks range = blocks_of(task.cdb);
  if (!accessible(task, range)) return;
  if (!flush_all()) task.fail(sense::kWriteError);
}

// ---- capacity and medium -------------------------------------------------------------------

void Disk::read_capacity_10(Task& task) const {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) return task.fail(why);
  std::uint8_t answer[8];
  const std::uint64_t last = blocks() == 0 ? 0 : blocks() - 1;
  put32(answer, std::min<std::uint64_t>(last, 0xffffffff));
  put32(answer + 4, block_size);
  task.give(answer, sizeof answer, sizeof answer);
}

void Disk::read_capacity_16(Task& task) const {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) return task.fail(why);
  std::uint8_t answer[32]{};
  put64(answer, blocks() == 0 ? 0 : blocks() - 1);
  put32(answer + 8, block_size);
  if (store_) answer[12] = protection.get() == Protection::Type1 ? 0x01 : 0x05;  // P_TYPE, PROT_EN
  if (thin()) answer[14] = 0xc0;  // LBPME and LBPRZ: unmapped blocks read as zeroes
  task.give(answer, sizeof answer, get32(&task.cdb[10]));
}

void Disk::start_stop(Task& task) {
  const bool load_eject = task.cdb[4] & 2, start = task.cdb[4] & 1;
  if ((task.cdb[4] >> 4) != 0) return;  // power conditions: accepted, nothing consumes power here
  if (load_eject && !is_removable) return task.fail(sense::kInvalidField);
  if (load_eject && !start && removal_prevented_) return task.fail(sense::kRemovalPrevented);
  if (!start) flush_all();
  if (load_eject) {
    if (ejected_ && start) attention(sense::kMediumChanged);
    ejected_ = !start;
  }
  stopped_ = !start;
}

void Disk::prevent_allow(Task& task) {
  if (!is_removable) return task.fail(sense::kInvalidField);
  removal_prevented_ = task.cdb[4] & 1;
}

void Disk::resize(const Size& bytes) {
  if (bytes.bytes == 0 || bytes.bytes % block_size != 0)
    throw CommandError(fmt::format("{} is not a number of blocks of {} bytes", format_size(bytes),
                                   block_size.get()));
  if (store_ && tags->bytes() < TagStore::bytes_for(bytes.bytes / block_size))
    throw CommandError(fmt::format("'tags' of {} have {} bytes; expected {}", label(),
                                   tags->bytes(), TagStore::bytes_for(bytes.bytes / block_size)));
  // Blocks that come or go have no information.
  const std::uint64_t now = blocks(), then = bytes.bytes / block_size;
  if (store_ && !store_->forget(std::min(now, then), std::max(now, then) - std::min(now, then)))
    throw CommandError(fmt::format("the 'tags' of {} cannot be written", label()));
  if (!backend->resize(bytes.bytes))
    throw CommandError(fmt::format("the back end of {} cannot be resized", label()));
  attention(sense::kCapacityChanged);
  tell(Event::ParametersChanged, sense::kCapacityChanged);
}

// ---- what it says of itself ----------------------------------------------------------------

std::uint8_t Disk::mode_device_parameter() const {
  constexpr std::uint8_t kProtected = 0x80, kDpoFua = 0x10;
  return static_cast<std::uint8_t>((backend->read_only() ? kProtected : 0) | kDpoFua);
}

std::vector<std::uint8_t> Disk::block_descriptor() const {
  std::vector<std::uint8_t> descriptor(8);
  put32(&descriptor[0], std::min<std::uint64_t>(blocks(), 0xffffff));
  put32(&descriptor[4], block_size);
  return descriptor;
}

void Disk::modes_changed() {
  // What was written while the cache was on must not wait any longer.
  if (!cached()) flush_all();
}

std::vector<std::uint8_t> Disk::own_vital_pages() const {
  if (!store_) return {0xb0, 0xb1, 0xb2};
  return {0x86, 0xb0, 0xb1, 0xb2};
}

bool Disk::own_vital_page(std::uint8_t code, std::vector<std::uint8_t>& page) const {
  constexpr std::uint8_t kExtended = 0x86, kLimits = 0xb0, kCharacteristics = 0xb1,
                         kProvisioning = 0xb2;
  switch (code) {
    case kExtended:
      if (!store_) return false;
      page.resize(64);
      // SPT: the type; GRD_CHK and, for type 1, REF_CHK: what is checked.
      page[4] = protection.get() == Protection::Type1 ? 0x05 : 0x24;
      return true;
    case kLimits:
      page.resize(64);
      page[4] = 1;  // WSNZ: WRITE SAME of 0 blocks is an error
      page[5] = kMaxCompare;
      if (thin()) {
        put32(&page[20], 0xffffffff);  // blocks of one UNMAP: as many as it can name
        put32(&page[24], max_unmap);
      }
      put64(&page[36], max_write_same);
      return true;
    case kCharacteristics:
      page.resize(64);
      put16(&page[4], rotation_rate);
      return true;
    case kProvisioning:
      page.resize(8);
      if (!thin()) return true;
      page[5] = 0xe4;  // UNMAP, WRITE SAME (16) and (10) with UNMAP; LBPRZ
      page[6] = 2;     // thin
      return true;
    default:
      return false;
  }
}

}  // namespace ringside::scsi
