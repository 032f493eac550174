// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/split_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ringside::cosim {

namespace {
constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;

std::uint16_t word(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}
std::uint32_t dword(const std::uint8_t* at) {
  return word(at) | static_cast<std::uint32_t>(word(at + 2)) << 16;
}
}  // namespace

SplitReference::SplitReference(std::uint16_t queue, const RingSetup& setup,
                               const CheckSettings& settings, Findings& findings)
    : RingReference(queue, setup, settings, findings),
      entries_(setup.size),
      elements_(setup.size),
      table_(16u * setup.size),
      known_since_(2u * setup.size),
      belongs_(setup.size),
      avail_index_(static_cast<std::uint16_t>(setup.position.value_or(0))),
      used_index_(static_cast<std::uint16_t>(setup.position.value_or(0) >> 16)),
      checked_index_(used_index_),
      told_index_(used_index_),
      event_(avail_index_) {}

bool SplitReference::in_ring(std::uint64_t address) const {
  return descriptors_.holds(address) || driver_.holds(address) || device_.holds(address);
}

Purpose SplitReference::purpose_of(const Transaction& t) const {
  const std::uint64_t size = setup_.size;
  if (t.kind == Kind::DmaRead) {
    if (driver_.holds(t.address)) {
      const std::uint64_t offset = t.address - driver_.address;
      if (offset == 0 && t.length == 2) return Purpose::Suppression;
      if (offset < 4) return Purpose::AvailIndex;
      return offset < 4 + 2 * size ? Purpose::AvailRing : Purpose::Suppression;
    }
    if (descriptors_.holds(t.address)) return Purpose::Descriptor;
    if (in_table(t.address)) return Purpose::IndirectTable;
  } else if (device_.holds(t.address)) {
    const std::uint64_t offset = t.address - device_.address;
    if (offset < 2) return Purpose::Suppression;
    if (offset < 4) return Purpose::UsedIndex;
    return offset < 4 + 8 * size ? Purpose::UsedRing : Purpose::Suppression;
  }
  return Purpose::Payload;
}

ObservedDescriptor SplitReference::parse(const std::uint8_t* bytes) const {
  return {dword(bytes) | static_cast<std::uint64_t>(dword(bytes + 4)) << 32, dword(bytes + 8),
          word(bytes + 12), word(bytes + 14)};
}

// ---- what the device reads

void SplitReference::ring_read(const Transaction& t, Purpose purpose) {
  latest_ = t.number;
  if (purpose == Purpose::Descriptor) {
    if (descriptors_.holds(t)) return read_descriptors(t);
  } else if (driver_.holds(t)) {
    return read_driver_area(t, purpose);
  }
  find(t, Rule::Outside, "an area of the ring",
       fmt::format("a read of {} with {} bytes at {:#x}", to_string(purpose), t.length, t.address));
}

void SplitReference::read_driver_area(const Transaction& t, Purpose purpose) {
  const std::uint64_t offset = t.address - driver_.address, end = offset + t.length;
  const std::uint64_t event = 4 + 2u * setup_.size;
  const auto covers = [&](std::uint64_t at) { return offset <= at && end >= at + 2; };
  // First the ring: what it says of a request counts for what follows.
  if (covers(2) && purpose != Purpose::Suppression) {
    learn_index(word(t.data + (2 - offset)), t.number);
    second_look_owed_ = false;
  }
  if (purpose == Purpose::AvailIndex && !covers(2))
    find_read(t, Rule::ReadExtent, fmt::format("the avail index at {:#x}", driver_.address + 2),
              fmt::format("{} bytes at {:#x}", t.length, t.address));
  if (purpose == Purpose::AvailRing) read_entries(t);
  if (purpose != Purpose::Suppression) return;
  const std::uint64_t at = setup_.event_idx ? event : 0;
  if (!covers(at)) {
    find(t, Rule::ReadExtent, fmt::format("the driver's wishes at {:#x}", driver_.address + at),
         fmt::format("{} bytes at {:#x}", t.length, t.address));
    return;
  }
  if (!unchecked()) return;
  const std::uint16_t value = word(t.data + (at - offset));
  const auto since = static_cast<std::uint16_t>(value - checked_index_);
  const auto used = static_cast<std::uint16_t>(used_index_ - checked_index_);
  checked_index_ = used_index_;
  asked(t, setup_.event_idx ? since < used : (value & 1) == 0);
}

void SplitReference::notified(std::uint16_t next) {
  hint_ = next;
  hinted_ = true;
  take_hint();
}

/// Only forward and only within the ring. The driver may have seen a used index whose write has not
/// ended yet, so it is tried again after that.
void SplitReference::take_hint() {
  if (!hinted_) return;
  const auto ahead = static_cast<std::uint16_t>(hint_ - avail_index_);
  const auto out = static_cast<std::uint16_t>(hint_ - used_index_);
  if (ahead <= setup_.size && out > setup_.size) return;
  hinted_ = false;
  if (ahead <= setup_.size) learn_index(hint_, latest_ + 1);
}

void SplitReference::learn_index(std::uint16_t index, std::uint64_t transaction) {
  const auto ahead = static_cast<std::uint16_t>(index - avail_index_);
  const auto out = static_cast<std::uint16_t>(index - used_index_);
  if (ahead == 0 || faulty()) return;
  if (out > setup_.size)  // a device may look at the distance alone
    return ahead > setup_.size ? driver_fault(end_of_published()) : driver_repeats();
  if (ahead > setup_.size) return;  // old news: a notification has told more meanwhile
  for (std::uint16_t i = 0; i < ahead; ++i) {
    Entry& entry = entries_[slot(static_cast<std::uint16_t>(avail_index_ + i))];
    if (entry.chain) release(*entry.chain);  // the device used another instead
    entry = {true, transaction, nullptr};
  }
  avail_index_ = index;
}

/// The number that a request would have which is published next.
std::uint64_t SplitReference::end_of_published() const {
  return requests() +
         static_cast<std::uint64_t>(std::count_if(
             entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.published; }));
}

void SplitReference::read_entries(const Transaction& t) {
  const std::uint64_t offset = t.address - driver_.address;
  bool any = false;
  bool all = true;
  // Positions go round the ring; heads are to be taken in their order.
  const auto first = static_cast<std::uint32_t>(std::max<std::uint64_t>(offset, 4) - 3) / 2;
  const std::uint64_t room = offset + t.length < 6 ? 0 : (offset + t.length - 4) / 2;
  const auto last = static_cast<std::uint32_t>(std::min<std::uint64_t>(room, setup_.size));
  const auto visit = [&](std::uint32_t s) {
    Entry& entry = entries_[s];
    any |= entry.published || entry.chain;
    all &= entry.published || entry.chain;
    if (entry.published) take_head(s, word(t.data + (4 + 2ull * s - offset)));
  };
  const std::uint32_t oldest = std::min(std::max(slot(used_index_), first), std::max(first, last));
  for (std::uint32_t s = oldest; s < last; ++s) visit(s);
  for (std::uint32_t s = first; s < std::min(oldest, last); ++s) visit(s);
  if (!any)
    find_read(t, Rule::NotPublished, fmt::format("an entry before avail index {}", avail_index_),
              fmt::format("a read of the entry in place {}", first));
  else if (!all)
    find_read(t, Rule::ReadExtent, fmt::format("entries before avail index {}", avail_index_),
              fmt::format("{} bytes at {:#x}", t.length, t.address));
  advance_all();
}

void SplitReference::take_head(std::uint32_t place, std::uint16_t head) {
  Entry& entry = entries_[place];
  entry.published = false;
  if (!defined(requests())) return;
  if (head >= setup_.size) return driver_fault(requests());
  ObservedChain& chain = open_chain();
  chain.id = head;
  chain.position = static_cast<std::uint16_t>(place);
  chain.cursor = head;
  chain.published = entry.since;
  entry.chain = &chain;
  resolving_.push_back(&chain);
}

bool SplitReference::needs(std::uint32_t first, std::uint32_t last) const {
  for (const ObservedChain* chain : resolving_)
    if (!chain->in_table && chain->cursor >= first && chain->cursor <= last) return true;
  return false;
}

void SplitReference::read_descriptors(const Transaction& t) {
  const std::uint64_t offset = t.address - descriptors_.address, end = offset + t.length;
  const auto first = static_cast<std::uint32_t>(offset / 16);
  const auto last = static_cast<std::uint32_t>((end - 1) / 16);
  if (outstanding() == 0)
    find_read(t, Rule::NotPublished, "a descriptor of a published chain",
              fmt::format("descriptor {} read", first));
  else if (!needs(first, last)) {
    // Descriptors of chains that are out may be read again: an engine that fetches several at once
    // gets those of other chains, and keeps them or not.
    bool again = false;
    for (std::uint32_t i = first; i <= last && !again; ++i)
      again = belongs_[i] != 0 && by_request(belongs_[i] - 1) != nullptr;
    if (!again)
      find_read(t, Rule::ReadExtent, "a descriptor that a chain needs",
                fmt::format("descriptor {} read", first));
  }
  std::memcpy(table_.data() + offset, t.data, t.length);
  for (std::uint64_t half = (offset + 7) / 8; half < end / 8; ++half)
    known_since_[half] = t.number + 1;
  advance_all();
}

/// The descriptor that a chain needs next is in one that is out already.
bool SplitReference::belongs_to_another(const ObservedChain& chain) {
  const std::uint64_t owner = belongs_[chain.cursor];
  return owner != 0 && owner != chain.request + 1 && by_request(owner - 1);
}

void SplitReference::advance(ObservedChain& chain) {
  while (!chain.in_table) {
    const std::size_t half = 2ull * chain.cursor;
    if (known_since_[half] <= chain.published || known_since_[half + 1] <= chain.published) return;
    const ObservedDescriptor d = parse(table_.data() + 16ull * chain.cursor);
    if (++chain.count > setup_.size) return broken(chain);
    if (belongs_to_another(chain)) return driver_repeats();
    belongs_[chain.cursor] = chain.request + 1;
    if (d.flags & kIndirect) {
      const bool legal = setup_.indirect && !(d.flags & kNext) && d.length != 0 &&
                         d.length % 16 == 0 && d.address + (d.length - 1) >= d.address;
      if (!legal) return broken(chain);
      chain.in_table = true;
      chain.table = d.address;
      chain.entries = d.length / 16;
      chain.cursor = 0;
      break;
    }
    if (!chain.add(d.address, d.length, d.flags & kWrite) ||
        ((d.flags & kNext) && d.next >= setup_.size))
      return broken(chain);
    if (!(d.flags & kNext)) return resolved(chain);
    chain.cursor = d.next;
  }
  if (advance_table(chain, false)) resolved(chain);
}

// ---- what the device writes

bool SplitReference::half_word(const Transaction& t, std::uint64_t offset, std::uint16_t& value) {
  const std::uint64_t first = t.address - device_.address;
  const auto here = [&](std::uint64_t at) {
    return at >= first && at < first + t.length && t.writes(static_cast<std::uint32_t>(at - first));
  };
  if (here(offset) != here(offset + 1)) {
    find(t, Rule::WriteBytes, fmt::format("both bytes at {:#x}", device_.address + offset),
         "one of them");
    return false;
  }
  if (!here(offset)) return false;
  value = word(t.data + (offset - first));
  return true;
}

void SplitReference::ring_write(const Transaction& t, Purpose purpose) {
  latest_ = t.number;
  if (!device_.holds(t)) {
    find(t, Rule::Outside, "the used ring",
         fmt::format("a write of {} with {} bytes at {:#x}", to_string(purpose), t.length,
                     t.address));
    return;
  }
  const std::uint64_t first = t.address - device_.address;
  const std::uint64_t event = 4 + 8ull * setup_.size;
  // In one access elements come before the index.
  for (std::uint32_t i = 0; i < t.length; ++i)
    if (t.writes(i) && first + i >= 4 && first + i < event)
      write_element_byte(t, first + i - 4, t.data[i]);
  std::uint16_t value = 0;
  if (half_word(t, 0, value)) write_flags(t, value);
  if (half_word(t, 2, value)) write_index(t, value);
  if (half_word(t, event, value)) write_event(t, value);
}

void SplitReference::write_flags(const Transaction& t, std::uint16_t value) {
  predicted(2);
  if (value > (setup_.event_idx ? 0 : 1))
    find(t, Rule::EventBytes, setup_.event_idx ? "used flags 0" : "used flags 0 or 1",
         fmt::format("{:#x}", value));
  if (value == 0 && !setup_.event_idx) second_look_owed_ = true;
}

void SplitReference::write_event(const Transaction& t, std::uint16_t value) {
  predicted(2);
  const auto ahead = static_cast<std::uint16_t>(value - event_);
  const auto most = static_cast<std::uint16_t>(avail_index_ - event_);
  std::uint16_t reached = 0;  // entries whose heads have been read, from the latest event on
  while (reached < most && !entries_[slot(static_cast<std::uint16_t>(event_ + reached))].published)
    ++reached;
  if (!setup_.event_idx || ahead > reached)
    find(t, Rule::EventBytes,
         setup_.event_idx ? fmt::format("avail_event from {} to {}", event_,
                                        static_cast<std::uint16_t>(event_ + reached))
                          : "no avail_event without VIRTIO_F_EVENT_IDX",
         fmt::format("{}", value));
  event_ = value;
  if (value == avail_index_) second_look_owed_ = true;
}

void SplitReference::write_element_byte(const Transaction& t, std::uint64_t offset,
                                        std::uint8_t value) {
  const auto place = static_cast<std::uint32_t>(offset / 8);
  Element& e = elements_[place];
  const auto bit = static_cast<std::uint8_t>(1u << (offset % 8));
  if (e.mask & bit) {
    find(t, e.mask == 0xff ? Rule::UsedPosition : Rule::WriteBytes,
         "each byte of a used element once before the index",
         fmt::format("byte {} of the one in place {} again", offset % 8, place));
    return;
  }
  predicted(1);
  e.bytes[offset % 8] = value;
  e.mask = static_cast<std::uint8_t>(e.mask | bit);
  if (e.mask == 0xff) element(t, place);
}

void SplitReference::element(const Transaction& t, std::uint32_t place) {
  Element& e = elements_[place];
  const auto base = setup_.in_order ? told_index_ : used_index_;
  const std::uint32_t ahead = (place - slot(base)) & (setup_.size - 1u);
  const std::size_t most = setup_.in_order ? 1 : std::max<std::size_t>(outstanding(), 1);
  if (ahead >= most)
    find(t, Rule::UsedPosition,
         most == 1 ? fmt::format("place {}", slot(base))
                   : fmt::format("{} places from {} on", most, slot(base)),
         fmt::format("place {}", place));
  ++told_;
  const std::uint32_t id = dword(e.bytes);
  if (undefined_use(t, id)) return;
  if (id >= setup_.size) {
    find(t, Rule::UnknownId, "the id of a chain that is out", fmt::format("id {}", id));
    return;
  }
  const ObservedChain* chain = use(t, static_cast<std::uint16_t>(id), dword(e.bytes + 4));
  if (!chain) return;
  e.request = chain->request;
  e.requests = setup_.in_order ? static_cast<std::uint16_t>(batch(t, *chain)) : 1;
  told_index_ = static_cast<std::uint16_t>(told_index_ + e.requests);
}

void SplitReference::write_index(const Transaction& t, std::uint16_t index) {
  predicted(2);
  const auto count = static_cast<std::uint16_t>(index - used_index_);
  if (count > setup_.size || count == 0) {
    find(t, count == 0 ? Rule::WriteBytes : Rule::IndexBeforeElement,
         fmt::format("a used index after {}", used_index_), fmt::format("{}", index));
    return;
  }
  std::uint16_t done = 0;
  while (done < count) {
    Element& e = elements_[slot(static_cast<std::uint16_t>(used_index_ + done))];
    if (e.mask != 0xff) break;
    const std::uint16_t requests = std::max<std::uint16_t>(e.requests, 1);
    if (done + requests > count) break;
    for (std::uint16_t i = 0; i < e.requests; ++i)
      if (ObservedChain* chain = by_request(e.request - i)) {
        entries_[chain->position].chain = nullptr;
        release(*chain);
      }
    e = {};
    --told_;
    done = static_cast<std::uint16_t>(done + requests);
  }
  if (done < count)
    find(t, Rule::IndexBeforeElement,
         fmt::format("at most {}", static_cast<std::uint16_t>(used_index_ + done)),
         fmt::format("used index {}", index));
  used_index_ = index;
  if (setup_.in_order && static_cast<std::uint16_t>(told_index_ - used_index_) > setup_.size)
    told_index_ = used_index_;
  published(t);
  take_hint();
}

bool SplitReference::deaf(std::string& expected, std::string& found) const {
  if (!setup_.event_idx || event_ == avail_index_ || used_index_ != avail_index_) return false;
  expected = fmt::format("avail_event {} at rest", avail_index_);
  found = fmt::format("{}", event_);
  return true;
}

std::string SplitReference::unfinished() const {
  return told_ == 0 ? "" : fmt::format("{} that used index {} does not cover", told_, used_index_);
}

}  // namespace ringside::cosim
