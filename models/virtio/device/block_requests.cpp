// SPDX-License-Identifier: Apache-2.0
// What the block device does with a request (virtio 1.4, 5.2.6).
#include <algorithm>
#include <array>
#include <cstring>

#include "virtio/device/block.h"

namespace ringside::virtio {

void Block::serve(unsigned index) {
  while (ChainPtr chain = queue(index).pop()) handle(index, std::move(chain));
}

void Block::handle(unsigned index, ChainPtr chain) {
  if (chain->writable_bytes() == 0)
    return needs_reset("block request without a byte for its status");
  const std::uint32_t room = chain->writable_bytes() - 1;
  BlockStatus status = BlockStatus::IoError;  // also for what is shorter than a header
  Request request{index, *chain, BlockRequest{}, 0, 0, room, 0};
  if (chain->readable_bytes() >= sizeof(BlockHeader)) {
    BlockHeader header{};
    if (!chain->read(0, &header, sizeof header)) return;
    request.type = static_cast<BlockRequest>(header.type);
    request.sector = header.sector;
    request.data_out = chain->readable_bytes() - static_cast<std::uint32_t>(sizeof header);
    status = perform(request);
  }
  if (!chain->write(room, &status, sizeof status)) return;
  count(request.type, status);
  // The used length promises that all bytes up to it have been written (2.7.8.2), so it reaches the
  // status only if nothing before that was left out.
  queue(index).push(std::move(chain), request.written == room ? room + 1 : request.written);
}

void Block::count(BlockRequest type, BlockStatus status) {
  if (status != BlockStatus::Ok)
    ++errors;
  else if (type == BlockRequest::In)
    ++reads;
  else if (type == BlockRequest::Out || type == BlockRequest::ZoneAppend)
    ++writes;
  else if (type == BlockRequest::Flush || type == BlockRequest::FlushOut)
    ++flushes;
  else
    ++others;
}

BlockStatus Block::perform(Request& request) {
  switch (request.type) {
    case BlockRequest::In:
      return read_data(request);
    case BlockRequest::Out:
      return write_data(request);
    case BlockRequest::FlushOut:
      if (!legacy()) return BlockStatus::Unsupported;
      [[fallthrough]];
    case BlockRequest::Flush:
      return param.flush ? flush() : BlockStatus::Unsupported;
    case BlockRequest::GetId:
      return get_id(request);
    case BlockRequest::GetLifetime:
      return get_lifetime(request);
    case BlockRequest::Discard:
    case BlockRequest::WriteZeroes:
    case BlockRequest::SecureErase:
      return ranges(request);
    case BlockRequest::ZoneAppend:
    case BlockRequest::ZoneReport:
    case BlockRequest::ZoneOpen:
    case BlockRequest::ZoneClose:
    case BlockRequest::ZoneFinish:
    case BlockRequest::ZoneReset:
    case BlockRequest::ZoneResetAll:
      return has(kBlkZoned) ? zone_request(request) : BlockStatus::Unsupported;
  }
  return BlockStatus::Unsupported;
}

bool Block::inside(std::uint64_t sector, std::uint64_t bytes) const {
  const std::uint64_t sectors = capacity();
  return bytes % kSectorBytes == 0 && sector <= sectors && bytes / kSectorBytes <= sectors - sector;
}

// ---- data

bool Block::read_chunk(std::uint64_t sector, std::uint8_t* to, std::uint32_t bytes) {
  std::uint32_t there = bytes;
  if (has(kBlkZoned))
    there = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(bytes / kSectorBytes, zones_->written_from(sector)) * kSectorBytes);
  // Behind a write pointer there are zeroes, whatever the back end holds.
  std::memset(to + there, 0, bytes - there);
  return backend->read(sector * kSectorBytes, to, there);
}

BlockStatus Block::read_data(Request& request) {
  const std::uint32_t total = request.data_in;
  if (!inside(request.sector, total)) return BlockStatus::IoError;
  if (host_managed() && !has(kBlkZoned)) return BlockStatus::IoError;
  if (has(kBlkZoned)) {
    const BlockStatus status = zones_->check_read(request.sector, total / kSectorBytes);
    if (status != BlockStatus::Ok) return status;
  }
  std::vector<std::uint8_t>& bounce = bounce_[request.queue];
  std::uint32_t& done = request.written;
  while (done < total) {
    const std::uint64_t sector = request.sector + done / kSectorBytes;
    std::uint32_t now = std::min<std::uint32_t>(total - done, kBounceBytes);
    if (has(kBlkZoned))
      now = static_cast<std::uint32_t>(std::min<std::uint64_t>(
          now, (zones_->end_of(zones_->index_of(sector)) - sector) * kSectorBytes));
    // The disk may have shrunk while memory was waited for.
    if (!inside(sector, now) || !read_chunk(sector, bounce.data(), now))
      return BlockStatus::IoError;
    if (!request.chain.write(done, bounce.data(), now)) return BlockStatus::IoError;
    done += now;
  }
  return BlockStatus::Ok;
}

BlockStatus Block::write_data(Request& request) {
  if (backend->read_only()) return BlockStatus::IoError;
  if (!inside(request.sector, request.data_out)) return BlockStatus::IoError;
  if (!zones_) return store(request, request.sector);
  const std::uint64_t sectors = request.data_out / kSectorBytes;
  if (!has(kBlkZoned)) {
    if (host_managed()) return BlockStatus::IoError;
    zones_->written_blindly(request.sector, sectors);
    return store(request, request.sector);
  }
  BlockStatus status = zones_->begin_write(request.sector, sectors);
  if (status != BlockStatus::Ok) return status;
  status = store(request, request.sector);
  if (status != BlockStatus::Ok) zones_->write_failed(request.sector, sectors);
  return status;
}

BlockStatus Block::store(Request& request, std::uint64_t sector) {
  std::vector<std::uint8_t>& bounce = bounce_[request.queue];
  const std::uint32_t total = request.data_out;
  for (std::uint32_t done = 0; done < total;) {
    const std::uint32_t now = std::min<std::uint32_t>(total - done, kBounceBytes);
    if (!request.chain.read(sizeof(BlockHeader) + done, bounce.data(), now))
      return BlockStatus::IoError;
    const std::uint64_t at = sector + done / kSectorBytes;
    if (!inside(at, now) || !backend->write(at * kSectorBytes, bounce.data(), now))
      return BlockStatus::IoError;
    done += now;
  }
  return must_write_through() ? flush() : BlockStatus::Ok;
}

BlockStatus Block::flush() {
  return backend->flush() ? BlockStatus::Ok : BlockStatus::IoError;
}

// ---- information

BlockStatus Block::get_id(Request& request) {
  std::array<char, kIdBytes> id{};
  std::copy_n(param.serial->begin(), std::min<std::size_t>(param.serial->size(), kIdBytes),
              id.begin());
  const std::uint32_t room = std::min(request.data_in, kIdBytes);
  if (!request.chain.write(0, id.data(), room)) return BlockStatus::IoError;
  request.written = room;
  return BlockStatus::Ok;
}

BlockStatus Block::get_lifetime(Request& request) {
  if (!has(kBlkLifetime)) return BlockStatus::Unsupported;
  BlockLifetime info{};
  info.pre_eol_info = static_cast<std::uint16_t>(param.pre_eol_info);
  info.device_lifetime_est_typ_a = static_cast<std::uint16_t>(param.lifetime_a);
  info.device_lifetime_est_typ_b = static_cast<std::uint16_t>(param.lifetime_b);
  if (request.data_in < sizeof info || !request.chain.write(0, &info, sizeof info))
    return BlockStatus::IoError;
  request.written = sizeof info;
  return BlockStatus::Ok;
}

// ---- discard, write zeroes, secure erase

BlockStatus Block::ranges(Request& request) {
  const unsigned feature = request.type == BlockRequest::Discard       ? kBlkDiscard
                           : request.type == BlockRequest::WriteZeroes ? kBlkWriteZeroes
                                                                       : kBlkSecureErase;
  if (!has(feature)) return BlockStatus::Unsupported;
  if (request.type == BlockRequest::SecureErase && request.data_out == 0 && request.data_in != 0)
    warn_of_misplaced_ranges();
  std::array<BlockRange, kMaxRanges> list;
  const std::uint32_t count = request.data_out / sizeof(BlockRange);
  if (count == 0 || request.data_out % sizeof(BlockRange) != 0 || count > kMaxRanges)
    return BlockStatus::IoError;
  if (!request.chain.read(sizeof(BlockHeader), list.data(), request.data_out))
    return BlockStatus::IoError;
  // All are looked at before anything is done: an unsupported request has no effect.
  const auto end = list.begin() + count;
  BlockStatus worst = BlockStatus::Ok;
  for (auto range = list.begin(); range != end; ++range) {
    const BlockStatus status = check_range(request.type, *range);
    if (status == BlockStatus::Unsupported) return status;
    if (status != BlockStatus::Ok) worst = status;
  }
  if (worst != BlockStatus::Ok) return worst;
  for (auto range = list.begin(); range != end; ++range) {
    const BlockStatus status = do_range(request.type, *range);
    if (status != BlockStatus::Ok) return status;
  }
  return must_write_through() ? flush() : BlockStatus::Ok;
}

void Block::warn_of_misplaced_ranges() {
  if (warned_) return;
  warned_ = true;
  SC_REPORT_WARNING(label().c_str(),
                    "the driver put the ranges of a secure erase into a buffer for the device to "
                    "write, so they cannot be read: the request fails (Linux does this)");
}

BlockStatus Block::check_range(BlockRequest type, const BlockRange& range) const {
  // Flags that nobody knows, and unmap anywhere but with write zeroes, are unsupported (5.2.6.2).
  const std::uint32_t known = type == BlockRequest::WriteZeroes ? BlockRange::kUnmap : 0;
  if ((range.flags & ~known) != 0) return BlockStatus::Unsupported;
  const std::uint32_t most = type == BlockRequest::SecureErase
                                 ? std::max(kMaxRangeSectors, erase_alignment())
                                 : kMaxRangeSectors;
  if (range.sectors > most || !inside(range.sector, std::uint64_t{range.sectors} * kSectorBytes))
    return BlockStatus::IoError;
  if (type != BlockRequest::SecureErase || !has(kBlkZoned)) return BlockStatus::Ok;
  const bool whole =
      range.sector % erase_alignment() == 0 &&
      (range.sectors % erase_alignment() == 0 || range.sector + range.sectors == capacity());
  return whole ? BlockStatus::Ok : BlockStatus::ZoneInvalidCommand;
}

BlockStatus Block::do_range(BlockRequest type, const BlockRange& range) {
  const std::uint64_t at = range.sector * kSectorBytes;
  const std::uint64_t bytes = std::uint64_t{range.sectors} * kSectorBytes;
  if (bytes == 0) return BlockStatus::Ok;
  bool done = false;
  switch (type) {
    case BlockRequest::Discard:
      done = backend->discard(at, bytes);
      break;
    case BlockRequest::WriteZeroes:
      if (has(kBlkZoned)) {
        const BlockStatus status = zones_->begin_write(range.sector, range.sectors);
        if (status != BlockStatus::Ok) return status;
      } else if (zones_) {
        zones_->written_blindly(range.sector, range.sectors);
      }
      done = backend->write_zeroes(at, bytes, (range.flags & BlockRange::kUnmap) != 0);
      break;
    default:
      if (has(kBlkZoned)) return erase_zones(range);
      done = backend->write_zeroes(at, bytes, false);
      break;
  }
  return done ? BlockStatus::Ok : BlockStatus::IoError;
}

}  // namespace ringside::virtio
