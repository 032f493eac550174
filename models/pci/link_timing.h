// SPDX-License-Identifier: Apache-2.0
// What a PCI Express link costs: the timing of transaction layer packets over one link, in both
// directions. No SystemC; times are picoseconds.
//
// Sources: PCI Express Base 5.0 (packets 2.2, ordering 2.4, flow control 2.6, data link layer 3,
// encoding 4.2) and 6.0 (flits 4.2.3). What is not modelled: replays, skip ordered sets (0.3 % of a
// link of generation 3 and up), power states, virtual channels.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kit/calendar.h"

namespace ringside::pci {

using Picoseconds = std::uint64_t;

struct LinkSettings {
  unsigned generation = 3;                 ///< 1 to 6: 2.5, 5, 8, 16, 32, 64 GT/s
  unsigned lanes = 4;                      ///< 1, 2, 4, 8, 16
  unsigned max_payload = 256;              ///< bytes of a write or a completion: 128 to 4096
  unsigned max_read_request = 512;         ///< bytes of a read request: 128 to 4096
  unsigned read_completion_boundary = 64;  ///< 64 or 128
  unsigned tags = 64;                      ///< read requests of the device side that may be out
  bool ecrc = false;                       ///< 4 bytes more on each packet
  Picoseconds latency = 150'000;    ///< from the last bit sent until the packet is handed on: both
                                    ///< physical layers, wire, data link layer, either direction
  unsigned posted_headers = 64;     ///< credits that each receiver gives; 0: without limit
  unsigned posted_data = 1024;      ///< in units of 16 bytes; 0: without limit
  unsigned nonposted_headers = 64;  ///< 0: without limit
  unsigned packets_per_ack = 2;     ///< packets that one Ack and one UpdateFC answer; 0: none
};

/// What is wrong with settings, for people; empty if nothing is.
std::string check(const LinkSettings& settings);

/// Bytes that packets take on the wire, and how long that is.
class LinkFormat {
 public:
  explicit LinkFormat(const LinkSettings& settings);

  /// A request with `payload` bytes: 3 or 4 double words of header, as the address needs.
  unsigned request_bytes(std::uint64_t address, unsigned payload) const {
    return overhead_ + (address >> 32 ? 16 : 12) + payload;
  }
  unsigned completion_bytes(unsigned payload) const { return overhead_ + 12 + payload; }
  Picoseconds time(std::uint64_t bytes) const {
    return (bytes * femtoseconds_per_byte_ + 999) / 1000;
  }
  /// Payload of the first of the packets that carry `bytes` from `address` on.
  unsigned write_piece(std::uint64_t address, std::uint64_t bytes) const;
  unsigned completion_piece(std::uint64_t address, std::uint64_t bytes) const;
  unsigned request_piece(std::uint64_t address, std::uint64_t bytes) const;
  /// An Ack and an UpdateFC; 0 in flits, which have their own place for them.
  unsigned answer_bytes() const { return answer_; }

 private:
  LinkSettings settings_;
  std::uint64_t femtoseconds_per_byte_;
  unsigned overhead_;
  unsigned answer_;
};

/// Towards the host, or away from it.
enum class LinkDirection : unsigned { Up = 0, Down = 1 };

/// What became of packets that were sent.
struct Sent {
  Picoseconds accepted = 0;  ///< the last one is off the sender's hands
  Picoseconds first = 0;     ///< the first one has arrived at the other end
  Picoseconds arrived = 0;   ///< the last one has
};

/// The state of one link.
class LinkTiming {
 public:
  explicit LinkTiming(const LinkSettings& settings);

  const LinkFormat& format() const { return format_; }

  /// A memory write: as many packets as the payload size asks for. Writes stay in order; they wait
  /// for credits. `drained`, if it is later than a packet's arrival, is to be told by drained().
  Sent write(LinkDirection to, Picoseconds at, std::uint64_t address, std::uint64_t bytes);
  /// The receiver has got rid of the packets of the latest write() only then: their credits come
  /// back later.
  void drained(LinkDirection to, Picoseconds at);
  /// A non-posted request: a read (no payload), or a configuration or I/O write. It does not pass
  /// writes.
  Sent request(LinkDirection to, Picoseconds at, std::uint64_t address, unsigned payload);
  /// What answers a read of `bytes` from `address`, or (bytes 0) another non-posted request.
  Sent completion(LinkDirection to, Picoseconds at, std::uint64_t address, std::uint64_t bytes);

  /// When a read request that is ready at `at` has a tag, which give_tag() must follow.
  Picoseconds take_tag(Picoseconds at);
  void give_tag(Picoseconds at);

  /// Called with each packet, or Ack and UpdateFC (`payload` is kAnswer), and when it is on the
  /// wire.
  using Observer = std::function<void(LinkDirection to, Picoseconds begin, Picoseconds end,
                                      unsigned wire_bytes, unsigned payload)>;
  static constexpr unsigned kAnswer = ~0u;
  void observe(Observer observer) { observer_ = std::move(observer); }

  struct Totals {
    std::uint64_t packets = 0;
    std::uint64_t wire_bytes = 0;  ///< with headers, framing, Acks and UpdateFCs
    std::uint64_t payload = 0;
    Picoseconds busy = 0;
    Picoseconds credit_wait = 0;  ///< summed over packets
    Picoseconds tag_wait = 0;     ///< summed over read requests; direction Up only
  };
  const Totals& totals(LinkDirection to) const { return side(to).totals; }

 private:
  /// Credits of one kind: how many packets and how much data are on their way to be drained.
  class Credits {
   public:
    Credits(unsigned headers, unsigned data);
    /// The earliest time not before `at` when a packet with that much data may be sent.
    Picoseconds wait(Picoseconds at, unsigned data);
    void take(Picoseconds until, unsigned data);
    /// The latest `packets` come back at `until` or when they would have, whichever is later.
    void delay(unsigned packets, Picoseconds until);

   private:
    struct Use {
      Picoseconds until;
      unsigned data;
    };
    void give_back_oldest();

    unsigned headers_;
    unsigned data_;
    unsigned data_out_ = 0;
    std::vector<Use> uses_;  // a ring of `headers_` places
    std::size_t first_ = 0;
    std::size_t count_ = 0;
  };
  struct Side {
    Side(const LinkSettings& settings)
        : posted(settings.posted_headers, settings.posted_data),
          nonposted(settings.nonposted_headers, 0) {}
    Calendar wire;
    Credits posted;
    Credits nonposted;
    Picoseconds last_write = 0;  ///< what may not pass writes begins after it
    unsigned packets_of_write = 0;
    unsigned unanswered = 0;
    Totals totals;
  };

  Side& side(LinkDirection to) { return sides_[static_cast<unsigned>(to)]; }
  const Side& side(LinkDirection to) const { return sides_[static_cast<unsigned>(to)]; }
  /// Puts a packet on the wire; gives the end of its last bit.
  Picoseconds send(LinkDirection to, Picoseconds at, unsigned wire_bytes, unsigned payload);
  void answer(LinkDirection to, Picoseconds at);
  Picoseconds returned(Picoseconds drained) const { return drained + settings_.latency; }

  LinkSettings settings_;
  LinkFormat format_;
  Side sides_[2];
  Observer observer_;
  void push_tag(Picoseconds at);
  // When each tag comes free. The one given back last is kept out of the heap.
  std::vector<Picoseconds> tags_;  // a heap, the earliest first
  std::optional<Picoseconds> spare_tag_;
};

}  // namespace ringside::pci
