// SPDX-License-Identifier: Apache-2.0
// Commands that write without much data: UNMAP and WRITE SAME (SBC-3, 5.33 and 5.50).
#include <algorithm>

#include "scsi/disk.h"

namespace ringside::scsi {

void Disk::unmap(Task& task) {
  constexpr std::size_t kHeader = 8, kDescriptor = 16;
  if (!thin()) return task.fail(sense::kInvalidOpcode);
  if (task.cdb[1] & 1) return task.fail(sense::kInvalidField);  // no block can be anchored
  std::vector<std::uint8_t> list;
  if (!take_parameters(task, get16(&task.cdb[7]), list) || list.empty()) return;
  if (list.size() < kHeader) return task.fail(sense::kParameterListLength);
  const std::size_t described = std::min<std::size_t>(get16(&list[2]), list.size() - kHeader);
  const std::size_t count = described / kDescriptor;
  if (count > max_unmap) return task.fail(sense::kInvalidParameter);
  // All are checked before any is done.
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* at = &list[kHeader + i * kDescriptor];
    if (!accessible(task, {get64(at), get32(at + 8)})) return;
  }
  if (!writable(task)) return;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* at = &list[kHeader + i * kDescriptor];
    const std::uint64_t bytes = std::uint64_t{get32(at + 8)} * block_size;
    // Unmapped blocks read as zeroes (LBPRZ), which a mere discard would not promise.
    if (bytes != 0 && !backend->write_zeroes(get64(at) * block_size, bytes, true))
      return task.fail(sense::kWriteError);
    if (store_ && !store_->forget(get64(at), get32(at + 8))) return task.fail(sense::kWriteError);
  }
  durable(task, false);
}

void Disk::write_same(Task& task) {
  const Blocks range = blocks_of(task.cdb);
  const bool is_16 = task.opcode() == kWriteSame16;
  const bool no_data = is_16 && (task.cdb[1] & 0x01);
  const bool may_unmap = task.cdb[1] & 0x08;
  if (!accessible(task, range) || !writable(task)) return;
  if ((task.cdb[1] & 0x10) || (may_unmap && !thin())) return task.fail(sense::kInvalidField);
  if (range.count == 0 || range.count > max_write_same) return task.fail(sense::kInvalidField);
  std::vector<std::uint8_t> block(block_size);
  if (!no_data) {
    if (block.size() > task.data.out_bytes()) {
      task.overrun = true;
      return;
    }
    if (!task.data.read(0, block.data(), block.size())) {
      task.lost = true;
      return;
    }
    task.out_done = block.size();
  }
  if (repeat(task, range, block) && tag_repeated(task, range, block)) durable(task, false);
}

/// Writes one block's contents to each block of a range.
bool Disk::repeat(Task& task, const Blocks& range, const std::vector<std::uint8_t>& block) {
  const std::uint64_t at = range.first * block_size, bytes = range.count * block_size;
  const bool zero = std::all_of(block.begin(), block.end(), [](std::uint8_t b) { return b == 0; });
  if (zero) {
    if (backend->write_zeroes(at, bytes, (task.cdb[1] & 0x08) != 0)) return true;
    task.fail(sense::kWriteError);
    return false;
  }
  Buffer buffer(*this);
  for (std::size_t i = 0; i < kBufferBytes; i += block.size())
    std::copy(block.begin(), block.end(), buffer.data() + i);
  for (std::uint64_t done = 0; done < bytes;) {
    const std::size_t part = std::min<std::uint64_t>(bytes - done, kBufferBytes);
    if (!backend->write(at + done, buffer.data(), part)) {
      task.fail(sense::kWriteError);
      return false;
    }
    done += part;
  }
  return true;
}

}  // namespace ringside::scsi
