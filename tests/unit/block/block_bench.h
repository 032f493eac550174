// SPDX-License-Identifier: Apache-2.0
// A block device over a back end, its driver, and a thread that the test's steps run in.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "backend/block_backend.h"
#include "driver/direct.h"
#include "driver/driver.h"
#include "driver/monitor.h"
#include "driver/test_memory.h"
#include "support/sim.h"
#include "support/steps.h"
#include "support/spec.h"
#include "virtio/device/block.h"

namespace ringside::virtio {
inline std::ostream& operator<<(std::ostream& out, BlockStatus status) {
  return out << "status " << static_cast<unsigned>(status);
}
}  // namespace ringside::virtio

namespace ringside::test {

using virtio::BlockConfig;
using virtio::BlockStatus;

/// A disk of bytes that says what was done with it and fails when told to.
class ProbeDisk final : public backend::BlockBackend {
 public:
  ProbeDisk(const sc_core::sc_module_name& name, const ModelContext& context)
      : BlockBackend(name, context), data(size->bytes) {}

  std::uint64_t bytes() const override { return data.size(); }
  bool read_only() const override { return is_read_only; }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override {
    ++reads;
    if (failing) return false;
    std::memcpy(to, at(offset, bytes), bytes);
    return true;
  }
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override {
    ++writes;
    unstable = true;
    if (failing) return false;
    std::memcpy(at(offset, bytes), from, bytes);
    return true;
  }
  bool flush() override {
    ++flushes;
    unstable = unstable && failing_flush;
    return !failing && !failing_flush;
  }
  bool discard(std::uint64_t offset, std::uint64_t bytes) override {
    ++discards;
    std::memset(at(offset, bytes), 0xdd, bytes);
    return !failing;
  }
  bool write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) override {
    ++zeroes;
    unmapped = may_unmap;
    unstable = true;
    if (failing) return false;
    std::memset(at(offset, bytes), 0, bytes);
    return true;
  }
  bool can_unmap() const override { return unmaps; }
  bool resize(std::uint64_t bytes) override {
    data.resize(bytes);
    return true;
  }

  Param<Size> size{this, "size", Size{1 << 20}, "capacity"};
  Param<bool> is_read_only{this, "read_only", false, "refuses writes"};
  Param<bool> unmaps{this, "unmaps", true, "what can_unmap() gives"};

  std::vector<std::uint8_t> data;
  unsigned reads = 0, writes = 0, flushes = 0, discards = 0, zeroes = 0;
  bool unmapped = false;
  bool unstable = false;  // written since the latest flush
  bool failing = false;
  bool failing_flush = false;

 private:
  // A device that leaves the disk is a bug that no test may miss.
  std::uint8_t* at(std::uint64_t offset, std::uint64_t bytes) {
    if (offset > data.size() || bytes > data.size() - offset)
      throw std::runtime_error("the device left its disk");
    return data.data() + offset;
  }
};

inline void register_block(Registry& registry) {
  registry.add<Model, virtio::Block>("block", "the device");
  registry.add<backend::BlockBackend, ProbeDisk>("probe", "a disk that is watched");
}

/// What came back for one request.
struct Answer {
  bool came = false;
  BlockStatus status{};
  std::string data;  ///< the writable part without the status
  std::uint32_t used = 0;
  bool ok() const { return came && status == BlockStatus::Ok; }
};

struct BlockBench {
  static constexpr std::uint64_t kBase = 0x80000000;
  static constexpr std::size_t kBytes = 24 << 20;
  /// Type numbers, written again here: the tests do not trust the device's.
  enum Type : std::uint32_t {
    In = 0,
    Out = 1,
    Flush = 4,
    FlushOut = 5,
    GetId = 8,
    GetLifetime = 10,
    Discard = 11,
    WriteZeroes = 13,
    SecureErase = 14,
    ZoneAppend = 15,
    ZoneReport = 16,
    ZoneOpen = 18,
    ZoneClose = 20,
    ZoneFinish = 22,
    ZoneReset = 24,
    ZoneResetAll = 26,
  };

  /// Parameters in YAML: "queues: 2" for the device, "size: 4KiB" for the disk.
  explicit BlockBench(const std::string& params = "", const std::string& disk = "")
      : sim(yaml(params, disk), register_block),
        memory(kBase, kBytes),
        arena(kBase, kBytes),
        device(sim.model<virtio::Block>("d")),
        backend(sim.model<ProbeDisk>("d.backend")),
        monitor(memory),
        access(device, monitor.dma),
        driver(access, memory, arena) {
    monitor.watch_if_wanted(access, device);
  }

  static std::string yaml(const std::string& params, const std::string& disk) {
    return std::string("children:\n  d: {type: block, backend: {type: probe") +
           (disk.empty() ? "" : ", ") + disk + "}" + (params.empty() ? "" : ", ") + params + "}\n";
  }

  /// Runs steps in a thread; they have to end within `limit` of simulated time.
  void run(const std::function<void()>& steps, const sc_core::sc_time& limit = {1, sc_core::SC_SEC}) {
    run_steps(sim, steps, limit);
    monitor.report();
  }

  /// Negotiates these and VERSION_1; starts all queues with 64 entries.
  bool bring_up(Driver::Bits bits = {}) {
    bits.push_back(32);
    if (!driver.negotiate(bits)) return false;
    for (unsigned q = 0; q < device.num_queues(); ++q)
      if (!driver.add_queue(q, 64)) return false;
    driver.start();
    return true;
  }

  template <typename T>
  T config(std::size_t offset) {
    T value{};
    device.read_config(offset, reinterpret_cast<std::uint8_t*>(&value), sizeof value);
    return value;
  }
  BlockConfig config() { return config<BlockConfig>(0); }
  void set_writeback(std::uint8_t value) { device.write_config(32, &value, 1); }
  bool offers(unsigned bit) const { return device.offered_features().has(bit); }

  static std::string header(std::uint32_t type, std::uint64_t sector) {
    std::string bytes(16, '\0');
    std::memcpy(&bytes[0], &type, 4);
    std::memcpy(&bytes[8], &sector, 8);
    return bytes;
  }
  static std::string range(std::uint64_t sector, std::uint32_t sectors, std::uint32_t flags = 0) {
    std::string bytes(16, '\0');
    std::memcpy(&bytes[0], &sector, 8);
    std::memcpy(&bytes[8], &sectors, 4);
    std::memcpy(&bytes[12], &flags, 4);
    return bytes;
  }

  /// A whole request in the usual three buffers.
  Answer request(std::uint32_t type, std::uint64_t sector, const std::string& out = "",
                 std::uint32_t room = 0, unsigned queue = 0) {
    std::vector<Piece> readable{put(header(type, sector))};
    if (!out.empty()) readable.push_back(put(out));
    std::vector<Piece> writable;
    if (room != 0) writable.push_back(take(room));
    writable.push_back(take(1));
    return send(readable, writable, queue);
  }
  Answer read(std::uint64_t sector, std::uint32_t bytes) { return request(In, sector, "", bytes); }
  Answer write(std::uint64_t sector, const std::string& data) { return request(Out, sector, data); }
  BlockStatus status_of(std::uint32_t type, std::uint64_t sector, const std::string& out = "",
                        std::uint32_t room = 0) {
    const Answer answer = request(type, sector, out, room);
    BOOST_TEST(answer.came);
    return answer.status;
  }

  /// Any buffers; the last writable byte is the status.
  Answer send(const std::vector<Piece>& readable, const std::vector<Piece>& writable,
              unsigned queue = 0, Form form = Form::Direct) {
    Answer answer;
    BOOST_REQUIRE(driver.queue(queue).add(readable, writable, 1, form));
    driver.submit(queue);
    if (!driver.wait_used(queue, {10, sc_core::SC_MS})) return answer;
    const auto used = driver.queue(queue).next_used();
    BOOST_REQUIRE(used.has_value());
    answer.came = true;
    answer.used = used->written.value_or(0);
    for (const Piece& piece : writable) answer.data += load(piece);
    if (answer.data.empty()) return answer;
    answer.status = static_cast<BlockStatus>(answer.data.back());
    answer.data.pop_back();
    return answer;
  }

  Piece put(const std::string& bytes) {
    const Piece piece = take(static_cast<std::uint32_t>(bytes.size()));
    memory.write(piece.address, bytes.data(), bytes.size());
    return piece;
  }
  /// Room that holds 0xee, so that what is not written shows.
  Piece take(std::uint32_t bytes) {
    const Piece piece{arena.take(bytes, 1), bytes};
    const std::string filler(bytes, '\xee');
    memory.write(piece.address, filler.data(), bytes);
    return piece;
  }
  std::string load(const Piece& piece) {
    std::string bytes(piece.length, '?');
    memory.read(piece.address, bytes.data(), bytes.size());
    return bytes;
  }
  std::string on_disk(std::uint64_t sector, std::size_t bytes) const {
    return {reinterpret_cast<const char*>(backend.data.data()) + sector * 512, bytes};
  }

  Sim sim;
  TestMemory memory;
  Arena arena;
  virtio::Block& device;
  ProbeDisk& backend;
  Monitor monitor;
  DirectAccess access;
  Driver driver;
};

inline std::string times(std::size_t count, char c) {
  return std::string(count, c);
}

}  // namespace ringside::test
