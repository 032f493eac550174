// SPDX-License-Identifier: Apache-2.0
#include "cpu/decode.h"

#include "cpu/decode_fields.h"

namespace ringside::cpu {

namespace {

Insn decode_branch(uint32_t raw) {
  static constexpr Op kOp[8] = {Op::beq, Op::bne, Op::illegal, Op::illegal,
                                Op::blt, Op::bge, Op::bltu,    Op::bgeu};
  Insn i = make(kOp[bits(raw, 14, 12)], 0, bits(raw, 19, 15), bits(raw, 24, 20));
  i.imm = sext((bits(raw, 31, 31) << 12) | (bits(raw, 7, 7) << 11) | (bits(raw, 30, 25) << 5) |
                   (bits(raw, 11, 8) << 1),
               13);
  return i;
}

Insn decode_load(uint32_t raw) {
  static constexpr Op kOp[8] = {Op::lb,  Op::lh,  Op::lw,  Op::ld,
                                Op::lbu, Op::lhu, Op::lwu, Op::illegal};
  return make_i(kOp[bits(raw, 14, 12)], raw);
}

Insn decode_store(uint32_t raw) {
  static constexpr Op kOp[8] = {Op::sb,      Op::sh,      Op::sw,      Op::sd,
                                Op::illegal, Op::illegal, Op::illegal, Op::illegal};
  return make_s(kOp[bits(raw, 14, 12)], raw);
}

// Zbb's one-operand group: OP-IMM funct3 1 with funct7 0x30.
Op unary_op(unsigned selector, bool word) {
  switch (selector) {
    case 0:
      return word ? Op::clzw : Op::clz;
    case 1:
      return word ? Op::ctzw : Op::ctz;
    case 2:
      return word ? Op::cpopw : Op::cpop;
    case 4:
      return word ? Op::illegal : Op::sext_b;
    case 5:
      return word ? Op::illegal : Op::sext_h;
    default:
      return Op::illegal;
  }
}

Insn make_shift(Op op, uint32_t raw, unsigned amount) {
  Insn i = make(op, bits(raw, 11, 7), bits(raw, 19, 15), 0);
  i.imm = static_cast<int32_t>(amount);
  return i;
}

Insn decode_op_imm(uint32_t raw) {
  const unsigned top6 = bits(raw, 31, 26);
  const unsigned shamt = bits(raw, 25, 20);
  switch (bits(raw, 14, 12)) {
    case 0:
      return make_i(Op::addi, raw);
    case 2:
      return make_i(Op::slti, raw);
    case 3:
      return make_i(Op::sltiu, raw);
    case 4:
      return make_i(Op::xori, raw);
    case 6:
      return make_i(Op::ori, raw);
    case 7:
      return make_i(Op::andi, raw);
    case 1:
      switch (top6) {
        case 0x00:
          return make_shift(Op::slli, raw, shamt);
        case 0x0a:
          return make_shift(Op::bseti, raw, shamt);
        case 0x12:
          return make_shift(Op::bclri, raw, shamt);
        case 0x1a:
          return make_shift(Op::binvi, raw, shamt);
        case 0x18:
          return make(unary_op(shamt, false), bits(raw, 11, 7), bits(raw, 19, 15), 0);
        default:
          return make(Op::illegal, 0, 0, 0);
      }
    default:
      switch (top6) {
        case 0x00:
          return make_shift(Op::srli, raw, shamt);
        case 0x10:
          return make_shift(Op::srai, raw, shamt);
        case 0x12:
          return make_shift(Op::bexti, raw, shamt);
        case 0x18:
          return make_shift(Op::rori, raw, shamt);
        case 0x0a:
          return make_shift(shamt == 7 ? Op::orc_b : Op::illegal, raw, 0);
        case 0x1a:
          return make_shift(shamt == 56 ? Op::rev8 : Op::illegal, raw, 0);
        default:
          return make(Op::illegal, 0, 0, 0);
      }
  }
}

Insn decode_op_imm32(uint32_t raw) {
  const unsigned funct7 = bits(raw, 31, 25);
  const unsigned shamt = bits(raw, 24, 20);
  switch (bits(raw, 14, 12)) {
    case 0:
      return make_i(Op::addiw, raw);
    case 1:
      if (funct7 == 0x00) return make_shift(Op::slliw, raw, shamt);
      if (bits(raw, 31, 26) == 0x02) return make_shift(Op::slli_uw, raw, bits(raw, 25, 20));
      if (funct7 == 0x30)
        return make(unary_op(shamt, true), bits(raw, 11, 7), bits(raw, 19, 15), 0);
      break;
    case 5:
      if (funct7 == 0x00) return make_shift(Op::srliw, raw, shamt);
      if (funct7 == 0x20) return make_shift(Op::sraiw, raw, shamt);
      if (funct7 == 0x30) return make_shift(Op::roriw, raw, shamt);
      break;
    default:
      break;
  }
  return make(Op::illegal, 0, 0, 0);
}

using Row = Op[8];
constexpr Op kNo = Op::illegal;

Op op_reg(unsigned funct7, unsigned funct3) {
  static constexpr Row kBase = {Op::add,  Op::sll, Op::slt, Op::sltu,
                                Op::xor_, Op::srl, Op::or_, Op::and_};
  static constexpr Row kAlt = {Op::sub, kNo, kNo, kNo, Op::xnor, Op::sra, Op::orn, Op::andn};
  static constexpr Row kMulDiv = {Op::mul, Op::mulh, Op::mulhsu, Op::mulhu,
                                  Op::div, Op::divu, Op::rem,    Op::remu};
  static constexpr Row kMinMax = {kNo,     Op::clmul, Op::clmulr, Op::clmulh,
                                  Op::min, Op::minu,  Op::max,    Op::maxu};
  static constexpr Row kShAdd = {kNo, kNo, Op::sh1add, kNo, Op::sh2add, kNo, Op::sh3add, kNo};
  static constexpr Row kSet = {kNo, Op::bset, kNo, kNo, kNo, kNo, kNo, kNo};
  static constexpr Row kClear = {kNo, Op::bclr, kNo, kNo, kNo, Op::bext, kNo, kNo};
  static constexpr Row kInvert = {kNo, Op::binv, kNo, kNo, kNo, kNo, kNo, kNo};
  static constexpr Row kRotate = {kNo, Op::rol, kNo, kNo, kNo, Op::ror, kNo, kNo};
  static constexpr Row kCond = {kNo, kNo, kNo, kNo, kNo, Op::czero_eqz, kNo, Op::czero_nez};
  switch (funct7) {
    case 0x00:
      return kBase[funct3];
    case 0x01:
      return kMulDiv[funct3];
    case 0x05:
      return kMinMax[funct3];
    case 0x07:
      return kCond[funct3];
    case 0x10:
      return kShAdd[funct3];
    case 0x14:
      return kSet[funct3];
    case 0x20:
      return kAlt[funct3];
    case 0x24:
      return kClear[funct3];
    case 0x30:
      return kRotate[funct3];
    case 0x34:
      return kInvert[funct3];
    default:
      return kNo;
  }
}

Op op_reg32(unsigned funct7, unsigned funct3, unsigned rs2) {
  static constexpr Row kBase = {Op::addw, Op::sllw, kNo, kNo, kNo, Op::srlw, kNo, kNo};
  static constexpr Row kAlt = {Op::subw, kNo, kNo, kNo, kNo, Op::sraw, kNo, kNo};
  static constexpr Row kMulDiv = {Op::mulw, kNo,       kNo,      kNo,
                                  Op::divw, Op::divuw, Op::remw, Op::remuw};
  static constexpr Row kUw = {Op::add_uw, kNo, kNo, kNo, kNo, kNo, kNo, kNo};
  static constexpr Row kShAdd = {kNo,           kNo, Op::sh1add_uw, kNo,
                                 Op::sh2add_uw, kNo, Op::sh3add_uw, kNo};
  static constexpr Row kRotate = {kNo, Op::rolw, kNo, kNo, kNo, Op::rorw, kNo, kNo};
  switch (funct7) {
    case 0x00:
      return kBase[funct3];
    case 0x01:
      return kMulDiv[funct3];
    case 0x04:
      if (funct3 == 4 && rs2 == 0) return Op::zext_h;
      return kUw[funct3];
    case 0x10:
      return kShAdd[funct3];
    case 0x20:
      return kAlt[funct3];
    case 0x30:
      return kRotate[funct3];
    default:
      return kNo;
  }
}

Insn decode_amo(uint32_t raw) {
  const unsigned width = bits(raw, 14, 12);
  const unsigned rs2 = bits(raw, 24, 20);
  if (width != 2 && width != 3) return make(Op::illegal, 0, 0, 0);
  Op op = Op::illegal;
  switch (bits(raw, 31, 27)) {
    case 0x00:
      op = Op::amoadd_w;
      break;
    case 0x01:
      op = Op::amoswap_w;
      break;
    case 0x02:
      op = rs2 == 0 ? Op::lr_w : Op::illegal;
      break;
    case 0x03:
      op = Op::sc_w;
      break;
    case 0x04:
      op = Op::amoxor_w;
      break;
    case 0x08:
      op = Op::amoor_w;
      break;
    case 0x0c:
      op = Op::amoand_w;
      break;
    case 0x10:
      op = Op::amomin_w;
      break;
    case 0x14:
      op = Op::amomax_w;
      break;
    case 0x18:
      op = Op::amominu_w;
      break;
    case 0x1c:
      op = Op::amomaxu_w;
      break;
    default:
      break;
  }
  if (op == Op::illegal) return make(op, 0, 0, 0);
  if (width == 3) {
    op = static_cast<Op>(static_cast<unsigned>(op) + static_cast<unsigned>(Op::lr_d) -
                         static_cast<unsigned>(Op::lr_w));
  }
  return make(op, bits(raw, 11, 7), bits(raw, 19, 15), rs2);
}

Insn decode_misc_mem(uint32_t raw) {
  switch (bits(raw, 14, 12)) {
    case 0:
      // PAUSE is FENCE with pred=W, succ=0, rd=rs1=0 (Zihintpause).
      return make(raw == 0x0100000f ? Op::pause : Op::fence, 0, 0, 0);
    case 1:
      return make(Op::fence_i, 0, 0, 0);
    case 2: {
      if (bits(raw, 11, 7) != 0) break;
      static constexpr Op kCbo[] = {Op::cbo_inval, Op::cbo_clean, Op::cbo_flush, kNo, Op::cbo_zero};
      const unsigned which = bits(raw, 31, 20);
      if (which >= 5) break;
      return make(kCbo[which], 0, bits(raw, 19, 15), 0);
    }
    default:
      break;
  }
  return make(Op::illegal, 0, 0, 0);
}

Insn decode_privileged(uint32_t raw) {
  switch (raw) {
    case 0x00000073:
      return make(Op::ecall, 0, 0, 0);
    case 0x00100073:
      return make(Op::ebreak, 0, 0, 0);
    case 0x10200073:
      return make(Op::sret, 0, 0, 0);
    case 0x30200073:
      return make(Op::mret, 0, 0, 0);
    case 0x10500073:
      return make(Op::wfi, 0, 0, 0);
    case 0x18000073:  // sfence.w.inval
    case 0x18100073:  // sfence.inval.ir
      return make(Op::sfence_inval, 0, 0, 0);
    default:
      break;
  }
  const unsigned funct7 = bits(raw, 31, 25);
  const bool sfence = funct7 == 0x09 || funct7 == 0x0b;  // sfence.vma, sinval.vma
  if (sfence && bits(raw, 11, 7) == 0) {
    return make(Op::sfence_vma, 0, bits(raw, 19, 15), bits(raw, 24, 20));
  }
  return make(Op::illegal, 0, 0, 0);
}

Insn decode_system(uint32_t raw) {
  static constexpr Op kOp[8] = {kNo, Op::csrrw,  Op::csrrs,  Op::csrrc,
                                kNo, Op::csrrwi, Op::csrrsi, Op::csrrci};
  const unsigned funct3 = bits(raw, 14, 12);
  if (funct3 == 0) return decode_privileged(raw);
  Insn i = make(kOp[funct3], bits(raw, 11, 7), bits(raw, 19, 15), 0);
  i.imm = static_cast<int32_t>(bits(raw, 31, 20));
  return i;
}

Insn decode_jal(uint32_t raw) {
  Insn i = make(Op::jal, bits(raw, 11, 7), 0, 0);
  i.imm = sext((bits(raw, 31, 31) << 20) | (bits(raw, 19, 12) << 12) | (bits(raw, 20, 20) << 11) |
                   (bits(raw, 30, 21) << 1),
               21);
  return i;
}

Insn make_u(Op op, uint32_t raw) {
  Insn i = make(op, bits(raw, 11, 7), 0, 0);
  i.imm = static_cast<int32_t>(raw & 0xfffff000u);
  return i;
}

Insn decode_major(uint32_t raw) {
  const unsigned funct3 = bits(raw, 14, 12);
  const unsigned funct7 = bits(raw, 31, 25);
  const unsigned rd = bits(raw, 11, 7);
  const unsigned rs1 = bits(raw, 19, 15);
  const unsigned rs2 = bits(raw, 24, 20);
  switch (bits(raw, 6, 2)) {
    case 0x00:
      return decode_load(raw);
    case 0x01:
    case 0x09:
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13:
    case 0x14:
      return decode_fp(raw);
    case 0x03:
      return decode_misc_mem(raw);
    case 0x04:
      return decode_op_imm(raw);
    case 0x05:
      return make_u(Op::auipc, raw);
    case 0x06:
      return decode_op_imm32(raw);
    case 0x08:
      return decode_store(raw);
    case 0x0b:
      return decode_amo(raw);
    case 0x0c:
      return make(op_reg(funct7, funct3), rd, rs1, rs2);
    case 0x0d:
      return make_u(Op::lui, raw);
    case 0x0e:
      return make(op_reg32(funct7, funct3, rs2), rd, rs1, rs2);
    case 0x18:
      return decode_branch(raw);
    case 0x19:
      if (funct3 != 0) break;
      return make_i(Op::jalr, raw);
    case 0x1b:
      return decode_jal(raw);
    case 0x1c:
      return decode_system(raw);
    default:
      break;
  }
  return make(Op::illegal, 0, 0, 0);
}

}  // namespace

Insn decode(uint32_t raw) {
  if (!is_long(raw)) return decode_rvc(static_cast<uint16_t>(raw));
  Insn i = decode_major(raw);
  if (i.op == Op::illegal) i = Insn{};
  i.length = 4;
  if (i.op == Op::illegal) i.imm = static_cast<int32_t>(raw);
  return i;
}

bool is_fp(Op op) {
  return op >= Op::flw && op <= Op::fmv_d_x;
}

}  // namespace ringside::cpu
