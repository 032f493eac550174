// SPDX-License-Identifier: Apache-2.0
// Numbers of the 9P protocol in its three dialects: 9P2000 (intro(5) of Plan 9), 9P2000.u (Unix
// extensions: errno, numeric ids, special files) and 9P2000.L (Linux). virtio reserves a device
// number for it and nothing else, so these are the reference.
//
//   message   size[4] type[1] tag[2] ...; little-endian; a reply's type is the request's plus 1
//   s         text: length[2] and that many bytes, without a NUL
//   qid       type[1] version[4] path[8]: what a file is, whatever its name
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::ninep {

enum class Dialect : std::uint8_t {
  None,   ///< before Tversion
  Plain,  ///< 9P2000
  Unix,   ///< 9P2000.u
  Linux,  ///< 9P2000.L
};

/// Requests; each reply is one more.
enum class Message : std::uint8_t {
  LinuxError = 6,  ///< only Rlerror, 7, exists
  StatFs = 8,
  LinuxOpen = 12,
  LinuxCreate = 14,
  Symlink = 16,
  MakeNode = 18,
  Rename = 20,
  ReadLink = 22,
  GetAttributes = 24,
  SetAttributes = 26,
  XattrWalk = 30,
  XattrCreate = 32,
  ReadDirectory = 40,
  Sync = 50,
  Lock = 52,
  GetLock = 54,
  Link = 70,
  MakeDirectory = 72,
  RenameAt = 74,
  UnlinkAt = 76,
  Version = 100,
  Authenticate = 102,
  Attach = 104,
  Error = 106,  ///< only Rerror, 107, exists
  Flush = 108,
  Walk = 110,
  Open = 112,
  Create = 114,
  Read = 116,
  Write = 118,
  Clunk = 120,
  Remove = 122,
  Stat = 124,
  WriteStat = 126,
};

inline constexpr std::size_t kHeaderBytes = 7;
/// Rread and Rreaddir before their data, and what iounit leaves of msize (Twrite's header is 23).
inline constexpr std::size_t kDataHeaderBytes = kHeaderBytes + 4;
inline constexpr std::size_t kIoHeaderBytes = 24;
inline constexpr std::size_t kQidBytes = 13;
inline constexpr std::uint32_t kMinMessage = 4096;  ///< smallest msize that is accepted
inline constexpr unsigned kMaxWalk = 16;            ///< names in one Twalk
inline constexpr std::size_t kMaxName = 255;        ///< bytes of a name, as everywhere on Linux
inline constexpr std::size_t kMaxPath = 4095;       ///< bytes of a symbolic link's target
inline constexpr std::uint32_t kNoId = 0xffffffff;  ///< n_uname, uid or gid: none, or "as it is"
inline constexpr std::uint16_t kNoTag = 0xffff;

enum QidType : std::uint8_t { kQidFile = 0, kQidSymlink = 0x02, kQidDirectory = 0x80 };

struct Qid {
  std::uint8_t type = kQidFile;
  std::uint32_t version = 0;
  std::uint64_t path = 0;
};

/// Tlopen and Tlcreate (9P2000.L): numbers of open(2) on most architectures.
enum OpenFlag : std::uint32_t {
  kAccessMask = 3,
  kReadOnly = 0,
  kWriteOnly = 1,
  kReadWrite = 2,
  kExclusive = 00000200,
  kTruncate = 00001000,
  kAppend = 00002000,
  kDataSync = 00010000,
  kDirectory = 00200000,
  kFullSync = 04000000,  ///< contains kDataSync in open(2)
};

/// Topen and Tcreate (9P2000 and .u).
enum OpenMode : std::uint8_t {
  kModeAccess = 3,  ///< 3 is OEXEC, which reads
  kModeTruncate = 0x10,
  kModeRemoveOnClose = 0x40,
  kModeAppend = 0x80,
};

/// Bits of a mode in 9P2000 and .u; the low nine are as everywhere.
enum PlainMode : std::uint32_t {
  kPlainDirectory = 0x80000000,
  kPlainAppend = 0x40000000,
  kPlainExclusive = 0x20000000,
  kPlainAuthentication = 0x08000000,
  kPlainSymlink = 0x02000000,
  kPlainLink = 0x01000000,
  kPlainDevice = 0x00800000,
  kPlainPipe = 0x00200000,
  kPlainSocket = 0x00100000,
  kPlainSetUid = 0x00080000,
  kPlainSetGid = 0x00040000,
  kPlainSticky = 0x00010000,
};

/// Tsetattr's `valid`.
enum SetBit : std::uint32_t {
  kSetMode = 0x1,
  kSetUid = 0x2,
  kSetGid = 0x4,
  kSetSize = 0x8,
  kSetAccess = 0x10,     ///< access time becomes now
  kSetModify = 0x20,     ///< modification time becomes now
  kSetChange = 0x40,     ///< change time: happens by itself
  kGivenAccess = 0x80,   ///< with kSetAccess: to the time given
  kGivenModify = 0x100,  ///< with kSetModify: to the time given
};

/// Tgetattr's `request_mask` and Rgetattr's `valid`.
inline constexpr std::uint64_t kAttributesBasic = 0x7ff;
inline constexpr std::uint64_t kAttributesBirth = 0x800;

enum LockType : std::uint8_t { kLockRead = 0, kLockWrite = 1, kUnlock = 2 };
enum LockStatus : std::uint8_t { kLockDone = 0, kLockBlocked = 1, kLockError = 2, kLockGrace = 3 };

/// Tunlinkat's flag for directories.
inline constexpr std::uint32_t kRemoveDirectory = 0x200;

}  // namespace ringside::ninep
