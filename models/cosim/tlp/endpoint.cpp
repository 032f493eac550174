// SPDX-License-Identifier: Apache-2.0
#include "cosim/tlp/endpoint.h"

#include <cstring>
#include <string>

namespace ringside::cosim {

namespace {

CompletionStatus status_of(Response response) {
  switch (response) {
    case Response::DecodeError:
      return CompletionStatus::UnsupportedRequest;
    case Response::SlaveError:
      return CompletionStatus::CompleterAbort;
    default:
      return CompletionStatus::Successful;
  }
}
Response response_of(CompletionStatus status) {
  switch (status) {
    case CompletionStatus::Successful:
      return Response::Okay;
    case CompletionStatus::UnsupportedRequest:
      return Response::DecodeError;
    default:
      return Response::SlaveError;
  }
}

}  // namespace

TlpEndpoint::TlpEndpoint(TlpTarget& target, const TlpSettings& settings)
    : target_(target), settings_(settings), random_(settings.timing.seed), reads_(kReads) {
  if (settings_.limits.tags == 0 || settings_.limits.tags > kTags) settings_.limits.tags = kTags;
}

void TlpEndpoint::complain(const char* what) {
  violations_.add(cycle_, what);
}

void TlpEndpoint::clock() {
  ++cycle_;
  if (reads_waiting_ != 0) {
    Read* chosen = nullptr;
    unsigned candidates = 0;
    for (unsigned i = 0; i < reads_top_; ++i) {
      Read& read = reads_[i];
      if (read.state != State::Waiting || read.due > cycle_) continue;
      if (!chosen)
        chosen = &read, candidates = 1;
      else if (!settings_.timing.reorder ? read.order < chosen->order
                                         : random_.below(++candidates) == 0)
        chosen = &read;
    }
    if (chosen) take_effect(*chosen);
  }
  if (settings_.completion_timeout == 0 || commands_used_ == 0) return;
  for (Tag& tag : tags_)
    if (tag.used && cycle_ - tag.sent > settings_.completion_timeout) {
      complain("a read has not been completed in time");
      release(tag, Response::SlaveError);
    }
}

void TlpEndpoint::reset() {
  for (Read& read : reads_) read.state = State::Free;
  reads_used_ = reads_waiting_ = reads_top_ = 0;
  for (Tag& tag : tags_) tag.used = false;
  for (unsigned i = 0; i < kCommands; ++i)
    if (commands_[i].used) end(i, Response::SlaveError);
}

// ---- what comes

void TlpEndpoint::receive(const std::uint8_t* bytes, std::size_t size) {
  ++received_;
  Tlp tlp;
  if (const char* wrong = decode_tlp(bytes, size, tlp))
    return violations_.add(cycle_, std::string("malformed packet: ") + wrong);
  if (tlp.has_data() && 4 * tlp.length > settings_.limits.max_payload)
    // The packet is malformed for a receiver (2.2.2): it is not carried out.
    return complain("a packet with more data than Max_Payload_Size");
  switch (tlp.kind) {
    case TlpKind::MemoryWrite:
      return take_write(tlp);
    case TlpKind::Message:
    case TlpKind::MessageData:
      if (message) message(tlp);
      return;
    case TlpKind::Completion:
    case TlpKind::CompletionData:
      return take_completion(tlp);
    default:
      return take_request(tlp);
  }
}

void TlpEndpoint::take_write(const Tlp& tlp) {
  const TlpExtent extent = extent_of(tlp);
  if (extent.bytes == 0 || tlp.poisoned) {
    if (tlp.poisoned) ++lost_writes_;
    return;
  }
  if (extent.address >= settings_.interrupt_first && extent.address <= settings_.interrupt_last) {
    if (tlp.length != 1 || tlp.first_be != 0xf)
      return complain("an interrupt that is not one whole double word");
    std::uint32_t data;
    std::memcpy(&data, tlp.payload, 4);
    if (interrupt) interrupt(extent.address, data);
    return;
  }
  // Only in one or two double words there may be holes.
  if (tlp.length > 2)
    std::memset(strobes_.data(), 1, extent.bytes);
  else
    for (std::uint32_t i = 0; i < extent.bytes; ++i) strobes_[i] = enables(tlp, i);
  BusAccess access;
  access.cycle = access.announced = cycle_;
  access.is_write = true;
  access.address = extent.address;
  access.bytes = extent.bytes;
  access.data = tlp.payload + (extent.address - tlp.address);
  access.strobes = strobes_.data();
  access.response = target_.write(extent.address, access.data, access.strobes, extent.bytes);
  if (access.response != Response::Okay) ++lost_writes_;
  if (observer) observer(access);
}

void TlpEndpoint::check_tag(const Tlp& tlp) {
  for (unsigned i = 0; i < reads_top_; ++i) {
    const Read& read = reads_[i];
    if (read.state != State::Free && read.request.requester == tlp.requester &&
        read.request.tag == tlp.tag)
      return complain("a tag that is in use");
  }
}

void TlpEndpoint::take_request(const Tlp& tlp) {
  check_tag(tlp);
  if (!can_receive()) return complain("more requests than there is room for");
  if (tlp.kind == TlpKind::MemoryRead && 4 * tlp.length > settings_.limits.max_read_request) {
    const TlpExtent extent = extent_of(tlp);
    if (extent.bytes > settings_.limits.max_read_request)
      complain("a read of more than Max_Read_Request_Size");
  }
  unsigned place = 0;
  while (reads_[place].state != State::Free) ++place;
  if (place == reads_top_) ++reads_top_;
  Read* read = &reads_[place];
  ++reads_used_;
  ++reads_waiting_;
  read->state = State::Waiting;
  read->request = tlp;
  read->extent = tlp.kind == TlpKind::MemoryRead ? extent_of(tlp) : TlpExtent{};
  read->arrived = cycle_;
  read->due = cycle_ + settings_.timing.latency +
              (settings_.timing.jitter != 0 ? random_.below(settings_.timing.jitter + 1) : 0);
  read->order = ++order_;
  read->status = CompletionStatus::Successful;
  read->done = 0;
  // What it writes is one double word.
  read->data.assign(4, 0);
  if (tlp.has_data()) std::memcpy(read->data.data(), tlp.payload, 4);
  read->request.payload = nullptr;
}

void TlpEndpoint::take_effect(Read& read) {
  --reads_waiting_;
  read.state = State::Ready;
  read.order = ++order_;
  switch (read.request.kind) {
    case TlpKind::MemoryRead:
      return read_memory(read);
    case TlpKind::ConfigRead:
    case TlpKind::ConfigWrite:
      return read_config(read);
    default:
      read.status = CompletionStatus::UnsupportedRequest;
  }
}

void TlpEndpoint::read_memory(Read& read) {
  if (read.extent.bytes == 0) return;  // one double word of anything
  read.data.resize(read.extent.bytes);
  BusAccess access;
  access.cycle = cycle_;
  access.announced = read.arrived;
  access.address = read.extent.address;
  access.bytes = read.extent.bytes;
  access.response = target_.read(access.address, read.data.data(), access.bytes);
  access.data = read.data.data();
  read.status = status_of(access.response);
  if (observer) observer(access);
}

void TlpEndpoint::read_config(Read& read) {
  std::uint32_t value;
  std::memcpy(&value, read.data.data(), 4);
  if (!config || !config(read.request, value))
    read.status = CompletionStatus::UnsupportedRequest;
  else
    std::memcpy(read.data.data(), &value, 4);
}

void TlpEndpoint::take_completion(const Tlp& tlp) {
  if (tlp.requester != settings_.id) return complain("a completion for another requester");
  if (tlp.tag >= kTags || !tags_[tlp.tag].used)
    return complain("a completion that nothing was asked for");
  Tag& tag = tags_[tlp.tag];
  if (tlp.status != CompletionStatus::Successful) return release(tag, response_of(tlp.status));
  if (tlp.kind == TlpKind::Completion) {
    complain("a read is completed without data");
    return release(tag, Response::SlaveError);
  }
  take_data(tag, tlp);
}

void TlpEndpoint::take_data(Tag& tag, const Tlp& tlp) {
  const std::uint32_t skip = tlp.lower_address & 3;
  const std::uint32_t here = 4 * tlp.length - skip;
  const std::uint32_t bytes = here < tlp.byte_count ? here : tlp.byte_count;
  const char* wrong = nullptr;
  if (tlp.byte_count != tag.left)
    wrong = "a completion's byte count is not what is left";
  else if (tlp.lower_address != (tag.address & 0x7f))
    wrong = "a completion's lower address is not that of its first byte";
  else if (bytes != tag.left &&
           ((tag.address + bytes) & (settings_.limits.read_completion_boundary - 1)) != 0)
    wrong = "a completion is cut where there is no read completion boundary";
  if (wrong) {
    complain(wrong);
    return release(tag, Response::SlaveError);
  }
  if (tlp.poisoned) return release(tag, Response::SlaveError);
  std::memcpy(commands_[tag.command].to + tag.offset, tlp.payload + skip, bytes);
  tag.address += bytes;
  tag.offset += bytes;
  tag.left -= bytes;
  if (tag.left == 0) release(tag, Response::Okay);
}

void TlpEndpoint::release(Tag& tag, Response response) {
  tag.used = false;
  Command& command = commands_[tag.command];
  if (response > command.response) command.response = response;
  if (--command.out == 0 && command.asked == command.bytes) end(tag.command, command.response);
}

// ---- what is asked

unsigned TlpEndpoint::start(const Command& command) {
  for (unsigned i = 0; i < kCommands; ++i)
    if (!commands_[i].used) {
      commands_[i] = command;
      commands_[i].used = true;
      commands_[i].order = ++order_;
      ++commands_used_;
      return i;
    }
  return kNone;
}

unsigned TlpEndpoint::start_read(std::uint64_t address, std::uint8_t* to, std::uint32_t bytes) {
  Command command;
  command.address = address;
  command.to = to;
  command.bytes = bytes;
  return start(command);
}

unsigned TlpEndpoint::start_write(std::uint64_t address, const std::uint8_t* from,
                                  std::uint32_t bytes) {
  Command command;
  command.write = true;
  command.address = address;
  command.from = from;
  command.bytes = bytes;
  return start(command);
}

void TlpEndpoint::end(unsigned command, Response response) {
  commands_[command].used = false;
  --commands_used_;
  if (finished) finished(command, response);
}

// ---- what goes

unsigned TlpEndpoint::oldest(bool write) const {
  unsigned found = kNone;
  for (unsigned i = 0; i < kCommands; ++i) {
    const Command& c = commands_[i];
    if (!c.used || c.write != write || c.asked == c.bytes) continue;
    if (found == kNone || c.order < commands_[found].order) found = i;
  }
  return found;
}

unsigned TlpEndpoint::free_tag() const {
  for (unsigned i = 0; i < settings_.limits.tags; ++i)
    if (!tags_[i].used) return i;
  return kNone;
}

bool TlpEndpoint::next(std::vector<std::uint8_t>& packet) {
  if (idle() || stall()) return false;
  const unsigned write = oldest(true), read = oldest(false);
  const std::uint64_t before = write != kNone ? commands_[write].order : ~std::uint64_t{0};
  // Candidates: the oldest write, the oldest read, completions; the last two only if they do not
  // pass that write.
  enum { None, Write, ReadRequest, Completion } chosen = None;
  unsigned candidates = 0;
  std::uint64_t order = 0;
  Read* completion = nullptr;
  const auto offer = [&](std::uint64_t its_order) {
    ++candidates;
    if (candidates != 1 &&
        (settings_.timing.reorder ? random_.below(candidates) != 0 : its_order > order))
      return false;
    order = its_order;
    return true;
  };
  if (write != kNone && offer(before)) chosen = Write;
  const unsigned tag = read != kNone ? free_tag() : kNone;
  if (tag != kNone && commands_[read].order < before && offer(commands_[read].order))
    chosen = ReadRequest;
  if (reads_used_ != reads_waiting_)
    for (unsigned i = 0; i < reads_top_; ++i) {
      Read& r = reads_[i];
      if (r.state == State::Ready && r.order < before && offer(r.order)) {
        chosen = Completion;
        completion = &r;
      }
    }
  switch (chosen) {
    case None:
      return false;
    case Write:
      send_write(write, packet);
      break;
    case ReadRequest:
      send_read(read, tag, packet);
      break;
    case Completion:
      send_completion(*completion, packet);
      break;
  }
  ++sent_;
  return true;
}

void TlpEndpoint::send_write(unsigned number, std::vector<std::uint8_t>& packet) {
  Command& command = commands_[number];
  const std::uint64_t address = command.address + command.asked;
  const std::uint32_t bytes = write_piece(settings_.limits, address, command.bytes - command.asked);
  Tlp tlp;
  tlp.kind = TlpKind::MemoryWrite;
  tlp.requester = settings_.id;
  set_extent(tlp, address, bytes);
  std::memset(padded_.data(), 0, 4 * tlp.length);
  std::memcpy(padded_.data() + (address & 3), command.from + command.asked, bytes);
  tlp.payload = padded_.data();
  encode_tlp(tlp, packet);
  command.asked += bytes;
  if (command.asked == command.bytes) end(number, Response::Okay);
}

void TlpEndpoint::send_read(unsigned number, unsigned tag, std::vector<std::uint8_t>& packet) {
  Command& command = commands_[number];
  const std::uint64_t address = command.address + command.asked;
  const std::uint32_t bytes = read_piece(settings_.limits, address, command.bytes - command.asked);
  Tlp tlp;
  tlp.kind = TlpKind::MemoryRead;
  tlp.requester = settings_.id;
  tlp.tag = static_cast<std::uint16_t>(tag);
  set_extent(tlp, address, bytes);
  encode_tlp(tlp, packet);
  tags_[tag] = {true, number, address, cycle_, command.asked, bytes};
  command.asked += bytes;
  ++command.out;
}

void TlpEndpoint::send_completion(Read& read, std::vector<std::uint8_t>& packet) {
  const Tlp& request = read.request;
  const bool of_memory = request.kind == TlpKind::MemoryRead;
  const std::uint32_t all = of_memory && read.extent.bytes != 0 ? read.extent.bytes : 4;
  const std::uint64_t address = read.extent.address + read.done;
  Tlp tlp;
  tlp.completer = settings_.id;
  tlp.requester = request.requester;
  tlp.tag = request.tag;
  tlp.traffic_class = request.traffic_class;
  tlp.attributes = request.attributes;
  tlp.status = read.status;
  // A read of no bytes counts as one (2.2.9.2), everything but memory as four.
  tlp.byte_count = !of_memory ? 4 : read.extent.bytes == 0 ? 1 : all - read.done;
  tlp.lower_address = of_memory ? static_cast<std::uint8_t>(address & 0x7f) : 0;
  const bool data = read.status == CompletionStatus::Successful && !request.has_data();
  if (!data) {
    tlp.kind = TlpKind::Completion;
    encode_tlp(tlp, packet);
    read.done = all;
  } else {
    tlp.kind = TlpKind::CompletionData;
    std::uint32_t bytes = completion_piece(settings_.limits, address, all - read.done);
    const unsigned boundary = settings_.limits.read_completion_boundary;
    const auto first = static_cast<std::uint32_t>(boundary - (address & (boundary - 1)));
    // A completer may cut at any boundary.
    if (settings_.timing.reorder && bytes > first)
      bytes = random_.below(2) == 0
                  ? bytes
                  : first + random_.below((bytes - first) / boundary + 1) * boundary;
    const auto skip = of_memory ? static_cast<std::uint32_t>(address & 3) : 0;
    tlp.length = (skip + bytes + 3) / 4;
    std::memset(padded_.data(), 0, 4 * tlp.length);
    std::memcpy(padded_.data() + skip, read.data.data() + read.done, bytes);
    tlp.payload = padded_.data();
    encode_tlp(tlp, packet);
    read.done += bytes;
  }
  if (read.done < all) return;
  read.state = State::Free;
  --reads_used_;
  while (reads_top_ != 0 && reads_[reads_top_ - 1].state == State::Free) --reads_top_;
}

}  // namespace ringside::cosim
