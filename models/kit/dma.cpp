// SPDX-License-Identifier: Apache-2.0
#include "kit/dma.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "kit/model.h"
#include "kit/platform.h"

namespace ringside {

const char* to_string(Step step) {
  switch (step) {
    case Step::None:
      return "none";
    case Step::AvailIndex:
      return "avail_index";
    case Step::AvailRing:
      return "avail_ring";
    case Step::Descriptor:
      return "descriptor";
    case Step::IndirectTable:
      return "indirect_table";
    case Step::Payload:
      return "payload";
    case Step::UsedRing:
      return "used_ring";
    case Step::UsedIndex:
      return "used_index";
    case Step::Suppression:
      return "suppression";
    case Step::Interrupt:
      return "interrupt";
    case Step::Config:
      return "config";
  }
  return "unknown";
}

DmaStatus DmaInterface::read_all(const DmaSegment* segments, std::size_t count,
                                 const TransactionTag& tag, unsigned) {
  for (const DmaSegment* s = segments; s != segments + count; ++s)
    if (const DmaStatus status = read(s->address, s->data, s->bytes, tag); status != DmaStatus::Ok)
      return status;
  return DmaStatus::Ok;
}

DmaStatus DmaInterface::write_all(const DmaSegment* segments, std::size_t count,
                                  const TransactionTag& tag, unsigned) {
  for (const DmaSegment* s = segments; s != segments + count; ++s)
    if (const DmaStatus status = write(s->address, s->data, s->bytes, tag); status != DmaStatus::Ok)
      return status;
  return DmaStatus::Ok;
}

DmaStatus DmaInterface::send(std::uint64_t address, const void* from, std::size_t bytes,
                             const TransactionTag& tag, sc_core::sc_time& delay) {
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(std::exchange(delay, sc_core::SC_ZERO_TIME));
  return write(address, from, bytes, tag);
}

DmaStatus DmaInterface::read_after(const sc_core::sc_time& delay, const DmaSegment* segments,
                                   std::size_t count, const TransactionTag& tag,
                                   unsigned outstanding) {
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  return read_all(segments, count, tag, outstanding);
}

/// When transactions that follow each other are issued and end, as times from now.
class DmaPort::Train {
 public:
  explicit Train(unsigned outstanding, const sc_core::sc_time& start = sc_core::SC_ZERO_TIME)
      : limit_(std::clamp<unsigned>(outstanding, 1, kMaxOutstanding)), sent_(start), end_(start) {}

  /// When the next may be issued: after the one before it, and after the end of the one `limit_`
  /// before it.
  sc_core::sc_time next() const {
    if (count_ < limit_) return sent_;
    return std::max(sent_, sc_core::sc_time::from_value(ends_[count_ % limit_]));
  }
  void issued(const TransactionTag& tag, const sc_core::sc_time& end) {
    sent_ = tag.on_link ? tag.accepted : end;
    ends_[count_++ % limit_] = end.value();
    end_ = std::max(end_, end);
  }
  /// When all have been sent, which is the end of those that no link has taken.
  const sc_core::sc_time& sent() const { return sent_; }
  const sc_core::sc_time& end() const { return end_; }

 private:
  const unsigned limit_;
  unsigned count_ = 0;
  sc_core::sc_time sent_;
  sc_core::sc_time end_;
  std::uint64_t ends_[kMaxOutstanding];  // only the first `count_` are ever read
};

DmaPort::DmaPort(Model* owner, const char* name, const char* doc)
    : InitiatorPort(owner, name, doc), platform_(owner->platform()) {
  on_invalidate([this](std::uint64_t, std::uint64_t) { drop_windows(); });
}

namespace {

// The generic payload has one pointer for both directions; a write does not change what it points
// to.
DmaSegment segment_of(std::uint64_t address, const void* from, std::size_t bytes) {
  return {address, static_cast<std::uint8_t*>(const_cast<void*>(from)), bytes};
}

}  // namespace

DmaStatus DmaPort::read(std::uint64_t address, void* to, std::size_t bytes,
                        const TransactionTag& tag) {
  const DmaSegment segment{address, static_cast<std::uint8_t*>(to), bytes};
  return read_all(&segment, 1, tag, kMaxOutstanding);
}

DmaStatus DmaPort::write(std::uint64_t address, const void* from, std::size_t bytes,
                         const TransactionTag& tag) {
  const DmaSegment segment = segment_of(address, from, bytes);
  return write_all(&segment, 1, tag, kMaxOutstanding);
}

DmaStatus DmaPort::read_all(const DmaSegment* segments, std::size_t count,
                            const TransactionTag& tag, unsigned outstanding) {
  Train train(outstanding);
  return access_all(false, segments, count, tag, train);
}

DmaStatus DmaPort::write_all(const DmaSegment* segments, std::size_t count,
                             const TransactionTag& tag, unsigned outstanding) {
  Train train(outstanding);
  return access_all(true, segments, count, tag, train);
}

DmaStatus DmaPort::read_after(const sc_core::sc_time& delay, const DmaSegment* segments,
                              std::size_t count, const TransactionTag& tag, unsigned outstanding) {
  Train train(outstanding, delay);
  return access_all(false, segments, count, tag, train);
}

DmaStatus DmaPort::send(std::uint64_t address, const void* from, std::size_t bytes,
                        const TransactionTag& tag, sc_core::sc_time& delay) {
  Train train(1, delay);
  const DmaStatus status = access(true, segment_of(address, from, bytes), tag, false, train);
  if (platform_.timed()) delay = train.sent();
  return status;
}

DmaStatus DmaPort::access_all(bool is_write, const DmaSegment* segments, std::size_t count,
                              const TransactionTag& tag, Train& train) {
  DmaStatus status = DmaStatus::Ok;
  for (const DmaSegment* s = segments; s != segments + count && status == DmaStatus::Ok; ++s)
    status = access(is_write, *s, tag, false, train);
  const sc_core::sc_time& time = is_write ? train.sent() : train.end();
  if (time != sc_core::SC_ZERO_TIME && platform_.timed()) sc_core::wait(time);
  return status;
}

DmaStatus DmaPort::post(std::uint64_t address, const void* from, std::size_t bytes,
                        const TransactionTag& tag) {
  Train train(1);
  return access(true, segment_of(address, from, bytes), tag, true, train);
}

DmaStatus DmaPort::access(bool is_write, const DmaSegment& segment, const TransactionTag& tag,
                          bool posted, Train& train) {
  const auto& [address, data, bytes] = segment;
  if (bytes == 0) return DmaStatus::Ok;
  if (address + (bytes - 1) < address) return DmaStatus::AddressError;
  DmaStatus status = DmaStatus::Ok;
  // Posted writes go to registers, and may have addresses of another kind than accesses have.
  std::uint8_t* host =
      platform_.timed() || posted ? nullptr : direct(is_write, address, bytes, tag);
  if (host) {
    if (is_write) {
      std::memcpy(host, data, bytes);
      platform_.code_pages().written(host, bytes);
    } else {
      std::memcpy(data, host, bytes);
    }
  } else {
    for (std::size_t done = 0; done < bytes && status == DmaStatus::Ok;) {
      // A transaction never crosses a 4 KiB boundary, as on PCI Express (base specification 2.2.7).
      const std::size_t room =
          kMaxTransaction - static_cast<std::size_t>((address + done) % kMaxTransaction);
      const std::size_t now = std::min(bytes - done, room);
      status = transact(is_write, {address + done, data + done, now}, tag, posted, train);
      done += now;
    }
  }
  if (observer_) observer_->on_dma(is_write, address, data, bytes, tag, status);
  return status;
}

DmaStatus DmaPort::transact(bool is_write, const DmaSegment& segment, const TransactionTag& tag,
                            bool posted, Train& train) {
  // Not one for all: other threads may use this port while this one is under way.
  std::unique_ptr<tlm::tlm_generic_payload> own = take_payload();
  tlm::tlm_generic_payload& payload = *own;
  TransactionTag own_tag = tag;
  own_tag.physical = posted ? posts_physical_ : accesses_physical_;
  own_tag.posted = posted;
  own_tag.in_memory = sc_core::SC_ZERO_TIME;
  payload.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(segment.address);
  payload.set_data_ptr(segment.data);
  payload.set_data_length(static_cast<unsigned>(segment.bytes));
  payload.set_streaming_width(static_cast<unsigned>(segment.bytes));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_extension(&own_tag);
  sc_core::sc_time delay = train.next();
  socket->b_transport(payload, delay);
  payload.clear_extension(&own_tag);
  train.issued(own_tag, delay);
  if (memory_time_) *memory_time_ += own_tag.in_memory.value();
  const tlm::tlm_response_status response = payload.get_response_status();
  idle_payloads_.push_back(std::move(own));
  switch (response) {
    case tlm::TLM_OK_RESPONSE:
      return DmaStatus::Ok;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
      return DmaStatus::AddressError;
    default:
      return DmaStatus::BusError;
  }
}

/// A payload has room for extensions on the heap, so those that are done with are used again.
std::unique_ptr<tlm::tlm_generic_payload> DmaPort::take_payload() {
  if (idle_payloads_.empty()) return std::make_unique<tlm::tlm_generic_payload>();
  std::unique_ptr<tlm::tlm_generic_payload> payload = std::move(idle_payloads_.back());
  idle_payloads_.pop_back();
  return payload;
}

std::uint8_t* DmaPort::direct(bool is_write, std::uint64_t address, std::size_t bytes,
                              const TransactionTag& tag) {
  Windows& windows = is_write ? write_windows_ : read_windows_;
  for (const Window& window : windows)
    if (window.holds(address, bytes)) return window.host + (address - window.first);

  tlm::tlm_generic_payload payload;
  payload.set_command(is_write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  TransactionTag own_tag = tag;
  own_tag.physical = accesses_physical_;
  payload.set_extension(&own_tag);
  tlm::tlm_dmi dmi;
  dmi.init();
  const bool granted = socket->get_direct_mem_ptr(payload, dmi);
  payload.clear_extension(&own_tag);
  if (!granted) return nullptr;
  if (is_write ? !dmi.is_write_allowed() : !dmi.is_read_allowed()) return nullptr;
  const Window found{dmi.get_start_address(), dmi.get_end_address(), dmi.get_dmi_ptr()};
  windows[next_window_++ % kWindows] = found;
  return found.holds(address, bytes) ? found.host + (address - found.first) : nullptr;
}

void DmaPort::drop_windows(std::uint64_t first, std::uint64_t last) {
  for (Windows* windows : {&read_windows_, &write_windows_})
    for (Window& window : *windows)
      if (window.touches(first, last)) window = Window{};
}

void DmaPort::use_physical_addresses(bool accesses, bool posts) {
  if (accesses == accesses_physical_ && posts == posts_physical_) return;
  accesses_physical_ = accesses;
  posts_physical_ = posts;
  drop_windows();
}

}  // namespace ringside
