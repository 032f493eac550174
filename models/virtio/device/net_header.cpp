// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/net_header.h"

#include <array>
#include <vector>

#include "virtio/device/bytes.h"

namespace ringside::virtio::net {

namespace {

/// `feature` requires one of `any_of`.
struct Requirement {
  unsigned feature;
  std::vector<unsigned> any_of;
};

const std::vector<Requirement>& requirements() {
  static const std::vector<Requirement> all{
      {kNetGuestTso4, {kNetGuestCsum}},
      {kNetGuestTso6, {kNetGuestCsum}},
      {kNetGuestUfo, {kNetGuestCsum}},
      {kNetGuestUso4, {kNetGuestCsum}},
      {kNetGuestUso6, {kNetGuestCsum}},
      {kNetGuestEcn, {kNetGuestTso4, kNetGuestTso6}},
      {kNetHostTso4, {kNetCsum}},
      {kNetHostTso6, {kNetCsum}},
      {kNetHostUfo, {kNetCsum}},
      {kNetHostUso, {kNetCsum}},
      {kNetHostEcn, {kNetHostTso4, kNetHostTso6}},
      {kNetRscExt, {kNetHostTso4, kNetHostTso6}},
      {kNetCtrlRx, {kNetCtrlVq}},
      {kNetCtrlVlan, {kNetCtrlVq}},
      {kNetGuestAnnounce, {kNetCtrlVq}},
      {kNetMq, {kNetCtrlVq}},
      {kNetCtrlMacAddr, {kNetCtrlVq}},
      {kNetNotfCoal, {kNetCtrlVq}},
      {kNetVqNotfCoal, {kNetCtrlVq}},
      {kNetRss, {kNetCtrlVq}},
      {kNetHashTunnel, {kNetCtrlVq}},
      {kNetHashTunnel, {kNetRss, kNetHashReport}},
      {kNetRssContext, {kNetRss}},
      {kNetRssContext, {kNetCtrlVq}},
  };
  return all;
}

}  // namespace

FeatureSet with_requirements(FeatureSet features) {
  // Twice, because requirements have requirements of their own.
  for (int pass = 0; pass < 2; ++pass) {
    for (const Requirement& requirement : requirements()) {
      bool met = false;
      for (unsigned other : requirement.any_of) met = met || features.has(other);
      if (!met) features.set(requirement.feature, false);
    }
  }
  return features;
}

std::size_t Header::bytes(const FeatureSet& features) {
  if (features.has(kNetHashReport)) return 20;
  if (features.has(kVersion1) || features.has(kNetMrgRxbuf)) return 12;
  return 10;
}

Header Header::decode(const std::uint8_t* from, std::size_t bytes) {
  Header h;
  h.flags = from[0];
  h.gso_type = from[1];
  h.hdr_len = get_le16(from + 2);
  h.gso_size = get_le16(from + 4);
  h.csum_start = get_le16(from + 6);
  h.csum_offset = get_le16(from + 8);
  if (bytes >= 12) h.num_buffers = get_le16(from + 10);
  if (bytes >= 20) {
    h.hash_value = get_le32(from + 12);
    h.hash_report = get_le16(from + 16);
  }
  return h;
}

void Header::encode(std::uint8_t* to, std::size_t bytes) const {
  to[0] = flags;
  to[1] = gso_type;
  put_le16(to + 2, hdr_len);
  put_le16(to + 4, gso_size);
  put_le16(to + 6, csum_start);
  put_le16(to + 8, csum_offset);
  if (bytes >= 12) put_le16(to + 10, num_buffers);
  if (bytes >= 20) {
    put_le32(to + 12, hash_value);
    put_le16(to + 16, hash_report);
    put_le16(to + 18, 0);
  }
}

}  // namespace ringside::virtio::net
