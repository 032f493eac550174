// SPDX-License-Identifier: Apache-2.0
// A command of the client's, and the descriptors that it brings.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "cosim/peer/owned_fd.h"
#include "cosim/peer/refused.h"
#include "cosim/vfio_user/protocol.h"

namespace ringside::vfio {

using peer::OwnedFd;
using peer::Refused;

class Message {
 public:
  /// `bytes` are header and payload, complete.
  Message(std::vector<std::uint8_t> bytes, std::vector<OwnedFd> descriptors)
      : bytes_(std::move(bytes)), descriptors_(std::move(descriptors)) {
    std::memcpy(&header_, bytes_.data(), sizeof header_);
  }

  Command command() const { return static_cast<Command>(header_.command); }
  const Header& header() const { return header_; }
  bool wants_reply() const { return (header_.flags & kNoReply) == 0; }
  std::size_t payload_bytes() const { return bytes_.size() - sizeof header_; }
  const std::uint8_t* payload() const { return bytes_.data() + sizeof header_; }
  std::uint8_t* payload() { return bytes_.data() + sizeof header_; }

  /// The payload as a structure, which it must have the size of; throws Refused.
  template <typename T>
  T as() const {
    if (payload_bytes() != sizeof(T)) throw Refused("the payload has another size than it should");
    return front<T>();
  }
  /// What the payload begins with; throws Refused.
  template <typename T>
  T front() const {
    T value;
    if (payload_bytes() < sizeof value) throw Refused("the payload is too short");
    std::memcpy(&value, payload(), sizeof value);
    return value;
  }

  std::vector<OwnedFd>& descriptors() { return descriptors_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<OwnedFd> descriptors_;
  Header header_{};
};

}  // namespace ringside::vfio
