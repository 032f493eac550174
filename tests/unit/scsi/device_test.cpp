// SPDX-License-Identifier: Apache-2.0
// The SCSI host as a driver sees it.
#include "unit/scsi/device_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;

SIM_TEST_CASE(configuration_and_features_are_the_references) {
  ScsiBench b;
  BOOST_TEST((b.device.device_features() == FeatureSet{kScsiHotplug, kScsiChange}));
  const Bytes expected{1, 0, 0,  0, 254, 0, 0,  0, 255, 255, 0, 0, 128, 0, 0,   0,  16, 0,
                       0, 0, 96, 0, 0,   0, 32, 0, 0,   0,   0, 0, 255, 0, 255, 63, 0,  0};
  Bytes config(36);
  b.access.read_config(0, config.data(), config.size());
  BOOST_TEST((config == expected));
  BOOST_TEST(b.device.num_queues() == 3u);
  BOOST_TEST(b.device.queue_setup(2).max_size == 256);
}

SIM_TEST_CASE(sense_and_cdb_size_are_the_drivers_and_reset_with_the_device) {
  ScsiBench b;
  b.run([&] {
    SPEC("scsi.device-configuration-layout.1");
    BOOST_TEST_REQUIRE(b.start());
    const std::uint32_t sense = 20, cdb = 16, other = 99;
    b.access.write_config(20, &sense, 4);
    b.access.write_config(24, &cdb, 4);
    b.access.write_config(0, &other, 4);
    Bytes config(36);
    b.access.read_config(0, config.data(), config.size());
    BOOST_TEST((config[0] == 1 && config[20] == 20 && config[24] == 16));
    b.cdb_size = 16;
    b.sense_size = 20;
    b.wake(0, 0);
    const auto read = b.send(b.lun(0, 0), {0x28, 0, 0, 0, 0, 0, 0, 0, 1}, {}, 512);
    BOOST_TEST(read.ok());
    BOOST_TEST(read.in.size() == 512u);
    const std::uint32_t huge = ~0u;
    b.access.write_config(20, &huge, 4);
    b.access.write_config(24, &huge, 4);
    b.access.read_config(0, config.data(), config.size());
    BOOST_TEST((config[20] == 20 && config[24] == 16 && config[23] == 0));
    b.driver.reset();
    b.access.read_config(0, config.data(), config.size());
    BOOST_TEST((config[20] == 96 && config[24] == 32));
  });
}

SIM_TEST_CASE(data_goes_out_and_comes_back) {
  ScsiBench b("queues: 2, ");
  b.run([&] {
    SPEC("scsi.device-operation-request-queues.1");
    SPEC("scsi.device-operation-request-queues.2");
    BOOST_TEST_REQUIRE(b.start());
    b.wake(0, 300);
    Bytes data(4 * 512);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
    const auto written = b.send(b.lun(0, 300), {0x2a, 0, 0, 0, 0, 9, 0, 0, 4}, data);
    BOOST_TEST(written.ok());
    BOOST_TEST(written.residual == 0u);
    BOOST_TEST(written.written == 108u);
    const auto read = b.send(b.lun(0, 300), {0x28, 0, 0, 0, 0, 9, 0, 0, 4}, {}, 2048, 3);
    BOOST_TEST(read.ok());
    BOOST_TEST((read.in == data));
    // More room than data: a residual; less: an overrun.
    BOOST_TEST(b.send(b.lun(0, 300), {0x12, 0, 0, 0, 36}, {}, 100).residual == 64u);
    const auto overrun = b.send(b.lun(0, 300), {0x28, 0, 0, 0, 0, 9, 0, 0, 4}, {}, 1000);
    BOOST_TEST(overrun.response == 1u);
    BOOST_TEST(overrun.residual == 1000u);
    const auto error = b.send(b.lun(0, 300), {0x28, 0, 0xff, 0, 0, 9, 0, 0, 4}, {}, 2048);
    BOOST_TEST(error.sensed(0x21));
    BOOST_TEST(error.residual == 2048u);
  });
}

SIM_TEST_CASE(what_is_not_there_says_so_in_its_own_way) {
  ScsiBench b;
  b.run([&] {
    SPEC("scsi.device-operation-request-queues.2");
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.send(b.lun(1, 0), {0x12, 0, 0, 0, 36}, {}, 36).response == 3u);
    BOOST_TEST(b.send({1, 0, 0x80, 0, 0, 0, 0, 0}, {0}).response == 3u);
    BOOST_TEST(b.send({2, 0, 0x40, 0, 0, 0, 0, 0}, {0}).response == 3u);
    BOOST_TEST(b.send({1, 0, 0x40, 0, 0, 1, 0, 0}, {0}).response == 3u);
    // A LUN that is missing on a target that is there.
    BOOST_TEST(b.send(b.lun(0, 5), {0}).sensed(0x25));
    BOOST_TEST(b.send(b.lun(0, 5), {0x12, 0, 0, 0, 36}, {}, 36).in[0] == 0x7f);
    const Bytes luns = b.send(b.lun(0, 5), {0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, {}, 256).in;
    BOOST_TEST_REQUIRE(luns.size() == 24u);
    BOOST_TEST((luns[9] == 0 && luns[16] == 0x41 && luns[17] == 44));
    // The well-known unit.
    const Bytes known{0xc1, 1, 0, 0, 0, 0, 0, 0};
    BOOST_TEST(b.send(known, {0}).ok());
    BOOST_TEST(b.send(known, {0x12, 0, 0, 0, 36}, {}, 36).in[0] == 0x1e);
    BOOST_TEST(b.send(known, {0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, {}, 256).in.size() == 16u);
    BOOST_TEST(b.send(known, {0x28}).sensed(0x20));
  });
}

static void send_both_ways(const std::string& params, unsigned response) {
  ScsiBench b(params);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.wake(0, 0);
    const auto answer = b.send(b.lun(0, 0), {0x12, 0, 0, 0, 36}, Bytes(8), 36);
    BOOST_TEST(answer.response == response);
  });
}

SIM_TEST_CASE(data_both_ways_fails_without_its_feature) {
  send_both_ways("", 9);
}

SIM_TEST_CASE(data_both_ways_is_taken_with_its_feature) {
  send_both_ways("inout: true, ", 0);
}

SIM_TEST_CASE(task_management_answers) {
  ScsiBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.wake(0, 0);
    for (unsigned function : {0u, 1u, 3u, 6u, 7u})
      BOOST_TEST(b.manage(function, b.lun(0, 0), 7) == 0);
    BOOST_TEST(b.manage(2, b.lun(0, 0)) == 11);  // there is no ACA
    BOOST_TEST(b.manage(9, b.lun(0, 0)) == 11);
    BOOST_TEST(b.manage(5, b.lun(1, 0)) == 3);
    BOOST_TEST(b.manage(5, b.lun(0, 5)) == 12);
    BOOST_TEST(b.send(b.lun(0, 0), {0}).ok());
    BOOST_TEST(b.manage(5, b.lun(0, 0)) == 0);
    BOOST_TEST(b.send(b.lun(0, 0), {0}).sensed(0x29));
    BOOST_TEST(b.send(b.lun(0, 0), {0}).ok());
    BOOST_TEST(b.manage(4, b.lun(0, 77)) == 0);  // the nexus: its LUN does not matter
    BOOST_TEST(b.send(b.lun(0, 0), {0}).sensed(0x29));
    BOOST_TEST(b.control(Bytes(10), 1) == Bytes{9});
    BOOST_TEST((b.control({5, 0, 0, 0}, 1) == Bytes{9}));
  });
}

SIM_TEST_CASE(a_command_that_is_aborted_ends_before_the_function_does) {
  ScsiBench b;
  b.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.wake(0, 0);
    // A long read, and while it is on its way a function for it.
    const Bytes request = b.head(b.lun(0, 0), {0x28, 0, 0, 0, 0, 0, 0, 7, 0xff}, 1234);
    const std::uint32_t reply = 108 + 0x7ff * 512;
    const std::uint64_t to = b.arena.take(request.size(), 16), from = b.arena.take(reply, 16);
    b.memory.write(to, request.data(), request.size());
    b.driver.queue(2).add({{to, static_cast<std::uint32_t>(request.size())}}, {{from, reply}}, 0,
                          Form::Direct);
    b.driver.submit(2);
    sc_core::wait(sc_core::sc_time(1.3, sc_core::SC_US));
    BOOST_TEST(!b.driver.queue(2).used_waiting());
    BOOST_TEST(b.manage(6, b.lun(0, 0), 1234) == 10);  // QUERY TASK: it is there
    BOOST_TEST(!b.driver.queue(2).used_waiting());
    BOOST_TEST(b.manage(0, b.lun(0, 0), 1234) == 0);
    BOOST_TEST_REQUIRE(b.driver.queue(2).used_waiting());
    std::uint8_t response = 0;
    b.memory.read(from + 11, &response, 1);
    BOOST_TEST(response == 2);
    BOOST_TEST(b.manage(6, b.lun(0, 0), 1234) == 0);
  });
}

SIM_TEST_CASE(units_come_and_go) {
  ScsiBench b;
  b.run([&] {
    SPEC("scsi.device-operation-eventq.1");
    BOOST_TEST_REQUIRE(b.start());
    b.wake(2, 0);
    b.offer_event_buffers(8);
    BOOST_TEST(b.send(b.lun(2, 1), {0}).sensed(0x25));
    auto& late = b.unit<scsi::Disk>("late");
    late.plug(true);
    auto events = b.events();
    BOOST_TEST_REQUIRE(events.size() == 1u);
    BOOST_TEST((events[0].event == 1 && events[0].reason == 1 && events[0].lun == b.lun(2, 1)));
    BOOST_TEST(b.send(b.lun(2, 0), {0}).sensed(0x3f));  // reported LUNs have changed
    b.wake(2, 1);
    BOOST_CHECK_THROW(late.plug(true), CommandError);
    late.plug(false);
    events = b.events();
    BOOST_TEST_REQUIRE(events.size() == 1u);
    BOOST_TEST((events[0].event == 1 && events[0].reason == 2));
    BOOST_TEST(b.send(b.lun(2, 1), {0}).sensed(0x25));
  });
}

SIM_TEST_CASE(without_the_features_there_are_no_such_events) {
  ScsiBench b("hotplug: false, param_change: false, ");
  b.run([&] {
    SPEC("scsi.device-operation-eventq.2");
    BOOST_TEST_REQUIRE(b.start());
    b.offer_event_buffers(4);
    b.unit<scsi::Disk>("late").plug(true);
    b.unit<scsi::Disk>("root").resize(Size{4 << 20});
    BOOST_TEST(b.events().empty());
  });
}

SIM_TEST_CASE(a_changed_capacity_is_an_event_and_an_attention) {
  ScsiBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.wake(0, 0);
    b.offer_event_buffers(4);
    b.unit<scsi::Disk>("root").resize(Size{4 << 20});
    const auto events = b.events();
    BOOST_TEST_REQUIRE(events.size() == 1u);
    BOOST_TEST(
        (events[0].event == 3 && events[0].reason == 0x092a && events[0].lun == b.lun(0, 0)));
    BOOST_TEST(b.send(b.lun(0, 0), {0}).sensed(0x2a));
  });
}

SIM_TEST_CASE(media_changes_are_told_to_who_asked) {
  ScsiBench b;
  b.run([&] {
    SPEC("scsi.device-operation-eventq.3");
    BOOST_TEST_REQUIRE(b.start());
    b.offer_event_buffers(8);
    BOOST_TEST((b.async(1, b.lun(2, 0), ~0u) == std::pair<std::uint32_t, int>{24, 0}));
    BOOST_TEST((b.async(1, b.lun(0, 0), ~0u) == std::pair<std::uint32_t, int>{0, 0}));
    BOOST_TEST(b.async(1, b.lun(9, 0), 16).second == 3);
    BOOST_TEST(b.async(2, b.lun(2, 9), 16).second == 12);
    auto& cd = b.unit<scsi::Cd>("cd");
    cd.eject(true);
    BOOST_TEST(b.events().empty());
    BOOST_TEST((b.async(2, b.lun(2, 0), 16) == std::pair<std::uint32_t, int>{16, 0}));
    cd.insert();
    const auto events = b.events();
    BOOST_TEST_REQUIRE(events.size() == 1u);
    BOOST_TEST((events[0].event == 2 && events[0].reason == 16 && events[0].lun == b.lun(2, 0)));
  });
}

SIM_TEST_CASE(lost_events_are_said_to_be_missed) {
  ScsiBench b;
  b.run([&] {
    SPEC("scsi.device-operation-eventq.1");
    BOOST_TEST_REQUIRE(b.start());
    auto& late = b.unit<scsi::Disk>("late");
    late.plug(true);
    settle();
    late.plug(false);
    settle();
    BOOST_TEST(b.device.events_lost.value() == 2u);
    b.offer_event_buffers(4);
    auto events = b.events();
    BOOST_TEST_REQUIRE(events.size() == 1u);
    BOOST_TEST(events[0].event == 0x80000000u);
    late.plug(true);
    BOOST_TEST(b.events().at(0).event == 1u);
  });
}

SIM_TEST_CASE(a_buffer_too_short_for_an_event_is_given_back) {
  ScsiBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.offer_event_buffers(1, 8);
    b.unit<scsi::Disk>("late").plug(true);
    const auto events = b.events();
    BOOST_TEST_REQUIRE(events.size() == 1u);
    BOOST_TEST(events[0].event == 0x80000000u);
  });
}

void check_error(const std::string& params, const std::string& expected) {
  Registry registry;
  register_scsi(registry);
  Platform platform(registry);
  platform.build(Node::parse(
      "children:\n  d: {type: holder, device: {type: virtio-scsi, " + params + "}}\n", "two.yaml"));
  BOOST_TEST_REQUIRE(platform.diagnostics().failed());
  BOOST_TEST(platform.diagnostics().all()[0].message.find(expected) != std::string::npos);
}

SIM_TEST_CASE(units_need_places_of_their_own) {
  check_error("luns: {a: {type: scsi-cd}, b: {type: scsi-cd}}", "is target 0, LUN 0, and so is");
}

SIM_TEST_CASE(units_have_to_be_where_a_driver_looks) {
  check_error("max_target: 2, luns: {a: {type: scsi-cd, target: 3}}",
              "is target 3, which no driver finds");
}

SIM_TEST_CASE(the_last_target_is_the_configurations) {
  ScsiBench b("max_target: 5, ");
  std::uint16_t last = 0;
  b.access.read_config(30, &last, 2);
  BOOST_TEST(last == 5);
}

namespace {

/// A disk of type 1, and requests with 8 bytes of protection information.
struct PiBench : ScsiBench {
  explicit PiBench(const std::string& layout)
      : ScsiBench("t10_pi: " + layout + ", ",
                  "luns: {root: {type: scsi-disk, backend: {type: memory, size: 1MiB}, "
                  "protection: type1, tags: {type: memory, size: 16KiB}}}"),
        lengths_first(layout == "linux") {}

  /// Sends a command; `pi_in` bytes of the answer's data come from the protection information.
  Answer send_pi(const Bytes& cdb, const Bytes& pi_out, std::uint32_t pi_in, const Bytes& out,
                 std::uint32_t room) {
    Bytes lengths(8);
    virtio::put_le32(&lengths[0], static_cast<std::uint32_t>(pi_out.size()));
    virtio::put_le32(&lengths[4], pi_in);
    return send_raw(cdb, lengths, pi_out, pi_in, out, room);
  }
  Answer send_raw(const Bytes& cdb, const Bytes& lengths, const Bytes& pi_out, std::uint32_t pi_in,
                  const Bytes& out, std::uint32_t room) {
    Bytes request = head(lun(0, 0), cdb, 7);
    request.insert(lengths_first ? request.begin() + 19 : request.end(), lengths.begin(),
                   lengths.end());
    request.insert(request.end(), pi_out.begin(), pi_out.end());
    request.insert(request.end(), out.begin(), out.end());
    return exchange(request, pi_in + room);
  }
  bool lengths_first;
};

void check_pi(const std::string& layout) {
  PiBench b(layout);
  b.run([&] {
    BOOST_TEST(b.device.device_features().has(kScsiT10Pi));
    BOOST_TEST_REQUIRE(b.start());
    BOOST_TEST(b.send_pi({0}, {}, 0, {}, 0).sensed(0x29));
    const Bytes data(512, 0x5a);
    Bytes tuple(8);
    scsi::make_tuple(tuple.data(), scsi::guard_of(data.data(), 512), 4);
    BOOST_TEST(b.send_pi({0x2a, 0x20, 0, 0, 0, 4, 0, 0, 1}, tuple, 0, data, 0).ok());
    const auto read = b.send_pi({0x28, 0x20, 0, 0, 0, 4, 0, 0, 1}, {}, 8, {}, 512);
    BOOST_TEST(read.ok());
    Bytes expected = tuple;
    expected.insert(expected.end(), data.begin(), data.end());
    BOOST_TEST((read.in == expected));
    BOOST_TEST(read.residual == 0u);
    tuple[0] ^= 1;
    BOOST_TEST(b.send_pi({0x2a, 0x20, 0, 0, 0, 4, 0, 0, 1}, tuple, 0, data, 0).sensed(0x10));
    // Commands without it go on as they were.
    const auto plain = b.send_pi({0x28, 0, 0, 0, 0, 4, 0, 0, 1}, {}, 0, {}, 512);
    BOOST_TEST((plain.ok() && plain.in == data));
    // Room for it that is not used is given back as zeroes.
    const auto unused = b.send_pi({0x28, 0, 0, 0, 0, 4, 0, 0, 1}, {}, 8, {}, 512);
    BOOST_TEST((unused.ok() && unused.in.size() == 520u && unused.in[0] == 0));
    // Lengths beyond the request.
    for (const std::size_t at : {0u, 4u}) {
      Bytes lengths(8);
      virtio::put_le32(&lengths[at], 0x7fffffff);
      const auto bad = b.send_raw({0x28, 0, 0, 0, 0, 4, 0, 0, 1}, lengths, {}, 0, {}, 512);
      BOOST_TEST((bad.came && bad.response == 9));
    }
  });
}

}  // namespace

SIM_TEST_CASE(protection_information_as_the_specification_has_it) {
  check_pi("specification");
}
SIM_TEST_CASE(protection_information_as_linux_has_it) {
  check_pi("linux");
}
