// SPDX-License-Identifier: Apache-2.0
// Transactions in a file: a versioned header and a record each, 10 to 20 bytes and the data. Large
// data are kept as a hash, if so wished. Free of SystemC.
//
// File: "RSCOSIM\n", version (u32), 0 (u32), records. A record is a byte kind | status << 4, a byte
// purpose | content << 4, and LEB128 numbers: step of the transaction's number (mod 2^64), step of
// time in ps (likewise), device, queue + 1 (mod 2^16), request + 1 (mod 2^64), address, length;
// then content: bit 0, `length` bytes of data; bit 1, a hash of them (u64) instead; bit 2, strobes,
// a bit per byte. All little-endian.
#pragma once

#include <cstdint>
#include <cstdio>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "cosim/check/transaction.h"

namespace ringside::cosim {

inline constexpr std::uint32_t kLogVersion = 1;

/// FNV-1a, 64 bits.
class Hash {
 public:
  void add(const void* data, std::size_t bytes);
  void add(std::uint64_t value) { add(&value, sizeof value); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

/// A message-signalled interrupt as the write that it is; the interrupt has a record of its own.
inline bool is_message(const Transaction& t) {
  return t.is_dma() && t.purpose == Purpose::Interrupt;
}

/// The hash of a stream: all of its transactions but their times and numbers, so that two runs with
/// other timing agree. Bytes that are not written do not count, nor do messages.
class StreamHash final : public Listener {
 public:
  void see(const Transaction& transaction) override;
  std::uint64_t value() const { return hash_.value(); }

 private:
  Hash hash_;
};

class LogWriter final : public Listener {
 public:
  static constexpr std::uint32_t kMostData = 16 << 20;

  /// Data of more than `keep` bytes (at most kMostData) are kept as a hash. Throws
  /// std::runtime_error if the file cannot be made.
  explicit LogWriter(const std::string& path, std::uint32_t keep = kMostData);
  void see(const Transaction& transaction) override;
  /// False if something could not be written: the file is not whole.
  bool close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void number(std::uint64_t value);

  std::unique_ptr<std::FILE, Close> file_;
  std::uint32_t keep_;
  bool good_ = true;
  std::uint64_t time_ = 0, next_ = 0;
  std::vector<std::uint8_t> record_;
};

class LogReader {
 public:
  /// Throws std::runtime_error, with what is wrong, if it is no log or of another version.
  explicit LogReader(const std::string& path);

  /// The next transaction; its data stay until the next call. False at the end. Throws
  /// std::runtime_error if the file is damaged or cut off.
  bool next(Transaction& transaction);
  /// True if data of the latest transaction are kept as a hash.
  bool hashed() const { return hashed_; }
  std::uint64_t hash() const { return hash_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::uint8_t byte();
  std::uint64_t number();
  void bytes(void* to, std::size_t count);

  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t time_ = 0, next_ = 0;
  bool hashed_ = false;
  std::uint64_t hash_ = 0;
  std::vector<std::uint8_t> data_, strobes_;
};

/// A line for each transaction, with up to 16 bytes of data; strobes that are off show as "--".
void dump(LogReader& log, std::ostream& out);

}  // namespace ringside::cosim
