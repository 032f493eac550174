// SPDX-License-Identifier: Apache-2.0
#include "backend/simple_char.h"

#include <algorithm>

namespace ringside::backend {

std::size_t MemoryChar::room() const {
  return capacity->bytes - std::min<std::size_t>(capacity->bytes, output_.size());
}

std::size_t MemoryChar::write(const std::uint8_t* data, std::size_t bytes) {
  const std::size_t taken = std::min(bytes, room());
  output_.append(data, data + taken);
  bytes_out += taken;
  return taken;
}

void MemoryChar::feed(const std::string& bytes) {
  put_input(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string MemoryChar::take() {
  std::string taken;
  taken.swap(output_);
  if (!taken.empty()) became_writable();
  return taken;
}

}  // namespace ringside::backend
