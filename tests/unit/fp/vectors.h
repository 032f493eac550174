// SPDX-License-Identifier: Apache-2.0
#pragma once

/*
 * What the guest program and the test that drives it have in common; C and C++.
 * The guest reads requests from standard input and writes one reply each to standard output.
 */
#ifdef __cplusplus
#include <cstdint>
#else
#include <stdint.h>
#endif

/* FP_OP(name, instruction): sources ft0, ft1, ft2 or a0, result in ft3. */
/* FP_TO_X(name, instruction): the same, result in t0. */
#define FP_INSTRUCTIONS_OF(S, s)                     \
  FP_OP(Add##S, "fadd." s " ft3, ft0, ft1")          \
  FP_OP(Sub##S, "fsub." s " ft3, ft0, ft1")          \
  FP_OP(Mul##S, "fmul." s " ft3, ft0, ft1")          \
  FP_OP(Div##S, "fdiv." s " ft3, ft0, ft1")          \
  FP_OP(Sqrt##S, "fsqrt." s " ft3, ft0")             \
  FP_OP(Madd##S, "fmadd." s " ft3, ft0, ft1, ft2")   \
  FP_OP(Msub##S, "fmsub." s " ft3, ft0, ft1, ft2")   \
  FP_OP(Nmadd##S, "fnmadd." s " ft3, ft0, ft1, ft2") \
  FP_OP(Nmsub##S, "fnmsub." s " ft3, ft0, ft1, ft2") \
  FP_OP(Min##S, "fmin." s " ft3, ft0, ft1")          \
  FP_OP(Max##S, "fmax." s " ft3, ft0, ft1")          \
  FP_OP(Sgnj##S, "fsgnj." s " ft3, ft0, ft1")        \
  FP_OP(Sgnjn##S, "fsgnjn." s " ft3, ft0, ft1")      \
  FP_OP(Sgnjx##S, "fsgnjx." s " ft3, ft0, ft1")      \
  FP_OP(FromW##S, "fcvt." s ".w ft3, a0")            \
  FP_OP(FromWu##S, "fcvt." s ".wu ft3, a0")          \
  FP_OP(FromL##S, "fcvt." s ".l ft3, a0")            \
  FP_OP(FromLu##S, "fcvt." s ".lu ft3, a0")          \
  FP_TO_X(Eq##S, "feq." s " t0, ft0, ft1")           \
  FP_TO_X(Lt##S, "flt." s " t0, ft0, ft1")           \
  FP_TO_X(Le##S, "fle." s " t0, ft0, ft1")           \
  FP_TO_X(Class##S, "fclass." s " t0, ft0")          \
  FP_TO_X(ToW##S, "fcvt.w." s " t0, ft0, dyn")       \
  FP_TO_X(ToWu##S, "fcvt.wu." s " t0, ft0, dyn")     \
  FP_TO_X(ToL##S, "fcvt.l." s " t0, ft0, dyn")       \
  FP_TO_X(ToLu##S, "fcvt.lu." s " t0, ft0, dyn")

#define FP_INSTRUCTIONS                 \
  FP_INSTRUCTIONS_OF(S, "s")            \
  FP_INSTRUCTIONS_OF(D, "d")            \
  FP_OP(DToS, "fcvt.s.d ft3, ft0, dyn") \
  FP_OP(SToD, "fcvt.d.s ft3, ft0")

enum FpInstruction {
#define FP_OP(name, instruction) kFp##name,
#define FP_TO_X(name, instruction) kFp##name,
  FP_INSTRUCTIONS
#undef FP_OP
#undef FP_TO_X
      kFpInstructions
};

struct FpRequest {
  uint32_t instruction; /* FpInstruction */
  uint32_t frm;
  uint64_t a; /* contents of ft0 and of a0 */
  uint64_t b; /* ft1 */
  uint64_t c; /* ft2 */
};

struct FpReply {
  uint64_t value; /* contents of ft3 or t0 */
  uint64_t fflags;
};
