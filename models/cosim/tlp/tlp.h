// SPDX-License-Identifier: Apache-2.0
// Transaction layer packets of PCI Express as bytes, in the order in which a link sends them:
// header of 3 or 4 double words, data. PCI Express Base 5.0, 2.2. No SystemC, no state.
//
// Not taken: prefixes, digests (TD), locked reads, atomic operations, address translation (AT).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::cosim {

enum class TlpKind : std::uint8_t {
  MemoryRead,
  MemoryWrite,
  IoRead,
  IoWrite,
  ConfigRead,  ///< type 0
  ConfigWrite,
  Completion,  ///< without data
  CompletionData,
  Message,
  MessageData,
};
const char* to_string(TlpKind kind);

/// 2.2.9.1
enum class CompletionStatus : std::uint8_t {
  Successful = 0,          ///< SC
  UnsupportedRequest = 1,  ///< UR
  RequestRetry = 2,        ///< CRS: configuration requests only
  CompleterAbort = 4,      ///< CA
};

/// One packet. Fields that its kind does not have stay 0.
struct Tlp {
  static constexpr std::size_t kMostHeader = 16;
  static constexpr std::size_t kMostPayload = 4096;
  static constexpr std::size_t kMostBytes = kMostHeader + kMostPayload;

  TlpKind kind = TlpKind::MemoryRead;
  std::uint8_t traffic_class = 0;  ///< 0 to 7
  std::uint8_t attributes = 0;     ///< bit 2: ID-based ordering, 1: relaxed ordering, 0: no snoop
  bool poisoned = false;           ///< EP
  std::uint32_t length = 0;        ///< double words, 1 to 1024; of a completion without data, 0

  std::uint16_t requester = 0;  ///< bus << 8 | device << 3 | function
  std::uint16_t tag = 0;        ///< 10 bits

  // ---- requests
  std::uint8_t first_be = 0, last_be = 0;  ///< a bit per byte, of the first and last double word
  std::uint64_t address = 0;               ///< memory and I/O: of the first double word
  std::uint16_t target = 0;                ///< configuration: whose
  std::uint16_t config_register = 0;       ///< configuration: bytes, a multiple of 4, to 0xffc

  // ---- completions
  std::uint16_t completer = 0;
  CompletionStatus status = CompletionStatus::Successful;
  std::uint32_t byte_count = 0;    ///< 1 to 4096: what is still to come, this packet included
  std::uint8_t lower_address = 0;  ///< 7 bits of the address of the first byte

  // ---- messages
  std::uint8_t routing = 0;       ///< 3 bits
  std::uint8_t message_code = 0;  ///< 0x20: Assert_INTA, 0x24: Deassert_INTA
  std::uint64_t message = 0;      ///< bytes 8 to 15 of the header

  const std::uint8_t* payload = nullptr;  ///< 4 * length bytes of a packet with data; not its own

  bool has_data() const;
  bool is_posted() const {
    return kind == TlpKind::MemoryWrite || kind == TlpKind::Message || kind == TlpKind::MessageData;
  }
  bool is_completion() const {
    return kind == TlpKind::Completion || kind == TlpKind::CompletionData;
  }
};

/// Takes a packet apart. nullptr: it is well formed, and `tlp` says what it is; its payload lies in
/// `bytes`. Else what is wrong with it (2.2 and 2.3: sizes, byte enables, boundaries), and `tlp` is
/// not to be used. Never reads beyond `size`.
const char* decode_tlp(const std::uint8_t* bytes, std::size_t size, Tlp& tlp);

/// Appends nothing: `to` becomes the packet. Memory requests take 4 double words of header if the
/// address needs them. Fields are taken as they are.
void encode_tlp(const Tlp& tlp, std::vector<std::uint8_t>& to);

/// The bytes that a request's byte enables name: from the first to the last that is enabled.
struct TlpExtent {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;  ///< 0: a request of no bytes (one double word, no byte enabled)
};
TlpExtent extent_of(const Tlp& request);
/// Makes address, length and byte enables of `request` those of an access; `bytes` is at most 4096,
/// within 4 KiB; 0 is a request of no bytes.
void set_extent(Tlp& request, std::uint64_t address, std::uint32_t bytes);
/// True if byte `i` of its extent is enabled: one double word may have holes.
bool enables(const Tlp& request, std::uint32_t i);

/// What both ends of a link have agreed on (Device Control, Link Control), and a requester's tags.
struct TlpLimits {
  unsigned max_payload = 256;              ///< 128 to 4096
  unsigned max_read_request = 512;         ///< 128 to 4096
  unsigned read_completion_boundary = 64;  ///< 64 or 128
  unsigned tags = 64;                      ///< read requests that may be out, 1 to 256
};
/// Bytes of the first packet of an access: none over a boundary of the limit's size, as a link of
/// models/pci cuts them.
std::uint32_t write_piece(const TlpLimits& limits, std::uint64_t address, std::uint64_t bytes);
std::uint32_t read_piece(const TlpLimits& limits, std::uint64_t address, std::uint64_t bytes);
/// Most bytes of a completion: it ends the read, or ends at a read completion boundary (2.3.1.1).
std::uint32_t completion_piece(const TlpLimits& limits, std::uint64_t address, std::uint64_t bytes);

}  // namespace ringside::cosim
