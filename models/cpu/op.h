// SPDX-License-Identifier: Apache-2.0
// Operations of the RV64 hart and their timing classes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::cpu {

/// What an operation costs is decided per class by a timing profile.
enum class OpClass : uint8_t {
  kAlu,
  kMul,
  kDiv,
  kLoad,
  kStore,
  kBranch,
  kJump,
  kAmo,
  kCsr,
  kFence,
  kSystem,
  kFpAdd,
  kFpMul,
  kFpDiv,
  kFpFma,
  kFpMisc,
  kCount
};

inline constexpr size_t kOpClasses = static_cast<size_t>(OpClass::kCount);

/// One enumerator per operation; compressed instructions decode to the same operations.
enum class Op : uint16_t {
#define RINGSIDE_OP(name, klass) name,
#define RINGSIDE_PSEUDO(name) name,
#define RINGSIDE_PAIR(first, second) pair_##first##_##second,
#include "cpu/ops.def"
#include "cpu/pairs.def"
#undef RINGSIDE_PAIR
#undef RINGSIDE_OP
#undef RINGSIDE_PSEUDO
  kCount
};

inline constexpr size_t kOps = static_cast<size_t>(Op::kCount);

OpClass op_class(Op op);
const char* op_name(Op op);
const char* op_class_name(OpClass klass);

/// Cycles per operation of each class: 1..60000. A block's cost is the sum over its operations.
struct CycleTable {
  uint16_t cycles[kOpClasses];
  CycleTable() {
    for (auto& c : cycles) c = 1;
  }
  uint16_t& operator[](OpClass klass) { return cycles[static_cast<size_t>(klass)]; }
  uint16_t operator[](OpClass klass) const { return cycles[static_cast<size_t>(klass)]; }
};

}  // namespace ringside::cpu
