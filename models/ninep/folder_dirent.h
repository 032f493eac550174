// SPDX-License-Identifier: Apache-2.0
// Directories as the host's kernel gives them (getdents64(2)): the C library's own interface
// allocates for each directory and does not say where it stands.
#pragma once

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace ringside::ninep {

struct HostEntry {
  std::uint64_t inode = 0;
  std::uint64_t cookie = 0;
  std::uint8_t type = 0;
  std::string_view name;
  std::size_t bytes = 0;  ///< of the record
};

inline long read_entries(int directory, char* to, std::size_t room) {
  return syscall(SYS_getdents64, directory, to, room);
}

/// inode[8] cookie[8] length[2] type[1] name, NUL. False if that is not what is there.
inline bool parse_entry(const char* from, std::size_t bytes, HostEntry& entry) {
  constexpr std::size_t kName = 19;
  std::uint16_t length = 0;
  if (bytes <= kName) return false;
  std::memcpy(&entry.inode, from, 8);
  std::memcpy(&entry.cookie, from + 8, 8);
  std::memcpy(&length, from + 16, 2);
  entry.type = static_cast<std::uint8_t>(from[18]);
  if (length <= kName || length > bytes) return false;
  entry.bytes = length;
  entry.name = std::string_view(from + kName, strnlen(from + kName, length - kName));
  return true;
}

}  // namespace ringside::ninep
