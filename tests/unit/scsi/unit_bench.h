// SPDX-License-Identifier: Apache-2.0
// A logical unit by itself, and commands with their data in memory.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "backend/plugin_types.h"
#include "scsi/cd.h"
#include "scsi/disk.h"
#include "support/sim.h"

namespace ringside::test {

using Bytes = std::vector<std::uint8_t>;

class MemoryBuffers final : public scsi::DataBuffers {
 public:
  MemoryBuffers(Bytes out, std::size_t room) : out_(std::move(out)), in(room) {}
  std::uint64_t out_bytes() const override { return out_.size(); }
  std::uint64_t in_bytes() const override { return in.size(); }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override {
    if (broken || offset + bytes > out_.size()) return false;
    std::memcpy(to, out_.data() + offset, bytes);
    return true;
  }
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override {
    if (broken || offset + bytes > in.size()) return false;
    std::memcpy(in.data() + offset, from, bytes);
    return true;
  }
  bool carries_protection() const override { return protects; }
  bool read_protection(std::uint64_t offset, void* to, std::size_t bytes) override {
    if (offset + bytes > pi_out.size()) return false;
    std::memcpy(to, pi_out.data() + offset, bytes);
    return true;
  }
  bool write_protection(std::uint64_t offset, const void* from, std::size_t bytes) override {
    if (offset + bytes > pi_in.size()) return false;
    std::memcpy(pi_in.data() + offset, from, bytes);
    return true;
  }
  bool broken = false;
  bool protects = false;
  Bytes pi_out, pi_in;

 private:
  Bytes out_;

 public:
  Bytes in;
};

struct Done {
  scsi::Status status;
  scsi::Sense sense;
  Bytes in;
  std::uint64_t out_done;
  bool overrun;
  bool lost;
  bool good() const { return status == scsi::Status::Good && !overrun && !lost; }
  bool failed(const scsi::Sense& why) const {
    return status == scsi::Status::CheckCondition && sense == why;
  }
};

inline void register_units(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, scsi::Disk>("disk", "a disk");
  registry.add<Model, scsi::Cd>("cd", "a drive");
}

template <typename Unit>
struct UnitBench {
  explicit UnitBench(const std::string& yaml)
      : sim("children:\n  u: {" + yaml + "}\n", register_units), unit(sim.model<Unit>("u")) {
    unit.reset();
  }
  Done command(std::initializer_list<unsigned> cdb, const Bytes& out = {}, std::size_t room = 4096,
               bool broken = false) {
    scsi::Cdb bytes{};
    std::size_t i = 0;
    for (unsigned byte : cdb) bytes[i++] = static_cast<std::uint8_t>(byte);
    MemoryBuffers data(out, room);
    data.broken = broken;
    scsi::Task task(bytes, data);
    unit.execute(task);
    data.in.resize(task.in_done);
    return {task.status, task.sense, data.in, task.out_done, task.overrun, task.lost};
  }
  /// The same with protection information beside the data, `pi_in` of it in the end.
  Done protected_command(std::initializer_list<unsigned> cdb, const Bytes& out, const Bytes& pi_out,
                         std::size_t room, Bytes& pi_in) {
    scsi::Cdb bytes{};
    std::size_t i = 0;
    for (unsigned byte : cdb) bytes[i++] = static_cast<std::uint8_t>(byte);
    MemoryBuffers data(out, room);
    data.protects = true;
    data.pi_out = pi_out;
    data.pi_in = pi_in;
    scsi::Task task(bytes, data);
    unit.execute(task);
    data.in.resize(task.in_done);
    pi_in = data.pi_in;
    return {task.status, task.sense, data.in, task.out_done, task.overrun, task.lost};
  }
  /// Takes the unit attention of power-on.
  void wake() { BOOST_TEST(command({0}).failed(scsi::sense::kPoweredOn)); }

  Sim sim;
  Unit& unit;
};

using DiskBench = UnitBench<scsi::Disk>;
using CdBench = UnitBench<scsi::Cd>;

inline Bytes pattern(std::size_t bytes, unsigned seed) {
  Bytes data(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    data[i] = static_cast<std::uint8_t>((i + 1) * (seed + 7) >> 3);
  return data;
}

}  // namespace ringside::test
