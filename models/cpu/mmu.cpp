// SPDX-License-Identifier: Apache-2.0
// Address translation: Sv39, Sv48, Sv57 (RISC-V privileged ISA, chapter "Supervisor-Level ISA").
#include <cstring>

#include "cpu/hart_core.h"

namespace ringside::cpu {

namespace {

constexpr uint64_t kPteV = 1, kPteR = 2, kPteW = 4, kPteX = 8, kPteU = 16, kPteA = 64, kPteD = 128;
constexpr unsigned kPtePpnShift = 10;
constexpr uint64_t kPpnMask = (uint64_t{1} << 44) - 1;
// Reserved bits, among them Svnapot's and Svpbmt's, which this hart does not have.
constexpr uint64_t kPteReserved = ~uint64_t{0} << 54;
constexpr unsigned kSatpModeShift = 60;
constexpr uint64_t kAsidMask = 0xffff;
constexpr unsigned kSatpAsidShift = 44;
constexpr uint64_t kUnused = ~uint64_t{0};

int64_t as_signed_shift(uint64_t value, unsigned unused_bits) {
  return static_cast<int64_t>(value << unused_bits) >> unused_bits;
}

uint64_t satp_mode(uint64_t satp) {
  return satp >> kSatpModeShift;
}

uint64_t page_fault(Access a) {
  return a == Access::kLoad ? kLoadPage : a == Access::kStore ? kStorePage : kInsnPage;
}
uint64_t access_fault(Access a) {
  return a == Access::kLoad ? kLoadAccess : a == Access::kStore ? kStoreAccess : kInsnAccess;
}

template <class Contexts>
auto* find_context(Contexts& contexts, const ContextKey& key) {
  for (auto& c : contexts) {
    if (c.key == key) return &c;
  }
  return static_cast<decltype(&contexts[0])>(nullptr);
}

template <class Contexts>
auto* oldest_context(Contexts& contexts) {
  auto* oldest = &contexts[0];
  for (auto& c : contexts) {
    if (c.used < oldest->used) oldest = &c;
  }
  return oldest;
}

}  // namespace

Mode HartCore::data_mode() const {
  if (mode_ != kMachine || (mstatus_ & mstatus::kMprv) == 0) return mode_;
  return static_cast<Mode>((mstatus_ & mstatus::kMpp) >> mstatus::kMppShift);
}

DataContext* HartCore::data_context(const ContextKey& key) {
  DataContext* c = find_context(data_contexts_, key);
  if (c == nullptr) {
    c = oldest_context(data_contexts_);
    c->key = key;
    c->clear();
  }
  c->used = ++use_clock_;
  return c;
}

FetchContext* HartCore::fetch_context(const ContextKey& key) {
  FetchContext* c = find_context(fetch_contexts_, key);
  if (c == nullptr) {
    c = oldest_context(fetch_contexts_);
    c->key = key;
    c->clear(next_fetch_tag_++);
  }
  c->used = ++use_clock_;
  return c;
}

// Selects the TLBs for the present privilege, address space and mode bits.
void HartCore::update_context() {
  const Mode dm = data_mode();
  ContextKey key{0, dm};
  if (dm != kMachine && satp_mode(satp_) != 0) {
    key.satp = satp_;
    if (dm == kSupervisor) key.flags |= mstatus_ & mstatus::kSum;
    key.flags |= mstatus_ & mstatus::kMxr;
  }
  if (data_ == nullptr || !(data_->key == key)) {
    data_ = data_context(key);
    tlb_ = data_->entries;
  }
  const bool bare = mode_ == kMachine || satp_mode(satp_) == 0;
  const ContextKey fetch_key{bare ? 0 : satp_, mode_};
  if (fetch_ == nullptr || !(fetch_->key == fetch_key)) {
    fetch_ = fetch_context(fetch_key);
    fetch_tag_ = fetch_->tag;
  }
}

bool HartCore::translate(uint64_t vaddr, Access access, Mode mode, Translation& out) {
  if (mode != kMachine && satp_mode(satp_) != 0) return walk(vaddr, access, mode, out);
  if ((vaddr >> 56) != 0) return walk_fault(vaddr, access, false);
  out.paddr = vaddr;
  out.page_size = kPageSize;
  out.read = out.write = out.exec = true;
  return true;
}

bool HartCore::walk_fault(uint64_t vaddr, Access access, bool page) {
  raise(page ? page_fault(access) : access_fault(access), vaddr);
  return false;
}

bool HartCore::leaf_allowed(uint64_t pte, Access access, Mode mode) const {
  const bool user_page = (pte & kPteU) != 0;
  if (mode == kUser && !user_page) return false;
  if (mode == kSupervisor && user_page) {
    if (access == Access::kExec || (mstatus_ & mstatus::kSum) == 0) return false;
  }
  switch (access) {
    case Access::kLoad:
      return (pte & kPteR) != 0 || ((pte & kPteX) != 0 && (mstatus_ & mstatus::kMxr) != 0);
    case Access::kStore:
      return (pte & kPteW) != 0;
    default:
      return (pte & kPteX) != 0;
  }
}

bool HartCore::walk(uint64_t vaddr, Access access, Mode mode, Translation& out) {
  ++stats_.page_walks;
  const auto levels = static_cast<unsigned>(satp_mode(satp_)) - 5;
  const unsigned unused_bits = 64 - (kPageShift + 9 * levels);
  if (static_cast<uint64_t>(as_signed_shift(vaddr, unused_bits)) != vaddr) {
    return walk_fault(vaddr, access, true);
  }
  uint64_t table = (satp_ & kPpnMask) << kPageShift;
  for (int level = static_cast<int>(levels) - 1; level >= 0; --level) {
    const unsigned shift = kPageShift + 9 * static_cast<unsigned>(level);
    const uint64_t pte_paddr = table + ((vaddr >> shift) & 0x1ff) * 8;
    const uint8_t* host = host_pointer(pte_paddr, 8, false);
    if (host == nullptr || !pmp_.allows(pte_paddr, 8, kSupervisor, Access::kLoad)) {
      return walk_fault(vaddr, access, false);
    }
    uint64_t pte;
    std::memcpy(&pte, host, 8);
    const bool write_only = (pte & (kPteR | kPteW)) == kPteW;
    if ((pte & kPteV) == 0 || write_only || (pte & kPteReserved) != 0) break;
    const uint64_t ppn = (pte >> kPtePpnShift) & kPpnMask;
    if ((pte & (kPteR | kPteX)) == 0) {
      if ((pte & (kPteA | kPteD | kPteU)) != 0) break;
      table = ppn << kPageShift;
      continue;
    }
    const uint64_t page_size = uint64_t{1} << shift;
    const uint64_t page = ppn << kPageShift;
    if ((page & (page_size - 1)) != 0) break;  // misaligned superpage
    if (!leaf_allowed(pte, access, mode)) break;
    const uint64_t wanted = kPteA | (access == Access::kStore ? kPteD : 0);
    if ((pte & wanted) != wanted) {
      if ((menvcfg_ & envcfg::kAdue) == 0) break;
      if (!update_pte(pte_paddr, pte | wanted)) return walk_fault(vaddr, access, false);
      pte |= wanted;
    }
    out.paddr = page | (vaddr & (page_size - 1));
    out.page_size = page_size;
    out.read = leaf_allowed(pte, Access::kLoad, mode);
    out.write = leaf_allowed(pte, Access::kStore, mode) && (pte & kPteD) != 0;
    out.exec = leaf_allowed(pte, Access::kExec, mode);
    return true;
  }
  return walk_fault(vaddr, access, true);
}

// Nothing runs between the walk's read and this write, so there is nothing to compare again.
bool HartCore::update_pte(uint64_t paddr, uint64_t pte) {
  uint8_t* host = host_pointer(paddr, 8, true);
  if (host == nullptr || !pmp_.allows(paddr, 8, kSupervisor, Access::kStore)) return false;
  before_store(paddr, 8);
  std::memcpy(host, &pte, 8);
  return true;
}

void HartCore::flush_all(bool with_bare) {
  for (DataContext& c : data_contexts_) {
    if (with_bare || c.key.satp != 0) c.key.flags = kUnused;
  }
  for (FetchContext& c : fetch_contexts_) {
    if (with_bare || c.key.satp != 0) c.key.flags = kUnused;
  }
  update_context();
}

void HartCore::flush_asid(uint64_t asid) {
  const auto matches = [asid](const ContextKey& key) {
    return key.satp != 0 && ((key.satp >> kSatpAsidShift) & kAsidMask) == asid;
  };
  for (DataContext& c : data_contexts_) {
    if (matches(c.key)) c.key.flags = kUnused;
  }
  for (FetchContext& c : fetch_contexts_) {
    if (matches(c.key)) c.key.flags = kUnused;
  }
  update_context();
}

// Forgets one page in all address spaces: more than asked for when an ASID is given, which is
// allowed and simpler.
void HartCore::flush_page(uint64_t vaddr) {
  for (DataContext& c : data_contexts_) {
    if (c.key.satp == 0 || c.key.flags == kUnused) continue;
    if (in_superpage(c.super_base, c.super_mask, vaddr)) {
      c.clear();
    } else {
      c.forget(DataContext::index(vaddr));
    }
  }
  for (FetchContext& c : fetch_contexts_) {
    if (c.key.satp == 0 || c.key.flags == kUnused) continue;
    if (in_superpage(c.super_base, c.super_mask, vaddr)) {
      c.clear(next_fetch_tag_++);
    } else {
      c.entry(vaddr).tag = FetchEntry::kNoTag;
    }
  }
  fetch_tag_ = fetch_->tag;
  jumps_.forget_page(vaddr);
}

bool HartCore::debug_translate(uint64_t vaddr, uint64_t& paddr) {
  const Trap saved = trap_;
  Translation t;
  const bool ok = translate(vaddr, Access::kLoad, data_mode(), t);
  trap_ = saved;
  paddr = t.paddr;
  return ok;
}

}  // namespace ringside::cpu
