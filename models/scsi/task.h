// SPDX-License-Identifier: Apache-2.0
// One command on its way through a logical unit, and what came of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "scsi/protocol.h"

namespace ringside::scsi {

/// A command's data buffers, wherever they are. Ranges that are not inside give false, and so does
/// memory that does not answer or a request that nobody waits for any more.
class DataBuffers {
 public:
  virtual ~DataBuffers() = default;
  virtual std::uint64_t out_bytes() const = 0;  ///< from the initiator
  virtual std::uint64_t in_bytes() const = 0;   ///< to the initiator
  virtual bool read(std::uint64_t offset, void* to, std::size_t bytes) = 0;
  virtual bool write(std::uint64_t offset, const void* from, std::size_t bytes) = 0;

  /// True if protection information can go along, beside the data.
  virtual bool carries_protection() const { return false; }
  virtual bool read_protection(std::uint64_t, void*, std::size_t) { return false; }
  virtual bool write_protection(std::uint64_t, const void*, std::size_t) { return false; }
};

/// A command descriptor block; bytes that were not sent are 0.
using Cdb = std::array<std::uint8_t, 16>;

struct Task {
  Task(const Cdb& command, DataBuffers& buffers) : cdb(command), data(buffers) {}

  const Cdb& cdb;
  DataBuffers& data;

  // The outcome:
  Status status = Status::Good;
  Sense sense;
  std::uint64_t out_done = 0;  ///< bytes taken from the initiator
  std::uint64_t in_done = 0;   ///< bytes given to it
  bool overrun = false;        ///< the command wants more data than there are buffers for
  bool lost = false;           ///< buffers did not answer: the command was not carried out

  std::uint8_t opcode() const { return cdb[0]; }
  void fail(const Sense& why) {
    status = Status::CheckCondition;
    sense = why;
  }
  /// Gives at most `allocation` of these bytes to the initiator (SPC-4, 4.2.5.6).
  void give(const std::uint8_t* bytes, std::uint64_t count, std::uint64_t allocation) {
    count = count < allocation ? count : allocation;
    if (count > data.in_bytes()) {
      overrun = true;
      count = data.in_bytes();
    }
    if (count != 0 && !data.write(0, bytes, count)) lost = true;
    in_done = count;
  }
};

}  // namespace ringside::scsi
