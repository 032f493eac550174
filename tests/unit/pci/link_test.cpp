// SPDX-License-Identifier: Apache-2.0
#include "pci/link.h"

#include "pci/switch.h"
#include "support/pci.h"
#include "support/steps.h"

using namespace ringside;
using namespace ringside::pci;
using ringside::test::Guest;
using ringside::test::pci_platform;
using ringside::test::TestFunction;

namespace {

using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::sc_time_stamp;

void register_models(Registry& registry) {
  test::register_pci_models(registry);
  registry.add<PciFunction, PciSwitch>("pci-switch", "switch");
  registry.add<PciFunction, PciSwitchPort>("pci-switch-port", "port of a switch");
  registry.add<Link, Link>("pcie-link", "link");
}

constexpr const char* kTimed = "accuracy: timed\n";

/// Generation 1, one lane: 4 ns for a byte, no room for doubt. No Acks.
const std::string kSlow =
    "{type: pcie-link, generation: 1, lanes: 1, latency: 100ns, packets_per_ack: 0}";

/// Two functions on the root bus: one with a link of its own, one without.
struct Bench {
  explicit Bench(const std::string& link, const std::string& machine = kTimed)
      : sim(pci_platform("          card: {type: test-function, slot: 3, link: " + link +
                             "}\n          near: {type: test-function, slot: 4}\n",
                         "", machine),
            register_models),
        card(sim.model<TestFunction>("bus.pci.card")),
        near(sim.model<TestFunction>("bus.pci.near")),
        messages(sim.model<test::FakeMessages>("bus.messages")),
        wires(sim.model<test::FakeWires>("wires")),
        guest(sim) {
    sim.run(sc_time(1, SC_NS));
    for (unsigned device : {3u, 4u}) {
      guest.put32(Guest::place(0, device) + kBar0 + 4, device << 20 | 0x40000000);
      guest.put32(Guest::place(0, device) + kBar0 + 16, device << 20 | 0x40010000);
      guest.put16(Guest::place(0, device) + kCommand, kIoEnable | kMemoryEnable | kBusMaster);
    }
  }
  void run(const std::function<void()>& steps) {
    // What the set-up sent is over.
    test::run_steps(
        sim, [&] { sc_core::wait(sc_time(1, sc_core::SC_MS)), steps(); },
        sc_time(2, sc_core::SC_MS));
  }
  template <typename F>
  static sc_time timed(F access) {
    const sc_time before = sc_time_stamp();
    access();
    return sc_time_stamp() - before;
  }

  test::Sim sim;
  TestFunction& card;
  TestFunction& near;
  test::FakeMessages& messages;
  test::FakeWires& wires;
  Guest guest;
};

constexpr unsigned kRequest = 8 + 12;  // bytes of a packet without data: 4 ns each
constexpr unsigned kCompletion = 8 + 12;

sc_time wire(unsigned bytes) {
  return sc_time(4.0 * bytes, SC_NS);
}
const sc_time kLatency(100, SC_NS);

}  // namespace

SIM_TEST_CASE(a_read_takes_the_way_there_the_memory_and_the_way_back) {
  Bench b(kSlow);
  b.run([&] {
    std::uint32_t word = 0;
    const auto read = [&](TestFunction& who) {
      return Bench::timed([&] { who.dma().read(Guest::kRam, &word, 4, {}); });
    };
    BOOST_TEST(read(b.card) - read(b.near) ==
               wire(kRequest) + wire(kCompletion + 4) + 2 * kLatency);
  });
}

SIM_TEST_CASE(a_long_read_is_divided_and_its_parts_overlap) {
  Bench b(kSlow);
  b.run([&] {
    std::vector<std::uint8_t> data(4096);
    const auto& link = b.sim.model<Link>("bus.pci.card.link");
    b.sim.platform.refresh_statistics();
    const std::uint64_t before = link.payload_down.value();
    const sc_time took =
        Bench::timed([&] { b.card.dma().read(Guest::kRam, data.data(), data.size(), {}); });
    // Eight requests; what counts is the wire of the completions, two for each.
    const sc_time completions = wire(4096 + 16 * kCompletion);
    BOOST_TEST(took > completions);
    BOOST_TEST(took < completions + wire(kRequest) + 2 * kLatency + sc_time(200, SC_NS));
    b.sim.platform.refresh_statistics();
    BOOST_TEST(link.payload_down.value() - before == 4096u);
    BOOST_TEST(link.packets_up.value() >= 8u);
  });
}

SIM_TEST_CASE(a_function_knows_how_long_memory_was_at_its_accesses) {
  Bench b(kSlow);
  b.run([&] {
    // Memory of 60 ns and 12.8 bytes a nanosecond.
    std::vector<std::uint8_t> data(4096);
    const auto memory_time = [&](TestFunction& who, auto access) {
      const std::uint64_t before = who.memory_time.value();
      access(who.dma());
      return sc_time::from_value(who.memory_time.value() - before);
    };
    const auto read = [&](DmaInterface& dma) {
      dma.read(Guest::kRam, data.data(), data.size(), {});
    };
    const auto write = [&](DmaInterface& dma) { dma.write(Guest::kRam, data.data(), 1280, {}); };
    BOOST_TEST(memory_time(b.near, read) == sc_time(60 + 320, SC_NS));
    BOOST_TEST(memory_time(b.card, read) == sc_time(8 * (60 + 40), SC_NS), "in parts of 512 bytes");
    BOOST_TEST(memory_time(b.near, write) == sc_time(60 + 100, SC_NS));
  });
}

SIM_TEST_CASE(one_tag_makes_reads_wait_for_each_other) {
  Bench b(
      "{type: pcie-link, generation: 1, lanes: 1, latency: 100ns, packets_per_ack: 0, tags: 1}");
  b.run([&] {
    std::vector<std::uint8_t> data(2048);
    const auto read = [&](std::size_t bytes) {
      return Bench::timed([&] { b.card.dma().read(Guest::kRam, data.data(), bytes, {}); });
    };
    const sc_time one = read(512);
    BOOST_TEST(read(2048) == 4 * one);
  });
}

SIM_TEST_CASE(a_write_is_off_the_functions_hands_when_it_is_sent) {
  Bench b(kSlow);
  b.run([&] {
    std::uint8_t data[256] = {1};
    const sc_time took =
        Bench::timed([&] { b.card.dma().write(Guest::kRam, data, sizeof data, {}); });
    BOOST_TEST(took == wire(kRequest + 256));
  });
}

SIM_TEST_CASE(who_does_not_wait_for_writes_reads_as_late_as_who_does) {
  Bench b(kSlow);
  b.run([&] {
    std::uint8_t data[64] = {1};
    std::uint32_t word = 0;
    const DmaSegment segment{Guest::kRam, reinterpret_cast<std::uint8_t*>(&word), 4};
    for (TestFunction* who : {&b.card, &b.near}) {
      DmaInterface& dma = who->dma();
      const sc_time waits = Bench::timed([&] {
        dma.write(Guest::kRam, data, 64, {});
        dma.write(Guest::kRam + 64, data, 4, {});
        dma.read(Guest::kRam, &word, 4, {});
      });
      sc_time delay;
      const sc_time sends = Bench::timed([&] {
        dma.send(Guest::kRam, data, 64, {}, delay);
        dma.send(Guest::kRam + 64, data, 4, {}, delay);
      });
      BOOST_TEST(sends == sc_core::SC_ZERO_TIME);
      if (who == &b.card) BOOST_TEST(delay == wire(2 * kRequest + 64 + 4));
      const sc_time reads = Bench::timed([&] { dma.read_after(delay, &segment, 1, {}, 1); });
      BOOST_TEST(reads == waits);
    }
  });
}

SIM_TEST_CASE(accesses_of_a_list_follow_each_other_without_waiting) {
  Bench b(kSlow);
  b.run([&] {
    std::uint8_t data[4][64];
    DmaSegment list[4];
    for (unsigned i = 0; i < 4; ++i) list[i] = {Guest::kRam + 8192 * i, data[i], 64};
    const auto read = [&](unsigned count, unsigned outstanding) {
      return Bench::timed([&] { b.card.dma().read_all(list, count, {}, outstanding); });
    };
    const sc_time one = read(1, 1);
    BOOST_TEST(read(4, 1) == 4 * one);
    BOOST_TEST(read(4, 2) < 3 * one);
    // All at once: the completions' wire, and the rest of one.
    BOOST_TEST(read(4, 4) < one + 3 * wire(kCompletion + 64) + sc_time(1, SC_NS));
  });
}

SIM_TEST_CASE(an_interrupt_arrives_behind_the_data_that_were_written_before_it) {
  Bench b(kSlow);
  b.guest.put16(Guest::place(0, 3) + b.guest.capability(Guest::place(0, 3), kMsiX) + 2, 0x8000);
  b.guest.put32(0x40310000, Guest::kMessages);
  b.guest.put32(0x40310008, 77);
  b.guest.put32(0x4031000c, 0);
  b.run([&] {
    std::uint8_t data[256] = {};
    b.card.dma().write(Guest::kRam, data, sizeof data, {});
    b.card.raise_msix(0);
    BOOST_TEST(b.messages.messages.empty(), "still on its way");
    sc_core::wait(wire(kRequest + 4) + kLatency - sc_time(1, SC_NS));
    BOOST_TEST(b.messages.messages.empty(), "nearly there");
    sc_core::wait(sc_time(2, SC_NS));
    BOOST_REQUIRE(b.messages.messages.size() == 1u);
    BOOST_TEST(b.messages.messages[0].data == 77u);
    BOOST_TEST((b.messages.messages[0].tag.step == Step::Interrupt));
  });
}

SIM_TEST_CASE(a_pin_is_a_message_too) {
  Bench b(kSlow);
  b.run([&] {
    b.card.set_intx(true);
    b.near.set_intx(true);
    BOOST_TEST(b.wires.rises[32 + 3] == 0u);
    BOOST_TEST(b.wires.rises[32 + 0] == 1u, "no link, no time");
    sc_core::wait(wire(kRequest + 4) + kLatency + sc_time(1, SC_NS));
    BOOST_TEST(b.wires.rises[32 + 3] == 1u);
    b.card.set_intx(false);
    b.sim.platform.request_reset();
    sc_core::wait(sc_time(1, sc_core::SC_US));
    BOOST_TEST(!b.wires.levels[32 + 3], "a reset loses no level");
  });
}

SIM_TEST_CASE(a_processors_read_waits_and_its_write_does_not) {
  Bench b(kSlow);
  b.run([&] {
    const auto took = [&](auto access) {
      access();
      sc_core::wait(sc_time(10, sc_core::SC_US));
      return b.guest.cpu.delay;
    };
    const sc_time read_near = took([&] { b.guest.get32(0x40400000); });
    const sc_time read = took([&] { b.guest.get32(0x40300000); });
    BOOST_TEST(read - read_near == wire(kRequest) + wire(kCompletion + 4) + 2 * kLatency);
    const sc_time write_near = took([&] { b.guest.put32(0x40400000, 1); });
    const sc_time write = took([&] { b.guest.put32(0x40300000, 1); });
    BOOST_TEST(write - write_near == wire(kRequest + 4), "posted");
    const sc_time config = took([&] { b.guest.put32(Guest::place(0, 3) + kCommand, 7); });
    BOOST_TEST(config > wire(kRequest + 4) + wire(kCompletion) + 2 * kLatency, "not posted");
  });
}

SIM_TEST_CASE(functional_accesses_take_no_time) {
  Bench b(kSlow, "");
  b.run([&] {
    std::vector<std::uint8_t> data(4096);
    BOOST_TEST(Bench::timed([&] {
                 b.card.dma().read(Guest::kRam, data.data(), data.size(), {});
               }) == sc_core::SC_ZERO_TIME);
    b.card.set_intx(true);
    BOOST_TEST(b.wires.rises[32 + 3] == 1u);
    b.sim.platform.refresh_statistics();
    BOOST_TEST(b.sim.model<Link>("bus.pci.card.link").packets_up.value() == 0u);
  });
}

SIM_TEST_CASE(a_read_of_nothing_is_answered_without_data) {
  Bench b(kSlow);
  b.run([&] {
    std::uint32_t word = 0;
    BOOST_TEST((b.card.dma().read(0x1000, &word, 4, {}) == DmaStatus::AddressError));
    std::uint8_t data[4096] = {};
    BOOST_TEST((b.card.dma().write(0x1000, data, sizeof data, {}) == DmaStatus::AddressError));
  });
}

// ---- switches ---------------------------------------------------------------------------------

namespace {

/// root port (1) - switch (2, bus 2 inside) - ports (3, 4) - cards.
struct Tree {
  Tree()
      : sim(pci_platform("          root:\n"
                         "            type: pci-root-port\n"
                         "            slot: 1\n"
                         "            link: " +
                             kSlow +
                             "\n"
                             "            children:\n"
                             "              switch:\n"
                             "                type: pci-switch\n"
                             "                latency: 30ns\n"
                             "                children:\n"
                             "                  left: {type: pci-switch-port, link: " +
                             kFast +
                             ", children: {card: {type: test-function}}}\n"
                             "                  right: {type: pci-switch-port, link: " +
                             kFast + ", children: {card: {type: test-function}}}\n",
                         "", kTimed),
            register_models),
        left(sim.model<TestFunction>("bus.pci.root.switch.left.card")),
        right(sim.model<TestFunction>("bus.pci.root.switch.right.card")),
        guest(sim) {
    sim.run(sc_time(1, SC_NS));
    bridge(Guest::place(0, 1), 0, 1, 4, 0x4010, 0x4020);
    bridge(Guest::place(1, 0), 1, 2, 4, 0x4010, 0x4020);
    bridge(Guest::place(2, 0), 2, 3, 3, 0x4010, 0x4010);
    bridge(Guest::place(2, 1), 2, 4, 4, 0x4020, 0x4020);
    for (unsigned bus : {3u, 4u}) {
      guest.put32(Guest::place(bus, 0) + kBar0 + 4, (bus - 2) << 20 | 0x40000000);
      guest.put16(Guest::place(bus, 0) + kCommand, kMemoryEnable | kBusMaster);
    }
  }
  void bridge(std::uint64_t at, unsigned primary, unsigned secondary, unsigned last,
              std::uint16_t base, std::uint16_t limit) {
    guest.put32(at + kPrimaryBus, last << 16 | secondary << 8 | primary);
    guest.put16(at + kMemoryBase, base);
    guest.put16(at + kMemoryLimit, limit);
    guest.put16(at + kCommand, kMemoryEnable | kBusMaster);
  }
  static inline const std::string kFast =
      "{type: pcie-link, generation: 3, lanes: 16, latency: 50ns, packets_per_ack: 0}";

  test::Sim sim;
  TestFunction& left;
  TestFunction& right;
  Guest guest;
};

}  // namespace

SIM_TEST_CASE(a_switch_is_a_bridge_with_ports_that_are_bridges) {
  Tree t;
  const auto type = [&](std::uint64_t at) {
    return t.guest.get16(at + t.guest.capability(at, kExpress) + kExpressFlags) >> 4 & 0xf;
  };
  BOOST_TEST(type(Guest::place(0, 1)) == 4);
  BOOST_TEST(type(Guest::place(1, 0)) == 5);
  BOOST_TEST(type(Guest::place(2, 0)) == 6);
  BOOST_TEST(type(Guest::place(2, 1)) == 6);
  BOOST_TEST(type(Guest::place(3, 0)) == 0);
  BOOST_TEST(t.guest.get32(Guest::place(4, 0)) == 0x56781234u);
  t.guest.get32(0x40200010);
  BOOST_TEST(t.right.last.offset == 0x10u);
  BOOST_TEST(t.left.reads == 0u);
  BOOST_TEST(t.right.requester_id() == 0x0400);
}

SIM_TEST_CASE(ports_and_functions_show_the_rate_of_their_link) {
  Tree t;
  const auto status = [&](std::uint64_t at) {
    return t.guest.get16(at + t.guest.capability(at, kExpress) + kLinkStatus) & 0x3ff;
  };
  BOOST_TEST(status(Guest::place(0, 1)) == 0x011);
  BOOST_TEST(status(Guest::place(1, 0)) == 0x011);
  BOOST_TEST(status(Guest::place(2, 0)) == 0x103);
  BOOST_TEST(status(Guest::place(3, 0)) == 0x103);
  const std::uint64_t at = Guest::place(3, 0);
  BOOST_TEST((t.guest.get32(at + t.guest.capability(at, kExpress) + kDeviceCapabilities) & 7) == 1,
             "payload of 256 bytes");
}

SIM_TEST_CASE(a_read_through_a_switch_takes_both_links_and_the_switch_twice) {
  Tree t;
  test::run_steps(
      t.sim,
      [&] {
        sc_core::wait(sc_time(1, sc_core::SC_MS));
        std::uint32_t word = 0;
        const sc_time took = Bench::timed([&] { t.left.dma().read(Guest::kRam, &word, 4, {}); });
        const double fast = 1.015625 / 16 * (kRequest + kCompletion + 4);
        const sc_time links = wire(kRequest + kCompletion + 4) + sc_time(fast, SC_NS) +
                              sc_time(2 * (100 + 50 + 30), SC_NS);
        BOOST_TEST(took > links);
        BOOST_TEST(took < links + sc_time(150, SC_NS), "and the memory: " << took - links);
      },
      sc_time(2, sc_core::SC_MS));
}

SIM_TEST_CASE(devices_behind_a_switch_share_the_link_above) {
  Tree t;
  sc_time ends[2];
  std::vector<std::uint8_t> data(4096);
  const auto writer = [&](TestFunction& card, sc_time& end) {
    for (unsigned i = 0; i < 32; ++i) card.dma().write(Guest::kRam, data.data(), 4096, {});
    end = sc_time_stamp();
  };
  sc_core::sc_spawn([&] { writer(t.left, ends[0]); });
  sc_core::sc_spawn([&] { writer(t.right, ends[1]); });
  t.sim.run(sc_time(10, sc_core::SC_MS));
  // The slow link carries the data of both; their own links wait for its credits.
  const sc_time both = wire(2 * 32 * (4096 + 16 * kRequest));
  const Link& above = t.sim.model<Link>("bus.pci.root.link");
  t.sim.platform.refresh_statistics();
  BOOST_TEST(above.payload_up.value() == 2u * 32 * 4096);
  BOOST_TEST(above.busy_up.value() >= both.value());
  for (const sc_time& end : ends) {
    BOOST_TEST(end > 0.7 * both, "held back by the other: " << end << " of " << both);
    BOOST_TEST(end < 1.02 * both);
  }
}

SIM_TEST_CASE(links_and_ports_in_the_wrong_place_are_mistakes) {
  const auto finding = [](const std::string& functions) {
    Registry registry;
    register_models(registry);
    Platform platform(registry);
    BOOST_TEST(!platform.build(Node::parse(pci_platform(functions), "test.yaml")));
    return platform.diagnostics().str();
  };
  const std::string shared = finding(
      "          port:\n            type: pci-root-port\n            children:\n"
      "              card: {type: test-function, link: pcie-link}\n");
  BOOST_TEST(shared.find("expected the link at the port") != std::string::npos, shared);
  const std::string lanes =
      finding("          card: {type: test-function, link: {type: pcie-link, lanes: 3}}\n");
  BOOST_TEST(lanes.find("test.yaml:13:45") != std::string::npos, lanes);
  BOOST_TEST(lanes.find("'lanes' is 3; expected 1, 2, 4, 8 or 16") != std::string::npos, lanes);
  const std::string inside = finding(
      "          switch:\n            type: pci-switch\n            children:\n"
      "              card: {type: test-function}\n");
  BOOST_TEST(inside.find("expected ports of type 'pci-switch-port'") != std::string::npos, inside);
  const std::string alone = finding("          port: {type: pci-switch-port}\n");
  BOOST_TEST(alone.find("expected it below a 'pci-switch'") != std::string::npos, alone);
}
