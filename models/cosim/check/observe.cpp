// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/observe.h"

namespace ringside::cosim {

// Purposes are steps: they travel as numbers.
static_assert(static_cast<int>(Purpose::AvailIndex) == static_cast<int>(Step::AvailIndex) &&
              static_cast<int>(Purpose::Payload) == static_cast<int>(Step::Payload) &&
              static_cast<int>(Purpose::Suppression) == static_cast<int>(Step::Suppression) &&
              static_cast<int>(Purpose::Config) == static_cast<int>(Step::Config));
static_assert(Transaction::kNoQueue == TransactionTag::kNoQueue);

void TransactionStream::send(Transaction& t) {
  t.number = next_++;
  t.time = sc_core::sc_time_stamp().value();  // of 1 ps each (kit README)
  for (Listener* listener : listeners_) listener->see(t);
}

void TransactionStream::dma(bool is_write, std::uint64_t address, const void* data,
                            std::size_t bytes, const TransactionTag& tag, DmaStatus status) {
  if (!watched()) return;
  Transaction t;
  t.kind = is_write ? Kind::DmaWrite : Kind::DmaRead;
  t.status = status == DmaStatus::Ok             ? AccessStatus::Ok
             : status == DmaStatus::AddressError ? AccessStatus::AddressError
                                                 : AccessStatus::BusError;
  t.purpose = static_cast<Purpose>(tag.step);
  t.device = tag.requester_id;
  t.queue = tag.queue;
  t.request = tag.queue == TransactionTag::kNoQueue ? Transaction::kNoRequest : tag.request;
  t.address = address;
  t.length = static_cast<std::uint32_t>(bytes);
  t.data = static_cast<const std::uint8_t*>(data);
  send(t);
}

void TransactionStream::register_access(bool is_write, std::uint64_t offset, std::uint64_t value,
                                        unsigned bytes) {
  if (!watched()) return;
  std::uint8_t data[8];
  for (unsigned i = 0; i < 8; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
  Transaction t;
  t.kind = is_write ? Kind::RegisterWrite : Kind::RegisterRead;
  t.purpose = Purpose::Config;
  t.address = offset;
  t.length = bytes;
  t.data = data;
  send(t);
}

void TransactionStream::interrupt(std::uint16_t requester_id, unsigned queue) {
  if (!watched()) return;
  Transaction t;
  t.kind = Kind::Interrupt;
  t.purpose = Purpose::Interrupt;
  t.device = requester_id;
  t.queue = static_cast<std::uint16_t>(queue);
  send(t);
}

DmaStatus WatchedDma::read(std::uint64_t address, void* to, std::size_t bytes,
                           const TransactionTag& tag) {
  const DmaStatus status = dma_.read(address, to, bytes, tag);
  stream_.dma(false, address, to, bytes, tag, status);
  return status;
}

DmaStatus WatchedDma::write(std::uint64_t address, const void* from, std::size_t bytes,
                            const TransactionTag& tag) {
  const DmaStatus status = dma_.write(address, from, bytes, tag);
  stream_.dma(true, address, from, bytes, tag, status);
  return status;
}

}  // namespace ringside::cosim
