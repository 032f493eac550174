// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "cpu/fp/format.h"

#ifdef __FAST_MATH__
#error "the hart's arithmetic needs IEEE 754 semantics: build without -ffast-math"
#endif

/// The host's own float and double, as a shortcut. They are used without looking at the host's
/// exception flags: only where the result itself shows that nothing but NX can have been raised.
namespace ringside::cpu::fp::host {

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

/// False where the compiler keeps intermediate results wider than their type (x87).
inline constexpr bool kExactTypes = FLT_EVAL_METHOD == 0;

inline float value(std::uint32_t bits) {
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

inline double value(std::uint64_t bits) {
  double result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

inline std::uint32_t bits(float value) {
  std::uint32_t result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

inline std::uint64_t bits(double value) {
  std::uint64_t result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

/// True if the host rounds as asked and NX is already recorded, so that a result for which
/// nothing else is possible can be taken from the host as it is.
inline bool usable(Rm rm, Flags flags) {
  return kExactTypes && rm == Rm::kRne && (flags & kNx) != 0;
}

#if defined(__x86_64__)

/// True if this processor has the FMA3 instructions.
extern const bool kFma;

// By hand, since the build may be for processors without FMA: std::fma would be a call.
inline double fma(double a, double b, double c) {
  __asm__("vfmadd213sd %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
  return a;
}

inline float fma(float a, float b, float c) {
  __asm__("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
  return a;
}

#else

#if defined(FP_FAST_FMA) && defined(FP_FAST_FMAF)
inline constexpr bool kFma = true;
#else
inline constexpr bool kFma = false;
#endif

inline double fma(double a, double b, double c) {
  return std::fma(a, b, c);
}
inline float fma(float a, float b, float c) {
  return std::fma(a, b, c);
}

#endif

}  // namespace ringside::cpu::fp::host
