// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/packed_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ringside::cosim {

namespace {
constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4, kAvail = 1 << 7, kUsed = 1 << 15;
constexpr unsigned kEnable = 0, kDisable = 1, kAtDescriptor = 2;

std::uint16_t word(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}
std::uint32_t dword(const std::uint8_t* at) {
  return word(at) | static_cast<std::uint32_t>(word(at + 2)) << 16;
}
}  // namespace

PackedReference::PackedReference(std::uint16_t queue, const RingSetup& setup,
                                 const CheckSettings& settings, Findings& findings)
    : RingReference(queue, setup, settings, findings),
      ring_(16u * setup.size),
      known_(2u * setup.size),
      owner_(setup.size),
      elements_(setup.size) {
  const std::uint32_t position = setup.position.value_or(0x80008000u);
  const auto place = [&](std::uint32_t at) {
    return Place{(at & 0x7fffu) % setup.size, (at & 0x8000u) != 0};
  };
  next_ = place(position);
  used_ = checked_ = place(position >> 16);
}

bool PackedReference::in_ring(std::uint64_t address) const {
  return descriptors_.holds(address) || driver_.holds(address) || device_.holds(address);
}

Purpose PackedReference::purpose_of(const Transaction& t) const {
  if (descriptors_.holds(t.address))
    return t.kind == Kind::DmaRead ? Purpose::Descriptor : Purpose::UsedRing;
  if (t.kind == Kind::DmaRead ? driver_.holds(t.address) : device_.holds(t.address))
    return Purpose::Suppression;
  if (t.kind == Kind::DmaRead && in_table(t.address)) return Purpose::IndirectTable;
  return Purpose::Payload;
}

ObservedDescriptor PackedReference::parse(const std::uint8_t* bytes) const {
  return {dword(bytes) | static_cast<std::uint64_t>(dword(bytes + 4)) << 32, dword(bytes + 8),
          word(bytes + 14), word(bytes + 12)};
}

PackedReference::Place PackedReference::after(Place from, std::uint32_t slots) const {
  from.slot += slots;
  if (from.slot >= setup_.size) {
    from.slot -= setup_.size;
    from.wrap = !from.wrap;
  }
  return from;
}

bool PackedReference::available(Place at, ObservedDescriptor& d) const {
  if (!known_[2 * at.slot] || !known_[2 * at.slot + 1]) return false;
  d = parse(ring_.data() + 16ull * at.slot);
  return ((d.flags & kAvail) != 0) == at.wrap && ((d.flags & kUsed) != 0) != at.wrap;
}

void PackedReference::forget(std::uint32_t slot) {
  known_[2 * slot] = known_[2 * slot + 1] = false;
}

// ---- what the device reads

void PackedReference::ring_read(const Transaction& t, Purpose purpose) {
  if (purpose == Purpose::Descriptor && descriptors_.holds(t)) return read_descriptors(t);
  if (purpose == Purpose::Suppression && driver_.holds(t)) return read_wishes(t);
  find(t, Rule::Outside, "an area of the ring",
       fmt::format("a read of {} with {} bytes at {:#x}", to_string(purpose), t.length, t.address));
}

void PackedReference::read_descriptors(const Transaction& t) {
  const std::uint64_t offset = t.address - descriptors_.address, end = offset + t.length;
  const auto first = static_cast<std::uint32_t>(offset / 16);
  const auto last = static_cast<std::uint32_t>((end - 1) / 16);
  const auto within = [&](std::uint32_t slot) { return slot >= first && slot <= last; };
  bool needed = within(next_.slot);
  for (const ObservedChain* chain : resolving_)
    needed |= !chain->in_table && within(after(next_, chain->slots).slot);
  for (std::uint32_t slot = first; slot <= last && !needed; ++slot) needed = owner_[slot] != 0;
  if (!needed)
    find_read(t, Rule::NotPublished, fmt::format("descriptor {}, the next one", next_.slot),
              fmt::format("descriptor {} read", first));
  if (within(next_.slot)) second_look_owed_ = false;
  for (std::uint64_t half = (offset + 7) / 8; half < end / 8; ++half) {
    known_[half] = true;
    std::memcpy(ring_.data() + 8 * half, t.data + (8 * half - offset), 8);
  }
  advance_all();
  // A list that is not complete has to be before the next can begin; of a table one slot is known.
  while (defined(requests()) && (resolving_.empty() || resolving_.back()->in_table) &&
         begin_chain())
    advance_all();
}

/// A chain that begins at the next descriptor, if that is available.
bool PackedReference::begin_chain() {
  ObservedDescriptor d;
  if (!available(next_, d) || owner_[next_.slot] != 0) return false;
  ObservedChain& chain = open_chain();
  chain.position = static_cast<std::uint16_t>(next_.slot);
  resolving_.push_back(&chain);
  return true;
}

void PackedReference::advance(ObservedChain& chain) {
  while (!chain.in_table) {
    const Place at = after(next_, chain.slots);
    ObservedDescriptor d;
    if (!available(at, d)) return;
    if (owner_[at.slot] != 0 || ++chain.count > setup_.size) return broken(chain);
    ++chain.slots;
    if (d.flags & kIndirect) {
      const bool legal = setup_.indirect && chain.slots == 1 && !(d.flags & kNext) &&
                         d.length != 0 && d.length % 16 == 0 &&
                         d.address + (d.length - 1) >= d.address;
      if (!legal) return broken(chain);
      chain.in_table = true;
      chain.table = d.address;
      chain.entries = d.length / 16;
      chain.id = d.next;
      claim(chain);
      break;
    }
    if (!chain.add(d.address, d.length, d.flags & kWrite)) return broken(chain);
    if (!(d.flags & kNext)) {
      chain.id = d.next;
      claim(chain);
      return resolved(chain);
    }
    if (chain.slots == setup_.size) return broken(chain);
  }
  if (advance_table(chain, true)) resolved(chain);
}

/// The slots from the next one on are the chain's.
void PackedReference::claim(const ObservedChain& chain) {
  for (std::uint32_t i = 0; i < chain.slots; ++i) {
    const std::uint32_t slot = after(next_, i).slot;
    owner_[slot] = chain.request + 1;
    forget(slot);
  }
  next_ = after(next_, chain.slots);
}

void PackedReference::read_wishes(const Transaction& t) {
  if (t.address != driver_.address || t.length != 4) {
    find(t, Rule::ReadExtent, fmt::format("4 bytes at {:#x}", driver_.address),
         fmt::format("{} bytes at {:#x}", t.length, t.address));
    return;
  }
  if (!unchecked()) return;
  const unsigned kind = word(t.data + 2) & 3u;
  const Place at{word(t.data) & 0x7fffu, (word(t.data) & 0x8000u) != 0};
  bool wanted = kind != kDisable;
  if (kind == kAtDescriptor && setup_.event_idx && at.slot < setup_.size) {
    const std::uint32_t laps = 2u * setup_.size;
    wanted = (linear(at) + laps - linear(checked_)) % laps < slots_since_check_;
  }
  checked_ = used_;
  slots_since_check_ = 0;
  asked(t, wanted);
}

// ---- what the device writes

void PackedReference::ring_write(const Transaction& t, Purpose purpose) {
  if (purpose == Purpose::Suppression && device_.holds(t)) return write_event(t);
  if (purpose != Purpose::UsedRing || !descriptors_.holds(t)) {
    find(t, Rule::Outside, "the descriptor ring or the device area",
         fmt::format("a write of {} with {} bytes at {:#x}", to_string(purpose), t.length,
                     t.address));
    return;
  }
  const std::uint64_t first = t.address - descriptors_.address;
  const std::uint32_t told_before = told_;
  for (std::uint32_t i = 0; i < t.length; ++i)
    if (t.writes(i)) element_byte(t, first + i, t.data[i]);
  if (told_ != told_before) publish(t);
}

void PackedReference::write_event(const Transaction& t) {
  bool whole = t.address == device_.address && t.length == 4;
  for (std::uint32_t i = 0; whole && i < 4; ++i) whole = t.writes(i);
  if (!whole) {
    // The flags alone will do for what needs no position.
    const bool flags =
        t.address == device_.address + 2 && t.length == 2 && t.writes(0) && t.writes(1);
    if (!flags) {
      find(t, Rule::EventBytes, fmt::format("4 bytes at {:#x}", device_.address),
           fmt::format("{} bytes at {:#x}", t.length, t.address));
      return;
    }
  }
  predicted(t.length);
  const unsigned flags = word(t.data + (whole ? 2 : 0));
  if (flags > (setup_.event_idx ? kAtDescriptor : kDisable)) {
    find(t, Rule::EventBytes, setup_.event_idx ? "flags 0, 1 or 2" : "flags 0 or 1",
         fmt::format("{:#x}", flags));
    return;
  }
  if (flags == kEnable) second_look_owed_ = true;
  if (flags != kAtDescriptor || !whole) return;
  second_look_owed_ = true;
  const std::uint16_t position = word(t.data);
  const auto expected = static_cast<std::uint16_t>(next_.slot | (next_.wrap ? 0x8000u : 0u));
  if (position != expected)
    find(t, Rule::EventBytes, fmt::format("position {:#06x}", expected),
         fmt::format("{:#06x}", position));
}

void PackedReference::element_byte(const Transaction& t, std::uint64_t offset, std::uint8_t value) {
  if (offset % 16 < 8) return;  // the address of a used descriptor is nobody's
  const auto slot = static_cast<std::uint32_t>(offset / 16);
  const unsigned byte = offset % 16 - 8;
  Element& e = elements_[slot];
  if (e.mask == 0xff) {
    if (byte == 0)
      find(t, Rule::UsedPosition, "each used descriptor once",
           fmt::format("the one in slot {} again", slot));
    return;
  }
  predicted(1);
  e.bytes[byte] = value;
  e.mask = static_cast<std::uint8_t>(e.mask | 1u << byte);
  if (e.mask == 0xff) element(t, slot);
}

void PackedReference::element(const Transaction& t, std::uint32_t slot) {
  Element& e = elements_[slot];
  ++told_;
  if (undefined_use(t, word(e.bytes + 4))) return;
  if (owner_[slot] == 0) {
    find(t, Rule::UsedPosition, fmt::format("slot {}, or one of a chain that is out", used_.slot),
         fmt::format("slot {}", slot));
  }
  const std::uint32_t length = dword(e.bytes);
  const std::uint16_t flags = word(e.bytes + 6);
  const bool wrap = slot >= used_.slot ? used_.wrap : !used_.wrap;
  if (((flags & kAvail) != 0) != wrap || ((flags & kUsed) != 0) != wrap)
    find(t, Rule::WrapCounter, fmt::format("avail and used bits {}", wrap ? 1 : 0),
         fmt::format("flags {:#06x} in slot {}", flags, slot));
  else if ((flags & ~(kAvail | kUsed | kWrite)) != 0 || (length != 0 && !(flags & kWrite)))
    find(t, Rule::WriteBytes,
         fmt::format("flags {:#06x}", (wrap ? kAvail | kUsed : 0) | (length != 0 ? kWrite : 0)),
         fmt::format("{:#06x}", flags));
  const ObservedChain* chain = use(t, word(e.bytes + 4), length);
  if (!chain) return;
  e.request = chain->request;
  e.requests = 1;
}

/// The driver sees used descriptors from the next place on, as far as they are whole.
void PackedReference::publish(const Transaction& t) {
  bool any = false;
  while (elements_[used_.slot].mask == 0xff) {
    Element e = elements_[used_.slot];
    elements_[used_.slot] = {};
    --told_;
    any = true;
    // The first is written last, so only now is it known what each stands for.
    if (ObservedChain* chain = e.requests != 0 ? by_request(e.request) : nullptr)
      e.requests = setup_.in_order ? batch(t, *chain) : 1;
    std::uint32_t slots = 0;
    for (std::uint32_t i = 0; i < e.requests; ++i) {
      ObservedChain* chain = by_request(e.request - i);
      if (!chain) continue;
      slots += chain->slots;
      for (std::uint32_t k = 0; k < chain->slots; ++k)
        owner_[(chain->position + k) % setup_.size] = 0;
      release(*chain);
    }
    // Of an unknown chain: one slot, so that this ends.
    slots = std::clamp<std::uint32_t>(slots, 1, setup_.size);
    used_ = after(used_, slots);
    slots_since_check_ = std::min<std::uint32_t>(slots_since_check_ + slots, 2u * setup_.size);
  }
  if (any) published(t);
}

std::string PackedReference::unfinished() const {
  return told_ == 0
             ? ""
             : fmt::format("{} that the driver cannot see from slot {} on", told_, used_.slot);
}

}  // namespace ringside::cosim
