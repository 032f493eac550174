// SPDX-License-Identifier: Apache-2.0
// A display that is seen and used over VNC: pictures go out, keys and pointer come in to a seat.
//
//   device: {type: virtio-gpu, display: {type: vnc, port: 5901}}
//   $ vncviewer 127.0.0.1:5901
#pragma once

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "backend/display.h"
#include "backend/input_source.h"
#include "backend/touch.h"
#include "kit/command.h"
#include "kit/host.h"

namespace ringside::backend {

class VncServer;
struct VncEvent;
struct VncSettings;

class VncDisplay final : public Display {
 public:
  VncDisplay(const sc_core::sc_module_name& name, const ModelContext& context);
  ~VncDisplay() override;
  void start_of_simulation() override;
  void finish() override;

  enum class Pointer { Position, Movement, Touch };

  Param<std::string> host{this, "host", "127.0.0.1", "address to listen on"};
  Param<unsigned> port{this, "port", 5900, Range<unsigned>{0, 65535},
                       "TCP port of the first screen, the next ones follow; 0: any that is free"};
  Param<FilePath> path{this, "path", FilePath{},
                       "local socket instead of a port; for further screens with .1, .2 ..."};
  Param<unsigned> screens{this, "screens", 1, Range<unsigned>{1, kMaxScanouts},
                          "how many scanouts of the device can be seen, each at its own address"};
  Param<FilePath> password_file{this, "password_file", FilePath{},
                                "file whose first line is the password, up to 8 characters; the "
                                "connection itself is not encrypted"};
  Param<bool> view_only{this, "view_only", false, "nobody types or points"};
  Param<unsigned> max_clients{this, "max_clients", 16, Range<unsigned>{1, 256},
                              "viewers per screen; more are turned away"};
  Param<std::string> seat{this, "seat", "main", "input devices that get what is typed"};
  Choice<Pointer> pointer{
      this,
      "pointer",
      {{"position", Pointer::Position}, {"movement", Pointer::Movement}, {"touch", Pointer::Touch}},
      Pointer::Position,
      "what the pointer becomes: positions for a tablet, movements for a "
      "mouse, or a finger while the left button is down"};

  Command<> addresses{this,
                      "addresses",
                      {},
                      "where each screen listens",
                      [this] { return addresses_json(); },
                      CommandEffect::Reads};

  Counter keys{this, "keys", "count", "keys that were pressed"};
  Counter unknown_keys{this, "unknown_keys", "count", "keys that a US keyboard does not have"};
  Counter clients{this, "clients", "count", "viewers that came"};

 private:
  struct Place {
    std::uint32_t x = 0, y = 0, buttons = 0;
    std::uint32_t viewers = 0;
    Touches finger;
  };

  void size_changed(unsigned scanout) override;
  void drawn(unsigned scanout, const Rect& rect) override;
  void cursor_changed(unsigned scanout) override;

  VncSettings settings() const;
  std::string password() const;
  bool shows(unsigned scanout) const { return server_ && scanout < screens; }
  void received(const HostInput::Bytes& message);
  void key(std::uint32_t keysym, bool down);
  void move(const VncEvent& event);
  InputUpdate position(const VncEvent& event) const;
  static InputUpdate movement(const Place& from, const VncEvent& event);
  InputUpdate touch(Place& place, const VncEvent& event) const;
  InputUpdate point(Place& place, const VncEvent& event) const;
  void post(const InputUpdate& update);
  Json addresses_json() const;

  HostInput host_input_{this, "viewers"};
  std::unique_ptr<VncServer> server_;
  std::array<Place, kMaxScanouts> places_{};
  std::array<Cursor, kMaxScanouts> sent_cursors_;
};

}  // namespace ringside::backend
