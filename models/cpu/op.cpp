// SPDX-License-Identifier: Apache-2.0
#include "cpu/op.h"

namespace ringside::cpu {

namespace {

constexpr OpClass kClassOf[kOps] = {
#define RINGSIDE_OP(name, klass) OpClass::klass,
#define RINGSIDE_PSEUDO(name) OpClass::kAlu,
#define RINGSIDE_PAIR(first, second) OpClass::kAlu,
#include "cpu/ops.def"
#include "cpu/pairs.def"
#undef RINGSIDE_PAIR
#undef RINGSIDE_OP
#undef RINGSIDE_PSEUDO
};

constexpr const char* kNames[kOps] = {
#define RINGSIDE_OP(name, klass) #name,
#define RINGSIDE_PSEUDO(name) #name,
#define RINGSIDE_PAIR(first, second) #first "+" #second,
#include "cpu/ops.def"
#include "cpu/pairs.def"
#undef RINGSIDE_PAIR
#undef RINGSIDE_OP
#undef RINGSIDE_PSEUDO
};

constexpr const char* kClassNames[kOpClasses] = {
    "alu", "mul",   "div",    "load",   "store",  "branch", "jump",   "amo",
    "csr", "fence", "system", "fp_add", "fp_mul", "fp_div", "fp_fma", "fp_misc"};

}  // namespace

OpClass op_class(Op op) {
  return kClassOf[static_cast<size_t>(op)];
}

const char* op_name(Op op) {
  return kNames[static_cast<size_t>(op)];
}

const char* op_class_name(OpClass klass) {
  return kClassNames[static_cast<size_t>(klass)];
}

}  // namespace ringside::cpu
