// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/block.h"

#include <algorithm>
#include <cstring>

namespace ringside::virtio {

Block::Block(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  const std::uint64_t block = block_size->bytes;
  if ((block & (block - 1)) != 0)
    diagnostics().error(block_size.where(), "'block_size' of " + label() + " is " +
                                                format_size(block_size) +
                                                "; expected a power of 2");
  if (serial->size() > kIdBytes)
    diagnostics().error(serial.where(),
                        "'serial' of " + label() + " is longer than 20 characters; shorten it");
  for (unsigned i = 0; i < queues; ++i) {
    add_queue(queues == 1u ? "requestq" : "requestq" + std::to_string(i + 1), queue_size);
    bounce_.emplace_back(kBounceBytes);
  }
}

FeatureSet Block::device_features() const {
  FeatureSet offered{kBlkSegMax, kBlkGeometry, kBlkBlkSize, kBlkFlush, kBlkTopology, kBlkConfigWce};
  const bool writable = backend && !backend->read_only();
  offered.set(kBlkSizeMax, size_max != 0u);
  offered.set(kBlkMq, queues > 1u);
  offered.set(kBlkRo, !writable);
  offered.set(kBlkDiscard, discard && writable);
  offered.set(kBlkWriteZeroes, write_zeroes && writable);
  offered.set(kBlkSecureErase, secure_erase && writable);
  offered.set(kBlkLifetime, lifetime);
  return offered;
}

// ---- configuration space (5.2.4)
// -----------------------------------------------------------------------------------

namespace {

template <std::size_t N, typename T>
void put(std::array<std::uint8_t, N>& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value,
              sizeof value);  // little-endian, like every host this runs on
}

}  // namespace

std::array<std::uint8_t, Block::kConfigBytes> Block::config() const {
  std::array<std::uint8_t, kConfigBytes> c{};
  const std::uint64_t sectors = backend->bytes() / kSectorBytes;
  put<96, std::uint64_t>(c, 0, sectors);
  put<96, std::uint32_t>(c, 8, size_max);
  put<96, std::uint32_t>(c, 12, queue_size - 2);  // header and status take two descriptors
  // Geometry is a fiction that old partitioning tools ask for: 16 heads, 63 sectors.
  put<96, std::uint16_t>(
      c, 16, static_cast<std::uint16_t>(std::min<std::uint64_t>(sectors / (16 * 63), 16383)));
  put<96, std::uint8_t>(c, 18, 16);
  put<96, std::uint8_t>(c, 19, 63);
  put<96, std::uint32_t>(c, 20, static_cast<std::uint32_t>(block_size->bytes));
  put<96, std::uint8_t>(c, 24, static_cast<std::uint8_t>(physical_block_exp.get()));
  put<96, std::uint8_t>(c, 25, static_cast<std::uint8_t>(alignment_offset.get()));
  put<96, std::uint16_t>(c, 26, static_cast<std::uint16_t>(min_io_blocks.get()));
  put<96, std::uint32_t>(c, 28, opt_io_blocks);
  put<96, std::uint8_t>(c, 32, cache_on_ ? 1 : 0);
  put<96, std::uint16_t>(c, 34, static_cast<std::uint16_t>(queues.get()));
  const auto alignment = static_cast<std::uint32_t>(block_size->bytes / kSectorBytes);
  if (device_features().has(kBlkDiscard)) {
    put<96, std::uint32_t>(c, 36, kMaxRangeSectors);
    put<96, std::uint32_t>(c, 40, kMaxRangeSegments);
    put<96, std::uint32_t>(c, 44, alignment);
  }
  if (device_features().has(kBlkWriteZeroes)) {
    put<96, std::uint32_t>(c, 48, kMaxRangeSectors);
    put<96, std::uint32_t>(c, 52, kMaxRangeSegments);
    put<96, std::uint8_t>(c, 56, 1);
  }
  if (device_features().has(kBlkSecureErase)) {
    put<96, std::uint32_t>(c, 60, kMaxRangeSectors);
    put<96, std::uint32_t>(c, 64, kMaxRangeSegments);
    put<96, std::uint32_t>(c, 68, alignment);
  }
  return c;
}

void Block::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  const auto c = config();
  std::copy_n(c.begin() + static_cast<std::ptrdiff_t>(offset), bytes, to);
}

void Block::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  // Only `writeback` can be written, and only if the driver has taken the feature (5.2.5).
  constexpr std::size_t kWriteback = 32;
  if (!has(kBlkConfigWce) || offset > kWriteback || offset + bytes <= kWriteback) return;
  const bool on = from[kWriteback - offset] != 0;
  if (cache_on_ && !on) backend->flush();  // what is cached now has to be stable from here on
  cache_on_ = on;
}

void Block::on_driver_ok() {
  // A driver that took neither FLUSH nor CONFIG_WCE cannot ask for stable storage: every write has
  // to be (5.2.6.2).
  if (!has(kBlkFlush) && !has(kBlkConfigWce)) cache_on_ = false;
}

void Block::on_reset() {
  cache_on_ = write_cache;
}

void Block::finish() {
  if (backend && !backend->read_only()) backend->flush();
}

// ---- requests (5.2.6)
// ----------------------------------------------------------------------------------------------

void Block::serve(unsigned index) {
  while (ChainPtr chain = queue(index).pop()) handle(index, std::move(chain));
}

void Block::handle(unsigned index, ChainPtr chain) {
  if (chain->writable_bytes() == 0)
    return needs_reset("block request without a byte for its status");
  const std::uint32_t status_at = chain->writable_bytes() - 1;
  Header header{};
  Outcome outcome;
  if (!chain->read(0, &header, sizeof header)) {
    if (!driver_ok() || !chain->alive()) return;
    outcome.status = BlockStatus::IoError;  // shorter than a header
  } else {
    outcome = perform(index, header, *chain);
  }
  const auto status = static_cast<std::uint8_t>(outcome.status);
  if (!chain->write(status_at, &status, 1)) return;
  // Used length counts from the start of the writable part, so it reaches the status only if all
  // before is written.
  const std::uint32_t written = outcome.written == status_at ? status_at + 1 : outcome.written;
  queue(index).push(std::move(chain), status_at == 0 ? 1 : written);
}

Block::Outcome Block::perform(unsigned index, const Header& header, DescriptorChain& chain) {
  switch (static_cast<BlockRequest>(header.type)) {
    case BlockRequest::In:
      return read_data(index, header.sector, chain);
    case BlockRequest::Out:
      return write_data(index, header.sector, chain);
    case BlockRequest::Flush:
      return {backend->flush() ? BlockStatus::Ok : BlockStatus::IoError, 0};
    case BlockRequest::GetId:
      return get_id(chain);
    case BlockRequest::GetLifetime:
      return get_lifetime(chain);
    case BlockRequest::Discard:
    case BlockRequest::WriteZeroes:
    case BlockRequest::SecureErase:
      return {ranges(static_cast<BlockRequest>(header.type), chain), 0};
  }
  return {BlockStatus::Unsupported, 0};
}

bool Block::inside(std::uint64_t sector, std::uint64_t bytes) const {
  const std::uint64_t capacity = backend->bytes() / kSectorBytes;
  return bytes % kSectorBytes == 0 && sector <= capacity &&
         bytes / kSectorBytes <= capacity - sector;
}

Block::Outcome Block::read_data(unsigned index, std::uint64_t sector, DescriptorChain& chain) {
  const std::uint32_t total = chain.writable_bytes() - 1;
  if (!inside(sector, total)) return {BlockStatus::IoError, 0};
  std::vector<std::uint8_t>& bounce = bounce_[index];
  for (std::uint32_t done = 0; done < total;) {
    const std::uint32_t now = std::min<std::uint32_t>(total - done, kBounceBytes);
    if (!backend->read(sector * kSectorBytes + done, bounce.data(), now))
      return {BlockStatus::IoError, done};
    if (!chain.write(done, bounce.data(), now)) return {BlockStatus::IoError, done};
    done += now;
  }
  return {BlockStatus::Ok, total};
}

bool Block::must_write_through() const {
  return !cache_on_;
}

Block::Outcome Block::write_data(unsigned index, std::uint64_t sector, DescriptorChain& chain) {
  if (backend->read_only()) return {BlockStatus::IoError, 0};
  const std::uint32_t total = chain.readable_bytes() - sizeof(Header);
  if (!inside(sector, total)) return {BlockStatus::IoError, 0};
  std::vector<std::uint8_t>& bounce = bounce_[index];
  for (std::uint32_t done = 0; done < total;) {
    const std::uint32_t now = std::min<std::uint32_t>(total - done, kBounceBytes);
    if (!chain.read(sizeof(Header) + done, bounce.data(), now)) return {BlockStatus::IoError, 0};
    if (!backend->write(sector * kSectorBytes + done, bounce.data(), now))
      return {BlockStatus::IoError, 0};
    done += now;
  }
  if (must_write_through() && !backend->flush()) return {BlockStatus::IoError, 0};
  return {BlockStatus::Ok, 0};
}

Block::Outcome Block::get_id(DescriptorChain& chain) {
  std::array<char, kIdBytes> id{};
  std::copy_n(serial->begin(), std::min<std::size_t>(serial->size(), kIdBytes), id.begin());
  const std::uint32_t room = std::min<std::uint32_t>(chain.writable_bytes() - 1, kIdBytes);
  if (!chain.write(0, id.data(), room)) return {BlockStatus::IoError, 0};
  return {BlockStatus::Ok, room};
}

Block::Outcome Block::get_lifetime(DescriptorChain& chain) {
  if (!has(kBlkLifetime)) return {BlockStatus::Unsupported, 0};
  // {pre_eol_info, device_lifetime_est_typ_a, ..._b}: normal, 0-10 % of the lifetime used (5.2.6).
  const std::array<std::uint16_t, 3> info{1, 1, 1};
  if (chain.writable_bytes() - 1 < sizeof info) return {BlockStatus::IoError, 0};
  if (!chain.write(0, info.data(), sizeof info)) return {BlockStatus::IoError, 0};
  return {BlockStatus::Ok, sizeof info};
}

BlockStatus Block::ranges(BlockRequest type, DescriptorChain& chain) {
  const unsigned feature = type == BlockRequest::Discard       ? kBlkDiscard
                           : type == BlockRequest::WriteZeroes ? kBlkWriteZeroes
                                                               : kBlkSecureErase;
  if (!has(feature)) return BlockStatus::Unsupported;
  if (backend->read_only()) return BlockStatus::IoError;
  struct Segment {
    std::uint64_t sector;
    std::uint32_t sectors;
    std::uint32_t flags;
  } segment{};
  const std::uint32_t total = chain.readable_bytes() - sizeof(Header);
  if (total == 0 || total % sizeof segment != 0 || total / sizeof segment > kMaxRangeSegments)
    return BlockStatus::IoError;
  for (std::uint32_t at = 0; at < total; at += sizeof segment) {
    if (!chain.read(sizeof(Header) + at, &segment, sizeof segment)) return BlockStatus::IoError;
    const BlockStatus status = one_range(type, segment.sector, segment.sectors, segment.flags);
    if (status != BlockStatus::Ok) return status;
  }
  if (must_write_through() && !backend->flush()) return BlockStatus::IoError;
  return BlockStatus::Ok;
}

BlockStatus Block::one_range(BlockRequest type, std::uint64_t sector, std::uint32_t sectors,
                             std::uint32_t flags) {
  constexpr std::uint32_t kUnmap = 1;
  // Unknown flags, and unmap anywhere but with write zeroes, are unsupported (5.2.6.2).
  if ((flags & ~kUnmap) != 0) return BlockStatus::Unsupported;
  if (type != BlockRequest::WriteZeroes && flags != 0) return BlockStatus::Unsupported;
  const std::uint64_t bytes = std::uint64_t{sectors} * kSectorBytes;
  if (sectors > kMaxRangeSectors || !inside(sector, bytes)) return BlockStatus::IoError;
  const std::uint64_t at = sector * kSectorBytes;
  bool done = false;
  if (type == BlockRequest::Discard)
    done = backend->discard(at, bytes);
  else
    done = backend->write_zeroes(at, bytes,
                                 type == BlockRequest::WriteZeroes && (flags & kUnmap) != 0);
  return done ? BlockStatus::Ok : BlockStatus::IoError;
}

}  // namespace ringside::virtio
