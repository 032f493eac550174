// SPDX-License-Identifier: Apache-2.0
// A display with VNC, an input device's place at its seat, and a viewer.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "backend/plugin_types.h"
#include "backend/seat.h"
#include "backend/vnc_display.h"
#include "support/sim.h"

namespace ringside::test {

/// What a graphics device and an input device are to their back ends.
struct Desk : Model {
  Desk(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    SC_HAS_PROCESS(Desk);
    SC_THREAD(tick);
    source->on_update([this](const backend::InputUpdate& update) {
      for (const auto& event : update)
        input += std::to_string(event.type) + ":" + std::to_string(event.code) + "=" +
                 std::to_string(event.value) + " ";
      input += "| ";
    });
    display->on_size_wish([this](unsigned scanout, unsigned width, unsigned height) {
      wishes += std::to_string(scanout) + ":" + std::to_string(width) + "x" +
                std::to_string(height) + " ";
    });
  }
  void tick() {
    for (;;) wait(sc_core::sc_time(1, sc_core::SC_US));
  }
  ChildSlot<backend::Display> display{this, "display", required, "what is looked at"};
  ChildSlot<backend::InputSource> source{this, "source", "seat", "what is typed"};
  std::string input, wishes;
};

inline void register_desk(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, Desk>("desk", "a display and a seat for tests");
}

struct Folder {
  Folder() { BOOST_REQUIRE(mkdtemp(path.data())); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path = std::filesystem::temp_directory_path() / "ringside-vnc-XXXXXX";
};

struct VncBench {
  explicit VncBench(const std::string& params = "port: 0")
      : sim("children: {desk: {type: desk, display: {type: vnc, " + params + "}}}", register_desk),
        desk(sim.model<Desk>("desk")),
        display(sim.model<backend::VncDisplay>("desk.display")) {}

  ~VncBench() { display.finish(); }  // as at the end of a run, before the platform goes

  void start() { step(); }
  void step() { sim.run(sc_core::sc_time(20, sc_core::SC_US)); }
  /// Goes on while the host does its part, until it is so or 10 s have gone.
  bool until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      if (sim.platform.stopped() || std::chrono::steady_clock::now() > end) return false;
      step();
      usleep(500);
    }
    return true;
  }
  std::uint16_t port() {
    const std::string address = display.addresses.call(Node::null({})).at(0);
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  }
  /// A picture in which no two pixels nearby are alike.
  void draw(unsigned width, unsigned height, std::uint32_t seed = 0) {
    std::vector<std::uint32_t> pixels(std::size_t{width} * height);
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<std::uint32_t>(i * 2654435761u + seed) & 0xffffff;
    desk.display->set_size(0, width, height);
    desk.display->update(0, {0, 0, width, height}, pixels.data(), width);
  }

  Sim sim;
  Desk& desk;
  backend::VncDisplay& display;
};

/// The client's side of RFC 6143, raw encoding only. All reads give up after 10 s.
class Viewer {
 public:
  explicit Viewer(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_TEST_REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    be_patient();
  }
  explicit Viewer(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    BOOST_TEST_REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    be_patient();
  }
  ~Viewer() { hang_up(); }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;
  void hang_up() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  /// False if the server hangs up first.
  bool get(void* to, std::size_t bytes) {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      const ssize_t got = recv(fd_, at, bytes, 0);
      if (got <= 0) return false;
      at += got;
      bytes -= static_cast<std::size_t>(got);
    }
    return true;
  }
  std::uint8_t get8() { return number<std::uint8_t>(); }
  std::uint16_t get16() { return ntohs(number<std::uint16_t>()); }
  std::uint32_t get32() { return ntohl(number<std::uint32_t>()); }
  bool put(const std::vector<std::uint8_t>& bytes) {
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  static void add(std::vector<std::uint8_t>& to, std::uint32_t value, unsigned bytes) {
    while (bytes-- > 0) to.push_back(static_cast<std::uint8_t>(value >> 8 * bytes));
  }

  /// Up to the choice of a security type; gives those that are offered.
  std::vector<std::uint8_t> greet() {
    char version[12];
    BOOST_TEST_REQUIRE(get(version, 12));
    BOOST_TEST(std::string(version, 4) == "RFB ");
    put({'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n'});
    std::vector<std::uint8_t> types(get8());
    get(types.data(), types.size());
    return types;
  }
  /// The rest of the handshake, and pixels as the display has them.
  void begin() {
    BOOST_TEST_REQUIRE(get32() == 0u);
    put({1});
    width = get16();
    height = get16();
    std::uint8_t format[16];
    get(format, 16);
    name.resize(get32());
    get(name.data(), name.size());
    put({0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0});
    put({2, 0, 0, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x21});  // raw, and new sizes
  }
  void open() {
    greet();
    put({1});
    begin();
  }
  void request(bool incremental) {
    std::vector<std::uint8_t> message{3, incremental, 0, 0, 0, 0};
    add(message, width, 2);
    add(message, height, 2);
    put(message);
  }
  /// Takes one update into `pixels`.
  void take() {
    BOOST_TEST_REQUIRE(get8() == 0);
    get8();
    const unsigned rectangles = get16();
    for (unsigned i = 0; i < rectangles; ++i) {
      const unsigned x = get16(), y = get16(), w = get16(), h = get16();
      const std::uint32_t encoding = get32();
      if (encoding == 0xffffff21) {
        width = w;
        height = h;
        pixels.assign(std::size_t{w} * h, 0);
        continue;
      }
      BOOST_TEST_REQUIRE(encoding == 0u);
      pixels.resize(std::size_t{width} * height);
      BOOST_TEST_REQUIRE((x + w <= width && y + h <= height));
      for (unsigned line = y; line < y + h; ++line)
        BOOST_TEST_REQUIRE(get(&pixels[std::size_t{line} * width + x], 4 * w));
    }
  }
  void key(std::uint32_t keysym, bool down) {
    std::vector<std::uint8_t> message{4, down, 0, 0};
    add(message, keysym, 4);
    put(message);
  }
  void point(unsigned x, unsigned y, std::uint8_t buttons) {
    std::vector<std::uint8_t> message{5, buttons};
    add(message, x, 2);
    add(message, y, 2);
    put(message);
  }
  void wish(unsigned w, unsigned h) {
    std::vector<std::uint8_t> message{251, 0};
    add(message, w, 2);
    add(message, h, 2);
    message.insert(message.end(), {1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    add(message, w, 2);
    add(message, h, 2);
    add(message, 0, 4);
    put(message);
  }

  unsigned width = 0, height = 0;
  std::string name;
  std::vector<std::uint32_t> pixels;

 private:
  void be_patient() {
    const timeval limit{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  template <typename T>
  T number() {
    T value{};
    BOOST_TEST_REQUIRE(get(&value, sizeof value));
    return value;
  }
  int fd_;
};

/// A display and somebody who looks at it; with a size, there is a picture.
struct Watched : VncBench {
  explicit Watched(unsigned width = 0, unsigned height = 0, const std::string& params = "port: 0")
      : VncBench(params), viewer(show(width, height)) {
    viewer.open();
  }
  Viewer viewer;

 private:
  std::uint16_t show(unsigned width, unsigned height) {
    start();
    if (width != 0) draw(width, height);
    return port();
  }
};

}  // namespace ringside::test
