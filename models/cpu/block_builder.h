// SPDX-License-Identifier: Apache-2.0
// Turns decoded instructions into threaded code.
#pragma once

#include "cpu/block.h"

namespace ringside::cpu {

/// Collects one block. Feed instructions in order until add() says the block is complete, then
/// finish().
class BlockBuilder {
 public:
  static constexpr unsigned kMaxInstructions = 64;
  static constexpr unsigned kMaxSlots = 2 * kMaxInstructions + 2;

  BlockBuilder(const CycleTable& cycles, uint64_t paddr);

  /// True if the block may go on behind this instruction.
  bool add(const Insn& insn);

  /// Closes a block that ran out of page or length.
  void finish();

  unsigned instructions() const { return instructions_; }
  unsigned slots() const { return slots_; }
  const ThreadOp* ops() const { return ops_; }
  const Cost* costs() const { return costs_; }

  /// Bytes a block of `slots` slots takes with its cost table.
  static size_t bytes(unsigned slots);
  /// Writes the finished block to `memory`, which holds bytes(slots()).
  Block* place(void* memory, bool cached) const;

 private:
  void push(Op op, const Insn& insn, int32_t imm);
  void push_link(int32_t target);
  bool fuse(const Insn& insn);
  void simplify(const Insn& insn);
  void join_pairs();
  Cost so_far() const { return make_cost(cycle_sum_, instructions_); }

  const CycleTable& cycles_;
  const uint64_t paddr_;
  ThreadOp ops_[kMaxSlots];
  Op kinds_[kMaxSlots];  ///< of the slots; Op::kCount for a link
  Cost costs_[kMaxSlots];
  unsigned slots_ = 0;
  unsigned instructions_ = 0;
  int64_t cycle_sum_ = 0;
  unsigned end_ = 0;  ///< bytes covered so far
  Insn last_;         ///< the instruction in the last slot
  bool open_ = true;
  bool fusible_ = false;  ///< the last slot holds exactly `last_`
};

/// Target of links that leave the page: sends the interpreter to its jump cache.
Block* far_block();

}  // namespace ringside::cpu
