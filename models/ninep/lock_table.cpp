// SPDX-License-Identifier: Apache-2.0
#include "ninep/lock_table.h"

#include <algorithm>
#include <cerrno>

namespace ringside::ninep {

bool LockTable::last_of(const LockRange& range, std::uint64_t& last) {
  last = ~std::uint64_t{0};
  if (range.length == 0) return true;
  if (range.length - 1 > last - range.start) return false;
  last = range.start + (range.length - 1);
  return true;
}

const LockTable::Lock* LockTable::in_the_way(std::uint64_t file, const LockRange& range,
                                             std::uint64_t last) const {
  for (const Lock& lock : locks_) {
    if (lock.file != file || owned(lock, range)) continue;
    if (lock.last < range.start || lock.first > last) continue;
    if (lock.type == kLockWrite || range.type == kLockWrite) return &lock;
  }
  return nullptr;
}

/// Takes a range out of a lock, which may vanish or become two.
void LockTable::cut(std::size_t at, std::uint64_t first, std::uint64_t last) {
  Lock& lock = locks_[at];
  const bool head = lock.first<first, tail = lock.last> last;
  if (head && tail) {
    Lock rest = lock;
    rest.first = last + 1;
    lock.last = first - 1;
    locks_.push_back(std::move(rest));
  } else if (head) {
    lock.last = first - 1;
  } else if (tail) {
    lock.first = last + 1;
  } else {
    locks_.erase(locks_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

int LockTable::set(std::uint64_t file, std::uint32_t fid, const LockRange& range) {
  std::uint64_t last = 0;
  if (range.type > kUnlock || range.client.size() > kMaxName || !last_of(range, last))
    return EINVAL;
  if (range.type != kUnlock && in_the_way(file, range, last)) return EAGAIN;
  const bool mine = std::any_of(locks_.begin(), locks_.end(), [&](const Lock& lock) {
    return lock.file == file && owned(lock, range);
  });
  // flock() locks belong to the open file: a child may give back what its parent has taken.
  const auto concerned = [&](const Lock& lock) {
    if (lock.file != file || lock.last < range.start || lock.first > last) return false;
    return owned(lock, range) || (!mine && range.type == kUnlock && lock.fid == fid);
  };
  std::size_t more = range.type != kUnlock ? 1 : 0;
  for (const Lock& lock : locks_)
    if (concerned(lock) && lock.first < range.start && lock.last > last) ++more;
  if (more != 0 && locks_.size() + more > most_) return ENOLCK;
  for (std::size_t i = locks_.size(); i-- > 0;)
    if (concerned(locks_[i])) cut(i, range.start, last);
  if (range.type != kUnlock)
    locks_.push_back(
        {file, fid, range.process, range.type, range.start, last, std::string(range.client)});
  return 0;
}

int LockTable::test(std::uint64_t file, LockRange& range) const {
  std::uint64_t last = 0;
  if (range.type >= kUnlock || !last_of(range, last)) return EINVAL;
  const Lock* lock = in_the_way(file, range, last);
  if (!lock) {
    range.type = kUnlock;
    return 0;
  }
  range.type = lock->type;
  range.start = lock->first;
  range.length = lock->last == ~std::uint64_t{0} ? 0 : lock->last - lock->first + 1;
  range.process = lock->process;
  range.client = lock->client;
  return 0;
}

void LockTable::drop(std::uint32_t fid) {
  locks_.erase(std::remove_if(locks_.begin(), locks_.end(),
                              [fid](const Lock& lock) { return lock.fid == fid; }),
               locks_.end());
}

}  // namespace ringside::ninep
