// SPDX-License-Identifier: Apache-2.0
#include "backend/host_char.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "kit/platform.h"

namespace ringside::backend {

namespace {

// Messages and grants go in steps of this size, not byte by byte.
constexpr std::size_t kStep = CharBackend::kBuffer / 4;

std::uint32_t get32(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  if (bytes.size() < at + 4) return 0;
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

std::vector<std::uint8_t> put32(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

}  // namespace

HostChar::HostChar(const sc_core::sc_module_name& name, const ModelContext& context)
    : CharBackend(name, context) {
  host_.on_message([this](const HostInput::Bytes& message) { handle(message); });
  SC_HAS_PROCESS(HostChar);
  SC_METHOD(send_pending);
  sensitive << send_;
  dont_initialize();
}

HostChar::~HostChar() = default;

void HostChar::start_of_simulation() {
  reactor_ = Reactor::get();
  try {
    start();
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
  }
}

void HostChar::finish() {
  if (!reactor_) return;
  send_pending();
  reactor_->run_and_wait([this] {
    // What the guest said last is worth a moment's waiting.
    for (int tries = 0; tries < 20 && io_.out >= 0 && io_.sent < io_.output.size(); ++tries) {
      pollfd out{io_.out, POLLOUT, 0};
      if (poll(&out, 1, 50) > 0) io_write();
    }
    io_disconnect();
    close_host();
  });
  reactor_.reset();
}

// ---- in the simulation ---------------------------------------------------------------------

std::size_t HostChar::room() const {
  return is_open() ? kBuffer - outstanding_ : kBuffer;
}

std::size_t HostChar::write(const std::uint8_t* data, std::size_t bytes) {
  if (!is_open() || !reactor_) {
    bytes_lost += bytes;
    return bytes;
  }
  const std::size_t taken = std::min(bytes, room());
  if (taken < bytes) refused_ = true;
  if (taken == 0) return 0;
  unsent_.insert(unsent_.end(), data, data + taken);
  outstanding_ += taken;
  bytes_out += taken;
  send_.notify(sc_core::SC_ZERO_TIME);
  return taken;
}

void HostChar::send_pending() {
  if (unsent_.empty() || !reactor_) return;
  reactor_->run(
      [this, generation = generation_, bytes = std::move(unsent_)] { io_send(generation, bytes); });
  unsent_.clear();
}

void HostChar::on_consumed(std::size_t bytes) {
  consumed_ += bytes;
  if ((consumed_ < kStep && pending() != 0) || !reactor_) return;
  reactor_->run([this, granted = consumed_] {
    io_.credit += granted;
    io_update();
  });
  consumed_ = 0;
}

void HostChar::handle(const HostInput::Bytes& message) {
  if (message.empty()) return;
  switch (static_cast<Event>(message[0])) {
    case Event::Data:
      return put_input(message.data() + 1, message.size() - 1);
    case Event::Opened:
      generation_ = get32(message, 1);
      outstanding_ = 0;
      return set_open(true);
    case Event::Closed:
      unsent_.clear();
      outstanding_ = 0;
      set_open(false);
      break;
    case Event::Resized:
      if (message.size() >= 5) set_size(message[1] | message[2] << 8, message[3] | message[4] << 8);
      return;
    case Event::Drained:
      outstanding_ -= std::min<std::size_t>(outstanding_, get32(message, 1));
      break;
    case Event::Break:
      return got_break();
    case Event::Ended:
      return set_live(false);
    default:
      return;
  }
  if (!refused_) return;
  refused_ = false;
  became_writable();
}

// ---- in the reactor's thread ---------------------------------------------------------------

void HostChar::post(Event event, std::vector<std::uint8_t> payload) {
  payload.insert(payload.begin(), static_cast<std::uint8_t>(event));
  host_.post(std::move(payload));
}

void HostChar::post_data(const std::uint8_t* data, std::size_t bytes) {
  bytes = std::min(bytes, io_.credit);
  if (bytes == 0) return;
  io_.credit -= bytes;
  post(Event::Data, {data, data + bytes});
}

void HostChar::post_size(unsigned columns, unsigned rows) {
  post(Event::Resized, {static_cast<std::uint8_t>(columns), static_cast<std::uint8_t>(columns >> 8),
                        static_cast<std::uint8_t>(rows), static_cast<std::uint8_t>(rows >> 8)});
}

void HostChar::io_connect(int in, int out) {
  io_disconnect();
  io_.in = in;
  io_.out = out;
  ++io_.generation;
  if (in >= 0) reactor_->watch(in, 0, [this](short events) { io_events(events); });
  if (out >= 0 && out != in) reactor_->watch(out, 0, [this](short events) { io_events(events); });
  post(Event::Opened, put32(io_.generation));
  io_update();
}

void HostChar::io_disconnect() {
  if (io_.in >= 0) reactor_->unwatch(io_.in);
  if (io_.out >= 0) reactor_->unwatch(io_.out);
  io_.in = io_.out = -1;
  io_.output.clear();
  io_.sent = 0;
  io_.drained = 0;
}

void HostChar::io_update() {
  const bool reads = io_.credit != 0 || io_reads_on();
  const bool writes = io_.sent < io_.output.size();
  if (io_.in >= 0)
    reactor_->set_events(io_.in, static_cast<short>((reads ? POLLIN : 0) |
                                                    (writes && io_.in == io_.out ? POLLOUT : 0)));
  if (io_.out >= 0 && io_.out != io_.in) reactor_->set_events(io_.out, writes ? POLLOUT : 0);
}

void HostChar::io_events(short events) {
  if (events & POLLOUT) io_write();
  if (io_.in >= 0 && (events & (POLLIN | POLLHUP | POLLERR))) io_read();
}

void HostChar::io_read() {
  std::uint8_t data[4096];
  const std::size_t most = io_reads_on() ? sizeof data : std::min(sizeof data, io_.credit);
  if (most == 0) return io_hung_up();  // only an error or a hang-up brings us here
  const ssize_t got = ::read(io_.in, data, most);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return io_hung_up();
  io_received(data, static_cast<std::size_t>(got));
  io_update();
}

void HostChar::io_send(std::uint32_t generation, const std::vector<std::uint8_t>& bytes) {
  if (generation != io_.generation || io_.out < 0) return;  // meant for one who has gone
  io_.output.insert(io_.output.end(), bytes.begin(), bytes.end());
  io_write();
}

void HostChar::io_write() {
  while (io_.out >= 0 && io_.sent < io_.output.size()) {
    const ssize_t put =
        ::write(io_.out, io_.output.data() + io_.sent, io_.output.size() - io_.sent);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) break;
    if (put <= 0) return io_hung_up();
    io_.sent += static_cast<std::size_t>(put);
    io_.drained += static_cast<std::size_t>(put);
  }
  if (io_.sent == io_.output.size()) {
    io_.output.clear();
    io_.sent = 0;
  }
  if (io_.drained >= kStep) {
    post(Event::Drained, put32(static_cast<std::uint32_t>(io_.drained)));
    io_.drained = 0;
  }
  io_update();
}

}  // namespace ringside::backend
