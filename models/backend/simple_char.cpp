// SPDX-License-Identifier: Apache-2.0
#include "backend/simple_char.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kit/platform.h"

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

FileChar::FileChar(const sc_core::sc_module_name& name, const ModelContext& context)
    : CharBackend(name, context) {
  SC_HAS_PROCESS(FileChar);
  SC_METHOD(feed);
  sensitive << more_;
  dont_initialize();
}

void FileChar::start_of_simulation() {
  const auto fail = [this](const char* what, const std::string& file) {
    platform().request_stop(
        1, fmt::format("{}: cannot {} {}: {}", label(), what, file, std::strerror(errno)));
  };
  if (!path->path.empty()) {
    out_.open(path->path, std::ios::binary | (append ? std::ios::app : std::ios::trunc));
    if (!out_) fail("write", path->path);
  }
  if (!input->path.empty()) {
    in_.open(input->path, std::ios::binary);
    if (!in_) fail("read", input->path);
    more_.notify(sc_core::SC_ZERO_TIME);
  }
  set_open(true);
}

std::size_t FileChar::write(const std::uint8_t* data, std::size_t bytes) {
  if (out_.is_open() &&
      out_.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(bytes)))
    bytes_out += bytes;
  else
    bytes_lost += bytes;
  // Whoever follows the file sees whole lines.
  if (std::find(data, data + bytes, '\n') != data + bytes) out_.flush();
  return bytes;
}

void FileChar::feed() {
  char piece[4096];
  while (in_ && pending() < kBuffer) {
    const std::size_t room = std::min(sizeof piece, kBuffer - pending());
    in_.read(piece, static_cast<std::streamsize>(room));
    const std::size_t got = static_cast<std::size_t>(in_.gcount());
    if (got == 0) return;
    put_input(reinterpret_cast<const std::uint8_t*>(piece), got);
  }
}

void FileChar::on_consumed(std::size_t) {
  if (in_.is_open() && in_) more_.notify(sc_core::SC_ZERO_TIME);
}

void FileChar::finish() {
  out_.close();
}

}  // namespace ringside::backend
