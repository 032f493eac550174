// SPDX-License-Identifier: Apache-2.0
#include "backend/net_backend.h"

#include <fmt/format.h>

#include <stdexcept>

#include "backend/pcap.h"
#include "kit/platform.h"

namespace ringside::backend {

NetBackend::NetBackend(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {}

NetBackend::~NetBackend() = default;

void NetBackend::start_of_simulation() {
  if (pcap->path.empty()) return;
  try {
    pcap_writer_ = std::make_unique<PcapWriter>(pcap->path);
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
  }
}

void NetBackend::finish() {
  pcap_writer_.reset();
}

void NetBackend::send(const std::uint8_t* frame, std::size_t bytes) {
  if (!sensible(bytes) || !link_up_) {
    ++frames_dropped;
    return;
  }
  ++frames_out;
  bytes_out += bytes;
  if (pcap_writer_) pcap_writer_->write(frame, bytes);
  transmit(frame, bytes);
}

void NetBackend::deliver(const std::uint8_t* frame, std::size_t bytes) {
  if (!sensible(bytes) || !link_up_) {
    ++frames_dropped;
    return;
  }
  ++frames_in;
  bytes_in += bytes;
  if (pcap_writer_) pcap_writer_->write(frame, bytes);
  if (frame_call_) frame_call_(frame, bytes);
}

void NetBackend::set_link(bool up) {
  if (up == link_up_) return;
  link_up_ = up;
  if (link_call_) link_call_(up);
}

}  // namespace ringside::backend
