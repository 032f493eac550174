// SPDX-License-Identifier: Apache-2.0
// What viewers see, and what reaches the seat.
#include <fstream>

#include "backend/vnc_server.h"
#include "vnc_bench.h"

extern "C" void rfbEncryptBytes(unsigned char* bytes, char* password);

using namespace ringside;
using namespace ringside::test;

namespace {

/// The display's picture as it goes over the wire: without alpha.
std::vector<std::uint32_t> visible(const backend::Display& display, unsigned scanout = 0) {
  std::vector<std::uint32_t> pixels = display.picture(scanout).pixels;
  for (std::uint32_t& pixel : pixels) pixel &= 0xffffff;
  return pixels;
}

void take_until(Viewer& viewer, const std::vector<std::uint32_t>& expected) {
  for (unsigned i = 0; i < 20 && viewer.pixels != expected; ++i) {
    viewer.request(i > 0);
    viewer.take();
  }
  BOOST_TEST((viewer.pixels == expected), "the viewer sees what was drawn");
}

}  // namespace

SIM_TEST_CASE(a_viewer_sees_each_pixel) {
  Watched b(61, 37);
  Viewer& viewer = b.viewer;
  BOOST_TEST(viewer.name == "Ringside: desk.display (vnc)");
  take_until(viewer, visible(*b.desk.display));
  BOOST_TEST(viewer.width == 61u);
  BOOST_TEST(viewer.height == 37u);
  // A part of it.
  const std::vector<std::uint32_t> red(6, 0xffff0000);
  b.desk.display->update(0, {10, 20, 3, 2}, red.data(), 3);
  viewer.request(true);
  viewer.take();
  BOOST_TEST((viewer.pixels == visible(*b.desk.display)));
  BOOST_TEST(viewer.pixels[20 * 61 + 10] == 0xff0000u);
}

SIM_TEST_CASE(sizes_follow_and_a_scanout_that_is_off_is_black) {
  Watched b;
  Viewer& viewer = b.viewer;
  BOOST_TEST(viewer.width == 640u);
  take_until(viewer, std::vector<std::uint32_t>(640 * 480));
  b.draw(100, 30, 5);
  take_until(viewer, visible(*b.desk.display));
  BOOST_TEST(viewer.width == 100u);
  b.desk.display->set_size(0, 0, 0);
  take_until(viewer, std::vector<std::uint32_t>(640 * 480));
}

SIM_TEST_CASE(a_local_socket_and_several_screens) {
  Folder folder;
  VncBench b("screens: 2, path: " + folder.path + "/vnc");
  b.start();
  b.draw(20, 20, 1);
  const std::vector<std::uint32_t> blue(25, 0xff);
  b.desk.display->set_size(1, 5, 5);
  b.desk.display->update(1, {0, 0, 5, 5}, blue.data(), 5);
  b.desk.display->set_size(2, 7, 7);  // not shown, and no trouble
  const Json addresses = b.display.addresses.call(Node::null({}));
  BOOST_TEST_REQUIRE(addresses.size() == 2u);
  Viewer first(addresses[0].get<std::string>());
  first.open();
  take_until(first, visible(*b.desk.display, 0));
  Viewer second(addresses[1].get<std::string>());
  second.open();
  take_until(second, visible(*b.desk.display, 1));
  second.key('q', true);
  BOOST_TEST(b.until([&] { return b.desk.input == "1:16=1 | "; }));
  BOOST_TEST(b.until([&] { return b.display.clients.value() == 2; }));
}

SIM_TEST_CASE(keys_and_positions_reach_the_seat) {
  Watched b(101, 51);
  Viewer& viewer = b.viewer;
  viewer.key('A', true);
  viewer.key('A', false);
  viewer.key(0x20ac, true);  // the Euro sign
  viewer.key(0x20ac, false);
  viewer.point(50, 50, 0);
  viewer.point(100, 0, 1);
  viewer.point(100, 0, 4);
  viewer.point(100, 0, 8);
  viewer.point(100, 0, 0);
  const std::string expected =
      "1:30=1 | 1:30=0 | 3:0=16383 3:1=32767 | 3:0=32767 3:1=0 1:272=1 | "
      "3:0=32767 3:1=0 1:272=0 1:273=1 | 3:0=32767 3:1=0 1:273=0 2:8=1 | 3:0=32767 3:1=0 | ";
  b.until([&] { return b.desk.input.size() >= expected.size(); });
  BOOST_TEST(b.desk.input == expected);
  BOOST_TEST(b.display.keys.value() == 1u);
  BOOST_TEST(b.display.unknown_keys.value() == 1u);
}

SIM_TEST_CASE(movements_for_a_mouse) {
  Watched b(100, 100, "port: 0, pointer: movement");
  Viewer& viewer = b.viewer;
  viewer.point(30, 40, 0);
  viewer.point(25, 40, 2);
  viewer.point(25, 40, 0);
  const std::string expected = "2:0=30 2:1=40 | 2:0=-5 1:274=1 | 1:274=0 | ";
  b.until([&] { return b.desk.input.size() >= expected.size(); });
  BOOST_TEST(b.desk.input == expected);
}

SIM_TEST_CASE(a_finger_for_a_touch_screen) {
  Watched b(101, 101, "port: 0, pointer: touch");
  Viewer& viewer = b.viewer;
  viewer.point(10, 10, 0);  // above the glass
  viewer.point(50, 100, 1);
  viewer.point(100, 100, 1);
  viewer.point(100, 100, 0);
  const std::string expected =
      "3:47=0 3:57=0 3:53=16383 3:54=32767 1:330=1 | 3:47=0 3:53=32767 3:54=32767 | "
      "3:47=0 3:57=-1 1:330=0 | ";
  b.until([&] { return b.desk.input.size() >= expected.size(); });
  BOOST_TEST(b.desk.input == expected);
}

SIM_TEST_CASE(who_leaves_lets_go_of_everything) {
  VncBench b;
  b.start();
  b.draw(10, 10);
  {
    Viewer viewer(b.port());
    viewer.open();
    viewer.key(0xffe3, true);
    viewer.point(0, 0, 1);
    BOOST_TEST(b.until([&] { return b.desk.input == "1:29=1 | 3:0=0 3:1=0 1:272=1 | "; }));
    b.desk.input.clear();
  }
  BOOST_TEST(b.until([&] { return b.desk.input == "1:29=0 | 3:0=0 3:1=0 1:272=0 | "; }));
}

SIM_TEST_CASE(a_viewer_asks_for_another_size) {
  Watched b;
  Viewer& viewer = b.viewer;
  viewer.wish(1024, 600);
  BOOST_TEST(b.until([&] { return b.desk.wishes == "0:1024x600 "; }));
}

SIM_TEST_CASE(view_only_viewers_change_nothing) {
  Watched b(0, 0, "port: 0, view_only: true");
  Viewer& viewer = b.viewer;
  viewer.key('a', true);
  viewer.point(1, 1, 1);
  viewer.wish(1024, 600);
  take_until(viewer, std::vector<std::uint32_t>(640 * 480));
  for (unsigned i = 0; i < 20; ++i) b.step();
  BOOST_TEST(b.desk.input.empty());
  BOOST_TEST(b.desk.wishes.empty());
}

SIM_TEST_CASE(a_password_is_asked_for) {
  Folder folder;
  std::ofstream(folder.path + "/password") << "Secret12\n";
  VncBench b("port: 0, password_file: " + folder.path + "/password");
  b.start();
  for (const bool right : {false, true}) {
    Viewer viewer(b.port());
    BOOST_TEST((viewer.greet() == std::vector<std::uint8_t>{2}));
    viewer.put({2});
    std::vector<std::uint8_t> challenge(16);
    BOOST_TEST_REQUIRE(viewer.get(challenge.data(), 16));
    std::string word = right ? "Secret12" : "secret12";
    rfbEncryptBytes(challenge.data(), word.data());
    viewer.put(challenge);
    if (right)
      viewer.begin();
    else
      BOOST_TEST(viewer.get32() == 1u);
  }
}

SIM_TEST_CASE(a_password_that_is_too_long_is_an_error) {
  Folder folder;
  std::ofstream(folder.path + "/password") << "Secret123\n";
  VncBench b("port: 0, password_file: " + folder.path + "/password");
  b.start();
  BOOST_TEST(b.sim.platform.stopped());
  BOOST_TEST(b.sim.platform.stop_reason().text.find("has 9 characters") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_taken_is_an_error) {
  const int other = backend::listen_on(backend::SocketAddress::tcp("127.0.0.1", 0));
  backend::VncSettings settings;
  settings.addresses = {backend::SocketAddress::tcp("127.0.0.1", backend::local_port(other))};
  BOOST_CHECK_EXCEPTION(backend::VncServer(settings, [](const backend::VncEvent&) {}),
                        std::runtime_error, [](const std::runtime_error& e) {
                          return std::string(e.what()).find("listen on tcp:127.0.0.1") !=
                                 std::string::npos;
                        });
  close(other);
}

SIM_TEST_CASE(a_cursor_is_sent_and_can_go) {
  Watched b(64, 64);
  Viewer& viewer = b.viewer;
  take_until(viewer, visible(*b.desk.display));
  backend::Cursor cursor;
  cursor.picture.resize(9, 5);
  for (auto& pixel : cursor.picture.pixels) pixel = 0xffffffff;
  cursor.hot_x = 2;
  cursor.x = 20;
  cursor.y = 30;
  b.desk.display->set_cursor(0, cursor);
  // This viewer draws no cursors, so it is in the picture.
  auto expected = visible(*b.desk.display);
  for (unsigned y = 30; y < 35; ++y)
    for (unsigned x = 20; x < 29; ++x) expected[y * 64 + x] = 0xffffff;
  take_until(viewer, expected);
  b.desk.display->set_cursor(0, {});
  take_until(viewer, visible(*b.desk.display));
}

namespace {
Folder* g_folder;

void record() {
  VncBench b("path: " + g_folder->path + "/vnc");
  b.sim.platform.host().record(g_folder->path + "/recording");
  b.start();
  b.draw(100, 100);
  {
    Viewer viewer(g_folder->path + "/vnc");
    viewer.open();
    viewer.key('x', true);
    viewer.point(99, 99, 0);
    BOOST_TEST(b.until([&] { return b.desk.input == "1:45=1 | 3:0=32767 3:1=32767 | "; }));
  }
  BOOST_TEST(b.until([&] { return b.desk.input.find("1:45=0") != std::string::npos; }));
  b.sim.platform.host().finish();
}

void replay() {
  VncBench b("path: " + g_folder->path + "/vnc");
  b.sim.platform.host().replay(g_folder->path + "/recording");
  b.start();
  b.draw(100, 100);
  BOOST_TEST(!std::filesystem::exists(g_folder->path + "/vnc"), "nobody listens in a replay");
  b.until([&] { return b.sim.platform.stopped(); });
  BOOST_TEST(b.desk.input == "1:45=1 | 3:0=32767 3:1=32767 | 1:45=0 | ");
  BOOST_TEST(b.display.clients.value() == 1u);
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_recording_plays_without_viewers) {
  Folder folder;
  g_folder = &folder;
  run_in_child(record);
  std::filesystem::remove(folder.path + "/vnc");
  run_in_child(replay);
}
