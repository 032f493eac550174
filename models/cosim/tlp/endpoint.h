// SPDX-License-Identifier: Apache-2.0
// One end of a link that carries packets: it asks (requester) and it answers (completer). As the
// host it answers a device's DMA and accesses its BARs; as a device the other way round. It knows
// packets and clocks, not how a stream carries them: that is stream.h.
//
// Order is that of PCI Express Base 5.0, 2.4.1: posted requests keep theirs; what is not posted,
// and completions, pass no posted request that was there before; reads and their completions may
// pass each other (by chance, from the seed), but completions of one read keep their order.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "cosim/axi/axi_rules.h"
#include "cosim/axi/axi_subordinate.h"
#include "cosim/axi/bus_access.h"
#include "cosim/axi/random.h"
#include "cosim/tlp/tlp.h"

namespace ringside::cosim {

/// What answers the other end's requests.
class TlpTarget {
 public:
  virtual ~TlpTarget() = default;
  /// DecodeError becomes UR, SlaveError CA. `bytes` is 1 or more.
  virtual Response read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes) = 0;
  virtual Response write(std::uint64_t address, const std::uint8_t* from,
                         const std::uint8_t* strobes, std::uint32_t bytes) = 0;
};

/// Memory as AxiSubordinate takes it.
template <class Memory>
class TlpMemory final : public TlpTarget {
 public:
  explicit TlpMemory(Memory& memory) : memory_(memory) {}
  Response read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes) override {
    return memory_.read(address, to, bytes);
  }
  Response write(std::uint64_t address, const std::uint8_t* from, const std::uint8_t* strobes,
                 std::uint32_t bytes) override {
    return memory_.write(address, from, strobes, bytes);
  }

 private:
  Memory& memory_;
};

struct TlpSettings {
  std::uint16_t id = 0;  ///< of its requests and completions
  TlpLimits limits;
  /// Of answers: latency and jitter of reads, percent of clocks in which nothing is sent,
  /// reordering.
  AxiTiming timing;
  /// Clocks until a read is given up, with SLVERR; 0: never.
  unsigned completion_timeout = 0;
  /// Writes of one double word to there are interrupts; first > last: none.
  std::uint64_t interrupt_first = 1, interrupt_last = 0;
};

class TlpEndpoint {
 public:
  static constexpr unsigned kReads = 256;  ///< of the other end, at once; more wait on the stream
  static constexpr unsigned kCommands = 8;
  static constexpr unsigned kTags = 256;
  static constexpr unsigned kNone = ~0u;

  TlpEndpoint(TlpTarget& target, const TlpSettings& settings);

  // ---- packets
  /// A packet has come; one that is malformed, or that its limits forbid, is a violation.
  void receive(const std::uint8_t* bytes, std::size_t size);
  /// False: no room for another request of the other end.
  bool can_receive() const { return reads_used_ < kReads; }
  /// The next packet to be sent, if there is one in this clock.
  bool next(std::vector<std::uint8_t>& packet);
  /// Once a clock, before the others.
  void clock();
  /// Forgets everything; commands end with SLVERR.
  void reset();

  // ---- requester
  /// Called when a command has ended: a read, when all has come; a write, when all has been sent.
  std::function<void(unsigned command, Response response)> finished;
  bool has_room() const { return commands_used_ < kCommands; }
  /// Give the command's number, or kNone without room. `bytes` is 1 or more; buffers stay until the
  /// command has finished.
  unsigned start_read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes);
  unsigned start_write(std::uint64_t address, const std::uint8_t* from, std::uint32_t bytes);

  // ---- completer
  /// Called for each request of the other end when it takes effect.
  std::function<void(const BusAccess&)> observer;
  /// An interrupt: a write to the settings' addresses.
  std::function<void(std::uint64_t address, std::uint32_t data)> interrupt;
  std::function<void(const Tlp&)> message;
  /// Configuration: false is UR, as it is without a function. Reads set `value`.
  std::function<bool(const Tlp& request, std::uint32_t& value)> config;

  /// Nothing is out and nothing is to be answered.
  bool idle() const { return reads_used_ == 0 && commands_used_ == 0; }
  std::uint64_t cycle() const { return cycle_; }
  std::uint64_t packets_received() const { return received_; }
  std::uint64_t packets_sent() const { return sent_; }
  /// Writes that failed: nobody is told of these on a link.
  std::uint64_t lost_writes() const { return lost_writes_; }
  const Violations& violations() const { return violations_; }

 private:
  enum class State : std::uint8_t { Free, Waiting, Ready };
  /// A request of the other end that is to be completed.
  struct Read {
    State state = State::Free;
    Tlp request;
    TlpExtent extent;
    std::uint64_t arrived = 0, due = 0, order = 0;
    CompletionStatus status = CompletionStatus::Successful;
    std::vector<std::uint8_t> data;
    std::uint32_t done = 0;  // bytes completed
  };
  struct Command {
    bool used = false, write = false;
    std::uint64_t address = 0, order = 0;
    std::uint32_t bytes = 0, asked = 0;  // asked: bytes in packets that were sent
    std::uint8_t* to = nullptr;
    const std::uint8_t* from = nullptr;
    unsigned out = 0;  // packets that await completion
    Response response = Response::Okay;
  };
  struct Tag {
    bool used = false;
    unsigned command = 0;
    std::uint64_t address = 0, sent = 0;
    std::uint32_t offset = 0, left = 0;  // in the command; bytes
  };

  bool stall() { return settings_.timing.stall != 0 && random_.percent(settings_.timing.stall); }
  void complain(const char* what);
  unsigned start(const Command& command);
  void end(unsigned command, Response response);
  void release(Tag& tag, Response response);

  void take_write(const Tlp& tlp);
  void take_request(const Tlp& tlp);
  void take_completion(const Tlp& tlp);
  void take_data(Tag& tag, const Tlp& tlp);
  void check_tag(const Tlp& tlp);
  void take_effect(Read& read);
  void read_memory(Read& read);
  void read_config(Read& read);

  unsigned oldest(bool write) const;
  unsigned free_tag() const;
  void send_write(unsigned command, std::vector<std::uint8_t>& packet);
  void send_read(unsigned command, unsigned tag, std::vector<std::uint8_t>& packet);
  void send_completion(Read& read, std::vector<std::uint8_t>& packet);

  TlpTarget& target_;
  TlpSettings settings_;
  Random random_;
  std::vector<Read> reads_;
  unsigned reads_used_ = 0, reads_waiting_ = 0;
  unsigned reads_top_ = 0;  // none is used from there on
  std::array<Command, kCommands> commands_{};
  unsigned commands_used_ = 0;
  std::array<Tag, kTags> tags_{};
  std::uint64_t cycle_ = 0, order_ = 0, received_ = 0, sent_ = 0, lost_writes_ = 0;
  std::array<std::uint8_t, Tlp::kMostPayload> strobes_{}, padded_{};
  Violations violations_;
};

}  // namespace ringside::cosim
