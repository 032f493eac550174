// SPDX-License-Identifier: Apache-2.0
// Viewers that do not keep to the protocol hurt nobody but themselves.
#include <random>

#include "vnc_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

/// The server still serves somebody who behaves.
void check_alive(VncBench& b) {
  Viewer viewer(b.port());
  viewer.open();
  viewer.request(false);
  viewer.take();
  BOOST_TEST(viewer.pixels.size() == b.desk.display->picture(0).pixels.size());
}

}  // namespace

SIM_TEST_CASE(nonsense_instead_of_a_greeting) {
  VncBench b;
  b.start();
  b.draw(30, 30);
  Viewer viewer(b.port());
  viewer.put({'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P', '/', '1', '.', '1', '\n'});
  char greeting[12];
  viewer.get(greeting, 12);
  std::uint8_t rest[64];
  BOOST_TEST(!viewer.get(rest, sizeof rest), "it is hung up on");
  check_alive(b);
}

SIM_TEST_CASE(messages_of_nonsense) {
  VncBench b;
  b.start();
  b.draw(30, 30);
  std::mt19937 random(7);
  for (unsigned i = 0; i < 30; ++i) {
    Viewer viewer(b.port());
    viewer.open();
    std::vector<std::uint8_t> noise(1 + random() % 300);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    viewer.put(noise);
    b.step();
  }
  check_alive(b);
}

SIM_TEST_CASE(a_text_of_2_gigabytes) {
  Watched b(30, 30);
  Viewer& viewer = b.viewer;
  viewer.put({6, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff});
  viewer.put(std::vector<std::uint8_t>(1000));
  check_alive(b);
}

SIM_TEST_CASE(half_a_message_and_the_end_of_the_run) {
  Viewer* held = nullptr;
  {
    VncBench b;
    b.start();
    held = new Viewer(b.port());
    held->open();
    held->put({6, 0, 0, 0, 0, 0, 0x40, 0});  // 16 KiB of text that never come
    const auto began = std::chrono::steady_clock::now();
    b.display.finish();
    BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(5)));
  }
  delete held;
}

SIM_TEST_CASE(who_never_reads_is_dropped_and_the_model_does_not_wait) {
  VncBench b;
  b.start();
  b.draw(1024, 768);
  Viewer lazy(b.port());
  lazy.open();
  for (unsigned i = 0; i < 20; ++i) lazy.request(false);
  const auto began = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < 20; ++i) {
    b.draw(1024, 768, i);
    b.step();
  }
  BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(3)));
  check_alive(b);
}

SIM_TEST_CASE(more_viewers_than_allowed_are_turned_away) {
  VncBench b("port: 0, max_clients: 2");
  b.start();
  b.draw(30, 30);
  Viewer first(b.port()), second(b.port());
  first.open();
  second.open();
  Viewer third(b.port());
  char greeting[12];
  BOOST_TEST(!third.get(greeting, 12));
  first.hang_up();
  BOOST_TEST(b.until([&] {
    Viewer next(b.port());
    return next.get(greeting, 12);
  }));
}

SIM_TEST_CASE(many_who_say_nothing) {
  VncBench b("port: 0, max_clients: 8");
  b.start();
  b.draw(30, 30);
  for (unsigned i = 0; i < 30; ++i) Viewer hasty(b.port());
  char greeting[12];
  BOOST_TEST(b.until([&] {
    Viewer next(b.port());
    return next.get(greeting, 12);
  }));
}

SIM_TEST_CASE(a_thousand_keys_held) {
  VncBench b;
  b.start();
  {
    Viewer viewer(b.port());
    viewer.open();
    for (std::uint32_t keysym = 0; keysym < 1000; ++keysym) viewer.key(0x5000 + keysym, true);
    viewer.key('a', false);
    BOOST_TEST(b.until([&] { return b.desk.input == "1:30=0 | "; }));
  }
  BOOST_TEST(b.display.unknown_keys.value() == 64u);
}
