// SPDX-License-Identifier: Apache-2.0
#include "baseline/e1000_frame.h"
#include "baseline/e1000_registers.h"
#include "unit/e1000/e1000_bench.h"

using namespace ringside;
using namespace ringside::test;
using Bench = ringside::test::E1000Bench;

namespace {

std::uint32_t phy(Bench& b, std::uint32_t command) {
  b.put(Bench::kMdic, command);
  return b.get(Bench::kMdic);
}
constexpr std::uint32_t kPhyRead = 1u << 27 | 1u << 21;
constexpr std::uint32_t kPhyWrite = 1u << 26 | 1u << 21;

}  // namespace

SIM_TEST_CASE(identity_and_bars) {
  Bench b;
  BOOST_TEST(b.guest.get32(b.function) == 0x100e8086u);
  BOOST_TEST(b.guest.get32(b.function + 8) == 0x02000003u);
  BOOST_TEST(b.guest.get32(b.function + 0x2c) == 0x001e8086u);
  BOOST_TEST(b.guest.get8(b.function + 0x3d) == 1u);
  BOOST_TEST(b.guest.size_of(b.function, 0) == 128u << 10);
  BOOST_TEST(b.guest.size_of(b.function, 1) == 64u);
  BOOST_TEST((b.guest.get32(b.function + pci::kBar0 + 4) & 1) == 1u);
}

SIM_TEST_CASE(the_eeprom_gives_the_address_both_ways) {
  Bench b;
  const unsigned words[] = {0x5452, 0x0100, 0x0302};
  for (unsigned i = 0; i < 3; ++i) {
    b.put(Bench::kEerd, i << 8 | 1);
    BOOST_TEST(b.get(Bench::kEerd) == (words[i] << 16 | i << 8 | 0x10));
  }
  // By the wires, as Linux does.
  const auto drive = [&](std::uint32_t wires) { b.put(Bench::kEecd, 0x40 | wires); };
  drive(0);
  BOOST_TEST((b.get(Bench::kEecd) & 0x1c0) == 0x1c0u, "request, grant, present");
  drive(2);
  for (int bit = 8; bit >= 0; --bit) {
    const std::uint32_t in = (0x181u >> bit & 1) << 2;  // read word 1
    drive(2 | in);
    drive(3 | in);
  }
  drive(2);
  unsigned word = 0;
  for (int bit = 0; bit < 16; ++bit) {
    drive(3);
    word = word << 1 | (b.get(Bench::kEecd) >> 3 & 1);
    drive(2);
  }
  drive(0);
  b.put(Bench::kEecd, 0);
  BOOST_TEST(word == words[1]);
  BOOST_TEST((b.get(Bench::kEecd) & 0x80) == 0u);
  BOOST_TEST(b.get(Bench::kRal) == 0x01005452u);
  BOOST_TEST(b.get(Bench::kRal + 4) == 0x80000302u);
}

SIM_TEST_CASE(the_transceiver_answers_at_its_address) {
  Bench b;
  BOOST_TEST(phy(b, kPhyRead | 2u << 16) == (kPhyRead | 1u << 28 | 2u << 16 | 0x0141));
  phy(b, kPhyWrite | 9u << 16 | 0x0200);
  BOOST_TEST((phy(b, kPhyRead | 9u << 16) & 0xffff) == 0x0200u);
  BOOST_TEST((phy(b, 1u << 27 | 2u << 21 | 2u << 16) & 1u << 30) != 0u, "nobody at 2");
  BOOST_TEST((phy(b, kPhyRead | 31u << 16) & 1u << 30) != 0u, "no such register");
  BOOST_TEST((phy(b, kPhyWrite | 2u << 16) & 1u << 30) != 0u, "not writable");
  BOOST_TEST((phy(b, kPhyRead | 2u << 16) & 1u << 30) == 0u);
  b.get(Bench::kIcr);
  phy(b, kPhyRead | 1u << 29 | 2u << 16);
  BOOST_TEST((b.get(Bench::kIcr) & 1u << 9) != 0u);
}

SIM_TEST_CASE(ports_reach_the_same_registers) {
  Bench b;
  const std::uint64_t port = Guest::kPorts + Bench::kPortBase;
  b.guest.put32(port, Bench::kVet);
  BOOST_TEST(b.guest.get32(port) == Bench::kVet);
  BOOST_TEST(b.guest.get32(port + 4) == 0x8100u);
  b.guest.put32(port + 4, 0x88a8);
  BOOST_TEST(b.get(Bench::kVet) == 0x88a8u);
  b.guest.put32(port, 0x20000);
  b.guest.put32(port + 4, 1);
  BOOST_TEST(b.guest.get32(port + 4) == 0u);
  BOOST_TEST(b.guest.get32(port + 8) == 0u);
}

SIM_TEST_CASE(registers_are_read_and_written_in_any_size) {
  Bench b;
  b.guest.put8(Bench::kRegisters + Bench::kMta + 5, 0xab);
  BOOST_TEST(b.get(Bench::kMta + 4) == 0xab00u);
  b.guest.put<std::uint64_t>(Bench::kRegisters + Bench::kVfta, 0x0123456789abcdef);
  BOOST_TEST(b.get(Bench::kVfta) == 0x89abcdefu);
  BOOST_TEST(b.get(Bench::kVfta + 4) == 0x01234567u);
  BOOST_TEST(b.guest.get<std::uint64_t>(Bench::kRegisters + Bench::kVfta) == 0x0123456789abcdefu);
  BOOST_TEST(b.guest.get16(Bench::kRegisters + Bench::kVfta + 3) == 0x6789u);
  b.put(Bench::kPba, 48);
  BOOST_TEST(b.get(Bench::kPba) == (16u << 16 | 48));
  BOOST_TEST(b.get(0x1fffc) == 0u);
  BOOST_TEST(b.get(0x4) == b.get(0x0), "CTRL twice");
}

SIM_TEST_CASE(who_looks_from_outside_sees_what_the_guest_would) {
  Bench b;
  b.put(Bench::kIms, 0x84);
  b.put(Bench::kIcs, 0x80);
  const auto peek = [&](unsigned offset) {
    for (const RegisterBase* r : b.card.register_banks().at(0)->registers())
      if (r->offset() == offset) return r->peek();
    return ~std::uint64_t{0};
  };
  BOOST_TEST(peek(Bench::kStatus) == 0x283u);
  BOOST_TEST(peek(Bench::kIms) == 0x84u);
  BOOST_TEST(peek(Bench::kIcr) == 0x80u);
  BOOST_TEST(b.get(Bench::kIcr) == 0x80u);
  BOOST_TEST(peek(Bench::kIcr) == 0u);
}

SIM_TEST_CASE(rings_keep_what_they_have_bits_for) {
  Bench b;
  for (const unsigned base : {0x2800u, 0x3800u}) {
    b.put(base, 0xffffffff);
    b.put(base + 8, 0xffffffff);
    b.put(base + 0x10, 0xffffffff);
    b.put(base + 0x18, 0xffffffff);
    BOOST_TEST(b.get(base) == 0xfffffff0u);
    BOOST_TEST(b.get(base + 8) == 0xfff80u);
    BOOST_TEST(b.get(base + 0x10) == 0xffffu);
    BOOST_TEST(b.get(base + 0x18) == 0xffffu);
  }
}

SIM_TEST_CASE(a_software_reset_brings_the_registers_back) {
  Bench b;
  b.start_transmit();
  b.start_receive();
  b.put(Bench::kMta, 7);
  b.put(Bench::kVfta, 7);
  b.put(Bench::kRal, 7);
  b.put(Bench::kIms, 0xff);
  b.put(Bench::kItr, 195);
  b.put(Bench::kIcs, 0x80);
  BOOST_TEST(b.pin());
  // Through the ports, since Linux does it that way.
  const std::uint64_t port = Guest::kPorts + Bench::kPortBase;
  b.guest.put32(port, 0);
  b.guest.put32(port + 4, 1u << 26);
  BOOST_TEST(!b.pin());
  for (const unsigned at :
       {0x100u, 0x400u, 0x2808u, 0x3808u, 0xc0u, 0xd0u, 0xc4u, 0x5200u, 0x5600u})
    BOOST_TEST(b.get(at) == 0u);
  BOOST_TEST(b.get(Bench::kRal) == 0x01005452u);
  BOOST_TEST((b.get(Bench::kCtrl) & 1u << 26) == 0u);
  BOOST_TEST((b.get(Bench::kStatus) & 2) == 2u, "the link stays");
}

SIM_TEST_CASE(a_new_address_in_the_eeprom_is_taken_at_reset) {
  Bench b;
  const auto out = [&](unsigned value, unsigned bits) {
    while (bits-- > 0) {
      const std::uint32_t in = (value >> bits & 1) << 2;
      b.put(Bench::kEecd, 2 | in);
      b.put(Bench::kEecd, 3 | in);
    }
    b.put(Bench::kEecd, 2);
  };
  b.put(Bench::kEecd, 2);
  out(0x130, 9);  // EWEN
  b.put(Bench::kEecd, 0);
  b.put(Bench::kEecd, 2);
  out(0x142, 9);  // WRITE 2
  out(0x7766, 16);
  b.put(Bench::kEecd, 0);
  BOOST_TEST(b.get(Bench::kRal + 4) == 0x80000302u);
  b.put(Bench::kCtrl, 1u << 26);
  BOOST_TEST(b.get(Bench::kRal + 4) == 0x80007766u);
}

SIM_TEST_CASE(accesses_are_counted_by_register) {
  Bench b;
  b.card.clear_stats();
  b.get(Bench::kIcr);
  b.get(Bench::kStatus);
  b.get(Bench::kStatus);
  b.get(0x4080);
  b.get(Bench::kRctl);
  b.put(Bench::kImc, 0);
  b.put(Bench::kIms, 0);
  b.put(Bench::kIcs, 0);
  b.put(Bench::kItr, 0);
  b.put(Bench::kRctl, 0);
  b.put(Bench::kTdt, 0);
  b.put(Bench::kTdt, 0);
  b.put(Bench::kRdt, 0);
  BOOST_TEST(b.count("registers", "icr_reads") == 1u);
  BOOST_TEST(b.count("registers", "status_reads") == 2u);
  BOOST_TEST(b.count("registers", "statistics_reads") == 1u);
  BOOST_TEST(b.count("registers", "other_reads") == 1u);
  BOOST_TEST(b.count("registers", "imc_writes") == 1u);
  BOOST_TEST(b.count("registers", "ims_writes") == 1u);
  BOOST_TEST(b.count("registers", "ics_writes") == 1u);
  BOOST_TEST(b.count("registers", "itr_writes") == 1u);
  BOOST_TEST(b.count("registers", "other_writes") == 1u);
  BOOST_TEST(b.count("registers", "tdt_writes") == 2u);
  BOOST_TEST(b.count("registers", "rdt_writes") == 1u);
  BOOST_TEST(b.count("tx", "kicks") == 2u);
  BOOST_TEST(b.count("rx", "kicks") == 1u);
}

namespace {

void check_refused(const std::string& mac) {
  Registry registry;
  register_e1000(registry);
  Platform platform(registry);
  const std::string card = "          card: {type: e1000, mac: \"" + mac + "\", backend: wire}\n";
  BOOST_TEST(!platform.build(Node::parse(pci_platform(card), "test.yaml")));
  BOOST_TEST(platform.diagnostics().str().find("expected an address") != std::string::npos);
}

}  // namespace

SIM_TEST_CASE(an_address_has_six_bytes) {
  check_refused("52:54:00:01:02");
}
SIM_TEST_CASE(an_address_is_no_groups) {
  check_refused("53:54:00:01:02:03");
}
SIM_TEST_CASE(an_address_has_colons) {
  check_refused("52-54-00-01-02-03");
}
SIM_TEST_CASE(an_address_has_two_digits_for_each_byte) {
  check_refused("52:54:00:01:02:+3");
}
SIM_TEST_CASE(an_address_has_hexadecimal_digits) {
  check_refused("52:54:00:0g:02:03");
}
