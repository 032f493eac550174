// SPDX-License-Identifier: Apache-2.0
#include "cosim/tlp/tlp.h"

#include <algorithm>
#include <cstring>

namespace ringside::cosim {

namespace {

// Fmt (2.2.1) and Type (table 2-3).
constexpr unsigned kFmtFour = 1, kFmtData = 2, kFmtPrefix = 4;
constexpr unsigned kTypeMemory = 0x00, kTypeIo = 0x02, kTypeConfig0 = 0x04, kTypeCompletion = 0x0a,
                   kTypeMessage = 0x10, kTypeMessageMask = 0x18;
constexpr std::uint32_t kPage = 4096;

std::uint16_t get16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
std::uint32_t get32(const std::uint8_t* at) {
  return std::uint32_t{get16(at)} << 16 | get16(at + 2);
}
void put16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
void put32(std::uint8_t* at, std::uint32_t value) {
  put16(at, static_cast<std::uint16_t>(value >> 16));
  put16(at + 2, static_cast<std::uint16_t>(value));
}

unsigned lowest(unsigned enables) {
  for (unsigned i = 0; i < 4; ++i)
    if ((enables >> i) & 1) return i;
  return 0;
}
unsigned highest(unsigned enables) {
  for (unsigned i = 4; i-- > 0;)
    if ((enables >> i) & 1) return i;
  return 0;
}

struct Form {
  TlpKind kind;
  bool data;
};

/// False: no packet that is taken here.
bool form_of(unsigned fmt, unsigned type, Form& form) {
  const bool data = (fmt & kFmtData) != 0, four = (fmt & kFmtFour) != 0;
  if ((fmt & kFmtPrefix) != 0) return false;
  form.data = data;
  if (type == kTypeMemory) {
    form.kind = data ? TlpKind::MemoryWrite : TlpKind::MemoryRead;
    return true;
  }
  if ((type & kTypeMessageMask) == kTypeMessage) {
    form.kind = data ? TlpKind::MessageData : TlpKind::Message;
    return four && (type & 7) <= 5;  // 6 and 7 are reserved (2.2.8)
  }
  if (four) return false;
  if (type == kTypeIo) {
    form.kind = data ? TlpKind::IoWrite : TlpKind::IoRead;
    return true;
  }
  if (type == kTypeConfig0) {
    form.kind = data ? TlpKind::ConfigWrite : TlpKind::ConfigRead;
    return true;
  }
  if (type == kTypeCompletion) {
    form.kind = data ? TlpKind::CompletionData : TlpKind::Completion;
    return true;
  }
  return false;
}

/// 2.2.5. `quad`: the address of a memory request is a multiple of 8.
const char* check_enables(const Tlp& tlp, bool quad) {
  if (tlp.length == 1)
    return tlp.last_be != 0 ? "last byte enables of a request of one double word" : nullptr;
  if (tlp.first_be == 0) return "no byte is enabled in the first of several double words";
  if (tlp.last_be == 0) return "no byte is enabled in the last of several double words";
  if (tlp.length == 2 && quad) return nullptr;
  const bool first_reaches_end = ((0xf << lowest(tlp.first_be)) & 0xf) == tlp.first_be;
  const bool last_begins = (0xf >> (3 - highest(tlp.last_be))) == tlp.last_be;
  return first_reaches_end && last_begins ? nullptr : "byte enables with a hole";
}

const char* decode_memory(const std::uint8_t* h, bool four, Tlp& tlp) {
  const std::uint64_t address =
      four ? std::uint64_t{get32(h + 8)} << 32 | get32(h + 12) : get32(h + 8);
  tlp.address = address & ~std::uint64_t{3};  // the lowest bits are a hint's (2.2.7.1.1)
  if (four && address >> 32 == 0) return "an address below 4 GiB in a header for 64 bits";
  if ((tlp.address & (kPage - 1)) + 4 * tlp.length > kPage) return "a memory request crosses 4 KiB";
  return check_enables(tlp, (tlp.address & 7) == 0);
}

/// I/O and configuration (2.2.7).
const char* check_single(const Tlp& tlp) {
  if (tlp.length != 1) return "an I/O or configuration request that is not one double word long";
  if (tlp.last_be != 0) return "last byte enables of a request of one double word";
  if (tlp.traffic_class != 0) return "an I/O or configuration request of another traffic class";
  return nullptr;
}

const char* decode_completion(const std::uint8_t* h, Tlp& tlp) {
  tlp.completer = get16(h + 4);
  const unsigned status = h[6] >> 5;
  if (status != 0 && status != 1 && status != 2 && status != 4)
    return "a reserved completion status";
  tlp.status = static_cast<CompletionStatus>(status);
  const std::uint32_t count = (h[6] & 0xfu) << 8 | h[7];
  tlp.byte_count = count == 0 ? 4096 : count;
  tlp.requester = get16(h + 8);
  tlp.tag = static_cast<std::uint16_t>(tlp.tag | h[10]);
  tlp.lower_address = h[11] & 0x7f;
  if (tlp.kind != TlpKind::CompletionData) return nullptr;
  if (tlp.status != CompletionStatus::Successful) return "data in a completion without success";
  if (4 * tlp.length > ((tlp.lower_address & 3) + tlp.byte_count + 3) / 4 * 4)
    return "a completion with more data than its byte count";
  return nullptr;
}

const char* decode_body(const std::uint8_t* h, bool four, Tlp& tlp) {
  if (tlp.is_completion()) return decode_completion(h, tlp);
  tlp.requester = get16(h + 4);
  tlp.tag = static_cast<std::uint16_t>(tlp.tag | h[6]);
  if (tlp.kind == TlpKind::Message || tlp.kind == TlpKind::MessageData) {
    tlp.message_code = h[7];
    tlp.routing = h[0] & 7;
    tlp.message = std::uint64_t{get32(h + 8)} << 32 | get32(h + 12);
    return nullptr;
  }
  tlp.first_be = h[7] & 0xf;
  tlp.last_be = h[7] >> 4;
  switch (tlp.kind) {
    case TlpKind::MemoryRead:
    case TlpKind::MemoryWrite:
      return decode_memory(h, four, tlp);
    case TlpKind::IoRead:
    case TlpKind::IoWrite:
      tlp.address = get32(h + 8) & ~3u;
      return check_single(tlp);
    default:
      tlp.target = get16(h + 8);
      tlp.config_register = static_cast<std::uint16_t>((h[10] & 0xf) << 8 | (h[11] & 0xfc));
      return check_single(tlp);
  }
}

}  // namespace

const char* to_string(TlpKind kind) {
  switch (kind) {
    case TlpKind::MemoryRead:
      return "MRd";
    case TlpKind::MemoryWrite:
      return "MWr";
    case TlpKind::IoRead:
      return "IORd";
    case TlpKind::IoWrite:
      return "IOWr";
    case TlpKind::ConfigRead:
      return "CfgRd0";
    case TlpKind::ConfigWrite:
      return "CfgWr0";
    case TlpKind::Completion:
      return "Cpl";
    case TlpKind::CompletionData:
      return "CplD";
    case TlpKind::Message:
      return "Msg";
    case TlpKind::MessageData:
      return "MsgD";
  }
  return "?";
}

bool Tlp::has_data() const {
  switch (kind) {
    case TlpKind::MemoryWrite:
    case TlpKind::IoWrite:
    case TlpKind::ConfigWrite:
    case TlpKind::CompletionData:
    case TlpKind::MessageData:
      return true;
    default:
      return false;
  }
}

const char* decode_tlp(const std::uint8_t* bytes, std::size_t size, Tlp& tlp) {
  tlp = {};
  if (size < 12) return "shorter than a header";
  if (size % 4 != 0) return "not a number of double words";
  const unsigned fmt = bytes[0] >> 5, type = bytes[0] & 0x1f;
  Form form{};
  if (!form_of(fmt, type, form)) return "a format and type that are not taken here";
  const bool four = (fmt & kFmtFour) != 0;
  const std::size_t header = four ? 16 : 12;
  if (size < header) return "shorter than its header";
  tlp.kind = form.kind;
  tlp.traffic_class = (bytes[1] >> 4) & 7;
  tlp.attributes = static_cast<std::uint8_t>((bytes[1] & 4) | ((bytes[2] >> 4) & 3));
  tlp.tag = static_cast<std::uint16_t>((bytes[1] & 0x80) << 2 | (bytes[1] & 0x08) << 5);
  tlp.poisoned = (bytes[2] & 0x40) != 0;
  if ((bytes[2] & 0x80) != 0) return "a digest, which is not taken here";
  if ((bytes[2] & 0x0c) != 0 && !tlp.is_completion())
    return "address translation, which is not taken here";
  const std::uint32_t length = (bytes[2] & 3u) << 8 | bytes[3];
  tlp.length = length == 0 ? 1024 : length;
  const bool counted = tlp.kind != TlpKind::Completion && tlp.kind != TlpKind::Message;
  if (!counted) tlp.length = 0;  // reserved there
  if (size != header + (form.data ? 4 * std::size_t{tlp.length} : 0))
    return form.data ? "its length is not that of its data" : "data after a packet without any";
  if (form.data) tlp.payload = bytes + header;
  return decode_body(bytes, four, tlp);
}

void encode_tlp(const Tlp& tlp, std::vector<std::uint8_t>& to) {
  const bool memory = tlp.kind == TlpKind::MemoryRead || tlp.kind == TlpKind::MemoryWrite;
  const bool message = tlp.kind == TlpKind::Message || tlp.kind == TlpKind::MessageData;
  const bool four = message || (memory && tlp.address >> 32 != 0);
  const std::size_t header = four ? 16 : 12;
  to.assign(header + (tlp.has_data() ? 4 * std::size_t{tlp.length} : 0), 0);
  std::uint8_t* h = to.data();
  unsigned type = kTypeMemory;
  if (message)
    type = kTypeMessage | tlp.routing;
  else if (tlp.is_completion())
    type = kTypeCompletion;
  else if (tlp.kind == TlpKind::IoRead || tlp.kind == TlpKind::IoWrite)
    type = kTypeIo;
  else if (!memory)
    type = kTypeConfig0;
  h[0] = static_cast<std::uint8_t>(((four ? kFmtFour : 0) | (tlp.has_data() ? kFmtData : 0)) << 5 |
                                   type);
  h[1] = static_cast<std::uint8_t>((tlp.tag >> 9 & 1) << 7 | tlp.traffic_class << 4 |
                                   (tlp.tag >> 8 & 1) << 3 | (tlp.attributes & 4));
  h[2] = static_cast<std::uint8_t>((tlp.poisoned ? 0x40 : 0) | (tlp.attributes & 3) << 4 |
                                   (tlp.length >> 8 & 3));
  h[3] = static_cast<std::uint8_t>(tlp.length);
  if (tlp.is_completion()) {
    put16(h + 4, tlp.completer);
    put16(h + 6, static_cast<std::uint16_t>(static_cast<unsigned>(tlp.status) << 13 |
                                            (tlp.byte_count & 0xfff)));
    put16(h + 8, tlp.requester);
    h[10] = static_cast<std::uint8_t>(tlp.tag);
    h[11] = tlp.lower_address & 0x7f;
  } else {
    put16(h + 4, tlp.requester);
    h[6] = static_cast<std::uint8_t>(tlp.tag);
    h[7] = message ? tlp.message_code : static_cast<std::uint8_t>(tlp.last_be << 4 | tlp.first_be);
    if (message) {
      put32(h + 8, static_cast<std::uint32_t>(tlp.message >> 32));
      put32(h + 12, static_cast<std::uint32_t>(tlp.message));
    } else if (four) {
      put32(h + 8, static_cast<std::uint32_t>(tlp.address >> 32));
      put32(h + 12, static_cast<std::uint32_t>(tlp.address));
    } else if (type == kTypeConfig0) {
      put16(h + 8, tlp.target);
      put16(h + 10, tlp.config_register);
    } else {
      put32(h + 8, static_cast<std::uint32_t>(tlp.address));
    }
  }
  if (tlp.has_data() && tlp.payload) std::memcpy(h + header, tlp.payload, 4 * tlp.length);
}

TlpExtent extent_of(const Tlp& r) {
  if (r.length == 1 && r.first_be == 0) return {r.address, 0};
  const unsigned first = lowest(r.first_be);
  const unsigned last = r.length == 1 ? highest(r.first_be) : highest(r.last_be);
  return {r.address + first, 4 * (r.length - 1) + last + 1 - first};
}

void set_extent(Tlp& r, std::uint64_t address, std::uint32_t bytes) {
  const auto skip = static_cast<unsigned>(address & 3);
  r.address = address - skip;
  r.length = bytes == 0 ? 1 : (skip + bytes + 3) / 4;
  const unsigned end = (skip + bytes + 3) % 4;  // last byte's place in its double word
  const auto from = static_cast<std::uint8_t>(0xf << skip & 0xf);
  const auto up_to = static_cast<std::uint8_t>(0xf >> (3 - end));
  r.first_be = bytes == 0 ? 0 : r.length == 1 ? from & up_to : from;
  r.last_be = r.length == 1 ? 0 : up_to;
}

bool enables(const Tlp& r, std::uint32_t i) {
  const auto first = static_cast<std::uint32_t>(extent_of(r).address - r.address);
  const std::uint32_t word = (first + i) / 4, byte = (first + i) % 4;
  if (word == 0) return (r.first_be >> byte) & 1;
  return word + 1 < r.length || ((r.last_be >> byte) & 1) != 0;
}

namespace {
std::uint32_t up_to_boundary(std::uint64_t address, std::uint64_t bytes, unsigned boundary) {
  const std::uint64_t room = boundary - (address & (boundary - 1));
  return static_cast<std::uint32_t>(std::min(bytes, room));
}
}  // namespace

std::uint32_t write_piece(const TlpLimits& limits, std::uint64_t address, std::uint64_t bytes) {
  return up_to_boundary(address, bytes, limits.max_payload);
}
std::uint32_t read_piece(const TlpLimits& limits, std::uint64_t address, std::uint64_t bytes) {
  return up_to_boundary(address, bytes, limits.max_read_request);
}
std::uint32_t completion_piece(const TlpLimits& limits, std::uint64_t address,
                               std::uint64_t bytes) {
  const std::uint64_t most = limits.max_payload - (address & (limits.read_completion_boundary - 1));
  return static_cast<std::uint32_t>(std::min(bytes, most));
}

}  // namespace ringside::cosim
