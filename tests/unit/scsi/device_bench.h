// SPDX-License-Identifier: Apache-2.0
// A SCSI host, the model driver, and requests as a driver lays them out.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "backend/plugin_types.h"
#include "driver/device_bench.h"
#include "scsi/cd.h"
#include "scsi/disk.h"
#include "scsi/plugin_types.h"
#include "support/spec.h"
#include "virtio/device/bytes.h"
#include "virtio/device/scsi.h"

namespace ringside::test {

using Bytes = std::vector<std::uint8_t>;

inline void register_scsi(Registry& registry) {
  backend::register_types(registry);
  scsi::register_types(registry);
  registry.add<virtio::VirtioDevice, virtio::Scsi>("virtio-scsi", "SCSI host");
  register_holder(registry);
}

struct ScsiBench : DeviceBench<virtio::Scsi> {
  static constexpr const char* kLuns =
      "luns: {root: {type: scsi-disk, backend: {type: memory, size: 1MiB}}, "
      "far: {type: scsi-disk, lun: 300, backend: {type: memory, size: 2MiB}}, "
      "cd: {type: scsi-cd, target: 2, backend: {type: memory, size: 1MiB, read_only: true}}, "
      "late: {type: scsi-disk, target: 2, lun: 1, plugged: false, backend: {type: memory, size: "
      "1MiB}}}";
  explicit ScsiBench(const std::string& params = "", const std::string& luns = kLuns)
      : DeviceBench("{type: virtio-scsi, " + params + luns + "}", register_scsi) {}

  bool start(std::vector<unsigned> extra = {}) {
    Driver::Bits bits{virtio::kVersion1};
    for (unsigned bit = 0; bit < 24; ++bit)
      if (access.device_features(0) >> bit & 1) bits.push_back(bit);
    bits.insert(bits.end(), extra.begin(), extra.end());
    if (!driver.negotiate(bits)) return false;
    for (unsigned i = 0; i < device.num_queues(); ++i)
      if (!driver.add_queue(i, 16)) return false;
    driver.start();
    return true;
  }

  struct Answer {
    bool came = false;
    unsigned response = 255, status = 255;
    std::uint32_t residual = 0;
    Bytes sense, in;
    std::uint32_t written = 0;
    bool ok() const { return came && response == 0 && status == 0; }
    bool sensed(unsigned asc) const {
      return response == 0 && status == 2 && sense.size() > 12 && sense[12] == asc;
    }
  };
  static Bytes lun(unsigned target, unsigned number) {
    return {1,
            static_cast<std::uint8_t>(target),
            static_cast<std::uint8_t>(0x40 | number >> 8),
            static_cast<std::uint8_t>(number),
            0,
            0,
            0,
            0};
  }

  std::uint32_t cdb_size = 32, sense_size = 96;

  Bytes head(const Bytes& where, const Bytes& cdb, std::uint64_t id) const {
    Bytes bytes(19 + cdb_size);
    std::copy(where.begin(), where.end(), bytes.begin());
    virtio::put_le64(&bytes[8], id);
    std::copy(cdb.begin(), cdb.end(), bytes.begin() + 19);
    return bytes;
  }
  Answer send(const Bytes& where, const Bytes& cdb, const Bytes& out = {}, std::uint32_t room = 0,
              unsigned queue = 2) {
    Bytes request = head(where, cdb, 7);
    request.insert(request.end(), out.begin(), out.end());
    return exchange(request, room, queue);
  }
  Answer exchange(const Bytes& request, std::uint32_t room, unsigned queue = 2) {
    const std::uint32_t reply = 12 + sense_size + room;
    const std::uint64_t to = arena.take(request.size(), 16), from = arena.take(reply, 16);
    memory.write(to, request.data(), request.size());
    driver.queue(queue).add({{to, static_cast<std::uint32_t>(request.size())}}, {{from, reply}}, 0,
                            Form::Direct);
    driver.submit(queue);
    Answer answer;
    if (!driver.wait_used(queue, {10, sc_core::SC_MS})) return answer;
    answer.came = true;
    answer.written = driver.queue(queue).next_used()->written.value_or(0);
    Bytes bytes(reply);
    memory.read(from, bytes.data(), bytes.size());
    const std::uint32_t sensed = virtio::get_le32(&bytes[0]);
    answer.residual = virtio::get_le32(&bytes[4]);
    answer.status = bytes[10];
    answer.response = bytes[11];
    answer.sense.assign(bytes.begin() + 12, bytes.begin() + 12 + std::min(sensed, sense_size));
    if (answer.written > 12 + sense_size)
      answer.in.assign(bytes.begin() + 12 + sense_size, bytes.begin() + answer.written);
    return answer;
  }
  /// Takes the power-on attention of a unit.
  void wake(unsigned target, unsigned number) {
    BOOST_TEST(send(lun(target, number), {0}).sensed(0x29));
  }

  Bytes control(const Bytes& request, std::uint32_t room) {
    const std::uint64_t to = arena.take(request.size(), 16), from = arena.take(room + 1, 16);
    memory.write(to, request.data(), request.size());
    std::vector<Piece> writable;
    if (room) writable.push_back({from, room});
    driver.queue(0).add({{to, static_cast<std::uint32_t>(request.size())}}, writable, 0,
                        Form::Direct);
    driver.submit(0);
    if (!driver.wait_used(0, {10, sc_core::SC_MS})) return {};
    Bytes answer(driver.queue(0).next_used()->written.value_or(0));
    memory.read(from, answer.data(), answer.size());
    return answer;
  }
  int manage(unsigned function, const Bytes& where, std::uint64_t id = 0) {
    Bytes request(24);
    virtio::put_le32(&request[4], function);
    std::copy(where.begin(), where.end(), request.begin() + 8);
    virtio::put_le64(&request[16], id);
    const Bytes answer = control(request, 1);
    return answer.empty() ? -1 : answer[0];
  }
  /// Events that it may see, and its response.
  std::pair<std::uint32_t, int> async(unsigned type, const Bytes& where, std::uint32_t wanted) {
    Bytes request(16);
    virtio::put_le32(&request[0], type);
    std::copy(where.begin(), where.end(), request.begin() + 4);
    virtio::put_le32(&request[12], wanted);
    const Bytes answer = control(request, 5);
    if (answer.size() != 5) return {0, -1};
    return {virtio::get_le32(answer.data()), answer[4]};
  }

  void offer_event_buffers(unsigned count, std::uint32_t bytes = 16) {
    for (unsigned i = 0; i < count; ++i) {
      const std::uint64_t at = arena.take(64, 16);
      event_buffers.push_back(at);
      driver.queue(1).add({}, {{at, bytes}}, event_buffers.size() - 1, Form::Direct);
    }
    driver.submit(1);
    settle();
  }
  struct Event {
    std::uint32_t event;
    Bytes lun;
    std::uint32_t reason;
  };
  std::vector<Event> events() {
    settle();
    std::vector<Event> all;
    while (const auto done = driver.queue(1).next_used()) {
      Bytes bytes(16);
      memory.read(event_buffers[done->token], bytes.data(), bytes.size());
      all.push_back({virtio::get_le32(&bytes[0]), Bytes(bytes.begin() + 4, bytes.begin() + 12),
                     virtio::get_le32(&bytes[12])});
    }
    return all;
  }
  template <typename Unit>
  Unit& unit(const std::string& name) {
    return sim.model<Unit>("d.device." + name);
  }

  std::vector<std::uint64_t> event_buffers;
};

}  // namespace ringside::test
