// SPDX-License-Identifier: Apache-2.0
// How the e1000 makes frames from the buffers of transmit descriptors: checksums, segments, VLAN
// tags, padding. All offsets are the guest's claims and are checked against the packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "baseline/e1000_descriptors.h"

namespace ringside::e1000 {

class PacketBuilder {
 public:
  /// Longest packet, and longest frame that is cut from one.
  static constexpr std::size_t kLongest = 16288;
  static constexpr std::size_t kShortest = 60;

  /// Registers that matter.
  struct Settings {
    bool tag = false;  ///< CTRL.VME: VLE in descriptors counts
    std::uint16_t tag_type = 0;
    bool pad = false;  ///< TCTL.PSP
  };
  using Send = std::function<void(const std::uint8_t* frame, std::size_t bytes)>;

  explicit PacketBuilder(Send send);

  Settings settings;

  void reset();
  void context(const TransmitDescriptor& descriptor);
  /// A legacy or data descriptor's buffer follows.
  void begin(const TransmitDescriptor& descriptor);
  struct Room {
    std::uint8_t* to;
    std::size_t bytes;
  };
  /// Where its next bytes go; no bytes if no more are wanted.
  Room room();
  void filled(std::size_t bytes) { size_ += bytes; }
  /// The packet can't be sent.
  void fail() { failed_ = true; }
  enum class Outcome { Sent, Segmented, Failed, SegmentationFailed };
  /// The end of a packet: sends what has to be sent.
  Outcome end(const TransmitDescriptor& descriptor);

 private:
  static constexpr std::size_t kTagBytes = 4;
  static constexpr std::size_t kFcsBytes = 4;

  std::uint8_t* frame() { return buffer_.data() + kTagBytes; }
  std::size_t limit() const;
  bool send_plain(const TransmitDescriptor& last);
  bool send_segment(bool last);
  bool complete_headers(bool last);
  void insert_checksums(const OffloadContext& context);
  void insert_checksum(std::size_t start, std::size_t at, std::size_t end, bool never_zero);
  void send_frame();

  Send send_;
  OffloadContext plain_;    // two sets: descriptors with TSE have one of their own
  OffloadContext segment_;  //
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> header_;  // as the driver wrote it, for further segments
  std::size_t size_ = 0;
  bool begun_ = false;
  bool failed_ = false;
  bool segmenting_ = false;
  bool tagged_ = false;
  std::uint16_t tag_ = 0;
  std::uint8_t options_ = 0;
  unsigned segments_ = 0;
};

/// Sum of big-endian 16-bit words, folded, without complement (RFC 1071). An odd last byte counts
/// as the high half of a word.
std::uint16_t internet_sum(const std::uint8_t* data, std::size_t bytes, std::uint32_t initial = 0);

}  // namespace ringside::e1000
