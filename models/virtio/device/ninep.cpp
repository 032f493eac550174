// SPDX-License-Identifier: Apache-2.0
#include "virtio/device/ninep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kit/platform.h"
#include "virtio/device/bytes.h"

namespace ringside::virtio {

NineP::NineP(const sc_core::sc_module_name& name, const ModelContext& context)
    : VirtioDevice(name, context) {
  constexpr std::size_t kMostTag = 255;
  if (tag.given() && (tag->empty() || tag->size() > kMostTag))
    diagnostics().error(tag.where(), fmt::format("'tag' of {} has {} bytes; expected 1 to {}",
                                                 label(), tag->size(), kMostTag));
  add_queue("requestq", queue_size);
  if (!backend) return;
  ninep::Limits limits;
  limits.message = static_cast<std::uint32_t>(msize->bytes);
  limits.fids = fids;
  limits.open = open_files;
  limits.locks = locks;
  server_ = std::make_unique<ninep::Server>(*backend, limits);
  request_.resize(limits.message);
  reply_.resize(limits.message);
}

void NineP::read_config(std::size_t offset, std::uint8_t* to, std::size_t bytes) {
  std::uint8_t length[2];
  put_le16(length, static_cast<unsigned>(tag->size()));
  for (std::size_t i = 0; i < bytes; ++i, ++offset)
    to[i] = offset < 2 ? length[offset] : static_cast<std::uint8_t>(tag.get()[offset - 2]);
}

void NineP::on_reset() {
  // The driver is gone, and what it knew with it.
  if (server_) server_->reset();
}

void NineP::serve(unsigned index) {
  while (ChainPtr chain = queue(index).pop()) answer(std::move(chain));
}

void NineP::answer(ChainPtr chain) {
  constexpr std::size_t kHeader = ninep::kHeaderBytes;
  if (chain->readable_bytes() < kHeader)
    return needs_reset("a 9P request is shorter than its header");
  if (!chain->read(0, request_.data(), kHeader)) return;
  const std::size_t there = std::min<std::size_t>(chain->readable_bytes(), request_.size());
  std::size_t bytes = std::clamp<std::size_t>(get_le32(request_.data()), kHeader, there);
  // Older Linux does not count the data of a write whose pages it passes on directly.
  if (request_[4] == static_cast<std::uint8_t>(ninep::Message::Write)) bytes = there;
  if (bytes != kHeader && !chain->read(kHeader, request_.data() + kHeader, bytes - kHeader)) return;
  const std::size_t room = std::min<std::size_t>(chain->writable_bytes(), reply_.size());
  const std::size_t reply = server_->answer(request_.data(), bytes, reply_.data(), room);
  if (server_->last_error() != 0) ++errors;
  if (reply == 0) return needs_reset("a 9P request has no room for its reply");
  if (!chain->write(0, reply_.data(), reply)) return;
  queue(0).push(std::move(chain), static_cast<std::uint32_t>(reply));
}

Json NineP::session() const {
  constexpr const char* kDialects[] = {"none", "9P2000", "9P2000.u", "9P2000.L"};
  return {{"dialect", kDialects[static_cast<unsigned>(server_->dialect())]},
          {"msize", server_->message_bytes()},
          {"fids", server_->fids()},
          {"open_files", server_->open_files()},
          {"locks", server_->locks()}};
}

}  // namespace ringside::virtio
