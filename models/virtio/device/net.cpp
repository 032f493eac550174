// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

using net::Frame;
using net::Header;
using net::Packet;

Net::Net(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context),
      pairs_(pairs),
      notify_(2 * pairs + 1, notify_deadline_,
              [this](unsigned queue) { send_held_notification(queue); }) {
  check_parameters();
  read_mac();
  offered_ = net::with_requirements(wanted_features());
  for (unsigned i = 1; i <= pairs; ++i) {
    add_queue(fmt::format("receiveq{}", i), queue_size);
    add_queue(fmt::format("transmitq{}", i), queue_size);
  }
  if (ctrl_vq) add_queue("controlq", control_queue_size);
  if (backend) {
    backend->on_frame(
        [this](const std::uint8_t* frame, std::size_t bytes) { received(frame, bytes); });
    backend->on_link_change([this](bool up) {
      if (cable_) link_changed(up);
    });
  }
  SC_HAS_PROCESS(Net);
  SC_METHOD(send_due_notifications);
  sensitive << notify_deadline_;
  dont_initialize();
}

void Net::send_due_notifications() {
  notify_.on_deadline();
}

void Net::check_parameters() {
  if (mtu != 0 && mtu < 68)
    diagnostics().error(mtu.where(), fmt::format("'mtu' of {} is {}; expected 68 to 65535, or 0",
                                                 label(), mtu.get()));
  if (speed->bits_per_second > 2147483647e6)
    diagnostics().error(speed.where(), fmt::format("'speed' of {} is more than the driver can be "
                                                   "told; expected at most 2147483Gbps",
                                                   label()));
}

void Net::read_mac() {
  if (mac->empty()) {
    const std::uint64_t seed = platform().seed_for(*this);
    own_mac_ = {0x52,
                0x54,
                0,
                static_cast<std::uint8_t>(seed >> 16),
                static_cast<std::uint8_t>(seed >> 8),
                static_cast<std::uint8_t>(seed)};
  } else if (!net::parse_mac(mac, own_mac_)) {
    diagnostics().error(mac.where(), fmt::format("'mac' of {} is '{}'; expected an address of one "
                                                 "station such as 52:54:00:12:34:56",
                                                 label(), mac.get()));
  }
  filter_.mac = own_mac_;
}

// ---- features and configuration ------------------------------------------------------------

FeatureSet Net::wanted_features() const {
  FeatureSet f{kNetMac};
  f.set(kNetCsum, csum);
  f.set(kNetHostTso4, host_tso4);
  f.set(kNetHostTso6, host_tso6);
  f.set(kNetHostEcn, host_ecn);
  f.set(kNetHostUfo, host_ufo);
  f.set(kNetHostUso, host_uso);
  f.set(kNetGuestCsum, guest_csum);
  f.set(kNetGuestTso4, guest_tso4);
  f.set(kNetGuestTso6, guest_tso6);
  f.set(kNetGuestEcn, guest_ecn);
  f.set(kNetGuestUfo, guest_ufo);
  f.set(kNetGuestUso4, guest_uso4);
  f.set(kNetGuestUso6, guest_uso6);
  f.set(kNetGuestHdrlen, guest_hdrlen);
  f.set(kNetRscExt, rsc_ext);
  f.set(kNetMrgRxbuf, mrg_rxbuf);
  f.set(kNetStatus, link_status);
  f.set(kNetMtu, mtu != 0);
  f.set(kNetSpeedDuplex, speed->bits_per_second > 0);
  f.set(kNetStandby, standby);
  // Some of these have no requirement in 5.1.3.1, but make no sense without a control queue.
  f.set(kNetCtrlVq, ctrl_vq);
  f.set(kNetCtrlRx, ctrl_rx);
  f.set(kNetCtrlRxExtra, ctrl_rx_extra && ctrl_rx && ctrl_vq);
  f.set(kNetCtrlVlan, ctrl_vlan);
  f.set(kNetCtrlMacAddr, ctrl_mac_addr);
  f.set(kNetCtrlGuestOffloads, ctrl_guest_offloads && ctrl_vq);
  f.set(kNetGuestAnnounce, guest_announce && link_status);
  f.set(kNetMq, pairs > 1);
  f.set(kNetRss, rss);
  f.set(kNetHashReport, hash_report && ctrl_vq);
  f.set(kNetHashTunnel, hash_tunnel);
  f.set(kNetNotfCoal, notf_coal);
  f.set(kNetVqNotfCoal, vq_notf_coal);
  f.set(kNetDeviceStats, device_stats && ctrl_vq);
  return f;
}

FeatureSet Net::legacy_features(const FeatureSet& modern) const {
  FeatureSet f = modern;
  f.set(kNetGso, f.has(kNetHostTso4) && f.has(kNetHostTso6) && f.has(kNetHostUfo));
  return f;
}

bool Net::accepts_features(const FeatureSet& chosen) const {
  return net::with_requirements(chosen) == chosen;
}

std::uint32_t Net::speed_mbps() const {
  return static_cast<std::uint32_t>(speed->bits_per_second / 1e6);
}

std::array<std::uint8_t, Net::kConfigBytes> Net::config() const {
  std::array<std::uint8_t, kConfigBytes> bytes{};
  std::copy(filter_.mac.begin(), filter_.mac.end(), bytes.begin());
  const bool up = link_up();
  put_le16(&bytes[6], (up ? kLinkUp : 0) | (announcing_ ? kAnnounce : 0));
  put_le16(&bytes[8], pairs);
  put_le16(&bytes[10], mtu);
  put_le32(&bytes[12], up ? speed_mbps() : 0xffffffff);
  bytes[16] = static_cast<std::uint8_t>(up ? duplex.get() : Duplex::Unknown);
  bytes[17] = net::HashSettings::kMaxKey;
  put_le16(&bytes[18], net::HashSettings::kMaxTable);
  put_le32(&bytes[20], net::kHashAll);
  put_le32(&bytes[24], net::kTunnelAll);
  return bytes;
}

void Net::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::memcpy(to, config().data() + offset, bytes);
}

void Net::write_config(std::size_t offset, const std::uint8_t* from, std::size_t bytes) {
  // Only legacy drivers without CTRL_MAC_ADDR set the address here (5.1.4.3).
  if (!legacy() || has(kNetCtrlMacAddr)) return;
  for (std::size_t i = 0; i < bytes; ++i)
    if (offset + i < filter_.mac.size()) filter_.mac[offset + i] = from[i];
}

void Net::link_changed(bool up) {
  if (up && has(kNetGuestAnnounce)) announcing_ = true;
  config_changed();
}

void Net::set_cable(bool in) {
  if (in == cable_) return;
  const bool was_up = link_up();
  cable_ = in;
  if (link_up() != was_up) link_changed(link_up());
}

void Net::announce_if_possible() {
  if (!has(kNetGuestAnnounce)) throw CommandError("the driver cannot announce itself");
  if (!link_up()) throw CommandError("the link is down");
  announce();
}

void Net::announce() {
  if (!has(kNetGuestAnnounce)) return;
  announcing_ = true;
  config_changed();
}

// ---- life ----------------------------------------------------------------------------------

void Net::on_reset() {
  for (Pair& pair : pairs_) pair = {};
  filter_.mac = own_mac_;
  filter_.clear();
  hash_ = {};
  control_stats_ = {};
  steering_ = Steering::Automatic;
  active_pairs_ = 1;
  offloads_ = 0;
  announcing_ = false;
  flows_ = {};
  rx_coalesce_ = tx_coalesce_ = {};
  notify_.clear();
}

void Net::on_driver_ok() {
  // Drivers that can't say what they want get all that might be meant for them.
  filter_.all_multicast = !has(kNetCtrlRx);
  filter_.promiscuous = !has(kNetMac) && !legacy();
  filter_.filter_vlans = has(kNetCtrlVlan);
  for (unsigned bit : {kNetGuestCsum, kNetGuestTso4, kNetGuestTso6, kNetGuestEcn, kNetGuestUfo,
                       kNetGuestUso4, kNetGuestUso6})
    if (has(bit)) offloads_ |= std::uint64_t{1} << bit;
}

void Net::on_queue_reset(unsigned queue) {
  if (queue >= 2 * active_layout_pairs()) return;
  const bool is_receive = queue % 2 == 0;
  if (is_receive) {
    Pair& pair = pairs_[queue / 2];
    pair.fifo.clear();
    pair.fifo_bytes = 0;
    pair.ready.reset();
  }
  notify_.forget(queue);
  notify_.set(queue, is_receive ? rx_coalesce_ : tx_coalesce_);
}

unsigned Net::active_layout_pairs() const {
  return has(kNetMq) || has(kNetRss) ? pairs.get() : 1;
}

void Net::serve(unsigned queue) {
  if (queue == control_queue() && has(kNetCtrlVq)) return control();
  if (queue >= control_queue()) return;
  if (queue % 2 == 0)
    receive(queue / 2);
  else
    transmit(queue / 2);
}

// ---- transmit ------------------------------------------------------------------------------

void Net::transmit(unsigned index) {
  Virtqueue& transmitq = queue(2 * index + 1);
  std::uint32_t packets = 0;
  while (ChainPtr chain = transmitq.pop()) {
    const std::size_t header_bytes = Header::bytes(features());
    const std::size_t total = chain->readable_bytes();
    std::uint8_t raw[Header::kLargest];
    Frame packet;
    const bool sane =
        total >= header_bytes + net::kEthernetHeader && total - header_bytes <= net::kMaxPacket;
    if (sane) packet.resize(total - header_bytes);
    const bool read = sane && chain->read(0, raw, header_bytes) &&
                      chain->read(header_bytes, packet.data(), packet.size());
    if (!chain->alive()) return;
    if (read) {
      send_packet(index, Header::decode(raw, header_bytes), packet);
    } else {
      ++tx_dropped;
      ++pairs_[index].tx.drops;
      ++pairs_[index].tx.malformed;
    }
    transmitq.push(std::move(chain), 0);
    ++packets;
  }
  notify_.count(2 * index + 1, packets);
}

void Net::send_packet(unsigned index, const Header& header, Frame& packet) {
  net::TxStats& stats = pairs_[index].tx;
  if (has(kNetMq) && active_pairs_ > 1) {
    const std::uint32_t flow =
        net::flow_of(packet.data(), net::parse_frame(packet.data(), packet.size()));
    if (flow) flows_[flow % kFlows] = static_cast<std::uint8_t>(index + 1);
  }
  const std::size_t bytes = packet.size();
  std::vector<Frame> frames;
  const net::TransmitResult result = net::prepare_transmit(header, packet, features(), frames);
  if (result == net::TransmitResult::Malformed) {
    ++tx_dropped;
    ++stats.drops;
    ++stats.malformed;
    return;
  }
  ++(header.flags & net::kNeedsCsum ? stats.needs_csum : stats.csum_none);
  if (result == net::TransmitResult::Segmented) {
    ++stats.gso_packets;
    stats.gso_bytes += bytes;
    stats.segments += frames.size();
    tx_segments += frames.size();
  }
  for (const Frame& frame : frames) {
    ++stats.packets;
    stats.bytes += frame.size();
    if (result == net::TransmitResult::Segmented) stats.segment_bytes += frame.size();
    if (cable_)
      backend->send(frame.data(), frame.size());
    else
      ++tx_dropped;
  }
}

// ---- receive: from the network to the FIFO of a queue --------------------------------------

void Net::received(const std::uint8_t* frame, std::size_t bytes) {
  if (!driver_ok() || !cable_) {
    ++rx_dropped;
    return;
  }
  const Packet packet = net::parse_frame(frame, bytes);
  if (!filter_.accepts(frame, packet)) {
    ++rx_filtered;
    return;
  }
  const Packet hashed = net::inner_packet(frame, bytes, packet, hash_.tunnels);
  const net::Hash hash =
      hash_.types ? net::hash_packet(frame, hashed, hash_.types, hash_.key) : net::Hash{};
  const std::optional<unsigned> to = steer(frame, packet, hash);
  if (!to || too_long(packet, bytes)) {
    ++rx_dropped;
    ++pairs_[to.value_or(0)].rx.drops;
    return;
  }
  Pair& pair = pairs_[*to];
  if (pair.fifo.size() >= fifo || pair.fifo_bytes + bytes > kFifoBytes) {
    ++rx_dropped;
    ++pair.rx.drops;
    ++pair.rx.overruns;
    return;
  }
  pair.fifo_bytes += bytes;
  pair.fifo.push_back({Frame(frame, frame + bytes), packet, hash});
  queue(2 * *to).poke();
}

bool Net::too_long(const Packet& packet, std::size_t bytes) const {
  return has(kNetMtu) && bytes > mtu + net::kEthernetHeader + (packet.tagged ? net::kVlanTag : 0);
}

bool Net::receives(unsigned pair) const {
  return pair < pairs_.size() && const_cast<Net*>(this)->queue(2 * pair).enabled();
}

std::optional<unsigned> Net::steer(const std::uint8_t* frame, const Packet& packet,
                                   const net::Hash& hash) const {
  if (steering_ == Steering::Rss) {
    const unsigned to =
        hash.report ? hash_.table[hash.value & (hash_.table.size() - 1)] : hash_.unclassified;
    return receives(to) ? std::optional<unsigned>(to) : std::nullopt;
  }
  unsigned to = 0;
  if (active_pairs_ > 1) {
    const std::uint32_t flow = net::flow_of(frame, packet);
    const std::uint8_t known = flow ? flows_[flow % kFlows] : 0;
    to = known && known <= active_pairs_ ? known - 1u : flow % active_pairs_;
  }
  // A queue that is being reset hands its packets to the next.
  for (unsigned i = 0; i < active_pairs_; ++i)
    if (receives((to + i) % active_pairs_)) return (to + i) % active_pairs_;
  return std::nullopt;
}

// ---- receive: from the FIFO to the driver --------------------------------------------------

net::CoalesceKinds Net::coalesce_kinds() const {
  const auto on = [this](unsigned bit) { return (offloads_ >> bit & 1) != 0; };
  net::CoalesceKinds kinds;
  if (!on(kNetGuestCsum)) return kinds;
  kinds.tcp4 = on(kNetGuestTso4);
  kinds.tcp6 = on(kNetGuestTso6);
  kinds.ecn = on(kNetGuestEcn);
  kinds.udp4 = on(kNetGuestUso4);
  kinds.udp6 = on(kNetGuestUso6);
  return kinds;
}

void Net::receive(unsigned index) {
  Pair& pair = pairs_[index];
  std::uint32_t packets = 0;
  for (;;) {
    if (!pair.ready) {
      if (pair.fifo.empty()) break;
      make_ready(pair);
    }
    if (!place(index)) break;
    ++packets;
  }
  notify_.count(2 * index, packets);
}

/// Takes the next frame, and those that can be appended to it, from the FIFO.
void Net::make_ready(Pair& pair) {
  const auto take = [&pair] {
    Received next = std::move(pair.fifo.front());
    pair.fifo.pop_front();
    pair.fifo_bytes -= next.frame.size();
    return next;
  };
  Received first = take();
  Ready ready;
  ready.header.hash_value = first.hash.value;
  ready.header.hash_report = first.hash.report;
  const bool validates = offloads_ >> kNetGuestCsum & 1;
  const net::CoalesceKinds kinds = coalesce_kinds();
  unsigned segments = 1;
  if (kinds.any() && !pair.fifo.empty()) {
    net::Coalescer packet(std::move(first.frame), first.packet, kinds);
    while (!pair.fifo.empty() && packet.append(pair.fifo.front().frame, pair.fifo.front().packet))
      take();
    segments = packet.segments();
    ready.data = packet.finish(ready.header);
  } else {
    ready.data = std::move(first.frame);
  }
  if (segments > 1) {
    rx_coalesced += segments - 1;
    if (has(kNetRscExt)) {
      ready.header.flags |= net::kRscInfo;
      ready.header.csum_start = static_cast<std::uint16_t>(segments);
      ready.header.csum_offset = 0;  // duplicate acknowledgements are passed on as they are
    }
  } else if (validates) {
    const net::ChecksumState state = net::verify_checksum(ready.data.data(), first.packet);
    if (state == net::ChecksumState::Good) ready.header.flags = net::kDataValid;
    if (state == net::ChecksumState::Bad) ++pair.rx.csum_bad;
    if (state == net::ChecksumState::NotApplicable || state == net::ChecksumState::Absent)
      ++pair.rx.csum_none;
  }
  pair.ready = std::move(ready);
}

void Net::drop_ready(Pair& pair) {
  pair.ready.reset();
  ++rx_dropped;
  ++pair.rx.drops;
}

void Net::give_back(Virtqueue& queue, std::vector<ChainPtr>& chains) {
  while (!chains.empty()) {
    if (chains.back()->alive()) queue.unpop(std::move(chains.back()));
    chains.pop_back();
  }
}

/// Puts the waiting packet into buffers; false if there are not enough yet.
bool Net::place(unsigned index) {
  Pair& pair = pairs_[index];
  Virtqueue& receiveq = queue(2 * index);
  const bool merge = has(kNetMrgRxbuf);
  const std::size_t header_bytes = Header::bytes(features());
  const std::size_t total = header_bytes + pair.ready->data.size();
  std::vector<ChainPtr> chains;
  std::size_t room = 0;
  while (room < total) {
    if (merge && chains.size() == receiveq.layout().size) {
      give_back(receiveq, chains);  // all the buffers there can be are too small
      drop_ready(pair);
      return true;
    }
    ChainPtr chain = receiveq.pop();
    if (!pair.ready) return false;  // reset while the ring was read
    if (!chain) {
      give_back(receiveq, chains);
      return false;
    }
    const std::size_t bytes = chain->writable_bytes();
    chains.push_back(std::move(chain));
    if (bytes < (chains.size() == 1 ? header_bytes : 1)) {
      needs_reset(fmt::format("a receive buffer has {} bytes", bytes));
      return false;
    }
    room += bytes;
    if (merge || room >= total) continue;
    give_back(receiveq, chains);
    drop_ready(pair);
    return true;
  }
  const Ready packet = std::move(*pair.ready);
  pair.ready.reset();
  if (!write_packet(receiveq, chains, packet)) return false;
  net::RxStats& stats = pair.rx;
  ++stats.packets;
  stats.bytes += packet.data.size();
  if (packet.header.flags & net::kDataValid) ++stats.csum_valid;
  if (packet.header.flags & net::kNeedsCsum) ++stats.needs_csum;
  if (packet.header.gso_type != net::kGsoNone) {
    ++stats.gso_packets;
    stats.gso_bytes += packet.data.size();
  }
  return true;
}

bool Net::write_packet(Virtqueue& queue, std::vector<ChainPtr>& chains, const Ready& packet) {
  const std::size_t header_bytes = Header::bytes(features());
  std::uint8_t raw[Header::kLargest];
  Header header = packet.header;
  header.num_buffers = static_cast<std::uint16_t>(chains.size());
  header.encode(raw, header_bytes);
  std::size_t at = 0;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    DescriptorChain& chain = *chains[i];
    const std::size_t skip = i == 0 ? header_bytes : 0;
    if (i == 0 && !chain.write(0, raw, header_bytes)) return false;
    const std::size_t bytes =
        std::min<std::size_t>(chain.writable_bytes() - skip, packet.data.size() - at);
    if (bytes != 0 && !chain.write(skip, packet.data.data() + at, bytes)) return false;
    at += bytes;
  }
  at = packet.data.size() + header_bytes;
  for (ChainPtr& chain : chains) {
    const std::uint32_t used =
        static_cast<std::uint32_t>(std::min<std::size_t>(chain->writable_bytes(), at));
    at -= used;
    queue.push(std::move(chain), used);
  }
  return true;
}

// ---- control -------------------------------------------------------------------------------

void Net::control() {
  Virtqueue& controlq = queue(control_queue());
  while (ChainPtr chain = controlq.pop()) {
    ++control_commands;
    ++control_stats_.commands;
    std::vector<std::uint8_t> request(
        std::min<std::size_t>(chain->readable_bytes(), 2 + net::Control::kMaxData));
    const bool read = request.size() >= 2 && chain->read(0, request.data(), request.size());
    if (!chain->alive()) return;
    std::vector<std::uint8_t> result;
    bool ok = false;
    if (read && chain->writable_bytes() != 0)
      ok = commands_.handle(request[0], request[1], {request.begin() + 2, request.end()}, result);
    if (!ok) ++control_errors;
    if (!ok) result.clear();
    result.insert(result.begin(), ok ? net::kControlOk : net::kControlError);
    const std::size_t fits = std::min<std::size_t>(result.size(), chain->writable_bytes());
    if (fits != 0 && !chain->write(0, result.data(), fits)) return;
    controlq.push(std::move(chain), static_cast<std::uint32_t>(fits));
  }
}

}  // namespace ringside::virtio
