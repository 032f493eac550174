// SPDX-License-Identifier: Apache-2.0
// The receive engine: frames wait in a FIFO, and are written to the buffers of descriptors.
#include <algorithm>
#include <utility>

#include "baseline/e1000.h"

namespace ringside {

using namespace e1000;

namespace {

constexpr std::size_t kAddressBytes = 12;
constexpr std::size_t kTagBytes = 4;
constexpr std::size_t kShortest = 60;
constexpr std::size_t kLongestUsual = 1518;  // 1522 with check sequence
constexpr std::size_t kLongest = 16384 - 4;

unsigned get16(const std::uint8_t* at) {
  return static_cast<unsigned>(at[0] << 8 | at[1]);
}

}  // namespace

void E1000::receive_thread() {
  for (;;) {
    receive_.wait_for_kick();
    while (may_receive() && receive_one()) receive_.rest();
  }
}

/// What waits is void: registers of the ring have changed, or the engine is switched off.
void E1000::stop_receive() {
  receive_.begin_epoch();
  arrived_count_ = arrived_bytes_ = 0;
}

// ---- from the network -----------------------------------------------------------------------

void E1000::arrive(const std::uint8_t* frame, std::size_t bytes) {
  const std::uint32_t control = regs_.receive_control;
  const bool looped = phy_.loopback() || (control & kMacLoopback);
  if (!(control & kReceiveEnable) || !(phy_.link() || looped)) return;
  std::array<std::uint8_t, kShortest> padded{};
  if (bytes < kShortest) {
    std::copy(frame, frame + bytes, padded.begin());
    frame = padded.data();
    bytes = kShortest;
  }
  statistics_.seen(bytes);
  const std::size_t longest = control & kLongPackets ? kLongest : kLongestUsual;
  if (bytes > longest && (bytes > kLongest || !(control & kStoreBad)))
    return statistics_.too_long();
  const bool tagged = get16(frame + kAddressBytes) == regs_.vlan_type;
  const auto tag = static_cast<std::uint16_t>(get16(frame + kAddressBytes + 2));
  const auto match = filter_.match(frame, control);
  if (match == ReceiveFilter::Match::None ||
      (tagged && (control & kVlanFilter) && !filter_.has_vlan(tag))) {
    ++rx_filtered;
    return;
  }
  take(frame, bytes, tagged, match == ReceiveFilter::Match::Inexact);
}

void E1000::take(const std::uint8_t* frame, std::size_t bytes, bool tagged, bool inexact) {
  if (arrived_count_ == arrived_.size() || arrived_bytes_ + bytes > kFifoBytes) {
    ++rx_dropped;
    statistics_.missed();
    return raise(kOverrun);
  }
  Arrived& arrived = arrived_[(first_arrived_ + arrived_count_++) % arrived_.size()];
  arrived.status = {};
  if (inexact) arrived.status.status |= ReceiveStatus::kInexact;
  fill(arrived, frame, bytes, tagged);
  arrived_bytes_ += arrived.stored.size();
  receive_.kick();
}

/// What is written to memory of a frame, and what its descriptor says.
void E1000::fill(Arrived& arrived, const std::uint8_t* frame, std::size_t bytes, bool tagged) {
  const std::uint32_t offload = regs_.receive_checksum;
  check_checksums(frame, bytes, offload & kIpOffload, offload & kTransportOffload, arrived.status);
  arrived.bytes = bytes;
  std::vector<std::uint8_t>& stored = arrived.stored;
  stored.assign(frame, frame + bytes);
  if (!(regs_.receive_control & kStripFcs)) {
    const std::uint32_t sequence = frame_check_sequence(frame, bytes);
    for (unsigned i = 0; i < 4; ++i) stored.push_back(static_cast<std::uint8_t>(sequence >> 8 * i));
  }
  if (tagged && (regs_.control & kVlanMode)) {
    arrived.status.status |= ReceiveStatus::kVlan;
    arrived.status.vlan_tag = static_cast<std::uint16_t>(get16(frame + kAddressBytes + 2));
    const auto at = stored.begin() + kAddressBytes;
    stored.erase(at, at + kTagBytes);
  }
  const std::size_t start = std::min<std::size_t>(offload & kChecksumStart, stored.size());
  arrived.status.checksum =
      static_cast<std::uint16_t>(~internet_sum(stored.data() + start, stored.size() - start));
}

// ---- to memory ------------------------------------------------------------------------------

bool E1000::may_receive() const {
  return regs_.receive_control & kReceiveEnable;
}

/// Makes the next frame the current one; false if there is none.
bool E1000::next_frame() {
  if (in_progress_ && current_epoch_ == receive_.epoch) return true;
  in_progress_ = false;
  if (arrived_count_ == 0) return false;
  std::swap(current_, arrived_[first_arrived_]);
  first_arrived_ = (first_arrived_ + 1) % arrived_.size();
  --arrived_count_;
  arrived_bytes_ -= current_.stored.size();
  current_epoch_ = receive_.epoch;
  in_progress_ = true;
  starved_ = false;
  written_ = 0;
  return true;
}

/// Fills the descriptor at the head; false if the engine has to stop.
bool E1000::receive_one() {
  if (!next_frame()) return false;
  if (receive_.ring.owned() == 0) {
    if (!starved_) statistics_.no_buffer();
    starved_ = true;
    return false;
  }
  Words words;
  const std::uint64_t at = receive_.ring.address();
  if (!fetch(receive_, kReceiveQueue, rx_descriptors, words)) return false;
  const std::uint64_t buffer = words.low;
  // A descriptor without a buffer is passed over.
  const std::size_t bytes =
      buffer == 0 ? 0 : std::min(buffer_bytes(), current_.stored.size() - written_);
  const unsigned epoch = receive_.epoch;
  if (bytes != 0 && dma().write(buffer, current_.stored.data() + written_, bytes,
                                tag(receive_, kReceiveQueue, Step::Payload)) != DmaStatus::Ok)
    ++dma_errors;
  if (epoch != receive_.epoch) return false;
  written_ += bytes;
  receive_.bytes += bytes;
  const bool last = written_ == current_.stored.size();
  ReceiveStatus status = last ? current_.status : ReceiveStatus{};
  status.length = static_cast<std::uint16_t>(bytes);
  status.status |= ReceiveStatus::kDone;
  if (last) status.status |= ReceiveStatus::kEnd;
  const std::uint64_t encoded = status.encode();
  if (dma().write(at + ReceiveStatus::kOffset, &encoded, sizeof encoded,
                  tag(receive_, kReceiveQueue, Step::UsedRing)) != DmaStatus::Ok)
    ++dma_errors;
  if (epoch != receive_.epoch) return false;
  receive_.ring.advance();
  if (last) frame_done();
  return true;
}

void E1000::frame_done() {
  in_progress_ = false;
  ++rx.requests;
  ++receive_.packets;
  rx.bytes += current_.bytes;
  statistics_.received(current_.stored.data(), current_.bytes);
  interrupts_.received(now());
  const unsigned divider = (regs_.receive_control >> kThresholdShift & 3) + 1;
  if (receive_.ring.owned() <= receive_.ring.size() >> divider)
    interrupts_.set(now(), kReceiveThreshold);
  show_interrupts();
}

std::size_t E1000::buffer_bytes() const {
  const std::uint32_t control = regs_.receive_control;
  const unsigned code = control >> kBufferSizeShift & 3;
  const std::size_t bytes = std::size_t{2048} >> code;
  return (control & kBufferTimes16) && code != 0 ? bytes * 16 : bytes;
}

}  // namespace ringside
