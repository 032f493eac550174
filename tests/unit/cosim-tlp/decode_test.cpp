// SPDX-License-Identifier: Apache-2.0
// Packets against tables written by hand from PCI Express Base 5.0, 2.2 and 2.3.
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cosim/axi/random.h"
#include "cosim/tlp/link_limits.h"
#include "cosim/tlp/tlp.h"

using namespace ringside;
using namespace ringside::cosim;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// "40 00 00 01 ...": two digits a byte.
Bytes hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == ' ') continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    ++i;
  }
  return bytes;
}

/// Exactly as long as it is, so that a sanitizer sees what reads beyond.
struct Decoded {
  explicit Decoded(const Bytes& from) : bytes(new std::uint8_t[from.size()]), size(from.size()) {
    if (!from.empty()) std::memcpy(bytes.get(), from.data(), size);
    wrong = decode_tlp(bytes.get(), size, tlp);
  }
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t size;
  Tlp tlp;
  const char* wrong;
};

struct Row {
  const char* packet;
  TlpKind kind;
  std::uint32_t length;
  std::uint16_t requester, tag;
  unsigned first_be, last_be;
  std::uint64_t address;
};
// Requester 01:02.3 is 0x0113.
const Row kRequests[] = {
    {"00 00 00 01 01 13 5a 0f 12 34 56 78", TlpKind::MemoryRead, 1, 0x0113, 0x5a, 0xf, 0,
     0x12345678},
    {"20 00 00 20 01 13 5a ff 00 00 00 01 23 45 60 00", TlpKind::MemoryRead, 32, 0x0113, 0x5a, 0xf,
     0xf, 0x123456000},
    {"00 00 00 00 ff ff ff ff 80 00 00 00", TlpKind::MemoryRead, 1024, 0xffff, 0xff, 0xf, 0xf,
     0x80000000},
    // Bytes 2 and 3 of one double word; no byte at all; bytes 1 to 4 of two.
    {"40 00 00 01 01 13 00 0c 00 00 10 00 00 00 aa bb", TlpKind::MemoryWrite, 1, 0x0113, 0, 0xc, 0,
     0x1000},
    {"00 00 00 01 01 13 00 00 00 00 10 00", TlpKind::MemoryRead, 1, 0x0113, 0, 0, 0, 0x1000},
    {"40 00 00 02 01 13 00 1e 00 00 10 04 00 11 22 33 44 00 00 00", TlpKind::MemoryWrite, 2, 0x0113,
     0, 0xe, 0x1, 0x1004},
    {"60 00 00 01 01 13 00 0f fe dc ba 98 76 54 32 10 01 02 03 04", TlpKind::MemoryWrite, 1, 0x0113,
     0, 0xf, 0, 0xfedcba9876543210},
    // Tag of 10 bits: T9 and T8 in byte 1.
    {"00 88 00 01 01 13 5a 0f 00 00 10 00", TlpKind::MemoryRead, 1, 0x0113, 0x35a, 0xf, 0, 0x1000},
    // Two double words from a multiple of 8 may have holes (2.2.5).
    {"00 00 00 02 01 13 5a 95 00 00 10 08", TlpKind::MemoryRead, 2, 0x0113, 0x5a, 0x5, 0x9, 0x1008},
    {"02 00 00 01 01 13 5a 01 00 00 03 f8", TlpKind::IoRead, 1, 0x0113, 0x5a, 1, 0, 0x3f8},
    {"42 00 00 01 01 13 5a 02 00 00 03 f8 00 55 00 00", TlpKind::IoWrite, 1, 0x0113, 0x5a, 2, 0,
     0x3f8},
};

}  // namespace

BOOST_AUTO_TEST_CASE(requests_of_the_table) {
  for (const Row& row : kRequests) {
    const Bytes bytes = hex(row.packet);
    const Decoded d(bytes);
    BOOST_TEST_CONTEXT(row.packet) {
      BOOST_REQUIRE_MESSAGE(d.wrong == nullptr, d.wrong);
      BOOST_TEST(to_string(d.tlp.kind) == std::string(to_string(row.kind)));
      BOOST_TEST(d.tlp.length == row.length);
      BOOST_TEST(d.tlp.requester == row.requester);
      BOOST_TEST(d.tlp.tag == row.tag);
      BOOST_TEST(d.tlp.first_be == row.first_be);
      BOOST_TEST(d.tlp.last_be == row.last_be);
      BOOST_TEST(d.tlp.address == row.address);
      BOOST_TEST(d.tlp.traffic_class == 0);
      BOOST_TEST(!d.tlp.poisoned);
      Bytes again;
      encode_tlp(d.tlp, again);
      BOOST_TEST(again == bytes, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(completions_of_the_table) {
  struct {
    const char* packet;
    TlpKind kind;
    CompletionStatus status;
    std::uint16_t completer;
    std::uint32_t byte_count;
    unsigned lower;
  } const rows[] = {
      {"4a 00 00 01 02 00 00 04 01 13 5a 78 01 02 03 04", TlpKind::CompletionData,
       CompletionStatus::Successful, 0x0200, 4, 0x78},
      {"4a 00 00 01 02 00 00 01 01 13 5a 7b 01 02 03 04", TlpKind::CompletionData,
       CompletionStatus::Successful, 0x0200, 1, 0x7b},
      {"0a 00 00 00 02 00 20 04 01 13 5a 78", TlpKind::Completion,
       CompletionStatus::UnsupportedRequest, 0x0200, 4, 0x78},
      {"0a 00 00 00 02 00 80 00 01 13 5a 00", TlpKind::Completion, CompletionStatus::CompleterAbort,
       0x0200, 4096, 0},
      {"0a 00 00 00 02 00 40 04 01 13 5a 00", TlpKind::Completion, CompletionStatus::RequestRetry,
       0x0200, 4, 0},
  };
  for (const auto& row : rows) {
    const Bytes bytes = hex(row.packet);
    const Decoded d(bytes);
    BOOST_TEST_CONTEXT(row.packet) {
      BOOST_REQUIRE_MESSAGE(d.wrong == nullptr, d.wrong);
      BOOST_TEST((d.tlp.kind == row.kind));
      BOOST_TEST((d.tlp.status == row.status));
      BOOST_TEST(d.tlp.completer == row.completer);
      BOOST_TEST(d.tlp.requester == 0x0113);
      BOOST_TEST(d.tlp.tag == 0x5a);
      BOOST_TEST(d.tlp.byte_count == row.byte_count);
      BOOST_TEST(d.tlp.lower_address == row.lower);
      Bytes again;
      encode_tlp(d.tlp, again);
      BOOST_TEST(again == bytes, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(configuration_and_messages_of_the_table) {
  {
    const Bytes bytes = hex("44 00 00 01 00 00 07 0c 01 13 01 04 00 00 12 34");
    const Decoded d(bytes);
    BOOST_REQUIRE(d.wrong == nullptr);
    BOOST_TEST((d.tlp.kind == TlpKind::ConfigWrite));
    BOOST_TEST(d.tlp.target == 0x0113);
    BOOST_TEST(d.tlp.config_register == 0x104);
    BOOST_TEST(d.tlp.first_be == 0xc);
    Bytes again;
    encode_tlp(d.tlp, again);
    BOOST_TEST(again == bytes, boost::test_tools::per_element());
  }
  {
    const Bytes bytes = hex("34 00 00 00 01 13 00 20 00 00 00 00 00 00 00 00");
    const Decoded d(bytes);
    BOOST_REQUIRE(d.wrong == nullptr);
    BOOST_TEST((d.tlp.kind == TlpKind::Message));
    BOOST_TEST(d.tlp.message_code == 0x20);  // Assert_INTA
    BOOST_TEST(d.tlp.routing == 4);          // terminate at receiver
    Bytes again;
    encode_tlp(d.tlp, again);
    BOOST_TEST(again == bytes, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(attributes_of_the_table) {
  // Traffic class 5, ID-based and relaxed ordering, poisoned.
  const Bytes bytes = hex("40 54 60 01 01 13 00 0f 00 00 10 00 01 02 03 04");
  const Decoded d(bytes);
  BOOST_REQUIRE(d.wrong == nullptr);
  BOOST_TEST(d.tlp.traffic_class == 5);
  BOOST_TEST(d.tlp.attributes == 6);
  BOOST_TEST(d.tlp.poisoned);
  BOOST_TEST(std::memcmp(d.tlp.payload, "\x01\x02\x03\x04", 4) == 0);
  Bytes again;
  encode_tlp(d.tlp, again);
  BOOST_TEST(again == bytes, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(malformed_packets_are_named) {
  struct {
    const char* packet;
    const char* why;
  } const rows[] = {
      {"", "shorter than a header"},
      {"00 00 00 01 01 13 5a 0f 12 34 56", "shorter than a header"},
      {"00 00 00 01 01 13 5a 0f 12 34 56 78 00", "not a number of double words"},
      {"20 00 00 01 01 13 5a 0f 12 34 56 78", "shorter than its header"},
      {"80 00 00 01 01 13 5a 0f 12 34 56 78", "not taken here"},  // prefix
      {"01 00 00 01 01 13 5a 0f 12 34 56 78", "not taken here"},  // locked read
      {"4c 00 00 01 01 13 5a 0f 12 34 56 78", "not taken here"},  // FetchAdd
      {"14 00 00 01 01 13 5a 0f 12 34 56 78", "not taken here"},  // message of 3 double words
      {"00 00 80 01 01 13 5a 0f 12 34 56 78", "a digest"},
      {"00 00 08 01 01 13 5a 0f 12 34 56 78", "address translation"},
      {"00 00 00 01 01 13 5a 0f 12 34 56 78 00 00 00 00", "data after a packet without any"},
      {"40 00 00 01 01 13 5a 0f 12 34 56 78", "its length is not that of its data"},
      {"40 00 00 02 01 13 5a ff 12 34 56 78 00 00 00 00", "its length is not that of its data"},
      {"40 00 00 00 01 13 5a ff 12 34 50 00 00 00 00 00", "its length is not that of its data"},
      {"20 00 00 01 01 13 5a 0f 00 00 00 00 12 34 56 78", "below 4 GiB"},
      {"00 00 00 02 01 13 5a ff 00 00 0f fc", "crosses 4 KiB"},
      {"00 00 00 00 01 13 5a ff 00 00 00 04", "crosses 4 KiB"},
      {"00 00 00 01 01 13 5a 1f 00 00 10 00", "last byte enables"},
      {"00 00 00 02 01 13 5a f0 00 00 10 00", "no byte is enabled in the first"},
      {"00 00 00 02 01 13 5a 0f 00 00 10 00", "no byte is enabled in the last"},
      {"00 00 00 02 01 13 5a f7 00 00 10 04", "with a hole"},  // not from a multiple of 8
      {"00 00 00 03 01 13 5a ef 00 00 10 00", "with a hole"},
      {"00 00 00 03 01 13 5a fa 00 00 10 00", "with a hole"},
      {"02 00 00 02 01 13 5a ff 00 00 03 f8", "not one double word"},
      {"04 00 00 01 01 13 5a 1f 01 13 00 00", "last byte enables"},
      {"04 10 00 01 01 13 5a 0f 01 13 00 00", "traffic class"},
      {"0a 00 00 00 02 00 60 04 01 13 5a 78", "reserved completion status"},
      {"4a 00 00 01 02 00 20 04 01 13 5a 78 01 02 03 04", "without success"},
      {"4a 00 00 02 02 00 00 04 01 13 5a 78 01 02 03 04 05 06 07 08", "more data than its byte"},
      {"36 00 00 00 01 13 00 20 00 00 00 00 00 00 00 00", "not taken here"},  // reserved routing
  };
  for (const auto& row : rows) {
    const Decoded d(hex(row.packet));
    BOOST_TEST_CONTEXT(row.packet) {
      BOOST_REQUIRE(d.wrong != nullptr);
      BOOST_TEST(std::string(d.wrong).find(row.why) != std::string::npos, d.wrong);
    }
  }
}

BOOST_AUTO_TEST_CASE(extents_of_all_alignments) {
  for (std::uint64_t address : {0x1000ull, 0x200000f00ull})
    for (unsigned skip = 0; skip < 8; ++skip)
      for (std::uint32_t bytes = 1; bytes < 20; ++bytes) {
        Tlp tlp;
        set_extent(tlp, address + skip, bytes);
        Bytes packet;
        encode_tlp(tlp, packet);
        const Decoded d(packet);
        BOOST_REQUIRE(d.wrong == nullptr);
        BOOST_TEST(extent_of(d.tlp).address == address + skip);
        BOOST_TEST(extent_of(d.tlp).bytes == bytes);
        BOOST_TEST(packet.size() == (address >> 32 ? 16u : 12u));
        for (std::uint32_t i = 0; i < bytes; ++i) BOOST_TEST(enables(d.tlp, i));
      }
  Tlp none;
  set_extent(none, 0x1004, 0);
  BOOST_TEST(none.length == 1u);
  BOOST_TEST(extent_of(none).bytes == 0u);
  // Table 2-39: byte counts of one double word.
  const unsigned spans[16] = {0, 1, 1, 2, 1, 3, 2, 3, 1, 4, 3, 4, 2, 4, 3, 4};
  for (unsigned be = 0; be < 16; ++be) {
    Tlp tlp;
    tlp.length = 1;
    tlp.first_be = static_cast<std::uint8_t>(be);
    BOOST_TEST(extent_of(tlp).bytes == spans[be]);
  }
}

BOOST_AUTO_TEST_CASE(pieces_are_those_of_the_link_model) {
  Random random(5);
  for (unsigned i = 0; i < 2000; ++i) {
    pci::LinkSettings link;
    link.max_payload = 128u << random.below(6);
    link.max_read_request = 128u << random.below(6);
    link.read_completion_boundary = 64u << random.below(2);
    link.tags = 1 + random.below(300);
    const TlpLimits limits = limits_of(link);
    const pci::LinkFormat format(link);
    const std::uint64_t address = random.below(~0u), bytes = 1 + random.below(9000);
    BOOST_TEST(write_piece(limits, address, bytes) == format.write_piece(address, bytes));
    BOOST_TEST(read_piece(limits, address, bytes) == format.request_piece(address, bytes));
    BOOST_TEST(completion_piece(limits, address, bytes) == format.completion_piece(address, bytes));
    BOOST_TEST(limits.tags <= 256u);
  }
}

/// Any bytes: taken apart or refused, and what is taken is the same when put together again.
BOOST_AUTO_TEST_CASE(any_bytes_are_taken_or_refused) {
  Random random(77);
  std::vector<Bytes> seeds;
  for (const Row& row : kRequests) seeds.push_back(hex(row.packet));
  seeds.push_back(hex("4a 00 00 01 02 00 00 04 01 13 5a 78 01 02 03 04"));
  seeds.push_back(hex("34 00 00 00 01 13 00 20 00 00 00 00 00 00 00 00"));
  unsigned taken = 0;
  for (unsigned i = 0; i < 200'000; ++i) {
    Bytes bytes;
    if (random.below(4) == 0) {
      bytes.resize(random.below(40));
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    } else {
      bytes = seeds[random.below(static_cast<std::uint32_t>(seeds.size()))];
      for (unsigned n = random.below(4); n-- > 0;)
        bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] ^=
            static_cast<std::uint8_t>(1u << random.below(8));
      if (random.below(8) == 0) bytes.resize(random.below(24));
    }
    const Decoded d(bytes);
    if (d.wrong) continue;
    ++taken;
    Bytes again;
    encode_tlp(d.tlp, again);
    BOOST_REQUIRE(again.size() == bytes.size());
    const Decoded e(again);
    BOOST_REQUIRE(e.wrong == nullptr);
    const bool same = d.tlp.kind == e.tlp.kind && d.tlp.tag == e.tlp.tag &&
                      d.tlp.requester == e.tlp.requester && d.tlp.address == e.tlp.address &&
                      d.tlp.length == e.tlp.length && d.tlp.first_be == e.tlp.first_be &&
                      d.tlp.last_be == e.tlp.last_be && d.tlp.byte_count == e.tlp.byte_count &&
                      d.tlp.lower_address == e.tlp.lower_address && d.tlp.status == e.tlp.status &&
                      d.tlp.message == e.tlp.message;
    BOOST_REQUIRE(same);
  }
  BOOST_TEST(taken > 10'000u);
}
