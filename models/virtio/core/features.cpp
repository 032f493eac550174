// SPDX-License-Identifier: Apache-2.0
#include "virtio/core/features.h"

namespace ringside::virtio {

std::string FeatureSet::str() const {
  std::string text;
  for (unsigned bit = 0; bit < kBits; ++bit) {
    if (!has(bit)) continue;
    if (!text.empty()) text += ' ';
    text += std::to_string(bit);
  }
  return text;
}

}  // namespace ringside::virtio
