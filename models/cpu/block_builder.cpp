// SPDX-License-Identifier: Apache-2.0
#include "cpu/block_builder.h"

#include <cstring>
#include <new>

#include "cpu/interpreter.h"

namespace ringside::cpu {

namespace {

constexpr uint8_t kSink = 32;  // register written by instructions whose rd is x0

bool fits32(int64_t value) {
  return value == static_cast<int32_t>(value);
}

bool is_load(Op op) {
  return op_class(op) == OpClass::kLoad;
}

uint8_t load_kind(Op op) {
  switch (op) {
    case Op::lb:
      return 1 | kAccessSigned;
    case Op::lh:
      return 2 | kAccessSigned;
    case Op::lw:
      return 4 | kAccessSigned;
    case Op::lbu:
      return 1;
    case Op::lhu:
      return 2;
    case Op::lwu:
      return 4;
    case Op::flw:
      return 4 | kAccessFp;
    case Op::fld:
      return 8 | kAccessFp;
    default:
      return 8;
  }
}

uint8_t store_kind(Op op) {
  switch (op) {
    case Op::sb:
      return 1;
    case Op::sh:
      return 2;
    case Op::sw:
      return 4;
    case Op::fsw:
      return 4 | kAccessFp;
    case Op::fsd:
      return 8 | kAccessFp;
    default:
      return 8;
  }
}

// ALU operations have no effect but on rd: with rd = x0 they are hints.
bool is_pure(Op op) {
  const OpClass c = op_class(op);
  return c == OpClass::kAlu || c == OpClass::kMul || c == OpClass::kDiv;
}

bool writes_float(Op op) {
  if (!is_fp(op)) return false;
  switch (op) {
    case Op::feq_s:
    case Op::flt_s:
    case Op::fle_s:
    case Op::fclass_s:
    case Op::fcvt_w_s:
    case Op::fcvt_wu_s:
    case Op::fcvt_l_s:
    case Op::fcvt_lu_s:
    case Op::fmv_x_w:
    case Op::feq_d:
    case Op::flt_d:
    case Op::fle_d:
    case Op::fclass_d:
    case Op::fcvt_w_d:
    case Op::fcvt_wu_d:
    case Op::fcvt_l_d:
    case Op::fcvt_lu_d:
    case Op::fmv_x_d:
      return false;
    default:
      return true;
  }
}

bool ends_block(Op op) {
  switch (op_class(op)) {
    case OpClass::kJump:
    case OpClass::kCsr:
    case OpClass::kSystem:
      return true;
    default:
      break;
  }
  return op == Op::fence_i || op == Op::sfence_vma || op == Op::sfence_inval || op == Op::pause;
}

// The pairs of cpu/pairs.def by their parts.
class PairTable {
 public:
  PairTable() {
#define RINGSIDE_PAIR(first, second) add(Op::first, Op::second, Op::pair_##first##_##second);
#include "cpu/pairs.def"
#undef RINGSIDE_PAIR
  }
  Op find(Op first, Op second) const {
    if (first == Op::kCount || second == Op::kCount) return Op::kCount;
    const unsigned a = index_[static_cast<size_t>(first)];
    const unsigned b = index_[static_cast<size_t>(second)];
    return a == 0 || b == 0 ? Op::kCount : pairs_[a][b];
  }

 private:
  static constexpr unsigned kMembers = 64;
  uint8_t member(Op op) {
    uint8_t& i = index_[static_cast<size_t>(op)];
    if (i == 0) i = ++members_;
    return i;
  }
  void add(Op first, Op second, Op pair) {
    const unsigned a = member(first);
    pairs_[a][member(second)] = pair;
  }

  uint8_t members_ = 0;
  uint8_t index_[kOps] = {};
  // Entries start as kCount, "no such pair".
  struct Entry {
    Op op = Op::kCount;
    Entry& operator=(Op o) {
      op = o;
      return *this;
    }
    operator Op() const { return op; }
  };
  Entry pairs_[kMembers][kMembers];
};

}  // namespace

BlockBuilder::BlockBuilder(const CycleTable& cycles, uint64_t paddr)
    : cycles_(cycles), paddr_(paddr) {}

void BlockBuilder::push(Op op, const Insn& insn, int32_t imm) {
  ThreadOp& t = ops_[slots_];
  t.label = Interpreter::label(op);
  t.imm = imm;
  t.rd = insn.rd;
  t.rs1 = insn.rs1;
  t.rs2 = insn.rs2;
  t.offset = static_cast<uint8_t>(end_ / 2);
  kinds_[slots_] = op;
  costs_[slots_++] = so_far();
}

void BlockBuilder::push_link(int32_t target) {
  const auto in_page = static_cast<int64_t>(paddr_ & kPageMask) + target;
  const bool near = in_page >= 0 && in_page < static_cast<int64_t>(kPageSize);
  const Link link = {near ? nullptr : far_block(), so_far()};
  std::memcpy(static_cast<void*>(&ops_[slots_]), &link, sizeof link);
  kinds_[slots_] = Op::kCount;
  costs_[slots_++] = so_far();
}

// Pairs that compilers emit to build one value become one operation.
bool BlockBuilder::fuse(const Insn& insn) {
  if (!fusible_ || insn.rd == 0 || insn.rd != last_.rd || insn.rs1 != last_.rd) return false;
  ThreadOp& t = ops_[slots_ - 1];
  const int64_t sum = int64_t{t.imm} + insn.imm;
  if (last_.op == Op::lui && insn.op == Op::addi && fits32(sum)) {
    t.imm = static_cast<int32_t>(sum);
  } else if (last_.op == Op::lui && insn.op == Op::addiw) {
    t.imm = static_cast<int32_t>(sum);
  } else if (last_.op == Op::auipc && insn.op == Op::addi && fits32(sum)) {
    t.imm = static_cast<int32_t>(sum);
  } else if (last_.op == Op::slli && last_.imm == 32 && insn.op == Op::srli && insn.imm == 32) {
    t.label = Interpreter::label(Op::add_uw);
    kinds_[slots_ - 1] = Op::add_uw;
    t.rs2 = 0;
  } else {
    return false;
  }
  fusible_ = false;
  return true;
}

void BlockBuilder::simplify(const Insn& insn) {
  if (is_pure(insn.op) && insn.rd == 0) return push(Op::nop, insn, 0);
  switch (insn.op) {
    case Op::addi:
      if (insn.rs1 == 0) return push(Op::li, insn, insn.imm);
      if (insn.imm == 0) return push(Op::mv, insn, 0);
      break;
    case Op::lui:
      return push(Op::li, insn, insn.imm);
    case Op::auipc:
      return push(Op::auipc, insn, insn.imm + static_cast<int32_t>(end_));
    case Op::add:
      if (insn.rs1 == 0) {
        Insn move = insn;
        move.rs1 = insn.rs2;
        return push(Op::mv, move, 0);
      }
      break;
    case Op::fence:
      return push(Op::nop, insn, 0);
    default:
      break;
  }
  push(insn.op, insn, insn.imm);
}

bool BlockBuilder::add(const Insn& insn) {
  const OpClass klass = op_class(insn.op);
  const auto start = static_cast<int32_t>(end_);
  if (fuse(insn)) {
    end_ += insn.length;
  } else {
    if (klass == OpClass::kBranch || insn.op == Op::jal) {
      push(insn.op, insn, start + insn.imm);
    } else {
      simplify(insn);
    }
    ThreadOp& t = ops_[slots_ - 1];
    if (is_load(insn.op)) t.rs2 = load_kind(insn.op);
    if (klass == OpClass::kStore) t.rd = store_kind(insn.op);
    if (klass == OpClass::kCsr)
      t.rs2 = static_cast<uint8_t>(insn.op) - static_cast<uint8_t>(Op::csrrw);
    if (is_fp(insn.op) && !is_load(insn.op) && klass != OpClass::kStore) {
      t.imm = insn.rm | (insn.rs3 << 8);
    }
    const bool keeps_rd =
        klass == OpClass::kCsr || klass == OpClass::kStore || writes_float(insn.op);
    if (t.rd == 0 && !keeps_rd) t.rd = kSink;
    end_ += insn.length;
    if (klass == OpClass::kJump) t.rs2 = static_cast<uint8_t>(end_ / 2);
    fusible_ = true;
    last_ = insn;
  }
  cycle_sum_ += cycles_[klass];
  ++instructions_;
  if (klass == OpClass::kBranch || insn.op == Op::jal) {
    push_link(start + insn.imm);
    fusible_ = false;
  }
  if (ends_block(insn.op)) {
    open_ = false;
    if (insn.op != Op::jal) push_link(static_cast<int32_t>(end_));
  }
  return open_ && instructions_ < kMaxInstructions;
}

void BlockBuilder::finish() {
  if (open_) {
    push(Op::block_end, Insn{}, static_cast<int32_t>(end_));
    push_link(static_cast<int32_t>(end_));
    open_ = false;
  }
  join_pairs();
}

void BlockBuilder::join_pairs() {
  static const PairTable table;
  for (unsigned i = 0; i + 1 < slots_; ++i) {
    const Op pair = table.find(kinds_[i], kinds_[i + 1]);
    if (pair == Op::kCount) continue;
    ops_[i].label = Interpreter::label(pair);
    ++i;
  }
}

size_t BlockBuilder::bytes(unsigned slots) {
  return sizeof(Block) + (slots - 1) * sizeof(ThreadOp) + slots * sizeof(Cost);
}

Block* BlockBuilder::place(void* memory, bool cached) const {
  auto* block = static_cast<Block*>(memory);
  auto* bytes = static_cast<unsigned char*>(memory);
  unsigned char* costs = bytes + sizeof(Block) + (slots_ - 1) * sizeof(ThreadOp);
  block->paddr = paddr_;
  block->next = nullptr;
  block->costs = reinterpret_cast<const Cost*>(costs);
  block->slots = slots_;
  block->cached = cached;
  std::memcpy(static_cast<void*>(block->ops), ops_, slots_ * sizeof(ThreadOp));
  std::memcpy(costs, costs_, slots_ * sizeof(Cost));
  return block;
}

Block* far_block() {
  static Block block = [] {
    Block b{};
    b.slots = 1;
    b.ops[0].label = Interpreter::label(Op::far_jump);
    return b;
  }();
  return &block;
}

}  // namespace ringside::cpu
