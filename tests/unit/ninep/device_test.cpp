// SPDX-License-Identifier: Apache-2.0
// The 9P device: features, configuration, framing, life.

#include "ninep_bench.h"

using namespace ringside;
using test::Form;
using test::Message;
using test::NinePBench;
using test::Piece;
using test::Reply;
using test::Request;
using test::times;

SIM_TEST_CASE(what_it_is) {
  NinePBench b;
  BOOST_TEST(static_cast<unsigned>(b.device.device_id()) == 9u);
  BOOST_TEST(b.device.class_code() == 0x000200u);
  BOOST_TEST(b.device.num_queues() == 1u);
  BOOST_TEST((b.device.device_features() == virtio::FeatureSet{0}));
  BOOST_TEST(b.device.offered_legacy_features().has(0));
  BOOST_TEST(b.access.queue_max_size(0) == 128u);
}

SIM_TEST_CASE(the_tag) {
  NinePBench b;
  BOOST_TEST(b.device.config_bytes() == 6u);
  char config[6];
  b.access.read_config(0, config, 6);
  BOOST_TEST(std::string(config, 6) == std::string("\4\0host", 6));
  b.access.read_config(3, config, 2);
  BOOST_TEST(std::string(config, 2) == "os");
  b.access.write_config(2, "evil", 4);
  b.access.read_config(2, config, 4);
  BOOST_TEST(std::string(config, 4) == "host");
}

SIM_TEST_CASE(tags_that_are_none) {
  Registry registry;
  test::register_ninep(registry);
  Platform platform(registry);
  const std::string back = ", backend: {type: folder, path: /}}}\n";
  BOOST_TEST(!platform.build(
      Node::parse("children:\n  a: {type: holder, device: {type: virtio-9p, tag: ''" + back +
                      "  b: {type: holder, device: {type: virtio-9p, tag: " + times(256, 't') +
                      back + "  c: {type: holder, device: {type: virtio-9p" + back,
                  "test.yaml")));
  BOOST_TEST(platform.diagnostics().errors() == 3u);
  BOOST_TEST(platform.diagnostics().str().find("has 256 bytes; expected 1 to 255") !=
             std::string::npos);
}

SIM_TEST_CASE(messages_in_any_framing) {
  NinePBench b;
  b.put("x");
  b.TempFolder::put("file", times(3000, 'f'));
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST_REQUIRE(b.start());
    const std::string walk = Request(Message::Walk).u32(0).u32(1).u16(1).text("file").str();
    // One byte at a time, both ways.
    std::vector<Piece> bytes, room;
    for (const char byte : walk) bytes.push_back(b.put(std::string(1, byte)));
    for (unsigned i = 0; i < 22; ++i) room.push_back(b.take(1));
    Reply reply = b.send(bytes, room);
    BOOST_TEST(reply.ok());
    BOOST_TEST(reply.u16() == 1u);
    BOOST_TEST(b.send(Request(Message::LinuxOpen).u32(1).u32(2)).ok());
    // As Linux reads: the header in one buffer, the data in the pages of somebody else.
    const std::string read = Request(Message::Read).u32(1).u64(0).u32(3000).str();
    for (const Form form : {Form::Direct, Form::Indirect}) {
      reply = b.send({b.put(read)}, {b.take(11), b.take(1000), b.take(1), b.take(1999)}, form);
      BOOST_TEST(reply.u32() == 3000u);
      BOOST_TEST((reply.raw(3000) == times(3000, 'f')));
    }
    // As Linux writes, and as older Linux did, without the data in the size.
    const std::string write =
        Request(Message::Write).u32(1).u64(0).u32(3000).raw(times(3000, 'w')).str();
    reply = b.send({b.put(write.substr(0, 23)), b.put(write.substr(23))}, {b.take(11)});
    BOOST_TEST(reply.u32() == 3000u);
    BOOST_TEST((b.get("file") == times(3000, 'w')));
    std::string header = Request(Message::Write).u32(1).u64(0).u32(2000).str();
    reply = b.send({b.put(header), b.put(times(2000, 'o'))}, {b.take(11)});
    BOOST_TEST(reply.u32() == 2000u);
    BOOST_TEST((b.get("file") == times(2000, 'o') + times(1000, 'w')));
    // More bytes than the message has do no harm.
    reply = b.send({b.put(Request(Message::Clunk).u32(1).str() + "behind")}, {b.take(7)});
    BOOST_TEST(reply.ok());
  });
}

SIM_TEST_CASE(many_requests_at_once) {
  NinePBench b("packed: true, in_order: true");
  b.TempFolder::put("file", "0123456789");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({34, 35}));
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.send(Request(Message::Walk).u32(0).u32(1).u16(1).text("file")).ok());
    BOOST_TEST(b.send(Request(Message::LinuxOpen).u32(1).u32(0)).ok());
    std::vector<Piece> answers;
    for (unsigned i = 0; i < 40; ++i) {
      const Piece request = b.put(
          Request(Message::Read, static_cast<std::uint16_t>(i)).u32(1).u64(i % 10).u32(1).str());
      answers.push_back(b.take(12));
      BOOST_REQUIRE(b.driver.queue().add({request}, {answers.back()}, i, Form::Direct));
    }
    b.driver.submit();
    unsigned seen = 0;
    while (seen < 40 && b.driver.wait_used(0, {10, sc_core::SC_MS})) {
      while (const auto used = b.driver.queue().next_used()) {
        BOOST_TEST(used->token == seen);  // in their order
        Reply reply(b.load(answers[seen]), ninep::Dialect::Linux);
        BOOST_TEST(reply.tag == seen);
        reply.u32();
        BOOST_TEST(reply.raw(1) == std::string(1, static_cast<char>('0' + seen % 10)));
        ++seen;
      }
    }
    BOOST_TEST(seen == 40u);
  });
}

SIM_TEST_CASE(a_reset_ends_the_session) {
  NinePBench b;
  b.TempFolder::put("file", "x");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.send(Request(Message::Walk).u32(0).u32(1).u16(1).text("file")).ok());
    BOOST_TEST(b.send(Request(Message::LinuxOpen).u32(1).u32(0)).ok());
    const Json session = b.device.session_command.call(Node());
    BOOST_TEST(session["dialect"] == "9P2000.L");
    BOOST_TEST(session["msize"] == 65536u);
    BOOST_TEST(session["fids"] == 2u);
    BOOST_TEST(session["open_files"] == 1u);
    BOOST_TEST(session["locks"] == 0u);
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.device.server()->fids() == 0u);
    BOOST_TEST(b.device.server()->open_files() == 0u);
    BOOST_TEST(!b.send(Request(Message::Clunk).u32(1)).ok());
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.device.errors.value() == 1u);
  });
}

SIM_TEST_CASE(a_queue_reset_ends_the_session) {
  NinePBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({40}));
    BOOST_TEST_REQUIRE(b.start());
    b.access.reset_queue(0);
    while (b.access.queue_resetting(0)) test::settle();
    BOOST_TEST_REQUIRE(b.driver.add_queue(0, 64));
    BOOST_TEST(b.device.server()->fids() == 0u);
    BOOST_TEST_REQUIRE(b.start());
  });
}

SIM_TEST_CASE(suspending_keeps_the_session) {
  NinePBench b("suspend: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({43}));
    BOOST_TEST_REQUIRE(b.start());
    b.access.set_status(0x1f);
    test::settle();
    BOOST_TEST((b.access.status() & 0x14) == 0x10);
    b.access.set_status(0x0f);
    BOOST_TEST(b.send(Request(Message::Walk).u32(0).u32(1).u16(0)).ok());
  });
}

SIM_TEST_CASE(a_reset_in_the_middle_of_a_request) {
  NinePBench b;
  b.TempFolder::put("file", times(60000, 'f'));
  b.memory.latency = sc_core::sc_time(1, sc_core::SC_US);
  b.run([&] {
    for (unsigned step = 1; step < 8; ++step) {
      BOOST_TEST_REQUIRE(b.bring_up());
      BOOST_TEST_REQUIRE(b.start());
      BOOST_TEST(b.send(Request(Message::Walk).u32(0).u32(1).u16(1).text("file")).ok());
      BOOST_TEST(b.send(Request(Message::LinuxOpen).u32(1).u32(2)).ok());
      unsigned seen = 0;
      b.memory.observer = [&](const test::TestMemory::Access& access) {
        if (access.step == Step::Payload && ++seen == step) b.device.write_status(0);
      };
      if (step % 2)
        b.send(Request(Message::Read).u32(1).u64(0).u32(60000), 65536);
      else
        b.send(Request(Message::Write).u32(1).u64(0).u32(60000).raw(times(60000, 'w')));
      b.memory.observer = nullptr;
    }
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST_REQUIRE(b.start());
  });
}

SIM_TEST_CASE(a_legacy_driver) {
  NinePBench b;
  b.access.use_legacy(true);
  b.run([&] {
    b.driver.reset();
    b.access.set_status(3);
    b.access.set_driver_features(0, 1u << virtio::NineP::kMountTag);
    BOOST_TEST_REQUIRE(b.driver.add_queue(0, 128));
    b.access.set_status(7);
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.send(Request(Message::GetAttributes).u32(0).u64(0x7ff)).ok());
  });
}
