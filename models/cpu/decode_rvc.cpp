// SPDX-License-Identifier: Apache-2.0
#include "cpu/decode_fields.h"

namespace ringside::cpu {

namespace {

constexpr unsigned kRa = 1;
constexpr unsigned kSp = 2;

unsigned short_reg(uint32_t raw, unsigned low) {
  return 8 + bits(raw, low + 2, low);
}

Insn illegal() {
  return make(Op::illegal, 0, 0, 0);
}

int32_t imm6(uint32_t raw) {
  return sext((bits(raw, 12, 12) << 5) | bits(raw, 6, 2), 6);
}

uint32_t offset_word(uint32_t raw) {
  return (bits(raw, 12, 10) << 3) | (bits(raw, 6, 6) << 2) | (bits(raw, 5, 5) << 6);
}

uint32_t offset_double(uint32_t raw) {
  return (bits(raw, 12, 10) << 3) | (bits(raw, 6, 5) << 6);
}

Insn quadrant0(uint32_t raw) {
  const unsigned base = short_reg(raw, 7);
  const unsigned other = short_reg(raw, 2);
  const auto word = static_cast<int32_t>(offset_word(raw));
  const auto dbl = static_cast<int32_t>(offset_double(raw));
  switch (bits(raw, 15, 13)) {
    case 0: {
      const uint32_t imm = (bits(raw, 12, 11) << 4) | (bits(raw, 10, 7) << 6) |
                           (bits(raw, 6, 6) << 2) | (bits(raw, 5, 5) << 3);
      if (imm == 0) return illegal();
      return make_imm(Op::addi, other, kSp, 0, static_cast<int32_t>(imm));
    }
    case 1:
      return make_imm(Op::fld, other, base, 0, dbl);
    case 2:
      return make_imm(Op::lw, other, base, 0, word);
    case 3:
      return make_imm(Op::ld, other, base, 0, dbl);
    case 5:
      return make_imm(Op::fsd, 0, base, other, dbl);
    case 6:
      return make_imm(Op::sw, 0, base, other, word);
    case 7:
      return make_imm(Op::sd, 0, base, other, dbl);
    default:
      return illegal();
  }
}

Insn arithmetic(uint32_t raw) {
  const unsigned rd = short_reg(raw, 7);
  const auto shamt = static_cast<int32_t>((bits(raw, 12, 12) << 5) | bits(raw, 6, 2));
  switch (bits(raw, 11, 10)) {
    case 0:
      return make_imm(Op::srli, rd, rd, 0, shamt);
    case 1:
      return make_imm(Op::srai, rd, rd, 0, shamt);
    case 2:
      return make_imm(Op::andi, rd, rd, 0, imm6(raw));
    default:
      break;
  }
  static constexpr Op kOp[8] = {Op::sub,  Op::xor_, Op::or_,     Op::and_,
                                Op::subw, Op::addw, Op::illegal, Op::illegal};
  const Op op = kOp[(bits(raw, 12, 12) << 2) | bits(raw, 6, 5)];
  return make(op, rd, rd, short_reg(raw, 2));
}

int32_t jump_offset(uint32_t raw) {
  return sext((bits(raw, 12, 12) << 11) | (bits(raw, 11, 11) << 4) | (bits(raw, 10, 9) << 8) |
                  (bits(raw, 8, 8) << 10) | (bits(raw, 7, 7) << 6) | (bits(raw, 6, 6) << 7) |
                  (bits(raw, 5, 3) << 1) | (bits(raw, 2, 2) << 5),
              12);
}

int32_t branch_offset(uint32_t raw) {
  return sext((bits(raw, 12, 12) << 8) | (bits(raw, 11, 10) << 3) | (bits(raw, 6, 5) << 6) |
                  (bits(raw, 4, 3) << 1) | (bits(raw, 2, 2) << 5),
              9);
}

Insn lui_or_addi16sp(uint32_t raw) {
  const unsigned rd = bits(raw, 11, 7);
  if (rd == kSp) {
    const int32_t imm =
        sext((bits(raw, 12, 12) << 9) | (bits(raw, 6, 6) << 4) | (bits(raw, 5, 5) << 6) |
                 (bits(raw, 4, 3) << 7) | (bits(raw, 2, 2) << 5),
             10);
    if (imm == 0) return illegal();
    return make_imm(Op::addi, kSp, kSp, 0, imm);
  }
  if (imm6(raw) == 0) return illegal();
  return make_imm(Op::lui, rd, 0, 0, imm6(raw) * 4096);
}

Insn quadrant1(uint32_t raw) {
  const unsigned rd = bits(raw, 11, 7);
  switch (bits(raw, 15, 13)) {
    case 0:
      return make_imm(Op::addi, rd, rd, 0, imm6(raw));
    case 1:
      if (rd == 0) return illegal();
      return make_imm(Op::addiw, rd, rd, 0, imm6(raw));
    case 2:
      return make_imm(Op::addi, rd, 0, 0, imm6(raw));
    case 3:
      return lui_or_addi16sp(raw);
    case 4:
      return arithmetic(raw);
    case 5:
      return make_imm(Op::jal, 0, 0, 0, jump_offset(raw));
    case 6:
      return make_imm(Op::beq, 0, short_reg(raw, 7), 0, branch_offset(raw));
    default:
      return make_imm(Op::bne, 0, short_reg(raw, 7), 0, branch_offset(raw));
  }
}

Insn jump_move_add(uint32_t raw) {
  const unsigned rd = bits(raw, 11, 7);
  const unsigned rs2 = bits(raw, 6, 2);
  const bool bit12 = bits(raw, 12, 12) != 0;
  if (rs2 != 0) return make(Op::add, rd, bit12 ? rd : 0, rs2);
  if (rd == 0) return bit12 ? make(Op::ebreak, 0, 0, 0) : illegal();
  return make(Op::jalr, bit12 ? kRa : 0, rd, 0);
}

Insn quadrant2(uint32_t raw) {
  const unsigned rd = bits(raw, 11, 7);
  const unsigned rs2 = bits(raw, 6, 2);
  const auto load_word = static_cast<int32_t>((bits(raw, 12, 12) << 5) | (bits(raw, 6, 4) << 2) |
                                              (bits(raw, 3, 2) << 6));
  const auto load_double = static_cast<int32_t>((bits(raw, 12, 12) << 5) | (bits(raw, 6, 5) << 3) |
                                                (bits(raw, 4, 2) << 6));
  const auto store_word = static_cast<int32_t>((bits(raw, 12, 9) << 2) | (bits(raw, 8, 7) << 6));
  const auto store_double = static_cast<int32_t>((bits(raw, 12, 10) << 3) | (bits(raw, 9, 7) << 6));
  switch (bits(raw, 15, 13)) {
    case 0: {
      const auto shamt = static_cast<int32_t>((bits(raw, 12, 12) << 5) | bits(raw, 6, 2));
      return make_imm(Op::slli, rd, rd, 0, shamt);
    }
    case 1:
      return make_imm(Op::fld, rd, kSp, 0, load_double);
    case 2:
      return rd == 0 ? illegal() : make_imm(Op::lw, rd, kSp, 0, load_word);
    case 3:
      return rd == 0 ? illegal() : make_imm(Op::ld, rd, kSp, 0, load_double);
    case 4:
      return jump_move_add(raw);
    case 5:
      return make_imm(Op::fsd, 0, kSp, rs2, store_double);
    case 6:
      return make_imm(Op::sw, 0, kSp, rs2, store_word);
    default:
      return make_imm(Op::sd, 0, kSp, rs2, store_double);
  }
}

}  // namespace

Insn decode_rvc(uint16_t raw) {
  Insn i;
  switch (raw & 3) {
    case 0:
      i = quadrant0(raw);
      break;
    case 1:
      i = quadrant1(raw);
      break;
    default:
      i = quadrant2(raw);
      break;
  }
  if (i.op == Op::illegal) i.imm = raw;
  i.length = 2;
  return i;
}

}  // namespace ringside::cpu
