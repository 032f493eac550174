// SPDX-License-Identifier: Apache-2.0
// Interrupts of a PCI function as VFIO has them: eventfds by kind and number. The client programs
// no message addresses; it sends an eventfd for each vector, and masks and unmasks by commands.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "cosim/peer/owned_fd.h"
#include "cosim/vfio_user/protocol.h"

namespace ringside::vfio {

class Interrupts {
 public:
  /// How many interrupts the function has of each kind: 0 or 1 for the pin.
  explicit Interrupts(const std::array<unsigned, kIrqs>& counts);

  /// An MSI-X vector can be signalled now, or can no longer; usable() says which.
  std::function<void(unsigned vector)> on_vector;
  /// An eventfd that unmasks the pin, or none any more.
  std::function<void(peer::OwnedFd fd)> on_unmask_fd;

  // ---- the client's side; they throw Refused
  IrqInfo info(std::uint32_t index) const;
  /// `chosen` are the bytes that kDataBool comes with, else empty. Nothing has changed if it
  /// throws.
  void set(const IrqSet& set, const std::vector<std::uint8_t>& chosen,
           std::vector<peer::OwnedFd>& fds);
  /// The pin can be signalled again: it masks itself each time.
  void unmask_pin();
  /// The client has gone.
  void clear();

  // ---- the function's side
  void set_pin(bool high);
  /// A message of MSI or MSI-X; nothing happens to one without an eventfd.
  void message(Irq kind, unsigned number);
  /// The vector has an eventfd, and is not masked.
  bool usable(unsigned vector) const {
    const Line& line = lines_[kMsix][vector];
    return line.fd && !line.masked;
  }
  unsigned count(Irq kind) const { return static_cast<unsigned>(lines_[kind].size()); }

  std::uint64_t signals() const { return signals_; }

 private:
  struct Line {
    peer::OwnedFd fd;
    bool masked = false;
  };
  using Lines = std::vector<Line>;

  void assign(std::uint32_t index, std::uint32_t start, std::uint32_t count,
              std::vector<peer::OwnedFd>& fds);
  void set_masked(std::uint32_t index, std::uint32_t number, bool masked);
  void disable(std::uint32_t index);
  void changed(std::uint32_t index, std::uint32_t number);
  void signal(Line& line);
  void signal_pin();

  std::array<Lines, kIrqs> lines_;
  bool pin_high_ = false;
  std::uint64_t signals_ = 0;
};

}  // namespace ringside::vfio
