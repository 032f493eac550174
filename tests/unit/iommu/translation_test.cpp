// SPDX-License-Identifier: Apache-2.0
// DMA and messages of functions through the IOMMU, as transactions and through direct pointers,
// while mappings come and go.
#include <array>
#include <random>

#include "translation_bench.h"

using namespace ringside;
using namespace ringside::test;

namespace {

using Bench = TranslationBench;
constexpr std::uint64_t kRam = Bench::kRam;
const DmaStatus kOk = DmaStatus::Ok;
const DmaStatus kRefused = DmaStatus::AddressError;

void both(void (*body)(const std::string& accuracy)) {
  for (const char* accuracy : {"functional", "timed"}) {
    const pid_t child = fork();
    BOOST_REQUIRE_GE(child, 0);
    if (child == 0) {
      body(accuracy);
      const auto id = boost::unit_test::framework::current_test_case().p_id;
      _exit(boost::unit_test::results_collector.results(id).p_assertions_failed.get() == 0 ? 0 : 1);
    }
    int status = 0;
    BOOST_REQUIRE_EQUAL(waitpid(child, &status, 0), child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0), accuracy);
  }
}

}  // namespace

SIM_TEST_CASE(dma_goes_where_mappings_say) {
  both([](const std::string& accuracy) {
    Bench b(accuracy);
    b.run([&] {
      BOOST_TEST((b.store(b.card, kRam, "x") == kRefused));
      BOOST_TEST(b.attach(1, Bench::kCard) == 0);
      BOOST_TEST(b.map(1, 0x10000, 0x11fff, kRam + 0x5000) == 0);
      BOOST_TEST(b.map(1, 0x12000, 0x12fff, kRam + 0x1000) == 0);
      BOOST_TEST((b.store(b.card, 0x10010, "one") == kOk));
      BOOST_TEST(b.get(kRam + 0x5010, 3) == "one");
      b.put(kRam + 0x1000, "two");
      BOOST_TEST(b.load(b.card, 0x12000, 3) == "two");
      // Across two mappings that are neighbours here and far apart there.
      BOOST_TEST((b.store(b.card, 0x11ffd, "abcdef") == kOk));
      BOOST_TEST(b.get(kRam + 0x6ffd, 3) == "abc");
      BOOST_TEST(b.get(kRam + 0x1000, 3) == "def");
      BOOST_TEST(b.load(b.card, 0x11ffb, 8) == (std::string(2, '\0') + "abcdef"));
      // Across the end: refused, whatever part was there.
      BOOST_TEST(b.load(b.card, 0x12ffd, 6) == "!");
      BOOST_TEST((b.store(b.card, 0xfff0, std::string(32, 'y')) == kRefused));
      BOOST_TEST(b.get(kRam + 0x5000, 3) == std::string(3, '\0'));
      // Mapped to where nothing answers.
      BOOST_TEST(b.map(1, 0x20000, 0x20fff, 0x1000) == 0);
      BOOST_TEST((b.store(b.card, 0x20000, "z") == kRefused));
      // A large one.
      BOOST_TEST(b.map(1, 0x100000, 0x2fffff, kRam + 0x200000) == 0);
      const std::string large(0x1f0001, 'L');
      BOOST_TEST((b.store(b.card, 0x100fff, large) == kOk));
      BOOST_TEST((b.get(kRam + 0x200fff, large.size()) == large));
    });
  });
}

SIM_TEST_CASE(permissions_hold_for_transactions_and_direct_pointers) {
  both([](const std::string& accuracy) {
    SPEC("iommu.map-request.6");
    Bench b(accuracy);
    b.run([&] {
      BOOST_TEST(b.attach(1, Bench::kCard) == 0);
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam, 1) == 0);
      BOOST_TEST(b.map(1, 0x2000, 0x2fff, kRam + 0x1000, 2) == 0);
      BOOST_TEST(b.map(1, 0x3000, 0x3fff, kRam + 0x2000, 0) == 0);
      for (unsigned i = 0; i < 3; ++i) {
        BOOST_TEST(b.load(b.card, 0x1000, 1) == std::string(1, '\0'));
        BOOST_TEST((b.store(b.card, 0x1000, "w") == kRefused));
        BOOST_TEST((b.store(b.card, 0x2000, "w") == kOk));
        BOOST_TEST(b.load(b.card, 0x2000, 1) == "!");
        BOOST_TEST((b.store(b.card, 0x3000, "w") == kRefused));
        BOOST_TEST(b.load(b.card, 0x3000, 1) == "!");
      }
      BOOST_TEST(b.get(kRam, 1) == std::string(1, '\0'));
      // The same memory again, now with the other right.
      BOOST_TEST(b.unmap(1, 0x1000, 0x2fff) == 0);
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam, 2) == 0);
      BOOST_TEST(b.load(b.card, 0x1000, 1) == "!");
      BOOST_TEST((b.store(b.card, 0x1000, "w") == kOk));
    });
  });
}

SIM_TEST_CASE(functional_dma_does_not_ask_twice) {
  Bench b;
  b.run([&] {
    BOOST_TEST(b.attach(1, Bench::kCard) == 0);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, 0x20000000) == 0);
    auto& target = b.sim.model<BusTarget>("bus.watched");
    for (unsigned i = 0; i < 100; ++i) BOOST_TEST((b.store(b.card, 0x1000 + i, "d") == kOk));
    BOOST_TEST(target.accesses == 0u);
    BOOST_TEST(target.memory[99] == 'd');
    // The pointer covered more than the mapping; what is granted does not.
    BOOST_TEST((b.store(b.card, 0x2000, "e") == kRefused));
    BOOST_TEST((b.store(b.card, 0xfff, "e") == kRefused));
  });
}

SIM_TEST_CASE(a_pointer_is_gone_with_its_mapping) {
  both([](const std::string& accuracy) {
    SPEC("iommu.detach-request.3");
    Bench b(accuracy);
    b.run([&] {
      const auto works = [&](std::uint64_t to) {
        const std::string text = "t" + std::to_string(sc_core::sc_time_stamp().value() % 1000);
        BOOST_TEST((b.store(b.card, 0x1000, text) == kOk));
        BOOST_TEST(b.get(to, text.size()) == text);
        BOOST_TEST(b.load(b.card, 0x1000, text.size()) == text);
        b.put(to, "untouched");
      };
      const auto gone = [&](std::uint64_t from) {
        BOOST_TEST((b.store(b.card, 0x1000, "stale") == kRefused));
        BOOST_TEST(b.load(b.card, 0x1000, 5) == "!");
        BOOST_TEST(b.get(from, 9) == "untouched");
      };
      BOOST_TEST(b.attach(1, Bench::kCard) == 0);
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam) == 0);
      works(kRam);
      BOOST_TEST(b.unmap(1, 0, 0xffff) == 0);
      gone(kRam);
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam + 0x8000) == 0);  // the same address, elsewhere
      works(kRam + 0x8000);
      BOOST_TEST(b.attach(2, Bench::kCard) == 0);
      gone(kRam + 0x8000);
      BOOST_TEST(b.map(2, 0x1000, 0x1fff, kRam + 0x4000) == 0);
      works(kRam + 0x4000);
      BOOST_TEST(b.detach(2, Bench::kCard) == 0);
      gone(kRam + 0x4000);
      // Bypass, which covers everything, and out of it again in each way that there is.
      b.set_bypass(1);
      BOOST_TEST((b.store(b.card, kRam + 0x1000, "bypassed") == kOk));
      BOOST_TEST(b.get(kRam + 0x1000, 8) == "bypassed");
      b.set_bypass(0);
      BOOST_TEST((b.store(b.card, kRam + 0x1000, "stale") == kRefused));
      BOOST_TEST(b.attach(3, Bench::kCard, 1) == 0);
      BOOST_TEST((b.store(b.card, kRam + 0x1000, "again") == kOk));
      BOOST_TEST(b.attach(4, Bench::kCard) == 0);
      BOOST_TEST((b.store(b.card, kRam + 0x1000, "stale") == kRefused));
      b.set_bypass(1);
      BOOST_TEST((b.store(b.card, kRam + 0x1000, "stale") == kRefused));
      BOOST_TEST(b.detach(4, Bench::kCard) == 0);
      BOOST_TEST((b.store(b.card, kRam + 0x1000, "bypassed") == kOk));
      b.set_bypass(0);
      // Resets: of the device, of its function by power state, of the platform.
      BOOST_TEST(b.attach(1, Bench::kCard) == 0);
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam) == 0);
      works(kRam);
      b.driver.reset();
      gone(kRam);
    });
  });
}

SIM_TEST_CASE(a_reset_of_the_platform_brings_bypass_back) {
  Bench b;
  b.run([&] {
    BOOST_TEST(b.attach(1, Bench::kCard) == 0);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam) == 0);
    BOOST_TEST((b.store(b.card, 0x1000, "mapped") == kOk));
    b.sim.platform.request_reset();
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_US));
    BOOST_TEST((b.store(b.card, 0x1000, "off") == kRefused));  // no bus master yet
    b.enumerate();
    BOOST_TEST((b.store(b.card, 0x1000, "nothing there") == kRefused));
    BOOST_TEST((b.store(b.card, kRam, "bypass") == kOk));
    BOOST_TEST(b.get(kRam, 6) == "bypass");
  });
}

SIM_TEST_CASE(messages_pass_by_the_region) {
  both([](const std::string& accuracy) {
    Bench b(accuracy, "reserved: {doorbell: {start: 0x28000000, end: 0x28000fff, subtype: msi}}");
    b.run([&] {
      const std::uint64_t table = 0x41000000;
      b.guest.put32(Guest::place(0, 2) + pci::kBar0 + 16, table);
      b.guest.put16(Guest::place(0, 2) + b.guest.capability(Guest::place(0, 2), 0x11) + 2, 0x8000);
      const auto program = [&](std::uint32_t address, std::uint32_t data) {
        b.guest.put32(table, address);
        b.guest.put32(table + 4, 0);
        b.guest.put32(table + 8, data);
        b.guest.put32(table + 12, 0);
      };
      program(0x28000000, 7);
      b.card.raise_msix(0);
      BOOST_TEST(b.messages[7] == 0u);  // not attached: nothing passes
      BOOST_TEST(b.attach(1, Bench::kCard) == 0);
      const std::uint64_t faults = b.iommu.faults.value();
      b.card.raise_msix(0);
      BOOST_TEST(b.messages[7] == 1u);
      BOOST_TEST(b.iommu.faults.value() == faults);
      // Through a mapping: what drivers do without a region.
      BOOST_TEST(b.map(1, 0x8000000, 0x8000fff, 0x28000000, 6) == 0);
      program(0x8000000, 8);
      b.card.raise_msix(0);
      BOOST_TEST(b.messages[8] == 1u);
      BOOST_TEST(b.unmap(1, 0x8000000, 0x8000fff) == 0);
      b.card.raise_msix(0);
      BOOST_TEST(b.messages[8] == 1u);
      BOOST_TEST(b.iommu.faults.value() == faults + 1);
      // Into memory, where direct pointers would be given.
      BOOST_TEST(b.map(1, 0x10000, 0x10fff, kRam, 2) == 0);
      program(0x10020, 0x21646968);
      b.card.raise_msix(0);
      BOOST_TEST(b.get(kRam + 0x20, 4) == "hid!");
    });
  });
}

SIM_TEST_CASE(functions_behind_a_port_have_ids_of_their_own) {
  both([](const std::string& accuracy) {
    Bench b(accuracy);
    b.run([&] {
      BOOST_TEST(b.far.requester_id() == Bench::kFar);
      BOOST_TEST(b.attach(1, Bench::kPort) ==
                 0);  // the port's own accesses, not those it passes on
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam) == 0);
      BOOST_TEST((b.store(b.far, 0x1000, "x") == kRefused));
      BOOST_TEST(b.attach(1, Bench::kFar) == 0);
      BOOST_TEST((b.store(b.far, 0x1000, "far") == kOk));
      BOOST_TEST(b.get(kRam, 3) == "far");
      BOOST_TEST((b.store(b.card, 0x1000, "x") == kRefused));
      // Another bus number makes it another endpoint.
      b.number_bus(2);
      BOOST_TEST((b.store(b.far, 0x1000, "stale") == kRefused));
      BOOST_TEST(b.attach(1, Bench::kFar) == 6);
      BOOST_TEST(b.attach(2, 0x200) == 0);
      BOOST_TEST(b.map(2, 0x1000, 0x1fff, kRam + 0x1000) == 0);
      BOOST_TEST((b.store(b.far, 0x1000, "two") == kOk));
      BOOST_TEST(b.get(kRam + 0x1000, 3) == "two");
      b.number_bus(1);
      BOOST_TEST((b.store(b.far, 0x1000, "one") == kOk));  // still attached under its old name
      BOOST_TEST(b.get(kRam, 3) == "one");
      BOOST_TEST(b.get(kRam + 0x1000, 3) == "two");
    });
  });
}

SIM_TEST_CASE(functions_outside_use_physical_addresses) {
  both([](const std::string& accuracy) {
    Bench b(accuracy);
    b.run([&] {
      BOOST_TEST((b.store(b.free, kRam, "free") == kOk));
      BOOST_TEST(b.get(kRam, 4) == "free");
      SPEC("iommu.attach-request.3");
      BOOST_TEST(b.attach(1, Bench::kFree) == 6);
      BOOST_TEST(b.attach(1, 8) == 6);  // the IOMMU itself
      BOOST_TEST(b.attach(1, 0) == 0);  // the host bridge's function is one like others
      BOOST_TEST(b.detach(1, Bench::kFree) == 6);
      BOOST_TEST(b.iommu.faults.value() == 0u);
    });
  });
}

SIM_TEST_CASE(a_fault_tells_who_and_where) {
  both([](const std::string& accuracy) {
    Bench b(accuracy);
    b.run([&] {
      BOOST_TEST(b.attach(1, Bench::kFar) == 0);
      BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam) == 0);
      const auto fault = [&](TestFunction& function, std::uint64_t address, bool is_write,
                             std::uint8_t reason, std::uint64_t at) {
        const Piece buffer{b.arena.take(24, 8), 24};
        BOOST_REQUIRE(b.driver.queue(1).add({}, {buffer}, 1, Form::Direct));
        b.driver.submit(1);
        sc_core::wait(sc_core::sc_time(10, sc_core::SC_US));
        if (is_write)
          BOOST_TEST((b.store(function, address, "xxxxxxxx") == kRefused));
        else
          BOOST_TEST(b.load(function, address, 8) == "!");
        BOOST_TEST_REQUIRE(b.driver.wait_used(1, {1, sc_core::SC_MS}));
        BOOST_TEST(b.driver.queue(1).next_used()->written.value() == 24u);
        BOOST_TEST(b.memory.load<std::uint8_t>(buffer.address) == reason);
        BOOST_TEST(b.memory.load<std::uint32_t>(buffer.address + 4) ==
                   (is_write ? 0x102u : 0x101u));
        BOOST_TEST(b.memory.load<std::uint32_t>(buffer.address + 8) == function.requester_id());
        BOOST_TEST(b.memory.load<std::uint64_t>(buffer.address + 16) == at);
      };
      fault(b.card, 0x5000, true, 1, 0x5000);
      fault(b.far, 0x5000, false, 2, 0x5000);
      fault(b.far, 0x1ffc, true, 2, 0x2000);  // the first address that is not mapped
      BOOST_TEST(b.iommu.faults.value() == 3u);
      BOOST_TEST(b.iommu.faults_lost.value() == 0u);
    });
  });
}

SIM_TEST_CASE(walks_take_time_and_the_iotlb_saves_them) {
  Bench b("timed", "walk_latency: 1us, iotlb_entries: 2");
  b.run([&] {
    BOOST_TEST(b.attach(1, Bench::kCard) == 0);
    for (std::uint64_t page : {1, 2, 3})
      BOOST_TEST(b.map(1, page << 12, (page << 12) + 0xfff, kRam + (page << 12)) == 0);
    BOOST_TEST(b.map(1, 0x200000, 0x3fffff, kRam + 0x400000) == 0);
    const auto time = [&](std::uint64_t address) {
      const sc_core::sc_time start = sc_core::sc_time_stamp();
      BOOST_TEST((b.store(b.card, address, "x") == kOk));
      return (sc_core::sc_time_stamp() - start) >= sc_core::sc_time(1, sc_core::SC_US);
    };
    BOOST_TEST(time(0x1000));
    BOOST_TEST(!time(0x1fff));
    BOOST_TEST(time(0x2000));
    BOOST_TEST(!time(0x1000));
    BOOST_TEST(time(0x3000));  // takes the place of 0x2000
    BOOST_TEST(!time(0x1000));
    BOOST_TEST(time(0x2000));
    BOOST_TEST(b.iommu.iotlb_hits.value() == 3u);
    BOOST_TEST(b.iommu.iotlb_misses.value() == 4u);
    BOOST_TEST(b.unmap(1, 0x1000, 0x1fff) == 0);
    BOOST_TEST(b.map(1, 0x1000, 0x1fff, kRam) == 0);
    BOOST_TEST(time(0x1000));  // forgotten with the mapping
    BOOST_TEST(time(0x200000));
    BOOST_TEST(!time(0x3ff000));  // one large page
    BOOST_TEST((b.store(b.free, kRam, "x") == kOk));
    BOOST_TEST(b.iommu.iotlb_misses.value() == 6u);
  });
}

namespace {

/// Everything at random beside a page table that is as plain as it gets.
void random_walk(const std::string& accuracy) {
  Bench b(accuracy);
  b.run([&] {
    constexpr unsigned kPages = 4;
    constexpr std::uint64_t kPage = 0x1000;
    struct Table {
      std::array<int, kPages> to{};  // physical page, -1 for none
      std::array<unsigned, kPages> rights{};
    };
    std::mt19937 random(accuracy == "timed" ? 11 : 12);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    std::array<Table, 2> tables;
    const auto clear = [&](Table& table) { table.to.fill(-1); };
    for (Table& table : tables) clear(table);
    std::array<int, 2> domain{-1, -1};  // of card and far
    std::array<TestFunction*, 2> functions{&b.card, &b.far};
    const std::array<std::uint16_t, 2> ids{Bench::kCard, Bench::kFar};
    std::string shadow = b.get(kRam, 16 * kPage);
    unsigned reached = 0, refused = 0;
    for (unsigned step = 0; step < 4000; ++step) {
      if (step % 32 == 0) {
        b.arena.release_all();
        domain = {-1, -1};
        for (Table& table : tables) clear(table);
        BOOST_TEST_REQUIRE(b.bring_up());
      }
      const unsigned f = below(2), d = below(2), page = below(kPages);
      switch (below(10)) {
        case 0: {
          const int before = domain[f];
          BOOST_TEST(b.attach(d, ids[f]) == 0);
          domain[f] = static_cast<int>(d);
          if (before >= 0 && before != domain[f] && domain[1 - f] != before)
            clear(tables[static_cast<unsigned>(before)]);
          break;
        }
        case 1:
          if (domain[f] < 0 || below(3) != 0) break;
          BOOST_TEST(b.detach(static_cast<unsigned>(domain[f]), ids[f]) == 0);
          if (domain[1 - f] != domain[f]) clear(tables[static_cast<unsigned>(domain[f])]);
          domain[f] = -1;
          break;
        case 2:
        case 3:
        case 4: {
          const bool there = domain[0] == static_cast<int>(d) || domain[1] == static_cast<int>(d);
          const int to = static_cast<int>(below(16));
          const unsigned rights = 1 + below(3);
          const int status = b.map(d, page * kPage, page * kPage + 0xfff,
                                   kRam + static_cast<unsigned>(to) * kPage, rights);
          BOOST_TEST(status == (!there ? 6 : tables[d].to[page] >= 0 ? 4 : 0));
          if (status != 0) break;
          tables[d].to[page] = to;
          tables[d].rights[page] = rights;
          break;
        }
        case 5: {
          const bool there = domain[0] == static_cast<int>(d) || domain[1] == static_cast<int>(d);
          BOOST_TEST(b.unmap(d, page * kPage, page * kPage + 0xfff) == (there ? 0 : 6));
          if (there) tables[d].to[page] = -1;
          break;
        }
        default:
          break;
      }
      // Some accesses after each.
      for (unsigned i = 0; i < 6; ++i) {
        const unsigned who = below(2);
        const std::uint64_t address = below(kPages) * kPage + below(kPage);
        const std::size_t bytes = 1 + below(below(4) == 0 ? 2 * kPage : 16);
        const bool is_write = below(2) != 0;
        std::string text(bytes, static_cast<char>('a' + below(26)));
        std::string expected;
        bool allowed = true;
        for (std::size_t at = 0; at < bytes && allowed; ++at) {
          const std::uint64_t page_of = (address + at) / kPage;
          allowed = domain[who] >= 0 && page_of < kPages;
          if (!allowed) break;
          const Table& table = tables[static_cast<unsigned>(domain[who])];
          allowed = table.to[page_of] >= 0 && (table.rights[page_of] & (is_write ? 2u : 1u)) != 0;
          if (!allowed) break;
          const std::size_t to =
              static_cast<unsigned>(table.to[page_of]) * kPage + (address + at) % kPage;
          if (is_write) shadow[to] = text[at];
          expected += shadow[to];
        }
        ++(allowed ? reached : refused);
        if (is_write)
          BOOST_TEST_REQUIRE(
              (b.store(*functions[who], address, text) == (allowed ? kOk : kRefused)));
        else
          BOOST_TEST_REQUIRE(
              (b.load(*functions[who], address, bytes) == (allowed ? expected : "!")));
      }
      if (step % 16 == 0) BOOST_TEST_REQUIRE((b.get(kRam, shadow.size()) == shadow));
    }
    BOOST_TEST((b.get(kRam, shadow.size()) == shadow));
    BOOST_TEST(reached > 1000u);
    BOOST_TEST(refused > 1000u);
  });
}

}  // namespace

SIM_TEST_CASE(random_mappings_and_accesses) {
  both(random_walk);
}
