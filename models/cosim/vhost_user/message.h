// SPDX-License-Identifier: Apache-2.0
// A request of the front end, and the descriptors that it brings and takes.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "cosim/vhost_user/vhost_user.h"

namespace ringside::vhost {

struct VhostUser::Message {
 public:
  /// `bytes` are header and payload, complete.
  Message(std::vector<std::uint8_t> bytes, std::vector<OwnedFd> descriptors)
      : bytes_(std::move(bytes)), descriptors_(std::move(descriptors)) {
    std::memcpy(&header_, bytes_.data(), sizeof header_);
  }

  Request request() const { return static_cast<Request>(header_.request); }
  std::uint32_t number() const { return header_.request; }
  std::uint32_t flags() const { return header_.flags; }
  std::size_t payload_bytes() const { return bytes_.size() - sizeof header_; }
  const std::uint8_t* payload() const { return bytes_.data() + sizeof header_; }

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
  /// The only descriptor; throws Refused if there is none or there are more.
  OwnedFd take_descriptor() {
    if (descriptors_.size() != 1) throw Refused("expected one descriptor with the message");
    return std::move(descriptors_.front());
  }

  void set_answered() { answered_ = true; }
  bool answered() const { return answered_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<OwnedFd> descriptors_;
  Header header_{};
  bool answered_ = false;
};

}  // namespace ringside::vhost
