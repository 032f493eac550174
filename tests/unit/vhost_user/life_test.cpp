// SPDX-License-Identifier: Apache-2.0
// Front ends come and go.
#include <fstream>

#include "backend/plugin_types.h"
#include "unit/vhost_user/vhost_bench.h"
#include "virtio/device/net.h"

using namespace ringside;
using namespace ringside::test;
using F = VhostFrontEnd;

SIM_TEST_CASE(front_ends_follow_each_other) {
  VhostBench bench;
  bench.run([&] {
    for (unsigned i = 0; i < 20; ++i) bench.check_serves();
  });
  BOOST_TEST(bench.back_end.front_ends.value() == 20u);
  BOOST_TEST(bench.device.queue(0).requests.value() == 400u);
  BOOST_TEST(bench.device.starts == 20u);
}

SIM_TEST_CASE(one_that_leaves_with_requests_out) {
  VhostBench bench;
  bench.device.order = Loopback::Order::Later;
  bench.run([&] {
    for (unsigned i = 0; i < 20; ++i) {
      Session session(bench);
      session.exchange.start();
      for (unsigned k = 0; k < 3; ++k) session.exchange.send_one();
    }
    bench.check_serves();
  });
}

SIM_TEST_CASE(one_that_leaves_while_its_ring_is_being_stopped) {
  VhostBench bench;
  virtio::ChainPtr held;
  bench.device.instead = [&](unsigned queue) {
    if (!held) held = bench.device.hold(queue);
    return true;
  };
  bench.run([&] {
    {
      Session session(bench);
      session.exchange.start();
      session.exchange.send_one();
      bool out = false;
      for (int tries = 0; tries < 1000 && !out; ++tries) {
        bench.in_simulation([&] { out = held != nullptr; });
        usleep(1000);
      }
      session.front_end.send(F::kGetVringBase, F::bytes_of(F::State{0, 0}));
      usleep(20000);
    }
    bench.in_simulation([&] { bench.device.instead = nullptr; });
    bench.check_serves();
    bench.in_simulation([&] {
      BOOST_TEST((held && !held->alive()));
      held.reset();
    });
  });
}

SIM_TEST_CASE(a_second_one_waits_for_the_first_to_leave) {
  VhostBench bench;
  bench.run([&] {
    auto first = std::make_unique<Session>(bench);
    VhostFrontEnd second(bench.path);
    second.send(F::kGetFeatures);
    first->exchange.start();
    first->exchange.run(20, first->random);
    BOOST_TEST(!second.reply_waits(50));
    first.reset();
    BOOST_TEST((second.receive_u64(F::kGetFeatures) & F::kFeatureProtocol) != 0u);
  });
}

SIM_TEST_CASE(the_run_may_end_with_the_front_end) {
  VhostBench bench("", ", status: true, once: true");
  std::thread front_end([&] { bench.check_serves(); });
  bench.sim.platform.run();
  front_end.join();
  bench.sim.platform.finish();
  BOOST_TEST(bench.sim.platform.stop_reason().text == "the front end has gone");
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == 0);
  BOOST_TEST(access(bench.path.c_str(), F_OK) != 0);  // nothing is left of the socket
}

SIM_TEST_CASE(it_can_be_the_one_that_connects) {
  VhostBench bench("", ", status: true, mode: connect, retry: 10ms");
  bench.run([&] {
    usleep(50000);  // nobody is there at first
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, bench.path.c_str(), sizeof name.sun_path - 1);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    BOOST_TEST_REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    BOOST_TEST_REQUIRE(listen(listener, 1) == 0);
    for (unsigned i = 0; i < 3; ++i) {
      pollfd waits{listener, POLLIN, 0};
      BOOST_TEST_REQUIRE(poll(&waits, 1, 5000) == 1);
      VhostFrontEnd front_end(accept(listener, nullptr, nullptr));
      front_end.negotiate(kVersion1);
      BOOST_TEST(front_end.get(F::kGetQueueNum) == 1u);
    }
    close(listener);
  });
}

SIM_TEST_CASE(a_reset_of_the_machine_drops_the_front_end) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(5, session.random);
    bench.in_simulation([&] { bench.sim.platform.request_reset(); });
    BOOST_TEST(session.front_end.dropped());
    bench.check_serves();
  });
}

SIM_TEST_CASE(a_socket_that_cannot_be_opened_ends_the_run_with_the_reason) {
  Sim sim("children:\n  v: {type: vhost-user, socket: /nowhere/at/all, device: {type: loopback}}\n",
          register_vhost);
  sim.platform.run();
  BOOST_TEST(sim.platform.stop_reason().exit_code == 1);
  BOOST_TEST(sim.platform.stop_reason().text.find("/nowhere/at/all") != std::string::npos);
  sim.platform.finish();
}

SIM_TEST_CASE(features_that_no_front_end_passes_on_are_mistakes) {
  const std::vector<std::string> features{"access_platform", "notification_data",
                                          "notif_config_data", "suspend", "admin_queue"};
  Registry registry;
  register_vhost(registry);
  Platform platform(registry);
  std::string yaml = "children:\n  v: {type: vhost-user, socket: s, device: {type: loopback";
  for (const std::string& feature : features) yaml += ", " + feature + ": true";
  BOOST_TEST(!platform.build(Node::parse(yaml + "}}\n", "test.yaml")));
  const std::string findings = platform.diagnostics().str();
  for (const std::string& feature : features)
    BOOST_TEST(findings.find("'" + feature + "'") != std::string::npos, findings);
}

SIM_TEST_CASE(a_driver_that_begins_anew_finds_a_new_device) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(5, session.random);
    const std::uint32_t base = session.front_end.stop_queue(0);
    session.front_end.start_queue(0, session.exchange.ring->place(), base);  // the same life
    session.exchange.run(5, session.random);
    bench.in_simulation([&] { BOOST_TEST(bench.device.starts == 1u); });
    session.front_end.stop_queue(0);
    session.exchange.ring =
        DriverQueue::make(session.memory, session.arena, session.exchange.ring->options());
    session.exchange.start();
    session.exchange.run(5, session.random);
    bench.in_simulation([&] { BOOST_TEST(bench.device.starts == 2u); });
  });
}

SIM_TEST_CASE(positions_outlive_a_reset_by_status) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    session.exchange.run(9, session.random);
    BOOST_TEST(session.front_end.ask(F::kSetStatus, std::uint64_t{0}));
    const std::uint32_t base = session.front_end.stop_queue(0);
    BOOST_TEST(base == 9u);
    session.front_end.start_queue(0, session.exchange.ring->place(), base);
    session.exchange.run(9, session.random);
  });
}

SIM_TEST_CASE(a_ring_whose_call_changes_asks_its_driver_to_look) {
  VhostBench bench;
  bench.run([&] {
    Session session(bench);
    session.exchange.start();
    F::wait_event(session.front_end.call_fd(0), 50);
    // The interrupt for this one goes where nobody looks, as QEMU does while it masks interrupts.
    BOOST_TEST(
        session.front_end.ask(F::kSetVringCall, std::uint64_t{0}, {session.front_end.call_fd(7)}));
    session.exchange.send_one();
    for (int tries = 0; tries < 5000 && !session.exchange.ring->used_waiting(); ++tries)
      usleep(1000);
    BOOST_TEST(!F::wait_event(session.front_end.call_fd(0), 50));
    BOOST_TEST(
        session.front_end.ask(F::kSetVringCall, std::uint64_t{0}, {session.front_end.call_fd(0)}));
    BOOST_TEST(F::wait_event(session.front_end.call_fd(0)));
  });
}

SIM_TEST_CASE(status_is_offered_when_asked_for) {
  VhostBench bench("", ", status: false");
  bench.run([&] {
    VhostFrontEnd front_end(bench.path);
    BOOST_TEST(front_end.get(F::kGetProtocolFeatures) == (F::kAllProtocol & ~(1ull << 16)));
  });
}

SIM_TEST_CASE(a_recording_is_a_log_of_the_session) {
  VhostBench bench;
  const std::string file = bench.folder.path + "/recording";
  bench.sim.platform.host().record(file);
  bench.run([&] { bench.check_serves(); });
  std::ifstream recording(file);
  std::string line;
  unsigned lines = 0;
  while (std::getline(recording, line)) lines += line.find(" v:front_end ") != std::string::npos;
  BOOST_TEST(lines > 10u);
  unlink(file.c_str());
}

SIM_TEST_CASE(a_recording_cannot_be_replayed) {
  VhostBench bench;
  const std::string file = bench.folder.path + "/recording";
  {
    std::ofstream recording(file);
    // A request, a kick of a queue that there is not, and something else.
    recording << "ringside host input, 1 unit = 1 ps\n"
              << "1000 v:front_end 00\n1000 v:front_end 01\n1000 v:front_end 02ffff\n"
              << "1000 v:front_end ff\n2000000000 end \n";
  }
  bench.sim.platform.host().replay(file);
  bench.sim.platform.run();
  bench.sim.platform.finish();
  BOOST_TEST(bench.sim.platform.stop_reason().exit_code == 1);
  BOOST_TEST(bench.sim.platform.stop_reason().text.find("replay") != std::string::npos);
  unlink(file.c_str());
}

SIM_TEST_CASE(a_network_card_has_no_control_queue_here) {
  const Folder folder;
  Sim sim("children:\n  v: {type: vhost-user, socket: " + folder.path +
              "/socket, device: {type: virtio-net, pairs: 4, backend: {type: hub, network: x}}}\n",
          [](Registry& registry) {
            vhost::register_types(registry);
            backend::register_types(registry);
            registry.add<virtio::VirtioDevice, virtio::Net>("virtio-net", "network device");
          });
  std::thread steps([&] {
    VhostFrontEnd front_end(folder.path + "/socket");
    const std::uint64_t offered = front_end.get(F::kGetFeatures);
    for (unsigned bit : {2, 17, 18, 19, 20, 21, 22, 23, 50, 51, 52, 53, 57, 60})
      BOOST_TEST((offered >> bit & 1) == 0u, bit);
    for (unsigned bit : {0, 1, 15, 28, 29, 30, 32}) BOOST_TEST((offered >> bit & 1) == 1u, bit);
    BOOST_TEST(front_end.get(F::kGetQueueNum) == 1u);
    sim.platform.host().call([&] { sim.platform.request_stop(0, "done"); });
  });
  sim.platform.run();
  steps.join();
  sim.platform.finish();
}
