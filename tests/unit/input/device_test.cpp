// SPDX-License-Identifier: Apache-2.0
// The input device as a driver sees it.
#include <nlohmann/json.hpp>

#include "input_bench.h"

using namespace ringside;
using namespace ringside::test;
using backend::InputUpdate;

namespace {
const InputUpdate kPressA{{1, 30, 1}};
const InputUpdate kReleaseA{{1, 30, 0}};
const InputUpdate kMove{{2, 0, 5}, {2, 1, -3}};
}  // namespace

SIM_TEST_CASE(a_keyboard_says_what_it_has) {
  InputBench b("device: keyboard, serial: abc");
  BOOST_TEST(b.device.config_bytes() == 37u);
  BOOST_TEST(b.device.class_code() == 0x090000u);
  const auto name = b.ask(1, 0);
  BOOST_TEST(std::string(name.begin(), name.end()) == "Ringside Virtio Keyboard");
  const auto serial = b.ask(2, 0);
  BOOST_TEST(std::string(serial.begin(), serial.end()) == "abc");
  BOOST_TEST((b.ask(3, 0) == std::vector<std::uint8_t>{6, 0, 0x27, 6, 1, 0, 1, 0}));
  const auto keys = b.ask(0x11, 1);
  BOOST_TEST_REQUIRE(keys.size() == 29u);
  BOOST_TEST(keys[0] == 0xfe);  // there is no key 0
  BOOST_TEST((b.ask(0x11, 0x11) == std::vector<std::uint8_t>{7}));
  BOOST_TEST((b.ask(0x11, 0x14) == std::vector<std::uint8_t>{3}));
}

SIM_TEST_CASE(a_mouse_and_a_tablet_say_what_they_have) {
  InputBench b("device: tablet");
  BOOST_TEST(b.device.class_code() == 0x098000u);
  BOOST_TEST((b.ask(0x11, 3) == std::vector<std::uint8_t>{3}));
  const std::vector<std::uint8_t> info = b.ask(0x12, 1);
  BOOST_TEST_REQUIRE(info.size() == 20u);
  BOOST_TEST((info[4] == 0xff && info[5] == 0x7f && info[6] == 0));
  BOOST_TEST((b.ask(0x11, 2) == std::vector<std::uint8_t>{0x40, 1}));  // wheels
  BOOST_TEST(b.ask(0x11, 1).size() == 0x114u / 8 + 1);
  BOOST_TEST((b.ask(0x10, 0) == std::vector<std::uint8_t>{1}));  // it moves a pointer
}

SIM_TEST_CASE(a_touch_screen_says_what_it_has) {
  InputBench b("device: multitouch");
  BOOST_TEST(b.device.class_code() == 0x098000u);
  BOOST_TEST((b.ask(0x10, 0) == std::vector<std::uint8_t>{2}));  // it is touched itself
  BOOST_TEST((b.ask(0x11, 3) == std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0x80, 0x60, 2}));
  BOOST_TEST(b.ask(0x11, 1).size() == 0x14au / 8 + 1);
  BOOST_TEST(b.ask(0x12, 0x2f)[4] == 9);
  BOOST_TEST(b.ask(0x12, 0x39)[5] == 0xff);
  BOOST_TEST(b.ask(0x12, 0x35)[5] == 0x7f);
  BOOST_TEST(b.ask(0x12, 0).empty());
  BOOST_TEST(b.ask(0x11, 2).empty());
}

SIM_TEST_CASE(commands_move_and_click) {
  InputBench b("device: mouse");
  const auto call = [](CommandBase& command, const std::string& words) {
    command.call(Node::parse(words, "words"));
  };
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(16));
    call(b.device.move_command, "{x: 5, y: -3}");
    call(b.device.click_command, "{button: right}");
    BOOST_CHECK_THROW(call(b.device.click_command, "{button: none}"), CommandError);
    BOOST_CHECK_THROW(call(b.device.position_command, "{x: 5, y: 3}"), CommandError);
    BOOST_CHECK_THROW(call(b.device.send_keys, "{keys: a}"), CommandError);
    BOOST_CHECK_THROW(call(b.device.touch_command, "{finger: 0, x: 5, y: 3}"), CommandError);
    sc_core::wait(sc_core::sc_time(50, sc_core::SC_MS));
    BOOST_TEST(b.events() == "2:0=5 2:1=-3 | 1:273=1 | 1:273=0 | ");
  });
}

SIM_TEST_CASE(a_tablet_is_moved_to_a_position) {
  InputBench b("device: tablet");
  const auto call = [](CommandBase& command, const std::string& words) {
    command.call(Node::parse(words, "words"));
  };
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(16));
    call(b.device.position_command, "{x: 1000, y: 32767}");
    BOOST_CHECK_THROW(call(b.device.position_command, "{x: 0, y: 32768}"), CommandError);
    BOOST_CHECK_THROW(call(b.device.move_command, "{x: 0, y: 1}"), CommandError);
    BOOST_TEST(b.events() == "3:0=1000 3:1=32767 | ");
  });
}

SIM_TEST_CASE(fingers_come_and_go) {
  InputBench b("device: multitouch");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    const auto call = [&](CommandBase& command, const std::string& words) {
      command.call(Node::parse(words, "words"));
    };
    call(b.device.touch_command, "{finger: 0, x: 10, y: 20}");
    call(b.device.touch_command, "{finger: 3, x: 1, y: 2}");
    BOOST_TEST(b.events() ==
               "3:47=0 3:57=0 3:53=10 3:54=20 1:330=1 | 3:47=3 3:57=1 3:53=1 3:54=2 | ");
    call(b.device.touch_command, "{finger: 0, x: 11, y: 20}");
    call(b.device.lift_command, "{finger: 0}");
    call(b.device.lift_command, "{finger: 3}");
    BOOST_TEST(b.events() == "3:47=0 3:53=11 3:54=20 | 3:47=0 3:57=-1 | 3:47=3 3:57=-1 1:330=0 | ");
    BOOST_CHECK_THROW(call(b.device.lift_command, "{finger: 3}"), CommandError);
    BOOST_CHECK_THROW(call(b.device.touch_command, "{finger: 10, x: 0, y: 0}"), CommandError);
    BOOST_CHECK_THROW(call(b.device.touch_command, "{finger: 0, x: 32768, y: 0}"), CommandError);
    BOOST_TEST(b.events() == "");
  });
}

SIM_TEST_CASE(what_there_is_not_has_size_zero) {
  SPEC("input.device-initialization.1");
  InputBench b("device: mouse");
  BOOST_TEST(b.device.class_code() == 0x090200u);
  unsigned answered = 0;
  for (unsigned select = 0; select < 256; ++select)
    for (unsigned subsel = 0; subsel < 256; ++subsel) {
      const bool known = (subsel == 0 && (select == 1 || select == 3)) ||
                         (select == 0x11 && (subsel == 1 || subsel == 2));
      const bool any =
          !b.ask(static_cast<std::uint8_t>(select), static_cast<std::uint8_t>(subsel)).empty();
      answered += any;
      if (any != known) BOOST_ERROR("select " << select << " subsel " << subsel);
    }
  BOOST_TEST(answered == 4u);
}

SIM_TEST_CASE(updates_end_in_a_report) {
  InputBench b("device: keyboard, packed: true, in_order: true");
  b.run([&] {
    for (const Driver::Bits& bits :
         {Driver::Bits{32}, Driver::Bits{29, 32}, Driver::Bits{32, 34}, Driver::Bits{32, 34, 35}}) {
      BOOST_TEST_REQUIRE(b.start(16, bits));
      b.post(kPressA);
      b.post(kReleaseA);
      BOOST_TEST(b.events() == "1:30=1 | 1:30=0 | ");
    }
  });
}

SIM_TEST_CASE(a_device_tells_only_what_it_can) {
  InputBench b("device: mouse");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.post(kPressA);
    b.post({{3, 0, 100}, {3, 1, 100}});
    b.post({{2, 0, 5}, {1, 30, 1}, {2, 1, -3}, {0x11, 0, 1}});
    b.post({{1, 0x110, 1}});
    BOOST_TEST(b.events() == "2:0=5 2:1=-3 | 1:272=1 | ");
    BOOST_TEST(b.device.dropped.value() == 0u);
  });
}

SIM_TEST_CASE(an_update_waits_for_all_its_buffers) {
  SPEC("input.device-operation.1");
  SPEC("input.device-operation.2");
  InputBench b("device: mouse");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(2));
    b.post(kMove);
    BOOST_TEST(b.events() == "");
    b.give(1);
    BOOST_TEST(b.events() == "2:0=5 2:1=-3 | ");
  });
}

SIM_TEST_CASE(whole_updates_are_dropped) {
  SPEC("input.device-operation.1");
  SPEC("input.device-operation.2");
  InputBench b("device: mouse, backlog: 7");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(0));
    for (int i = 0; i < 5; ++i) b.post(kMove);
    BOOST_TEST(b.device.dropped.value() == 3u);
    b.give(16);
    BOOST_TEST(b.events() == "2:0=5 2:1=-3 | 2:0=5 2:1=-3 | ");
    BOOST_TEST_REQUIRE(b.start(2, {32}, 2));  // a ring that can never hold one
    b.post(kMove);
    BOOST_TEST(b.events() == "");
    BOOST_TEST(b.device.dropped.value() == 4u);
  });
}

SIM_TEST_CASE(lights_reach_the_source) {
  InputBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    backend::Seat& seat = *backend::Seat::at(b.sim.platform, "main").at(0);
    for (const std::uint32_t on : {1u, 0u}) {
      const std::uint64_t at = b.arena.take(8, 8);
      const std::uint16_t head[2] = {0x11, 1};
      b.memory.write(at, head, 4);
      b.memory.write(at + 4, &on, 4);
      BOOST_TEST_REQUIRE(b.driver.queue(1).add({{at, 8}}, {}, 0, Form::Direct));
      b.driver.submit(1);
      settle(5);
      BOOST_TEST(b.driver.queue(1).next_used().has_value());
      BOOST_TEST(seat.leds() == on << 1);
    }
  });
}

SIM_TEST_CASE(a_reset_forgets_what_waits) {
  InputBench b("device: mouse");
  b.run([&] {
    for (const bool whole_device : {true, false}) {
      BOOST_TEST_REQUIRE(b.start(2, {32, 40}));
      b.post(kMove);
      settle(5);
      if (whole_device) {
        BOOST_TEST_REQUIRE(b.start(8, {32, 40}));
      } else {
        b.access.reset_queue(0);
        b.places.clear();
        BOOST_TEST_REQUIRE(b.driver.add_queue(0, 16));
        b.give(8);
      }
      BOOST_TEST(b.events() == "");
      b.post({{2, 0, 9}});
      BOOST_TEST(b.events() == "2:0=9 | ");
    }
  });
}

SIM_TEST_CASE(suspending_gives_buffers_back) {
  InputBench b("device: mouse, suspend: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(2, {32, 43}));
    b.post(kMove);
    settle(5);
    b.access.set_status(0x1f);
    settle(5);
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    b.access.set_status(0x0f);
    b.give(1);
    BOOST_TEST(b.events() == "2:0=5 2:1=-3 | ");
  });
}

SIM_TEST_CASE(keys_are_sent_by_a_command) {
  InputBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.device.send_keys.call(Node::parse("[ctrl-f1]", "command"));
    settle(50000);
    BOOST_TEST(b.events() == "1:29=1 | 1:59=1 | 1:59=0 | 1:29=0 | ");
    b.give(8);
    b.device.send_text.call(Node::parse("[\"A\\n\"]", "command"));
    settle(15000);
    BOOST_TEST(b.events() == "1:42=1 | 1:30=1 | ");  // simulated time passes between them
    settle(100000);
    BOOST_TEST(b.events() == "1:30=0 | 1:42=0 | 1:28=1 | 1:28=0 | ");
    BOOST_CHECK_THROW(b.device.send_keys.call(Node::parse("[ctrl-nothing]", "command")),
                      CommandError);
    BOOST_CHECK_THROW(b.device.send_text.call(Node::parse("[\"\\u00e9\"]", "command")),
                      CommandError);
  });
}
