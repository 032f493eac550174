// SPDX-License-Identifier: Apache-2.0
// What a device in RTL does on its AXI4 manager, as transactions.
#pragma once

#include "cosim/axi/bus_access.h"
#include "cosim/check/transaction.h"

namespace ringside::cosim {

/// `period` is the clock's, ps. Data and strobes are the access's own.
inline Transaction transaction_of(const BusAccess& access, std::uint64_t period,
                                  std::uint64_t number) {
  Transaction t;
  t.number = number;
  t.time = access.cycle * period;
  t.kind = access.is_write ? Kind::DmaWrite : Kind::DmaRead;
  t.status = access.response == Response::DecodeError  ? AccessStatus::AddressError
             : access.response == Response::SlaveError ? AccessStatus::BusError
                                                       : AccessStatus::Ok;
  t.purpose = static_cast<Purpose>(access.step);
  t.queue = access.queue;
  t.address = access.address;
  t.length = access.bytes;
  t.data = access.data;
  t.strobes = access.strobes;
  trim_to_strobes(t);
  return t;
}

}  // namespace ringside::cosim
