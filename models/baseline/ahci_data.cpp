// SPDX-License-Identifier: Apache-2.0
// Descriptors of a command, and data between memory and disk.
#include <algorithm>

#include "baseline/ahci_port.h"

namespace ringside::ahci {

using namespace ata;

/// False if the port has stopped, or the command been given up.
bool Port::read(std::uint64_t address, void* to, std::size_t bytes, Step step) {
  const unsigned epoch = epoch_;
  const DmaStatus status = owner_.memory().read(address, to, bytes, tag(step));
  if (epoch != epoch_) return false;
  if (status == DmaStatus::Ok) return true;
  owner_.dma_failed();
  stop(kHostBusFatal);
  return false;
}

/// Moves all data of a command.
Port::Moved Port::move(Job& job) {
  const AtaDisk::Job& work = job.work;
  // A queued command's buffer is chosen by its tag.
  const CommandHeader& header = headers_[is_queued(work.protocol) ? work.task.tag() : job.slot];
  Place place;
  place.table = header.table() + kDescriptorsOffset;
  place.descriptors = header.descriptors();
  if (is_queued(work.protocol) &&
      !post(kDmaSetupOffset, dma_setup_fis(work.task.tag(), is_in(work.protocol), work.bytes)))
    return Moved::Gone;
  const std::size_t most = is_pio(work.protocol) ? work.block : kDataFisBytes;
  const unsigned epoch = epoch_;
  Moved moved = Moved::All;
  std::uint64_t done = 0;
  while (done < work.bytes && moved == Moved::All) {
    const std::size_t now = std::min<std::uint64_t>(work.bytes - done, most);
    moved = move_block(job, place, done, now);
    if (moved == Moved::Gone) return moved;
    if (moved == Moved::All) done += now;
    rest();
    if (epoch != epoch_) return Moved::Gone;
  }
  // Who queues knows how much has been moved.
  if (!is_queued(work.protocol) && !count_bytes(job.slot, done)) return Moved::Gone;
  return moved;
}

/// Says in the command's header how many bytes have been moved.
bool Port::count_bytes(unsigned slot, std::uint64_t bytes) {
  const unsigned epoch = epoch_;
  const auto count = static_cast<std::uint32_t>(bytes);
  const std::uint64_t header = PortRegisters::wide(registers.list, registers.list_high) +
                               std::uint64_t{slot} * CommandHeader::kBytes;
  const DmaStatus status = owner_.memory().write(header + CommandHeader::kCountOffset, &count,
                                                 sizeof count, tag(Step::UsedRing));
  if (epoch != epoch_) return false;
  if (status == DmaStatus::Ok) return true;
  owner_.dma_failed();
  stop(kHostBusFatal);
  return false;
}

/// Moves what travels in one frame.
Port::Moved Port::move_block(Job& job, Place& place, std::uint64_t done, std::size_t bytes) {
  const sc_core::sc_time since = sc_core::sc_time_stamp();
  AtaDisk::Job& work = job.work;
  const unsigned epoch = epoch_;
  const bool in = is_in(work.protocol);
  if (in && !disk_->read(work, done, buffer_.data(), bytes)) return Moved::Refused;
  if (is_pio(work.protocol) && !pio_setup(work, done, bytes)) return Moved::Gone;
  const Moved moved = touch(place, in, bytes);
  if (moved != Moved::All) return moved;
  wire(since, bytes);
  if (epoch != epoch_) return Moved::Gone;
  statistics.bytes += bytes;
  burst_bytes_ += bytes;
  if (!in && !disk_->write(work, done, buffer_.data(), bytes)) return Moved::Refused;
  if (!is_pio(work.protocol)) return Moved::All;
  const bool last = done + bytes == work.bytes;
  show_taskfile(last && in ? kGood : std::uint8_t{kBusy}, 0);
  // The interrupt of the last block that is read is the command's end; the first that is written
  // has none.
  if (in ? !last : done != 0) interrupt(kPioSetupFis);
  return Moved::All;
}

/// Tells the host of a block of data.
bool Port::pio_setup(const AtaDisk::Job& work, std::uint64_t done, std::size_t bytes) {
  const bool in = is_in(work.protocol);
  const bool last = done + bytes == work.bytes;
  const auto fis =
      pio_setup_fis(work.answer, in, in || done != 0, last && in ? kGood : std::uint8_t{kBusy},
                    static_cast<std::uint32_t>(bytes));
  if (!post(kPioSetupOffset, fis)) return false;
  show_taskfile(kGood | kDataRequest, 0);
  return true;
}

/// Moves bytes between the buffer and memory.
Port::Moved Port::touch(Place& place, bool to_memory, std::size_t bytes) {
  std::array<DmaSegment, kSegments> segments;
  for (std::size_t done = 0; done < bytes;) {
    std::size_t count = 0;
    Moved found = Moved::All;
    while (count < kSegments && done < bytes) {
      DmaSegment& segment = segments[count];
      found = piece(place, bytes - done, segment);
      if (found == Moved::Gone) return found;
      if (found == Moved::Short) break;
      segment.data = buffer_.data() + done;
      done += segment.bytes;
      ++count;
    }
    const unsigned epoch = epoch_;
    burst_accesses_ += count;
    const TransactionTag what = tag(Step::Payload);
    DmaStatus status = DmaStatus::Ok;
    if (count != 0)
      status = to_memory
                   ? owner_.memory().write_all(segments.data(), count, what, settings_.outstanding)
                   : owner_.memory().read_all(segments.data(), count, what, settings_.outstanding);
    if (epoch != epoch_) return Moved::Gone;
    if (status != DmaStatus::Ok) {
      owner_.dma_failed();
      stop(kHostBusFatal);
      return Moved::Gone;
    }
    if (place.interrupts) interrupt(kDescriptorDone);
    place.interrupts = false;
    if (found == Moved::Short) return found;
  }
  return Moved::All;
}

/// The next piece of memory, of `most` bytes at most.
Port::Moved Port::piece(Place& place, std::size_t most, DmaSegment& segment) {
  if (place.left == 0) {
    if (place.next == place.descriptors) return Moved::Short;
    if (place.next == place.first + place.count) {
      const unsigned count = std::min(kCachedDescriptors, place.descriptors - place.next);
      if (!read(place.table + std::uint64_t{place.next} * Descriptor::kBytes, place.cached.data(),
                std::size_t{count} * Descriptor::kBytes, Step::IndirectTable))
        return Moved::Gone;
      place.first = place.next;
      place.count = count;
    }
    const Descriptor& descriptor = place.cached[place.next - place.first];
    ++place.next;
    place.at = descriptor.address();
    place.left = descriptor.bytes();
    place.interrupts_at_end = descriptor.interrupts();
  }
  const auto bytes = static_cast<std::uint32_t>(std::min<std::size_t>(place.left, most));
  segment.address = place.at;
  segment.bytes = bytes;
  place.at += bytes;
  place.left -= bytes;
  if (place.left == 0) place.interrupts |= place.interrupts_at_end;
  return Moved::All;
}

}  // namespace ringside::ahci
