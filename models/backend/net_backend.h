// SPDX-License-Identifier: Apache-2.0
// The network that a NIC is plugged into: Ethernet frames out and in, without checksum (FCS).
// Frames on it are as on a wire: checksums complete, no larger than the network's MTU. Offloads are
// the NIC model's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kit/model.h"

namespace ringside::backend {

class PcapWriter;

class NetBackend : public Model {
 public:
  static constexpr const char* kind = "net";
  static constexpr const char* kind_doc = "the network that a NIC is plugged into";

  NetBackend(const sc_core::sc_module_name& name, const ModelContext& context);
  ~NetBackend() override;

  /// Sends a frame from the guest. Never waits; a network that can't take it drops it.
  void send(const std::uint8_t* frame, std::size_t bytes);

  using FrameHandler = std::function<void(const std::uint8_t* frame, std::size_t bytes)>;
  /// A frame has come in. Called in the simulation, from an SC_METHOD: it must not wait.
  void on_frame(FrameHandler call) { frame_call_ = std::move(call); }

  /// The cable: down when the network is not there (a socket without a peer).
  bool link_up() const { return link_up_; }
  void on_link_change(std::function<void(bool up)> call) { link_call_ = std::move(call); }

  /// Frames that are shorter or longer are dropped, both ways.
  static constexpr std::size_t kMinFrame = 14;
  static constexpr std::size_t kMaxFrame = 65535 + 18;

  Param<FilePath> pcap{this, "pcap", FilePath{},
                       "capture file (pcap, nanoseconds of simulated time) of both directions"};

  Counter frames_out{this, "frames_out", "count", "frames sent by the guest"};
  Counter frames_in{this, "frames_in", "count", "frames that came for the guest"};
  Counter bytes_out{this, "bytes_out", "B", "bytes of frames sent by the guest"};
  Counter bytes_in{this, "bytes_in", "B", "bytes of frames that came for the guest"};
  Counter frames_dropped{this, "frames_dropped", "count",
                         "frames of impossible length, or sent with no link"};

  void finish() override;

 protected:
  /// Passes a frame on to the network; in the simulation.
  virtual void transmit(const std::uint8_t* frame, std::size_t bytes) = 0;
  /// Gives a frame to the NIC; in the simulation.
  void deliver(const std::uint8_t* frame, std::size_t bytes);
  void set_link(bool up);
  void start_of_simulation() override;

 private:
  static bool sensible(std::size_t bytes) { return bytes >= kMinFrame && bytes <= kMaxFrame; }

  FrameHandler frame_call_;
  std::function<void(bool)> link_call_;
  bool link_up_ = true;
  std::unique_ptr<PcapWriter> pcap_writer_;
};

}  // namespace ringside::backend
