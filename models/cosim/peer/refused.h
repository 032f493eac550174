// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <errno.h>

#include <stdexcept>
#include <string>

namespace ringside::peer {

/// A request of the peer's that is not carried out, and why.
struct Refused : std::runtime_error {
  /// `number` is an errno, for protocols that have one in their answers.
  explicit Refused(const std::string& why, int number = EINVAL)
      : std::runtime_error(why), error(number) {}
  const int error;
};

}  // namespace ringside::peer
