// SPDX-License-Identifier: Apache-2.0
#include "backend/slirp_thread.h"

#include <fmt/format.h>
#include <poll.h>
#include <slirp/libslirp.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace ringside::backend {

namespace {

// Frames for the guest go in batches of about this size.
constexpr std::size_t kBatch = 64 << 10;

std::int64_t now_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

in_addr to_in(std::uint32_t address) {
  in_addr result{};
  result.s_addr = htonl(address);
  return result;
}

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace

struct SlirpThread::Timer {
  SlirpTimerCb call;
  void* opaque;
  std::int64_t due_ms = -1;  // -1: not set
};

struct SlirpThread::Callbacks {
  static SlirpThread& self(void* opaque) { return *static_cast<SlirpThread*>(opaque); }

  static ssize_t send_packet(const void* frame, size_t bytes, void* opaque) {
    self(opaque).to_guest_.add(static_cast<const std::uint8_t*>(frame), bytes);
    if (self(opaque).to_guest_.size() >= kBatch) self(opaque).flush();
    return static_cast<ssize_t>(bytes);
  }
  static void guest_error(const char*, void*) {}  // a guest may send what it likes
  static int64_t clock_ns(void*) { return now_ns(); }
  static void* timer_new(SlirpTimerCb call, void* call_opaque, void* opaque) {
    auto& timers = self(opaque).timers_;
    timers.push_back(std::make_unique<Timer>(Timer{call, call_opaque}));
    return timers.back().get();
  }
  static void timer_free(void* timer, void* opaque) {
    auto& timers = self(opaque).timers_;
    timers.erase(std::remove_if(timers.begin(), timers.end(),
                                [timer](const auto& t) { return t.get() == timer; }),
                 timers.end());
  }
  static void timer_mod(void* timer, int64_t due_ms, void*) {
    static_cast<Timer*>(timer)->due_ms = due_ms;
  }
  static void poll_fd(int, void*) {}
  static void notify(void* opaque) { self(opaque).wake_.ring(); }

  static int add_poll(int fd, int events, void* opaque) {
    short wanted = 0;
    if (events & SLIRP_POLL_IN) wanted |= POLLIN;
    if (events & SLIRP_POLL_OUT) wanted |= POLLOUT;
    if (events & SLIRP_POLL_PRI) wanted |= POLLPRI;
    auto& fds = self(opaque).fds_;
    fds.push_back({fd, wanted, 0});
    return static_cast<int>(fds.size()) - 1;
  }
  static int get_revents(int index, void* opaque) {
    const short got = self(opaque).fds_[static_cast<std::size_t>(index)].revents;
    int events = 0;
    if (got & POLLIN) events |= SLIRP_POLL_IN;
    if (got & POLLOUT) events |= SLIRP_POLL_OUT;
    if (got & POLLPRI) events |= SLIRP_POLL_PRI;
    if (got & POLLERR) events |= SLIRP_POLL_ERR;
    if (got & POLLHUP) events |= SLIRP_POLL_HUP;
    return events;
  }
};

SlirpThread::SlirpThread(const SlirpSettings& settings,
                         std::function<void(std::vector<std::uint8_t>&&)> receive)
    : receive_(std::move(receive)) {
  open(settings);
  thread_ = start_host_thread([this] { loop(); });
}

SlirpThread::~SlirpThread() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.ring();
  if (thread_.joinable()) thread_.join();
  close();
}

void SlirpThread::close() {
  if (slirp_) slirp_cleanup(slirp_);
  slirp_ = nullptr;
}

void SlirpThread::open(const SlirpSettings& settings) {
  static const SlirpCb callbacks = [] {
    SlirpCb c{};
    c.send_packet = Callbacks::send_packet;
    c.guest_error = Callbacks::guest_error;
    c.clock_get_ns = Callbacks::clock_ns;
    c.timer_new = Callbacks::timer_new;
    c.timer_free = Callbacks::timer_free;
    c.timer_mod = Callbacks::timer_mod;
    c.register_poll_fd = Callbacks::poll_fd;
    c.unregister_poll_fd = Callbacks::poll_fd;
    c.notify = Callbacks::notify;
    return c;
  }();
  SlirpConfig config{};
  config.version = 1;
  config.restricted = settings.restricted;
  config.in_enabled = true;
  config.vnetwork = to_in(settings.network);
  config.vnetmask = to_in(settings.mask);
  config.vhost = to_in(settings.host);
  config.vdhcp_start = to_in(settings.dhcp_start);
  config.vnameserver = to_in(settings.dns);
  config.in6_enabled = settings.ipv6;
  inet_pton(AF_INET6, "fec0::", &config.vprefix_addr6);
  config.vprefix_len = 64;
  inet_pton(AF_INET6, "fec0::2", &config.vhost6);
  inet_pton(AF_INET6, "fec0::3", &config.vnameserver6);
  config.vhostname = or_null(settings.hostname);
  config.vdomainname = or_null(settings.domain);
  config.tftp_path = or_null(settings.tftp);
  config.bootfile = or_null(settings.boot_file);
  config.tftp_server_name = or_null(settings.tftp_server_name);
  config.disable_host_loopback = !settings.host_loopback;
  config.if_mtu = settings.mtu;
  config.if_mru = settings.mtu;
  std::vector<const char*> search;
  for (const std::string& domain : settings.dns_search) search.push_back(domain.c_str());
  search.push_back(nullptr);
  if (search.size() > 1) config.vdnssearch = search.data();

  slirp_ = slirp_new(&config, &callbacks, this);
  if (!slirp_) {
    close();
    throw std::runtime_error("the user-mode network does not start with these addresses");
  }
  for (const HostForward& f : settings.forwards) {
    if (slirp_add_hostfwd(slirp_, f.udp, to_in(f.host_address), f.host_port, to_in(f.guest_address),
                          f.guest_port) == 0)
      continue;
    const std::string why = std::strerror(errno);
    close();
    throw std::runtime_error(fmt::format("cannot listen on {} port {} of the host: {}",
                                         f.udp ? "UDP" : "TCP", f.host_port, why));
  }
}

void SlirpThread::send(const std::uint8_t* frame, std::size_t bytes) {
  bool first = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (from_guest_.size() + bytes > kMaxWaiting) return;
    first = from_guest_.empty();
    from_guest_.add(frame, bytes);
  }
  if (first) wake_.ring();
}

void SlirpThread::flush() {
  if (!to_guest_.empty()) receive_(to_guest_.take());
}

void SlirpThread::pass_on() {
  std::vector<std::uint8_t> frames;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    frames = from_guest_.take();
  }
  FrameBatch::for_each(frames, 0, [this](const std::uint8_t* frame, std::size_t bytes) {
    slirp_input(slirp_, frame, static_cast<int>(bytes));
  });
}

int SlirpThread::timeout_ms(std::uint32_t slirp_ms) const {
  std::int64_t wait = std::min<std::uint32_t>(slirp_ms, 60 * 1000);
  for (const auto& timer : timers_)
    if (timer->due_ms >= 0) wait = std::min(wait, timer->due_ms - now_ns() / 1000000);
  return static_cast<int>(std::max<std::int64_t>(wait, 0));
}

void SlirpThread::fire_timers() {
  const std::int64_t now = now_ns() / 1000000;
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    Timer& timer = *timers_[i];
    if (timer.due_ms < 0 || timer.due_ms > now) continue;
    timer.due_ms = -1;
    timer.call(timer.opaque);
  }
}

void SlirpThread::loop() {
  for (;;) {
    fds_.clear();
    fds_.push_back({wake_.descriptor(), POLLIN, 0});
    std::uint32_t slirp_ms = UINT32_MAX;
    slirp_pollfds_fill(slirp_, &slirp_ms, Callbacks::add_poll, this);
    const int ready = poll(fds_.data(), fds_.size(), timeout_ms(slirp_ms));
    wake_.drain();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stop_) return;
    }
    slirp_pollfds_poll(slirp_, ready < 0, Callbacks::get_revents, this);
    fire_timers();
    pass_on();
    flush();
  }
}

}  // namespace ringside::backend
