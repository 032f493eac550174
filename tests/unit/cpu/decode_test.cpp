// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE cpu_decode
#include "cpu/decode.h"

#include <boost/test/unit_test.hpp>

using namespace ringside::cpu;

namespace {

struct Expected {
  uint32_t raw;
  const char* op;
  unsigned rd, rs1, rs2;
  int32_t imm;
};

void check(const Expected& e) {
  const Insn i = decode(e.raw);
  BOOST_TEST_CONTEXT("instruction 0x" << std::hex << e.raw << " " << e.op) {
    BOOST_TEST(op_name(i.op) == e.op);
    BOOST_TEST(unsigned{i.rd} == e.rd);
    BOOST_TEST(unsigned{i.rs1} == e.rs1);
    BOOST_TEST(unsigned{i.rs2} == e.rs2);
    BOOST_TEST(i.imm == e.imm);
    BOOST_TEST(unsigned{i.length} == (is_long(e.raw) ? 4u : 2u));
  }
}

}  // namespace

// Words as the GNU assembler makes them.
BOOST_AUTO_TEST_CASE(base_instructions) {
  const Expected table[] = {
      {0xfff00513, "addi", 10, 0, 0, -1},         // li a0,-1
      {0x12345537, "lui", 10, 0, 0, 0x12345000},  // lui a0,0x12345
      {0x80000517, "auipc", 10, 0, 0, -2147483647 - 1},
      {0x7ff5b503, "ld", 10, 11, 0, 2047},
      {0x80a5b023, "sd", 0, 11, 10, -2048},
      {0xfeb50ee3, "beq", 0, 10, 11, -4},
      {0x00b57463, "bgeu", 0, 10, 11, 8},
      {0xffdff0ef, "jal", 1, 0, 0, -4},
      {0x00008067, "jalr", 0, 1, 0, 0},
      {0x03f51513, "slli", 10, 10, 0, 63},
      {0x43f55513, "srai", 10, 10, 0, 63},
      {0x41f5551b, "sraiw", 10, 10, 0, 31},
      {0x40b50533, "sub", 10, 10, 11, 0},
      {0x40b5053b, "subw", 10, 10, 11, 0},
      {0x02b54533, "div", 10, 10, 11, 0},
      {0x02b5753b, "remuw", 10, 10, 11, 0},
      {0x0000100f, "fence_i", 0, 0, 0, 0},
      {0x0ff0000f, "fence", 0, 0, 0, 0},
      {0x0100000f, "pause", 0, 0, 0, 0},
      {0x30529073, "csrrw", 0, 5, 0, 0x305},
      {0x3002f073, "csrrci", 0, 5, 0, 0x300},
  };
  for (const Expected& e : table) check(e);
}

BOOST_AUTO_TEST_CASE(atomics_and_bit_manipulation) {
  const Expected table[] = {
      {0x1005252f, "lr_w", 10, 10, 0, 0},       {0x18b5352f, "sc_d", 10, 10, 11, 0},
      {0xe0b5252f, "amomaxu_w", 10, 10, 11, 0}, {0x00b5352f, "amoadd_d", 10, 10, 11, 0},
      {0x20b52533, "sh1add", 10, 10, 11, 0},    {0x08b5053b, "add_uw", 10, 10, 11, 0},
      {0x60051513, "clz", 10, 10, 0, 0},        {0x60451513, "sext_b", 10, 10, 0, 0},
      {0x0805453b, "zext_h", 10, 10, 0, 0},     {0x6b855513, "rev8", 10, 10, 0, 0},
      {0x28755513, "orc_b", 10, 10, 0, 0},      {0x40b57533, "andn", 10, 10, 11, 0},
      {0x0ab53533, "clmulh", 10, 10, 11, 0},    {0x48355513, "bexti", 10, 10, 0, 3},
      {0x0eb55533, "czero_eqz", 10, 10, 11, 0},
  };
  for (const Expected& e : table) check(e);
}

BOOST_AUTO_TEST_CASE(floating_point) {
  check({0x00053507, "fld", 10, 10, 0, 0});
  check({0x00a53427, "fsd", 0, 10, 10, 8});
  check({0x02b57553, "fadd_d", 10, 10, 11, 0});
  check({0xd2057553, "fcvt_d_w", 10, 10, 0, 0});
  check({0xe0050553, "fmv_x_w", 10, 10, 0, 0});
  const Insn fma = decode(0x6ab57543);  // fmadd.d fa0,fa0,fa1,fa3
  BOOST_TEST(op_name(fma.op) == "fmadd_d");
  BOOST_TEST(unsigned{fma.rs3} == 13u);
  BOOST_TEST(unsigned{fma.rm} == 7u);
  // Rounding modes 5 and 6 are reserved; half precision is not there.
  BOOST_TEST(op_name(decode(0x02b55553).op) == "illegal");
  BOOST_TEST(op_name(decode(0x04b57553).op) == "illegal");
}

BOOST_AUTO_TEST_CASE(compressed) {
  const Expected table[] = {
      {0x0001, "addi", 0, 0, 0, 0},       // c.nop
      {0x1141, "addi", 2, 2, 0, -16},     // c.addi sp,-16
      {0x7139, "addi", 2, 2, 0, -64},     // c.addi16sp
      {0x0808, "addi", 10, 2, 0, 16},     // c.addi4spn a0,sp,16
      {0x4501, "addi", 10, 0, 0, 0},      // c.li a0,0
      {0x6505, "lui", 10, 0, 0, 0x1000},  // c.lui a0,1
      {0x757d, "lui", 10, 0, 0, -4096},   // c.lui a0,-1
      {0x2501, "addiw", 10, 10, 0, 0},    // c.addiw (sext.w)
      {0x9101, "srli", 10, 10, 0, 32},    // c.srli a0,32
      {0x8d0d, "sub", 10, 10, 11, 0},     // c.sub
      {0x9d2d, "addw", 10, 10, 11, 0},    // c.addw
      {0x852e, "add", 10, 0, 11, 0},      // c.mv
      {0x952e, "add", 10, 10, 11, 0},     // c.add
      {0x8082, "jalr", 0, 1, 0, 0},       // ret
      {0x9502, "jalr", 1, 10, 0, 0},      // c.jalr a0
      {0x9002, "ebreak", 0, 0, 0, 0},
      {0x60a2, "ld", 1, 2, 0, 8},     // c.ldsp ra,8
      {0xe406, "sd", 0, 2, 1, 8},     // c.sdsp ra,8
      {0x4188, "lw", 10, 11, 0, 0},   // c.lw
      {0xf988, "sd", 0, 11, 10, 48},  // c.sd a0,48(a1)
      {0x2588, "fld", 10, 11, 0, 8},  // c.fld
      {0xbff5, "jal", 0, 0, 0, -4},   // c.j -4
      {0xdd75, "beq", 0, 10, 0, -4},  // c.beqz
      {0x0000, "illegal", 0, 0, 0, 0},
      {0x8002, "illegal", 0, 0, 0, 0x8002},  // c.jr x0 is reserved
  };
  for (const Expected& e : table) check(e);
}

BOOST_AUTO_TEST_CASE(illegal_keeps_the_bits) {
  for (const uint32_t raw : {0xffffffffu, 0x0000007fu, 0x00002063u, 0x20007033u}) {
    const Insn i = decode(raw);
    BOOST_TEST(op_name(i.op) == "illegal");
    BOOST_TEST(static_cast<uint32_t>(i.imm) == raw);
  }
}

// No word may crash the decoder or name a register out of range.
BOOST_AUTO_TEST_CASE(any_word) {
  uint32_t raw = 1;
  for (int n = 0; n < 2000000; ++n) {
    raw = raw * 1664525 + 1013904223;
    const Insn i = decode(raw ^ (raw >> 15));
    BOOST_REQUIRE(i.op < Op::kCount);
    BOOST_REQUIRE((i.rd | i.rs1 | i.rs2 | i.rs3) < 32);
  }
}
