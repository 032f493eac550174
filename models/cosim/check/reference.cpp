// SPDX-License-Identifier: Apache-2.0
#include "cosim/check/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cosim/check/packed_reference.h"
#include "cosim/check/split_reference.h"

namespace ringside::cosim {

namespace {
constexpr std::uint16_t kWrite = 2, kNext = 1, kIndirect = 4;
}  // namespace

std::unique_ptr<RingReference> RingReference::make(std::uint16_t queue, const RingSetup& setup,
                                                   const CheckSettings& settings,
                                                   Findings& findings) {
  if (setup.packed) return std::make_unique<PackedReference>(queue, setup, settings, findings);
  return std::make_unique<SplitReference>(queue, setup, settings, findings);
}

RingReference::RingReference(std::uint16_t queue, const RingSetup& setup,
                             const CheckSettings& settings, Findings& findings)
    : queue_(queue), setup_(setup), settings_(settings), findings_(findings) {
  const std::uint64_t size = setup.size;
  descriptors_ = {setup.descriptor_area, 16 * size};
  driver_ = {setup.driver_area, setup.packed ? 4 : 6 + 2 * size};
  device_ = {setup.device_area, setup.packed ? 4 : 6 + 8 * size};
}

void RingReference::find(const Transaction& t, Rule rule, std::string expected, std::string found,
                         std::uint64_t request) {
  if (is_predicted(rule) && !settings_.predict) return;
  if (request == Transaction::kNoRequest) request = t.request;
  findings_.add(
      {rule, t.number, t.time, t.device, queue_, request, std::move(expected), std::move(found)});
}

void RingReference::find_read(const Transaction& t, Rule rule, std::string expected,
                              std::string found, std::uint64_t request) {
  if (!faulty()) find(t, rule, std::move(expected), std::move(found), request);
}

// ---- chains

ObservedChain& RingReference::open_chain() {
  chains_.push_back(std::make_unique<ObservedChain>());
  chains_.back()->request = next_request_++;
  ++chains_out_;
  return *chains_.back();
}

ObservedChain* RingReference::by_id(std::uint16_t id) {
  return id < ids_.size() ? ids_[id] : nullptr;
}

ObservedChain* RingReference::by_request(std::uint64_t request) {
  const std::uint64_t index = request - first_request_;
  return request >= first_request_ && index < chains_.size() ? chains_[index].get() : nullptr;
}

void RingReference::resolved(ObservedChain& chain) {
  chain.resolved = true;
  chain.table_bytes = {};
  chain.table_known = {};
  resolving_.erase(std::find(resolving_.begin(), resolving_.end(), &chain));
  if (ids_.size() <= chain.id) ids_.resize(chain.id + 1u);
  if (ids_[chain.id]) return driver_repeats();
  ids_[chain.id] = &chain;
}

void RingReference::broken(ObservedChain& chain) {
  resolving_.erase(std::find(resolving_.begin(), resolving_.end(), &chain));
  driver_fault(chain.request);
}

void RingReference::advance_all() {
  const std::vector<ObservedChain*> waiting = resolving_;
  for (ObservedChain* chain : waiting)
    if (defined(chain->request)) advance(*chain);
}

void RingReference::release(ObservedChain& chain) {
  if (chain.resolved) {
    if (ids_[chain.id] == &chain) ids_[chain.id] = nullptr;
  } else {
    resolving_.erase(std::remove(resolving_.begin(), resolving_.end(), &chain), resolving_.end());
  }
  chains_[chain.request - first_request_].reset();
  --chains_out_;
  ++used_requests_;
  while (!chains_.empty() && !chains_.front()) {
    chains_.pop_front();
    ++first_request_;
  }
}

void RingReference::learn_table(const Transaction& t) {
  bool wanted = false;
  for (ObservedChain* chain : resolving_) {
    if (!chain->table_holds(t.address)) continue;
    const std::uint64_t bytes = 16ull * chain->entries;
    const std::uint64_t first = t.address - chain->table;
    const std::uint64_t count = std::min<std::uint64_t>(t.length, bytes - first);
    if (count < t.length)
      find(t, Rule::Outside, fmt::format("a table of {} bytes at {:#x}", bytes, chain->table),
           fmt::format("{} bytes at {:#x}", t.length, t.address), chain->request);
    wanted = true;
    keep_table(*chain, first, t.data, count);
  }
  if (wanted) return advance_all();
  for (const auto& chain : chains_)  // a chain that was put back is read once more
    if (chain && chain->in_table && t.address >= chain->table &&
        t.address - chain->table + t.length <= 16ull * chain->entries)
      return;
  find_read(t, Rule::NotPublished, "descriptors of a table that a published chain names",
            fmt::format("{} bytes at {:#x}", t.length, t.address));
}

/// No chain needs more than the most entries and one that is too many, whatever the table's size.
void RingReference::keep_table(ObservedChain& chain, std::uint64_t first, const std::uint8_t* data,
                               std::uint64_t count) {
  const std::uint64_t end = std::min<std::uint64_t>(first + count, 16ull * (kMostTableEntries + 1));
  if (first >= end) return;
  if (chain.table_bytes.size() < end) {
    chain.table_bytes.resize(end);
    chain.table_known.resize(end / 8 + 1);
  }
  std::memcpy(chain.table_bytes.data() + first, data, end - first);
  for (std::uint64_t half = (first + 7) / 8; half < end / 8; ++half) chain.table_known[half] = true;
}

bool RingReference::in_table(std::uint64_t address) const {
  const auto holds = [&](const auto& chain) { return chain && chain->table_holds(address); };
  return std::any_of(resolving_.begin(), resolving_.end(), holds) ||
         (faulty() && std::any_of(chains_.begin(), chains_.end(), holds));
}

bool RingReference::advance_table(ObservedChain& chain, bool sequential) {
  for (;;) {
    if (sequential && chain.cursor == chain.entries) return true;
    const std::size_t half = 2ull * chain.cursor;
    if (half + 1 >= chain.table_known.size() || !chain.table_known[half] ||
        !chain.table_known[half + 1])
      return false;
    const ObservedDescriptor d = parse(chain.table_bytes.data() + 16ull * chain.cursor);
    const bool too_long = ++chain.count > std::max<unsigned>(kMostTableEntries, setup_.size);
    if (too_long || (d.flags & kIndirect) || !chain.add(d.address, d.length, d.flags & kWrite)) {
      broken(chain);
      return false;
    }
    if (sequential) {
      ++chain.cursor;
      continue;
    }
    if (!(d.flags & kNext)) return true;
    if (d.next >= chain.entries) {
      broken(chain);
      return false;
    }
    chain.cursor = d.next;
  }
}

bool RingReference::undefined_use(const Transaction& t, std::uint32_t id) {
  if (!faulty() || (id <= 0xffff && by_id(static_cast<std::uint16_t>(id)))) return false;
  find(t, Rule::AfterError, "nothing used from where the driver broke the ring on",
       fmt::format("id {}", id));
  return true;
}

ObservedChain* RingReference::use(const Transaction& t, std::uint16_t id, std::uint32_t length) {
  ObservedChain* chain = by_id(id);
  if (!chain) {
    find(t, Rule::UnknownId, "the id of a chain that is out", fmt::format("id {}", id));
    return nullptr;
  }
  if (chain->told) {
    find(t, Rule::UnknownId, "each id once", fmt::format("id {} once more", id), chain->request);
    return nullptr;
  }
  chain->told = true;
  if (length > chain->writable_bytes)
    find(t, Rule::UsedLength, fmt::format("at most {} bytes", chain->writable_bytes),
         fmt::format("{}", length), chain->request);
  else if (settings_.length_is_written && !chain->written.covers(0, length))
    find(t, Rule::UsedBeforePayload, fmt::format("{} bytes written before", length),
         fmt::format("{} of them", std::min<std::uint64_t>(chain->written.prefix(), length)),
         chain->request);
  else
    check_length(t, *chain, length);
  return chain;
}

void RingReference::check_length(const Transaction& t, const ObservedChain& chain,
                                 std::uint32_t length) {
  const std::int64_t known = settings_.payload ? settings_.payload->length(queue_, chain) : -1;
  if (known < 0 && !settings_.length_is_written) return;
  const std::uint64_t expected =
      known < 0 ? chain.written.prefix() : static_cast<std::uint64_t>(known);
  if (length != expected)
    find(t, Rule::WrittenLength,
         fmt::format("{} bytes{}", expected, known < 0 ? ", as written from the first on" : ""),
         fmt::format("{}", length), chain.request);
}

unsigned RingReference::batch(const Transaction& t, const ObservedChain& last) {
  if (last.request < next_in_order_) {
    find(t, Rule::InOrder, fmt::format("request {} or a later one", next_in_order_),
         fmt::format("request {}", last.request), last.request);
    return 0;
  }
  for (std::uint64_t request = next_in_order_; request < last.request; ++request) {
    ObservedChain* chain = by_request(request);
    if (!chain) continue;
    chain->told = true;
    if (settings_.length_is_written && !chain->written.covers(0, chain->writable_bytes))
      find(t, Rule::InOrder,
           fmt::format("a batch of filled requests, {} bytes each", chain->writable_bytes),
           fmt::format("{} bytes written", chain->written.prefix()), request);
  }
  const auto count = static_cast<unsigned>(last.request + 1 - next_in_order_);
  next_in_order_ = last.request + 1;
  return count;
}

// ---- accesses

void RingReference::access(const Transaction& t) {
  if (stopped_) return;
  interrupt_late(t);
  const Purpose purpose = t.purpose != Purpose::Unknown ? t.purpose : purpose_of(t);
  const bool publishes =
      t.kind == Kind::DmaWrite && (purpose == Purpose::UsedRing || purpose == Purpose::UsedIndex);
  if (publishes && failed_) {
    find(t, Rule::AfterError, "nothing used once memory has failed",
         fmt::format("a write of {}", to_string(purpose)));
    return;
  }
  if (t.status != AccessStatus::Ok) {
    if (!elsewhere(t, purpose)) failed_ = true;
    return;
  }
  if (t.length == 0 || !t.data) return;
  if (purpose == Purpose::Payload) return payload(t);
  if (purpose == Purpose::IndirectTable && t.kind == Kind::DmaRead) return learn_table(t);
  if (purpose == Purpose::Interrupt || purpose == Purpose::Config) return;
  if (t.kind == Kind::DmaRead)
    ring_read(t, purpose);
  else
    ring_write(t, purpose);
}

/// Memory that a request names beyond its buffers: what is wrong with it is the request's matter.
bool RingReference::elsewhere(const Transaction& t, Purpose purpose) const {
  return settings_.reads_elsewhere && t.kind == Kind::DmaRead && purpose == Purpose::Payload &&
         !owns(t.address);
}

bool RingReference::owns(std::uint64_t address) const {
  if (in_ring(address)) return true;
  for (const auto& chain : chains_) {
    if (!chain) continue;
    if (chain->table_holds(address)) return true;
    if (ObservedChain::find(chain->readable, address) ||
        ObservedChain::find(chain->writable, address))
      return true;
  }
  return false;
}

// ---- payload

ObservedChain* RingReference::owner(const Transaction& t, std::uint64_t address, bool write,
                                    bool& wrong_way) {
  wrong_way = false;
  ObservedChain* other = nullptr;
  const auto look = [&](ObservedChain* chain) {
    if (!chain) return false;
    if (ObservedChain::find(write ? chain->writable : chain->readable, address)) return true;
    if (!other && ObservedChain::find(write ? chain->readable : chain->writable, address))
      other = chain;
    return false;
  };
  if (ObservedChain* named = by_request(t.request); look(named)) return named;
  ObservedChain* told = nullptr;
  for (const auto& chain : chains_) {
    if (!look(chain.get())) continue;
    if (!chain->told) return chain.get();
    told = chain.get();
  }
  if (told) return told;
  wrong_way = other != nullptr;
  return other;
}

void RingReference::payload(const Transaction& t) {
  if (t.kind == Kind::DmaRead) return move(t, 0, t.length);
  for (std::uint32_t i = 0; i < t.length;) {
    if (!t.writes(i)) {
      ++i;
      continue;
    }
    std::uint32_t end = i + 1;
    while (end < t.length && t.writes(end)) ++end;
    move(t, i, end);
    i = end;
  }
}

void RingReference::move(const Transaction& t, std::uint32_t first, std::uint32_t last) {
  const bool write = t.kind == Kind::DmaWrite;
  while (first < last) {
    const std::uint64_t address = t.address + first;
    bool wrong_way = false;
    ObservedChain* chain = owner(t, address, write, wrong_way);
    if (!chain && !write && settings_.reads_elsewhere) return;
    if (!chain) {
      find(t, Rule::Outside, "a buffer of a chain that is out",
           fmt::format("{} of {} bytes at {:#x}", write ? "a write" : "a read", last - first,
                       address));
      return;
    }
    if (wrong_way) {
      find(t, write ? Rule::WriteToReadable : Rule::ReadFromWritable,
           write ? "device-writable memory" : "device-readable memory",
           fmt::format("{} of {} bytes at {:#x}", write ? "a write" : "a read", last - first,
                       address),
           chain->request);
      return;
    }
    const ObservedBuffer* buffer =
        write ? chain->written_to(address) : ObservedChain::find(chain->readable, address);
    const std::uint64_t in = address - buffer->address;
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(last - first, buffer->length - in));
    moved(t, *chain, buffer->offset + in, first, count);
    first += count;
  }
}

void RingReference::moved(const Transaction& t, ObservedChain& chain, std::uint64_t offset,
                          std::uint32_t first, std::uint32_t count) {
  if (chain.told)
    find(t, Rule::PayloadAfterUsed, "payload before the used element",
         fmt::format("{} bytes at {:#x}", count, t.address + first), chain.request);
  if (t.kind == Kind::DmaWrite) chain.written.add(offset, offset + count);
  if (!settings_.payload) return;
  if (t.kind == Kind::DmaRead) {
    if (chain.out.size() < offset + count) chain.out.resize(offset + count);
    std::memcpy(chain.out.data() + offset, t.data + first, count);
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const int byte = settings_.payload->byte(queue_, chain, offset + i);
    if (byte < 0) continue;
    predicted(1);
    if (byte == t.data[first + i]) continue;
    find(t, Rule::PayloadBytes, fmt::format("{:#04x} at {:#x}", byte, t.address + first + i),
         fmt::format("{:#04x}", t.data[first + i]), chain.request);
    return;
  }
}

// ---- interrupts

void RingReference::published(const Transaction&) {
  fresh_ = unchecked_ = true;
}

void RingReference::asked(const Transaction& t, bool wanted) {
  unchecked_ = false;
  if (!wanted || owed_ || interrupts_hidden_) return;
  owed_ = true;
  owed_since_ = t.time;
  late_reported_ = false;
}

void RingReference::interrupt(const Transaction& t) {
  if (stopped_ || interrupts_hidden_) return;
  const bool owed = owed_, fresh = fresh_;
  owed_ = fresh_ = false;
  if (owed || setup_.notify_on_empty) return;
  if (!fresh)
    find(t, Rule::InterruptBeforeIndex, "used buffers before it", "none since the one before");
  else if (unchecked_)
    find(t, Rule::InterruptUnchecked, "a look at what the driver wants after the used index",
         "none");
  else
    find(t, Rule::InterruptSuppressed, "no interrupt, as the driver wants none", "one");
}

void RingReference::interrupt_late(const Transaction& t) {
  if (!owed_ || late_reported_ || settings_.interrupt_within == 0 ||
      t.time - owed_since_ <= settings_.interrupt_within)
    return;
  late_reported_ = true;
  find(t, Rule::InterruptMissing,
       fmt::format("an interrupt within {} ps of {} ps", settings_.interrupt_within, owed_since_),
       "none");
}

void RingReference::finish(const Transaction& last) {
  if (stopped_ || in_error()) return;
  Transaction end = last;
  end.request = Transaction::kNoRequest;
  if (setup_.notify_on_empty) return;
  if (unchecked_)
    find(end, Rule::InterruptUnchecked, "a look at what the driver wants after the used index",
         "none");
  if (owed_ && !late_reported_)
    find(end, Rule::InterruptMissing, "an interrupt, as the driver wants one", "none");
  if (second_look_owed_ && settings_.looks_when_told)
    find(end, Rule::NoSecondLook, "a look at the ring after notifications were switched on",
         "none");
  std::string expected, found;
  if (settings_.looks_when_told && chains_out_ == 0 && deaf(expected, found))
    find(end, Rule::EventBytes, expected, found);
  const std::string left = unfinished();
  if (!left.empty()) find(end, Rule::IndexBeforeElement, "used elements to be published", left);
}

}  // namespace ringside::cosim
