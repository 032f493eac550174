// SPDX-License-Identifier: Apache-2.0
// Requests one by one, as an honest front end makes them, and what is refused.
#include "unit/vhost_user/vhost_bench.h"

using namespace ringside;
using namespace ringside::test;
using F = VhostFrontEnd;

namespace {

F::Bytes config_request(std::uint32_t offset, std::uint32_t bytes, const F::Bytes& data = {}) {
  const std::uint32_t header[3] = {offset, bytes, 0};
  F::Bytes payload = F::bytes_of(header);
  F::Bytes rest = data;
  rest.resize(bytes);
  payload.insert(payload.end(), rest.begin(), rest.end());
  return payload;
}

}  // namespace

SIM_TEST_CASE(features_are_those_of_the_device_and_bit_30) {
  VhostBench bench(", packed: true");
  bench.run([&] {
    VhostFrontEnd front_end(bench.path);
    front_end.send(F::kSetOwner);
    const std::uint64_t offered = front_end.get(F::kGetFeatures);
    BOOST_TEST((offered & F::kFeatureProtocol) != 0u);
    BOOST_TEST((offered & (kVersion1 | kIndirect | kEventIdx | kPacked)) ==
               (kVersion1 | kIndirect | kEventIdx | kPacked));
    BOOST_TEST((offered & kInOrder) == 0u);
    BOOST_TEST((offered & 3) == 3u);
    BOOST_TEST(front_end.get(F::kGetProtocolFeatures) == F::kAllProtocol);
    front_end.send(F::kSetProtocolFeatures, F::bytes_of(F::kAllProtocol));
    BOOST_TEST(!front_end.ask(F::kSetFeatures, kInOrder));
    BOOST_TEST(!front_end.ask(F::kSetFeatures, std::uint64_t{1} << 26));  // F_LOG_ALL
    BOOST_TEST(!front_end.ask(F::kSetProtocolFeatures, std::uint64_t{1} << 1));
    BOOST_TEST(front_end.ask(F::kSetFeatures, offered));
  });
  BOOST_TEST(bench.back_end.refusals.value() == 3u);
}

SIM_TEST_CASE(features_that_the_device_rejects_stop_the_first_ring) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench, kVersion1 | 2);  // bit 1 needs bit 0
    session.front_end.set_up_queue(0, session.exchange.ring->place(), 0);
    BOOST_TEST(
        session.front_end.ask(F::kSetVringKick, std::uint64_t{0}, {session.front_end.kick_fd(0)}));
    BOOST_TEST(!session.front_end.ask(F::kSetVringEnable, F::State{0, 1}));
    // Others are accepted after that.
    BOOST_TEST(session.front_end.ask(F::kSetFeatures, kVersion1 | kEventIdx | 3));
    BOOST_TEST(session.front_end.ask(F::kSetVringEnable, F::State{0, 1}));
    // But not while it runs.
    BOOST_TEST(!session.front_end.ask(F::kSetFeatures, kVersion1));
  });
}

SIM_TEST_CASE(numbers_of_queues_and_slots) {
  VhostBench bench(", queues: 5");
  bench.run([&] {
    VhostFrontEnd front_end(bench.path);
    front_end.negotiate(kVersion1);
    BOOST_TEST(front_end.get(F::kGetQueueNum) == 5u);
    BOOST_TEST(front_end.get(F::kGetMaxMemSlots) == 32u);
    BOOST_TEST(!front_end.ask(F::kSetVringNum, F::State{5, 16}));
    BOOST_TEST(!front_end.ask(F::kSetVringEnable, F::State{0xffffffff, 1}));
    BOOST_TEST(front_end.ask(F::kSetVringNum, F::State{4, 16}));
  });
}

SIM_TEST_CASE(configuration) {
  VhostBench bench;
  bench.run([&] {
    VhostFrontEnd front_end(bench.path);
    front_end.negotiate(kVersion1);
    front_end.send(F::kGetConfig, config_request(2, 4));
    F::Bytes reply = front_end.receive(F::kGetConfig);
    BOOST_TEST_REQUIRE(reply.size() == 16u);
    BOOST_TEST((F::Bytes(reply.begin() + 12, reply.end()) == F::Bytes{3, 4, 5, 6}));
    // A front end knows a longer layout than the device has.
    front_end.send(F::kGetConfig, config_request(0, 256));
    reply = front_end.receive(F::kGetConfig);
    BOOST_TEST_REQUIRE(reply.size() == 12u + 256);
    BOOST_TEST(reply[12 + 7] == 8);
    BOOST_TEST(reply[12 + 8] == 0);
    BOOST_TEST(front_end.ask(F::kSetConfig, config_request(1, 2, {0xaa, 0xbb})));
    BOOST_TEST(!front_end.ask(F::kSetConfig, config_request(7, 2)));
    BOOST_TEST(!front_end.ask(F::kSetConfig, config_request(0xffffffff, 2)));
    bench.in_simulation([&] {
      BOOST_TEST(bench.device.config[1] == 0xaa);
      BOOST_TEST(bench.device.config[2] == 0xbb);
      BOOST_TEST(bench.device.config[7] == 8);
    });
    // Payloads that do not have the size that they name.
    BOOST_TEST(!front_end.ask(F::kSetConfig, F::Bytes(5)));
    F::Bytes longer = config_request(0, 2);
    longer.push_back(0);
    BOOST_TEST(!front_end.ask(F::kSetConfig, longer));
  });
}

SIM_TEST_CASE(changed_configuration_is_told_on_the_back_end_channel) {
  VhostBench bench;
  int channel[2];
  BOOST_TEST_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0);
  bench.run([&] {
    Session session(bench);
    BOOST_TEST(session.front_end.ask(F::kSetBackendReqFd, F::Bytes{}, {channel[1]}));
    session.exchange.start();
    bench.in_simulation([&] { bench.device.config_changed(); });
    pollfd waits{channel[0], POLLIN, 0};
    BOOST_TEST(poll(&waits, 1, 5000) == 1);
    std::uint32_t header[3] = {};
    BOOST_TEST(recv(channel[0], header, sizeof header, 0) == ssize_t{sizeof header});
    BOOST_TEST(header[0] == 2u);  // CONFIG_CHANGE_MSG
    BOOST_TEST(header[1] == 1u);
    BOOST_TEST(header[2] == 0u);
    // A front end that reads none of them is not waited for.
    bench.in_simulation([&] {
      for (unsigned i = 0; i < 100000; ++i) bench.device.config_changed();
    });
    session.exchange.run(10, session.random);
    BOOST_TEST(!session.front_end.ask(F::kSetBackendReqFd, F::Bytes{}, {session.memory.fd()}));
  });
}

SIM_TEST_CASE(status) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    F& front_end = session.front_end;
    BOOST_TEST(front_end.get(F::kGetStatus) == 0u);
    BOOST_TEST(front_end.ask(F::kSetStatus, std::uint64_t{1 | 2}));
    BOOST_TEST(front_end.ask(F::kSetStatus, std::uint64_t{1 | 2 | 8}));
    BOOST_TEST(front_end.get(F::kGetStatus) == 11u);
    session.exchange.start();
    BOOST_TEST(front_end.ask(F::kSetStatus, std::uint64_t{1 | 2 | 8 | 4}));
    session.exchange.run(10, session.random);
    BOOST_TEST(front_end.get(F::kGetStatus) == 15u);
    // DEVICE_NEEDS_RESET, and what it is told by without a status.
    bench.in_simulation([&] { bench.device.needs_reset("the test says so"); });
    BOOST_TEST(front_end.get(F::kGetStatus) == 15u + 64);
    BOOST_TEST(F::wait_event(front_end.error_fd(0)));
    front_end.stop_queue(0);
    BOOST_TEST(front_end.ask(F::kSetStatus, std::uint64_t{0}));
    BOOST_TEST(front_end.get(F::kGetStatus) == 0u);
    // A new life with a new ring.
    session.exchange.ring =
        DriverQueue::make(session.memory, session.arena, session.exchange.ring->options());
    session.exchange.start();
    session.exchange.run(10, session.random);
  });
  BOOST_TEST(bench.device.starts == 2u);
}

SIM_TEST_CASE(without_status_a_broken_device_starts_anew_with_the_next_first_ring) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(5, session.random);
    bench.in_simulation([&] { bench.device.needs_reset("the test says so"); });
    const std::uint32_t base = session.front_end.stop_queue(0);
    session.front_end.start_queue(0, session.exchange.ring->place(), base);
    session.exchange.run(5, session.random);
  });
  BOOST_TEST(bench.device.starts == 2u);
}

SIM_TEST_CASE(unknown_requests_are_refused) {
  VhostBench bench;
  bench.run([&] {
    {
      VhostFrontEnd front_end(bench.path);
      front_end.negotiate(kVersion1);
      for (std::uint32_t request : {0u, 6u, 19u, 22u, 26u, 31u, 41u, 1000u, 0xffffffffu})
        BOOST_TEST(!front_end.ask(request, F::Bytes(8)));
      BOOST_TEST(front_end.get(F::kGetQueueNum) == 1u);
      // Without REPLY_ACK on the message, there is only one way to say so.
      front_end.send(1000);
      BOOST_TEST(front_end.dropped());
    }
    {
      VhostFrontEnd front_end(bench.path);
      front_end.send(F::kGetFeatures, {}, {}, 2);  // another version
      BOOST_TEST(front_end.dropped());
    }
    bench.check_serves();
  });
  BOOST_TEST(bench.back_end.front_ends.value() == 3u);
}

SIM_TEST_CASE(an_acknowledgement_has_to_be_negotiated) {
  VhostBench bench;
  bench.run([&] {
    VhostFrontEnd front_end(bench.path);
    front_end.send(F::kSetOwner, {}, {}, F::kVersion | F::kNeedReply);
    // The first thing that comes back is the answer to this one.
    BOOST_TEST((front_end.get(F::kGetFeatures) & F::kFeatureProtocol) != 0u);
  });
}
