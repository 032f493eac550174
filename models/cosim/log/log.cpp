// SPDX-License-Identifier: Apache-2.0
#include "cosim/log/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ostream>
#include <stdexcept>

namespace ringside::cosim {

namespace {
constexpr char kMagic[8] = {'R', 'S', 'C', 'O', 'S', 'I', 'M', '\n'};
constexpr std::size_t kPiece = 64 << 10;
constexpr unsigned kHasData = 1, kHasHash = 2, kHasStrobes = 4;
}  // namespace

void Hash::add(const void* data, std::size_t bytes) {
  const auto* at = static_cast<const std::uint8_t*>(data);
  for (std::size_t i = 0; i < bytes; ++i) value_ = (value_ ^ at[i]) * 0x100000001b3u;
}

void StreamHash::see(const Transaction& t) {
  if (is_message(t)) return;
  hash_.add(static_cast<std::uint64_t>(t.kind) | static_cast<std::uint64_t>(t.status) << 8 |
            std::uint64_t{t.queue} << 16);
  hash_.add(t.address);
  hash_.add(t.length);
  if (!t.data) return;
  for (std::uint32_t i = 0; i < t.length; ++i) {
    const std::uint8_t pair[2] = {t.writes(i) ? t.data[i] : std::uint8_t{0}, t.writes(i)};
    hash_.add(pair, sizeof pair);
  }
}

// ---- writing

LogWriter::LogWriter(const std::string& path, std::uint32_t keep)
    : file_(std::fopen(path.c_str(), "wb")), keep_(std::min(keep, kMostData)) {
  if (!file_) throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
  const std::uint32_t version[2] = {kLogVersion, 0};
  good_ = std::fwrite(kMagic, sizeof kMagic, 1, file_.get()) == 1 &&
          std::fwrite(version, sizeof version, 1, file_.get()) == 1;
}

void LogWriter::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) record_.push_back(static_cast<std::uint8_t>(value | 0x80));
  record_.push_back(static_cast<std::uint8_t>(value));
}

void LogWriter::see(const Transaction& t) {
  if (!file_) return;
  const bool whole = t.data && t.length != 0 && t.length <= keep_;
  const bool hashed = t.data && t.length > keep_;
  const bool strobed = whole && t.strobes;
  record_.clear();
  record_.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(t.kind) |
                                              static_cast<unsigned>(t.status) << 4));
  record_.push_back(static_cast<std::uint8_t>(
      static_cast<unsigned>(t.purpose) |
      ((whole ? kHasData : 0) | (hashed ? kHasHash : 0) | (strobed ? kHasStrobes : 0)) << 4));
  number(t.number - next_);
  number(t.time - time_);
  number(t.device);
  number(static_cast<std::uint16_t>(t.queue + 1));
  number(t.request + 1);
  number(t.address);
  number(t.length);
  next_ = t.number + 1;
  time_ = t.time;
  if (whole) record_.insert(record_.end(), t.data, t.data + t.length);
  if (hashed) {
    Hash hash;
    for (std::uint32_t i = 0; i < t.length; ++i)
      if (t.writes(i)) hash.add(t.data + i, 1);
    for (unsigned i = 0; i < 8; ++i)
      record_.push_back(static_cast<std::uint8_t>(hash.value() >> (8 * i)));
  }
  if (strobed)
    for (std::uint32_t i = 0; i < t.length; i += 8) {
      unsigned bits = 0;
      for (std::uint32_t k = 0; k < 8 && i + k < t.length; ++k)
        bits |= (t.strobes[i + k] != 0) << k;
      record_.push_back(static_cast<std::uint8_t>(bits));
    }
  good_ &= std::fwrite(record_.data(), record_.size(), 1, file_.get()) == 1;
}

bool LogWriter::close() {
  if (file_) good_ &= std::fclose(file_.release()) == 0;
  return good_;
}

// ---- reading

LogReader::LogReader(const std::string& path) : file_(std::fopen(path.c_str(), "rb")) {
  if (!file_) throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
  char magic[sizeof kMagic];
  std::uint32_t version[2];
  if (std::fread(magic, sizeof magic, 1, file_.get()) != 1 ||
      std::memcmp(magic, kMagic, sizeof magic) != 0 ||
      std::fread(version, sizeof version, 1, file_.get()) != 1)
    throw std::runtime_error(fmt::format("{}: not a log of transactions", path));
  if (version[0] != kLogVersion)
    throw std::runtime_error(
        fmt::format("{}: version {}, expected {}", path, version[0], kLogVersion));
}

std::uint8_t LogReader::byte() {
  const int c = std::fgetc(file_.get());
  if (c == EOF) throw std::runtime_error("the log is cut off");
  return static_cast<std::uint8_t>(c);
}

std::uint64_t LogReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t b = byte();
    value |= std::uint64_t{b & 0x7fu} << shift;
    if (!(b & 0x80)) return value;
  }
  throw std::runtime_error("the log is damaged: a number without an end");
}

void LogReader::bytes(void* to, std::size_t count) {
  if (count != 0 && std::fread(to, count, 1, file_.get()) != 1)
    throw std::runtime_error("the log is cut off");
}

bool LogReader::next(Transaction& t) {
  const int first = std::fgetc(file_.get());
  if (first == EOF) return false;
  const std::uint8_t second = byte();
  const unsigned content = second >> 4;
  if ((first & 15) > static_cast<int>(Kind::Interrupt) ||
      (first >> 4) > static_cast<int>(AccessStatus::BusError) ||
      (second & 15) > static_cast<int>(Purpose::Config))
    throw std::runtime_error("the log is damaged: an unknown kind");
  t = {};
  t.kind = static_cast<Kind>(first & 15);
  t.status = static_cast<AccessStatus>(first >> 4);
  t.purpose = static_cast<Purpose>(second & 15);
  t.number = next_ + number();
  t.time = time_ + number();
  t.device = static_cast<std::uint16_t>(number());
  t.queue = static_cast<std::uint16_t>(number() - 1);
  t.request = number() - 1;
  t.address = number();
  const std::uint64_t length = number();
  if (length > 0xffffffffu || ((content & kHasData) && length > LogWriter::kMostData))
    throw std::runtime_error("the log is damaged: more data than a record can have");
  t.length = static_cast<std::uint32_t>(length);
  next_ = t.number + 1;
  time_ = t.time;
  hashed_ = (content & kHasHash) != 0;
  if (content & kHasData) {
    // In pieces: a damaged length takes no more memory than the file has.
    data_.clear();
    for (std::uint64_t done = 0; done < length; done = data_.size()) {
      data_.resize(done + std::min<std::uint64_t>(length - done, kPiece));
      bytes(data_.data() + done, data_.size() - done);
    }
    t.data = data_.data();
  }
  if (hashed_) bytes(&hash_, sizeof hash_);
  if ((content & kHasStrobes) && t.data) {
    std::vector<std::uint8_t> bits((length + 7) / 8);
    bytes(bits.data(), bits.size());
    strobes_.resize(length);
    for (std::size_t i = 0; i < length; ++i) strobes_[i] = bits[i / 8] >> (i % 8) & 1;
    t.strobes = strobes_.data();
  }
  return true;
}

void dump(LogReader& log, std::ostream& out) {
  Transaction t;
  while (log.next(t)) {
    out << to_string(t);
    if (log.hashed()) out << fmt::format(" hash {:016x}", log.hash());
    if (t.data) {
      out << " :";
      for (std::uint32_t i = 0; i < std::min(t.length, 16u); ++i)
        out << (t.writes(i) ? fmt::format(" {:02x}", t.data[i]) : std::string(" --"));
      if (t.length > 16) out << " ...";
    }
    out << '\n';
  }
}

}  // namespace ringside::cosim
