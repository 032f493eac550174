// SPDX-License-Identifier: Apache-2.0
// Capture files that tcpdump and Wireshark read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

namespace ringside::backend {

/// Writes the classic pcap format with nanosecond stamps; Ethernet frames, stamped with simulated
/// time.
class PcapWriter {
 public:
  /// Throws std::runtime_error if the file can't be written.
  explicit PcapWriter(const std::string& file);
  void write(const std::uint8_t* frame, std::size_t bytes);

 private:
  std::ofstream out_;
};

}  // namespace ringside::backend
