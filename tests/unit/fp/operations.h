// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cpu/fp/fp.h"

/// The operations that round, in one shape, so that two ways to compute them can be compared.
namespace ringside::cpu::fp::test {

enum class Op { kAdd, kSub, kMul, kDiv, kSqrt, kFma };

inline constexpr Op kOps[] = {Op::kAdd, Op::kSub, Op::kMul, Op::kDiv, Op::kSqrt, Op::kFma};
inline constexpr const char* kOpNames[] = {"add", "sub", "mul", "div", "sqrt", "fma"};

/// Operands; those an operation does not take are ignored.
template <class F>
struct Operands3 {
  typename F::Bits a, b, c;
};

/// As the hart computes it.
struct Fast {
  template <class F>
  static typename F::Bits compute(Op op, const Operands3<F>& x, Rm rm, Flags& flags) {
    switch (op) {
      case Op::kAdd:
        return add<F>(x.a, x.b, rm, flags);
      case Op::kSub:
        return sub<F>(x.a, x.b, rm, flags);
      case Op::kMul:
        return mul<F>(x.a, x.b, rm, flags);
      case Op::kDiv:
        return div<F>(x.a, x.b, rm, flags);
      case Op::kSqrt:
        return sqrt<F>(x.a, rm, flags);
      case Op::kFma:
        return fma<F>(x.a, x.b, x.c, rm, flags);
    }
    return 0;
  }
};

/// With integers only.
struct Soft {
  template <class F>
  static typename F::Bits compute(Op op, const Operands3<F>& x, Rm rm, Flags& flags) {
    switch (op) {
      case Op::kAdd:
        return soft::add<F>(x.a, x.b, rm, flags);
      case Op::kSub:
        return soft::sub<F>(x.a, x.b, rm, flags);
      case Op::kMul:
        return soft::mul<F>(x.a, x.b, rm, flags);
      case Op::kDiv:
        return soft::div<F>(x.a, x.b, rm, flags);
      case Op::kSqrt:
        return soft::sqrt<F>(x.a, rm, flags);
      case Op::kFma:
        return soft::fma<F>(x.a, x.b, x.c, rm, flags);
    }
    return 0;
  }
};

}  // namespace ringside::cpu::fp::test
