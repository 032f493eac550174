// SPDX-License-Identifier: Apache-2.0
#include "backend/char_backend.h"

#include <algorithm>

namespace ringside::backend {

std::size_t CharBackend::read(std::uint8_t* to, std::size_t bytes) {
  const std::size_t taken = std::min(bytes, input_.size());
  const auto end = input_.begin() + static_cast<std::ptrdiff_t>(taken);
  std::copy(input_.begin(), end, to);
  input_.erase(input_.begin(), end);
  if (taken != 0) on_consumed(taken);
  return taken;
}

void CharBackend::put_input(const std::uint8_t* data, std::size_t bytes) {
  // The host side keeps to kBuffer; a recording that was edited by hand might not.
  const std::size_t fits = std::min(bytes, kBuffer - std::min(kBuffer, input_.size()));
  input_.insert(input_.end(), data, data + fits);
  bytes_in += fits;
  bytes_lost += bytes - fits;
  if (fits != 0 && input_call_) input_call_();
}

void CharBackend::set_open(bool open) {
  if (open == open_) return;
  open_ = open;
  if (open_call_) open_call_(open);
}

void CharBackend::set_size(unsigned columns, unsigned rows) {
  if (columns == columns_ && rows == rows_) return;
  columns_ = columns;
  rows_ = rows;
  if (resize_call_) resize_call_(columns, rows);
}

void CharBackend::became_writable() {
  if (writable_call_) writable_call_();
}

void CharBackend::got_break() {
  if (break_call_) break_call_();
}

}  // namespace ringside::backend
