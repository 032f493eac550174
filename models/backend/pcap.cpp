// SPDX-License-Identifier: Apache-2.0
#include "backend/pcap.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <systemc>

namespace ringside::backend {

namespace {

constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kLinkEthernet = 1;
constexpr std::uint32_t kSnapLength = 262144;

// The magic number tells readers the byte order, so the host's own will do.
template <typename T>
void put(std::ofstream& out, T value) {
  out.write(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

PcapWriter::PcapWriter(const std::string& file) : out_(file, std::ios::binary | std::ios::trunc) {
  if (!out_)
    throw std::runtime_error(
        fmt::format("cannot write the capture {}: {}", file, std::strerror(errno)));
  put(out_, kMagicNanoseconds);
  put<std::uint16_t>(out_, 2);
  put<std::uint16_t>(out_, 4);
  put<std::uint32_t>(out_, 0);  // time zone
  put<std::uint32_t>(out_, 0);  // accuracy
  put(out_, kSnapLength);
  put(out_, kLinkEthernet);
}

void PcapWriter::write(const std::uint8_t* frame, std::size_t bytes) {
  static const sc_core::sc_time nanosecond(1, sc_core::SC_NS);
  const auto now = static_cast<std::uint64_t>(sc_core::sc_time_stamp() / nanosecond);
  put(out_, static_cast<std::uint32_t>(now / 1000000000));
  put(out_, static_cast<std::uint32_t>(now % 1000000000));
  put(out_, static_cast<std::uint32_t>(bytes));
  put(out_, static_cast<std::uint32_t>(bytes));
  out_.write(reinterpret_cast<const char*>(frame), static_cast<std::streamsize>(bytes));
}

}  // namespace ringside::backend
