// SPDX-License-Identifier: Apache-2.0
// When the e1000's interrupt pin is high: causes, mask, and the timers that hold interrupts back.
// Times are picoseconds since the start; there is no SystemC here. Who owns it looks at level()
// after each call, and calls advance() at deadline().
#pragma once

#include <cstdint>
#include <optional>

namespace ringside::e1000 {

/// Bits of ICR, ICS, IMS and IMC.
enum Cause : std::uint32_t {
  kTransmitted = 1u << 0,       ///< TXDW: a transmit descriptor has been written back
  kTransmitEmpty = 1u << 1,     ///< TXQE: the transmit ring is empty
  kLinkChanged = 1u << 2,       ///< LSC
  kReceiveThreshold = 1u << 4,  ///< RXDMT0: few receive descriptors are left
  kOverrun = 1u << 6,           ///< RXO: a frame was lost
  kReceived = 1u << 7,          ///< RXT0: a frame has been received
  kManagementDone = 1u << 9,    ///< MDAC: an access to the transceiver has ended
  kTransmitCauses = kTransmitted | kTransmitEmpty,
  kReceiveCauses = kReceiveThreshold | kOverrun | kReceived,
};

/// Whose timing.
enum class Timers {
  /// QEMU's: causes show at once; an interrupt opens a window in which the pin does not rise again.
  Emulation,
  /// The controller's own: delay timers hold causes back, then ITR keeps interrupts apart.
  Chip,
};

class Interrupts {
 public:
  using Picoseconds = std::uint64_t;
  /// ITR counts in 256 ns, the others in 1.024 us.
  static constexpr Picoseconds kInterruptTick = 256'000;
  static constexpr Picoseconds kDelayTick = 1'024'000;

  struct Settings {
    bool mitigation = true;  ///< false: no timer, ever
    Timers timers = Timers::Emulation;
    Picoseconds shortest_window = 500 * kInterruptTick;  ///< Emulation: at least so long
    Picoseconds lateness = 0;                            ///< Emulation: how late its timers fire
  };
  /// The registers, in ticks; zero switches a timer off.
  struct Delays {
    std::uint16_t interval = 0;           ///< ITR
    std::uint16_t transmit = 0;           ///< TIDV
    std::uint16_t transmit_absolute = 0;  ///< TADV
    std::uint16_t receive = 0;            ///< RDTR
    std::uint16_t receive_absolute = 0;   ///< RADV
  };

  explicit Interrupts(const Settings& settings) : settings_(settings) {}

  Delays delays;

  void reset();
  std::uint32_t causes() const { return causes_; }
  std::uint32_t mask() const { return mask_; }
  /// Causes that are there and not masked.
  std::uint32_t pending() const { return causes_ & mask_; }

  void set(Picoseconds now, std::uint32_t causes);
  void clear(Picoseconds now, std::uint32_t causes);
  void enable(Picoseconds now, std::uint32_t causes);
  void disable(Picoseconds now, std::uint32_t causes);
  /// A descriptor has been written back; `delayed` is its IDE bit.
  void transmitted(Picoseconds now, bool delayed);
  void received(Picoseconds now);
  /// What the delay timers hold back shows now (FPD in TIDV and RDTR).
  void flush_transmit(Picoseconds now);
  void flush_receive(Picoseconds now);

  bool level() const { return level_; }
  /// When advance() is to be called, if at all.
  std::optional<Picoseconds> deadline() const;
  void advance(Picoseconds now);

 private:
  static constexpr Picoseconds kNever = ~Picoseconds{0};
  /// A cause that waits for its packet timer (which begins again with each packet) or its absolute
  /// one.
  struct Held {
    Picoseconds packet = kNever;
    Picoseconds absolute = kNever;
    Picoseconds due() const { return packet < absolute ? packet : absolute; }
    void hold(Picoseconds now, std::uint16_t packet_ticks, std::uint16_t absolute_ticks);
  };
  void expire(Picoseconds now);
  void settle(Picoseconds now);
  Picoseconds window() const;

  Settings settings_;
  std::uint32_t causes_ = 0;
  std::uint32_t mask_ = 0;
  bool level_ = false;
  bool delay_wanted_ = false;  // by a transmit descriptor since the last interrupt
  Picoseconds quiet_until_ = 0;
  Held transmit_;
  Held receive_;
};

}  // namespace ringside::e1000
