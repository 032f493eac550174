// SPDX-License-Identifier: Apache-2.0
// A device of the host behind a virtio input device. The host's own system calls are stood in for
// by a socket; what is below that (evdev_device.cpp) needs a machine with an event device.
#include <linux/input.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "backend/evdev_input.h"
#include "input_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::backend;

namespace {

int g_host = -1;  // the far end of the stand-in
std::set<std::uint16_t> g_down;

InputDescription a_gamepad() {
  InputDescription d;
  d.name = "Some Gamepad";
  d.serial = "77";
  d.bus = 3;
  d.vendor = 0x1234;
  d.product = 0x5678;
  d.version = 9;
  set_bit(d.properties, 0);
  set_bit(d.codes[kEvKey], BTN_SOUTH);
  set_bit(d.codes[kEvKey], KEY_A);
  set_bit(d.codes[kEvAbs], ABS_RX);
  set_bit(d.codes[kEvLed], 0);
  d.axes[ABS_RX] = {-100, 100, 2, 5, 1};
  return d;
}

class FakeDevice final : public EventDevice {
 public:
  explicit FakeDevice(int fd) : fd_(fd) {}
  ~FakeDevice() override { close(fd_); }
  int descriptor() const override { return fd_; }
  InputDescription description() const override { return a_gamepad(); }
  std::set<std::uint16_t> down() const override { return g_down; }

 private:
  int fd_;
};

class FakeEvdev final : public EvdevInput {
 public:
  using EvdevInput::EvdevInput;

 protected:
  std::unique_ptr<EventDevice> open_device() const override {
    int ends[2];
    BOOST_TEST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    g_host = ends[1];
    return std::make_unique<FakeDevice>(ends[0]);
  }
};

void register_fake(Registry& registry) {
  register_input(registry);
  registry.add<InputSource, FakeEvdev>("fake", "a device of the host for tests");
}

void happen(std::initializer_list<InputEvent> events) {
  for (const InputEvent& event : events) {
    input_event raw{};
    raw.type = event.type;
    raw.code = event.code;
    raw.value = event.value;
    BOOST_TEST(write(g_host, &raw, sizeof raw) == static_cast<ssize_t>(sizeof raw));
  }
}
constexpr InputEvent kReport{EV_SYN, SYN_REPORT, 0};
constexpr InputEvent kDropped{EV_SYN, SYN_DROPPED, 0};

struct EvdevBench : InputBench {
  EvdevBench() : InputBench("source: {type: fake, path: event0}", register_fake) {}
  /// The events that come until there are so many characters of them, or 5 s have gone.
  std::string heard(std::size_t length) {
    std::string all;
    for (unsigned i = 0; i < 5000 && all.size() < length; ++i) {
      usleep(1000);
      all += events();
    }
    return all;
  }
};

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

void check_gamepad(EvdevBench& b) {
  BOOST_TEST(text_of(b.ask(1, 0)) == "Some Gamepad");
  BOOST_TEST(text_of(b.ask(2, 0)) == "77");
  BOOST_TEST((b.ask(3, 0) == std::vector<std::uint8_t>{3, 0, 0x34, 0x12, 0x78, 0x56, 9, 0}));
  BOOST_TEST((b.ask(0x10, 0) == std::vector<std::uint8_t>{1}));
  BOOST_TEST((b.ask(0x11, EV_ABS) == std::vector<std::uint8_t>{1 << ABS_RX}));
  const auto axis = b.ask(0x12, ABS_RX);
  BOOST_TEST_REQUIRE(axis.size() == 20u);
  BOOST_TEST((axis[0] == 0x9c && axis[3] == 0xff && axis[4] == 100 && axis[12] == 5));
}

}  // namespace

SIM_TEST_CASE(the_guest_gets_the_hosts_device) {
  EvdevBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    check_gamepad(b);
    happen({{EV_KEY, BTN_SOUTH, 1}, {EV_ABS, ABS_RX, -7}, {EV_MSC, MSC_SCAN, 4}, kReport});
    happen({{EV_KEY, BTN_SOUTH, 2}, kReport, {EV_KEY, BTN_SOUTH, 0}, kReport});
    const std::string expected = "1:304=1 3:3=-7 | 1:304=0 | ";
    BOOST_TEST(b.heard(expected.size()) == expected);
  });
}

SIM_TEST_CASE(events_that_the_kernel_lost_are_made_up_for) {
  EvdevBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    happen({{EV_KEY, KEY_A, 1}, kReport});
    BOOST_TEST(b.heard(10) == "1:30=1 | ");
    g_down = {BTN_SOUTH};
    happen({kDropped, {EV_ABS, ABS_RX, 5}, kReport, {EV_ABS, ABS_RX, 6}, kReport});
    const std::string got = b.heard(28);
    BOOST_TEST(got.find("1:30=0 1:304=1 | ") != std::string::npos);
    BOOST_TEST(got.find("3:3=6 | ") != std::string::npos);
    BOOST_TEST(got.find("3:3=5") == std::string::npos);
  });
}

SIM_TEST_CASE(a_device_that_is_pulled_out_lets_go) {
  EvdevBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    happen({{EV_KEY, KEY_A, 1}, kReport});
    BOOST_TEST(b.heard(10) == "1:30=1 | ");
    close(g_host);
    BOOST_TEST(b.heard(10) == "1:30=0 | ");
  });
}

SIM_TEST_CASE(lights_go_to_the_host) {
  EvdevBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    b.device.source->feedback({EV_LED, 0, 1});
    input_event got[2]{};
    BOOST_TEST(read(g_host, got, sizeof got) == static_cast<ssize_t>(sizeof got));
    BOOST_TEST((got[0].type == EV_LED && got[0].code == 0 && got[0].value == 1));
    BOOST_TEST((got[1].type == EV_SYN && got[1].code == SYN_REPORT));
  });
}

namespace {
std::string* g_recording;

void record() {
  EvdevBench b;
  b.sim.platform.host().record(*g_recording);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    happen({{EV_KEY, KEY_A, 1}, kReport});
    BOOST_TEST(b.heard(10) == "1:30=1 | ");
  });
  b.sim.platform.host().finish();
}

void replay() {
  EvdevBench b;
  b.sim.platform.host().replay(*g_recording);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(32, {virtio::kVersion1}, 32));
    BOOST_TEST(b.heard(10) == "1:30=1 | ");
    check_gamepad(b);
  });
  BOOST_TEST(g_host == -1, "no device was opened");
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_recording_needs_no_device) {
  std::string path = std::filesystem::temp_directory_path() / "ringside-evdev-XXXXXX";
  const int fd = mkstemp(path.data());
  BOOST_TEST_REQUIRE(fd >= 0);
  close(fd);
  g_recording = &path;
  run_in_child(record);
  run_in_child(replay);
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(descriptions_survive_as_text) {
  const InputDescription was = a_gamepad();
  const auto is = InputDescription::parse(was.text());
  BOOST_TEST_REQUIRE(is.has_value());
  BOOST_TEST(is->name == was.name);
  BOOST_TEST(is->version == was.version);
  BOOST_TEST((is->codes == was.codes));
  BOOST_TEST(is->axes.at(ABS_RX).minimum == -100);
  for (const char* bad : {"", "{", "[]", "{}", "{\"name\": 3}", "null"})
    BOOST_TEST(!InputDescription::parse(bad));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_event_device_is_an_error) {
  const auto check = [](const std::string& path, const std::string& expected) {
    BOOST_CHECK_EXCEPTION(open_event_device(path, true), std::runtime_error,
                          [&](const std::runtime_error& e) {
                            return std::string(e.what()).find(expected) != std::string::npos;
                          });
  };
  check("/dev/null", "'/dev/null' is not an event device");
  check("/dev/input/event999", "cannot be opened: No such file");
}

BOOST_AUTO_TEST_CASE(pieces_of_any_size_make_the_same_updates) {
  std::vector<std::uint8_t> bytes;
  for (const InputEvent& event :
       {InputEvent{EV_KEY, KEY_A, 1}, kReport, InputEvent{EV_REL, 0, -1}, kReport}) {
    input_event raw{};
    raw.type = event.type;
    raw.code = event.code;
    raw.value = event.value;
    const auto* at = reinterpret_cast<const std::uint8_t*>(&raw);
    bytes.insert(bytes.end(), at, at + sizeof raw);
  }
  for (const std::size_t piece : {1u, 7u, 24u, 25u, 96u}) {
    EventStream stream;
    std::vector<InputUpdate> all;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      for (InputUpdate& update : stream.feed(&bytes[at], std::min(piece, bytes.size() - at)))
        all.push_back(std::move(update));
    BOOST_TEST((all == std::vector<InputUpdate>{{{EV_KEY, KEY_A, 1}}, {{EV_REL, 0, -1}}}));
  }
}
