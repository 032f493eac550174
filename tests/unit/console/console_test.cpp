// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "virtio/device/console.h"

#include "backend/plugin_types.h"
#include "backend/simple_char.h"
#include "driver/device_bench.h"
#include "support/spec.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

namespace {

using Bytes = std::vector<std::uint8_t>;

void register_types(Registry& registry) {
  backend::register_types(registry);
  registry.add<VirtioDevice, Console>("virtio-console", "console");
  register_holder(registry);
}

struct Message {
  std::uint32_t id;
  unsigned event;
  unsigned value;
  std::string rest;
  std::string str() const {
    return std::to_string(id) + ":" + std::to_string(event) + "=" + std::to_string(value);
  }
};

struct ConsoleBench : DeviceBench<Console> {
  explicit ConsoleBench(const std::string& params = "backend: memory")
      : DeviceBench("{type: virtio-console, " + params + "}", register_types) {}

  static constexpr const char* kPorts =
      "backend: memory, ports: {agent: memory, log: memory}, console_ports: [log]";

  backend::MemoryChar& stream(const std::string& name = "backend") {
    return sim.model<backend::MemoryChar>("d.device." + name);
  }

  bool start(std::vector<unsigned> bits = {kConsoleSize, kConsoleMultiport, kConsoleEmergWrite}) {
    Driver::Bits offered{kVersion1};
    for (unsigned bit : bits)
      if (access.device_features(bit / 32) >> (bit % 32) & 1) offered.push_back(bit);
    if (!driver.negotiate(offered)) return false;
    const unsigned queues = driver.accepted(kConsoleMultiport) ? device.num_queues() : 2;
    for (unsigned i = 0; i < queues; ++i)
      if (!driver.add_queue(i, 16)) return false;
    driver.start();
    return true;
  }

  void post(unsigned queue, unsigned count, std::uint32_t bytes) {
    for (unsigned i = 0; i < count; ++i) {
      buffers.push_back({arena.take(bytes + 1, 16), bytes});
      driver.queue(queue).add({}, {buffers.back()}, buffers.size() - 1, Form::Direct);
    }
    driver.submit(queue);
    settle();
  }
  /// What came back on a receive queue, buffer by buffer.
  std::vector<std::string> used(unsigned queue) {
    settle();
    std::vector<std::string> all;
    while (const auto done = driver.queue(queue).next_used()) {
      std::string text(done->written.value_or(0), '\0');
      memory.read(buffers[done->token].address, text.data(), text.size());
      all.push_back(text);
    }
    return all;
  }
  /// Puts text on a transmit queue; true if it was used at once.
  bool send(unsigned queue, const std::string& text) {
    const std::uint64_t at = arena.take(text.size() + 1, 16);
    memory.write(at, text.data(), text.size());
    driver.queue(queue).add({{at, static_cast<std::uint32_t>(text.size())}}, {}, 0, Form::Direct);
    driver.submit(queue);
    settle();
    return driver.queue(queue).next_used().has_value();
  }
  void control(std::uint32_t id, unsigned event, unsigned value) {
    std::string text(8, '\0');
    for (int i = 0; i < 4; ++i) text[static_cast<std::size_t>(i)] = static_cast<char>(id >> 8 * i);
    text[4] = static_cast<char>(event);
    text[6] = static_cast<char>(value);
    BOOST_TEST(send(3, text));
  }
  std::vector<Message> messages() {
    std::vector<Message> all;
    for (const std::string& text : used(2)) {
      BOOST_REQUIRE(text.size() >= 8);
      const auto u8 = [&](std::size_t i) { return static_cast<unsigned>(text[i]) & 0xff; };
      all.push_back({u8(0) | u8(1) << 8u | u8(2) << 16u | u8(3) << 24u, u8(4) | u8(5) << 8u,
                     u8(6) | u8(7) << 8u, text.substr(8)});
    }
    return all;
  }
  std::string message_text() {
    std::string text;
    for (const Message& m : messages()) text += m.str() + " ";
    return text;
  }
  void start_ports() {
    BOOST_REQUIRE(start());
    post(2, 16, 64);
    control(0, 0, 1);
    messages();
    for (std::uint32_t port = 0; port < device.max_ports(); ++port) {
      control(port, 3, 1);
      control(port, 6, 1);
    }
    messages();
  }
  Bytes config() {
    Bytes all(12);
    device.read_config(0, all.data(), all.size());
    return all;
  }

  std::vector<Piece> buffers;
};

}  // namespace

SIM_TEST_CASE(characters_go_both_ways) {
  ConsoleBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start());
    BOOST_TEST(b.device.num_queues() == 2u);
    BOOST_TEST(b.send(1, "hello"));
    BOOST_TEST(b.stream().output() == "hello");
    b.post(0, 4, 10);
    b.stream().feed("typed");
    BOOST_TEST(b.used(0) == std::vector<std::string>{"typed"}, boost::test_tools::per_element());
    // More than a buffer holds; what finds no buffer waits.
    b.stream().feed("0123456789abcdefghijABCDEFGHIJ0123456789");
    const std::vector<std::string> three{"0123456789", "abcdefghij", "ABCDEFGHIJ"};
    BOOST_TEST(b.used(0) == three, boost::test_tools::per_element());
    b.post(0, 1, 4);
    b.post(0, 1, 100);
    const std::vector<std::string> rest{"0123", "456789"};
    BOOST_TEST(b.used(0) == rest, boost::test_tools::per_element());
  });
}

SIM_TEST_CASE(output_waits_for_a_slow_host) {
  ConsoleBench b("backend: {type: memory, capacity: 10B}");
  b.run([&] {
    BOOST_REQUIRE(b.start());
    BOOST_TEST(!b.send(1, "0123456789abcdefghijklm"));
    BOOST_TEST(b.stream().take() == "0123456789");
    settle();
    BOOST_TEST(!b.driver.queue(1).used_waiting());
    BOOST_TEST(b.stream().take() == "abcdefghij");
    settle();
    BOOST_TEST(b.driver.queue(1).next_used().has_value());
    BOOST_TEST(b.stream().take() == "klm");
    // A reset in the middle forgets the rest.
    BOOST_TEST(!b.send(1, "0123456789abcdefghijklm"));
    BOOST_REQUIRE(b.start());
    b.stream().take();
    BOOST_TEST(b.send(1, "new"));
    BOOST_TEST(b.stream().take() == "new");
  });
}

SIM_TEST_CASE(emergency_writes_work_at_any_time) {
  SPEC("console.device-initialization.1");
  SPEC("console.device-initialization.2");
  ConsoleBench b;
  const auto write = [&](const Bytes& bytes, std::size_t offset = 8) {
    b.device.write_config(offset, bytes.data(), bytes.size());
  };
  write({'a'});  // before any driver
  write({'b', 1, 2, 3});
  BOOST_TEST(b.stream().output() == "ab");
  b.run([&] {
    BOOST_REQUIRE(b.start());
    write({'c', 0, 0, 0});
    BOOST_TEST(b.stream().output() == "abc");
    write({9, 9}, 0);  // other fields are read-only
    write({9, 9, 9}, 9);
    write({1, 2, 3, 4, 'd'}, 4);
    BOOST_TEST(b.stream().output() == "abcd");
    BOOST_TEST(b.config() == Bytes({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  });
}

SIM_TEST_CASE(the_size_is_in_the_configuration) {
  ConsoleBench b;
  b.run([&] {
    BOOST_REQUIRE(b.start());
    const auto changes = b.access.config_interrupts();
    b.stream().resize(300, 40);
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    BOOST_TEST(b.config()[0] == (300 & 0xff));
    BOOST_TEST(b.config()[1] == 1);
    BOOST_TEST(b.config()[2] == 40);
  });
}

SIM_TEST_CASE(ports_are_announced_named_and_opened) {
  SPEC("console.multiport-device-operation.1");
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    BOOST_TEST(b.device.num_queues() == 8u);
    BOOST_TEST(b.config()[4] == 3);
    BOOST_REQUIRE(b.start());
    b.post(2, 16, 64);
    BOOST_TEST(b.message_text() == "");  // not before the driver is ready
    b.control(0, 0, 1);
    BOOST_TEST(b.message_text() == "0:1=0 1:1=0 2:1=0 ");
    b.control(0, 0, 1);  // said twice: no port is added that exists
    BOOST_TEST(b.message_text() == "");
    b.control(0, 3, 1);
    BOOST_TEST(b.message_text() == "0:4=1 0:6=1 ");
    b.control(1, 3, 1);
    auto messages = b.messages();
    BOOST_REQUIRE(messages.size() == 2u);
    BOOST_TEST(messages[0].str() == "1:7=1");
    BOOST_TEST(messages[0].rest == "agent");
    BOOST_TEST(messages[1].str() == "1:6=1");
    b.post(2, 16, 64);
    b.control(2, 3, 1);
    BOOST_TEST(b.message_text() == "2:4=1 2:7=1 2:6=1 ");
    b.control(2, 3, 0);
    BOOST_TEST(!b.device.port_ready(2));
  });
}

SIM_TEST_CASE(each_port_has_queues_of_its_own) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    b.start_ports();
    BOOST_TEST(b.send(1, "zero"));
    BOOST_TEST(b.send(5, "one"));
    BOOST_TEST(b.send(7, "two"));
    BOOST_TEST(b.stream().output() == "zero");
    BOOST_TEST(b.stream("agent").output() == "one");
    BOOST_TEST(b.stream("log").output() == "two");
    for (unsigned queue : {0u, 4u, 6u}) b.post(queue, 2, 100);
    b.stream("agent").feed("to one");
    b.stream("log").feed("to two");
    BOOST_TEST(b.used(0).empty());
    BOOST_TEST(b.used(4) == std::vector<std::string>{"to one"}, boost::test_tools::per_element());
    BOOST_TEST(b.used(6) == std::vector<std::string>{"to two"}, boost::test_tools::per_element());
    // What comes for a port that the driver has closed waits.
    b.control(1, 6, 0);
    b.stream("agent").feed("later");
    BOOST_TEST(b.used(4).empty());
    b.control(1, 6, 1);
    BOOST_TEST(b.used(4) == std::vector<std::string>{"later"}, boost::test_tools::per_element());
  });
}

SIM_TEST_CASE(the_driver_learns_of_hosts_that_come_and_go) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    b.start_ports();
    b.post(2, 16, 64);
    b.stream("agent").connect(false);
    BOOST_TEST(b.message_text() == "1:6=0 ");
    b.stream("agent").connect(true);
    BOOST_TEST(b.message_text() == "1:6=1 ");
    for (const Message& m : b.messages()) BOOST_TEST(m.str() == "");
    b.stream("log").resize(132, 50);
    b.stream("agent").resize(132, 50);  // not a console
    const auto messages = b.messages();
    BOOST_REQUIRE(messages.size() == 1u);
    BOOST_TEST(messages[0].str() == "2:5=0");
    BOOST_TEST(messages[0].rest == std::string("\x84\0\x32\0", 4));  // columns, rows
  });
}

SIM_TEST_CASE(a_driver_that_reads_no_control_messages_costs_no_memory) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    BOOST_REQUIRE(b.start());
    b.post(2, 5, 64);
    b.control(0, 0, 1);
    b.control(1, 3, 1);
    BOOST_TEST(b.messages().size() == 5u);  // three ports added, name and open
    for (int i = 0; i < 10001; ++i) b.stream("agent").connect(i % 2 != 0);
    b.post(2, 4, 64);
    BOOST_TEST(b.message_text() == "1:6=0 ");  // where it stands now
  });
}

SIM_TEST_CASE(ports_can_be_unplugged_and_plugged) {
  SPEC("console.multiport-device-operation.2");
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    b.start_ports();
    b.post(2, 16, 64);
    b.device.unplug(0);  // the console stays
    b.device.unplug(9);
    b.device.plug(1);  // is there
    BOOST_TEST(b.message_text() == "");
    b.device.unplug(1);
    b.device.unplug(1);
    BOOST_TEST(b.message_text() == "1:2=0 ");
    b.control(1, 6, 1);  // late: there is no such port
    BOOST_TEST(!b.device.port_open(1));
    BOOST_TEST(b.send(5, "nobody"));
    BOOST_TEST(b.stream("agent").output() == "");
    b.device.plug(1);
    BOOST_TEST(b.message_text() == "1:1=0 ");
    b.control(1, 3, 1);
    BOOST_TEST(b.message_text() == "1:7=1 1:6=1 ");
    // Never announced, so never removed.
    BOOST_REQUIRE(b.start());
    b.post(2, 16, 64);
    b.device.unplug(1);
    b.control(0, 0, 1);
    BOOST_TEST(b.message_text() == "0:1=0 2:1=0 ");
  });
}

SIM_TEST_CASE(sizes_and_ports_change_by_command) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    b.start_ports();
    b.post(2, 16, 64);
    const auto call = [](CommandBase& command, const char* arguments) {
      command.call(Node::parse(arguments, "arguments"));
    };
    const auto changes = b.access.config_interrupts();
    call(b.device.resize, "[132, 43]");
    BOOST_TEST(b.access.config_interrupts() == changes + 1);
    BOOST_TEST(b.config()[0] == 132);
    BOOST_TEST(b.config()[2] == 43);
    b.stream().resize(80, 25);
    BOOST_TEST(b.config()[0] == 80, "the terminal's word is the last");
    b.messages();
    call(b.device.resize, "{columns: 20, rows: 10, port: log}");
    const auto messages = b.messages();
    BOOST_REQUIRE(messages.size() == 1u);
    BOOST_TEST(messages[0].rest == std::string("\x14\0\x0a\0", 4));
    call(b.device.unplug_command, "[agent]");
    BOOST_TEST(b.message_text() == "1:2=0 ");
    call(b.device.plug_command, "[agent]");
    BOOST_TEST(b.message_text() == "1:1=0 ");
    BOOST_CHECK_THROW(call(b.device.resize, "[70000, 1]"), CommandError);
    BOOST_CHECK_THROW(call(b.device.resize, "[1, 1, agent]"), CommandError);
    BOOST_CHECK_THROW(call(b.device.plug_command, "[agnet]"), CommandError);
  });
}

SIM_TEST_CASE(nonsense_on_the_control_queue_is_ignored) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    BOOST_REQUIRE(b.start());
    b.post(2, 16, 64);
    b.control(0, 3, 1);           // before DEVICE_READY
    b.control(0xffffffff, 3, 1);  // no such port
    b.control(0, 99, 1);
    for (std::size_t bytes = 1; bytes < 8; ++bytes) BOOST_TEST(b.send(3, std::string(bytes, '\0')));
    BOOST_TEST(b.device.bad_control.value() == 10u);
    b.control(0, 0, 0);  // the driver failed
    BOOST_TEST(b.message_text() == "");
    b.control(0, 0, 1);
    b.control(1, 1, 1);  // an event of the device
    BOOST_TEST(b.device.bad_control.value() == 11u);
    BOOST_TEST((b.access.status() & 64) == 0);
  });
}

SIM_TEST_CASE(short_control_buffers_get_the_beginning) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    BOOST_REQUIRE(b.start());
    b.post(2, 3, 8);
    b.control(0, 0, 1);
    BOOST_TEST(b.messages().size() == 3u);
    b.post(2, 2, 10);
    b.control(1, 3, 1);
    const auto messages = b.messages();
    BOOST_REQUIRE(messages.size() == 2u);
    BOOST_TEST(messages[0].rest == "ag");
  });
}

SIM_TEST_CASE(one_queue_can_be_reset) {
  ConsoleBench b("backend: {type: memory, capacity: 4B}");
  b.run([&] {
    Driver::Bits bits{kVersion1, kRingReset};
    BOOST_REQUIRE(b.driver.negotiate(bits));
    BOOST_REQUIRE(b.driver.add_queue(0, 16));
    BOOST_REQUIRE(b.driver.add_queue(1, 16));
    b.driver.start();
    BOOST_TEST(!b.send(1, "0123456789"));
    b.access.reset_queue(1);
    BOOST_TEST(b.stream().take() == "0123");
    BOOST_REQUIRE(b.driver.add_queue(1, 16));
    BOOST_TEST(b.send(1, "abc"));
    BOOST_TEST(b.stream().take() == "abc");
  });
}

SIM_TEST_CASE(without_multiport_there_is_one_port) {
  ConsoleBench b(ConsoleBench::kPorts);
  b.run([&] {
    BOOST_REQUIRE(b.start({kConsoleSize}));
    BOOST_TEST(b.send(1, "plain"));
    BOOST_TEST(b.stream().output() == "plain");
    b.post(0, 1, 16);
    b.stream().feed("in");
    BOOST_TEST(b.used(0) == std::vector<std::string>{"in"}, boost::test_tools::per_element());
  });
}

SIM_TEST_CASE(wrong_parameters_are_reported) {
  Registry registry;
  register_types(registry);
  Platform platform(registry);
  std::string many = "  d: {type: holder, device: {type: virtio-console, ports: {";
  for (int i = 0; i < 31; ++i) many += "p" + std::to_string(i) + ": memory, ";
  BOOST_TEST(!platform.build(Node::parse(
      "children:\n"
      "  a: {type: holder, device: {type: virtio-console, multiport: off, ports: {x: memory}}}\n"
      "  b: {type: holder, device: {type: virtio-console, console_ports: [x]}}\n"
      "  c: {type: holder, device: {type: virtio-console, queue_size: 0}}\n" +
          many + "}}}\n",
      "x.yaml")));
  const std::string text = platform.diagnostics().str();
  for (const char* line : {"x.yaml:2:", "x.yaml:3:", "x.yaml:4:", "x.yaml:5:"})
    BOOST_TEST(text.find(line) != std::string::npos, text);
}
