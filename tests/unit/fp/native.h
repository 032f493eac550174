// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__x86_64__)

#include <cstdint>

#include "cpu/fp/fp.h"
#include "unit/fp/operations.h"

/// The processor's own answer: an SSE instruction run under a given rounding mode, and the flags
/// it leaves in MXCSR. A reference that shares no code with what is tested.
namespace ringside::cpu::fp::test {

class Mxcsr {
 public:
  /// `rm` must not be kRmm, which the processor does not have.
  explicit Mxcsr(Rm rm) {
    constexpr std::uint32_t kMasked = 0x1f80;
    constexpr std::uint32_t kRoundingControl[] = {0, 3, 1, 2};  // by Rm
    const std::uint32_t value = kMasked | kRoundingControl[static_cast<int>(rm)] << 13;
    __asm__ volatile("stmxcsr %0" : "=m"(saved_));
    __asm__ volatile("ldmxcsr %0" : : "m"(value));
  }
  ~Mxcsr() { __asm__ volatile("ldmxcsr %0" : : "m"(saved_)); }
  Mxcsr(const Mxcsr&) = delete;
  Mxcsr& operator=(const Mxcsr&) = delete;

  Flags flags() const {
    std::uint32_t value;
    __asm__ volatile("stmxcsr %0" : "=m"(value));
    Flags result = 0;
    if ((value & 0x01) != 0) result |= kNv;
    if ((value & 0x04) != 0) result |= kDz;
    if ((value & 0x08) != 0) result |= kOf;
    if ((value & 0x10) != 0) result |= kUf;
    if ((value & 0x20) != 0) result |= kNx;
    return result;
  }

 private:
  std::uint32_t saved_;
};

template <class F>
typename F::Bits canonical(typename F::Bits a) {
  return F::is_nan(a) ? F::kNan : a;
}

inline float native_compute(Op op, float a, float b, float c) {
  switch (op) {
    case Op::kAdd:
      __asm__ volatile("addss %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kSub:
      __asm__ volatile("subss %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kMul:
      __asm__ volatile("mulss %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kDiv:
      __asm__ volatile("divss %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kSqrt:
      __asm__ volatile("sqrtss %0, %0" : "+x"(a));
      break;
    case Op::kFma:
      __asm__ volatile("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
      break;
  }
  return a;
}

inline double native_compute(Op op, double a, double b, double c) {
  switch (op) {
    case Op::kAdd:
      __asm__ volatile("addsd %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kSub:
      __asm__ volatile("subsd %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kMul:
      __asm__ volatile("mulsd %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kDiv:
      __asm__ volatile("divsd %1, %0" : "+x"(a) : "x"(b));
      break;
    case Op::kSqrt:
      __asm__ volatile("sqrtsd %0, %0" : "+x"(a));
      break;
    case Op::kFma:
      __asm__ volatile("vfmadd213sd %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
      break;
  }
  return a;
}

/// Usable for kFma only if the processor has FMA3.
struct Native {
  template <class F>
  static typename F::Bits compute(Op op, const Operands3<F>& x, Rm rm, Flags& flags) {
    const Mxcsr environment(rm);
    const auto result = native_compute(op, host::value(x.a), host::value(x.b), host::value(x.c));
    flags |= environment.flags();
    // The one difference: x86 lets a quiet NaN addend hide an invalid product.
    const bool invalid_product =
        (F::is_inf(x.a) && F::is_zero(x.b)) || (F::is_zero(x.a) && F::is_inf(x.b));
    if (op == Op::kFma && invalid_product) flags |= kNv;
    return canonical<F>(host::bits(result));
  }
};

inline std::uint32_t native_narrow(std::uint64_t a, Rm rm, Flags& flags) {
  const Mxcsr environment(rm);
  float result;
  __asm__ volatile("cvtsd2ss %1, %0" : "=x"(result) : "x"(host::value(a)));
  flags |= environment.flags();
  return canonical<Binary32>(host::bits(result));
}

inline std::uint32_t native_from(Binary32, std::int64_t a, Rm rm, Flags& flags) {
  const Mxcsr environment(rm);
  float result = 0;
  __asm__ volatile("cvtsi2ssq %1, %0" : "+x"(result) : "r"(a));
  flags |= environment.flags();
  return host::bits(result);
}

inline std::uint64_t native_from(Binary64, std::int64_t a, Rm rm, Flags& flags) {
  const Mxcsr environment(rm);
  double result = 0;
  __asm__ volatile("cvtsi2sdq %1, %0" : "+x"(result) : "r"(a));
  flags |= environment.flags();
  return host::bits(result);
}

/// Out of range is INT64_MIN with NV, unlike RISC-V.
inline std::int64_t native_to(Binary32, std::uint32_t a, Rm rm, Flags& flags) {
  const Mxcsr environment(rm);
  std::int64_t result;
  __asm__ volatile("cvtss2siq %1, %0" : "=r"(result) : "x"(host::value(a)));
  flags |= environment.flags();
  return result;
}

inline std::int64_t native_to(Binary64, std::uint64_t a, Rm rm, Flags& flags) {
  const Mxcsr environment(rm);
  std::int64_t result;
  __asm__ volatile("cvtsd2siq %1, %0" : "=r"(result) : "x"(host::value(a)));
  flags |= environment.flags();
  return result;
}

}  // namespace ringside::cpu::fp::test

#endif
