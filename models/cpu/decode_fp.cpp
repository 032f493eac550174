// SPDX-License-Identifier: Apache-2.0
#include "cpu/decode_fields.h"

namespace ringside::cpu {

namespace {

Insn with_rounding(Insn i, uint32_t raw) {
  i.rm = static_cast<uint8_t>(bits(raw, 14, 12));
  // 5 and 6 are reserved encodings of the static rounding mode.
  if (i.rm == 5 || i.rm == 6) i.op = Op::illegal;
  return i;
}

Insn decode_fma(uint32_t raw) {
  static constexpr Op kSingle[4] = {Op::fmadd_s, Op::fmsub_s, Op::fnmsub_s, Op::fnmadd_s};
  static constexpr Op kDouble[4] = {Op::fmadd_d, Op::fmsub_d, Op::fnmsub_d, Op::fnmadd_d};
  const unsigned which = bits(raw, 3, 2);
  const unsigned format = bits(raw, 26, 25);
  if (format > 1) return make(Op::illegal, 0, 0, 0);
  Insn i = make(format == 0 ? kSingle[which] : kDouble[which], bits(raw, 11, 7), bits(raw, 19, 15),
                bits(raw, 24, 20));
  i.rs3 = static_cast<uint8_t>(bits(raw, 31, 27));
  return with_rounding(i, raw);
}

// Conversions pick the integer type by the rs2 field: w, wu, l, lu.
Op convert(Op first, unsigned which) {
  if (which > 3) return Op::illegal;
  return static_cast<Op>(static_cast<unsigned>(first) + which);
}

struct Selected {
  Op op;
  bool rounds;
};

Selected select_op(unsigned funct5, unsigned funct3, unsigned rs2, bool dbl) {
  const auto pick = [dbl](Op s, Op d) { return dbl ? d : s; };
  static constexpr Op kSignS[3] = {Op::fsgnj_s, Op::fsgnjn_s, Op::fsgnjx_s};
  static constexpr Op kSignD[3] = {Op::fsgnj_d, Op::fsgnjn_d, Op::fsgnjx_d};
  static constexpr Op kCmpS[3] = {Op::fle_s, Op::flt_s, Op::feq_s};
  static constexpr Op kCmpD[3] = {Op::fle_d, Op::flt_d, Op::feq_d};
  switch (funct5) {
    case 0x00:
      return {pick(Op::fadd_s, Op::fadd_d), true};
    case 0x01:
      return {pick(Op::fsub_s, Op::fsub_d), true};
    case 0x02:
      return {pick(Op::fmul_s, Op::fmul_d), true};
    case 0x03:
      return {pick(Op::fdiv_s, Op::fdiv_d), true};
    case 0x0b:
      return {rs2 == 0 ? pick(Op::fsqrt_s, Op::fsqrt_d) : Op::illegal, true};
    case 0x04:
      return {funct3 > 2 ? Op::illegal : pick(kSignS[funct3 % 3], kSignD[funct3 % 3]), false};
    case 0x05:
      if (funct3 == 0) return {pick(Op::fmin_s, Op::fmin_d), false};
      if (funct3 == 1) return {pick(Op::fmax_s, Op::fmax_d), false};
      break;
    case 0x08:
      if (!dbl && rs2 == 1) return {Op::fcvt_s_d, true};
      if (dbl && rs2 == 0) return {Op::fcvt_d_s, true};
      break;
    case 0x14:
      return {funct3 > 2 ? Op::illegal : pick(kCmpS[funct3 % 3], kCmpD[funct3 % 3]), false};
    case 0x18:
      return {convert(pick(Op::fcvt_w_s, Op::fcvt_w_d), rs2), true};
    case 0x1a:
      return {convert(pick(Op::fcvt_s_w, Op::fcvt_d_w), rs2), true};
    case 0x1c:
      if (rs2 != 0) break;
      if (funct3 == 0) return {pick(Op::fmv_x_w, Op::fmv_x_d), false};
      if (funct3 == 1) return {pick(Op::fclass_s, Op::fclass_d), false};
      break;
    case 0x1e:
      if (rs2 == 0 && funct3 == 0) return {pick(Op::fmv_w_x, Op::fmv_d_x), false};
      break;
    default:
      break;
  }
  return {Op::illegal, false};
}

Insn decode_op_fp(uint32_t raw) {
  const unsigned format = bits(raw, 26, 25);
  if (format > 1) return make(Op::illegal, 0, 0, 0);
  const unsigned rs2 = bits(raw, 24, 20);
  const Selected s = select_op(bits(raw, 31, 27), bits(raw, 14, 12), rs2, format == 1);
  const Insn i = make(s.op, bits(raw, 11, 7), bits(raw, 19, 15), rs2);
  return s.rounds ? with_rounding(i, raw) : i;
}

}  // namespace

Insn decode_fp(uint32_t raw) {
  const unsigned funct3 = bits(raw, 14, 12);
  switch (bits(raw, 6, 2)) {
    case 0x01:
      if (funct3 == 2) return make_i(Op::flw, raw);
      if (funct3 == 3) return make_i(Op::fld, raw);
      break;
    case 0x09:
      if (funct3 == 2) return make_s(Op::fsw, raw);
      if (funct3 == 3) return make_s(Op::fsd, raw);
      break;
    case 0x14:
      return decode_op_fp(raw);
    default:
      return decode_fma(raw);
  }
  return make(Op::illegal, 0, 0, 0);
}

}  // namespace ringside::cpu
