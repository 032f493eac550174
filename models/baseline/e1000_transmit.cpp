// SPDX-License-Identifier: Apache-2.0
// The transmit engine: descriptors, buffers, status.
#include <algorithm>

#include "baseline/e1000.h"

namespace ringside {

using namespace e1000;

void E1000::transmit_thread() {
  for (;;) {
    transmit_.wait_for_kick();
    while (may_transmit() && transmit_one()) transmit_.rest();
  }
}

/// What has been read is void: registers of the ring have changed, or the engine is switched off.
void E1000::stop_transmit() {
  transmit_.begin_epoch();
  builder_.reset();
}

bool E1000::may_transmit() const {
  return (regs_.transmit_control & kTransmitEnable) && transmit_.ring.owned() != 0;
}

/// Handles the descriptor at the head; false if the engine has to stop.
bool E1000::transmit_one() {
  Words words;
  const std::uint64_t at = transmit_.ring.address();
  if (!fetch(transmit_, kTransmitQueue, tx_descriptors, words)) return false;
  const TransmitDescriptor descriptor{words.low, words.high};
  if (descriptor.kind() == TransmitDescriptor::Kind::Context) {
    builder_.context(descriptor);
  } else {
    builder_.begin(descriptor);
    if (!read_buffer(descriptor)) return false;
    if (descriptor.has(kEndOfPacket)) end_packet(descriptor);
  }
  if (descriptor.has(kReportStatus) && !report(at, descriptor)) return false;
  transmit_.ring.advance();
  if (descriptor.has(kReportStatus))
    interrupts_.transmitted(now(), descriptor.has(kDelayInterrupt));
  if (transmit_.ring.owned() == 0) interrupts_.set(now(), kTransmitEmpty);
  show_interrupts();
  return true;
}

void E1000::end_packet(const TransmitDescriptor& last) {
  using Outcome = PacketBuilder::Outcome;
  const Outcome outcome = builder_.end(last);
  if (outcome == Outcome::Segmented) statistics_.segmented();
  if (outcome == Outcome::SegmentationFailed) statistics_.segment_failed();
  if (outcome == Outcome::Failed || outcome == Outcome::SegmentationFailed) ++tx_dropped;
  ++tx.requests;
  ++transmit_.packets;
}

/// Reads a buffer into the packet; false if a new epoch has begun meanwhile.
bool E1000::read_buffer(const TransmitDescriptor& descriptor) {
  std::uint64_t from = descriptor.address();
  for (std::size_t left = descriptor.length(); left != 0;) {
    const PacketBuilder::Room room = builder_.room();
    const std::size_t bytes = std::min(room.bytes, left);
    if (bytes == 0) break;
    const unsigned epoch = transmit_.epoch;
    const DmaStatus status =
        dma().read(from, room.to, bytes, tag(transmit_, kTransmitQueue, Step::Payload));
    if (epoch != transmit_.epoch) return false;
    if (status != DmaStatus::Ok) {
      ++dma_errors;
      builder_.fail();
      break;
    }
    builder_.filled(bytes);
    transmit_.bytes += bytes;
    from += bytes;
    left -= bytes;
  }
  return true;
}

/// Writes a descriptor's status back; false if a new epoch has begun meanwhile.
bool E1000::report(std::uint64_t at, const TransmitDescriptor& descriptor) {
  const std::uint32_t status = descriptor.done_status();
  const unsigned epoch = transmit_.epoch;
  if (dma().write(at + TransmitDescriptor::kStatusOffset, &status, sizeof status,
                  tag(transmit_, kTransmitQueue, Step::UsedRing)) != DmaStatus::Ok)
    ++dma_errors;
  return epoch == transmit_.epoch;
}

void E1000::send(const std::uint8_t* frame, std::size_t bytes) {
  ++tx_frames;
  tx.bytes += bytes;
  statistics_.sent(frame, bytes);
  if (phy_.loopback() || (regs_.receive_control & kMacLoopback)) return arrive(frame, bytes);
  if (phy_.link() && backend)
    backend->send(frame, bytes);
  else
    ++tx_dropped;
}

}  // namespace ringside
