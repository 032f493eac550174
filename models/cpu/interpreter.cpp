// SPDX-License-Identifier: Apache-2.0
// Threaded code: each operation ends with a jump to the label of the next one. The bodies are in
// interp_*.inc, all of one function, so that the few hot variables stay in registers.
#include "cpu/interpreter.h"

#include <cstring>

#include "cpu/fp/fp.h"
#include "cpu/hart_core.h"
#include "cpu/int_ops.h"
#include "cpu/interp_bodies.h"

namespace ringside::cpu {

const void* Interpreter::label(Op op) {
  static const void* const* const labels = dispatch(nullptr);
  return labels[static_cast<size_t>(op)];
}

// Computed goto is what this file is about; GNU C++ and clang have it.
#pragma GCC diagnostic ignored "-Wpedantic"

#define OP(name) op_##name:
#define NEXT          \
  do {                \
    ++ip;             \
    goto * ip->label; \
  } while (0)
#define RD x[ip->rd]
#define RS1 x[ip->rs1]
#define RS2 x[ip->rs2]
#define IMM static_cast<uint64_t>(int64_t{ip->imm})
#define LIKELY(c) __builtin_expect(!!(c), 1)
#define UNLIKELY(c) __builtin_expect(!!(c), 0)

// Before and after a call that may look at, or change, the hart.
#define SYNC              \
  do {                    \
    h.pc_ = base;         \
    h.counter_ = counter; \
    h.at_ = ip;           \
    h.block_ = block;     \
  } while (0)
#define RESYNC            \
  do {                    \
    counter = h.counter_; \
    h.at_ = nullptr;      \
  } while (0)

#define LINK (reinterpret_cast<Link*>(const_cast<ThreadOp*>(ip + 1)))
// Leaves the block by the link behind ip; `base` is the address of the next block already.
#define FOLLOW                                    \
  do {                                            \
    Link* const link = LINK;                      \
    counter -= link->cost;                        \
    Block* const to = link->target;               \
    if (UNLIKELY(to == nullptr)) goto unresolved; \
    if (UNLIKELY(counter < 0)) goto check;        \
    block = to;                                   \
    ip = to->ops;                                 \
    goto * ip->label;                             \
  } while (0)

const void* const* Interpreter::dispatch(HartCore* hart) {
  static const void* const labels[kOps] = {
#define RINGSIDE_OP(name, klass) &&op_##name,
#define RINGSIDE_PSEUDO(name) &&op_##name,
#define RINGSIDE_PAIR(first, second) &&op_pair_##first##_##second,
#include "cpu/ops.def"
#include "cpu/pairs.def"
#undef RINGSIDE_PAIR
#undef RINGSIDE_OP
#undef RINGSIDE_PSEUDO
  };
  if (hart == nullptr) return labels;

  HartCore& h = *hart;
  uint64_t* const x = h.x_;
  const ThreadOp* ip = nullptr;
  const Block* block = nullptr;
  int64_t counter = h.counter_;
  uint64_t base = h.pc_;

lookup:
  if (UNLIKELY(counter < 0)) goto check;
  {
    const JumpEntry& j = h.jumps_.entry(base);
    if (LIKELY(j.pc == base && j.tag == h.fetch_tag_)) {
      block = j.block;
      ip = block->ops;
      goto * ip->label;
    }
  }
lookup_slow:
  h.pc_ = base;
  h.counter_ = counter;
  block = h.find_block(base, false);
  counter = h.counter_;
  if (UNLIKELY(block == nullptr)) {
    base = h.pc_;
    goto lookup;
  }
  ip = block->ops;
  goto * ip->label;

unresolved:
  h.pc_ = base;
  h.counter_ = counter;
  {
    Block* const to = h.resolve(LINK, block, base);
    counter = h.counter_;
    base = h.pc_;
    if (to == nullptr || counter < 0) goto lookup;
    block = to;
    ip = to->ops;
    goto * ip->label;
  }

check:
  h.pc_ = base;
  h.counter_ = counter;
  if (!h.service()) return nullptr;
  counter = h.counter_;
  base = h.pc_;
  goto lookup;

// The operation at ip failed: the instructions before it have retired.
trap:
  h.counter_ = counter - block->costs[ip - block->ops];
  h.pc_ = base + 2 * uint64_t{ip->offset};
  h.take_trap();
  counter = h.counter_;
  base = h.pc_;
  goto lookup;

slow_load:
  SYNC;
  {
    const bool ok = h.slow_load(ip);
    RESYNC;
    if (UNLIKELY(!ok)) goto trap;
  }
  NEXT;

slow_store:
  SYNC;
  {
    const bool ok = h.slow_store(ip);
    RESYNC;
    if (UNLIKELY(!ok)) goto trap;
  }
  NEXT;

  OP(dead_block) {
    goto lookup_slow;
  }
  OP(far_jump) {
    goto lookup;
  }

#define RINGSIDE_SINGLE(name) \
  OP(name) {                  \
    BODY_##name;              \
    NEXT;                     \
  }
#define RINGSIDE_PAIR(first, second) \
  OP(pair_##first##_##second) {      \
    BODY_##first;                    \
    ++ip;                            \
    BODY_##second;                   \
    NEXT;                            \
  }
#include "cpu/pairs.def"
#undef RINGSIDE_PAIR

#include "cpu/interp_flow.inc"
#include "cpu/interp_fp.inc"
#include "cpu/interp_int.inc"
#include "cpu/interp_mem.inc"
}

}  // namespace ringside::cpu
