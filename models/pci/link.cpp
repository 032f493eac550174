// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "pci/link.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kit/platform.h"
#include "kit/trace.h"

namespace ringside::pci {

namespace {

/// Simulated time is counted in picoseconds (kit README), so is the timing.
Picoseconds absolute(const sc_core::sc_time& delay) {
  return (sc_core::sc_time_stamp() + delay).value();
}
/// Not before now: a target that is in another program lets time pass until it has answered, and then
/// what the link has worked out for itself lies in the past.
sc_core::sc_time from_now(Picoseconds at) {
  const Picoseconds now = sc_core::sc_time_stamp().value();
  return at > now ? sc_core::sc_time::from_value(at - now) : sc_core::SC_ZERO_TIME;
}

}  // namespace

Link::Link(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context), settings_(read_settings()), timing_(settings_) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&message_due_);
  options.dont_initialize();
  sc_core::sc_spawn([this] { deliver(); }, "deliver", &options);
  timing_.observe([this](LinkDirection to, Picoseconds begin, Picoseconds end, unsigned wire_bytes,
                         unsigned payload) {
    Tracer* tracer = platform().tracer();
    if (!tracer) return;
    const char* what = payload == LinkTiming::kAnswer ? "acknowledge"
                       : payload                      ? "data"
                                                      : "request";
    tracer->busy(*this, to == LinkDirection::Up ? "up" : "down", what,
                 sc_core::sc_time::from_value(begin), sc_core::sc_time::from_value(end),
                 wire_bytes);
  });
}

LinkSettings Link::read_settings() {
  LinkSettings s;
  s.generation = generation;
  s.lanes = lanes;
  s.max_payload = max_payload;
  s.max_read_request = max_read_request;
  s.read_completion_boundary = read_completion_boundary;
  s.tags = tags;
  s.ecrc = ecrc;
  s.latency = latency->value();
  s.posted_headers = posted_headers;
  s.posted_data = posted_data;
  s.nonposted_headers = nonposted_headers;
  s.packets_per_ack = packets_per_ack;
  const std::string wrong = check(s);
  if (wrong.empty()) return s;
  diagnostics().error(node().where(), label() + ": " + wrong);
  return LinkSettings{};
}

void Link::reset() {
  // Writes on their way are gone; a pin's level is no write, and has to end where the function's
  // is.
  std::deque<Message> messages;
  messages.swap(messages_);
  for (const Message& message : messages)
    if (message.pin) message.pin();
}

void Link::refresh_statistics() {
  const LinkTiming::Totals& up = timing_.totals(LinkDirection::Up);
  const LinkTiming::Totals& down = timing_.totals(LinkDirection::Down);
  packets_up.set(up.packets);
  packets_down.set(down.packets);
  bytes_up.set(up.wire_bytes);
  bytes_down.set(down.wire_bytes);
  payload_up.set(up.payload);
  payload_down.set(down.payload);
  busy_up.set(up.busy);
  busy_down.set(down.busy);
  credit_wait.set(up.credit_wait + down.credit_wait);
  tag_wait.set(up.tag_wait);
}

// ---- towards the host -------------------------------------------------------------------------

void Link::upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                    const Forward& forward) {
  if (!platform().timed()) return forward(payload, delay);
  auto* tag = payload.get_extension<TransactionTag>();
  if (is_message(payload, tag)) return post_message(payload, delay, forward, *tag);
  if (payload.is_write()) return write_up(payload, delay, forward, tag);
  read_up(payload, delay, forward, tag);
}

void Link::write_up(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                    const Forward& forward, TransactionTag* tag) {
  const Sent sent = timing_.write(LinkDirection::Up, absolute(delay), payload.get_address(),
                                  payload.get_data_length());
  const bool first_link = tag && !tag->on_link;
  if (first_link) tag->on_link = true;
  sc_core::sc_time end = from_now(sent.first);
  forward(payload, end);
  const Picoseconds drained = absolute(end);
  if (drained > sent.first) timing_.drained(LinkDirection::Up, drained);
  if (first_link) tag->accepted = from_now(sent.accepted);
  delay = std::max(end, from_now(sent.arrived));
}

void Link::read_up(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                   const Forward& forward, TransactionTag* tag) {
  if (tag && !tag->on_link) return read_pieces(payload, delay, forward, *tag);
  Picoseconds sent = 0;
  delay = read_piece(payload, absolute(delay), forward, sent);
}

/// The first link on the way divides a read into requests, each of which needs a tag; the next is
/// sent while the answer to the one before is on its way.
void Link::read_pieces(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                       const Forward& forward, TransactionTag& tag) {
  const std::uint64_t address = payload.get_address();
  unsigned char* const data = payload.get_data_ptr();
  const unsigned bytes = payload.get_data_length();
  tag.on_link = true;
  Picoseconds next = absolute(delay);
  sc_core::sc_time end = delay;
  for (unsigned done = 0; done < bytes;) {
    const unsigned now = timing_.format().request_piece(address + done, bytes - done);
    payload.set_address(address + done);
    payload.set_data_ptr(data + done);
    payload.set_data_length(now);
    payload.set_streaming_width(now);
    next = timing_.take_tag(next);
    const sc_core::sc_time ended = read_piece(payload, next, forward, next);
    timing_.give_tag(absolute(ended));
    end = std::max(end, ended);
    if (!payload.is_response_ok()) break;
    done += now;
  }
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  tag.accepted = from_now(next);
  delay = end;
}

sc_core::sc_time Link::read_piece(tlm::tlm_generic_payload& payload, Picoseconds at,
                                  const Forward& forward, Picoseconds& sent) {
  const std::uint64_t address = payload.get_address();
  const Sent request = timing_.request(LinkDirection::Up, at, address, 0);
  sent = request.accepted;
  sc_core::sc_time there = from_now(request.arrived);
  forward(payload, there);
  const unsigned bytes = payload.is_response_ok() ? payload.get_data_length() : 0;
  return from_now(timing_.completion(LinkDirection::Down, absolute(there), address, bytes).arrived);
}

// ---- away from the host -----------------------------------------------------------------------

void Link::downstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                      const Forward& forward) {
  if (!platform().timed()) return forward(payload, delay);
  const std::uint64_t address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const auto* tag = payload.get_extension<TransactionTag>();
  const bool posted = payload.is_write() && (!tag || tag->space == PciSpace::Memory);
  if (posted) {
    const Sent sent = timing_.write(LinkDirection::Down, absolute(delay), address, bytes);
    sc_core::sc_time there = from_now(sent.arrived);
    forward(payload, there);
    delay = from_now(sent.accepted);
    return;
  }
  const Sent request = timing_.request(LinkDirection::Down, absolute(delay), address,
                                       payload.is_write() ? bytes : 0);
  sc_core::sc_time there = from_now(request.arrived);
  forward(payload, there);
  const unsigned answer = payload.is_read() && payload.is_response_ok() ? bytes : 0;
  delay = from_now(timing_.completion(LinkDirection::Up, absolute(there), address, answer).arrived);
}

// ---- messages ---------------------------------------------------------------------------------

bool Link::is_message(const tlm::tlm_generic_payload& payload, const TransactionTag* tag) const {
  return tag && tag->posted && payload.is_write() &&
         payload.get_data_length() <= sizeof Message{}.data;
}

void Link::post_message(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay,
                        const Forward& forward, const TransactionTag& tag) {
  Message message;
  message.forward = forward;
  message.address = payload.get_address();
  message.bytes = payload.get_data_length();
  std::memcpy(message.data, payload.get_data_ptr(), message.bytes);
  message.tag = tag;
  const Sent sent =
      timing_.write(LinkDirection::Up, absolute(delay), message.address, message.bytes);
  message.due = sc_core::sc_time::from_value(sent.arrived);
  delay = from_now(sent.accepted);
  // What nobody waits for cannot fail either.
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  enqueue(std::move(message));
}

void Link::pin_message(std::function<void()> arrived) {
  if (!platform().timed()) return arrived();
  Message message;
  message.pin = std::move(arrived);
  const Sent sent = timing_.write(LinkDirection::Up, absolute({}), 0, 4);
  message.due = sc_core::sc_time::from_value(sent.arrived);
  enqueue(std::move(message));
}

void Link::enqueue(Message message) {
  messages_.push_back(std::move(message));  // writes arrive in the order in which they are sent
  if (messages_.size() == 1) message_due_.notify(messages_.front().due - sc_core::sc_time_stamp());
}

void Link::deliver() {
  while (!messages_.empty() && messages_.front().due <= sc_core::sc_time_stamp()) {
    Message message = std::move(messages_.front());
    messages_.pop_front();
    if (message.pin) {
      message.pin();
      continue;
    }
    tlm::tlm_generic_payload payload;
    payload.set_write();
    payload.set_address(message.address);
    payload.set_data_ptr(message.data);
    payload.set_data_length(message.bytes);
    payload.set_streaming_width(message.bytes);
    payload.set_extension(&message.tag);
    sc_core::sc_time delay;
    message.forward(payload, delay);
    payload.clear_extension(&message.tag);
  }
  if (!messages_.empty()) message_due_.notify(messages_.front().due - sc_core::sc_time_stamp());
}

}  // namespace ringside::pci
