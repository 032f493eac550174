// SPDX-License-Identifier: Apache-2.0
// The slow half of loads, stores and atomics: TLB misses, page crossings, devices, code pages.
#include <cstring>

#include "cpu/hart_core.h"

namespace ringside::cpu {

namespace {

constexpr uint64_t kCacheBlock = 64;

bool crosses_page(uint64_t vaddr, unsigned size) {
  return (vaddr & kPageMask) + size > kPageSize;
}

uint64_t sign_extend(uint64_t value, unsigned size) {
  const unsigned shift = 64 - 8 * size;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

}  // namespace

const DirectSpan* HartCore::find_span(uint64_t paddr, uint64_t bytes) {
  for (const DirectSpan& s : spans_) {
    if (s.contains(paddr, bytes)) return &s;
  }
  DirectSpan fresh;
  if (!memory_.direct(paddr, fresh) || !fresh.contains(paddr, bytes)) return nullptr;
  DirectSpan& slot = spans_[next_span_++ % kSpans];
  slot = fresh;
  return &slot;
}

uint8_t* HartCore::host_pointer(uint64_t paddr, uint64_t bytes, bool write) {
  const DirectSpan* s = find_span(paddr, bytes);
  if (s == nullptr || !(write ? s->writable : s->readable)) return nullptr;
  return s->host + (paddr - s->base);
}

// Physical address of an access that does not cross a page; fills the TLB if the page allows.
bool HartCore::locate(uint64_t vaddr, unsigned size, Access access, uint64_t& paddr) {
  const Mode mode = data_mode();
  Translation t;
  if (!translate(vaddr, access, mode, t)) return false;
  paddr = t.paddr;
  if (!pmp_.allows(paddr, size, mode, access)) return walk_fault(vaddr, access, false);
  fill(vaddr, t, mode);
  return true;
}

void HartCore::fill(uint64_t vaddr, const Translation& t, Mode mode) {
  ++stats_.data_tlb_misses;
  const uint64_t page = t.paddr & ~kPageMask;
  const DirectSpan* span = find_span(page, kPageSize);
  if (span == nullptr) return;
  bool uniform;
  const uint8_t allowed = pmp_.permissions(page, kPageSize, mode, uniform);
  if (!uniform) return;
  const uint64_t index = DataContext::index(vaddr);
  const uint64_t tag = vaddr & ~kPageMask;
  const bool read = t.read && (allowed & Pmp::kR) != 0 && span->readable;
  const bool write =
      t.write && (allowed & Pmp::kW) != 0 && span->writable && !code_.is_code(page >> kPageShift);
  TlbEntry& e = data_->entries[index];
  e.read_tag = read ? tag : DataContext::no_tag(index);
  e.write_tag = write ? tag : DataContext::no_tag(index);
  e.addend = reinterpret_cast<uint64_t>(span->host) + (page - span->base) - tag;
  e.paddr = page;
  if (t.page_size > kPageSize) {
    cover_superpage(data_->super_base, data_->super_mask, vaddr, t.page_size);
  }
}

bool HartCore::load_part(uint64_t vaddr, unsigned size, uint64_t& value) {
  uint64_t paddr;
  if (!locate(vaddr, size, Access::kLoad, paddr)) return false;
  value = 0;
  if (const uint8_t* host = host_pointer(paddr, size, false)) {
    std::memcpy(&value, host, size);
    return true;
  }
  if (paddr % size != 0) return raise(kLoadMisaligned, vaddr), false;
  ++stats_.mmio_loads;
  if (!memory_.load(paddr, size, value)) return walk_fault(vaddr, Access::kLoad, false);
  return true;
}

bool HartCore::store_part(uint64_t vaddr, unsigned size, uint64_t value) {
  uint64_t paddr;
  if (!locate(vaddr, size, Access::kStore, paddr)) return false;
  if (uint8_t* host = host_pointer(paddr, size, true)) {
    before_store(paddr, size);
    std::memcpy(host, &value, size);
    return true;
  }
  if (paddr % size != 0) return raise(kStoreMisaligned, vaddr), false;
  ++stats_.mmio_stores;
  if (!memory_.store(paddr, size, value)) return walk_fault(vaddr, Access::kStore, false);
  return true;
}

bool HartCore::load(uint64_t vaddr, unsigned size, uint64_t& value) {
  if (!crosses_page(vaddr, size)) return load_part(vaddr, size, value);
  value = 0;
  for (unsigned i = 0; i < size; ++i) {
    uint64_t byte;
    if (!load_part(vaddr + i, 1, byte)) return false;
    value |= byte << (8 * i);
  }
  return true;
}

bool HartCore::store(uint64_t vaddr, unsigned size, uint64_t value) {
  if (!crosses_page(vaddr, size)) return store_part(vaddr, size, value);
  // Both pages must accept the store before either changes.
  const uint64_t second = (vaddr | kPageMask) + 1;
  uint64_t paddr;
  if (!locate(vaddr, 1, Access::kStore, paddr) || !locate(second, 1, Access::kStore, paddr)) {
    return false;
  }
  for (unsigned i = 0; i < size; ++i) {
    if (!store_part(vaddr + i, 1, (value >> (8 * i)) & 0xff)) return false;
  }
  return true;
}

bool HartCore::slow_load(const ThreadOp* op) {
  const uint64_t vaddr = x_[op->rs1] + static_cast<uint64_t>(int64_t{op->imm});
  const unsigned size = op->rs2 & kAccessSize;
  uint64_t value;
  if (!load(vaddr, size, value)) return false;
  if ((op->rs2 & kAccessFp) != 0) {
    f_[op->rd] = size == 4 ? value | 0xffffffff00000000ull : value;
    fp_dirty_ = true;
    return true;
  }
  x_[op->rd] = (op->rs2 & kAccessSigned) != 0 ? sign_extend(value, size) : value;
  return true;
}

bool HartCore::slow_store(const ThreadOp* op) {
  const uint64_t vaddr = x_[op->rs1] + static_cast<uint64_t>(int64_t{op->imm});
  const uint64_t value = (op->rd & kAccessFp) != 0 ? f_[op->rs2] : x_[op->rs2];
  return store(vaddr, op->rd & kAccessSize, value);
}

// Host address for an atomic access; they need plain memory and natural alignment.
uint8_t* HartCore::amo_pointer(uint64_t vaddr, unsigned size, bool write, uint64_t& paddr) {
  const Access access = write ? Access::kStore : Access::kLoad;
  if (vaddr % size != 0) {
    raise(write ? kStoreMisaligned : kLoadMisaligned, vaddr);
    return nullptr;
  }
  if (!locate(vaddr, size, access, paddr)) return nullptr;
  uint8_t* host = host_pointer(paddr, size, write);
  if (host == nullptr) {
    walk_fault(vaddr, access, false);
    return nullptr;
  }
  if (write) before_store(paddr, size);
  return host;
}

bool HartCore::load_reserved(const ThreadOp* op, unsigned size) {
  uint64_t paddr;
  const uint8_t* host = amo_pointer(x_[op->rs1], size, false, paddr);
  if (host == nullptr) return false;
  uint64_t value = 0;
  std::memcpy(&value, host, size);
  reserve(paddr, value, size);
  x_[op->rd] = sign_extend(value, size);
  return true;
}

bool HartCore::store_conditional(const ThreadOp* op, unsigned size) {
  uint64_t paddr;
  uint8_t* host = amo_pointer(x_[op->rs1], size, true, paddr);
  if (host == nullptr) return false;
  uint64_t now = 0;
  std::memcpy(&now, host, size);
  const bool success = reservation_holds(paddr, now, size);
  if (success) std::memcpy(host, &x_[op->rs2], size);
  x_[op->rd] = success ? 0 : 1;
  return true;
}

// menvcfg and senvcfg gate the instructions below M-mode.
bool HartCore::cache_block_allowed(Op which) const {
  const uint64_t bit = which == Op::cbo_zero    ? envcfg::kCbze
                       : which == Op::cbo_inval ? envcfg::kCbie
                                                : envcfg::kCbcfe;
  if (mode_ != kMachine && (menvcfg_ & bit) == 0) return false;
  return mode_ != kUser || (senvcfg_ & bit) != 0;
}

// There are no caches to manage; only zeroing and the checks remain.
bool HartCore::cache_block_op(const ThreadOp* op, Op which) {
  if (!cache_block_allowed(which)) return illegal(fetch_raw(pc_ + 2 * uint64_t{op->offset}));
  const uint64_t vaddr = x_[op->rs1] & ~(kCacheBlock - 1);
  if (which == Op::cbo_zero) {
    const TlbEntry& e = data_->entry(vaddr);
    if ((vaddr ^ e.write_tag) < kPageSize) {
      std::memset(reinterpret_cast<void*>(vaddr + e.addend), 0, kCacheBlock);
      return true;
    }
    for (uint64_t i = 0; i < kCacheBlock; i += 8) {
      if (!store(vaddr + i, 8, 0)) return false;
    }
    return true;
  }
  uint64_t paddr;
  if (locate(vaddr, 8, Access::kLoad, paddr)) return true;
  // These fault as stores do.
  const uint64_t cause = trap_.cause == kLoadPage ? kStorePage : kStoreAccess;
  raise(cause, x_[op->rs1]);
  return false;
}

}  // namespace ringside::cpu
