// SPDX-License-Identifier: Apache-2.0
#include "scsi/tag_store.h"

#include <algorithm>
#include <array>

namespace ringside::scsi {

namespace {

constexpr std::uint64_t kSector = backend::BlockBackend::kSector;
constexpr std::uint64_t kTuplesPerSector = kSector / kTupleBytes;

/// The sectors around a range of tuples.
struct Span {
  Span(std::uint64_t lba, std::size_t blocks)
      : start(lba * kTupleBytes / kSector * kSector),
        skip(static_cast<std::size_t>(lba * kTupleBytes - start)),
        bytes(static_cast<std::size_t>(
            backend::BlockBackend::whole_sectors(skip + blocks * kTupleBytes))) {}
  std::uint64_t start;
  std::size_t skip;
  std::size_t bytes;
};
using Sectors = std::array<std::uint8_t, TagStore::kMaxBlocks * kTupleBytes + 2 * kSector>;

}  // namespace

bool TagStore::read(std::uint64_t lba, std::size_t blocks, std::uint8_t* to) {
  const Span span(lba, blocks);
  Sectors sectors;
  if (!backend_.read(span.start, sectors.data(), span.bytes)) return false;
  for (std::size_t i = 0; i < blocks * kTupleBytes; ++i)
    to[i] = static_cast<std::uint8_t>(~sectors[span.skip + i]);
  return true;
}

bool TagStore::write(std::uint64_t lba, std::size_t blocks, const std::uint8_t* from) {
  const Span span(lba, blocks);
  Sectors sectors;
  if (!backend_.read(span.start, sectors.data(), span.bytes)) return false;
  for (std::size_t i = 0; i < blocks * kTupleBytes; ++i)
    sectors[span.skip + i] = static_cast<std::uint8_t>(~from[i]);
  return backend_.write(span.start, sectors.data(), span.bytes);
}

bool TagStore::forget(std::uint64_t lba, std::uint64_t blocks) {
  std::array<std::uint8_t, kMaxBlocks * kTupleBytes> none;
  none.fill(0xff);
  while (blocks != 0) {
    const std::uint64_t into = lba % kTuplesPerSector;
    const std::uint64_t whole = blocks / kTuplesPerSector * kTuplesPerSector;
    std::uint64_t done;
    if (into == 0 && whole != 0) {
      done = whole;
      if (!backend_.write_zeroes(lba * kTupleBytes, whole * kTupleBytes, true)) return false;
    } else {
      done = std::min(blocks, kTuplesPerSector - into);
      if (!write(lba, static_cast<std::size_t>(done), none.data())) return false;
    }
    lba += done;
    blocks -= done;
  }
  return true;
}

}  // namespace ringside::scsi
