// SPDX-License-Identifier: Apache-2.0
// A VNC server (RFC 6143, libvncserver) for one or more screens, in a host thread of its own. It
// knows pictures, keysyms and buttons, and no model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backend/display.h"
#include "backend/host_socket.h"
#include "backend/host_thread.h"

namespace ringside::backend {

/// What a user has done at a screen.
struct VncEvent {
  enum class Kind : std::uint8_t {
    Key,      ///< a: keysym, b: 1 pressed, 0 released
    Pointer,  ///< a: x, b: y in pixels, c: mask of the buttons that are down
    Size,     ///< a: width, b: height that the user wants
    Clients,  ///< a: how many there are now
  };
  Kind kind = Kind::Key;
  std::uint8_t screen = 0;
  std::uint32_t a = 0, b = 0, c = 0;
};

struct VncSettings {
  std::string name;                      ///< title of the viewer's window
  std::vector<SocketAddress> addresses;  ///< one per screen
  std::string password;                  ///< empty: nobody is asked
  unsigned max_clients = 16;             ///< per screen
  bool view_only = false;
};

class VncServer {
 public:
  /// The protocol's authentication looks at no more.
  static constexpr std::size_t kMaxPassword = 8;

  /// `report` is called in this object's thread. Throws std::runtime_error if an address can't be
  /// listened on.
  VncServer(VncSettings settings, std::function<void(const VncEvent&)> report);
  ~VncServer();
  VncServer(const VncServer&) = delete;
  VncServer& operator=(const VncServer&) = delete;

  // From any thread; none of them waits for a client.
  void resize(unsigned screen, const Picture& picture);
  void draw(unsigned screen, const Picture& picture, const Rect& rect);
  void set_cursor(unsigned screen, const Cursor& cursor);
  void move_cursor(unsigned screen, std::int32_t x, std::int32_t y);
  /// The TCP port of a screen; 0 if it is a local socket.
  std::uint16_t port(unsigned screen) const;

 private:
  class Screen;
  struct Hooks;

  void loop();
  void wake();
  void hang_up();

  VncSettings settings_;
  std::function<void(const VncEvent&)> report_;
  std::vector<std::unique_ptr<Screen>> screens_;
  WakePipe pipe_;

  std::mutex mutex_;
  bool awake_ = false;  // there is a byte in the pipe
  bool stop_ = false;
  std::vector<int> sockets_;  // of clients, to hang up
  std::thread thread_;
};

}  // namespace ringside::backend
