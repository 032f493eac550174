// SPDX-License-Identifier: Apache-2.0
#include "backend/block_nbd.h"

#include <fmt/format.h>
#include <libnbd.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "kit/platform.h"

namespace ringside::backend {

namespace {

using Clock = std::chrono::steady_clock;

std::string last_problem() {
  const char* text = nbd_get_error();
  return text ? text : "unknown error";
}

/// Milliseconds until then, at least 0.
int left_ms(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

}  // namespace

void NbdBlock::Close::operator()(nbd_handle* handle) const {
  nbd_close(handle);
}

NbdBlock::NbdBlock(const sc_core::sc_module_name& name, const ModelContext& context)
    : BlockBackend(name, context) {
  if (platform().describing()) return;
  check_parameters();
  std::string problem;
  handle_ = connect(server_, problem);
  if (!handle_)
    throw ConfigError(node().where(),
                      fmt::format("cannot use the NBD server {}: {}; expected a server that "
                                  "runs already, or 'command' to start one",
                                  server_name(), problem));
  if (snapshot)
    overlay_ = std::make_unique<BlockOverlay>(
        [this](std::uint64_t offset, std::uint8_t* to, std::size_t bytes) {
          return read_server(offset, to, bytes);
        });
}

NbdBlock::~NbdBlock() = default;

void NbdBlock::check_parameters() const {
  const int given =
      (uri->empty() ? 0 : 1) + (socket->path.empty() ? 0 : 1) + (command->empty() ? 0 : 1);
  if (given != 1)
    throw ConfigError(node().where(), fmt::format("{} has {} of 'uri', 'socket' and 'command'; "
                                                  "expected one of them",
                                                  label(), given == 0 ? "none" : "more than one"));
}

std::string NbdBlock::server_name() const {
  if (!uri->empty()) return "'" + uri.get() + "'";
  if (!socket->path.empty()) return "at '" + socket->path + "'";
  return "started by '" + command->front() + "'";
}

// ---- connection

NbdBlock::Handle NbdBlock::connect(Server& server, std::string& problem) const {
  Handle handle(nbd_create());
  const bool started = handle && nbd_set_export_name(handle.get(), export_name->c_str()) == 0 &&
                       start_connecting(handle.get()) == 0;
  problem = started ? wait_connected(handle.get()) : last_problem();
  if (problem.empty()) problem = learn(handle.get(), server);
  return problem.empty() ? std::move(handle) : nullptr;
}

std::int64_t NbdBlock::start_connecting(nbd_handle* handle) const {
  if (!uri->empty()) return nbd_aio_connect_uri(handle, uri->c_str());
  if (!socket->path.empty()) return nbd_aio_connect_unix(handle, socket->path.c_str());
  // A server that would wait for further clients ends with this process, however that ends.
  std::vector<std::string> words{"setpriv", "--pdeathsig", "TERM", "--"};
  words.insert(words.end(), command->begin(), command->end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // It would inherit the signals that this process has blocked, the one that ends it among them.
  sigset_t none;
  sigset_t blocked;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, &blocked);
  const int started = nbd_aio_connect_systemd_socket_activation(handle, argv.data());
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  return started;
}

std::string NbdBlock::wait_connected(nbd_handle* handle) const {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  while (nbd_aio_is_connecting(handle) == 1) {
    if (nbd_poll(handle, left_ms(deadline)) < 0) return last_problem();
    if (Clock::now() >= deadline) return no_answer();
  }
  return nbd_aio_is_ready(handle) == 1 ? "" : last_problem();
}

std::string NbdBlock::no_answer() const {
  return fmt::format("no answer within {} ms", timeout_ms.get());
}

std::string NbdBlock::learn(nbd_handle* handle, Server& server) const {
  const std::int64_t size = nbd_get_size(handle);
  if (size < 0) return last_problem();
  if (size < static_cast<std::int64_t>(kSector)) return "the export is empty";
  const std::int64_t smallest = nbd_get_block_size(handle, LIBNBD_SIZE_MINIMUM);
  if (smallest > static_cast<std::int64_t>(kSector))
    return fmt::format(
        "it takes requests in blocks of {} bytes only, but disks are read and written in sectors "
        "of 512 (nbdkit's filter 'blocksize' translates)",
        smallest);
  const std::int64_t largest = nbd_get_block_size(handle, LIBNBD_SIZE_MAXIMUM);
  if (largest >= static_cast<std::int64_t>(kSector))
    server.max_request = std::min<std::uint64_t>(server.max_request, largest) / kSector * kSector;
  server.bytes = static_cast<std::uint64_t>(size) / kSector * kSector;
  server.read_only = nbd_is_read_only(handle) == 1;
  server.can_flush = nbd_can_flush(handle) == 1;
  server.can_trim = nbd_can_trim(handle) == 1;
  server.can_zero = nbd_can_zero(handle) == 1;
  return "";
}

bool NbdBlock::find_again() {
  // After a round without success each request looks once only, so that a guest that goes on
  // trying does not stand still.
  const unsigned attempts = gave_up_ ? std::min<unsigned>(reconnect, 1) : reconnect.get();
  for (unsigned i = 0; i < attempts; ++i) {
    if (i != 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Server server;
    handle_ = connect(server, problem_);
    if (!handle_) continue;
    if (server.bytes == server_.bytes && server.read_only == server_.read_only) {
      server_ = server;
      gave_up_ = false;
      return true;
    }
    problem_ = "the server has come back with another export";
    handle_.reset();
  }
  gave_up_ = true;
  return false;
}

// ---- requests

bool NbdBlock::wait_done(std::int64_t cookie) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const int done = nbd_aio_command_completed(handle_.get(), static_cast<std::uint64_t>(cookie));
    if (done > 0) return true;
    if (done < 0 || nbd_poll(handle_.get(), left_ms(deadline)) < 0) {
      problem_ = last_problem();
      return false;
    }
    if (Clock::now() < deadline) continue;
    // Closing the handle is what takes the buffer back from an unanswered command.
    problem_ = no_answer();
    handle_.reset();
    return false;
  }
}

bool NbdBlock::run(const char* what, const Issue& issue) {
  // A second try only after a lost connection: what the server itself refuses it would refuse
  // again.
  for (int round = 0; round < 2; ++round) {
    if (!handle_ && !find_again()) break;
    const std::int64_t cookie = issue(handle_.get());
    if (cookie < 0) problem_ = last_problem();
    if (cookie >= 0 && wait_done(cookie)) return true;
    if (handle_ && nbd_aio_is_ready(handle_.get()) == 1) break;
    handle_.reset();
  }
  report(what, problem_);
  return false;
}

void NbdBlock::report(const char* what, const std::string& problem) {
  if (!reported_)
    SC_REPORT_WARNING(label().c_str(),
                      fmt::format("cannot {} the NBD server {}: {}; the guest sees an I/O error",
                                  what, server_name(), problem)
                          .c_str());
  reported_ = true;
}

bool NbdBlock::pieces(std::uint64_t offset, std::uint64_t bytes, std::uint64_t most,
                      const std::function<bool(std::uint64_t, std::uint64_t)>& piece) const {
  while (bytes != 0) {
    const std::uint64_t now = std::min(bytes, most);
    if (!piece(offset, now)) return false;
    offset += now;
    bytes -= now;
  }
  return true;
}

bool NbdBlock::read_server(std::uint64_t offset, std::uint8_t* to, std::size_t bytes) {
  // An overlay asks for whole blocks, also where the export ends inside one.
  const std::uint64_t there =
      offset < server_.bytes ? std::min<std::uint64_t>(bytes, server_.bytes - offset) : 0;
  std::fill(to + there, to + bytes, 0);
  return pieces(offset, there, server_.max_request, [&](std::uint64_t at, std::uint64_t now) {
    return run("read from", [&](nbd_handle* handle) {
      return nbd_aio_pread(handle, to + (at - offset), now, at, NBD_NULL_COMPLETION, 0);
    });
  });
}

bool NbdBlock::write_server(std::uint64_t offset, const std::uint8_t* from, std::size_t bytes) {
  return pieces(offset, bytes, server_.max_request, [&](std::uint64_t at, std::uint64_t now) {
    return run("write to", [&](nbd_handle* handle) {
      return nbd_aio_pwrite(handle, from + (at - offset), now, at, NBD_NULL_COMPLETION, 0);
    });
  });
}

bool NbdBlock::read(std::uint64_t offset, void* to, std::size_t bytes) {
  auto* out = static_cast<std::uint8_t*>(to);
  return overlay_ ? overlay_->read(offset, out, bytes) : read_server(offset, out, bytes);
}

bool NbdBlock::write(std::uint64_t offset, const void* from, std::size_t bytes) {
  if (read_only()) return false;
  const auto* in = static_cast<const std::uint8_t*>(from);
  return overlay_ ? overlay_->write(offset, in, bytes) : write_server(offset, in, bytes);
}

bool NbdBlock::flush() {
  if (read_only() || overlay_ || !server_.can_flush) return true;
  return run("flush",
             [](nbd_handle* handle) { return nbd_aio_flush(handle, NBD_NULL_COMPLETION, 0); });
}

namespace {
constexpr std::uint64_t kMostWithoutData = 1ull << 30;  // the protocol has 32-bit lengths
}

bool NbdBlock::discard(std::uint64_t offset, std::uint64_t bytes) {
  if (read_only()) return false;
  if (overlay_ || !server_.can_trim) return true;  // only a hint
  return pieces(offset, bytes, kMostWithoutData, [&](std::uint64_t at, std::uint64_t now) {
    return run("discard on", [&](nbd_handle* handle) {
      return nbd_aio_trim(handle, now, at, NBD_NULL_COMPLETION, 0);
    });
  });
}

bool NbdBlock::write_zeroes(std::uint64_t offset, std::uint64_t bytes, bool may_unmap) {
  if (read_only()) return false;
  if (overlay_) return overlay_->write_zeroes(offset, bytes);
  if (!server_.can_zero) {
    static const std::vector<std::uint8_t> zeroes(64 << 10);
    return pieces(offset, bytes, zeroes.size(), [&](std::uint64_t at, std::uint64_t now) {
      return write_server(at, zeroes.data(), now);
    });
  }
  const std::uint32_t flags = may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE;
  return pieces(offset, bytes, kMostWithoutData, [&](std::uint64_t at, std::uint64_t now) {
    return run("write zeroes to", [&](nbd_handle* handle) {
      return nbd_aio_zero(handle, now, at, NBD_NULL_COMPLETION, flags);
    });
  });
}

}  // namespace ringside::backend
