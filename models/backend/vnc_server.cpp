// SPDX-License-Identifier: Apache-2.0
#include "backend/vnc_server.h"

#include <fcntl.h>
#include <poll.h>
#include <rfb/rfb.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>

namespace ringside::backend {

namespace {

// Shown while the scanout is off: a screen has to have a size.
constexpr unsigned kOffWidth = 640, kOffHeight = 480;
constexpr int kClientWaitMs = 1000;
constexpr std::size_t kMaxHeldKeys = 64;  // of one client

/// libvncserver has red in the low byte.
std::uint32_t to_rfb(std::uint32_t pixel) {
  return (pixel & 0xff00) | (pixel >> 16 & 0xff) | (pixel & 0xff) << 16;
}

Rect united(const Rect& a, const Rect& b) {
  if (a.empty()) return b;
  const std::uint32_t x = std::min(a.x, b.x);
  const std::uint32_t y = std::min(a.y, b.y);
  return {x, y, std::max(a.x + a.width, b.x + b.width) - x,
          std::max(a.y + a.height, b.y + b.height) - y};
}

unsigned char* allocate(std::size_t bytes) {
  return static_cast<unsigned char*>(std::calloc(std::max<std::size_t>(bytes, 1), 1));
}

/// For libvncserver, which frees it.
rfbCursorPtr make_cursor(const Cursor& from) {
  if (from.picture.empty()) return nullptr;
  const unsigned width = from.picture.width, height = from.picture.height;
  const std::size_t stride = (width + 7) / 8;
  auto* cursor = static_cast<rfbCursorPtr>(std::calloc(1, sizeof(rfbCursor)));
  cursor->cleanup = cursor->cleanupSource = cursor->cleanupMask = cursor->cleanupRichSource = TRUE;
  cursor->width = static_cast<unsigned short>(width);
  cursor->height = static_cast<unsigned short>(height);
  cursor->xhot = static_cast<unsigned short>(std::min(from.hot_x, width - 1));
  cursor->yhot = static_cast<unsigned short>(std::min(from.hot_y, height - 1));
  cursor->foreRed = cursor->foreGreen = cursor->foreBlue = 0xffff;
  cursor->source = allocate(stride * height);
  cursor->mask = allocate(stride * height);
  cursor->richSource = allocate(std::size_t{4} * width * height);
  for (unsigned y = 0; y < height; ++y)
    for (unsigned x = 0; x < width; ++x) {
      const std::uint32_t pixel = from.picture.pixels[std::size_t{y} * width + x];
      const std::uint32_t color = to_rfb(pixel);
      std::memcpy(&cursor->richSource[4 * (std::size_t{y} * width + x)], &color, 4);
      const auto bit = static_cast<unsigned char>(0x80 >> x % 8);
      if (pixel >> 31) cursor->mask[y * stride + x / 8] |= bit;
      if ((pixel >> 8 & 0xff) >= 0x80) cursor->source[y * stride + x / 8] |= bit;
    }
  return cursor;
}

}  // namespace

/// One screen: what the model has drawn, what libvncserver sends of it, and who looks.
class VncServer::Screen {
 public:
  Screen(VncServer& server, unsigned number, const SocketAddress& address);
  ~Screen();

  // ---- from any thread
  void resize(const Picture& picture);
  void draw(const Picture& picture, const Rect& rect);
  void set_cursor(const Cursor& cursor);
  void move_cursor(std::int32_t x, std::int32_t y);
  bool watched() const { return clients_ != 0; }
  int listener() const { return listener_; }

  // ---- in the server's thread
  void add_polls(std::vector<pollfd>& to) const;
  void serve();

 private:
  friend struct VncServer::Hooks;
  /// A client, as long as libvncserver has it.
  struct Client {
    int socket;  // a duplicate, valid until the client is gone
    std::set<std::uint32_t> keys;
    std::uint32_t x = 0, y = 0, buttons = 0;
  };

  void make_screen();
  void accept();
  void apply();
  void apply_picture(bool resized, const Rect& dirty);
  void apply_cursor(bool changed);
  void report(VncEvent event) {
    event.screen = static_cast<std::uint8_t>(number_);
    server_.report_(event);
  }

  VncServer& server_;
  unsigned number_;
  int listener_;
  rfbScreenInfoPtr screen_ = nullptr;
  std::vector<char*> passwords_;
  std::vector<std::uint32_t> shown_;  // libvncserver's framebuffer
  unsigned width_ = kOffWidth, height_ = kOffHeight;
  std::atomic<unsigned> clients_{0};
  int accepted_ = -1;  // duplicate of the socket that is being made a client

  std::mutex mutex_;
  Picture latest_;
  Cursor cursor_;
  bool resized_ = false, cursor_changed_ = false, cursor_moved_ = false;
  Rect dirty_;
};

/// What libvncserver calls.
struct VncServer::Hooks {
  static Screen& screen(rfbClientPtr client) {
    return *static_cast<Screen*>(client->screen->screenData);
  }
  static Screen::Client* state(rfbClientPtr client) {
    return static_cast<Screen::Client*>(client->clientData);
  }

  static rfbNewClientAction arrived(rfbClientPtr client) {
    Screen& at = screen(client);
    client->clientData = new Screen::Client{std::exchange(at.accepted_, -1), {}};
    client->clientGoneHook = gone;
    client->viewOnly = at.server_.settings_.view_only;
    ++at.clients_;
    at.report({VncEvent::Kind::Clients, 0, at.clients_});
    return RFB_CLIENT_ACCEPT;
  }
  static void gone(rfbClientPtr client) {
    Screen& at = screen(client);
    const std::unique_ptr<Screen::Client> was(state(client));
    client->clientData = nullptr;
    {
      const std::lock_guard<std::mutex> lock(at.server_.mutex_);
      auto& sockets = at.server_.sockets_;
      sockets.erase(std::remove(sockets.begin(), sockets.end(), was->socket), sockets.end());
    }
    ::close(was->socket);
    // What it holds would stay down for ever.
    for (const std::uint32_t keysym : was->keys) at.report({VncEvent::Kind::Key, 0, keysym, 0});
    if (was->buttons) at.report({VncEvent::Kind::Pointer, 0, was->x, was->y, 0});
    --at.clients_;
    at.report({VncEvent::Kind::Clients, 0, at.clients_});
  }
  static void key(rfbBool down, rfbKeySym keysym, rfbClientPtr client) {
    auto& keys = state(client)->keys;
    if (down && keys.size() >= kMaxHeldKeys && keys.count(keysym) == 0) return;
    if (down)
      keys.insert(keysym);
    else
      keys.erase(keysym);
    screen(client).report({VncEvent::Kind::Key, 0, keysym, down ? 1u : 0u});
  }
  static void pointer(int mask, int x, int y, rfbClientPtr client) {
    Screen& at = screen(client);
    auto& was = *state(client);
    was.x = static_cast<std::uint32_t>(std::clamp(x, 0, static_cast<int>(at.width_) - 1));
    was.y = static_cast<std::uint32_t>(std::clamp(y, 0, static_cast<int>(at.height_) - 1));
    was.buttons = static_cast<std::uint32_t>(mask);
    at.report({VncEvent::Kind::Pointer, 0, was.x, was.y, was.buttons});
  }
  static int size(int width, int height, int, rfbExtDesktopScreen*, rfbClientPtr client) {
    Screen& at = screen(client);
    if (at.server_.settings_.view_only) return rfbExtDesktopSize_ResizeProhibited;
    at.report({VncEvent::Kind::Size, 0, static_cast<std::uint32_t>(width),
               static_cast<std::uint32_t>(height)});
    return rfbExtDesktopSize_Success;
  }
  static void cut_text(char*, int, rfbClientPtr) {}  // the guest has no clipboard
};

VncServer::Screen::Screen(VncServer& server, unsigned number, const SocketAddress& address)
    : server_(server),
      number_(number),
      listener_(listen_on(address, 8)),
      shown_(std::size_t{kOffWidth} * kOffHeight) {
  make_screen();
}

void VncServer::Screen::make_screen() {
  screen_ =
      rfbGetScreen(nullptr, nullptr, static_cast<int>(width_), static_cast<int>(height_), 8, 3, 4);
  if (!screen_) throw std::runtime_error("libvncserver gives no screen");
  screen_->frameBuffer = reinterpret_cast<char*>(shown_.data());
  screen_->screenData = this;
  screen_->desktopName = server_.settings_.name.c_str();
  // It listens to nothing: who comes is accepted here and handed over.
  screen_->port = screen_->ipv6port = 0;
  screen_->httpDir = nullptr;
  screen_->permitFileTransfer = FALSE;
  screen_->alwaysShared = TRUE;
  screen_->maxClientWait = kClientWaitMs;
  screen_->deferUpdateTime = screen_->deferPtrUpdateTime = 0;
  screen_->cursor = nullptr;
  screen_->newClientHook = Hooks::arrived;
  screen_->kbdAddEvent = Hooks::key;
  screen_->ptrAddEvent = Hooks::pointer;
  screen_->setXCutText = Hooks::cut_text;
  screen_->setDesktopSizeHook = Hooks::size;
  if (!server_.settings_.password.empty()) {
    passwords_ = {server_.settings_.password.data(), nullptr};
    screen_->authPasswdData = passwords_.data();
    screen_->passwordCheck = rfbCheckPasswordByList;
  }
  rfbInitServer(screen_);
}

VncServer::Screen::~Screen() {
  if (screen_) {
    rfbShutdownServer(screen_, TRUE);
    // Cursors are freed with the screen only if they are told to be so.
    rfbSetCursor(screen_, nullptr);
    rfbScreenCleanup(screen_);
  }
  ::close(listener_);
}

void VncServer::Screen::resize(const Picture& picture) {
  const std::lock_guard<std::mutex> lock(mutex_);
  latest_ = picture;
  resized_ = true;
}

void VncServer::Screen::draw(const Picture& picture, const Rect& rect) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (std::uint32_t line = rect.y; line < rect.y + rect.height; ++line) {
    const std::size_t at = std::size_t{line} * picture.width + rect.x;
    std::copy_n(&picture.pixels[at], rect.width, &latest_.pixels[at]);
  }
  dirty_ = united(dirty_, rect);
}

void VncServer::Screen::set_cursor(const Cursor& cursor) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cursor_ = cursor;
  cursor_changed_ = cursor_moved_ = true;
}

void VncServer::Screen::move_cursor(std::int32_t x, std::int32_t y) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cursor_.x = x;
  cursor_.y = y;
  cursor_moved_ = true;
}

void VncServer::Screen::add_polls(std::vector<pollfd>& to) const {
  to.push_back({listener_, POLLIN, 0});
  for (rfbClientPtr client = screen_->clientHead; client; client = client->next)
    if (client->sock >= 0) to.push_back({client->sock, POLLIN, 0});
}

void VncServer::Screen::serve() {
  accept();
  apply();
  rfbProcessEvents(screen_, 0);
}

void VncServer::Screen::accept() {
  const int fd = accept_client(listener_);
  if (fd < 0) return;
  // It selects, so descriptors have to fit into a set.
  if (clients_ >= server_.settings_.max_clients || fd >= FD_SETSIZE) {
    ::close(fd);
    return;
  }
  accepted_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (accepted_ < 0) {
    ::close(fd);
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(server_.mutex_);
    server_.sockets_.push_back(accepted_);
    if (server_.stop_) ::shutdown(accepted_, SHUT_RDWR);
  }
  rfbNewClient(screen_, fd);
  const int left = std::exchange(accepted_, -1);
  if (left < 0) return;
  const std::lock_guard<std::mutex> lock(server_.mutex_);
  server_.sockets_.erase(std::remove(server_.sockets_.begin(), server_.sockets_.end(), left),
                         server_.sockets_.end());
  ::close(left);
}

void VncServer::Screen::apply() {
  if (!watched()) return;
  const std::unique_lock<std::mutex> lock(mutex_);
  if (resized_ || !dirty_.empty()) apply_picture(resized_, dirty_);
  resized_ = false;
  dirty_ = {};
  if (cursor_changed_ || cursor_moved_) apply_cursor(cursor_changed_);
  cursor_changed_ = cursor_moved_ = false;
}

void VncServer::Screen::apply_picture(bool resized, const Rect& dirty) {
  Rect rect = dirty;
  if (resized) {
    const bool off = latest_.empty();
    width_ = off ? kOffWidth : latest_.width;
    height_ = off ? kOffHeight : latest_.height;
    // The old framebuffer must live until libvncserver has let go of it.
    std::vector<std::uint32_t> old(std::size_t{width_} * height_);
    old.swap(shown_);
    rfbNewFramebuffer(screen_, reinterpret_cast<char*>(shown_.data()), static_cast<int>(width_),
                      static_cast<int>(height_), 8, 3, 4);
    if (off) return;
    rect = {0, 0, width_, height_};
  }
  for (std::uint32_t line = rect.y; line < rect.y + rect.height; ++line) {
    const std::size_t at = std::size_t{line} * width_ + rect.x;
    std::transform(&latest_.pixels[at], &latest_.pixels[at] + rect.width, &shown_[at], to_rfb);
  }
  rfbMarkRectAsModified(screen_, static_cast<int>(rect.x), static_cast<int>(rect.y),
                        static_cast<int>(rect.x + rect.width),
                        static_cast<int>(rect.y + rect.height));
}

void VncServer::Screen::apply_cursor(bool changed) {
  if (changed) rfbSetCursor(screen_, make_cursor(cursor_));
  const auto place = [](std::int64_t at, unsigned size) {
    return static_cast<int>(std::clamp<std::int64_t>(at, 0, size - 1));
  };
  screen_->cursorX = place(std::int64_t{cursor_.x} + cursor_.hot_x, width_);
  screen_->cursorY = place(std::int64_t{cursor_.y} + cursor_.hot_y, height_);
  for (rfbClientPtr client = screen_->clientHead; client; client = client->next)
    client->cursorWasMoved = TRUE;
}

VncServer::VncServer(VncSettings settings, std::function<void(const VncEvent&)> report)
    : settings_(std::move(settings)), report_(std::move(report)) {
  rfbLogEnable(FALSE);  // it would write to standard error about every client
  for (unsigned i = 0; i < settings_.addresses.size(); ++i)
    screens_.push_back(std::make_unique<Screen>(*this, i, settings_.addresses[i]));
  thread_ = start_host_thread([this] { loop(); });
}

VncServer::~VncServer() {
  hang_up();
  thread_.join();
  screens_.clear();
}

void VncServer::hang_up() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    // A client that sends half a message must not keep the thread.
    for (const int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
  }
  wake();
}

void VncServer::wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (awake_) return;
    awake_ = true;
  }
  pipe_.ring();
}

void VncServer::loop() {
  std::vector<pollfd> fds;
  for (;;) {
    fds.assign(1, {pipe_.descriptor(), POLLIN, 0});
    for (const auto& screen : screens_) screen->add_polls(fds);
    poll(fds.data(), fds.size(), -1);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stop_) return;
      pipe_.drain();
      awake_ = false;
    }
    for (const auto& screen : screens_) screen->serve();
  }
}

void VncServer::resize(unsigned screen, const Picture& picture) {
  screens_[screen]->resize(picture);
  if (screens_[screen]->watched()) wake();
}

void VncServer::draw(unsigned screen, const Picture& picture, const Rect& rect) {
  screens_[screen]->draw(picture, rect);
  if (screens_[screen]->watched()) wake();
}

void VncServer::set_cursor(unsigned screen, const Cursor& cursor) {
  screens_[screen]->set_cursor(cursor);
  if (screens_[screen]->watched()) wake();
}

void VncServer::move_cursor(unsigned screen, std::int32_t x, std::int32_t y) {
  screens_[screen]->move_cursor(x, y);
  if (screens_[screen]->watched()) wake();
}

std::uint16_t VncServer::port(unsigned screen) const {
  return local_port(screens_[screen]->listener());
}

}  // namespace ringside::backend
