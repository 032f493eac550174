// SPDX-License-Identifier: Apache-2.0
// What of the client's memory the function may reach: windows of DMA addresses, shared or not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "cosim/peer/owned_fd.h"
#include "cosim/peer/shared_pages.h"
#include "cosim/vfio_user/dma_messages.h"
#include "cosim/vfio_user/protocol.h"

namespace ringside::vfio {

class DmaWindows {
 public:
  /// `latency` is what an access takes.
  DmaWindows(DmaMessages& messages, const sc_core::sc_time& latency)
      : messages_(messages), latency_(latency) {}

  /// One more. With a descriptor of shared memory it is mapped, else reached by messages. Throws
  /// Refused: it is empty, wraps around, overlaps another, or there are too many.
  void map(const DmaMapping& mapping, std::vector<peer::OwnedFd>& descriptors);
  /// Takes away what lies in that range. Throws Refused if nothing does, or a window lies there in
  /// part only.
  void unmap(const DmaUnmapping& range);
  void clear();

  /// An access of the function's: to windows that follow each other, if it is longer than one.
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  std::size_t count() const { return windows_.size(); }
  /// The client has taken shared memory away.
  bool any_lost() const;

 private:
  struct Window {
    std::uint64_t bytes;
    std::uint32_t flags;
    std::unique_ptr<peer::SharedPages> pages;  // none: by messages
  };
  using Windows = std::map<std::uint64_t, Window>;

  Windows::iterator holding(std::uint64_t address);
  bool move(tlm::tlm_generic_payload& payload);
  bool move_piece(tlm::tlm_generic_payload& payload, Windows::iterator window,
                  std::uint64_t address, std::uint8_t* data, std::size_t bytes);

  DmaMessages& messages_;
  const sc_core::sc_time latency_;
  Windows windows_;  // by address
};

}  // namespace ringside::vfio
