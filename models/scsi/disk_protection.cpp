// SPDX-License-Identifier: Apache-2.0
// Protection information of a disk's blocks: checked, sent, taken and made.
#include <fmt/format.h>

#include <algorithm>

#include "scsi/disk.h"

namespace ringside::scsi {

void Disk::check_tags() {
  const bool wanted = protection.get() != Protection::None;
  if (!wanted && !tags) return;
  if (!wanted || !tags) {
    diagnostics().error(node().where(), fmt::format("{} has {}; expected both or neither", label(),
                                                    wanted ? "'protection' and no 'tags'"
                                                           : "'tags' and no 'protection'"));
    return;
  }
  if (tags->bytes() < TagStore::bytes_for(blocks())) {
    diagnostics().error(
        node().where(),
        fmt::format("'tags' of {} have {} bytes; expected {} for {} blocks", label(), tags->bytes(),
                    TagStore::bytes_for(blocks()), blocks()));
    return;
  }
  store_ = std::make_unique<TagStore>(*tags);
}

bool Disk::protection_of(Task& task, ProtectionUse& use) const {
  const unsigned field = protect_field(task.cdb);
  const bool known = protection_use(field, use);
  // Without a channel for it, or without any, nothing can be transferred (SBC-3, 5.11).
  const bool possible = field == 0 || (store_ && task.data.carries_protection());
  if (known && possible) return true;
  task.fail(sense::kInvalidField);
  return false;
}

bool Disk::check_read(Task& task, const ProtectionUse& use, const Blocks& part,
                      const std::uint8_t* data, std::uint64_t tuples_at) {
  Tuples tuples;
  if (!store_->read(part.first, part.count, tuples.data())) {
    task.fail(sense::kReadError);
    return false;
  }
  if (!agree(task, use, part, data, tuples)) return false;
  task.lost = use.transfer && !task.data.write_protection(tuples_at * kTupleBytes, tuples.data(),
                                                          part.count * kTupleBytes);
  return !task.lost;
}

bool Disk::take_tuples(Task& task, const ProtectionUse& use, const Blocks& part,
                       const std::uint8_t* data, std::uint64_t tuples_at, Tuples& tuples) {
  if (!use.transfer) {
    for (std::uint64_t i = 0; i < part.count; ++i)
      make_tuple(&tuples[i * kTupleBytes], guard_of(data + i * block_size, block_size),
                 part.first + i);
    return true;
  }
  if (!task.data.read_protection(tuples_at * kTupleBytes, tuples.data(),
                                 part.count * kTupleBytes)) {
    task.lost = true;
    return false;
  }
  return agree(task, use, part, data, tuples);
}

bool Disk::agree(Task& task, const ProtectionUse& use, const Blocks& part, const std::uint8_t* data,
                 const Tuples& tuples) const {
  for (std::uint64_t i = 0; i < part.count; ++i) {
    const Sense why = check_tuple(&tuples[i * kTupleBytes], protection, use, data + i * block_size,
                                  block_size, part.first + i);
    if (why.key == SenseKey::NoSense) continue;
    task.fail(why);
    return false;
  }
  return true;
}

bool Disk::tag_repeated(Task& task, const Blocks& range, const std::vector<std::uint8_t>& block) {
  if (!store_) return true;
  const std::uint16_t guard = guard_of(block.data(), block.size());
  Tuples tuples;
  for (std::uint64_t done = 0; done < range.count;) {
    const std::size_t count = std::min<std::uint64_t>(range.count - done, TagStore::kMaxBlocks);
    for (std::size_t i = 0; i < count; ++i)
      make_tuple(&tuples[i * kTupleBytes], guard, range.first + done + i);
    if (!store_->write(range.first + done, count, tuples.data())) {
      task.fail(sense::kWriteError);
      return false;
    }
    done += count;
  }
  return true;
}

}  // namespace ringside::scsi
