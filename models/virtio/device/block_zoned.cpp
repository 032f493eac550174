// SPDX-License-Identifier: Apache-2.0
// Requests of a zoned block device (virtio 1.4, 5.2.6). The states are in ZoneTable, the contents
// in the back end; here they meet.
#include <algorithm>
#include <array>

#include "virtio/device/block.h"

namespace ringside::virtio {

BlockStatus Block::zone_request(Request& request) {
  if (request.type == BlockRequest::ZoneReport) return zone_report(request);
  if (backend->read_only()) return BlockStatus::IoError;
  switch (request.type) {
    case BlockRequest::ZoneAppend:
      return zone_append(request);
    case BlockRequest::ZoneOpen:
      return zones_->open(request.sector);
    case BlockRequest::ZoneClose:
      return zones_->close(request.sector);
    case BlockRequest::ZoneFinish:
      return zones_->finish(request.sector);
    case BlockRequest::ZoneReset:
      return zone_reset(request.sector, true);
    default:
      return zone_reset_all();
  }
}

BlockStatus Block::zone_append(Request& request) {
  // The last 8 bytes before the status are the answer.
  std::uint64_t where = 0;
  if (request.data_in < sizeof where) return BlockStatus::IoError;
  if (request.data_out % kSectorBytes != 0) return BlockStatus::ZoneUnalignedWritePointer;
  const std::uint64_t sectors = request.data_out / kSectorBytes;
  BlockStatus status = zones_->begin_append(request.sector, sectors, where);
  if (status != BlockStatus::Ok) return status;
  status = store(request, where);
  const std::uint32_t answer_at = request.data_in - static_cast<std::uint32_t>(sizeof where);
  if (status == BlockStatus::Ok && !request.chain.write(answer_at, &where, sizeof where))
    status = BlockStatus::IoError;
  if (status != BlockStatus::Ok)
    zones_->write_failed(where, sectors);
  else if (answer_at == 0)
    request.written = sizeof where;
  return status;
}

BlockStatus Block::zone_report(Request& request) {
  constexpr std::uint32_t kHeader = 64;
  if (request.data_in < kHeader || request.sector >= capacity())
    return BlockStatus::ZoneInvalidCommand;
  const std::uint32_t first = zones_->index_of(request.sector);
  const std::uint32_t room = (request.data_in - kHeader) / sizeof(ZoneDescriptor);
  const std::uint32_t wanted = std::min(room, zones_->count() - first);
  std::array<std::uint64_t, kHeader / 8> header{wanted};
  if (!request.chain.write(0, header.data(), kHeader)) return BlockStatus::IoError;
  request.written = kHeader;
  std::array<ZoneDescriptor, 64> batch;
  for (std::uint32_t done = 0; done < wanted;) {
    const std::uint32_t now = std::min<std::uint32_t>(wanted - done, batch.size());
    for (std::uint32_t i = 0; i < now; ++i) batch[i] = zones_->describe(first + done + i);
    const auto bytes = static_cast<std::uint32_t>(now * sizeof(ZoneDescriptor));
    if (!request.chain.write(request.written, batch.data(), bytes)) return BlockStatus::IoError;
    request.written += bytes;
    done += now;
  }
  return BlockStatus::Ok;
}

BlockStatus Block::zone_reset(std::uint64_t sector, bool may_unmap) {
  const BlockStatus status = zones_->check_reset(sector);
  if (status != BlockStatus::Ok) return status;
  const std::uint64_t sectors = zones_->end_of(zones_->index_of(sector)) - sector;
  if (!backend->write_zeroes(sector * kSectorBytes, sectors * kSectorBytes, may_unmap))
    return BlockStatus::IoError;
  return zones_->reset(sector);
}

BlockStatus Block::zone_reset_all() {
  for (std::uint32_t zone = 0; zone < zones_->count(); ++zone) {
    if (!zones_->resets_with_all(zone)) continue;
    const BlockStatus status = zone_reset(zones_->start_of(zone), true);
    if (status != BlockStatus::Ok) return status;
  }
  return BlockStatus::Ok;
}

BlockStatus Block::erase_zones(const BlockRange& range) {
  for (std::uint64_t sector = range.sector; sector < range.sector + range.sectors;) {
    const std::uint32_t zone = zones_->index_of(sector);
    const std::uint64_t end = zones_->end_of(zone);
    if (zones_->type_of(zone) != ZoneType::Conventional) {
      const BlockStatus status = zone_reset(sector, false);
      if (status != BlockStatus::Ok) return status;
    } else if (!backend->write_zeroes(sector * kSectorBytes, (end - sector) * kSectorBytes,
                                      false)) {
      return BlockStatus::IoError;
    }
    sector = end;
  }
  return BlockStatus::Ok;
}

// ---- write pointers at power-on

void Block::find_write_pointers() {
  write_pointers_known_ = true;
  for (std::uint32_t zone = zones_->layout().conventional; zone < zones_->count(); ++zone)
    zones_->set_written(zone, written_sectors(zone));
  for (unsigned zone : param.read_only_zones.get()) zones_->set_failed(zone, ZoneState::ReadOnly);
  for (unsigned zone : param.offline_zones.get()) zones_->set_failed(zone, ZoneState::Offline);
}

std::uint32_t Block::written_sectors(std::uint32_t zone) {
  const std::uint64_t start = zones_->start_of(zone) * kSectorBytes;
  const std::uint64_t end = start + std::uint64_t{zones_->capacity_of(zone)} * kSectorBytes;
  std::vector<std::uint8_t>& bounce = bounce_[0];
  std::uint64_t used = start;
  for (std::uint64_t at = backend->next_data(start); at < end;) {
    at = at / kSectorBytes * kSectorBytes;
    const std::size_t now = std::min<std::uint64_t>(end - at, bounce.size());
    if (!backend->read(at, bounce.data(), now)) {
      used = end;  // what cannot be read must not be written either
      break;
    }
    const auto last = std::find_if(bounce.rend() - static_cast<std::ptrdiff_t>(now), bounce.rend(),
                                   [](std::uint8_t byte) { return byte != 0; });
    const auto bytes = static_cast<std::uint64_t>(bounce.rend() - last);
    if (bytes != 0) used = at + bytes;
    at = backend->next_data(at + now);
  }
  const std::uint64_t unit = std::uint64_t{zones_->layout().granularity} * kSectorBytes;
  const std::uint64_t sectors = (used - start + unit - 1) / unit * unit / kSectorBytes;
  return std::min(static_cast<std::uint32_t>(sectors), zones_->capacity_of(zone));
}

}  // namespace ringside::virtio
