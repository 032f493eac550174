// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace ringside::vhost {

/// A request of the front end that is not carried out, and why.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace ringside::vhost
