// SPDX-License-Identifier: Apache-2.0
// Byte-range locks of one session, kept in the server: what a client gets does not depend on what
// other processes of the host do, so runs repeat. (The client's kernel decides between its own
// processes; this table answers for several clients of a session, and holds them to account.)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ninep/message.h"

namespace ringside::ninep {

struct LockRange {
  std::uint8_t type = kUnlock;
  std::uint64_t start = 0;
  std::uint64_t length = 0;  ///< 0: to the end of the file, however long it becomes
  std::uint32_t process = 0;
  std::string_view client;  ///< the machine that the process runs on
};

class LockTable {
 public:
  explicit LockTable(std::size_t most) : most_(most) {}

  /// Locks or unlocks. 0, EAGAIN if somebody else is in the way, EINVAL, or ENOLCK if the table is
  /// full. `fid` is the one it came through.
  int set(std::uint64_t file, std::uint32_t fid, const LockRange& range);
  /// The lock that is in the way of `range`; its type becomes kUnlock if there is none.
  int test(std::uint64_t file, LockRange& range) const;
  /// The fid is closed: what was locked through it is free.
  void drop(std::uint32_t fid);
  void clear() { locks_.clear(); }
  std::size_t size() const { return locks_.size(); }

 private:
  struct Lock {
    std::uint64_t file;
    std::uint32_t fid;
    std::uint32_t process;
    std::uint8_t type;
    std::uint64_t first;
    std::uint64_t last;  // inclusive
    std::string client;
  };
  static bool last_of(const LockRange& range, std::uint64_t& last);
  static bool owned(const Lock& lock, const LockRange& range) {
    return lock.process == range.process && lock.client == range.client;
  }
  const Lock* in_the_way(std::uint64_t file, const LockRange& range, std::uint64_t last) const;
  void cut(std::size_t at, std::uint64_t first, std::uint64_t last);

  std::size_t most_;
  std::vector<Lock> locks_;
};

}  // namespace ringside::ninep
