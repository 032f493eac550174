// SPDX-License-Identifier: Apache-2.0
// A small vfio-user client, written from the protocol's text: it shares no code with the model.
// Commands go one after the other or together; memory that is not shared is served by messages.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "support/shared_memory.h"
#include "support/socket_client.h"

namespace ringside::test {

class VfioClient : public SocketClient {
 public:
  using SocketClient::SocketClient;

  // Commands, flags and indices by the numbers that they have on the wire.
  enum : std::uint16_t {
    kVersion = 1,
    kDmaMap,
    kDmaUnmap,
    kGetInfo,
    kGetRegionInfo,
    kGetRegionIoFds,
    kGetIrqInfo,
    kSetIrqs,
    kRegionRead,
    kRegionWrite,
    kDmaRead,
    kDmaWrite,
    kReset,
    kDirtyPages,
    kRegionWriteMulti,
    kDeviceFeature,
    kMigDataRead,
    kMigDataWrite,
  };
  static constexpr std::uint32_t kReplyType = 1, kNoReply = 0x10, kErrorFlag = 0x20;
  static constexpr std::uint32_t kNone = 1, kBool = 2, kEventFd = 4, kMask = 8, kUnmask = 16,
                                 kTrigger = 32;
  enum : std::uint32_t { kIntx, kMsi, kMsix, kErr, kReq };
  static constexpr std::uint32_t kConfig = 7;

  struct Header {
    std::uint16_t id, command;
    std::uint32_t size, flags, error;
  };
  struct DmaRange {
    std::uint32_t argsz, flags;
    std::uint64_t offset, address, size;
  };
  struct Unmapping {
    std::uint32_t argsz, flags;
    std::uint64_t address, size;
  };
  struct DeviceInfo {
    std::uint32_t argsz, flags, regions, irqs;
  };
  struct RegionInfo {
    std::uint32_t argsz, flags, index, cap_offset;
    std::uint64_t size, offset;
  };
  struct IrqInfo {
    std::uint32_t argsz, flags, index, count;
  };
  struct IrqSet {
    std::uint32_t argsz, flags, index, start, count;
  };
  struct Access {
    std::uint64_t offset;
    std::uint32_t region, count;
  };
  struct SmallWrite {
    std::uint64_t offset;
    std::uint32_t region, count;
    std::uint8_t data[8];
  };

  /// A reply: its error, 0 if it has none, and its payload.
  struct Reply {
    std::uint32_t error;
    Bytes payload;
    template <typename T>
    T as() const {
      T value;
      if (error != 0) throw std::runtime_error("an error: " + std::to_string(error));
      if (payload.size() != sizeof value) throw std::runtime_error("a reply of another size");
      std::memcpy(&value, payload.data(), sizeof value);
      return value;
    }
  };

  // ---- messages
  static Bytes message(const Header& header, const Bytes& payload) {
    Bytes bytes = bytes_of(header);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
  /// Sends a command and gives its id.
  std::uint16_t post(std::uint16_t command, const Bytes& payload = {},
                     const std::vector<int>& fds = {}, std::uint32_t flags = 0) {
    const std::uint16_t id = next_id_++;
    send_raw(
        message({id, command, static_cast<std::uint32_t>(16 + payload.size()), flags, 0}, payload),
        fds);
    return id;
  }
  /// Waits for the reply to it. Commands of the server's that come meanwhile are answered after
  /// that, as QEMU does, where the thread that waits holds the lock that is needed to answer them.
  Reply wait_reply(std::uint16_t id) {
    for (;;) {
      auto [header, payload] = receive_message();
      if ((header.flags & 0xf) != kReplyType) {
        asked_.push_back({header, std::move(payload)});
        continue;
      }
      if (header.id != id)
        throw std::runtime_error("reply " + std::to_string(header.id) + "; expected " +
                                 std::to_string(id));
      if ((header.flags & kErrorFlag) != 0 && (!payload.empty() || header.error == 0))
        throw std::runtime_error("an error with a payload, or without a number");
      answer_all();
      return {header.flags & kErrorFlag ? header.error : 0, std::move(payload)};
    }
  }
  Reply call(std::uint16_t command, const Bytes& payload = {}, const std::vector<int>& fds = {}) {
    return wait_reply(post(command, payload, fds));
  }
  template <typename T>
  Reply call(std::uint16_t command, const T& payload, const std::vector<int>& fds = {}) {
    return call(command, bytes_of(payload), fds);
  }
  /// Waits for an eventfd, and serves the server's commands meanwhile.
  bool wait_and_serve(int event, int patience_ms = kPatienceMs) {
    for (;;) {
      pollfd fds[2] = {{event, POLLIN, 0}, {fd(), POLLIN, 0}};
      if (::poll(fds, 2, patience_ms) <= 0) return false;
      if (fds[1].revents) {
        auto [header, payload] = receive_message();
        asked_.push_back({header, std::move(payload)});
        answer_all();
      }
      if (fds[0].revents) return wait_event(event, 0);
    }
  }

  // ---- memory that is not shared
  /// QEMU 10.1 to 10.2 have the data of DMA messages 4 bytes before where the protocol has them.
  enum class Layout { Specified, Short };
  struct Served {
    GuestMemory* memory = nullptr;
    Layout layout = Layout::Specified;
    std::uint32_t error = 0;  ///< answers with that
    bool silent = false;      ///< does not answer at all
    unsigned reads = 0, writes = 0;
  };
  Served served;

  // ---- what a session is made of
  /// With the capabilities that QEMU proposes.
  Reply version(const std::string& text = qemu_capabilities(), std::uint16_t major = 0,
                std::uint16_t minor = 0) {
    Bytes payload = bytes_of(std::uint32_t{major} | std::uint32_t{minor} << 16);
    payload.insert(payload.end(), text.begin(), text.end());
    payload.push_back(0);
    return call(kVersion, payload);
  }
  static std::string qemu_capabilities() {
    return R"({"capabilities": {"migration": {"max_bitmap_size": 268435456, "pgsize": 4096}, )"
           R"("pgsizes": 4096, "max_dma_maps": 65535, "max_msg_fds": 16, )"
           R"("max_data_xfer_size": 1048576, "write_multiple": true}})";
  }
  static DmaRange range_of(const SharedMemory::Part& part, std::uint32_t flags = 3) {
    return {32, flags, part.offset, part.guest, part.bytes};
  }
  Reply map(const DmaRange& range, const std::vector<int>& fds = {}) {
    return call(kDmaMap, range, fds);
  }
  Reply unmap(std::uint64_t address, std::uint64_t size, std::uint32_t flags = 0) {
    return call(kDmaUnmap, Unmapping{24, flags, address, size});
  }
  void share(const SharedMemory& memory) {
    for (const auto& part : memory.parts())
      demand(map(range_of(part), {memory.fd()}).error == 0, "a DMA window");
  }
  Reply set_irqs(std::uint32_t index, std::uint32_t flags, std::uint32_t start, std::uint32_t count,
                 const std::vector<int>& fds = {}, const Bytes& bools = {}) {
    const auto argsz = static_cast<std::uint32_t>(sizeof(IrqSet) + bools.size());
    Bytes payload = bytes_of(IrqSet{argsz, flags, index, start, count});
    payload.insert(payload.end(), bools.begin(), bools.end());
    return call(kSetIrqs, payload, fds);
  }
  RegionInfo region(std::uint32_t index) {
    return call(kGetRegionInfo, RegionInfo{32, 0, index, 0, 0, 0}).as<RegionInfo>();
  }
  IrqInfo irq(std::uint32_t index) {
    return call(kGetIrqInfo, IrqInfo{16, 0, index, 0}).as<IrqInfo>();
  }

  static Bytes access(std::uint32_t region, std::uint64_t offset, std::uint32_t count,
                      const Bytes& data = {}) {
    Bytes payload = bytes_of(Access{offset, region, count});
    payload.insert(payload.end(), data.begin(), data.end());
    return payload;
  }
  Bytes read(std::uint32_t region, std::uint64_t offset, std::uint32_t count) {
    const Reply reply = call(kRegionRead, access(region, offset, count));
    const Bytes head = access(region, offset, count);
    demand(reply.error == 0, "to read a region");
    if (reply.payload.size() != head.size() + count ||
        !std::equal(head.begin(), head.end(), reply.payload.begin()))
      throw std::runtime_error("the reply to another read");
    return Bytes(reply.payload.begin() + static_cast<long>(head.size()), reply.payload.end());
  }
  void write(std::uint32_t region, std::uint64_t offset, const Bytes& data) {
    const auto count = static_cast<std::uint32_t>(data.size());
    const Reply reply = call(kRegionWrite, access(region, offset, count, data));
    demand(reply.error == 0 && reply.payload == access(region, offset, count), "to write a region");
  }
  template <typename T>
  T get(std::uint32_t region, std::uint64_t offset) {
    T value;
    std::memcpy(&value, read(region, offset, sizeof value).data(), sizeof value);
    return value;
  }
  template <typename T>
  void put(std::uint32_t region, std::uint64_t offset, T value) {
    write(region, offset, bytes_of(value));
  }
  /// Without waiting, as QEMU writes base address registers' memory.
  template <typename T>
  void post_write(std::uint32_t region, std::uint64_t offset, T value) {
    post(kRegionWrite, access(region, offset, sizeof value, bytes_of(value)), {}, kNoReply);
  }

 private:
  struct Asked {
    Header header;
    Bytes payload;
  };

  Asked receive_message() {
    Header header;
    std::memcpy(&header, receive_bytes(sizeof header).data(), sizeof header);
    if (header.size < sizeof header || header.size > (2 << 20))
      throw std::runtime_error("a message of " + std::to_string(header.size) + " bytes");
    return {header, receive_bytes(header.size - sizeof header)};
  }
  void answer_all() {
    while (!asked_.empty()) {
      const Asked asked = std::move(asked_.front());
      asked_.pop_front();
      answer(asked);
    }
  }
  void answer(const Asked& asked) {
    Header header = asked.header;
    if (served.silent) return;
    if (header.command != kDmaRead && header.command != kDmaWrite)
      throw std::runtime_error("command " + std::to_string(header.command) + " of the server's");
    std::uint64_t address, count;
    if (asked.payload.size() < 16) throw std::runtime_error("a DMA message that is too short");
    std::memcpy(&address, asked.payload.data(), 8);
    std::memcpy(&count, asked.payload.data() + 8, 8);
    const bool is_short = served.layout == Layout::Short;
    if (is_short) count = static_cast<std::uint32_t>(count);
    const std::size_t at = is_short ? 12 : 16;
    std::uint32_t error = served.memory ? served.error : EFAULT;
    if (count > 1 << 20) error = E2BIG;
    Bytes payload;
    if (error == 0 && header.command == kDmaRead) {
      ++served.reads;
      payload.assign(asked.payload.begin(), asked.payload.begin() + 16);
      payload.resize(16 + count);
      if (count != 0) served.memory->read(address, payload.data() + at, count);
    } else if (error == 0) {
      ++served.writes;
      // As QEMU checks it, whose fixed part is 32 bytes in either layout.
      if (count > asked.payload.size() - 16)
        error = E2BIG;
      else
        served.memory->write(address, asked.payload.data() + at, count);
    }
    header.flags = kReplyType | (error != 0 ? kErrorFlag : 0);
    header.error = error;
    header.size = static_cast<std::uint32_t>(16 + payload.size());
    send_raw(message(header, payload));
  }

  std::uint16_t next_id_ = 0;
  std::deque<Asked> asked_;
};

}  // namespace ringside::test
