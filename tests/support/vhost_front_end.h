// SPDX-License-Identifier: Apache-2.0
// A small vhost-user front end, written from the protocol's text: it shares no code with the model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/shared_memory.h"
#include "support/socket_client.h"

namespace ringside::test {

class VhostFrontEnd : public SocketClient {
 public:
  using SocketClient::SocketClient;

  // Requests, features and flags by the numbers that they have on the wire.
  enum : std::uint32_t {
    kGetFeatures = 1,
    kSetFeatures,
    kSetOwner,
    kResetOwner,
    kSetMemTable,
    kSetLogBase,
    kSetLogFd,
    kSetVringNum,
    kSetVringAddr,
    kSetVringBase,
    kGetVringBase,
    kSetVringKick,
    kSetVringCall,
    kSetVringErr,
    kGetProtocolFeatures,
    kSetProtocolFeatures,
    kGetQueueNum,
    kSetVringEnable,
    kSetBackendReqFd = 21,
    kGetConfig = 24,
    kSetConfig = 25,
    kResetDevice = 34,
    kGetMaxMemSlots = 36,
    kAddMemReg = 37,
    kRemMemReg = 38,
    kSetStatus = 39,
    kGetStatus = 40,
  };
  static constexpr std::uint64_t kFeatureProtocol = 1ull << 30;
  static constexpr std::uint64_t kAllProtocol =
      1ull << 0 | 1ull << 3 | 1ull << 5 | 1ull << 9 | 1ull << 13 | 1ull << 15 | 1ull << 16;
  static constexpr std::uint32_t kVersion = 1, kReply = 4, kNeedReply = 8;

  // ---- messages
  void send(std::uint32_t request, const Bytes& payload = {}, const std::vector<int>& fds = {},
            std::uint32_t flags = kVersion) {
    const std::uint32_t header[3] = {request, flags, static_cast<std::uint32_t>(payload.size())};
    Bytes message = bytes_of(header);
    message.insert(message.end(), payload.begin(), payload.end());
    send_raw(message, fds);
  }
  /// The payload of the reply to a request.
  Bytes receive(std::uint32_t request) {
    const Bytes header = receive_bytes(12);
    std::uint32_t words[3];
    std::memcpy(words, header.data(), sizeof words);
    if (words[0] != request || words[1] != (kVersion | kReply) || words[2] > 1000)
      throw std::runtime_error("this is not the reply to request " + std::to_string(request));
    return receive_bytes(words[2]);
  }
  std::uint64_t receive_u64(std::uint32_t request) {
    const Bytes payload = receive(request);
    std::uint64_t value = 0;
    if (payload.size() != sizeof value) throw std::runtime_error("a reply that is not a u64");
    std::memcpy(&value, payload.data(), sizeof value);
    return value;
  }
  std::uint64_t get(std::uint32_t request) {
    send(request);
    return receive_u64(request);
  }
  /// With REPLY_ACK: true if it was carried out.
  bool ask(std::uint32_t request, const Bytes& payload = {}, const std::vector<int>& fds = {}) {
    send(request, payload, fds, kVersion | kNeedReply);
    return receive_u64(request) == 0;
  }
  template <typename T>
  bool ask(std::uint32_t request, const T& value, const std::vector<int>& fds = {}) {
    return ask(request, bytes_of(value), fds);
  }

  // ---- what a session begins with
  void negotiate(std::uint64_t features, std::uint64_t protocol = kAllProtocol) {
    send(kSetOwner);
    offered = get(kGetFeatures);
    if (get(kGetProtocolFeatures) != kAllProtocol)
      throw std::runtime_error("other protocol features than expected");
    send(kSetProtocolFeatures, bytes_of(protocol));
    demand(ask(kSetFeatures, features | kFeatureProtocol), "the features");
  }
  struct Region {
    std::uint64_t guest, bytes, user, offset;
  };
  static Region region_of(const SharedMemory::Part& part) {
    return {part.guest, part.bytes, SharedMemory::user_address(part.guest), part.offset};
  }
  static Bytes table_of(const std::vector<Region>& regions) {
    Bytes table = bytes_of(std::uint64_t{regions.size()});
    for (const Region& region : regions) {
      const Bytes bytes = bytes_of(region);
      table.insert(table.end(), bytes.begin(), bytes.end());
    }
    return table;
  }
  static Bytes single(const Region& region) {
    Bytes bytes(8);
    const Bytes rest = bytes_of(region);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
  }
  void share(const SharedMemory& memory) {
    std::vector<Region> regions;
    for (const auto& part : memory.parts()) regions.push_back(region_of(part));
    demand(ask(kSetMemTable, table_of(regions), std::vector<int>(regions.size(), memory.fd())),
           "the memory table");
  }

  // ---- rings
  struct State {
    std::uint32_t index, number;
  };
  struct Address {
    std::uint32_t index, flags;
    std::uint64_t descriptor, used, available, log;
  };
  static Address address_of(unsigned queue, const QueuePlace& place) {
    return {queue,
            0,
            SharedMemory::user_address(place.descriptor_area),
            SharedMemory::user_address(place.device_area),
            SharedMemory::user_address(place.driver_area),
            0};
  }
  int kick_fd(unsigned queue) { return kicks_[queue]; }
  int call_fd(unsigned queue) { return calls_[queue]; }
  int error_fd(unsigned queue) { return errors_[queue]; }

  void set_up_queue(unsigned queue, const QueuePlace& place, std::uint32_t base) {
    demand(ask(kSetVringNum, State{queue, place.size}), "the ring's size");
    demand(ask(kSetVringAddr, address_of(queue, place)), "the ring's addresses");
    demand(ask(kSetVringBase, State{queue, base}), "the ring's base");
    demand(ask(kSetVringCall, std::uint64_t{queue}, {call_fd(queue)}), "the call eventfd");
    demand(ask(kSetVringErr, std::uint64_t{queue}, {error_fd(queue)}), "the error eventfd");
  }
  void start_queue(unsigned queue, const QueuePlace& place, std::uint32_t base = 0) {
    set_up_queue(queue, place, base);
    demand(ask(kSetVringKick, std::uint64_t{queue}, {kick_fd(queue)}), "the kick eventfd");
    demand(ask(kSetVringEnable, State{queue, 1}), "enabling the ring");
  }
  std::uint32_t stop_queue(unsigned queue) {
    send(kGetVringBase, bytes_of(State{queue, 0}));
    return stopped_queue(queue);
  }
  std::uint32_t stopped_queue(unsigned queue) {
    const Bytes payload = receive(kGetVringBase);
    State state{};
    if (payload.size() != sizeof state) throw std::runtime_error("a ring's state of another size");
    std::memcpy(&state, payload.data(), sizeof state);
    if (state.index != queue) throw std::runtime_error("the state of another ring");
    return state.number;
  }
  void kick(unsigned queue, std::uint64_t times = 1) {
    (void)!::write(kick_fd(queue), &times, sizeof times);
  }
  std::uint64_t offered = 0;

 private:
  EventFds kicks_, calls_, errors_;
};

}  // namespace ringside::test
